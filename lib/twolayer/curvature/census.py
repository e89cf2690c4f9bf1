"""Many networks, each trained until one sees whether it works, and what could be known of it before."""

from dataclasses import replace

import numpy as np

from ..network import TwoLayerNet
from ..training.configuration import Configuration, check_sizes, load_data
from ..training.fast import FastSgd
from ..training.monitor import measure
from ..training.parameters import BOOLEAN, PARAMETERS, Allowed, Parameter, integer, read
from ..training.schedules import learning_rates
from ..training.start import prepare
from .products import between_layers_product, gauss_newton_vector_product, hessian_vector_product
from .ratchet import Watch
from .spectrum import extreme_eigenvalues

WATCHED = 5  # first updates of which each is looked at
LOOKS, INTERVAL = (10, 20), 50  # updates after which networks are looked at: these, and every 50
WORKS, LOST = 0.8, 0.95  # accuracy from which a network is taken to work, and dead share from which to be lost
COLLAPSED = 0.5  # accuracy at the end below which a network has collapsed
STEPS, LEAST, TOLERANCE = 40, 15, 0.01  # of the eigenvalues
PARTS = {
    "largest": hessian_vector_product,
    "gauss_newton": gauss_newton_vector_product,
    "rest": between_layers_product,
}


def _numbers(value):
    """Return the numbers that a text of learning rates has, or none where it is no such text."""
    try:
        found = [float(word) for word in str(value).split()]
    except ValueError:
        return []
    return found if type(value) in (str, int, float) and all(0 < one <= 1000 for one in found) else []


RATES = Allowed("numbers above 0 to 1000 with spaces between", lambda value: bool(_numbers(value)), str)
OWN = {
    "rates": Parameter(RATES, "0.005", "learning rates, for each a network with every seed"),
    "seeds": Parameter(integer(1, 1000), 20, "how many seeds, the first of which is seed"),
    "images": Parameter(integer(10, 10_000), 300, "training images on which networks are looked at"),
    "to_the_end": Parameter(BOOLEAN, False, "whether to train on where the end is foreseen, and to open the test set"),
}
KNOWN = {name: one for name, one in PARAMETERS.items() if not one.looks and name != "lr"} | OWN


def check(parameters):
    """Check the notebook's parameters before anything starts; return the hashes of the data.

    Raises
    ------
    ParameterError, DataError
    """
    config, own = resolve(parameters)
    dataset = load_data(config)
    check_sizes(config, dataset, images=own["images"], batch=config.batch)
    return {"data": dataset.hashes}


def resolve(parameters):
    """Return the Configuration that the notebook's parameters make, and the census's own, as a dict.

    Raises
    ------
    ParameterError
    """
    values = read(KNOWN, parameters)
    own = {name: values.pop(name, one.default) for name, one in OWN.items()}
    config = Configuration.resolve(**values)
    PARAMETERS["seed"].read("seed + seeds - 1, the last seed,", config.seed + own["seeds"] - 1)
    return config, own


def census(config, dataset, rates, seeds, images, to_the_end=False):
    """Train a network for each of `seeds` seeds, from `config.seed` on, and each of the learning rates.

    Parameters
    ----------
    config : Configuration
        Of which `lr` does not count.
    dataset : mnist.Dataset
    rates : str
        Learning rates, with spaces between.
    seeds, images : int
    to_the_end : bool
        False ends a network where `Trial` foresees what becomes of it.

    Returns
    -------
    dict
        Arrays by name with one entry a network: `seed`, `lr`; what `before` and `Trial` say of it.
    """
    check_sizes(config, dataset, images=images, batch=config.batch)
    configs = [replace(config, seed=seed) for seed in range(config.seed, config.seed + seeds)]
    rows = [row for one in configs for row in _of_seed(one, dataset, _numbers(rates), images, to_the_end)]
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}


