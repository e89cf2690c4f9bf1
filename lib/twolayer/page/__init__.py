"""Data for what the page plays: drawing field, replay, mistakes, a pass by hand; and pictures of digits made ready."""

__all__ = ["byhand", "drawing", "flip", "paper", "papers", "picture", "picture_file", "playback"]
