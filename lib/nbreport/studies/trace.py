"""The code that a notebook runs: the project's modules that its cells import, however far down, and other packages."""

import sys
import sysconfig
from modulefinder import ModuleFinder
from pathlib import Path

from .. import InputError

INSTALLED = [Path(sysconfig.get_path(name)).resolve() for name in ("purelib", "platlib", "stdlib", "platstdlib")]
PACKAGES = ("site-packages", "dist-packages")  # names of folders of what is installed, wherever they are


def imports(notebook):
    """Return what a notebook imports.

    Parameters
    ----------
    notebook : notebook.Notebook
        What it declares as `only_draws`, and what is imported from there alone, is left out.

    Returns
    -------
    files : list of Path
        Of the modules that are not installed, sorted: the project's own, or those of another checkout, where an
        environment was made for that one.
    packages : list of str
        Top-level names of all others but the standard library's, sorted.

    Raises
    ------
    InputError
        If a cell is not Python.
    """
    left_out = notebook.declared["only_draws"]
    finder = ModuleFinder(path=_places(), excludes=left_out)
    main = finder.add_module("__main__")
    for cell in notebook.content.cells:
        if cell.cell_type == "code":
            finder.scan_code(_compiled(cell, notebook.path), main)
    files = {Path(module.__file__) for module in finder.modules.values() if module.__file__}
    known = {*finder.modules, *left_out} | sys.stdlib_module_names  # a package is among its modules
    return sorted(files), sorted({name.partition(".")[0] for name in finder.badmodules} - known)


def _places():
    """Return where Python looks for modules that are not among what is installed."""
    found = [Path(place or ".").resolve() for place in sys.path]
    own = (place for place in found if not any(map(place.is_relative_to, INSTALLED)) and place.name not in PACKAGES)
    return list(dict.fromkeys(map(str, own)))


def _compiled(cell, path):
    try:
        return compile(cell.source, str(path), "exec")
    except SyntaxError as error:
        raise InputError(f"{path}, cell {cell.get('id', '?')} is not Python: {error.msg}") from error
