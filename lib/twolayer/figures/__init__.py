"""Data in, matplotlib Figure out: a module a chapter."""

__all__ = ["checks", "claims", "curvature", "data", "drawing", "picture", "playback"]
__all__ += ["protocol", "run", "search", "speed", "style", "trace"]
