"""Mini-batch SGD: drives anything with `params` and `loss(X, y) -> loss, grads`."""

import math

import numpy as np


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
        and after the last. It may raise Divergence, too.
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
    losses, reason = train_while_finite(step, stream, rates, evaluate, eval_every)
    if reason is not None:
        raise Divergence(reason)
    return losses


def train_while_finite(step, stream, rates, evaluate=None, eval_every=100):
    """Take steps as `train` does, up to a divergence if there is one.

    Returns
    -------
    losses : ndarray of shape (len(rates),)
        What `step` returned; NaN from the divergence on.
    reason : str or None
        The divergence in a sentence.
    """
    losses = np.full(len(rates), np.nan)
    # Overflow is expected of a run that diverges, and is looked for where it matters.
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        try:
            for t, (X, y) in enumerate(stream):
                if evaluate and t % eval_every == 0:
                    evaluate(t)
                loss = step(X, y, rates[t])
                if not math.isfinite(loss):
                    raise Divergence(f"the loss is not finite at update {t}")
                losses[t] = loss
            if evaluate:
                evaluate(len(rates))
        except Divergence as error:
            return losses, str(error)
    return losses, None
