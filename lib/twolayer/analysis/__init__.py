"""What runs say: beside the published numbers, chosen between, judged by a ledger of claims, diagnosed, in short."""

__all__ = ["ablation", "artefacts", "claims", "collapse", "diagnosis", "drawn", "examination", "headline"]
__all__ += ["homework", "ledger", "margins", "measured", "own", "phrases", "reach", "recorded"]
__all__ += ["recording", "replication", "reproduction", "rules", "samples", "selection", "simulation", "spectra"]
__all__ += ["spread", "statistics", "symptoms", "vitals", "wording"]
