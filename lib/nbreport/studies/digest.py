"""What a run was made from, as hashes: the same digest means that running again would change nothing."""

import ast
import hashlib
import json
import os
import platform
import sys
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, packages_distributions, version
from pathlib import Path

from .. import InputError
from ..kernels.arithmetic import in_words
from . import trace

PYTHON = ".".join(platform.python_version_tuple()[:2])
SHOW_ALL = {"show_empty": True} if PYTHON not in ("3.11", "3.12") else {}  # of `ast.dump`, as it was before 3.13


def code_of(notebook, root=".", exact=False):
    """Describe the code that a notebook runs.

    Parameters
    ----------
    notebook : notebook.Notebook
    root : path
        Of the project.
    exact : bool
        True hashes the bytes of modules: a chapter prints their comments and docstrings. False hashes
        their syntax trees, so that prose is free to change.

    Returns
    -------
    dict
        `notebook`, a hash; `code`, a hash by module's path, from the root where it is below; `packages`, a version
        by name.
    """
    files, packages = trace.imports(notebook)
    place = Path(root).resolve()
    return {
        "notebook": notebook_hash(notebook.content),
        "code": {_name(file, place): file_hash(file, exact) for file in files},
        "packages": {name: found for name in packages if (found := package_version(name))},
    }


def _name(file, root):
    return (file.relative_to(root) if file.is_relative_to(root) else file).as_posix()


def provenance(code, inputs, parameters, facts, arithmetic):
    """Describe everything that a run depends on.

    Parameters
    ----------
    code, inputs : dict
        As `code_of` and `hashes` return them.
    parameters, facts : dict
        All but `output`; what the notebook's check returned.
    arithmetic : dict
        As `kernels.arithmetic.in_use` returns it.

    Returns
    -------
    dict
        All of these, of the parameters a hash; `digest` over them; and `python`, which the digest does not
        depend on but through the syntax trees.
    """
    record = code | {"inputs": inputs, "facts": facts, "arithmetic": arithmetic}
    record["parameters"] = hashlib.sha256(json.dumps(parameters, sort_keys=True).encode()).hexdigest()
    text = json.dumps(record, sort_keys=True)
    return record | {"python": PYTHON, "digest": hashlib.sha256(text.encode()).hexdigest()}


def difference(old, new):
    """Say in a phrase what has changed between two provenances whose digests differ."""
    for kind in ("packages", "code", "inputs"):
        before, now = old.get(kind, {}), new[kind]
        changed = sorted(name for name in before.keys() | now.keys() if before.get(name) != now.get(name))
        if changed and kind == "packages":
            return ", ".join(f"{name} {before.get(name)} then, {now.get(name)} now" for name in changed)
        if changed and kind == "code" and len(changed) > 1 and old.get("python") != new["python"]:
            return f"made with Python {old.get('python')}, and this is {new['python']}, which reads code otherwise"
        if changed:
            more = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
            return f"{changed[0]}{more} changed"
    if old.get("notebook") != new["notebook"]:
        return "the notebook changed"
    before, now = (in_words(one.get("arithmetic")) for one in (old, new))
    return f"made with {before}, now {now}" if before != now else "parameters or data changed"


def input_files(notebook, root="."):
    """Return the files that the notebook's `inputs` name, as sorted paths from `root`.

    Raises
    ------
    InputError
        If a glob matches nothing: a misspelt input must not go unseen.
    """
    found = set()
    for pattern in notebook.declared["inputs"]:
        matches = [path.relative_to(root) for path in Path(root).glob(pattern)]
        if not matches:
            raise InputError(f"{notebook.path}: its metadata names the input {pattern}, which matches no file")
        found.update(matches)
    return sorted(found)


def hashes(files, root="."):
    """Return the hash of each file by its name."""
    return {str(name): file_hash(Path(root) / name, exact=True) for name in files}


def package_version(name):
    """Return the version of the package that has the module `name`, or None."""
    try:
        return version(name)
    except PackageNotFoundError:
        places = tuple((place, os.stat(place).st_mtime_ns) for place in sys.path if os.path.exists(place))
        return next((version(one) for one in _distributions(places).get(name, ())), None)


@lru_cache(maxsize=1)  # reads the lists of files of all that is installed, a fifth of a second
def _distributions(places):
    """Return the distributions by module; `places` are where they may be, and when something came there or went."""
    return packages_distributions()


def notebook_hash(content):
    """Hash a notebook's cells without outputs, execution counts and cell metadata but tags."""
    cells = [[cell.cell_type, cell.source, cell.metadata.get("tags", [])] for cell in content.cells]
    return hashlib.sha256(json.dumps(cells).encode()).hexdigest()


def file_hash(path, exact=False):
    """Hash a file; of Python source, unless `exact`, the syntax tree without docstrings."""
    status = Path(path).stat()
    return _hash_of(Path(path), status.st_mtime_ns, status.st_size, exact)


@lru_cache(maxsize=4096)  # the runs of a study share their inputs
def _hash_of(path, modified, size, exact):
    content = path.read_bytes()
    if path.suffix == ".py" and not exact:
        tree = ast.parse(content)
        for node in ast.walk(tree):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                _drop_docstring(node)
        content = ast.dump(tree, **SHOW_ALL).encode()
    return hashlib.sha256(content).hexdigest()


def _drop_docstring(node):
    first = node.body[0] if node.body else None
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
        node.body = node.body[1:]
