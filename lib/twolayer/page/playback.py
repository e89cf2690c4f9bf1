"""What finished runs and networks leave for the report's page to play back, as plain values for JSON."""

import numpy as np

from ..analysis.homework import best_run
from ..analysis.selection import SETTING, select
from ..runs.records import read_history
from .drawing import text

PARTS = ("train", "validation", "test")
ACCURACIES = {"tested": "test", "published": "published"}  # of a run, by the column that has it, if it is there


def searched(frame, followed):
    """Return every run of a search, its learning curve by update, and runs followed by curvature.

    Parameters
    ----------
    frame : pandas.DataFrame
        As `homework.beside_published` returns it: runs with one seed, one at a setting.
    followed : pandas.DataFrame
        As `studies.load_followed` returns it.

    Returns
    -------
    dict
        `hidden`, `lr`, `l2` list the values tried. `updates` lists the distinct arrays of updates;
        each of `runs` names its own by `at`, and has beside its setting a list by update of `train`,
        `validation` and `test` accuracy (4 digits, in [0, 1]) and of the share of `dead` units
        (3 digits), the accuracy `tested` of the parameters `kept` at that update, and `published`, where it is.
        Each of `followed` has its setting, its `update` and the `ratio` lr kappa_max / 2 (4
        significant digits) where it is finite; by (5.2) its limit is 1. `start` is the place in
        `runs` of the homework's best setting, or else of the best by validation.
    """
    axes = []
    runs = [_run(row, axes) for row in frame.to_dict("records")]
    best = best_run(frame) or select(frame)
    return {
        **{name: sorted(frame[name].unique().tolist()) for name in ("hidden", "lr", "l2")},
        "updates": axes,
        "runs": runs,
        "followed": [_followed(row) for row in followed.to_dict("records")],
        "start": frame.index.get_loc(best),
    }


def _run(row, axes):
    """Return one run; its array of updates is added to `axes` unless it is there."""
    history = read_history(row["folder"])
    update = history["update"].tolist()
    if update not in axes:
        axes.append(update)
    found = {name: row[name] for name in SETTING} | {"at": axes.index(update)}
    found |= {part: rounded(history[f"{part}_accuracy"], 4) for part in PARTS if f"{part}_accuracy" in history}
    found |= {"dead": rounded(history["dead_fraction"], 3), "kept": int(row["best_update"])}
    return found | {name: round(row[column], 4) for name, column in ACCURACIES.items() if column in row}


def _followed(row):
    trace = row["trace"]
    finite = np.isfinite(trace["largest"])
    ratio = row["lr"] * trace["largest"][finite] / 2
    setting = {name: row[name] for name in SETTING}
    return setting | {"update": trace["update"][finite].tolist(), "ratio": [float(f"{value:.4g}") for value in ratio]}


def rounded(values, digits):
    """Return an array as a list of floats with so many digits behind the point."""
    return [round(float(value), digits) for value in values]


def mistakes(images, labels, P, class_names, most=400):
    """Return the images that a network gets wrong, the surest mistakes first.

    Parameters
    ----------
    images : ndarray of shape (N, height, width), uint8
    labels : ndarray of shape (N,), int
    P : ndarray of shape (N, C)
        Probabilities, in [0, 1].
    class_names : sequence of str
    most : int
        Images returned at most; the counts are of all.

    Returns
    -------
    dict
        `classes`; `matrix`, the counts of the confusion matrix by true class and prediction; `wrong`,
        how many mistakes there are; `height`, `width` and `pixels` (base64, uint8, image by image) of
        those returned; and by image `labels`, `predictions` and `given`, the probabilities of the
        prediction and of the true class (4 digits).
    """
    predictions, rows = P.argmax(axis=1), np.arange(len(labels))
    matrix = np.zeros((P.shape[1], P.shape[1]), int)
    np.add.at(matrix, (labels, predictions), 1)
    sureness = P[rows, predictions]
    wrong = np.flatnonzero(predictions != labels)
    shown = wrong[np.argsort(-sureness[wrong], kind="stable")][:most]
    given = zip(rounded(sureness[shown], 4), rounded(P[shown, labels[shown]], 4), strict=True)
    return {
        "classes": list(class_names),
        "matrix": matrix.tolist(),
        "wrong": len(wrong),
        "height": images.shape[1],
        "width": images.shape[2],
        "pixels": text(images[shown]),
        "labels": labels[shown].tolist(),
        "predictions": predictions[shown].tolist(),
        "given": [list(pair) for pair in given],
    }
