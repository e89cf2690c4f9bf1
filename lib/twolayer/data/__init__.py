"""Pixels on disk: fetched, verified, memory-mapped, split, scaled."""

__all__ = ["dataset", "download", "idx", "mnist", "scaling", "sources", "wheel"]
