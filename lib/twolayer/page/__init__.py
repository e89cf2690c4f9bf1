"""Data for what the page plays: the drawing field, the replay, the mistakes."""

__all__ = ["drawing", "playback"]
