"""Where a network ends whose hidden units are all dead."""

import numpy as np


def class_shares(labels):
    """Return the share of each class: the probabilities that the biases b2 alone can learn, (8.5).

    Parameters
    ----------
    labels : ndarray of shape (N,)
        Integers >= 0.

    Returns
    -------
    ndarray of shape (C,)
        With sum 1.
    """
    return np.bincount(labels) / len(labels)
