"""Data for what the page plays: drawing field, replay, mistakes, ledger; and pictures of digits made ready."""

__all__ = ["drawing", "ledger", "paper", "papers", "picture", "picture_file", "playback"]
