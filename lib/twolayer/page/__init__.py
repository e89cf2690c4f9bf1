"""Data for what the page plays: drawing, replay, mistakes, a pass by hand, laboratory, ledger; pictures made ready."""

__all__ = ["byhand", "drawing", "draws", "flip", "laboratory", "ledger", "paper", "papers", "picture", "picture_file"]
__all__ += ["playback"]
