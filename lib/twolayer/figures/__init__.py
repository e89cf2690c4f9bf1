"""Data in, matplotlib Figure out: a module a chapter."""

__all__ = [
    "checks", "claims", "curvature", "data", "drawing", "playback", "protocol", "run", "search", "speed", "style",
    "trace",
]  # fmt: skip
