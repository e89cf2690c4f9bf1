"""How an update moves the pre-activations of the hidden units: which images together, which way, and how far."""

import numpy as np

from ..network import TwoLayerNet
from ..training.fast import FastSgd


def movement(net, X, y, images, rate):
    """Return how one plain update on a batch moves the pre-activations of other images, equation (5.5).

    Parameters
    ----------
    net : TwoLayerNet
        Its penalty has the biases in it, or there is none.
    X : ndarray of shape (B, D)
        The batch, scaled.
    y : ndarray of shape (B,)
        Labels, 0 <= y[i] < C.
    images : ndarray of shape (N, D)
        Scaled, too.
    rate : float
        Learning rate.

    Returns
    -------
    ndarray of shape (N, H)
    """
    _, grads = TwoLayerNet(net.params).loss(X, y)
    Z1 = images @ net.params["W1"] + net.params["b1"]
    return -rate * (images @ grads["W1"] + grads["b1"]) - rate * net.l2 * Z1


class Watch:
    """Measures the hidden units of a network between two updates, on a fixed set of images.

    Parameters
    ----------
    net : TwoLayerNet
    X : ndarray of shape (N, D)
        Scaled images.
    mean_image : ndarray of shape (D,)
        In pixels, not scaled.
    """

    def __init__(self, net, X, mean_image):
        self.net, self.X, self.mean_image = net, X, mean_image
        self.Z1, self.W1 = self._now(), net.params["W1"].copy()

    def __call__(self):
        """Return what has happened since the last call, over the units that were on for an image then.

        Returns
        -------
        dict
            `same_way`, the share of images for which a unit has moved the same way as for most; `cosine`, that
            of the change of a unit's weights with the mean image, without its sign (both medians over the units);
            `step`, the root mean square of the movements over that of the pre-activations before; `dead`, the
            share of all units that are off for every image now. The first three are NaN where all units were off.
        """
        Z1, W1, before = self._now(), self.net.params["W1"].copy(), self.Z1
        live = (before > 0).any(axis=0)
        found = {"dead": float((~(Z1 > 0).any(axis=0)).mean())} | dict.fromkeys(("same_way", "cosine", "step"), np.nan)
        if live.any():
            moved, change = (Z1 - before)[:, live], (W1 - self.W1)[:, live]
            up = (moved > 0).mean(axis=0)
            found["same_way"] = float(np.median(np.maximum(up, 1 - up)))
            found["cosine"] = float(np.median(np.abs(cosines(change, self.mean_image))))
            found["step"] = float(np.linalg.norm(moved) / np.linalg.norm(before[:, live]))
        self.Z1, self.W1 = Z1, W1
        return found

    def _now(self):
        return self.X @ self.net.params["W1"] + self.net.params["b1"]


def cosines(columns, vector):
    """Return the cosine of the angle between each column, (D, H), and a vector, (D,); 0 for a column of zeros."""
    lengths = np.linalg.norm(columns, axis=0) * np.linalg.norm(vector)
    return vector @ columns / np.where(lengths > 0, lengths, 1)


def pre_activations(start, updates):
    """Return the pre-activations of all units before and after each of the first updates of a run.

    Parameters
    ----------
    start : start.Start
        It is used up.
    updates : int

    Returns
    -------
    ndarray of shape (updates + 1, N, H)
        On the N images of `start.sample`.
    """
    net, X = start.net, start.scaling(start.pixels[start.sample], start.net.dtype)
    found, step = [X @ net.params["W1"] + net.params["b1"]], None
    for (pixels, y), rate in zip(start.stream, start.rates[:updates], strict=False):
        step = step or FastSgd(net, start.scaling, len(y))
        step(pixels, y, rate)
        found.append(X @ net.params["W1"] + net.params["b1"])
    return np.array(found)


def example_unit(found):
    """Return the place of a unit that is on for most images at first and off for all of them in the end.

    Parameters
    ----------
    found : ndarray of shape (updates + 1, N, H)
        As `pre_activations` returns it. Where no unit dies, it is that which is on for most at first.
    """
    on, died = (found[0] > 0).mean(axis=0), (found[-1] <= 0).all(axis=0)
    return int(np.argmax(on * (1 + died * (on > 0))))
