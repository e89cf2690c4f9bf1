"""Pixels that are 0 take part in no sum: sorted to the end of their images, they shorten products."""

import numpy as np

GROUPS = 4  # in a batch; more would be smaller products, which cost more than they save


def by_use(pixels):
    """Return an order of the pixels, those that are most often above 0 first, for (C.3).

    A network whose inputs are permuted, and the rows of W1 with them, is the same network; in
    this order the zeros of an image are mostly its last pixels.

    Parameters
    ----------
    pixels : ndarray of shape (N, D), uint8

    Returns
    -------
    ndarray of shape (D,)
        A permutation of 0 .. D - 1.
    """
    return np.argsort(-np.count_nonzero(pixels, axis=0), kind="stable")


def extents(pixels):
    """Return of every image the number of pixels up to its last one above 0, K_i of (C.3).

    Parameters
    ----------
    pixels : ndarray of shape (N, D), uint8

    Returns
    -------
    ndarray of shape (N,)
        0 <= K_i <= D.
    """
    used = pixels[:, ::-1] != 0
    return np.where(used.any(axis=1), pixels.shape[1] - used.argmax(axis=1), 0)


def stairs(pixels, groups=GROUPS):
    """Cut a batch into groups of rows, each with the pixels that it and all later ones need, (C.3).

    Right for images in any order; short products come of images sorted by extent, largest first.

    Parameters
    ----------
    pixels : ndarray of shape (B, D), uint8
    groups : int
        If it does not divide B, there is one group.

    Returns
    -------
    list of (slice, int)
        Rows, and K, which gets smaller from one to the next.
    """
    count = len(pixels)
    groups = groups if count % groups == 0 else 1
    size = count // groups
    used = np.bitwise_or.reduce(pixels.reshape(groups, size, -1), axis=1)[:, ::-1] != 0
    reach = (pixels.shape[1] - used.argmax(axis=1)).tolist()  # an empty group counts as a full one
    found = []
    for group in reversed(range(groups)):
        rows, K = slice(group * size, (group + 1) * size), reach[group]
        if found and found[0][1] >= K:
            rows, K = slice(rows.start, found[0][0].stop), found.pop(0)[1]
        found.insert(0, (rows, K))
    return found
