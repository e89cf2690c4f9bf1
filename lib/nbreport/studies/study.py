"""Studies: one notebook, fixed parameters, and a grid, written as YAML.

A study may take points from the results of others: `points` then names a function, which is asked for
them once the studies that its arguments name are finished.
"""

import importlib
import inspect
import itertools
import re
from dataclasses import dataclass, field
from pathlib import Path

from .. import InputError
from ..notebook import OUTPUT, Notebook, parse_value, refusal
from ..yamlfile import read_yaml

KEYS = ("description", "notebook", "parameters", "points", "grid")


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
        if self.function is None:
            return self._study([{}])
        try:
            chosen = self.function(runs, **self.arguments)
        except refusal(self.function.__module__) as error:
            raise InputError(f"{self.path}: {error}") from error
        return self._study(chosen)

    def _study(self, chosen):
        try:
            return make_study(self.name, self.notebook, self.fixed, self.grid, chosen)
        except InputError as error:
            raise InputError(f"{self.path}: {error}") from error


def load_study(path, runs="runs"):
    """Read a study and check every point of it; arguments and errors as `read_plan` and `Plan.with_points`."""
    return read_plan(path).with_points(runs)


def read_plan(path, override=None):
    """Read a study's file.

    Parameters
    ----------
    path : Path
        A YAML file with the keys `notebook`, `grid` (name to list of values) and, if need be,
        `parameters` (name to value), `points` (`function`, as "module:name", and its arguments)
        and `description`. The file's stem is the study's name.
    override : dict, optional
        The same study in small: `parameters` are added to the file's, `grid` takes the place of its grid.

    Raises
    ------
    InputError
    """
    path = Path(path)
    content, override = read_yaml(path, KEYS), override or {}
    if not isinstance(content.get("notebook"), str):
        raise InputError(f"{path}: notebook must name a notebook's file")
    fixed, grid = content.get("parameters") or {}, override.get("grid", content.get("grid"))
    added = override.get("parameters") or {}
    if not isinstance(fixed, dict) or not isinstance(added, dict):
        raise InputError(f"{path}: parameters must map names to values")
    fixed = fixed | added
    if not isinstance(grid, dict) or not grid:
        raise InputError(f"{path}: the grid is empty; it must map at least one parameter to a list of values")
    for name, values in grid.items():
        if not isinstance(values, list) or not values:
            raise InputError(f"{path}: grid: {name} must be a list with at least one value")
        if name in fixed:
            raise InputError(f"{path}: {name} is both in parameters and in grid")
    function, arguments = _function(path, content.get("points"))
    return Plan(path, Notebook(Path(content["notebook"])), _typed(fixed), _typed(grid), function, arguments)


def _function(path, points):
    """Return the function that `points` names, and its arguments."""
    if points is None:
        return None, {}
    if not isinstance(points, dict) or not re.fullmatch(r"[\w.]+:\w+", str(points.get("function"))):
        raise InputError(f"{path}: points must have a function, written module:name, and may have its arguments")
    arguments = {name: value for name, value in points.items() if name != "function"}
    odd = next((name for name, value in arguments.items() if type(value) not in (str, int, float, bool)), None)
    if odd:
        raise InputError(f"{path}: points: {odd} must be a number, a word, true or false, not {arguments[odd]!r}")
    module, name = points["function"].split(":")
    try:
        function = getattr(importlib.import_module(module), name, None)
    except ModuleNotFoundError as error:
        raise InputError(f"{path}: points: {points['function']}: {error}") from error
    if not callable(function):
        raise InputError(f"{path}: points: {module} has no function {name}")
    try:
        inspect.signature(function).bind("runs", **arguments)
    except TypeError as error:
        raise InputError(f"{path}: points: {points['function']}: {error}") from error
    return function, arguments


def _typed(value):
    # YAML 1.1 reads 1e-3 as a string; what looks like a number is one.
    if isinstance(value, dict):
        return {key: _typed(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_typed(item) for item in value]
    return parse_value(value) if isinstance(value, str) else value


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
