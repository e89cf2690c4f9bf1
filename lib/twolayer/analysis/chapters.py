"""What chapters need: runs of the studies that their parameters name, and the data."""

from ..data import mnist
from ..runs import studies

STUDIES = {"study", "more_seeds", "best_seeds", "preferred", "search", "repeats", "final"}  # of training runs
FOLLOWED = {"followed", "starts", "scaled", "full_batch"}


def check_chapter(parameters):
    """Check that the studies a chapter reads have runs; return the hashes of its data.

    Raises
    ------
    NoRunsError, mnist.DataError
    """
    for name in STUDIES & set(parameters):
        studies.load(parameters[name], parameters["runs"])
    for name in FOLLOWED & set(parameters):
        studies.load_followed(parameters[name], parameters["runs"])
    return {"data": mnist.load(parameters.get("dataset", "mnist")).hashes}
