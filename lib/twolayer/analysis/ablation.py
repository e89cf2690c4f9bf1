"""What each part of a recipe is worth: the same runs with one part taken out or put in.

Studies ask `plain`, `distorted`, `short` and `taught` for their points.
"""

import numpy as np
import pandas as pd

from .. import InputError, paths
from ..frontier.recipe import PARAMETERS
from ..runs import studies
from .ledger import ERROR
from .spread import FEWEST, OPEN
from .statistics import student_interval

WHOLE = "the recipe"
# What is different from it, by name. Without momentum the rate is larger: a constant gradient moves parameters by
# lr / (1 - momentum) an update.
PLAIN = {
    WHOLE: {},
    "constant rate": {"schedule": "constant", "lr": 0.02},
    "no momentum": {"momentum": 0.0, "lr": 1.0},
    "Adam": {"optimizer": "adam", "momentum": 0.9, "lr": 0.001},
    "no adversarial change": {"adversarial": 0.0},
    "no dropout of hidden units": {"drop_hidden": 0.0},
    "no limit of the norm": {"norm": 0.0},
    "no average": {"average": 0.0},
    "with dropout of pixels": {"drop_inputs": 0.2},
    "with label smoothing": {"smoothing": 0.1},
    "with mixed images": {"mixing": 0.2},
}
DISTORTED = {
    WHOLE: {},
    "no elastic part": {"elastic": 0.0, "smooth": PARAMETERS["smooth"].default},
    "no turn": {"turn": 0.0},
    "no stretch": {"stretch": 0.0},
    "no shear": {"shear": 0.0},
    "no average": {"average": 0.0},
    "with dropout of hidden units": {"drop_hidden": 0.2},
}
ELASTIC = {"elastic": 1.2, "smooth": 5.0, "turn": 12.0, "stretch": 0.15, "shear": 0.1, "lr": 0.05, "momentum": 0.9}
DISTORTED_SHORT = "distorted images"
WHOLE_SHORT = {"lr": 0.1, "momentum": 0.0, "average": 1.0, "drop_inputs": 0.0, "drop_hidden": 0.0, "norm": 0.0}
WHOLE_SHORT |= dict.fromkeys(("elastic", "turn", "stretch", "shear"), 0.0)
SHORT = {  # three recipes rather than one with changes: each row says all
    "gradient descent": WHOLE_SHORT | {"average": 0.0},
    "dropout and a limit": WHOLE_SHORT | {"momentum": 0.9, "drop_inputs": 0.1, "drop_hidden": 0.2, "norm": 2.0},
    DISTORTED_SHORT: WHOLE_SHORT | ELASTIC,
}


def plain(runs):
    """Return what is changed in each row of the table of parts without new images, a dict each."""
    return list(PLAIN.values())


def distorted(runs):
    """Return the same of the table of distortions."""
    return list(DISTORTED.values())


def short(runs):
    """Return the same of the recipes of the short version."""
    return list(SHORT.values())


def taught(runs, study, share, temperature):
    """Return the teacher of a study, the networks of all runs of `study`, its share of the loss, and the temperature.

    Raises
    ------
    InputError
        If there are none, or a path has a space in it: it would be taken for two.
    """
    found = [f"{folder}/model.npz" for folder in studies.folders(study, runs)]
    found = [name.removeprefix(f"{paths.ROOT}/") for name in found]
    if spaced := next((name for name in found if " " in name), None):
        raise InputError(f"the path {spaced!r} has a space in it: give RUNS another folder")
    return [{"teacher": " ".join(found), "taught": share, "temperature": temperature}]


def rows(frame, table):
    """Return by name of a row of `table` its runs, in the order of their seeds.

    Parameters
    ----------
    frame : pandas.DataFrame
        Runs of a study, as `frontier.studies.load` returns them.
    table : dict
        Name of a row to what is different there. What most runs have is the rest of it.
    """
    names = list({name: None for changed in table.values() for name in changed})
    usual = dict(zip(names, (frame[name].mode()[0] for name in names), strict=True))
    found = {name: _alike(frame, usual | changed) for name, changed in table.items()}
    return {name: runs.sort_values("seed") for name, runs in found.items()}


def _alike(frame, wanted):
    return frame[(frame[list(wanted)] == pd.Series(wanted)).all(axis=1)]


def effects(errors, together=False):
    """Return a table of validation errors: a row for each recipe, the whole one first.

    Parameters
    ----------
    errors : dict
        Name to errors by seed (n,), shares of 1; all have the same seeds.
    together : bool
        True: all intervals of the table hold with 95%, by Bonferroni's inequality; False: each of them.

    Returns
    -------
    pandas.DataFrame
        `error`, the mean, and against the whole recipe, seed by seed, `change` and its interval, `low` and `high`.
    """
    whole, found = next(iter(errors.values())), {}
    level = 1 - ERROR / max(1, len(errors) - 1) if together else 1 - ERROR
    for name, values in errors.items():
        change = np.subtract(values, whole)
        low, high = student_interval(change, level) if len(change) >= FEWEST and np.ptp(change) else OPEN
        found[name] = {"error": np.mean(values), "change": change.mean(), "low": low, "high": high}
    return pd.DataFrame.from_dict(found, orient="index")


def better(errors):
    """Return the rows of `effects` that have surely fewer errors than the whole recipe, the best first."""
    found = effects(errors, together=True)
    return found[found["high"] < 0].sort_values("change")


def told(errors):
    """Return in words how many changes of a recipe make it better, and the best of them."""
    found, count = better(errors), len(errors) - 1
    if not len(found):
        return f"none of {count} changes is shown to make it better"
    best, name = found.iloc[0], f'"{found.index[0]}"'
    drop, least, most = (f"{-best[column]:.2%}" for column in ("change", "high", "low"))
    which = f"makes it better, {name}" if len(found) == 1 else f"make it better, most of all {name}"
    fewer = f"{drop} of the validation images fewer wrong ({least} to {most})"
    return f"{len(found)} of {count} changes {which}, with {fewer}"
