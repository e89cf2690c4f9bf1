"""A data set in memory: images, labels, and its fixed split."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

CLASS_NAMES = {
    "fashion-mnist": (
        "T-shirt", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
    ),
}  # fmt: skip

VALIDATION_SHARE = 0.2  # 48,000 and 12,000 of MNIST's 60,000, the homework's sizes
SPLIT_SEED = 60_000  # any constant will do; runs with other seeds share the split


@dataclass(frozen=True)
class Dataset:
    """Images and labels as they are on disk.

    Attributes
    ----------
    name : str
    train_images, test_images : ndarray of shape (N, height, width), uint8
    train_labels, test_labels : ndarray of shape (N,), uint8
    hashes : dict
        SHA-256 of every file, by its name.
    """

    name: str
    train_images: np.ndarray
    train_labels: np.ndarray
    test_images: np.ndarray
    test_labels: np.ndarray
    hashes: dict

    @property
    def image_shape(self):
        """(height, width) in pixels."""
        return self.train_images.shape[1:]

    @cached_property
    def n_classes(self):
        """Number of classes: one more than the largest training label."""
        return int(self.train_labels.max()) + 1

    @property
    def class_names(self):
        """A name for each class: the digit itself where nothing else is known."""
        return CLASS_NAMES.get(self.name, tuple(str(label) for label in range(self.n_classes)))

    @cached_property
    def split(self):
        """Indices (training, validation) into the training images: fixed, disjoint, sorted."""
        count = len(self.train_labels)
        order = np.random.default_rng(SPLIT_SEED).permutation(count)
        held_out = round(count * VALIDATION_SHARE)
        return np.sort(order[held_out:]), np.sort(order[:held_out])

    def part(self, name):
        """Return (pixels, labels) of a part; pixels (N, D) uint8, in memory.

        The parts are "train", "validation", "test", and "all": train and validation, as on disk.
        """
        if name == "test":
            images, labels = self.test_images, self.test_labels
        elif name == "all":
            images, labels = self.train_images, self.train_labels
        else:
            index = self.split[("train", "validation").index(name)]
            images, labels = self.train_images[index], self.train_labels[index]
        return np.asarray(images).reshape(len(images), -1), np.asarray(labels)
