"""Hidden units that no image can switch on again are taken out of training and evaluation.

A unit that is off for every image gets the gradient 0, and so do the weights that leave it. Without
momentum, and if the penalty shrinks its weights and its bias alike (or there is none), an update
only multiplies all its parameters by 1 - eta l2 > 0, equation (C.4): no pre-activation changes its
sign, and the unit is off for good. In the homework's grid most units end so.
"""

import numpy as np

from .fast import FastSgd
from .sparsity import stairs

CHUNK = 1000  # images at a time when looking for units that are on
WORTH = 8  # looking costs up to a forward pass: one unit in eight must be a candidate


class PruningSgd:
    """`FastSgd` on the units that can still be switched on.

    Parameters
    ----------
    net : TwoLayerNet
        `net.params` is changed by every update, and gets smaller when units are taken out.
    scaling : Scaling
    config : Configuration
        Of which `batch`, `momentum` and `lr`, the highest learning rate, count.
    images : sequence of ndarray of shape (N, D), uint8
        All images that training and evaluation will look at.
    product : callable
        As for `FastSgd`.
    """

    def __init__(self, net, scaling, config, images, product=np.matmul):
        self.net, self.scaling, self.images, self.product = net, scaling, images, product
        self.batch, self.momentum = config.batch, config.momentum
        shrinks_alike = net.l2 == 0 or ("b1" in net.decayed and config.lr * net.l2 < 1)
        self.possible = shrinks_alike and not self.momentum
        self.all = {name: array.copy() for name, array in net.params.items()}
        self.kept, self.shrunk = np.arange(len(net.params["b1"])), 1.0
        self.step = FastSgd(net, scaling, self.batch, self.momentum, product)

    def __call__(self, pixels, y, rate):
        """Do one update; arguments and result are those of `FastSgd`."""
        self.shrunk *= 1 - rate * self.net.l2
        return self.step(pixels, y, rate)

    def parameters(self):
        """Return copies of the parameters of all units, of those taken out as they would be now."""
        for name, array in self.all.items():
            array *= self.shrunk  # right for what was taken out; the rest is set
            array[_units(name, self.kept)] = self.net.params[name]
        self.shrunk = 1.0
        return {name: array.copy() for name, array in self.all.items()}

    def prune(self, active):
        """Take out the units that are off for every image, if there are enough of them.

        Parameters
        ----------
        active : ndarray of shape (H,), bool
            The units left that were on for an image lately: no candidates.
        """
        off = self._off(np.flatnonzero(~active)) if self.possible else []
        if len(off):
            self.parameters()
            left = np.delete(np.arange(len(self.kept)), off)
            self.kept = self.kept[left]
            self.net.params = {name: array[_units(name, left)] for name, array in self.net.params.items()}
            self.step = FastSgd(self.net, self.scaling, self.batch, self.momentum, self.product)

    def _off(self, candidates):
        """Return those candidates that are off for every image, for good by (C.4), or none if few."""
        W1, b1 = self.net.params["W1"], self.net.params["b1"]
        for pixels in self.images:
            for start in range(0, len(pixels), CHUNK):
                if WORTH * len(candidates) < max(1, len(self.kept)):
                    return []
                chunk = pixels[start : start + CHUNK]
                K = stairs(chunk, 1)[0][1].stop if self.scaling.keeps_zeros else chunk.shape[1]
                Z = self.product(self.scaling(chunk[:, :K], self.net.dtype), W1[:K, candidates]) + b1[candidates]
                candidates = candidates[(Z <= 0).all(axis=0)]
        return candidates


def _units(name, index):
    """Where the units of `index` are in a parameter; b2 belongs to none."""
    return {"W1": (slice(None), index), "b1": index, "W2": index, "b2": ...}[name]
