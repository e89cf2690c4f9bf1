"""What runs say: beside the published numbers, chosen between, judged, in short."""

__all__ = ["claims", "collapse", "headline", "homework", "rules", "selection", "spectra", "statistics"]
