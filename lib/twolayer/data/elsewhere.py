"""Data on a machine that has none yet: a worker's."""

from . import sources


def fetch(parameters):
    """Make sure that the data set that a notebook's parameters name is there; errors as `sources.fetch`."""
    sources.fetch(parameters.get("dataset", "mnist"))
