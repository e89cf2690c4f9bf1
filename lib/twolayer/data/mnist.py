"""Loading MNIST, or any data set of its format.

A data set is a folder of `data/` with four uncompressed IDX files, which are memory-mapped. `verified.json` beside them
keeps their hashes, time stamps and classes: the second load costs milliseconds, and a changed file is still noticed.
"""

import contextlib
import hashlib
import json
import os
from dataclasses import replace

import numpy as np

from .. import paths
from .dataset import Dataset
from .idx import DataError, memory_map

FILES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")
NO_CLASS = 255  # a label that says that there is none, in files of others; and here one that the training set has not
# SHA-256 of the uncompressed bytes, in the order of FILES: where a file came from does not matter.
KNOWN = {
    "mnist": (
        "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    ),
    "fashion-mnist": (
        "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
        "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
        "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
        "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
    ),
}


def check_name(name):
    """Raise DataError unless `name` can name a data set (a plain folder name)."""
    if not isinstance(name, str) or len(name) > 50 or not name.replace("-", "").replace("_", "").isalnum():
        raise DataError(f"dataset must be {', '.join(KNOWN)} or 50 letters, digits, - and _ at most, not {name!r:.80}")


def load(name="mnist", rehash=False):
    """Memory-map a data set of the data folder.

    Parameters
    ----------
    name : str
        "mnist", "fashion-mnist", or whatever `make data DATASET=... DATA_DIR=...` was given.
    rehash : bool
        True hashes the files even where their size and time stamps are those last verified.

    Returns
    -------
    Dataset

    Raises
    ------
    DataError
        If a file is missing, damaged, or not the data set's.
    """
    check_name(name)
    folder = paths.data_root() / name
    missing = [file for file in FILES if not (folder / file).is_file()]
    if missing:
        source = "" if name in KNOWN else " DATA_DIR=FOLDER"
        raise DataError(f"{folder / missing[0]} is missing: run `make data DATASET={name}{source}`")
    known = None if rehash else _remembered(folder)
    if known is not None:
        return _mapped(name, folder, *known)
    try:
        dataset = verified(name, folder)
    except DataError as error:
        raise DataError(f"{error}; delete that file and run `make data DATASET={name}`") from error
    _remember(folder, dataset)
    return dataset


def verified(name, folder):
    """Check everything about four freshly placed or changed files and return the data set.

    Raises
    ------
    DataError
        If a file is damaged, the four do not belong together, or a known data set's hash differs.
    """
    dataset = _mapped(name, folder, {})
    _check_consistency(dataset, folder)
    _check_content(dataset, folder)
    hashes = {file: sha256(folder / file) for file in FILES}
    for file, expected in zip(FILES, KNOWN.get(name, ()), strict=False):
        if hashes[file] != expected:
            raise DataError(
                f"{folder / file} is not {name}'s file of that name{_who(hashes[file])}: "
                f"its SHA-256 is {hashes[file][:12]}..., not {expected[:12]}..."
            )
    return replace(dataset, hashes=hashes)


def sha256(path):
    """Return the SHA-256 of a file, in hexadecimal."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _who(digest):
    for name, hashes in KNOWN.items():
        if digest in hashes:
            return f" but {name}'s {FILES[hashes.index(digest)]}"
    return ""


def _mapped(name, folder, hashes, classes=None):
    arrays = [memory_map(folder / file) for file in FILES]
    for file, array, ndim in zip(FILES, arrays, (3, 1, 3, 1), strict=True):
        if array.ndim != ndim:
            raise DataError(f"{folder / file}: {array.ndim} dimensions, {ndim} expected: labels and images mixed up?")
    if classes is None:
        classes = tuple(np.flatnonzero(np.bincount(arrays[1], minlength=256)).tolist())
    if classes != tuple(range(len(classes))):
        places = np.full(256, NO_CLASS, np.uint8)
        places[list(classes)] = range(len(classes))
        arrays[1::2] = (places[labels] for labels in arrays[1::2])
    return Dataset(name, *arrays, hashes, classes)


def _check_consistency(dataset, folder):
    for kind, file in (("train", FILES[1]), ("test", FILES[3])):
        images, labels = getattr(dataset, f"{kind}_images"), getattr(dataset, f"{kind}_labels")
        if len(images) != len(labels):
            raise DataError(f"{folder / file}: {len(labels)} labels for {len(images)} images")
        if len(labels) < 10:
            raise DataError(f"{folder / file}: {len(labels)} labels; at least 10 are needed")
    if dataset.train_images.shape[1:] != dataset.test_images.shape[1:]:
        raise DataError(f"{folder / FILES[2]}: images of another size than those of {FILES[0]}")
    if NO_CLASS in dataset.classes:
        raise DataError(f"{folder / FILES[1]}: the label {NO_CLASS} marks images without a class: take them out")
    if dataset.n_classes < 2:
        raise DataError(f"{folder / FILES[1]}: all of its labels are {dataset.classes[0]}: two classes are needed")
    if dataset.test_labels.max() >= dataset.n_classes:
        known = ", ".join(map(str, dataset.classes[:12])) + (", ..." if dataset.n_classes > 12 else "")
        raise DataError(f"{folder / FILES[3]}: some of its labels are not among the training set's classes, {known}")


def _check_content(dataset, folder):
    for kind, file in (("train", FILES[0]), ("test", FILES[2])):
        if np.all(blank(getattr(dataset, f"{kind}_images"))):
            raise DataError(f"{folder / file}: all of its images are blank")


def blank(images):
    """Return which images have all pixels alike, an array of shape (N,)."""
    flat = images.reshape(len(images), -1)
    return (flat == flat[:, :1]).all(axis=1)


def remarks(dataset):
    """Return what is unusual about a data set that is accepted all the same, a sentence each."""
    found = []
    for part, images in (("training", dataset.train_images), ("test", dataset.test_images)):
        if count := np.count_nonzero(blank(images)):
            found.append(f"{count} of the {len(images)} {part} images {'is' if count == 1 else 'are'} blank")
    first, *_, last = dataset.classes
    unused = sorted(set(range(first, last)) - set(dataset.classes))
    if first or unused:
        words = f"from {first} to {last}" + (f" without {', '.join(map(str, unused))}" if unused else "")
        found.append(f"its labels go {words}: {dataset.n_classes} classes, named by their labels")
    counts = np.bincount(dataset.test_labels, minlength=dataset.n_classes)
    if absent := [dataset.class_names[place] for place in np.flatnonzero(counts == 0)]:
        found.append(f"no test image belongs to {', '.join(absent)}")
    return found


def _stamp(folder):
    return [[stat.st_size, stat.st_mtime_ns] for stat in (os.stat(folder / file) for file in FILES)]


def _remembered(folder):
    """Return the hashes and classes of files that have not changed since they were hashed, else None."""
    try:
        record = json.loads((folder / "verified.json").read_text(encoding="utf-8"))
        hashes, classes = {file: record["hashes"][file] for file in FILES}, tuple(record["classes"])
        told = {*map(type, hashes.values())} == {str} and {*classes} <= {*range(NO_CLASS)}
        return (hashes, classes) if told and record["stamp"] == _stamp(folder) else None
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def _remember(folder, dataset):
    record = {"hashes": dataset.hashes, "classes": dataset.classes, "stamp": _stamp(folder)}
    scratch = folder / f"verified.json.{os.getpid()}"
    with contextlib.suppress(OSError):  # a read-only data folder: every load hashes
        scratch.write_text(json.dumps(record, indent=1), encoding="utf-8")
        scratch.replace(folder / "verified.json")


def check(parameters):
    """Return what a chapter with these parameters depends on: the hashes of its data set; errors as `load`."""
    return {"data": load(parameters.get("dataset", "mnist")).hashes}
