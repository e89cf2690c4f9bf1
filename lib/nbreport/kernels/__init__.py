"""Processes that execute notebooks: started, forked, ended."""

__all__ = ["actor", "arithmetic", "forkserver", "lifetime", "pool", "scheduler", "worker"]
