"""Mini-batch SGD: drives anything with `params` and `loss(X, y) -> loss, grads`."""

from dataclasses import dataclass, field

import numpy as np

from .layers import log_softmax

CHUNK = 500  # examples at a time when evaluating: their activations stay in the cache


class Divergence(Exception):
    """The loss is no longer a finite number; the message says since which update."""


def batches(pixels, labels, scaling, config, updates, rng):
    """Yield `updates` pairs (X, y) of scaled inputs (B, D) and labels (B,).

    With `config.sampling` "shuffle" every image comes once an epoch (the rest of an epoch that
    does not fill a batch is left out); with "replacement" every batch is drawn anew.
    """
    count, size = len(labels), config.batch
    per_epoch = max(1, count // size)
    for t in range(updates):
        if config.sampling == "replacement":
            index = rng.integers(0, count, size)
        else:
            if t % per_epoch == 0:
                order = rng.permutation(count)
            index = order[(t % per_epoch) * size :][:size]
        yield scaling(pixels[index], config.dtype), labels[index]


def train(net, stream, rates, momentum=0.0, evaluate=None, eval_every=100):
    """Minimise the objective by SGD with momentum, equation (2.17), in place.

    Parameters
    ----------
    net : object
        `net.params` is a dict of arrays, which are changed; `net.loss(X, y)` returns the
        objective and a dict of gradients with the same keys.
    stream : iterable
        Batches (X, y), one an update.
    rates : sequence of float
        Learning rate of every update.
    momentum : float
        0 <= momentum < 1.
    evaluate : callable, optional
        Called with the number of updates done: before the first, after every `eval_every`,
        and after the last.
    eval_every : int

    Returns
    -------
    ndarray of shape (len(rates),)
        The objective on every batch, before its update.

    Raises
    ------
    Divergence
        If the objective is not finite. The parameters are then useless.
    """
    velocity = {name: np.zeros_like(value) for name, value in net.params.items()} if momentum else {}
    losses = np.full(len(rates), np.nan)
    for t, (X, y) in enumerate(stream):
        if evaluate and t % eval_every == 0:
            evaluate(t)
        loss, grads = net.loss(X, y)
        if not np.isfinite(loss):
            raise Divergence(f"the loss is not finite at update {t}")
        losses[t] = loss
        for name, value in net.params.items():
            change = -rates[t] * grads[name]
            if momentum:
                velocity[name] *= momentum
                velocity[name] += change
                change = velocity[name]
            value += change
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
        y = labels[start : start + CHUNK]
        Z2, caches = net.forward(scaling(pixels[start : start + CHUNK], net.dtype))
        total -= float(log_softmax(Z2)[np.arange(len(y)), y].sum(dtype=np.float64))
        correct += int((Z2.argmax(axis=1) == y).sum())
        active |= caches[2][0].max(axis=0) > 0
    return total / len(labels), correct / len(labels), active


@dataclass
class Monitor:
    """Evaluates the network along training, and keeps the parameters best on validation.

    The choice looks at the accuracy of the part called "validation" alone; other parts are
    recorded for the learning curve.

    Attributes
    ----------
    parts : dict
        Name to (pixels, labels).
    record : dict
        Column name to list of values, one an evaluation.
    best : dict
        Copy of the chosen parameters; `best_index` is their place in `record`.
    """

    net: object
    parts: dict
    scaling: object
    record: dict = field(default_factory=lambda: {"update": []})
    best: dict | None = None
    best_index: int = 0

    def __call__(self, update):
        """Measure all parts after `update` updates.

        Raises
        ------
        Divergence
            If a loss is not finite.
        """
        row = {"update": update}
        for name, (pixels, labels) in self.parts.items():
            row[f"{name}_loss"], row[f"{name}_accuracy"], active = measure(self.net, pixels, labels, self.scaling)
            if name == "validation":
                row["dead_fraction"] = 1 - float(np.mean(active))
        if not np.isfinite(row["validation_loss"]):
            raise Divergence(f"the validation loss is not finite at update {update}")
        for name, value in row.items():
            self.record.setdefault(name, []).append(value)
        accuracies = self.record["validation_accuracy"]
        if self.best is None or accuracies[-1] > accuracies[self.best_index]:
            self.best = {name: value.copy() for name, value in self.net.params.items()}
            self.best_index = len(accuracies) - 1
