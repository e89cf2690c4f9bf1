"""Data in, matplotlib Figure out: a module a chapter, and one a diagram."""

__all__ = ["checks", "claims", "curvature", "data", "descent", "diagram", "drawing", "graph", "network", "nudge"]
__all__ += ["picture", "playback", "protocol", "published", "run", "search", "speed", "style", "trace", "worked"]
