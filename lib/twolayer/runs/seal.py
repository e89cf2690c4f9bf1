"""Whether a run's files are those that were written: by the hashes that who kept the run has added to `result.json`."""

import hashlib
import json
from pathlib import Path

RESULT, NOTEBOOK = "result.json", "run.ipynb"


def damage(folder):
    """Say in a phrase which file of a run, of those that are read, is not the one that was written.

    Parameters
    ----------
    folder : path
        With `result.json`. Its `hashes`, if it has them, hold under `files` the SHA-256 of each other file, and
        under `result.json` that of itself without this one.

    Returns
    -------
    str or None
        None if each is, or nobody has taken hashes: a notebook that ran by itself. The executed notebook does
        not count; it may have been opened and saved.
    """
    folder = Path(folder)
    try:
        text = (folder / RESULT).read_bytes()
        result = json.loads(text)
        if "hashes" not in result and isinstance(result, dict):
            return None
        own, files = result["hashes"][RESULT], dict(result["hashes"]["files"])
        if _sha256(text.replace(own.encode(), b"")) != own:
            return f"{RESULT} is not what the run has written"
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return f"{RESULT} is not what the run has written"
    for name in files:
        if name == NOTEBOOK:
            continue
        if not (folder / name).is_file():
            return f"{name} is gone"
        if _sha256((folder / name).read_bytes()) != files[name]:
            return f"{name} is not what the run has written"
    return None


def _sha256(content):
    return hashlib.sha256(content).hexdigest()
