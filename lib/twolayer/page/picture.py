"""A picture of a digit, as people have it, turned into ink on paper: what `drawing.centred` takes.

Paper may be grey, coloured, dark or shaded, ink of any colour. The steps, each shown by the notebook `predict.ipynb`:
pixels, at most 512 a side; the paper alone; how far each pixel is from its paper, along the colour in which most of
the ink differs; what of that is ink, and belongs to the digit. The page's script `draw-picture.js` does the same, and
tests compare the two: nothing here depends on the order of a sum by more than rounding can mend.
"""

from dataclasses import dataclass

import numpy as np

from .drawing import BOX, centred
from .paper import medians, nearby, without_strokes
from .picture_file import PictureError, reduced

SIDE = 512  # pixels: the longer side of what is worked on, at most
AROUND = 0.17  # of the longer side: what most pixels so far around are is paper, to see how ink differs from it
WIDTH = 0.14  # half of the width, in the same measure, from which on what is dark is no stroke, but paper in the shade
LEAST = 20  # of 255: ink that differs less from its paper is none
NOISE = 6  # ... nor if it differs less than so many standard deviations of the paper
SPECK = 0.1  # share of the largest piece's ink under which a piece is no part of the digit
STROKE = 0.09  # share of the digit's longer side: thinner strokes vanish in 20 pixels; in MNIST it is 0.12 to 0.2
SMALL = 4  # a digit that is so many times smaller than the picture is looked at again, alone


@dataclass(frozen=True)
class Steps:
    """A picture on its way to the network."""

    pixels: np.ndarray  # (h, w, 3) uint8
    paper: np.ndarray  # (h, w, 3) float64, the same without ink
    difference: np.ndarray  # (h, w) float64, 0 on paper, above it towards ink
    ink: np.ndarray  # (h, w) uint8, 255 is ink, 0 paper: the digit alone
    image: np.ndarray  # (28, 28) uint8, as MNIST has them


