"""One training run in memory, from its configuration to what it found."""

import time
from dataclasses import dataclass

import numpy as np

from ..data.dataset import Dataset
from ..data.scaling import Scaling
from ..network import TwoLayerNet
from ..network.products import Products
from .configuration import Configuration, check_sizes
from .monitor import Monitor, measure
from .pruning import PruningSgd
from .sgd import train_while_finite
from .sparsity import extents
from .start import prepare

TRAIN_SAMPLE = 5000  # training images measured for the learning curve; all 48,000 would double a run


@dataclass(frozen=True)
class Run:
    """A finished run in memory.

    Its history has arrays by name: columns of the evaluations (`update`, `validation_accuracy`, ...), and by
    update `lr` and `batch_loss`, the mean cross-entropy of the batch (NaN after a divergence).
    """

    config: Configuration
    status: str  # "ok" or "diverged"
    reason: str | None  # why it counts as diverged
    history: dict
    best_index: int  # the evaluation whose parameters are kept
    kept: dict  # what they are worth: name of a part to (loss, accuracy), also of one that the history has not
    params: dict  # those best on validation, or the last (`Configuration.fit_on`)
    scaling: Scaling
    dataset: Dataset
    seconds: float  # of training and evaluation, without loading
    products: float  # seconds of them that matrix products took


def run(config, dataset):
    """Train as `config` says on `dataset` (a Dataset); divergence is a result, not an error."""
    check_sizes(config, dataset, batch=config.batch)
    start = prepare(config, dataset, TRAIN_SAMPLE)
    parts = _parts(dataset, config, start)
    held_out, choice = ("validation", "validation") if config.fit_on == "train" else ("test", None)
    along = {name: part for name, part in parts.items() if config.curves or name == held_out}
    product, images = Products(), [start.pixels, *(pixels for pixels, _ in along.values())]
    step = PruningSgd(start.net, start.scaling, config, images, product)
    monitor = Monitor(start.net, along, start.scaling, step.parameters, config.hidden, product, choice)
    began = time.perf_counter()
    reason, by_update = _train(step, config, start, monitor)
    kept = _kept(monitor, parts)
    seconds = time.perf_counter() - began
    history = {name: np.array(values) for name, values in monitor.record.items()} | by_update
    reason = reason or _death(history)
    status = "ok" if reason is None else "diverged"
    back = _inverse(start.order)  # pixels where they were
    best, scaling = monitor.best | {"W1": monitor.best["W1"][back]}, start.scaling.reordered(back)
    results = history, monitor.best_index, kept, best, scaling, dataset
    return Run(config, status, reason, *results, seconds, product.seconds)


def _parts(dataset, config, start):
    """Return the parts that the run may look at, their pixels in the order of use and images by extent."""
    names = ["validation"] * (config.fit_on == "train") + ["test"] * config.open_test
    parts = {name: dataset.part(name, config.seed) for name in names}
    arranged = {name: (pixels.take(start.order, axis=1), labels) for name, (pixels, labels) in parts.items()}
    sample = {"train": (start.pixels[start.sample], start.labels[start.sample])}
    return {name: _by_extent(*part) for name, part in (sample | arranged).items()}


def _kept(monitor, parts):
    """Return loss and accuracy of the kept parameters on each part."""
    record, place, found = monitor.record, monitor.best_index, {}
    for name, part in parts.items():
        if name in monitor.parts:
            found[name] = record[f"{name}_loss"][place], record[f"{name}_accuracy"][place]
        else:
            found[name] = measure(TwoLayerNet(monitor.best), *part, monitor.scaling, monitor.product)[:2]
    return found


def _inverse(order):
    """Return the permutation that undoes another one."""
    found = np.empty_like(order)
    found[order] = np.arange(len(order))
    return found


def _by_extent(pixels, labels):
    order = np.argsort(-extents(pixels), kind="stable")
    return pixels[order], labels[order]


def _train(step, config, start, monitor):
    def look(update):
        monitor(update)
        step.prune(monitor.active)

    interval = config.evaluation_interval(len(start.labels))
    losses, reason = train_while_finite(step, start.stream, start.rates.tolist(), look, interval)
    return reason, {"batch_loss": losses, "lr": start.rates}


def _death(history):
    """Return since when every hidden unit is dead, in words; None if one is not."""
    if history["dead_fraction"][-1] < 1:
        return None
    since = history["update"][np.flatnonzero(history["dead_fraction"] < 1)[-1:]]
    return "every hidden unit is dead" + (f", some time after update {since[0]}" if len(since) else "")
