"""What runs say: beside the published numbers, chosen between, judged by a ledger of claims, diagnosed, in short."""

__all__ = ["ablation", "artefacts", "claims", "collapse", "diagnosis", "examination", "headline", "homework", "ledger"]
__all__ += ["margins", "measured", "own", "phrases", "reach", "recorded", "replication", "reproduction", "rules"]
__all__ += ["samples", "selection", "simulation", "spectra", "spread", "statistics", "symptoms", "vitals", "wording"]