def steps(pixels):
    """Return the Steps of pixels (h, w, 3), uint8, of any size.

    Raises
    ------
    PictureError
        If there is no ink on the paper.
    """
    factor = -(-max(pixels.shape[:2]) // SIDE)
    few = reduced(pixels, factor)
    paper, difference = apart(few)
    ink = digit(difference)
    rows, columns = (np.flatnonzero(ink.any(axis=axis)) for axis in (1, 0))
    longer = max(rows[-1] - rows[0], columns[-1] - columns[0]) + 1
    if factor > 1 and SMALL * longer < max(few.shape):
        across, down = (slice(max(0, n[0] - longer) * factor, (n[-1] + 1 + longer) * factor) for n in (columns, rows))
        return steps(pixels[down, across])
    return Steps(few, paper, difference, ink, centred(ink))


def apart(pixels):
    """Return the paper, (h, w, 3), and how far each pixel is from it towards ink, (h, w).

    Whether ink is dark or light, and of which colour, is seen beside what most pixels around are. Then paper is what
    is left without strokes. Ink in the shade differs less from its paper, in proportion to the light: that is made
    up for. And where pixels are noisy, paper so found lies on one side of them: most differ by 0 in the end.
    """
    direction = ink_colour(pixels - medians(pixels, AROUND))
    smooth = smoothed(pixels.astype(np.float64))
    reach = max(1, int(WIDTH * max(pixels.shape[:2])))
    paper = np.dstack([without_strokes(smooth[..., k], reach, direction[k] < 0) for k in range(3)])
    light = ((paper[..., 0] + paper[..., 1] + paper[..., 2]) / 3).clip(1)
    difference = along(smooth - paper, direction) * (light.mean() / light).clip(0.5, 3)
    return paper, difference - middle(difference)


def ink_colour(differences):
    """Return the direction (3,), of length 1, in which ink differs from paper; in steps of 1/256.

    It is the first eigenvector of the second moments of colours, in which large differences count most; it points
    where the ink lies, be it darker or brighter.
    """
    flat = differences.reshape(-1, 3)
    squares = (flat**2).sum(axis=1)
    weighted = flat * np.where(squares >= LEAST**2, np.sqrt(squares), 0)[:, None]
    moments = weighted.T @ weighted
    if not moments.any():
        moments = np.ones((3, 3))
    for _ in range(8):  # to the power of 256: what is left is the first eigenvector
        moments = moments @ moments / np.trace(moments) ** 2
    direction = moments[:, moments.diagonal().argmax()]
    direction = direction / np.sqrt((direction**2).sum())
    sign = -1 if (along(weighted, direction) ** 3).sum() < 0 else 1
    return np.floor(256 * sign * direction + 0.5) / 256


def along(colours, direction):
    """Return the scalar product of colours (..., 3) with a direction."""
    return colours[..., 0] * direction[0] + colours[..., 1] * direction[1] + colours[..., 2] * direction[2]


def smoothed(values):
    """Return the mean over 3 by 3 pixels, where there are so many pixels that a stroke has several."""
    if max(values.shape[:2]) < SIDE // 2:
        return values
    for axis in (0, 1):
        values = sum(nearby(values, axis)) / 3
    return values


def digit(difference):
    """Return the ink of a digit, (h, w), uint8, from how far pixels are from their paper.

    Raises
    ------
    PictureError
        If nothing is far enough.
    """
    full, noise = ink_level(difference), 1.4826 * middle(np.abs(difference))
    if full < max(LEAST, NOISE * noise):
        raise PictureError("there is no ink on its paper")
    low, high = max(full / 4, min(3 * noise, full / 2)), 3 * full / 4
    soft = ((difference - low) / (high - low)).clip(0, 1)
    return cleaned(np.floor(255 * soft + 0.5).astype(np.uint8))


def ink_level(difference):
    """Return what ink differs from paper where a stroke is fullest: the mean of what lies above half of the largest."""
    flat = np.sort(difference.ravel())
    largest = flat[-max(1, len(flat) // 20000)]  # a few pixels may be dust
    return float(flat[flat > largest / 2].mean()) if largest > 0 else 0.0


def middle(values):
    """Return the median of an array; of two in the middle the smaller."""
    place = (values.size - 1) // 2
    return float(np.partition(values.ravel(), place)[place])


def cleaned(ink):
    """Return ink (h, w), uint8, without specks, in strokes that are wide enough."""
    pieces = connected(ink > 0)
    mass = np.bincount(pieces.ravel(), ink.ravel())
    mass[0] = 0
    kept = mass >= SPECK * mass.max()
    kept[0] = False
    return thickened(ink * kept[pieces])


def connected(mask):
    """Return the pieces of a mask (h, w), numbered from 1 where pixels touch along sides or corners; 0 outside."""
    labels = np.where(mask, np.arange(1, mask.size + 1).reshape(mask.shape), 0)
    while True:
        spread = np.where(mask, largest_nearby(labels), 0)
        flat = spread.ravel()
        spread = np.where(mask, np.maximum(spread, flat[np.maximum(spread - 1, 0)]), 0)  # jump to the label's label
        if np.array_equal(spread, labels):
            break
        labels = spread
    return np.unique(labels, return_inverse=True)[1].reshape(mask.shape) + (0 if (~mask).any() else 1)


def largest_nearby(values):
    """Return at every place the largest value of it and its eight neighbours."""
    for axis in (0, 1):
        values = np.maximum.reduce(nearby(values, axis))
    return values


def thickened(ink):
    """Return ink whose strokes are at least `STROKE` of the digit's longer side wide."""
    rows, columns = (np.flatnonzero(ink.any(axis=axis)) for axis in (1, 0))
    longer = max(rows[-1] - rows[0], columns[-1] - columns[0]) + 1
    for _ in range(longer // BOX):
        if stroke_width(ink) >= STROKE * longer:
            break
        ink = largest_nearby(ink)
    return ink


def stroke_width(ink):
    """Return the mean width of strokes in pixels: twice the ink's area over the length of its edge."""
    full = np.pad(ink >= 128, 1)
    edge = np.count_nonzero(full[1:] != full[:-1]) + np.count_nonzero(full[:, 1:] != full[:, :-1])
    return 2 * np.count_nonzero(full) / max(edge * np.pi / 4, 1)  # a slanted edge is counted in steps
