"""Where a network ends whose hidden units are all dead."""

from pathlib import Path

import numpy as np

from ..network.layers import softmax
from ..network.model_file import load_model


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


def answers_of_b2(folders):
    """Return the probabilities that networks give to any image that switches no hidden unit on: softmax(b2).

    Parameters
    ----------
    folders : sequence of path
        Of runs, with their `model.npz`.

    Returns
    -------
    ndarray of shape (len(folders), C)
    """
    return softmax(np.array([load_model(Path(folder, "model.npz")).net.params["b2"] for folder in folders]))
