"""Data in, matplotlib Figure out: a module a chapter, and one a diagram."""

__all__ = ["checks", "claims", "curvature", "data", "descent", "diagram", "drawing", "graph", "laboratory", "network"]
__all__ += ["nudge", "picture", "playback", "protocol", "published", "run", "search", "speed", "style", "trace"]
__all__ += ["worked"]
