"""What runs say: beside the published numbers, chosen between, judged by a ledger of claims, diagnosed, in short."""

__all__ = ["artefacts", "claims", "collapse", "diagnosis", "examination", "headline", "homework", "ledger", "margins"]
__all__ += ["measured", "own", "phrases", "replication", "reproduction", "rules", "samples", "selection", "simulation"]
__all__ += ["spectra", "statistics", "symptoms", "vitals", "wording"]
