"""Studies: one notebook, fixed parameters, and a grid.

A study may take points from the results of others: `points` then names a function, which is asked for
them once the studies that its arguments name are finished.
"""

import contextlib
import itertools
import re
from dataclasses import dataclass, field
from pathlib import Path

from .. import InputError
from ..notebook import OUTPUT, Notebook, refusal


@dataclass(frozen=True)
class Point:
    """One run: its folder's name, its notebook, its complete parameters, what its check returned."""

    run_id: str
    notebook: Notebook
    parameters: dict
    facts: dict


@dataclass(frozen=True)
class Study:
    """Runs that belong together; every point has passed its notebook's check.

    Attributes
    ----------
    name : str
        Of the study, and of its folder.
    points : tuple of Point
    listed : bool
        Whether these points are all that the study consists of, which its `study.json` then says. If
        not, runs are added to a folder that others may be adding to meanwhile.
    exact : bool
        Whether a change of a comment in the code makes a run stale.
    """

    name: str
    points: tuple
    listed: bool = True
    exact: bool = False
    needs = frozenset()  # no other study: its points are known

    def with_points(self, runs):
        """Return itself, as a Plan returns its Study."""
        return self


@dataclass(frozen=True)
class Plan:
    """A study's file, read; its points may depend on runs that are yet to come.

    Attributes
    ----------
    path : Path
    notebook : Notebook
    fixed, grid : dict
        Name to value, and name to list of values.
    function : callable or None
        `function(runs, **arguments)` returns a list of dicts, each name to value; the study's
        points are these, each with every combination of the grid's values.
    arguments : dict
    """

    path: Path
    notebook: Notebook
    fixed: dict
    grid: dict
    function: object = None
    arguments: dict = field(default_factory=dict)
    listed = True

    @property
    def name(self):
        """The study's name."""
        return self.path.stem

    @property
    def needs(self):
        """The function's arguments that are words: studies of these names come before this one."""
        return {value for value in self.arguments.values() if isinstance(value, str)}

    def check(self):
        """Check all that is known before any run.

        Raises
        ------
        InputError
        """
        self._study([{}])

    def with_points(self, runs="runs"):
        """Return the Study; `runs` is the folder that its function, if any, reads.

        Raises
        ------
        InputError
            Also where the function finds no finished runs.
        """
        chosen = [{}]
        if self.function:
            with named(self.path, refusal(self.function.__module__)):
                chosen = self.function(runs, **self.arguments)
        return self._study(chosen)

    def _study(self, chosen):
        with named(self.path):
            return make_study(self.name, self.notebook, self.fixed, self.grid, chosen)


@contextlib.contextmanager
def named(path, errors=InputError):
    """Put the file's name before the sentence of an InputError, or of other errors that are one."""
    try:
        yield
    except errors as error:
        raise InputError(f"{path}: {error}") from error


def make_study(name, notebook, fixed, grid, first=None, listed=True):
    """Make the study of all combinations of the grid's values, with each of `first`, every point checked.

    Raises
    ------
    InputError
    """
    points = []
    for given, *values in itertools.product([{}] if first is None else first, *grid.values()):
        chosen = given | dict(zip(grid, values, strict=True))
        parameters = notebook.complete(fixed | chosen)
        facts = notebook.check(parameters)
        points.append(Point(run_id(chosen, notebook.defaults), notebook, parameters, facts))
    ids = [point.run_id for point in points]
    twice = next((one for one in ids if ids.count(one) > 1), None)
    if twice:
        raise InputError(f"the grid has the point {twice} twice")
    return Study(name, tuple(points), listed)


def run_id(chosen, order):
    """Return a folder name such as `hidden-512_lr-0.005` for the chosen parameters, in `order`."""
    words = [f"{name}-{chosen[name]}" for name in order if name in chosen and name != OUTPUT]
    return re.sub(r"[^A-Za-z0-9_.+-]", "", "_".join(words)) or "default"
