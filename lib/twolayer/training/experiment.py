"""One training run in memory, from its configuration to what it found."""

import time
from dataclasses import dataclass

import numpy as np

from ..data.scaling import Scaling
from ..network import TwoLayerNet
from .configuration import Configuration
from .monitor import Monitor
from .pruning import PruningSgd
from .schedules import learning_rates
from .sgd import Divergence, batches, train
from .sparsity import by_use, extents

TRAIN_SAMPLE = 5000  # training images measured for the learning curve; all 48,000 would double a run


@dataclass(frozen=True)
class Run:
    """A finished run in memory.

    Attributes
    ----------
    config : Configuration
    status : str
        "ok" or "diverged".
    reason : str or None
        Why a run counts as diverged.
    history : dict
        Name to ndarray: columns of the evaluations (`update`, `validation_accuracy`, ...), and
        `batch_loss`, the mean cross-entropy of the batch, and `lr` by update.
    best_index : int
        The evaluation whose parameters are kept.
    params : dict
        The kept parameters: those best on validation, or the last (`Configuration.fit_on`).
    scaling : Scaling
    hashes : dict
        SHA-256 of the data files.
    seconds : float
        Training and evaluation, without loading.
    """

    config: Configuration
    status: str
    reason: str | None
    history: dict
    best_index: int
    params: dict
    scaling: Scaling
    hashes: dict
    seconds: float


def run(config, dataset):
    """Train as `config` says on `dataset` (a mnist.Dataset); divergence is a result, not an error."""
    parts, order = _arranged(dataset, config)
    pixels, labels = parts["train"]
    scaling = Scaling.fit(config.input_scale, pixels)
    init_rng, batch_rng, sample_rng = np.random.default_rng(config.seed).spawn(3)
    net = TwoLayerNet.initialized(
        pixels.shape[1], config.hidden, dataset.n_classes, init_rng,
        init=config.init, dtype=np.dtype(config.dtype), l2=config.l2, decay_biases=config.decay_biases,
    )  # fmt: skip
    net.params["W1"] = net.params["W1"][order]
    sample = np.sort(sample_rng.permutation(len(labels))[:TRAIN_SAMPLE])
    step = PruningSgd(net, scaling, config, [pixels for pixels, _ in parts.values()])
    looked_at = parts | {"train": (pixels[sample], labels[sample])}
    looked_at = {name: _by_extent(*part) for name, part in looked_at.items()}
    choose_by = "validation" if config.fit_on == "train" else None
    monitor = Monitor(net, looked_at, scaling, step.parameters, config.hidden, choose_by)
    start = time.perf_counter()
    reason, by_update = _train(step, config, pixels, labels, batch_rng, monitor)
    seconds = time.perf_counter() - start
    history = {name: np.array(values) for name, values in monitor.record.items()} | by_update
    if reason is None and history["dead_fraction"][-1] == 1:
        since = history["update"][np.flatnonzero(history["dead_fraction"] < 1)[-1:]]
        reason = "every hidden unit is dead" + (f", some time after update {since[0]}" if len(since) else "")
    status = "ok" if reason is None else "diverged"
    best = monitor.best | {"W1": monitor.best["W1"][np.argsort(order)]}  # pixels where they were
    return Run(config, status, reason, history, monitor.best_index, best, scaling, dataset.hashes, seconds)


def _arranged(dataset, config):
    """Return the parts that the run may look at, their pixels in the order of use, and that order."""
    parts = {"train": dataset.part(config.fit_on)}
    parts |= {"validation": dataset.part("validation")} if config.fit_on == "train" else {}
    parts |= {"test": dataset.part("test")} if config.open_test else {}
    order = by_use(parts["train"][0])
    return {name: (pixels.take(order, axis=1), labels) for name, (pixels, labels) in parts.items()}, order


def _by_extent(pixels, labels):
    order = np.argsort(-extents(pixels), kind="stable")
    return pixels[order], labels[order]


def _train(step, config, pixels, labels, rng, monitor):
    updates = config.total_updates(len(labels))
    rates = learning_rates(config, updates)
    stream = batches(pixels, labels, config, updates, rng, extents(pixels))
    interval = config.evaluation_interval(len(labels))
    reason, losses = None, np.full(updates, np.nan)

    def look(update):
        monitor(update)
        step.prune(monitor.active)

    # Overflow is expected of a diverging run, and is looked for where it matters.
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        try:
            losses = train(step, stream, rates.tolist(), look, interval)
        except Divergence as error:
            reason = str(error)
    return reason, {"batch_loss": losses, "lr": rates}
