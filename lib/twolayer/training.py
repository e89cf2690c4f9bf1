"""Mini-batch SGD: drives anything with `params` and `loss(X, y) -> loss, grads`."""

import math
from dataclasses import dataclass, field

import numpy as np

from .layers import log_softmax
from .network import TwoLayerNet
from .sparsity import stairs

CHUNK = 250  # examples at a time when evaluating: their activations stay in the cache


class Divergence(Exception):
    """The loss is no longer a finite number; the message says since which update."""


def batches(pixels, labels, config, updates, rng, extents=None):
    """Yield `updates` pairs of pixels (B, D) and labels (B,), the rows that are drawn.

    With `config.sampling` "shuffle" every image comes once an epoch (the rest of an epoch that
    does not fill a batch is left out); with "replacement" every batch is drawn anew. Within a
    batch the order means nothing; `extents`, a number an image, sorts it, largest first.
    """
    count, size = len(labels), config.batch
    per_epoch = max(1, count // size)
    for t in range(updates):
        if t % per_epoch == 0:  # an epoch's draws at once: the same numbers, a call less an update
            if config.sampling == "replacement":
                order = rng.integers(0, count, (per_epoch, size))
            else:
                order = rng.permutation(count)[: per_epoch * size].reshape(per_epoch, size)
            if extents is not None:
                order = np.sort(order - (extents[order] << 32), axis=1) & 0xFFFFFFFF  # indices have 32 bits
        index = order[t % per_epoch]
        yield pixels.take(index, axis=0), labels.take(index)


class Sgd:
    """Stochastic gradient descent with momentum, equation (2.17).

    Parameters
    ----------
    net : object
        `net.params` is a dict of arrays, which are changed in place; `net.loss(X, y)` returns
        the objective and a dict of gradients with the same keys.
    momentum : float
        0 <= momentum < 1.
    """

    def __init__(self, net, momentum=0.0):
        self.net, self.momentum = net, momentum
        self.velocity = {name: np.zeros_like(value) for name, value in net.params.items()}

    def __call__(self, X, y, rate):
        """Do one update with learning rate `rate`; return the objective before it."""
        loss, grads = self.net.loss(X, y)
        for name, value in self.net.params.items():
            self.velocity[name] *= self.momentum
            self.velocity[name] -= rate * grads[name]
            value += self.velocity[name]
        return loss


def train(step, stream, rates, evaluate=None, eval_every=100):
    """Take one step a batch.

    Parameters
    ----------
    step : callable
        `step(X, y, rate)` updates the parameters and returns the loss before: `Sgd`, or
        `fast.FastSgd`.
    stream : iterable
        Batches (X, y) as `step` takes them, one an update.
    rates : sequence of float
        Learning rate of every update.
    evaluate : callable, optional
        Called with the number of updates done: before the first, after every `eval_every`,
        and after the last.
    eval_every : int

    Returns
    -------
    ndarray of shape (len(rates),)
        What `step` returned.

    Raises
    ------
    Divergence
        If the loss is not finite. The parameters are then useless.
    """
    losses = np.full(len(rates), np.nan)
    for t, (X, y) in enumerate(stream):
        if evaluate and t % eval_every == 0:
            evaluate(t)
        losses[t] = loss = step(X, y, rates[t])
        if not math.isfinite(loss):
            raise Divergence(f"the loss is not finite at update {t}")
    if evaluate:
        evaluate(len(rates))
    return losses


def measure(net, pixels, labels, scaling):
    """Mean cross-entropy, accuracy and active hidden units on a set of images.

    Parameters
    ----------
    net : TwoLayerNet
    pixels : ndarray of shape (N, D), uint8
    labels : ndarray of shape (N,)
    scaling : Scaling

    Returns
    -------
    loss : float
        Mean cross-entropy in nats, without penalty.
    accuracy : float
        Share of images whose most probable class is the label.
    active : ndarray of shape (H,), bool
        Whether the unit's output is above 0 for any of the images.
    """
    total, correct, active = 0.0, 0, False
    for start in range(0, len(labels), CHUNK):
        chunk, y = pixels[start : start + CHUNK], labels[start : start + CHUNK]
        K = chunk.shape[1] if scaling.shift else stairs(chunk, 1)[0][1]  # what follows is 0
        part = TwoLayerNet(net.params | {"W1": net.params["W1"][:K]})
        Z2, caches = part.forward(scaling(chunk[:, :K], net.dtype))
        total -= float(log_softmax(Z2)[np.arange(len(y)), y].sum(dtype=np.float64))
        correct += int((Z2.argmax(axis=1) == y).sum())
        active |= caches[2][0].max(axis=0) > 0
    return total / len(labels), correct / len(labels), active


@dataclass
class Monitor:
    """Evaluates the network along training, and keeps the parameters best on validation, or the last.

    The choice looks at the accuracy of the part `choose_by` alone; other parts are recorded for
    the learning curve.

    Attributes
    ----------
    net : TwoLayerNet
    parts : dict
        Name to (pixels, labels).
    scaling : Scaling
    parameters : callable
        Returns copies of all parameters, also of hidden units that `net` has no more.
    units : int
        Number of hidden units of the whole network.
    choose_by : str or None
        The part whose accuracy decides which parameters are kept; None keeps the last.
    record : dict
        Column name to list of values, one an evaluation.
    best : dict
        The chosen parameters; `best_index` is their place in `record`.
    active : ndarray of bool
        Which of the net's hidden units were above 0 for any image of the last evaluation.
    """

    net: object
    parts: dict
    scaling: object
    parameters: object
    units: int
    choose_by: str | None = "validation"
    record: dict = field(default_factory=lambda: {"update": []})
    best: dict | None = None
    best_index: int = 0
    active: object = None

    def __call__(self, update):
        """Measure all parts after `update` updates.

        Raises
        ------
        Divergence
            If a loss is not finite.
        """
        row, self.active, held_out = {"update": update}, False, self.choose_by or "test"
        for name, (pixels, labels) in self.parts.items():
            row[f"{name}_loss"], row[f"{name}_accuracy"], active = measure(self.net, pixels, labels, self.scaling)
            self.active = self.active | active
            if name == held_out:
                row["dead_fraction"] = 1 - np.count_nonzero(active) / self.units
        if not np.isfinite(row[f"{held_out}_loss"]):
            raise Divergence(f"the {held_out} loss is not finite at update {update}")
        for name, value in row.items():
            self.record.setdefault(name, []).append(value)
        accuracies = self.record[f"{held_out}_accuracy"]
        better = self.best is None or accuracies[-1] > accuracies[self.best_index]
        if better or self.choose_by is None:
            self.best, self.best_index = self.parameters(), len(accuracies) - 1
