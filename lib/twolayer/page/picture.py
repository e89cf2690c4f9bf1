"""A picture of a digit, as people have it, turned into ink on paper: what `drawing.centred` takes.

Paper may be grey, coloured, dark or shaded, ink of any colour. The steps, each shown by the notebook `predict.ipynb`:
pixels, at most 512 a side; the paper alone, a median over a third of the picture; how far each pixel is from its
paper, along the colour in which most of the ink differs; what of that is ink, and belongs to one digit.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from .. import InputError
from .drawing import BOX, centred

SIDE = 512  # pixels: the longer side of the pictures that are worked on
TILES, REACH = 24, 6  # the paper is looked at in 24 places along the longer side, over a third of it
LEAST = 20  # of 255: ink that differs less from its paper is none
SPECK = 0.1  # share of the largest piece's ink under which a piece is no part of the digit
STROKE = 0.09  # share of the digit's longer side: thinner strokes vanish in 20 pixels; in MNIST it is 0.12 to 0.2


class PictureError(InputError):
    """A picture cannot be read, or shows no digit; the message names it and says why."""


@dataclass(frozen=True)
class Steps:
    """A picture on its way to the network."""

    pixels: np.ndarray  # (h, w, 3) uint8
    paper: np.ndarray  # (h, w, 3) float64, the same without ink
    difference: np.ndarray  # (h, w) float64, 0 on paper
    ink: np.ndarray  # (h, w) uint8, 255 is ink, 0 paper: the digit alone
    image: np.ndarray  # (28, 28) uint8, as MNIST has them


def read(path):
    """Return the pixels of a picture file, an array of shape (h, w, 3), uint8, at most 512 a side.

    Turned as its camera says; what is transparent lies on white, or on black where the rest is bright.

    Raises
    ------
    PictureError
        If there is no such file, or it is no picture that Pillow reads.
    """
    try:
        with Image.open(path) as file:
            picture = ImageOps.exif_transpose(file).convert("RGBA")
    except FileNotFoundError as error:
        raise PictureError(f"picture {path} does not exist") from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise PictureError(f"{path} is not a picture that can be read ({error})") from error
    picture.thumbnail((SIDE, SIDE), Image.Resampling.BOX)
    return on_paper(np.asarray(picture))


def on_paper(rgba):
    """Return the colours (h, w, 3), uint8, of pixels (h, w, 4) of which the fourth value says how opaque they are."""
    colours, alpha = rgba[..., :3].astype(np.float64), rgba[..., 3:] / 255
    if alpha.min() == 1:
        return np.ascontiguousarray(rgba[..., :3])
    brightness = (colours * alpha).sum() / max(3 * alpha.sum(), 1)
    paper = 255 if brightness < 128 else 0
    return np.rint(colours * alpha + paper * (1 - alpha)).astype(np.uint8)


def steps(pixels):
    """Return the Steps of pixels (h, w, 3), uint8.

    Raises
    ------
    PictureError
        If there is no ink on the paper.
    """
    paper = paper_of(pixels)
    difference = along_ink(pixels - paper)
    ink = digit(difference)
    return Steps(pixels, paper, difference, ink, centred(ink))


def paper_of(pixels):
    """Return the picture without its ink: medians over a third of it, in between by interpolation."""
    longer = max(pixels.shape[:2])
    reach = max(1, longer // REACH)
    rows, columns = (np.linspace(0, side - 1, max(2, side * TILES // longer)) for side in pixels.shape[:2])
    medians = np.empty((len(rows), len(columns), 3))
    for i, row in enumerate(rows.astype(int)):
        for j, column in enumerate(columns.astype(int)):
            window = pixels[max(0, row - reach) : row + reach + 1, max(0, column - reach) : column + reach + 1]
            medians[i, j] = np.median(window.reshape(-1, 3), axis=0)
    return _between(_between(medians, rows, pixels.shape[0], 0), columns, pixels.shape[1], 1)


def _between(values, places, size, axis):
    """Return `values`, given at `places` along an axis, at 0, 1, ..., size - 1."""
    x = np.arange(size)
    left = np.clip(np.searchsorted(places, x, side="right") - 1, 0, len(places) - 2)
    weight = (x - places[left]) / np.maximum(places[left + 1] - places[left], 1e-12)
    weight = np.expand_dims(weight.clip(0, 1), tuple(n for n in range(values.ndim) if n != axis))
    return values.take(left, axis) * (1 - weight) + values.take(left + 1, axis) * weight


def along_ink(differences):
    """Return how far each pixel is from its paper, (h, w), along the direction in which the largest differences lie.

    That direction, in the space of colours, is the first eigenvector of their second moments; it points where the
    ink lies, so paper that is darker or brighter than the ink gives the same answer.
    """
    flat = differences.reshape(-1, 3)
    length = np.linalg.norm(flat, axis=1)
    weighted = flat * np.where(length >= LEAST, length, 0)[:, None]
    direction = np.linalg.eigh(weighted.T @ weighted)[1][:, -1]
    values = flat @ direction
    return (values * (np.sign((values**3).sum()) or 1)).clip(0).reshape(differences.shape[:2])


def digit(difference):
    """Return the ink of a digit, (h, w), uint8, from what pixels differ from their paper.

    Raises
    ------
    PictureError
        If nothing does so by enough.
    """
    full = ink_level(difference)
    if full < LEAST:
        raise PictureError("there is no ink on its paper")
    soft = ((difference - full / 4) / (full / 2)).clip(0, 1)
    pieces = connected(soft > 0)
    mass = np.bincount(pieces.ravel(), soft.ravel())
    mass[0] = 0
    kept = mass >= SPECK * mass.max()
    kept[0] = False
    return thickened(np.rint(255 * soft * kept[pieces]).astype(np.uint8))


def ink_level(difference):
    """Return what ink differs from paper where a stroke is fullest: the mean of what lies above half of the largest."""
    flat = np.sort(difference.ravel())
    largest = flat[-max(1, len(flat) // 5000)]  # a pixel or two may be dust
    return float(flat[flat > largest / 2].mean()) if largest > 0 else 0.0


def connected(mask):
    """Return the pieces of a mask (h, w), numbered from 1 where pixels touch along sides or corners; 0 outside."""
    labels = np.where(mask, np.arange(1, mask.size + 1).reshape(mask.shape), 0)
    while True:
        spread = np.where(mask, _largest_nearby(labels), 0)
        flat = spread.ravel()
        spread = np.where(mask, np.maximum(spread, flat[np.maximum(spread - 1, 0)]), 0)  # jump to the label's label
        if np.array_equal(spread, labels):
            break
        labels = spread
    return np.unique(labels, return_inverse=True)[1].reshape(mask.shape) + (0 if (~mask).any() else 1)


def _largest_nearby(values):
    """Return at every place the largest value of it and its eight neighbours."""
    for axis in (0, 1):
        padded = np.pad(values, [(1, 1) if n == axis else (0, 0) for n in (0, 1)])
        parts = [padded.take(range(start, start + values.shape[axis]), axis) for start in range(3)]
        values = np.maximum.reduce(parts)
    return values


def thickened(ink):
    """Return ink whose strokes are at least `STROKE` of the digit's longer side wide."""
    rows, columns = (np.flatnonzero(ink.any(axis=axis)) for axis in (1, 0))
    longer = max(rows[-1] - rows[0], columns[-1] - columns[0]) + 1
    for _ in range(longer // BOX):
        if stroke_width(ink) >= STROKE * longer:
            break
        ink = _largest_nearby(ink)
    return ink


def stroke_width(ink):
    """Return the mean width of strokes in pixels: twice the ink's area over the length of its edge."""
    full = np.pad(ink >= 128, 1)
    edge = np.count_nonzero(full[1:] != full[:-1]) + np.count_nonzero(full[:, 1:] != full[:, :-1])
    return 2 * np.count_nonzero(full) / max(edge * np.pi / 4, 1)  # a slanted edge is counted in steps


def names(words):
    """Return the paths of pictures that are named in one text, separated by spaces; a path may have spaces itself.

    Raises
    ------
    PictureError
        If there is none.
    """
    words = words.strip()
    found = [Path(words)] if Path(words).expanduser().exists() else [Path(word) for word in words.split()]
    if not words or not found:
        raise PictureError("say which picture: make predict IMAGE=photo.jpg")
    return [path.expanduser() for path in found]
