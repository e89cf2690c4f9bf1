"""The network behind the page's drawing field, and of `make predict`."""

from pathlib import Path

from .. import InputError
from ..frontier import normal
from ..network.model_file import load_model
from ..runs import studies
from . import recorded, selection


def path(name="", runs="", dataset="mnist"):
    """Return the path of the model that is asked about pictures.

    It is the one named; else the best below `runs`, if that is not empty; else the recorded pupil; else the best below
    runs.

    Raises
    ------
    InputError
        If there is none, or it has learned images that were prepared otherwise than MNIST's.
    """
    if name:
        found = Path(name).expanduser()
    elif not runs and recorded.known(dataset):
        found = recorded.pupils(dataset)
    else:
        found = studies.best_model(runs or "runs", dataset)
    if (how := normal.prepared_for(found)) != "plain":
        raise InputError(f"{found} has learned images prepared as {how}, and a picture is made as MNIST's are")
    return found


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