def _of_seed(config, dataset, rates, images, to_the_end):
    """Train the networks of one seed side by side: batch by batch, so that they share images and batches."""
    start = prepare(config, dataset, images)
    known = before(start)
    trials = [Trial(replace(config, lr=rate), start, to_the_end) for rate in rates]
    for update, (pixels, y) in enumerate(start.stream):
        running = [trial for trial in trials if not trial.ended]
        if not running:
            break
        for trial in running:
            trial(update, pixels, y)
    if to_the_end:
        pixels, labels = dataset.part("test")
        for trial in trials:
            trial.row["test"] = measure(trial.net, pixels.take(start.order, axis=1), labels, start.scaling)[1]
    return [{"seed": config.seed} | known | trial.row for trial in trials]


def before(start):
    """Return what can be known of a `Start` without an update, on its sample of images.

    Returns
    -------
    dict
        `smallest` and `largest` eigenvalue of the Hessian, the largest of its Gauss-Newton part, `gauss_newton`, and
        of the `rest`; the largest `bound` (A.7) as a share of the eigenvalue; mean squares of an image's inputs,
        `inputs`, and of its hidden `activations`.
    """
    X, y = _looked_at(start)
    rng, found = np.random.default_rng(0), {"bound": 0.0}
    for name, times in PARTS.items():
        smallest, found[name], error = extreme_eigenvalues(start.net, X, y, rng, STEPS, TOLERANCE, LEAST, times)
        found = {"smallest": smallest} | found | {"bound": max(found["bound"], error / found[name])}
    A1 = start.net.forward(X)[1][2][0]
    return found | {"inputs": float((X**2).sum(axis=1).mean()), "activations": float((A1**2).sum(axis=1).mean())}


def _looked_at(start):
    pixels, labels = start.pixels[start.sample], start.labels[start.sample]
    return start.scaling(pixels, start.net.dtype), labels


class Trial:
    """One network on its way.

    Its `row` has by name: of each of the first updates what `ratchet.Watch` finds, as `same_way_1`, ...; the
    `dead` share of units after the first looks, as `dead_10`, ...; `update`, `accuracy` and `dead` of the last one.
    The first look with an accuracy of at least `WORKS`, or else a dead share of at least `LOST`, decides whether it
    has `collapsed`, at update `foreseen`; without one, whether the accuracy at the end is below `COLLAPSED`.
    """

    def __init__(self, config, start, to_the_end=False):
        self.net = TwoLayerNet(start.net.params, config.l2, config.decay_biases)
        self.step = FastSgd(self.net, start.scaling, config.batch, config.momentum)  # which copies the parameters
        self.rates, self.to_the_end = learning_rates(config, len(start.rates)), to_the_end
        (self.X, self.y), self.ended = _looked_at(start), False
        self.watch = Watch(self.net, self.X, start.pixels[start.sample].mean(axis=0))
        self.row = {"lr": config.lr}

    def __call__(self, update, pixels, y):
        """Do update number `update`, counted from 0, and look at the network if it is time."""
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            loss, done = self.step(pixels, y, self.rates[update]), update + 1
            if done <= WATCHED:
                self.row |= {f"{name}_{done}": value for name, value in self.watch().items()}
            last = done == len(self.rates) or not np.isfinite(loss)
            if last or done in LOOKS or done % INTERVAL == 0:
                self._look(done, last)

    def _look(self, done, last):
        Z2, (_, _, (A1, _)) = self.net.forward(self.X)
        accuracy, dead = float((Z2.argmax(axis=1) == self.y).mean()), float((~(A1 > 0).any(axis=0)).mean())
        self.row |= {"update": done, "accuracy": accuracy, "dead": dead}
        if done in (*LOOKS, INTERVAL):
            self.row[f"dead_{done}"] = dead
        decided = accuracy >= WORKS or dead >= LOST
        if "foreseen" not in self.row and (decided or last):
            self.row |= {"foreseen": done, "collapsed": accuracy < (WORKS if decided else COLLAPSED)}
        self.ended = last or (decided and not self.to_the_end)
        if self.ended:
            self.row = {f"dead_{update}": dead for update in (*LOOKS, INTERVAL)} | self.row  # of looks never reached
