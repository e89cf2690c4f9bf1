"""A local folder of IDX files, by whatever names they came: which file is which, and what is in it.

Sets of this format are handed around under many names: `train-images-idx3-ubyte.gz`, `train-images.idx3-ubyte`,
`test-labels ... (1).gz`, `emnist-letters-train-images-idx3-ubyte.gz`, `qmnist-test-labels-idx2-int.gz`, or each
file in a folder of its own name.
"""

import re
from pathlib import Path

from .idx import DataError, class_column, encode, read_bytes, transposed
from .mnist import FILES

PARTS = {"train": "train", "training": "train", "t10k": "t10k", "test": "t10k", "testing": "t10k"}
KINDS = {"image": "images", "images": "images", "label": "labels", "labels": "labels"}
WORDS = {
    FILES[0]: "training images", FILES[1]: "training labels", FILES[2]: "test images", FILES[3]: "test labels",
}  # fmt: skip
LISTED = 8  # names in a sentence about what was found


def copy(data_dir, scratch, name, transpose=None):
    """Copy the four files of a data set from a folder into `scratch`, decompressed, under the names of `FILES`.

    Parameters
    ----------
    data_dir, scratch : path
    name : str
        Of the data set: tells which files are meant where the folder holds several sets.
    transpose : bool, optional
        Whether images are stored with rows and columns exchanged, and are to be turned upright. None says so of
        files whose name says EMNIST.

    Returns
    -------
    list of str
        What was done besides copying, a sentence each.

    Raises
    ------
    DataError
        If the folder does not hold exactly one file for each of the four, or one cannot be read.
    """
    folder = Path(data_dir).expanduser()
    if not folder.is_dir():
        raise DataError(f"DATA_DIR={data_dir} is not a folder")
    paths = _four(folder, name)
    contents = {file: read_bytes(path) for file, path in paths.items()}
    remarks = []
    for file in FILES[1::2]:
        contents[file] = class_column(contents[file], paths[file])
    names = f"{name} {paths[FILES[0]].name}".lower()
    if transpose if transpose is not None else "emnist" in names:
        for file in FILES[::2]:
            contents[file] = encode(transposed(contents[file], paths[file]))
        remarks.append("rows and columns of its images were exchanged, as EMNIST stores them transposed")
    for file, content in contents.items():
        (Path(scratch) / file).write_bytes(content)
    return remarks


def role(path):
    """Return (file of `FILES`, set) that a path's name speaks of, such as "emnist-letters"; None where it does not."""
    words = re.findall("[a-z0-9]+", path.name.lower())
    part = next((place for place, word in enumerate(words) if word in PARTS), None)
    kind = next((word for word in words if word in KINDS), None)
    if part is None or kind is None:
        return None
    file = next(file for file in FILES if file.startswith(f"{PARTS[words[part]]}-{KINDS[kind]}"))
    return file, "-".join(word for word in words[:part] if word not in KINDS)


def _four(folder, name):
    """Return the path of each of `FILES`."""
    present = sorted(path for path in [*folder.glob("*"), *folder.glob("*/*")] if path.is_file())
    found = {}
    for path in present:
        if known := role(path):
            file, group = known
            found.setdefault(group, {}).setdefault(file, []).append(path)
    groups = [group for group, files in found.items() if set(files) == set(FILES)]
    wanted = name.lower().replace("_", "-")
    if wanted in groups:
        groups = [wanted]
    elif len(groups) > 1:
        raise DataError(f"DATA_DIR={folder} holds several sets, {', '.join(groups)}: name one by DATASET=NAME")
    if groups:
        return _one_each(folder, found[groups[0]], present)
    together = {}
    for files in found.values():
        for file, paths in files.items():
            together.setdefault(file, []).extend(paths)
    return _one_each(folder, together, present)


def _one_each(folder, files, present):
    missing = [file for file in FILES if file not in files]
    if missing:
        names = ", ".join(str(path.relative_to(folder)) for path in present[:LISTED]) or "nothing"
        more = f" and {len(present) - LISTED} more" if len(present) > LISTED else ""
        what = ", ".join(f"{WORDS[file]} ({file})" for file in missing)
        raise DataError(f"DATA_DIR={folder} holds no {what}, with or without .gz; found: {names}{more}")
    return {file: _only(folder, WORDS[file], paths) for file, paths in files.items()}


def _only(folder, words, paths):
    """Return the one of several paths; they may be copies of each other."""
    if len(paths) > 1 and len({read_bytes(path) for path in paths}) > 1:
        names = " and ".join(str(path.relative_to(folder)) for path in paths)
        raise DataError(f"DATA_DIR={folder}: {names} are all named as {words}, and differ: leave one of them")
    return paths[0]
