"""The homework's published numbers, and our runs beside them."""

import pandas as pd

from .. import paths
from .selection import SETTING

COLLAPSED = 0.5  # test accuracy below which a run of the homework's grid counts as collapsed
POINT = 0.01  # accuracies no further apart agree "within a point"


def published_grid():
    """Return the homework's search log: lr, l2, hidden and its test accuracy as `published`."""
    frame = pd.read_csv(paths.ROOT / "data" / "homework_grid.csv")
    return frame.rename(columns={"test_accuracy": "published"})


def published_tables():
    """Return the rows of the homework's Tables 2 to 4: `table`, lr, l2, hidden, `published`."""
    frame = pd.read_csv(paths.ROOT / "data" / "homework_tables.csv")
    return frame.rename(columns={"test_accuracy": "published"})


def beside_published(frame):
    """Return those rows of `studies.load` whose setting the homework published, with its accuracy as `published`."""
    return frame.reset_index(names="run").merge(published_grid(), on=SETTING).set_index("run")


def agrees(runs):
    """Return whether the test accuracy is within a point of the published one: of a run, or of each in a frame."""
    return round(abs(runs["test"] - runs["published"]), 9) <= POINT  # 0.98 - 0.97 is a little more than 0.01


def by_seed(frame, more):
    """Return how the runs of `frame` and `more`, as `beside_published` returns them, agree with the published ones.

    A row a seed: how many settings it has, how many are within a point (0.01), collapse here, there, in both.
    """
    runs = pd.concat([frame, more])
    ours, theirs = runs["test"] < COLLAPSED, runs["published"] < COLLAPSED
    facts = {"settings": 1, "within a point": agrees(runs)}
    facts |= {"collapse here": ours, "collapse there": theirs, "in both": ours & theirs}
    return runs[["seed"]].assign(**facts).groupby("seed").sum().astype(int).reset_index()


def over_seeds(frame, more):
    """Return the range of test accuracies of every setting that has several seeds; arguments as for `by_seed`.

    The table is indexed by lr, l2 and hidden: `lowest`, `median`, `highest`, `seeds` and `published`.
    """
    groups = pd.concat([frame, more]).groupby(SETTING)
    found = groups["test"].agg(lowest="min", median="median", highest="max", seeds="size")
    return found.join(groups["published"].first())[found["seeds"] > 1]


def at_best(frame):
    """Return the runs at the homework's best setting."""
    best = published_tables().query("table == 'best'").iloc[0]
    return frame[(frame[SETTING] == best[SETTING].astype(float)).all(axis=1)]


def best_run(frame):
    """Return the id of the first run at the homework's best setting, or None where the study has none."""
    return next(iter(at_best(frame).index), None)
