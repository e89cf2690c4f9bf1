"""The paper of a picture in two ways: what most pixels around a place are, and what is left without strokes."""

import numpy as np

LOOK = 128  # pixels: of larger pictures every second, third, ... is looked at for medians
TILES = 24  # places along the longer side at which medians are taken; in between they are interpolated


def medians(pixels, reach):
    """Return the median of the pixels around each place, in each colour.

    Parameters
    ----------
    pixels : ndarray of shape (h, w, 3), uint8
    reach : float
        How far around, in every direction, as a share of the longer side.

    Returns
    -------
    ndarray of shape (h, w, 3), float64
    """
    few = pixels[:: (step := max(1, max(pixels.shape[:2]) // LOOK)), ::step]
    longer = max(few.shape[:2])
    around = max(1, int(reach * longer))
    rows, columns = (places(side, longer) for side in few.shape[:2])
    found = np.empty((len(rows), len(columns), 3))
    for i, row in enumerate(rows):
        for j, column in enumerate(columns):
            window = few[max(0, row - around) : row + around + 1, max(0, column - around) : column + around + 1]
            rank = (window.shape[0] * window.shape[1] - 1) // 2
            found[i, j] = np.partition(window.reshape(-1, 3), rank, axis=0)[rank]
    return between(between(found, rows * step, pixels.shape[0], 0), columns * step, pixels.shape[1], 1)


def places(side, longer):
    """Return where, of 0, 1, ..., side - 1, medians are taken: from the first to the last, evenly."""
    count = max(2, side * TILES // longer)
    return (2 * np.arange(count) * (side - 1) + count - 1) // (2 * (count - 1))


def between(values, known, size, axis):
    """Return `values`, given at the places `known` along an axis, at 0, 1, ..., size - 1: straight lines."""
    x = np.arange(size)
    left = np.clip(np.searchsorted(known, x, side="right") - 1, 0, len(known) - 2)
    weight = (x - known[left]) / np.maximum(known[left + 1] - known[left], 1)
    weight = np.expand_dims(weight.clip(0, 1), tuple(n for n in range(values.ndim) if n != axis))
    return values.take(left, axis) * (1 - weight) + values.take(left + 1, axis) * weight


def without_strokes(values, reach, dark):
    """Return values (h, w) without what is darker, or brighter, and thinner than 2 `reach` + 1 pixels.

    The largest value around each place, and of these the smallest around it: what is dark and wide comes back as it
    was, its edges, too (a morphological closing; the other way round where strokes are bright).
    """
    first, then = (np.maximum, np.minimum) if dark else (np.minimum, np.maximum)
    values = np.pad(values, 2 * reach, mode="edge")  # as if all went on beyond the picture as at its edge
    for choose in (first, then):
        for axis in (0, 1):
            values = extreme(values, 2 * reach + 1, axis, choose)
    return values


def extreme(values, count, axis, choose):
    """Return the largest (`choose` is np.maximum) of each `count` values in a row along an axis, `count` - 1 fewer."""
    done = 1
    while done < count:  # of two stretches that overlap the larger is that of both
        step = min(done, count - done)
        length = values.shape[axis] - step
        values = choose(values.take(range(length), axis), values.take(range(step, step + length), axis))
        done += step
    return values


def nearby(values, axis):
    """Return the values before, at and after each place along an axis, three arrays; the ends have themselves."""
    padded = np.pad(values, [(1, 1) if n == axis else (0, 0) for n in range(values.ndim)], mode="edge")
    return [padded.take(range(start, start + values.shape[axis]), axis) for start in range(3)]
