"""Data in, matplotlib Figure out: a module a chapter."""

__all__ = ["checks", "claims", "curvature", "data", "drawing", "graph", "picture", "playback"]
__all__ += ["protocol", "published", "run", "search", "speed", "style", "trace"]
