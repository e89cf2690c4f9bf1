"""Networks that answer together: the mean of their probabilities, equation (9.12)."""

import numpy as np


def mean_probabilities(members):
    """Return the committee's probabilities (N, C) from those of its members (M, N, C)."""
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
