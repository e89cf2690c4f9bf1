"""One run in memory: its parameters, its updates, their fast twin, and the looks at it along the way."""

__all__ = [
    "configuration",
    "experiment",
    "fast",
    "monitor",
    "parameters",
    "pruning",
    "schedules",
    "sgd",
    "sparsity",
    "start",
]
