"""Studies and their runs: read, driven, kept on disk, fresh or stale."""

__all__ = [
    "call",
    "cluster",
    "digest",
    "given",
    "lock",
    "part",
    "planfile",
    "remote",
    "seal",
    "store",
    "study",
    "sweep",
    "task",
    "trace",
]
