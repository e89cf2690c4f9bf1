"""The ledger's second column: what our own runs say of the homework's claims."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from ..data import mnist
from ..network.model_file import load_model
from ..runs.records import read_history
from ..training.configuration import Configuration
from ..training.parameters import PARAMETERS
from ..training.start import first_parameters
from . import homework
from .measured import Share
from .samples import Sample
from .selection import SETTING

POINTS = 0.005  # a validation accuracy so close to the best of its run has converged


@dataclass(frozen=True)
class Runs:
    """The runs that judge the homework; each is a frame of `studies.load`."""

    grid: pd.DataFrame  # its 100 settings, a run each, each with a seed of its own
    repeats: pd.DataFrame  # more such runs of the settings whose rate mostly works
    rivals: pd.DataFrame  # its best setting and those that its log cannot tell from it, on the same seeds

    @property
    def working(self):
        """All runs at the rates that mostly work, each its own seed."""
        return pd.concat([self.grid, self.repeats])[lambda runs: runs["lr"] < homework.TOO_LARGE]

    @property
    def best(self):
        """The runs at the homework's best setting, by seed."""
        return homework.at_best(self.rivals).sort_values("seed")


def samples(runs):
    """Return the samples of each claim that the runs can judge, by claim."""
    return trends(runs.working) | shares(pd.concat([runs.grid, runs.repeats])) | at_best(runs) | parameters(runs.best)


def trends(frame):
    """Return the samples of C2, from runs with their `test` accuracy: its change with size and with penalty."""
    found = {}
    for claim, lr, key, step in (
        ("C2a", 0.001, "hidden", 2), ("C2b", 0.001, "l2", 10), ("C2c", 0.005, "hidden", 2), ("C2d", 0.005, "l2", 10),
    ):  # fmt: skip
        runs = frame[frame["lr"] == lr]
        groups = {value: group["test"].to_numpy() for value, group in runs.groupby(key)}
        if len(groups) > 1:
            factors = tuple(slope_factors(np.log(list(groups)) / np.log(step)))
            units = tuple(f"{lr} {key} {value}" for value in groups)
            found[claim] = [Sample(tuple(groups.values()), factors, units)]
    return found


def slope_factors(positions):
    """Return what the means at `positions` are multiplied by, for the rise of the line of least squares over all.

    Parameters
    ----------
    positions : ndarray of shape (n,)

    Returns
    -------
    ndarray of shape (n,)
    """
    distance = positions - positions.mean()
    return np.ptp(positions) * distance / (distance**2).sum()


def shares(frame):
    """Return the samples of C3, from runs with their `test` accuracy: what collapses, and what works."""
    lost, high = frame["test"].to_numpy() < homework.COLLAPSED, frame["lr"].to_numpy() >= homework.TOO_LARGE
    sides = {"C3a": lost[high], "C3b": ~lost[~high]}
    return {claim: [Share(side, claim)] for claim, side in sides.items() if len(side)}


def at_best(runs):
    """Return the samples of C1, C4 and C5, from runs at the best setting and its rivals."""
    best = runs.best
    if not len(best):
        return {}
    accuracy = best["test"].to_numpy()
    rivals = [rival.sort_values("seed") for _, rival in homework.rivals(runs.rivals).groupby(SETTING)]
    reached = [first_within(*validation_curve(folder)) for folder in best["folder"]]
    found = {"C1a": [Sample((accuracy,), statistic="end", units=("best",))]}
    found["C1b"] = [Sample((rival["test"].to_numpy() - accuracy,), units=("best",)) for rival in rivals]
    found["C4"] = [Sample((np.log(np.array(reached) / 1000),), units=("best",))]
    found["C5"] = [Sample(((best["validation"] - best["test"]).to_numpy(),), units=("best",))]
    return found


def validation_curve(folder):
    """Return updates and validation accuracies of a run, each of shape (looks,)."""
    history = read_history(folder)
    return history["update"], history["validation_accuracy"]


def first_within(updates, accuracies, points=POINTS):
    """Return the first of `updates` at which the accuracy is within `points` of the best of its run."""
    near = np.asarray(accuracies) >= np.max(accuracies) - points
    return int(np.asarray(updates)[np.argmax(near)])


def parameters(best):
    """Return the samples of C6 and C7, from runs at the best setting: widths of weights and biases."""
    if not len(best):
        return {}
    widths = pd.DataFrame([_widths(run) for run in best.to_dict("records")])
    columns = {"C6a": "weights", "C6b": "live weights", "C7": "biases"}
    return {claim: [Sample((widths[name].to_numpy(),), units=("best",))] for claim, name in columns.items()}


def _widths(run):
    """Return logarithms of ratios of standard deviations, of one run's arrays."""
    net = load_model(Path(run["folder"], "model.npz")).net
    data = mnist.load(run["dataset"])
    pixels, _ = data.part("test")
    live = (net.forward(pixels.astype(net.dtype))[1][2][0] > 0).any(axis=0)
    start = start_of(run)
    end = {name: np.log(array.std()) for name, array in net.params.items()}
    grown = {name: end[name] - np.log(start[name].std()) for name in ("b1", "b2")}
    return {
        "weights": end["W2"] - end["W1"],
        "live weights": np.log(net.params["W2"][live].std() / net.params["W1"][:, live].std()),
        "biases": grown["b2"] - grown["b1"],
    }


def start_of(run):
    """Return the parameters that a run, a row of `studies.load`, started from."""
    config = Configuration(**{name: run[name] for name in PARAMETERS})  # as it was resolved
    data = mnist.load(config.dataset)
    return first_parameters(config, data.train_images[0].size, data.n_classes)
