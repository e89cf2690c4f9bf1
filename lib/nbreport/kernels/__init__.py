"""Processes that execute notebooks: started, forked, ended."""

__all__ = ["arithmetic", "forkserver", "lifetime", "pool", "worker"]
