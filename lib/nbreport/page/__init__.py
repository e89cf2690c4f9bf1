"""Executed chapters to one offline page, and the page to a PDF."""

__all__ = ["browser", "exporter", "fonts", "mathml", "references", "tables"]
