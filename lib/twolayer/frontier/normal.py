"""Digits made alike before they are learned: upright, and of one width."""

import json
from pathlib import Path

import numpy as np

from .. import files
from .distortion import looked_up

WIDTHS = (10, 12, 14, 16, 18, 20)  # in pixels, Ciresan, Meier, Gambardella and Schmidhuber 2011
PREPARED = ("plain", "upright", *(f"width{width}" for width in WIDTHS))
INK = 0.2  # of the brightest pixel, from which on a column counts as part of the digit
STEP = 10_000  # images at a time, for the memory


def prepared_for(model_path):
    """Return how the images were prepared that a saved network has learned, one of `PREPARED`.

    The `result.json` of its run, beside it, says so; of a network without one, or of another run, it is "plain".
    """
    try:
        with files.opened(Path(model_path).with_name("result.json")) as file:
            how = json.loads(file.read())["parameters"]["prepared"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return "plain"
    return how if how in PREPARED else "plain"


def prepare(pixels, shape, how):
    """Return images made alike.

    Parameters
    ----------
    pixels : ndarray of shape (N, D), uint8
    shape : tuple of int
        (height, width) of an image.
    how : str
        One of `PREPARED`: "plain" leaves them, "upright" takes their slant away, "width12" makes all digits
        12 pixels wide.

    Returns
    -------
    ndarray of shape (N, D), uint8
    """
    if how == "plain":
        return pixels
    change = upright if how == "upright" else lambda part, shape: of_width(part, shape, int(how.removeprefix("width")))
    parts = [change(pixels[start : start + STEP], shape) for start in range(0, len(pixels), STEP)]
    return np.concatenate(parts)


def upright(pixels, shape):
    """Shear images so that rows do not lean: the slant is the regression of columns on rows.

    The centre of mass stays where it is.
    """
    mass, (rows, columns) = _mass(pixels), _places(shape)
    middle = [mass @ axis for axis in (rows, columns)]
    covariance = mass @ (rows * columns) - middle[0] * middle[1]
    slant = covariance / np.maximum(mass @ rows**2 - middle[0] ** 2, 1e-9)
    across = slant[:, None] * (rows - middle[0][:, None])
    return _looked_up(pixels, shape, np.zeros_like(across), across)


def of_width(pixels, shape, width):
    """Stretch images along their rows so that what is inked is `width` pixels wide, in the middle."""
    columns = _places(shape)[1]
    ink = pixels.reshape(-1, *shape).max(axis=1)
    inked = ink > INK * ink.max(axis=1, keepdims=True)
    first, last = inked.argmax(axis=1), shape[1] - 1 - inked[:, ::-1].argmax(axis=1)
    scale, middle = (last - first + 1) / width, (first + last) / 2
    across = middle[:, None] + scale[:, None] * (columns - (shape[1] - 1) / 2) - columns
    return _looked_up(pixels, shape, np.zeros_like(across), across)


def _looked_up(pixels, shape, down, across):
    found = looked_up(pixels, shape, down.astype(np.float32), across.astype(np.float32))
    return np.rint(found).astype(np.uint8)


def _mass(pixels):
    """Return each pixel's share of an image's ink; of one without any, equal shares."""
    mass = pixels.astype(np.float64) + 1e-9
    return mass / mass.sum(axis=1, keepdims=True)


def _places(shape):
    return [axis.ravel().astype(np.float64) for axis in np.indices(shape)]
