"""What runs say: beside the published numbers, chosen between, judged by a ledger of claims, in short."""

__all__ = ["artefacts", "claims", "collapse", "headline", "homework", "ledger", "margins", "measured", "own"]
__all__ += ["phrases", "replication", "reproduction", "rules", "samples", "selection", "simulation", "spectra"]
__all__ += ["statistics", "wording"]
