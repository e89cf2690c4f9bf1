"""What a run's files were when they were written: hashes in its `result.json`, by which a changed byte is seen."""

import hashlib
import io
import json
import zipfile

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
        text = (folder / RESULT).read_bytes()
        hashes = json.loads(text)[SEAL]
        own, files = hashes[RESULT], hashes["files"]
        if sha256(text.replace(own.encode(), b"")) != own:
            return f"{RESULT} is not what was written"
    except FileNotFoundError:
        return f"{RESULT} is gone"
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return f"{RESULT} has no hashes, or is not what was written"
    for name, written in files.items():
        if not (folder / name).is_file():
            return f"{name} is gone"
        if sha256((folder / name).read_bytes()) != written:
            return f"{name} is not what was written"
    return None


def sha256(content):
    """Return the hash of bytes."""
    return hashlib.sha256(content).hexdigest()


def _arrays(name, content):
    """Yield name and hash of each array in an `.npz` file: the files that such an archive holds say type and shape."""
    if name.endswith(".npz") and zipfile.is_zipfile(io.BytesIO(content)):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for member in archive.namelist():
                yield f"{name}/{member.removesuffix('.npy')}", sha256(archive.read(member))


def _text(result):
    return (json.dumps(result, indent=1) + "\n").encode()
