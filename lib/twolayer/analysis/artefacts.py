"""The ledger's first column: what the homework's own files say of its claims."""

from math import log, prod, sqrt

import numpy as np

from . import homework
from .measured import Measured
from .replication import first_within, shares, trends

IMAGES = {"validation": 12_000, "test": 10_000}  # in its two sets


def samples():
    """Return the samples of the claims that the homework's log, training curve and parameters can judge, by claim.

    They describe one run of each setting. What is left open of a single run is what other images of the same
    number might have given.
    """
    grid = homework.published_grid().rename(columns={"published": "test"})
    kept, reached = _curve()
    arrays = homework.published_parameters()["arrays"]
    spread, size = ({name: get(array) for name, array in arrays.items()} for get in (_spread, _size))
    found = {"C1a": [_measured([(1, kept["test"], "test")])], "C1b": _rivals(grid)} | trends(grid) | shares(grid)
    found["C4"] = [Measured(np.array(log(reached / 1000)))]
    found["C5"] = [_measured([(1, kept["validation"], "validation"), (-1, kept["test"], "test")])]
    found["C6a"] = [Measured(np.array(log(spread["W2"] / spread["W1"])))]
    # Where its biases began is not published: as so many standard normal numbers do.
    start = sqrt(sum(1 / (2 * (size[name] - 1)) for name in ("b1", "b2")))
    found["C7"] = [Measured(np.array(log(spread["b2"] / spread["b1"])), start)]
    return found


def _curve():
    """Return the accuracies at the look that its protocol keeps, by part, and when validation came near its best."""
    looks = homework.published_looks()
    kept = looks.loc[looks["validation_accuracy"].idxmax()]
    return {part: kept[f"{part}_accuracy"] for part in IMAGES}, first_within(looks.index, looks["validation_accuracy"])


def _rivals(grid):
    best = homework.at_best(grid)["test"].iloc[0]
    rivals = homework.rivals(grid)["test"]
    return [_measured([(1, rival, "test"), (-1, best, "test")]) for rival in rivals]


def _measured(accuracies):
    """Return the sample of a sum of accuracies, each with its sign and the set of images that it is measured on."""
    value = sum(sign * accuracy for sign, accuracy, _ in accuracies)
    variance = sum(accuracy * (1 - accuracy) / IMAGES[part] for _, accuracy, part in accuracies)
    return Measured(np.array(value), sqrt(variance))


def _spread(array):
    return array["std"]


def _size(array):
    return prod(array["shape"])
