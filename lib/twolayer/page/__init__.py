"""Data for what the page plays: drawing, replay, mistakes, a pass by hand, laboratory; and pictures made ready."""

__all__ = ["byhand", "drawing", "draws", "flip", "laboratory", "paper", "papers", "picture", "picture_file", "playback"]
