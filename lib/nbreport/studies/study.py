"""Studies: runs that belong together, each a notebook with parameters."""

import hashlib
import itertools
import math
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass

from tqdm import tqdm

from .. import InputError
from ..notebook import OUTPUT, Notebook

BAR = {"desc": "points", "unit": "point", "dynamic_ncols": True, "leave": False, "delay": 1}
MOST = 1_000_000  # points; a slip in a grid soon makes more
LONGEST = 200  # letters of a folder's name: file systems have 255, and a run on its way has some more


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
    seconds: float | None = None  # about what a run takes, for an estimate before one is finished


def all_points(notebook, fixed, grid, first=None, numbered=None):
    """Return the Points of all combinations of the grid's values, with each of `first`, every one checked.

    Where several give a parameter, the grid wins over `first`, and `first` over `fixed`. With `numbered`, a
    dict of `parameter`, `first` and `times`, each combination is so many points, and the parameter counts all
    of them: no two points share a value of it.

    Raises
    ------
    InputError
    """
    points, seen, first = {}, {}, [{}] if first is None else first
    times = numbered["times"] if numbered else 1
    count = len(first) * math.prod(map(len, grid.values())) * times
    if count > MOST:
        raise InputError(f"the grid has {count:,} points, and {MOST:,} are the most")
    every = itertools.product(first, *grid.values(), range(times))
    for given, *values, _ in tqdm(every, total=count, disable=not sys.stderr.isatty(), **BAR):
        chosen = given | dict(zip(grid, values, strict=True))
        if numbered:
            chosen[numbered["parameter"]] = numbered["first"] + len(points)
        parameters = notebook.complete(fixed | chosen)
        name = run_id(chosen, notebook.defaults)
        same = seen.setdefault(_meaning(parameters), name)
        if same != name:
            raise InputError(f"the grid has the point {same} twice, the second time as {name}")
        if name in points:
            raise InputError(f"the grid has the point {name} twice")
        points[name] = Point(name, notebook, parameters, notebook.check(parameters))
    return list(points.values())


def _meaning(parameters):
    """Return what is the same for parameters of the same values: 1 and 1.0, but not 1 and true."""
    return tuple((type(value) is bool, value) for value in parameters.values())


def run_id(chosen, order):
    """Return a folder name such as `hidden-512_lr-0.005` for the chosen parameters, in `order`."""
    words = [f"{name}-{chosen[name]}" for name in order if name in chosen and name != OUTPUT]
    name = re.sub(r"[^A-Za-z0-9_.+-]", "", "_".join(words)) or "default"
    if len(name) <= LONGEST:
        return name
    return f"{name[: LONGEST - 17]}-{hashlib.sha256(name.encode()).hexdigest()[:16]}"
