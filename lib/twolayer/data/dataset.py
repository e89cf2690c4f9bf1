"""A data set in memory: images, labels, and how a seed splits them."""

import hashlib
from dataclasses import dataclass

import numpy as np

CLASS_NAMES = {
    "fashion-mnist": (
        "T-shirt", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
    ),
}  # fmt: skip

TITLES = {"mnist": "MNIST", "fashion-mnist": "Fashion-MNIST"}
VALIDATION_SHARE = 0.2  # 48,000 and 12,000 of MNIST's 60,000, the homework's sizes
SPLIT_SEED = 60_000  # any constant will do: a run draws its split apart from its first parameters and batches


@dataclass(frozen=True)
class Dataset:
    """Images and the classes that they belong to.

    Images are uint8 of shape (N, height, width), labels uint8 of shape (N,): the places of their classes, from 0 to
    C - 1. On disk a class may be called otherwise, the letters of EMNIST from 1 to 26.
    """

    name: str
    train_images: np.ndarray
    train_labels: np.ndarray
    test_images: np.ndarray
    test_labels: np.ndarray
    hashes: dict  # SHA-256 of every file, by its name
    classes: tuple  # what each class is called on disk, C integers in ascending order

    @property
    def image_shape(self):
        """(height, width) in pixels."""
        return self.train_images.shape[1:]

    @property
    def n_classes(self):
        """C, the number of classes."""
        return len(self.classes)

    @property
    def class_names(self):
        """A name for each class: its label on disk where nothing else is known."""
        return CLASS_NAMES.get(self.name, tuple(map(str, self.classes)))

    @property
    def title(self):
        """What prose calls the data set."""
        return TITLES.get(self.name, self.name)

    @property
    def noun(self):
        """What prose calls one of the images: MNIST's are digits."""
        return "digit" if self.name == "mnist" else "image"

    @property
    def sha256(self):
        """One SHA-256 for all of the files: that of theirs, in hexadecimal, one after the other."""
        return hashlib.sha256("".join(self.hashes.values()).encode()).hexdigest()

    @property
    def sizes(self):
        """Number of images in each part, by its name."""
        count, held_out = len(self.train_labels), round(len(self.train_labels) * VALIDATION_SHARE)
        return {"train": count - held_out, "validation": held_out, "all": count, "test": len(self.test_labels)}

    def split(self, seed=0):
        """Return indices (training, validation) into the training images: disjoint, sorted, drawn by `seed`."""
        order = np.random.default_rng([SPLIT_SEED, seed]).permutation(len(self.train_labels))
        held_out = self.sizes["validation"]
        return np.sort(order[held_out:]), np.sort(order[:held_out])

    def part(self, name, seed=0):
        """Return (pixels, labels) of a part; pixels (N, D) uint8, in memory.

        The parts are "train" and "validation", which `seed` splits, "test", and "all": train and validation, as on
        disk.
        """
        if name == "test":
            images, labels = self.test_images, self.test_labels
        elif name == "all":
            images, labels = self.train_images, self.train_labels
        else:
            index = self.split(seed)[("train", "validation").index(name)]
            images, labels = self.train_images[index], self.train_labels[index]
        return np.asarray(images).reshape(len(images), -1), np.asarray(labels)
