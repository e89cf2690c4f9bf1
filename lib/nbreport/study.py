"""Studies: one notebook, fixed parameters, and a grid, written as YAML."""

import itertools
import re
from dataclasses import dataclass
from pathlib import Path

import yaml

from . import InputError
from .notebook import OUTPUT, Notebook, nearest, parse_value

KEYS = ("description", "notebook", "parameters", "grid")


@dataclass(frozen=True)
class Point:
    """One run: its folder's name, its notebook, its complete parameters, what its check returned."""

    run_id: str
    notebook: Notebook
    parameters: dict
    facts: dict


@dataclass(frozen=True)
class Study:
    """Runs that belong together; every point has passed its notebook's check."""

    name: str
    points: tuple


class _Loader(yaml.SafeLoader):
    """YAML without duplicate keys."""

    def construct_mapping(self, node, deep=False):
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        twice = next((key for key in keys if keys.count(key) > 1), None)
        if twice is not None:
            raise InputError(f"{self.name}: the key {twice!r} comes twice")
        return super().construct_mapping(node, deep)


def read_yaml(path, allowed):
    """Read a YAML file that must be a mapping with keys out of `allowed`.

    Raises
    ------
    InputError
        If it cannot be read, is no such mapping, or has another key.
    """
    try:
        with open(path, encoding="utf-8") as file:
            content = yaml.load(file, _Loader)
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror})") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"{path} is not valid YAML: {' '.join(str(error).split())}") from error
    if not isinstance(content, dict):
        raise InputError(f"{path} must be a mapping with the keys {', '.join(allowed)}")
    for key in content:
        if key not in allowed:
            raise InputError(f"{path}: unknown key {key!r}{nearest(key, allowed)} (known are {', '.join(allowed)})")
    return content


def load_study(path):
    """Read a study and check every point of its grid.

    Parameters
    ----------
    path : Path
        A YAML file with the keys `notebook`, `grid` (name to list of values) and, if need be,
        `parameters` (name to value) and `description`. The file's stem is the study's name.

    Raises
    ------
    InputError
    """
    path = Path(path)
    content = read_yaml(path, KEYS)
    if not isinstance(content.get("notebook"), str):
        raise InputError(f"{path}: notebook must name a notebook's file")
    fixed, grid = content.get("parameters") or {}, content.get("grid")
    if not isinstance(fixed, dict):
        raise InputError(f"{path}: parameters must map names to values")
    if not isinstance(grid, dict) or not grid:
        raise InputError(f"{path}: the grid is empty; it must map at least one parameter to a list of values")
    for name, values in grid.items():
        if not isinstance(values, list) or not values:
            raise InputError(f"{path}: grid: {name} must be a list with at least one value")
        if name in fixed:
            raise InputError(f"{path}: {name} is both in parameters and in grid")
    try:
        return make_study(path.stem, Notebook(Path(content["notebook"])), _typed(fixed), _typed(grid))
    except InputError as error:
        raise InputError(f"{path}: {error}") from error


def _typed(value):
    # YAML 1.1 reads 1e-3 as a string; what looks like a number is one.
    if isinstance(value, dict):
        return {key: _typed(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_typed(item) for item in value]
    return parse_value(value) if isinstance(value, str) else value


def make_study(name, notebook, fixed, grid):
    """Make the study of all combinations of the grid's values, each point checked.

    Raises
    ------
    InputError
    """
    points = []
    for values in itertools.product(*grid.values()):
        chosen = dict(zip(grid, values, strict=True))
        parameters = notebook.complete(fixed | chosen)
        facts = notebook.check(parameters)
        points.append(Point(run_id(chosen, notebook.defaults), notebook, parameters, facts))
    ids = [point.run_id for point in points]
    twice = next((one for one in ids if ids.count(one) > 1), None)
    if twice:
        raise InputError(f"the grid has the point {twice} twice")
    return Study(name, tuple(points))


def run_id(chosen, order):
    """Return a folder name such as `hidden-512_lr-0.005` for the chosen parameters, in `order`."""
    words = [f"{name}-{chosen[name]}" for name in order if name in chosen and name != OUTPUT]
    return re.sub(r"[^A-Za-z0-9_.+-]", "", "_".join(words)) or "default"
