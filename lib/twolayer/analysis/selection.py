"""Choosing a setting by validation: finalists of a search, then one of them over several seeds.

Studies ask `finalists` and `winner` for their points.
"""

from .. import InputError
from ..runs import studies

SETTING = ["lr", "l2", "hidden"]  # what the homework searches over


def setting_in_words(frame, run):
    """Return a run's setting in words: "hidden 512, lr 0.005, l2 0.01"."""
    row = frame.loc[run]
    return f"hidden {row['hidden']:g}, lr {row['lr']:g}, l2 {row['l2']:g}"


def ranked(frame):
    """Return the rows without test scores, best validation accuracy first, then lowest validation loss.

    Test scores play no part: the column is dropped before anything is compared.
    """
    seen = frame.drop(columns="test", errors="ignore")
    return seen.sort_values(["validation", "validation_loss"], ascending=[False, True], kind="stable")


def select(frame):
    """Return the id of the run to prefer, the first that is `ranked`."""
    return ranked(frame).index[0]


def best_by(frame, key, column):
    """Return the rows with the largest `column` for each value of `key`, in the order of the values."""
    return frame.loc[frame.groupby(key)[column].idxmax()]


def median_run(frame, column="test"):
    """Return the id of the run in the middle, by `column`: of an even number the lower of the two."""
    return frame[column].sort_values(kind="stable").index[(len(frame) - 1) // 2]


def finalists(runs, search, count):
    """Return the `count` best settings of the study `search`, by validation accuracy, then loss: best first.

    Each is a dict of lr, l2 and hidden; all are returned where the search has fewer.

    Raises
    ------
    InputError
        If there are no runs, or `count` is no number of settings.
    """
    if type(count) is not int or count < 1:
        raise InputError(f"count must be an integer from 1, not {count!r}")
    found = ranked(studies.load(search, runs)).drop_duplicates(SETTING).head(count)
    return [_plain(row) for row in found[SETTING].to_dict("records")]


def winner(runs, repeats):
    """Return the setting with the best mean validation accuracy over its seeds in the study `repeats`.

    It is a list of one, like those of `finalists`; without runs there is an InputError.
    """
    means = studies.load(repeats, runs).groupby(SETTING)[["validation", "validation_loss"]].mean()
    return [_plain(dict(zip(SETTING, select(means), strict=True)))]


def _plain(row):
    return {"lr": float(row["lr"]), "l2": float(row["l2"]), "hidden": int(row["hidden"])}
