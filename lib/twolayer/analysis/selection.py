"""Choosing a setting by validation: finalists of a search, then one of them over several seeds.

Studies ask `finalists` and `winner` for their points.
"""

from .. import InputError
from ..runs import studies

SETTING = ["lr", "l2", "hidden"]  # what the homework searches over
TIE = 0.0005  # six of 12,000 validation images: less than another seed moves a run


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
    """Return the settings of the `count` best sizes of the study `search`, each with one rate and one penalty.

    One run of a setting cannot rank its neighbours, so a value is judged by the mean over all runs that have it: the
    rate is the one with the best mean, the penalty the largest that is within `TIE` of the best. Each setting is a
    dict of lr, l2 and hidden, best size first; all sizes are returned where the search has fewer.

    Raises
    ------
    InputError
        If there are no runs, or `count` is no number of settings.
    """
    if type(count) is not int or count < 1:
        raise InputError(f"count must be an integer from 1, not {count!r}")
    frame = ranked(studies.load(search, runs))
    rate, penalties = means(frame, "lr").index[0], means(frame, "l2")
    penalty = max(value for value in penalties.index if tied(penalties, value))
    sizes = means(frame[frame["lr"] == rate], "hidden").index[:count]
    return [{"lr": float(rate), "l2": float(penalty), "hidden": int(size)} for size in sizes]


def winner(runs, repeats):
    """Return the setting to prefer in the study `repeats`, by mean validation accuracy over seeds.

    Of those whose mean is within `TIE` of the best it is the one with the smallest size, then the smallest rate,
    then the largest penalty. It is a list of one, like those of `finalists`; without runs there is an InputError.
    """
    found = means(ranked(studies.load(repeats, runs)), SETTING)
    alike = [setting for setting in found.index if tied(found, setting)]
    lr, l2, hidden = min(alike, key=lambda setting: (setting[2], setting[0], -setting[1]))
    return [{"lr": float(lr), "l2": float(l2), "hidden": int(hidden)}]


def means(frame, key):
    """Return the mean validation accuracy by a column or several, best first, equal ones by lower validation loss."""
    return ranked(frame.groupby(key)[["validation", "validation_loss"]].mean())["validation"]


def tied(found, value):
    """Return whether a value cannot be told from the best of `means`."""
    return round(found.iloc[0] - found[value], 9) <= TIE
