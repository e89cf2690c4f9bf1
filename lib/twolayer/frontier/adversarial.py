"""Images changed where it hurts most: adversarial training, Goodfellow, Shlens and Szegedy 2015.

Equation numbers are those of chapter 9.
"""

import numpy as np

from ..network.layers import affine_backward, affine_forward, relu_backward, relu_forward
from .layers import soft_cross_entropy


def input_gradient(params, X, T):
    """Gradient of the mean cross-entropy for the pixels, equation (9.9).

    Parameters
    ----------
    params : dict
        W1, b1, W2, b2.
    X : ndarray of shape (B, D)
    T : ndarray of shape (B, C)
        Target probabilities.

    Returns
    -------
    ndarray of shape (B, D)
    """
    Z1, first = affine_forward(X, params["W1"], params["b1"])
    A1, kink = relu_forward(Z1)
    Z2, second = affine_forward(A1, params["W2"], params["b2"])
    dA1, _, _ = affine_backward(soft_cross_entropy(Z2, T)[1], second)
    return relu_backward(dA1, kink) @ params["W1"].T


def hardened(X, dX, size):
    """Move each pixel by `size` towards more loss, equation (9.10); it stays between paper, 0, and ink, 1.

    Parameters
    ----------
    X, dX : ndarray of shape (B, D)
        Scaled images, and the gradient for them.
    size : float
        Largest change of a pixel, in [0, 1].

    Returns
    -------
    ndarray of shape (B, D)
    """
    return np.clip(X + X.dtype.type(size) * np.sign(dX), 0, 1)


def harden_half(params, batch, size):
    """Harden the first half of an `updates.Batch`, of an odd one the larger, against a network, in place."""
    half = -(-len(batch.X) // 2)
    X, T = batch.X[:half], batch.T[:half]
    X[...] = hardened(X, input_gradient(params, X, T), size)
