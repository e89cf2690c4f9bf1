"""Three short runs on MNIST, and the hashes of their arrays, which portable arithmetic gives on every machine.

After a change that means to change runs, from the project's root:

    python -m nbreport.kernels.arithmetic portable python tests/golden.py tests/golden.json

renews the hashes that the tests compare with.
"""

import hashlib
import json
import sys
from pathlib import Path

from twolayer.curvature import follow
from twolayer.data import mnist
from twolayer.runs.records import arithmetic
from twolayer.training import experiment
from twolayer.training.configuration import Configuration

FILE = Path(__file__).with_name("golden.json")


def trained(dataset, **parameters):
    """Return the arrays of a training run: its history and its parameters."""
    run = experiment.run(Configuration.resolve(**parameters), dataset)
    return run.history | run.params


def runs():
    """Return the arrays of each run by its name."""
    dataset = mnist.load()
    followed = Configuration.resolve(protocol="homework", hidden=16, updates=10, lr=0.01)
    return {
        "homework": trained(dataset, protocol="homework", hidden=64, updates=40, eval_every=40),
        "standard": trained(dataset, hidden=64, updates=40, eval_every=40, curves=True),
        "curvature": follow.follow(followed, dataset, images=100, full_batch=False),
    }


def digest(array):
    """Return the hash of an array's type, shape and bytes."""
    return hashlib.sha256(f"{array.dtype.str} {array.shape} ".encode() + array.tobytes()).hexdigest()[:16]


def found():
    """Return the arithmetic of this process, and the hash of each array of each run."""
    hashes = {name: {key: digest(array) for key, array in arrays.items()} for name, arrays in runs().items()}
    return {"arithmetic": arithmetic(), "runs": hashes}


if __name__ == "__main__":
    text = json.dumps(found(), indent=1) + "\n"
    if sys.argv[1:]:
        Path(sys.argv[1]).write_text(text, encoding="utf-8")
    else:
        print(text, end="")
