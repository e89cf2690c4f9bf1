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
    """Cut a batch into blocks without the zeros at the end of its images, (C.3).

    Right for images in any order; it is the images sorted by extent, largest first, that leave much out.

    Parameters
    ----------
    pixels : ndarray of shape (B, D), uint8
    groups : int
        Of images, which have an extent in common. If it does not divide B, there is one group.

    Returns
    -------
    list of (int, slice)
        The first so many images, and pixels that no later image needs; a block begins with the pixel after
        the last one of the block before, the first with pixel 0 and all images.
    """
    count = len(pixels)
    groups = groups if count % groups == 0 else 1
    used = np.bitwise_or.reduce(pixels.reshape(groups, count // groups, -1), axis=1)
    found, low = [], 0
    for group in reversed(range(groups)):
        K = len(used[group].tobytes().rstrip(b"\0"))
        if low < K or not found:
            found.append(((group + 1) * count // groups, slice(low, K)))
            low = K
    return found
