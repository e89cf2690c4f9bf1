"""Processes that execute notebooks: started, forked, ended."""

__all__ = ["arithmetic", "failure", "forkserver", "lifetime", "pool", "scratch", "surroundings", "worker"]
