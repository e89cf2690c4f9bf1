"""Looks at a network along its training: loss, accuracy, dead units; and what is kept of it."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from ..data.scaling import Scaling
from ..network import TwoLayerNet
from ..network.layers import log_softmax
from .sgd import Divergence
from .sparsity import stairs

CHUNK = 250  # examples at a time when evaluating: their activations stay in the cache


def measure(net, pixels, labels, scaling, product=np.matmul):
    """Mean cross-entropy, accuracy and active hidden units on a set of images.

    Parameters
    ----------
    net : TwoLayerNet
    pixels : ndarray of shape (N, D), uint8
    labels : ndarray of shape (N,)
    scaling : Scaling
    product : callable
        As for `FastSgd`.

    Returns
    -------
    loss : float
        Mean cross-entropy in nats, without penalty.
    accuracy : float
        Share of images whose most probable class is the label.
    active : ndarray of shape (H,), bool
        Whether the unit's output is above 0 for any of the images.
    """
    W1, b1, W2, b2 = (net.params[name] for name in ("W1", "b1", "W2", "b2"))
    total, correct, active = 0.0, 0, False
    for start in range(0, len(labels), CHUNK):
        chunk, y = pixels[start : start + CHUNK], labels[start : start + CHUNK]
        K = stairs(chunk, 1)[0][1].stop if scaling.keeps_zeros else chunk.shape[1]  # what follows is 0
        A1 = product(scaling(chunk[:, :K], net.dtype), W1[:K]) + b1
        np.maximum(A1, 0, out=A1)
        Z2 = product(A1, W2) + b2
        total -= float(log_softmax(Z2)[np.arange(len(y)), y].sum(dtype=np.float64))
        correct += int((Z2.argmax(axis=1) == y).sum())
        active |= A1.max(axis=0) > 0
    return total / len(labels), correct / len(labels), active


@dataclass
class Monitor:
    """Evaluates the network along training, and keeps the parameters best on validation, or the last.

    The choice looks at the accuracy of the part `choose_by` alone; other parts are recorded for
    the learning curve.

    """

    net: TwoLayerNet
    parts: dict  # name to (pixels, labels)
    scaling: Scaling
    parameters: Callable  # returns copies of all parameters, also of hidden units that `net` has no more
    units: int  # number of hidden units of the whole network
    product: Callable = np.matmul  # as for `FastSgd`
    choose_by: str | None = "validation"  # the part whose accuracy decides what is kept; None keeps the last
    record: dict = field(default_factory=dict)  # column name to list of values, one an evaluation
    best: dict | None = None  # the chosen parameters
    best_index: int = 0  # their place in `record`
    active: np.ndarray | None = None  # which of the net's hidden units were on for an image of the last evaluation

    def __call__(self, update):
        """Measure all parts after `update` updates.

        Raises
        ------
        Divergence
            If the loss of a part is not finite.
        """
        row, self.active, held_out = {"update": update}, False, self.choose_by or "test"
        for name, (pixels, labels) in self.parts.items():
            found = measure(self.net, pixels, labels, self.scaling, self.product)
            row[f"{name}_loss"], row[f"{name}_accuracy"], active = found
            self.active = self.active | active
            if name == held_out:
                row["dead_fraction"] = 1 - np.count_nonzero(active) / self.units
            if not np.isfinite(row[f"{name}_loss"]):
                raise Divergence(f"the {name} loss is not finite at update {update}")
        for name, value in row.items():
            self.record.setdefault(name, []).append(value)
        accuracies = self.record[f"{held_out}_accuracy"]
        better = self.best is None or accuracies[-1] > accuracies[self.best_index]
        if better or self.choose_by is None:
            self.best, self.best_index = self.parameters(), len(accuracies) - 1
