"""Studies: runs that belong together, each a notebook with parameters."""

import itertools
import re
from collections.abc import Callable
from dataclasses import dataclass

from .. import InputError
from ..notebook import OUTPUT, Notebook


@dataclass(frozen=True)
class Point:
    """One run: its folder's name, its notebook, its complete parameters, what its check returned."""

    run_id: str
    notebook: Notebook
    parameters: dict
    facts: dict


@dataclass(frozen=True)
class Study:
    """Runs that belong together."""

    name: str  # of the study, and of its folder
    find: Callable  # `find(runs)` returns the list of its Points, which may depend on finished runs in that folder
    needs: frozenset = frozenset()  # names of the studies whose runs these are
    listed: bool = True  # these points are all of it, as `study.json` then says; else others may add runs meanwhile
    folder: str = ""  # of its runs, below that of all runs, where a command has set parameters
    exact: bool = False  # a change of a comment in the code makes a run stale


def all_points(notebook, fixed, grid, first=None, numbered=None):
    """Return the Points of all combinations of the grid's values, with each of `first`, every one checked.

    Where several give a parameter, the grid wins over `first`, and `first` over `fixed`. With `numbered`, a
    dict of `parameter`, `first` and `times`, each combination is so many points, and the parameter counts all
    of them: no two points share a value of it.

    Raises
    ------
    InputError
    """
    points, times = [], range(numbered["times"] if numbered else 1)
    for given, *values, _ in itertools.product([{}] if first is None else first, *grid.values(), times):
        chosen = given | dict(zip(grid, values, strict=True))
        if numbered:
            chosen[numbered["parameter"]] = numbered["first"] + len(points)
        parameters = notebook.complete(fixed | chosen)
        points.append(Point(run_id(chosen, notebook.defaults), notebook, parameters, notebook.check(parameters)))
    ids = [point.run_id for point in points]
    if twice := next((one for one in ids if ids.count(one) > 1), None):
        raise InputError(f"the grid has the point {twice} twice")
    return points


def run_id(chosen, order):
    """Return a folder name such as `hidden-512_lr-0.005` for the chosen parameters, in `order`."""
    words = [f"{name}-{chosen[name]}" for name in order if name in chosen and name != OUTPUT]
    return re.sub(r"[^A-Za-z0-9_.+-]", "", "_".join(words)) or "default"
