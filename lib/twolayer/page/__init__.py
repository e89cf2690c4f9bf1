"""Data for what the page plays: the drawing field, the replay, the mistakes; and pictures of digits made ready."""

__all__ = ["drawing", "flip", "paper", "papers", "picture", "picture_file", "playback"]
