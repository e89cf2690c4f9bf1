"""What checks of a function compare with: numbers by hand, random examples; and how they say what is wrong."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..network import TwoLayerNet
from .gradient_check import relative_error

EXACT, CLOSE = 1e-12, 1e-6  # relative errors that are allowed: of rounding, and of central differences
X = np.array([[1.0, 2.0], [3.0, -1.0]])  # the example with small integers
Y = np.array([0, 1])
PARAMETERS = {
    "W1": np.array([[1.0, -1.0], [2.0, 1.0]]),
    "b1": np.array([1.0, 1.0]),
    "W2": np.array([[1.0, 0.0], [-1.0, 1.0]]),
    "b2": np.array([0.0, 2.0]),
}
Z1, A1, Z2 = np.array([[6.0, 2], [2, -3]]), np.array([[6.0, 2], [2, 0]]), np.array([[4.0, 4], [2, 2]])
DZ2 = np.array([[-0.25, 0.25], [0.25, -0.25]])
for _array in (X, Y, *PARAMETERS.values(), Z1, A1, Z2, DZ2):
    _array.setflags(write=False)  # what is checked may write into its arguments
GRADIENTS = {  # with a penalty of strength 1/4
    "W1": [[0.75, 0.25], [-0.25, 1.25]],
    "b1": [0, 0.5],
    "W2": [[-0.75, 1], [-0.75, 0.75]],
    "b2": [0, 0],
}


class Wrong(Exception):
    """A function does not what it must; the message says in a phrase what it does."""


ADDED = []  # all checks, in the order of the chapter


@dataclass(frozen=True)
class Check:
    """One check of one function."""

    of: str  # the function's name
    says: str  # what is compared
    run: Callable  # with a dict of functions by name; raises Wrong


def check(of, says):
    """Return a decorator that puts a function among the checks of the function called `of`."""

    def added(run):
        ADDED.append(Check(of, says, run))
        return run

    return added


def same(what, found, wanted, allowed=EXACT):
    """Raise Wrong unless two arrays or numbers have the same shape, and a relative error that is allowed."""
    if not isinstance(found, np.ndarray | np.generic | float | int):
        raise Wrong(f"{what} is {found!r:.60}, no array")
    if np.shape(found) != np.shape(wanted):
        raise Wrong(f"{what} has the shape {np.shape(found)}, not {np.shape(wanted)}")
    error = relative_error(found, wanted)
    if not error <= allowed:
        raise Wrong(f"{what} has a relative error of {error:.1e}, where {allowed:g} is allowed")


def several(what, found, count):
    """Return what a function gives, if that is a tuple of so many; raise Wrong if not."""
    if not isinstance(found, tuple) or len(found) != count:
        raise Wrong(f"{what} must be returned, {count} values with commas between them")
    return found


class Example:
    """Random arrays in float64: a batch, parameters with biases that are not 0, and gradients from above."""

    def __init__(self, seed=0, B=6, D=5, H=4, C=3):
        rng = np.random.default_rng(seed)
        self.X, self.y = rng.standard_normal((B, D)), rng.integers(0, C, B)
        self.W, self.b = rng.standard_normal((D, H)), rng.standard_normal(H)
        self.dZ, self.Z, self.logits = (rng.standard_normal(shape) for shape in ((B, H), (B, H), (B, C)))
        self.params = {"W1": self.W, "b1": self.b, "W2": rng.standard_normal((H, C)), "b2": rng.standard_normal(C)}


def network(functions, params, **penalty):
    """Return a TwoLayerNet with copies of `params`, whose `forward` and `loss` are those of `functions`, a dict."""
    kind = type("Network", (TwoLayerNet,), {name: functions[name] for name in ("forward", "loss")})
    return kind({name: array.copy() for name, array in params.items()}, **penalty)


def exponentials(Z):
    """Return the softmax as (2.4) has it, for logits that are not large."""
    return np.exp(Z) / np.exp(Z).sum(axis=1, keepdims=True)


def entropy(Z, y):
    """Return the mean cross-entropy as (2.6) has it, for logits that are not large."""
    return -np.mean(np.log(exponentials(Z)[np.arange(len(y)), y]))
