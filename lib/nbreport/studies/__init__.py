"""Studies and their runs: read, driven, kept on disk, fresh or stale."""

__all__ = ["digest", "part", "planfile", "store", "study", "sweep", "trace"]
