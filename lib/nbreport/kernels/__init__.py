"""Processes that execute notebooks: started, forked, ended."""

__all__ = [
    "actor",
    "arithmetic",
    "failure",
    "forkserver",
    "lifetime",
    "moved",
    "pool",
    "scheduler",
    "scratch",
    "serving",
    "surroundings",
    "worker",
]
