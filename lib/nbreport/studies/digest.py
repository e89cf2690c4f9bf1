"""What a run was made from, as hashes: the same digest means that running again would change nothing."""

import ast
import hashlib
import json
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from .. import InputError


def provenance(notebook, parameters, facts, root="."):
    """Describe everything that a run of `notebook` depends on.

    Parameters
    ----------
    notebook : notebook.Notebook
    parameters : dict
        Complete, without `output`.
    facts : dict
        From the notebook's check.
    root : path
        Where the notebook's globs start.

    Returns
    -------
    dict
        `notebook`, `inputs`, `packages`, `facts`, and `digest` over them and the parameters.
    """
    record = {
        "notebook": notebook_hash(notebook.content),
        "inputs": {name: file_hash(Path(root) / name) for name in input_files(notebook, parameters, root)},
        "packages": {name: _version(name) for name in notebook.declared["packages"]},
        "facts": facts,
    }
    text = json.dumps([record, parameters], sort_keys=True)
    return record | {"digest": hashlib.sha256(text.encode()).hexdigest()}


def input_files(notebook, parameters, root="."):
    """Return the files that the notebook's `inputs` name, as sorted paths from `root`.

    Raises
    ------
    InputError
        If a glob without a parameter in it matches nothing: a misspelt input must not go unseen.
    """
    found = set()
    for pattern in notebook.declared["inputs"]:
        matches = _glob(Path(root), pattern.format(**parameters))
        if not matches and "{" not in pattern:
            raise InputError(f"{notebook.path}: its metadata names the input {pattern}, which matches no file")
        found.update(matches)
    return sorted(found)


def _glob(root, pattern):
    base = Path("/") if Path(pattern).is_absolute() else root
    pattern = str(Path(pattern).relative_to("/")) if base == Path("/") else pattern
    # A leading dot marks a run that is being written (store.py); pathlib's `*` would match it.
    shown = (path for path in base.glob(pattern) if not path.parent.name.startswith("."))
    return [str(path if base == Path("/") else path.relative_to(root)) for path in shown]


def _version(package):
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def notebook_hash(content):
    """Hash a notebook's cells without outputs, execution counts and cell metadata but tags."""
    cells = [[cell.cell_type, cell.source, cell.metadata.get("tags", [])] for cell in content.cells]
    return hashlib.sha256(json.dumps(cells).encode()).hexdigest()


def file_hash(path):
    """Hash a file; of Python source the syntax tree without docstrings, so that prose is free to change."""
    status = Path(path).stat()
    return _hash_of(Path(path), status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=4096)  # the runs of a study share their inputs
def _hash_of(path, modified, size):
    content = path.read_bytes()
    if path.suffix == ".py":
        tree = ast.parse(content)
        for node in ast.walk(tree):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                _drop_docstring(node)
        content = ast.dump(tree).encode()
    return hashlib.sha256(content).hexdigest()


def _drop_docstring(node):
    first = node.body[0] if node.body else None
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
        node.body = node.body[1:]
