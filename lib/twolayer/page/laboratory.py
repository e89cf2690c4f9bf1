"""The collapse laboratory: a network that is trained in the page, and here by the library, from the same draws."""

import zlib
from dataclasses import asdict, dataclass
from itertools import islice

import numpy as np

from ..data.scaling import Scaling
from ..network import TwoLayerNet
from ..network.initialization import initial_parameters
from ..training import sgd
from .drawing import text
from .draws import Draws

BATCH = 100  # images an update, drawn with replacement as the homework does
IMAGES, HELD_OUT = 3500, 500  # images in the page, and how many of them are not trained on
PARAMETERS, BATCHES = 0, 1  # streams of a seed's draws; the page has one more, for labels that are shuffled
EVERY = 10  # updates between two looks at the images held out


@dataclass(frozen=True)
class Setting:
    """What the laboratory trains: the parameters of the same names of a run, with the biases in the penalty."""

    lr: float
    init: str = "homework"
    input_scale: str = "raw"
    hidden: int = 64
    l2: float = 0.01
    seed: int = 1


# One thing after the other is different from the one before: the rate, and then the pixels.
PRESETS = {
    "the homework": Setting(lr=0.002),
    "its collapse": Setting(lr=0.01),
    "the cure": Setting(lr=0.01, input_scale="centred"),
}


@dataclass(frozen=True)
class Images:
    """Images that are trained on, and images that are held out: pixels (N, D) uint8, labels (N,) of C classes."""

    pixels: np.ndarray
    labels: np.ndarray
    held_pixels: np.ndarray
    held_labels: np.ndarray
    classes: int


def chosen(data):
    """Return the first images of the training part of a `Dataset`; a seventh of them, the last, are held out."""
    pixels, labels = (array[:IMAGES] for array in data.part("train"))
    train = len(labels) - len(labels) * HELD_OUT // IMAGES
    return Images(pixels[:train], labels[:train], pixels[train:], labels[train:], data.n_classes)


def packed(images, borders):
    """Return what the page needs, as plain values for JSON.

    Parameters
    ----------
    images : Images
    borders : pandas.DataFrame
        As `collapse.borders` returns it, indexed by `input_scale`, `init` and `hidden`.

    Returns
    -------
    dict
        `train`, `held`: numbers of images; `size` (D), `classes` (C), `batch`, `every`; `pixels`, of all images one
        after the other, those held out last, and `labels`, both uint8, compressed by zlib, in base64; `presets`, a
        list of `Setting` by name; `borders`, the rows of the frame, None for what it does not have.
    """
    arrays = {"pixels": (images.pixels, images.held_pixels), "labels": (images.labels, images.held_labels)}
    arrays = {name: np.concatenate(both).astype(np.uint8) for name, both in arrays.items()}
    facts = {"train": len(images.labels), "held": len(images.held_labels), "size": images.pixels.shape[1]}
    rows = borders.reset_index().astype(object)
    return {
        **facts,
        "classes": images.classes,
        "batch": BATCH,
        "every": EVERY,
        **{name: text(np.frombuffer(zlib.compress(array.tobytes(), 9), np.uint8)) for name, array in arrays.items()},
        "presets": [{"name": name} | asdict(setting) for name, setting in PRESETS.items()],
        "borders": rows.where(rows.notna(), None).to_dict("records"),
    }


def prepared(images, setting):
    """Return the network before its first update, the scaling, and the batches, without end, as indices (BATCH,)."""
    rng = Draws(setting.seed, PARAMETERS)
    size = images.pixels.shape[1], setting.hidden, images.classes
    net = TwoLayerNet(initial_parameters(setting.init, *size, rng), l2=setting.l2, decay_biases=True)
    return net, Scaling.fit(setting.input_scale, images.pixels), _batches(images, setting)


def _batches(images, setting):
    draws = Draws(setting.seed, BATCHES)
    while True:
        yield draws.integers(BATCH, len(images.labels))


def followed(images, setting, updates):
    """Train the network of a setting; return what the page would show of it.

    Returns
    -------
    dict
        `loss` (updates,), on each batch before its update, NaN from a divergence on; and by look, at 0, `EVERY`, ...
        updates: `update`, `accuracy` on the images held out, in [0, 1], and `share` (looks, H), the share of these
        images for which a unit is positive.
    """
    net, scaling, indices = prepared(images, setting)
    held, looks = scaling(images.held_pixels), []

    def look(update):
        Z2, (_, Z1, _) = net.forward(held)
        accuracy = (Z2.argmax(axis=1) == images.held_labels).mean()
        looks.append({"update": update, "accuracy": accuracy, "share": (Z1 > 0).mean(axis=0)})

    stream = ((scaling(images.pixels[index]), images.labels[index]) for index in islice(indices, updates))
    losses, _ = sgd.train_while_finite(sgd.Sgd(net), stream, [setting.lr] * updates, look, EVERY)
    return {"loss": losses} | {name: np.array([one[name] for one in looks]) for name in looks[0]}
