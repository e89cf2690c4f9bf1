"""Pixels on disk: fetched, verified, memory-mapped, split, scaled."""

__all__ = ["idx", "mnist", "scaling", "sources"]
