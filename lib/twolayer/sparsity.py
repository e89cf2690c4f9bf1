"""Pixels that are 0 in a whole batch take part in no sum: where they lie last, products are shorter."""

import numpy as np


def by_use(pixels):
    """Return an order of the pixels, those that are most often above 0 first, for (7.3).

    A network whose inputs are permuted, and the rows of W1 with them, is the same network; in
    this order the zeros of a batch come last, where `extent` finds them.

    Parameters
    ----------
    pixels : ndarray of shape (N, D), uint8

    Returns
    -------
    ndarray of shape (D,)
        A permutation of 0 .. D - 1.
    """
    return np.argsort(-np.count_nonzero(pixels, axis=0), kind="stable")


def extent(pixels):
    """Return K, the number of columns up to the last one with a pixel above 0: equation (7.3).

    Parameters
    ----------
    pixels : ndarray of shape (B, D), uint8

    Returns
    -------
    int
        0 <= K <= D.
    """
    used = np.bitwise_or.reduce(pixels, axis=0) != 0
    return len(used) - int(used[::-1].argmax()) if used.any() else 0
