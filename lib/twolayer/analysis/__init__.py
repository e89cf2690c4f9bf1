"""What runs say: beside the published numbers, chosen between, judged by a ledger of claims, in short."""

__all__ = ["artefacts", "claims", "collapse", "headline", "homework", "ledger", "measured", "own", "replication"]
__all__ += ["reproduction", "rules", "samples", "selection", "simulation", "spectra", "statistics", "wording"]
