"""One run in memory: its parameters, its updates, their fast twin, and the looks at it along the way."""

__all__ = ["configuration", "experiment", "fast", "given", "monitor", "parameters", "pruning"]
__all__ += ["schedules", "sgd", "sparsity", "start"]
