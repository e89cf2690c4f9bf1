"""Networks that answer together: the mean of their probabilities, equation (9.14)."""

import numpy as np

from ..network.layers import affine_forward, relu_forward, softmax


def mean_probabilities(members):
    """Return the probabilities (N, C) of a committee, equation (9.14), from those of its members (M, N, C)."""
    return np.mean(members, axis=0)


def errors(probabilities, labels):
    """Return which answers are wrong: bool of shape (..., N) for probabilities (..., N, C)."""
    return probabilities.argmax(axis=-1) != labels


def gain(members, labels, rng, draws=200):
    """Return the mean error of committees by their size, over random choices of members.

    Parameters
    ----------
    members : ndarray of shape (M, N, C)
        Probabilities of each member.
    labels : ndarray of shape (N,)
    rng : Generator
    draws : int
        Committees of each size.

    Returns
    -------
    ndarray of shape (M, 3)
        Mean, smallest and largest share of wrong answers for committees of 1 to M members.
    """
    found = []
    for size in range(1, len(members) + 1):
        chosen = {tuple(sorted(rng.permutation(len(members))[:size])) for _ in range(draws)}
        shares = [errors(members[list(one)].mean(axis=0), labels).mean() for one in sorted(chosen)]
        found.append((np.mean(shares), np.min(shares), np.max(shares)))
    return np.array(found)


class Teacher:
    """A committee that says what it makes of images, at a temperature.

    Parameters
    ----------
    models : list of Model
        Of as many pixels and classes each.
    temperature : float
        Above 0; what their logits are divided by.
    """

    def __init__(self, models, temperature):
        self.temperature = np.float32(temperature)
        self.members = [model.for_pixels() for model in models]

    def __call__(self, X):
        """Return the mean probabilities (B, C), float32, for images (B, D) in levels of grey."""
        return mean_probabilities([softmax(self._logits(X, one) / self.temperature) for one in self.members])

    @staticmethod
    def _logits(X, params):
        A1 = relu_forward(affine_forward(X, params["W1"], params["b1"])[0])[0]
        return affine_forward(A1, params["W2"], params["b2"])[0]
