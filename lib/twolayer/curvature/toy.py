"""The smallest network with two layers, one weight each, on one example: it has the saddle of the large."""

import numpy as np


def loss(w1, w2, x=1.0, y=1.0):
    """Return half the squared error of the answer w2 w1 x, equation (5.3); numbers or arrays."""
    return (w2 * w1 * x - y) ** 2 / 2


def gradient(w1, w2, x=1.0, y=1.0):
    """Return the two derivatives of the loss, equation (5.3)."""
    error = w2 * w1 * x - y
    return np.array([error * w2 * x, error * w1 * x])


def hessian(w1, w2, x=1.0, y=1.0):
    """Return the two parts of the Hessian, equation (5.4): Gauss-Newton and rest, each of shape (2, 2)."""
    slopes = np.array([w2 * x, w1 * x])
    return np.outer(slopes, slopes), (w2 * w1 * x - y) * x * np.array([[0.0, 1.0], [1.0, 0.0]])


def descend(start, rate, updates):
    """Return the path of plain descent from `start`, shape (updates + 1, 2)."""
    path = [np.array(start, float)]
    for _ in range(updates):
        path.append(path[-1] - rate * gradient(*path[-1]))
    return np.array(path)
