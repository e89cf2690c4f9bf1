"""Small networks with batches, for the tests of the mathematics."""

import json

import numpy as np

from twolayer.data.dataset import Dataset
from twolayer.network import TwoLayerNet


def example(B=6, D=5, H=7, C=3, seed=0, dtype=np.float64, **options):
    """Return a network with non-zero biases (zeros hide mistakes) and a batch X, y."""
    rng = np.random.default_rng(seed)
    net = TwoLayerNet.initialized(D, H, C, rng, dtype=dtype, **options)
    net.params["b1"] += rng.uniform(0.1, 1, H).astype(dtype)
    net.params["b2"] += rng.standard_normal(C).astype(dtype)
    return net, rng.standard_normal((B, D)).astype(dtype), rng.integers(0, C, B)


def random_direction(net, seed=1):
    """Return arrays of the parameters' shapes, normally distributed."""
    rng = np.random.default_rng(seed)
    return {name: rng.standard_normal(array.shape) for name, array in net.params.items()}


def list_runs(folder):
    """Write the `study.json` that a sweep would: all finished runs of a study's folder, in the order of their names."""
    names = sorted(path.parent.name for path in folder.glob("*/result.json"))
    (folder / "study.json").write_text(json.dumps({"runs": names}), encoding="utf-8")


def bars():
    """Images of bars, upright, lying or a square, somewhere: a data set of three classes that two layers learn."""
    rng = np.random.default_rng(0)

    def images(count):
        labels = rng.integers(0, 3, count).astype(np.uint8)
        found = np.zeros((count, 12, 12), np.uint8)
        for image, label in zip(found, labels, strict=True):
            height, width = ((9, 3), (3, 9), (6, 6))[label]
            top, left = rng.integers(0, 12 - height + 1), rng.integers(0, 12 - width + 1)
            image[top : top + height, left : left + width] = rng.integers(120, 256)
        return found, labels

    return Dataset("bars", *images(300), *images(100), {"bars": "0"}, (0, 1, 2))
