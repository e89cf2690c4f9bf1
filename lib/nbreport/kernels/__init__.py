"""Processes that execute notebooks: started, forked, ended."""

__all__ = [
    "actor",
    "arithmetic",
    "failure",
    "forkserver",
    "lifetime",
    "pool",
    "scheduler",
    "scratch",
    "serving",
    "surroundings",
    "worker",
]
