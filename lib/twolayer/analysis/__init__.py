"""What runs say: beside the published numbers, chosen between, judged by a ledger of claims, in short."""

__all__ = ["artefacts", "claims", "collapse", "diagnosis", "examination", "headline", "homework", "ledger", "measured"]
__all__ += ["own", "replication", "reproduction", "rules", "samples", "selection", "simulation", "spectra"]
__all__ += ["statistics", "symptoms", "vitals", "wording"]
