"""Executed chapters to one offline page, and the page to a PDF."""

__all__ = ["browser", "dates", "document", "exporter", "fonts", "mathml", "references", "sources", "tables", "trust"]
