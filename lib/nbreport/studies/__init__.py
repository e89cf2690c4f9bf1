"""Studies and their runs: read, driven, kept on disk, fresh or stale."""

__all__ = ["digest", "given", "part", "planfile", "seal", "store", "study", "sweep", "trace"]
