"""A run looked at through the Hessian: curvature, dead units and activations along training."""

import contextlib

import numpy as np

from ..data.scaling import Scaling
from ..network import TwoLayerNet
from ..network.layers import log_softmax
from ..training import configuration
from ..training.configuration import ParameterError
from ..training.fast import FastSgd
from ..training.schedules import learning_rates
from ..training.sgd import Divergence, batches, train
from ..training.sparsity import by_use, extents
from .spectrum import extreme_eigenvalues

LOOKS = 12  # measurements in a run, closer together where more happens: at the start
TOLERANCE = 0.01  # of the eigenvalues
OWN = {"images": (10, 10_000), "full_batch": (False, True)}


def check(parameters):
    """Check the notebook's parameters: those of a training run, `images` and `full_batch`.

    Raises
    ------
    ParameterError, mnist.DataError
    """
    images, full_batch = (parameters[name] for name in OWN)
    if type(images) is not int or not OWN["images"][0] <= images <= OWN["images"][1]:
        raise ParameterError(f"images must be an integer from {OWN['images'][0]} to {OWN['images'][1]}, not {images!r}")
    if type(full_batch) is not bool:
        raise ParameterError(f"full_batch must be true or false, not {full_batch!r}")
    return configuration.check({name: value for name, value in parameters.items() if name not in OWN})


def look_times(updates, full_batch):
    """Return the numbers of updates after which a run is looked at."""
    if full_batch:
        return np.unique(np.linspace(0, updates, 4 * LOOKS + 1).round().astype(int)).tolist()
    return [0, *np.unique(np.geomspace(1, updates, LOOKS - 1).round().astype(int)).tolist()]


class Trace:
    """Measures a network on a fixed set of training images.

    Attributes
    ----------
    columns : dict
        Name to list: `update`; `smallest` and `largest` eigenvalue of the objective's Hessian, with
        the bound `error`; cross-entropy `loss`; `dead_fraction` of the hidden units; `activation`,
        the mean norm of an image's hidden activations.
    """

    def __init__(self, net, X, y, times):
        self.net, self.X, self.y, self.times, self.columns = net, X, y, set(times), {}

    def __call__(self, update):
        """Look at the network after `update` updates, if it is time."""
        if update not in self.times:
            return
        Z2, (_, _, (A1, _)) = self.net.forward(self.X)
        loss = -float(log_softmax(Z2)[np.arange(len(self.y)), self.y].mean())
        ends = (np.nan, np.nan, np.nan)
        if np.isfinite(loss):
            ends = extreme_eigenvalues(self.net, self.X, self.y, np.random.default_rng(update), tolerance=TOLERANCE)
        row = dict(zip(("smallest", "largest", "error"), ends, strict=True))
        row |= {"update": update, "loss": loss, "dead_fraction": 1 - float((A1 > 0).any(axis=0).mean())}
        row["activation"] = float(np.linalg.norm(A1, axis=1).mean())
        for name, value in row.items():
            self.columns.setdefault(name, []).append(value)


def follow(config, dataset, images, full_batch=False):
    """Train as `config` says, and look at the curvature along the way.

    Parameters
    ----------
    config : Configuration
    dataset : mnist.Dataset
    images : int
        Training images on which the objective's Hessian is taken.
    full_batch : bool
        True trains on these images alone, all of them in every update: plain gradient descent,
        for which the learning rate's limit 2 / lambda is a theorem on quadratics.

    Returns
    -------
    dict
        Arrays by name, see `Trace`, with `lr` by update and the `batch_loss` of every update.
    """
    pixels, labels = dataset.part("train")
    order = by_use(pixels)  # another basis for W1, in which products are shorter; eigenvalues do not depend on it
    pixels = pixels.take(order, axis=1)
    scaling = Scaling.fit(config.input_scale, pixels)
    init_rng, batch_rng, sample_rng = np.random.default_rng(config.seed).spawn(3)  # as in `experiment.run`
    net = TwoLayerNet.initialized(
        pixels.shape[1], config.hidden, dataset.n_classes, init_rng,
        init=config.init, dtype=np.dtype(config.dtype), l2=config.l2, decay_biases=config.decay_biases,
    )  # fmt: skip
    net.params["W1"] = net.params["W1"][order]
    sample = np.sort(sample_rng.permutation(len(labels))[:images])
    updates = config.total_updates(len(labels))
    rates = learning_rates(config, updates)
    batch, stream = config.batch, batches(pixels, labels, config, updates, batch_rng, extents(pixels))
    if full_batch:
        batch, stream = images, ((pixels[sample], labels[sample]) for _ in range(updates))
    trace = Trace(net, scaling(pixels[sample], net.dtype), labels[sample], look_times(updates, full_batch))
    step, losses = FastSgd(net, scaling, batch, config.momentum), []
    # A run that diverges is followed up to there.
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"), contextlib.suppress(Divergence):
        losses = train(step, stream, rates.tolist(), trace, 1)
    return {name: np.array(values) for name, values in trace.columns.items()} | {"lr": rates, "batch_loss": losses}
