"""A run looked at through the Hessian: curvature, dead units and activations along training."""

import numpy as np

from ..network.layers import log_softmax
from ..training.configuration import Configuration, check_sizes, load_data
from ..training.fast import FastSgd
from ..training.parameters import BOOLEAN, PARAMETERS, Parameter, ParameterError, integer, read
from ..training.sgd import train_while_finite
from ..training.start import prepare
from .spectrum import extreme_eigenvalues

LOOKS = 12  # measurements in a run, closer together where more happens: at the start
TOLERANCE = 0.01  # of the eigenvalues
OWN = {
    "images": Parameter(integer(10, 10_000), 1000, "training images on which the Hessian is taken"),
    "full_batch": Parameter(BOOLEAN, False, "whether to train on these images alone, all in every update"),
}
KNOWN = {name: one for name, one in PARAMETERS.items() if not one.looks} | OWN


def check(parameters):
    """Check the notebook's parameters before anything starts; return the hashes of the data.

    Raises
    ------
    ParameterError, mnist.DataError
    """
    config, own = resolve(parameters)
    dataset = load_data(config)
    _check_sizes(config, dataset, **own)
    return {"data": dataset.hashes}


def resolve(parameters):
    """Return the Configuration that the notebook's parameters make, and `images` and `full_batch`, as a dict.

    Raises
    ------
    ParameterError
    """
    values = read(KNOWN, parameters)
    own = {name: values.pop(name, one.default) for name, one in OWN.items()}
    config = Configuration.resolve(**values)
    for name in ("batch", "epochs", "sampling"):
        if own["full_batch"] and values.get(name) is not None:
            raise ParameterError(f"{name} acts only where full_batch is false: else every update takes all images")
    return config, own


def _check_sizes(config, dataset, images, full_batch):
    check_sizes(config, dataset, images=images, **({} if full_batch else {"batch": config.batch}))


def look_times(updates, full_batch):
    """Return the numbers of updates after which a run is looked at."""
    if full_batch:
        return np.unique(np.linspace(0, updates, 4 * LOOKS + 1).round().astype(int)).tolist()
    return [0, *np.unique(np.geomspace(1, updates, LOOKS - 1).round().astype(int)).tolist()]


class Trace:
    """Measures a network on a fixed set of training images.

    A row a look: `update`; `smallest` and `largest` eigenvalue of the objective's Hessian, with the bound `error`;
    cross-entropy `loss`; `dead_fraction` of the hidden units; `activation`, the mean norm of an image's hidden
    activations.
    """

    def __init__(self, net, X, y, times):
        self.net, self.X, self.y, self.times, self.rows = net, X, y, set(times), []

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
        self.rows.append(row | {"activation": float(np.linalg.norm(A1, axis=1).mean())})


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
        for which the learning rate's limit 2 / kappa is a theorem on quadratics.

    Returns
    -------
    dict
        Arrays by name, see `Trace`, with `lr` by update and the `batch_loss` of every update, NaN
        after a divergence.

    Raises
    ------
    ParameterError
        If there are fewer training images than `images`.
    """
    _check_sizes(config, dataset, images, full_batch)
    start = prepare(config, dataset, images)
    pixels, labels = start.pixels[start.sample], start.labels[start.sample]
    batch, stream = config.batch, start.stream
    if full_batch:
        batch, stream = images, ((pixels, labels) for _ in start.rates)
    times = look_times(len(start.rates), full_batch)
    trace = Trace(start.net, start.scaling(pixels, start.net.dtype), labels, times)
    step = FastSgd(start.net, start.scaling, batch, config.momentum)
    losses, _ = train_while_finite(step, stream, start.rates.tolist(), trace, 1)
    columns = {name: np.array([row[name] for row in trace.rows]) for name in trace.rows[0]}
    return columns | {"lr": start.rates, "batch_loss": losses}
