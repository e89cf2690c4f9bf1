"""Executed notebooks, whose paths were those of where they ran, with those of where they are kept."""

import nbformat
from papermill.translators import PythonTranslator


def moved(content, places):
    """Return an executed notebook's bytes with other paths in its strings.

    Parameters
    ----------
    content : bytes
    places : dict
        Path to the one that takes its place, the first first. In the cell that papermill puts in they are
        written as in a string of Python's, whatever signs they have.
    """
    try:
        notebook = nbformat.reads(content.decode(), as_version=4)
        for cell in notebook.cells:
            quoted = "injected-parameters" in cell.metadata.get("tags", [])
            cell.source = _replaced(cell.source, _quoted(places) if quoted else places)
            for key in cell.keys() - {"source"}:
                cell[key] = _replaced(cell[key], places)
        notebook.metadata = _replaced(notebook.metadata, places)
        return nbformat.writes(notebook).encode()
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError):  # what a run has spoilt stays what it is
        return content


def _quoted(places):
    return {old: PythonTranslator.translate_escaped_str(new)[1:-1] for old, new in places.items()}


def _replaced(value, places):
    """Return `value`, as JSON has it, with other paths in all its strings."""
    if isinstance(value, dict):
        return type(value)({name: _replaced(one, places) for name, one in value.items()})
    if isinstance(value, list):
        return [_replaced(one, places) for one in value]
    if isinstance(value, str):
        for old, new in places.items():
            value = value.replace(old, new)
    return value
