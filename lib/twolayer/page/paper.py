"""The paper of a picture: what most of the pixels around each place are."""

import numpy as np

LOOK = 128  # pixels: of larger pictures every second, third, ... is looked at
TILES = 24  # places along the longer side at which the paper is looked for; in between it is interpolated


def local(pixels, reach, percentiles):
    """Return percentiles of the pixels around each place.

    Parameters
    ----------
    pixels : ndarray of shape (h, w, 3), uint8
    reach : float
        How far around, in every direction, as a share of the longer side.
    percentiles : sequence of 3 int
        Of each colour, from 0 to 100.

    Returns
    -------
    ndarray of shape (h, w, 3), float64
    """
    few = pixels[:: (step := max(1, max(pixels.shape[:2]) // LOOK)), ::step]
    longer, colours = max(few.shape[:2]), range(3)
    around = max(1, int(reach * longer))
    rows, columns = (places(side, longer) for side in few.shape[:2])
    found = np.empty((len(rows), len(columns), 3))
    for i, row in enumerate(rows):
        for j, column in enumerate(columns):
            window = few[max(0, row - around) : row + around + 1, max(0, column - around) : column + around + 1]
            flat = window.reshape(-1, 3)
            ranks = [int(percentile) * (len(flat) - 1) // 100 for percentile in percentiles]
            found[i, j] = np.partition(flat, sorted(set(ranks)), axis=0)[ranks, colours]
    return between(between(found, rows * step, pixels.shape[0], 0), columns * step, pixels.shape[1], 1)


def places(side, longer):
    """Return where, of 0, 1, ..., side - 1, the paper is looked for: from the first to the last, evenly."""
    count = max(2, side * TILES // longer)
    return (2 * np.arange(count) * (side - 1) + count - 1) // (2 * (count - 1))


def between(values, known, size, axis):
    """Return `values`, given at the places `known` along an axis, at 0, 1, ..., size - 1: straight lines."""
    x = np.arange(size)
    left = np.clip(np.searchsorted(known, x, side="right") - 1, 0, len(known) - 2)
    weight = (x - known[left]) / np.maximum(known[left + 1] - known[left], 1)
    weight = np.expand_dims(weight.clip(0, 1), tuple(n for n in range(values.ndim) if n != axis))
    return values.take(left, axis) * (1 - weight) + values.take(left + 1, axis) * weight


def nearby(values, axis):
    """Return the values before, at and after each place along an axis, three arrays; the ends have themselves."""
    padded = np.pad(values, [(1, 1) if n == axis else (0, 0) for n in range(values.ndim)], mode="edge")
    return [padded.take(range(start, start + values.shape[axis]), axis) for start in range(3)]
