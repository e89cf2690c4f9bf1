"""A data set in memory: images, labels, and how a seed splits them."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

CLASS_NAMES = {
    "fashion-mnist": (
        "T-shirt", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
    ),
}  # fmt: skip

VALIDATION_SHARE = 0.2  # 48,000 and 12,000 of MNIST's 60,000, the homework's sizes
SPLIT_SEED = 60_000  # any constant will do: a run draws its split apart from its first parameters and batches


@dataclass(frozen=True)
class Dataset:
    """Images and labels as they are on disk.

    Images are uint8 of shape (N, height, width), labels uint8 of shape (N,).
    """

    name: str
    train_images: np.ndarray
    train_labels: np.ndarray
    test_images: np.ndarray
    test_labels: np.ndarray
    hashes: dict  # SHA-256 of every file, by its name

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
