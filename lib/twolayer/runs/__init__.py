"""Runs on disk: a run's files, and the runs of a study as a table. The only room that knows folders."""

__all__ = ["records", "seal", "studies"]
