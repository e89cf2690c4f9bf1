"""Digits drawn by hand: MNIST's preprocessing of a drawing, and a network small enough for a page.

The report's page does the same in a script; here is its arithmetic in NumPy, to test it against.
"""

import base64

import numpy as np

from ..network import TwoLayerNet
from ..network.layers import softmax

FIELD, BOX, CENTRE = 28, 20, 14  # pixels; MNIST's centres of mass lie within half a pixel of pixel (14, 14)


def centred(drawing):
    """Return a drawing as MNIST would have it: in a box of 20 by 20, its centre of mass in the middle.

    LeCun, Cortes and Burges (1998) say of MNIST: "size normalized to fit in a 20x20 pixel box while
    preserving their aspect ratio [...] centered in a 28x28 image by computing the center of mass of
    the pixels, and translating the image so as to position this point at the center".

    Parameters
    ----------
    drawing : ndarray of shape (N, N), uint8
        Ink is 255, paper 0.

    Returns
    -------
    ndarray of shape (28, 28), uint8
        All zeros for a drawing without ink.
    """
    return placed(boxed(drawing))


def boxed(drawing):
    """Return the ink's bounding box, scaled so that its longer side has 20 pixels.

    A pixel is the mean of the area it covers, rounded half up. All sums are integers: whoever
    computes them, in whatever order, gets the same.

    Parameters
    ----------
    drawing : ndarray of shape (N, N), uint8

    Returns
    -------
    ndarray of shape (h, w), uint8
        max(h, w) = 20; of shape (0, 0) for a drawing without ink.
    """
    rows, columns = (np.flatnonzero(drawing.any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return np.zeros((0, 0), np.uint8)
    ink = drawing[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    longer = max(ink.shape)
    return shrunk(ink, *(max(1, (2 * BOX * side + longer) // (2 * longer)) for side in ink.shape))


def _overlaps(source, target):
    """Return how much of each source pixel each target pixel covers, (target, source), times `target`."""
    first, place = np.arange(target)[:, None] * source, np.arange(source) * target
    return np.maximum(0, np.minimum(first + source, place + target) - np.maximum(first, place))


def shrunk(drawing, height, width):
    """Return a drawing in so many pixels, each the mean of the area that it covers, rounded half up.

    For networks of images that were not made as MNIST was: nothing is moved or centred.

    Parameters
    ----------
    drawing : ndarray of shape (N, M), uint8
    height, width : int

    Returns
    -------
    ndarray of shape (height, width), uint8
    """
    sums = _overlaps(drawing.shape[0], height) @ drawing.astype(np.int64) @ _overlaps(drawing.shape[1], width).T
    return ((2 * sums + drawing.size) // (2 * drawing.size)).astype(np.uint8)


def left_alone(images):
    """Return how many of the images, (N, height, width), `centred` leaves exactly as they are.

    Nearly all are where they were made as MNIST was, none where their size is another.
    """
    if images.shape[1:] != (FIELD, FIELD):
        return 0
    return sum(np.array_equal(centred(image), image) for image in images)


def placed(box):
    """Return a box in a field of 28 by 28, its centre of mass within half a pixel of pixel (14, 14).

    It is moved by whole pixels, and no further than the field reaches.

    Parameters
    ----------
    box : ndarray of shape (h, w), uint8
        h, w <= 20.
    """
    field, total = np.zeros((FIELD, FIELD), np.uint8), int(box.sum(dtype=np.int64))
    if total:
        top, left = (_offset(box.sum(axis=1 - axis, dtype=np.int64), total) for axis in (0, 1))
        field[top : top + box.shape[0], left : left + box.shape[1]] = box
    return field


def _offset(profile, total):
    moment = int(profile @ np.arange(len(profile)))
    wanted = (2 * CENTRE * total - 2 * moment + total - 1) // (2 * total)  # half down, as in MNIST
    return min(max(wanted, 0), FIELD - len(profile))


def quantised(model, class_names=None):
    """Return a `model_file.Model` as plain values for JSON, W1 in 8 bits with one scale a hidden unit.

    Returns
    -------
    dict
        `hidden` (H), `classes` ("0", "1", ... without names), `shift` and `factor` of the inputs' scaling; in base64,
        little-endian, row by row: `W1` (D, H) int8, and as float32 `scale` (H,), `b1`, `W2`, `b2`.
    """
    params = model.net.params
    W1 = params["W1"].astype(np.float64)
    scale = (np.abs(W1).max(axis=0) / 127).astype("<f4")
    steps = np.rint(W1 / np.where(scale > 0, scale, 1)).clip(-127, 127)
    arrays = {"W1": steps.astype(np.int8), "scale": scale}
    arrays |= {name: params[name].astype("<f4") for name in ("b1", "W2", "b2")}
    names = list(class_names) if class_names else [str(label) for label in range(len(params["b2"]))]
    facts = {"hidden": W1.shape[1], "classes": names, "shift": model.scaling.shift, "factor": model.scaling.factor}
    return facts | {name: text(array) for name, array in arrays.items()}


def text(array):
    """Return the bytes of an array in base64."""
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()


def dequantised(packed):
    """Return the network of `quantised`, in float64: exactly the numbers that the page computes with."""

    def array(name, kind, *shape):
        return np.frombuffer(base64.b64decode(packed[name]), kind).reshape(shape).astype(np.float64)

    hidden, classes = packed["hidden"], len(packed["classes"])
    params = {"W1": array("W1", np.int8, -1, hidden) * array("scale", "<f4", hidden), "b1": array("b1", "<f4", hidden)}
    params |= {"W2": array("W2", "<f4", hidden, classes), "b2": array("b2", "<f4", classes)}
    return TwoLayerNet(params)


def explained(net, x, count=6):
    """Return what a network says of one image, and the hidden units that speak loudest for it.

    Parameters
    ----------
    net : TwoLayerNet
    x : ndarray of shape (D,)
        Scaled pixels.
    count : int
        The most units to return.

    Returns
    -------
    probabilities : ndarray of shape (C,)
    units : ndarray of int
        Those with the largest contribution A1[h] W2[h, k] to the logit of the likeliest class k,
        largest first; positive contributions only.
    shares : ndarray
        Their shares of the sum of all positive contributions.
    """
    Z2, caches = net.forward(x[None])
    contribution = caches[2][0][0] * net.params["W2"][:, Z2[0].argmax()]
    order = np.argsort(-contribution, kind="stable")[:count]
    units = order[contribution[order] > 0]
    return softmax(Z2)[0], units, contribution[units] / contribution.clip(0).sum()


def first_of_each(labels, classes):
    """Return the place of the first image of every class that has one, an array of shape (classes,) or less."""
    return np.array([np.flatnonzero(labels == label)[0] for label in range(classes) if label in labels])
