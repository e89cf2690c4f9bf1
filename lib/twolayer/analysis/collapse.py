"""Where a network ends whose hidden units are all dead."""

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
    """Return what the networks of these runs' folders say of images that switch no hidden unit on: softmax(b2).

    The probabilities have the shape (len(folders), C).
    """
    return softmax(np.array([load_model(f"{folder}/model.npz").net.params["b2"] for folder in folders]))
