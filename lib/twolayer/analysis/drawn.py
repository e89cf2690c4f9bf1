"""The network behind the page's drawing field, and of `make predict`."""

from pathlib import Path

from ..network.model_file import load_model
from ..runs import studies
from . import recorded, selection


def path(runs="", dataset="mnist"):
    """Return the path of the model that answers where none is named.

    It is the best below `runs`, if that is not empty; else the recorded pupil; else the best below runs.
    """
    if not runs and recorded.known(dataset):
        return recorded.pupils(dataset)
    return studies.best_model(runs or "runs", dataset)


def network(runs, dataset):
    """Return its Model: the recorded pupil of chapter 9, or without one the middle of the networks of `sound_final`.

    Parameters
    ----------
    runs : path
        Folder of all runs.
    dataset : str
        Whose images it has learned.

    Raises
    ------
    InputError
        If there is neither, or a file is damaged.
    """
    if recorded.known(dataset):
        return load_model(recorded.pupils(dataset))
    frame = studies.load("sound_final", runs)
    return load_model(Path(frame.loc[selection.median_run(frame), "folder"], "model.npz"))
