"""Pixels on disk: fetched, verified, memory-mapped, split, scaled."""

__all__ = ["dataset", "idx", "mnist", "scaling", "sources", "wheel"]
