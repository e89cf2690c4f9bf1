"""What a full run of chapter 9's recipes has found, as files that are kept with the project, in `data/frontier/`.

`recording` makes them.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .. import InputError, arrays, files, paths

FOLDER = paths.ROOT / "data" / "frontier"
# A recipe's name to the study that has its runs, all of which look at the test images.
RECIPES = {
    "plain": "frontier_plain",
    "distorted": "frontier_distorted",
    "long": "frontier_long",
    "prepared": "frontier_prepared",
    "pupil": "frontier_pupil",
    "untaught": "frontier_untaught",
}
TEACHERS = {"pupil": "long"}  # whose networks taught whom
COMMITTEES = {"ten alike": ["distorted"], "all": ["distorted", "long", "prepared"]}  # by the recipes of their members
# What `about` has, see `recording.collect`.
KEYS = {"dataset", "title", "sha256", "made", "recipes", "ablations", "committees", "hard"}


@dataclass(frozen=True)
class Recorded:
    """A full run on one data set."""

    about: dict  # plain values, see `recording.collect`
    wrong: dict  # name of a recipe to (S, N), of a committee to (N,), bool: which test images are answered wrongly


def known(dataset, folder=FOLDER):
    """Return whether a full run on a data set is recorded."""
    return Path(folder, f"{dataset}.json").is_file()


def pupils(dataset, folder=FOLDER):
    """Return the path of the pupil's model file of a data set."""
    return Path(folder, f"{dataset}-pupil.npz")


def names(first, folder=FOLDER):
    """Return the names of the data sets on which a full run is recorded, that of `first` before the others."""
    found = sorted(path.stem for path in Path(folder).glob("*.json"))
    return sorted(found, key=lambda name: name != first)


def load(dataset, folder=FOLDER):
    """Return the Recorded of a data set.

    Raises
    ------
    InputError
        If there is none, or its files are damaged, or not of one another.
    """
    text, packed = (Path(folder, f"{dataset}.{ending}") for ending in ("json", "npz"))
    if not text.is_file() or not packed.is_file():
        raise InputError(
            f"no full run on {dataset} is recorded in {folder}: `make frontier DATASET={dataset}` makes one"
        )
    try:
        with files.opened(text) as file:
            about = json.loads(file.read())
        shapes = about.pop("shapes")
        bits = arrays.npz(packed, tuple(shapes))
        found = Recorded(about, {name: _unpacked(bits[name], shape) for name, shape in shapes.items()})
        _check(found)
    except (OSError, arrays.ArrayError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        again = f"`make frontier DATASET={dataset}` writes them again"
        raise InputError(f"{text} or {packed} is damaged, or they are not of one run: {again}") from error
    return found


def _unpacked(bits, shape):
    """Return the truth values that bits along the last axis say, in this shape."""
    *ahead, count = shape
    if not all(type(size) is int and size > 0 for size in shape) or bits.dtype != np.uint8:
        raise ValueError(shape)
    if bits.shape != (*ahead, -(-count // 8)):
        raise ValueError(bits.shape)
    return np.unpackbits(bits, axis=-1, count=count).astype(bool)


def _check(found):
    """Raise ValueError or KeyError where what is there is not all, or contradicts itself."""
    if set(found.about) != KEYS or found.wrong.keys() != {*RECIPES, *COMMITTEES}:
        raise KeyError(found.about.keys())
    if len({wrong.shape[-1] for wrong in found.wrong.values()}) != 1:
        raise ValueError("not of the same images")
    for name, recipe in found.about["recipes"].items():
        if not np.allclose(found.wrong[name].mean(axis=1), recipe["test_error"], atol=1e-6):
            raise ValueError(name)
