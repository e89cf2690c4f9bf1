"""Where the project keeps its things, whatever the working directory is."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def data_root() -> Path:
    """Folder of the data sets: `data/`, or what the variable TWOLAYER_DATA names."""
    return ROOT / os.environ.get("TWOLAYER_DATA", "data")


def resolve(path) -> Path:
    """Return `path`, taken from the project's root unless it is absolute; `~` is the user's home."""
    return ROOT / Path(path).expanduser()
