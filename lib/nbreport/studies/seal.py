"""What a run's files were when they were written: hashes in its `result.json`, by which a changed byte is seen."""

import hashlib
import io
import json
import zipfile
import zlib

from ..files import parsed_json

RESULT = "result.json"
SEAL = "hashes"


def sealed(result, files):
    """Return a result with the hashes of a run's files, and its text as bytes, which is the file `result.json`.

    Parameters
    ----------
    result : dict
    files : dict
        Name to bytes of the others.

    Returns
    -------
    result : dict
        With `hashes`: of `files` by name; of `arrays`, as `model.npz/W1`, each over its type, shape and bytes,
        however the file is packed; and of `result.json` itself, taken while this hash is empty.
    text : bytes
    """
    arrays = {key: found for name in sorted(files) for key, found in _arrays(name, files[name])}
    hashes = {"files": {name: sha256(files[name]) for name in sorted(files)}, "arrays": arrays, RESULT: ""}
    own = sha256(_text(result | {SEAL: hashes}))
    result = result | {SEAL: hashes | {RESULT: own}}
    return result, _text(result)


def damage(folder):
    """Say in a phrase which file of a run's folder is not the one that was written; None if each is."""
    try:
        if not (folder / RESULT).is_file():
            return f"{RESULT} is gone"
        text = (folder / RESULT).read_bytes()
        hashes = parsed_json(text)[SEAL]
        own, files = hashes[RESULT], dict(hashes["files"])
        if sha256(text.replace(own.encode(), b"")) != own:
            return f"{RESULT} is not what was written"
    except OSError as error:
        return f"{RESULT} cannot be read ({error.strerror})"
    except (ValueError, KeyError, TypeError, AttributeError):
        return f"{RESULT} has no hashes, or is not what was written"
    return next((found for name in files if (found := _damage(folder, name, files[name]))), None)


def _damage(folder, name, written):
    """Say in a phrase why a file has not the hash that was written; None if it has."""
    try:
        if not (folder / name).is_file():
            return f"{name} is gone"
        return None if sha256((folder / name).read_bytes()) == written else f"{name} is not what was written"
    except OSError as error:
        return f"{name} cannot be read ({error.strerror})"


def sha256(content):
    """Return the hash of bytes."""
    return hashlib.sha256(content).hexdigest()


def _arrays(name, content):
    """Return name and hash of each array in an `.npz` file: the files that such an archive holds say type and shape.

    What is no archive, or a damaged one, has none.
    """
    if not name.endswith(".npz"):
        return []
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return [(f"{name}/{one.removesuffix('.npy')}", _member(archive, one)) for one in archive.namelist()]
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, RuntimeError):
        return []


def _member(archive, name):
    with archive.open(name) as file:  # piece by piece: few bytes may be many gigabytes
        return hashlib.file_digest(file, "sha256").hexdigest()


def _text(result):
    return (json.dumps(result, indent=1) + "\n").encode()
