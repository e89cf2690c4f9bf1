"""Studies and their runs: read, driven, kept on disk, fresh or stale."""

__all__ = ["digest", "store", "study", "sweep"]
