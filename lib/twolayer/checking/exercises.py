"""The functions of a network as exercises: without their bodies, and what becomes of the checks of each."""

import ast
import inspect
import json
import textwrap
import traceback
from dataclasses import asdict, dataclass

import numpy as np

from ..network import TwoLayerNet, layers
from .tasks import CHECKS
from .witness import Wrong

_METHODS = {"forward": TwoLayerNet.forward, "loss": TwoLayerNet.loss}
FUNCTIONS = {name: _METHODS.get(name) or getattr(layers, name) for name in dict.fromkeys(one.of for one in CHECKS)}
TOLD = "outcomes: "


@dataclass(frozen=True)
class Outcome:
    """What became of a check."""

    of: str  # name of the function
    says: str  # what was compared
    wrong: str | None  # what is wrong, None if nothing is

    @property
    def line(self):
        """The outcome in a line."""
        return f"{self.of}: {self.says}: " + ("passed" if self.wrong is None else f"failed, {self.wrong}")


def emptied(function):
    """Return the source of a function of `FUNCTIONS` without its body: signature, docstring, and a raise."""
    source = textwrap.dedent(inspect.getsource(function))
    docstring = ast.parse(source).body[0].body[0]
    return "\n".join([*source.splitlines()[: docstring.end_lineno], "    raise NotImplementedError"])


def outcomes(namespace, names=None):
    """Check functions.

    Parameters
    ----------
    namespace : dict
        Functions by name, those of `FUNCTIONS`; what else is in it does not count. A function that calls another
        must find it where it is defined.
    names : iterable of str, optional
        Which to check; all by default.

    Returns
    -------
    list of Outcome
        In the order of the chapter, one a check.
    """
    chosen = set(FUNCTIONS if names is None else names)
    functions = {name: namespace.get(name) or _missing(name) for name in FUNCTIONS}
    return [Outcome(one.of, one.says, _wrong(one, functions)) for one in CHECKS if one.of in chosen]


def show(namespace, name=None):
    """Print what became of the checks of one function of `namespace`, or of all, a line each."""
    found = outcomes(namespace, None if name is None else [name])
    for one in found:
        print(one.line)
    if name is None:
        print(summary(found))


def tell(namespace, name):
    """Print what became of the checks of one function for a program: in JSON, in a line that begins with `TOLD`."""
    found = json.dumps([asdict(one) for one in outcomes(namespace, [name])])  # it may print, too
    print(f"\n{TOLD}{found}")


def summary(found):
    """Return how many of the Outcomes are good, in a line."""
    return f"{sum(one.wrong is None for one in found)} of {len(found)} checks pass"


def _missing(name):
    def function(*arguments, **options):
        raise Wrong(f"{name} is not defined")

    return function


def _wrong(check, functions):
    """Return what is wrong with the function that is checked, in a phrase, or None."""
    try:
        with np.errstate(all="ignore"):
            check.run(functions)
    except Wrong as error:
        return str(error)
    except NotImplementedError as error:
        name = traceback.extract_tb(error.__traceback__)[-1].name
        return "it has no body yet" if name == check.of else f"it waits for {name}, which has no body yet"
    except Exception as error:  # whatever somebody's code raises is its answer
        return f"{type(error).__name__}: {error}".splitlines()[0]
    return None
