"""The homework's published numbers, and our runs beside them."""

import json

import numpy as np
import pandas as pd

from .. import paths
from .selection import SETTING
from .statistics import wilson_interval

DATASET = "mnist"  # on which its numbers are
COLLAPSED = 0.5  # test accuracy below which a run of the homework's grid counts as collapsed
TOO_LARGE = 0.01  # learning rate from which, by its words, the grid collapses
LOOKS = 100  # updates between two looks at the validation set
IMAGES = 10_000  # in the test set
POINT = 0.01  # accuracies no further apart agree "within a point"


def published_grid():
    """Return the homework's search log: lr, l2, hidden and its test accuracy as `published`."""
    frame = pd.read_csv(paths.ROOT / "data" / "homework_grid.csv")
    return frame.rename(columns={"test_accuracy": "published"})


def published_tables():
    """Return the rows of the homework's Tables 2 to 4: `table`, lr, l2, hidden, `published`."""
    frame = pd.read_csv(paths.ROOT / "data" / "homework_tables.csv")
    return frame.rename(columns={"test_accuracy": "published"})


def published_curve():
    """Return the homework's training log at its best setting, indexed by update: accuracy and loss of each part."""
    return pd.read_csv(paths.ROOT / "data" / "homework_curve.csv", index_col="update")


def published_looks():
    """Return of the homework's training log what its protocol, and so our runs, look at: no peak in between counts."""
    curve = published_curve()
    return curve[(curve.index % LOOKS == 0) | (curve.index == curve.index[-1])]


def published_parameters():
    """Return the description of the four arrays that the homework published, see `data/README.md`."""
    return json.loads((paths.ROOT / "data" / "homework_parameters.json").read_text(encoding="utf-8"))


def has_counterpart(frame):
    """Return whether runs, as `studies.load` returns them, are on the homework's data set, and so have its numbers."""
    return bool((frame["dataset"] == DATASET).all())


def nothing_published(data):
    """Return a paragraph that says so where `data`, a Dataset, is not the homework's; "" where it is."""
    if data.name == DATASET:
        return ""
    return (
        f"> **{data.title}, not MNIST.** The homework's numbers are MNIST's and have no counterpart here, so what "
        "compares with them is left out. Its protocol and its settings are applied to other images."
    )


def beside_published(frame):
    """Return those rows of `studies.load` whose setting the homework published.

    On its data set they have its accuracy as `published`; on another there is none.
    """
    found = frame.reset_index(names="run").merge(published_grid(), on=SETTING).set_index("run")
    return found if has_counterpart(frame) else found.drop(columns="published")


def agrees(runs):
    """Return whether the test accuracy is within a point of the published one: of a run, or of each in a frame."""
    return round(abs(runs["test"] - runs["published"]), 9) <= POINT  # 0.98 - 0.97 is a little more than 0.01


def agreement(frame):
    """Return how runs, as `beside_published` returns them, agree with the published ones, by what becomes of both.

    A row an `outcome`: how many `settings` have it, how many are `within a point`, and the `median difference` of
    the test accuracies, without sign.
    """
    ours, theirs = frame["test"] < COLLAPSED, frame["published"] < COLLAPSED
    outcomes = {
        "work in both": ~ours & ~theirs, "collapse in both": ours & theirs,
        "collapse here alone": ours & ~theirs, "collapse there alone": theirs & ~ours,
    }  # fmt: skip
    rows = []
    for outcome, true in outcomes.items():
        runs = frame[true]
        difference = (runs["test"] - runs["published"]).abs().median()
        rows.append([outcome, len(runs), int(agrees(runs).sum()), difference])
    return pd.DataFrame(rows, columns=["outcome", "settings", "within a point", "median difference"])


def over_seeds(frame):
    """Return the range of test accuracies of every setting that has several runs, from `beside_published`.

    The table is indexed by lr, l2 and hidden: `lowest`, `median`, `highest`, `seeds` and, as far as there is one,
    `published`.
    """
    groups = frame.groupby(SETTING)
    found = groups["test"].agg(lowest="min", median="median", highest="max", seeds="size")
    found = found.join(groups["published"].first()) if "published" in frame else found
    return found[found["seeds"] > 1]


def at_best(frame):
    """Return the runs at the homework's best setting."""
    best = published_tables().query("table == 'best'").iloc[0]
    return frame[(frame[SETTING] == best[SETTING].astype(float)).all(axis=1)]


def rivals(frame):
    """Return the rows of the other settings whose published accuracy the test set cannot tell from the best, (7.3)."""
    log = published_grid()
    low, high = wilson_interval(round(at_best(log)["published"].iloc[0] * IMAGES), IMAGES)
    alike = log[log["published"].between(low, high)].drop(at_best(log).index)
    return frame.merge(alike[SETTING], on=SETTING)


def best_run(frame):
    """Return the id of the first run at the homework's best setting, or None where the study has none."""
    return next(iter(at_best(frame).index), None)


def together(histories):
    """Return the looks of several runs as arrays, up to the last look that all of them have.

    Parameters
    ----------
    histories : list of dict
        As `records.read_history` returns them, of runs that were looked at in the same parts.

    Returns
    -------
    dict
        `update`, ndarray of shape (looks,); loss and accuracy of each part, `validation_loss`, ..., each of shape
        (runs, looks).
    """
    looks = min(len(history["update"]) for history in histories)
    names = [name for name in histories[0] if name.endswith(("_loss", "_accuracy")) and name != "batch_loss"]
    found = {name: np.array([history[name][:looks] for history in histories]) for name in names}
    return {"update": histories[0]["update"][:looks]} | found
