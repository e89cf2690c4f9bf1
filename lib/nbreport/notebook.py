"""A parameterised notebook: its parameters, its declarations, and the check of what it is given."""

import ast
import contextlib
import functools
import importlib
import math
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import nbformat
import papermill

from . import InputError
from .yamlfile import FLOAT, checked, nearest

NOTEBOOK = "run.ipynb"  # an executed notebook
OUTPUT = "output"  # the parameter that names the run's folder; set by us, never by the user


@dataclass(frozen=True)
class Notebook:
    """A notebook on disk."""

    path: Path

    @cached_property
    def content(self):
        """The parsed notebook.

        Raises
        ------
        InputError
            If there is no notebook at the path.
        """
        try:
            if Path(self.path).exists() and not Path(self.path).is_file():
                raise InputError(f"notebook {self.path} cannot be read (not a regular file)")
            return nbformat.read(self.path, as_version=4)
        except InputError:
            raise
        except OSError as error:
            raise InputError(f"notebook {self.path} cannot be read ({error.strerror})") from error
        except (ValueError, AttributeError, TypeError, KeyError, nbformat.ValidationError, RecursionError) as error:
            raise InputError(f"{self.path} is not a notebook") from error

    @cached_property
    def defaults(self):
        """Parameters and their values in the notebook, in its order."""
        parameters = papermill.inspect_notebook(self.content)
        return {name: ast.literal_eval(entry["default"]) for name, entry in parameters.items()}

    @property
    def declared(self):
        """What the notebook says in its metadata; see the package's docstring.

        Raises
        ------
        InputError
            If there is another key.
        """
        empty = {"check": None, "fetch": None}
        empty |= {name: [] for name in ("inputs", "studies", "files", "only_draws", "preload")}
        return empty | checked(
            f"{self.path}: nbreport's metadata", dict(self.content.metadata.get("nbreport", {})), empty
        )

    def complete(self, given):
        """Return all parameters but `output`: those given, and the notebook's own values.

        Raises
        ------
        InputError
            If a name is none of the notebook's, or a value is not plain.
        """
        names = [name for name in self.defaults if name != OUTPUT]
        for name, value in given.items():
            if name not in names:
                known = f"{self.path} has {', '.join(names)}" if names else f"{self.path} has no parameters"
                raise InputError(f"unknown parameter {name!r}{nearest(name, names)} ({known})")
            if not _plain(value):
                kinds = "a finite number, a string in UTF-8, true, false or none"
                raise InputError(f"{name} must be {kinds}, not {value!r:.80}")
        return {name: given.get(name, self.defaults[name]) for name in names}

    def check(self, parameters):
        """Call the notebook's own check on complete parameters and return its facts.

        Raises
        ------
        InputError
            With the check's sentence.
        """
        target = self.declared["check"]
        if target is None:
            return {}
        module, function = target.split(":")
        return refusing(getattr(importlib.import_module(module), function))(parameters) or {}

    def studies(self, parameters):
        """Return the names of the studies that the notebook reads, with these parameters."""
        words = [entry.split(" if ") for entry in self.declared["studies"]]
        return [name for name, *condition in words if all(parameters[one] for one in condition)]


def refusing(function):
    """Return a function with its refusals as InputErrors: what it raises of the class `InputError` of its package.

    Anything else that it raises is a mistake of its own, and stays one; without such a class all of it is.
    """
    package = importlib.import_module(function.__module__.partition(".")[0])

    @functools.wraps(function)
    def call(*arguments, **named):
        try:
            return function(*arguments, **named)
        except getattr(package, "InputError", ()) as error:
            raise InputError(str(error)) from error

    return call


def _plain(value):
    # papermill turns anything else (NumPy scalars, tuples) into a string without a word.
    if type(value) is str:  # of a command line's bytes that are none, Python makes halves of characters
        return not any("\ud800" <= sign <= "\udfff" for sign in value)
    return value is None or type(value) in (bool, int) or (type(value) is float and math.isfinite(value))


def parse_value(text):
    """Read a value as typed on the command line: none, true, false, integer, float, else string."""
    words = {"none": None, "null": None, "true": True, "false": False}
    if text.lower() in words:
        return words[text.lower()]
    # Not all that Python reads as numbers: 1_000, digits of other scripts and spaces are more likely a slip.
    if re.fullmatch(FLOAT, text):
        with contextlib.suppress(ValueError):
            return int(text)
        return float(text)
    return text


def parse_assignments(words):
    """Read `name=value` words into a dict.

    Raises
    ------
    InputError
        If a word is not of that form, or a name comes twice.
    """
    given = {}
    for word in words:
        name, sign, value = word.partition("=")
        if not sign or not name or not value:
            raise InputError(f"{word!r} is not of the form name=value")
        if name in given:
            raise InputError(f"{name} is given twice")
        given[name] = parse_value(value)
    return given
