"""The same runs under two of OpenBLAS's kernels, which round differently: what training makes of it."""

import json
import os
import subprocess
import sys
import tempfile
from itertools import islice
from pathlib import Path

import numpy as np

from .. import paths
from ..data import mnist
from ..training.configuration import Configuration, check_sizes, load_data
from ..training.fast import FastSgd
from ..training.parameters import PARAMETERS, read
from ..training.sgd import train_while_finite
from ..training.start import prepare
from . import census

KERNELS = ("Haswell", "Sandybridge")  # every processor with AVX2 can run both
SHOWN = 300  # updates of which the parameters are compared
OWN = {name: census.OWN[name] for name in ("seeds", "images")}
KNOWN = {name: one for name, one in PARAMETERS.items() if not one.looks} | OWN


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
    """Return the Configuration that the notebook's parameters make, and `seeds` and `images`, as a dict.

    Raises
    ------
    ParameterError
    """
    values = read(KNOWN, parameters)
    own = {name: values.pop(name, one.default) for name, one in OWN.items()}
    config = Configuration.resolve(**values)
    PARAMETERS["seed"].read("seed + seeds - 1, the last seed,", config.seed + own["seeds"] - 1)
    return config, own


def path(config, dataset):
    """Return the `parameters` after 0, 1, 2, ... updates, all in one row each, and the `losses` of the batches."""
    start = prepare(config, dataset, 1)
    step, rates = FastSgd(start.net, start.scaling, config.batch, config.momentum), start.rates[:SHOWN]
    parameters = np.full((len(rates) + 1, step.theta.size), np.nan, step.theta.dtype)

    def keep(update):
        parameters[update] = step.theta

    losses, _ = train_while_finite(step, islice(start.stream, SHOWN), rates.tolist(), keep, 1)
    return {"parameters": parameters, "losses": losses}


def fates(config, dataset, seeds, images):
    """Return which of the networks of so many seeds have `collapsed`, as a census finds."""
    return {"collapsed": census.census(config, dataset, str(config.lr), seeds, images)["collapsed"]}


def under_kernel(kernel, function, config, *arguments):
    """Call `path` or `fates` in a process of its own: the kernel is settled when NumPy is imported."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "found.npz"
        words = [function.__name__, json.dumps(config.as_dict()), json.dumps(arguments), str(file)]
        own = {"OPENBLAS_CORETYPE": kernel, "PYTHONPATH": str(paths.ROOT / "lib")}
        subprocess.run([sys.executable, "-m", "twolayer.curvature.chaos", *words], env=os.environ | own, check=True)
        with np.load(file) as archive:
            return dict(archive)


def compare(config, seeds, images):
    """Train under each of the two kernels, and say how far the runs of `config` are apart.

    Returns
    -------
    dict
        `distance` of the parameters after 0, 1, 2, ... updates, as a share of how far the first run has come from
        its start (NaN at 0); `losses`, shape (2, T), and `collapsed`, shape (2, seeds), a row a kernel.
    """
    first, second = (under_kernel(kernel, path, config) for kernel in KERNELS)
    away, apart = (one["parameters"] - first["parameters"][start] for one, start in ((first, 0), (second, ...)))
    with np.errstate(invalid="ignore"):
        distance = np.linalg.norm(apart, axis=1) / np.linalg.norm(away, axis=1)
    collapsed = [under_kernel(kernel, fates, config, seeds, images)["collapsed"] for kernel in KERNELS]
    losses = np.array([first["losses"], second["losses"]])
    return {"distance": distance, "losses": losses, "collapsed": np.array(collapsed)}


def _main(function, config, arguments, file):
    values = Configuration(**json.loads(config))
    found = {"path": path, "fates": fates}[function](values, mnist.load(values.dataset), *json.loads(arguments))
    np.savez(file, **found)


if __name__ == "__main__":
    _main(*sys.argv[1:])
