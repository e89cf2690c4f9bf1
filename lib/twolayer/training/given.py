"""What a notebook was given: the values of its parameters, by what they mean, and the folder for its files."""

import ast
import contextlib
from pathlib import Path

from .. import paths
from .parameters import ParameterError, read, unknown

INJECTED = "# Parameters"  # what papermill's cell begins with, which it puts after the notebook's own
OUTPUT = "output"  # the parameter that names the folder
WORDS = {"none": None, "null": None, "true": True, "false": False}


def values(namespace, table):
    """Return what a notebook's `globals()` have of the parameters in `table`, in the types that it declares.

    A word that says a number, or true, false or none, counts as that: YAML 1.1 reads 1e-3 as a word.

    Raises
    ------
    ParameterError
        Naming the first parameter that is out of its range, or that papermill was given and `table` does not have.
    """
    names = [*table, OUTPUT]
    for name in injected(namespace):
        if name not in names:
            raise unknown(name, names)
    return read(table, {name: meant(namespace[name], one) for name, one in table.items() if name in namespace})


def injected(namespace):
    """Return the names that papermill was given, in their order: what its cell, the last such, assigns to."""
    cells = [source for source in namespace.get("In", ()) if source.startswith(INJECTED)]
    nodes = ast.parse(cells[-1]).body if cells else []
    return [node.targets[0].id for node in nodes if isinstance(node, ast.Assign)]


def meant(value, parameter):
    """Return a `value` as the `parameter` means it: a word, where that is to be none, for the value that it says."""
    if not isinstance(value, str) or parameter.allowed.type is str:
        return value
    word = value.strip().lower()
    if word in WORDS:
        return WORDS[word]
    for kind in (int, float):
        with contextlib.suppress(ValueError):
            return kind(word)
    return value


def folder(namespace):
    """Return the folder for the notebook's files, from its parameter `output`; it is made.

    One that papermill was given is taken from where it was called, any other from the project's root. `~` is the
    user's home.

    Raises
    ------
    ParameterError
        If there can be no such folder.
    """
    given = str(namespace[OUTPUT])
    try:
        place = Path(given).expanduser()
        place = Path.cwd() / place if OUTPUT in injected(namespace) else paths.resolve(place)
        place.mkdir(parents=True, exist_ok=True)
    except (OSError, RuntimeError) as error:
        raise ParameterError(f"{OUTPUT}={given} cannot be a folder ({getattr(error, 'strerror', error)})") from error
    return place
