"""Processes that execute notebooks: started, forked, ended."""

__all__ = ["forkserver", "lifetime", "pool", "worker"]
