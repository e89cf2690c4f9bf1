"""What a run starts from: images in the order of use, first parameters, rates and batches."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ..data.scaling import Scaling
from ..network import TwoLayerNet
from .schedules import learning_rates
from .sgd import batches
from .sparsity import by_use, extents


@dataclass(frozen=True)
class Start:
    """A run before its first update."""

    order: np.ndarray  # (D,), of the pixels, see `sparsity.by_use`: another basis for W1, in which products are shorter
    pixels: np.ndarray  # (N, D) uint8, the images to train on, their pixels in that order
    labels: np.ndarray  # (N,)
    sample: np.ndarray  # sorted indices of the training images to look at
    scaling: Scaling
    net: TwoLayerNet  # W1 has its rows in `order`
    rates: np.ndarray  # (updates,), learning rate of every update
    stream: Iterator  # batches of pixels and labels, one an update


def prepare(config, dataset, images):
    """Make the start of the run that `config` describes on `dataset`, with `images` of them as sample."""
    pixels, labels = dataset.part(config.fit_on, config.seed)
    order = by_use(pixels)
    pixels = pixels.take(order, axis=1)
    init_rng, batch_rng, sample_rng = np.random.default_rng(config.seed).spawn(3)
    rates = learning_rates(config, config.total_updates(len(labels)))
    return Start(
        order=order,
        pixels=pixels,
        labels=labels,
        sample=np.sort(sample_rng.permutation(len(labels))[:images]),
        scaling=Scaling.fit(config.input_scale, pixels),
        net=_network(config, order, dataset.n_classes, init_rng),
        rates=rates,
        stream=batches(pixels, labels, config, len(rates), batch_rng, extents(pixels)),
    )


def _network(config, order, n_classes, rng):
    penalty = {"l2": config.l2, "decay_biases": config.decay_biases}
    net = TwoLayerNet.initialized(len(order), config.hidden, n_classes, rng, config.init, config.dtype, **penalty)
    net.params["W1"] = net.params["W1"][order]
    return net
