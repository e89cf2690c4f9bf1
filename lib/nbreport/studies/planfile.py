"""A study's file: YAML that says which notebook, which parameters, which grid."""

import contextlib
import importlib
import inspect
import re
from pathlib import Path

from .. import InputError
from ..notebook import Notebook, parse_value, refusing
from ..yamlfile import checked, read_yaml
from . import given
from .study import Study, all_points

KEYS = ("description", "notebook", "parameters", "points", "grid", "numbered", "seconds")
NUMBERED = {"parameter": None, "first": 0, "times": 1}
OVERRIDE_KEYS = ("parameters", "grid", "numbered")


def read_study(path, override=None, set_to=None):
    """Read a study's file, and check all that is known of it before any run.

    Parameters
    ----------
    path : Path
        A YAML file with the keys `notebook`, `grid` (name to list of values) and, if need be,
        `parameters` (name to value), `points` and `description`. The file's stem is the study's name.
        `points` has a `function`, as "module:name", and its arguments: `function(runs, **arguments)`
        returns a list of dicts, each name to value, and the study's points are these, each with every
        combination of the grid's values. Arguments that are words name studies that come before this one.
        `numbered` names a `parameter` that counts the points, from `first` (0), so that no two share a value of it;
        each combination is then as many points as `times` (1) says. `seconds` is about what a run takes.
    override : dict, optional
        The same study in small: `parameters` are added to the file's, `grid` and `numbered` take the places of its own.
    set_to : dict, optional
        Parameters that the command sets, as `given.read` returns them: all points have them.

    Raises
    ------
    InputError
        As `Study.find` does, too; and if the study says otherwise than `set_to`, or its notebook has no such parameter.
    """
    path = Path(path)
    content = read_yaml(path, KEYS)
    with _named(path):
        added = checked("what the profile overrides", override or {}, OVERRIDE_KEYS)
        if not isinstance(content.get("notebook"), str):
            raise InputError("notebook must name a notebook's file")
        fixed = _mapping(content.get("parameters")) | _mapping(added.get("parameters"))
        grid = _grid(added.get("grid", content.get("grid")), fixed)
        seconds = None if override else _seconds(content.get("seconds"))
        notebook, set_to = Notebook(Path(content["notebook"])), set_to or {}
        given.changed(set_to, [notebook])
        fixed, grid = _typed(fixed), _typed(grid)
        for name in set_to.keys() & grid.keys():
            _check_set(set_to, ({name: value} for value in grid[name]))
        stated = given.added(set_to, fixed, "the study")
        parts = notebook, {name: value for name, value in stated.items() if name not in grid}, grid
        function, arguments = _function(content.get("points"))
        numbered = _numbered(added.get("numbered", content.get("numbered")), {**fixed, **grid})
        known = all_points(*parts, numbered=numbered)

    def find(runs):
        with _named(path):
            points = all_points(*parts, function(runs, **arguments), numbered) if function else known
            _check_set(set_to, (point.parameters for point in points))
            return points

    return Study(path.stem, find, _needs(arguments), folder=given.folder(set_to, [notebook]), seconds=seconds)


def _needs(arguments):
    """Return the names of the studies among the arguments of `points`."""
    return frozenset(value for value in arguments.values() if isinstance(value, str))


def _seconds(said):
    """Return what a study's file says of a run's time, checked; None where it says nothing."""
    if said is not None and not (type(said) in (int, float) and 0 < said < float("inf")):
        raise InputError(f"seconds must be a number above 0, not {said!r}")
    return said


def _check_set(set_to, every):
    """Raise InputError if one of some dicts of parameters says otherwise than `set_to`."""
    for parameters in every:
        given.added(set_to, {name: parameters[name] for name in set_to if name in parameters}, "the study")


@contextlib.contextmanager
def _named(path):
    """Put the file's name before the sentence of an InputError."""
    try:
        yield
    except InputError as error:
        raise InputError(f"{path}: {error}") from error


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


def _numbered(content, others):
    """Return what `numbered` says, complete; None where nothing is numbered."""
    if content is None:
        return None
    if not isinstance(content, dict) or not isinstance(content.get("parameter"), str):
        raise InputError("numbered must name a parameter, and may have first and times")
    found = NUMBERED | checked("numbered", content, NUMBERED)
    for name, least in (("first", 0), ("times", 1)):
        if type(found[name]) is not int or found[name] < least:
            raise InputError(f"numbered: {name} must be an integer from {least}, not {found[name]!r}")
    if found["parameter"] in others:
        raise InputError(f"{found['parameter']} is numbered, and has values of its own")
    return found


def _function(points):
    """Return the function that `points` names, and its arguments."""
    if points is None:
        return None, {}
    if not isinstance(points, dict) or not re.fullmatch(r"\w+(\.\w+)*:\w+", str(points.get("function"))):
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
    return refusing(function), arguments


def _typed(value):
    # A word in quotation marks means what it means in PARAMS: "0.1" is a number, and none is none.
    if isinstance(value, dict):
        return {key: _typed(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_typed(item) for item in value]
    return parse_value(value) if isinstance(value, str) else value
