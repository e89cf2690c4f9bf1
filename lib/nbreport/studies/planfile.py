"""A study's file: YAML that says which notebook, which parameters, which grid."""

import importlib
import inspect
import re
from pathlib import Path

from .. import InputError
from ..notebook import Notebook, parse_value
from ..yamlfile import checked, read_yaml
from .study import Plan, named

KEYS = ("description", "notebook", "parameters", "points", "grid")
OVERRIDE_KEYS = ("parameters", "grid")


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
    content = read_yaml(path, KEYS)
    with named(path):
        added = checked("what the profile overrides", override or {}, OVERRIDE_KEYS)
        if not isinstance(content.get("notebook"), str):
            raise InputError("notebook must name a notebook's file")
        fixed = _mapping(content.get("parameters")) | _mapping(added.get("parameters"))
        grid = _grid(added.get("grid", content.get("grid")), fixed)
        function, arguments = _function(content.get("points"))
        return Plan(path, Notebook(Path(content["notebook"])), _typed(fixed), _typed(grid), function, arguments)


def _mapping(parameters):
    if parameters is not None and not isinstance(parameters, dict):
        raise InputError("parameters must map names to values")
    return parameters or {}


def _grid(grid, fixed):
    if not isinstance(grid, dict) or not grid:
        raise InputError("the grid is empty; it must map at least one parameter to a list of values")
    for name, values in grid.items():
        if not isinstance(values, list) or not values:
            raise InputError(f"grid: {name} must be a list with at least one value")
        if name in fixed:
            raise InputError(f"{name} is both in parameters and in grid")
    return grid


def _function(points):
    """Return the function that `points` names, and its arguments."""
    if points is None:
        return None, {}
    if not isinstance(points, dict) or not re.fullmatch(r"[\w.]+:\w+", str(points.get("function"))):
        raise InputError("points must have a function, written module:name, and may have its arguments")
    arguments = {name: value for name, value in points.items() if name != "function"}
    odd = next((name for name, value in arguments.items() if type(value) not in (str, int, float, bool)), None)
    if odd:
        raise InputError(f"points: {odd} must be a number, a word, true or false, not {arguments[odd]!r}")
    module, name = points["function"].split(":")
    try:
        function = getattr(importlib.import_module(module), name, None)
    except ModuleNotFoundError as error:
        raise InputError(f"points: {points['function']}: {error}") from error
    if not callable(function):
        raise InputError(f"points: {module} has no function {name}")
    try:
        inspect.signature(function).bind("runs", **arguments)
    except TypeError as error:
        raise InputError(f"points: {points['function']}: {error}") from error
    return function, arguments


def _typed(value):
    # YAML 1.1 reads 1e-3 as a string; what looks like a number is one.
    if isinstance(value, dict):
        return {key: _typed(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_typed(item) for item in value]
    return parse_value(value) if isinstance(value, str) else value
