"""Parameters that a command sets in all that declares them, whatever it runs: `--set NAME=VALUE`.

Where they are not what the notebooks say by themselves, runs and pages have a folder of their own.
"""

from .. import InputError
from ..notebook import parse_assignments
from .study import run_id


def read(text):
    """Return `NAME=VALUE` as a dict, {} for an empty text.

    Raises
    ------
    InputError
        If it is not of that form.
    """
    return parse_assignments([text] if text else [])


def added(given, stated, where):
    """Return the parameters of `stated` and `given` together.

    Parameters
    ----------
    given : dict
        As `read` returns it.
    stated : dict
        Name to value, as somebody else states them.
    where : str
        Who does, for the message.

    Raises
    ------
    InputError
        If the two contradict each other.
    """
    for name, value in given.items():
        if stated.get(name, value) != value:
            said = f"{where} says {name}={stated[name]}, and {in_words(given)} something else"
            raise InputError(f"{said}: say one of them")
    return {**stated, **given}


def changed(given, notebooks):
    """Return what of `given` is another value than that of some of the notebooks.

    Raises
    ------
    InputError
        If none of the notebooks has the parameter.
    """
    found = {}
    for name, value in given.items():
        own = [notebook.defaults[name] for notebook in notebooks if name in notebook.defaults]
        if not own:
            paths = ", ".join(str(notebook.path) for notebook in notebooks)
            raise InputError(f"{in_words(given)} acts on the parameter {name}, which is not one of {paths}")
        if any(one != value for one in own):
            found[name] = value
    return found


def folder(given, notebooks):
    """Return the name of the folder, below that of all runs or pages, where those with `given` are; "" for that itself.

    Errors as `changed`.
    """
    found = changed(given, notebooks)
    return run_id(found, found) if found else ""


def in_words(given):
    """Return parameters as make is given them: its variables have their names in capitals."""
    return " ".join(f"{name.upper()}={value}" for name, value in given.items())
