"""Our own model files: `.npz`, with the parameters, how inputs are scaled, and what has been learned.

Nothing in them is executed: arrays are never unpickled. Those of others are read by `others`.
"""

import numpy as np

from .. import arrays
from .model import PARAMETERS, ModelFileError, model_of

SCALE = ("input_scale", "input_shift", "input_factor")
KEYS = (*PARAMETERS, *SCALE)
ORIGIN = ("dataset", "classes", "dataset_sha256")  # files of ours from before have none
WORDS = f"an .npz with {', '.join(KEYS)}"


def save_model(path, params, scaling, origin=None):
    """Write `params` (W1, b1, W2, b2), `scaling` and the Origin, if it is known, to `path`, an `.npz` file."""
    about = {"input_scale": scaling.name, "input_shift": scaling.shift, "input_factor": scaling.factor}
    if origin is not None:
        about |= dict(zip(ORIGIN, (origin.name, list(origin.classes), origin.sha256), strict=True))
    with open(path, "wb") as file:
        np.savez(file, **params, **about)


def load_model(path):
    """Read an `.npz` file of ours.

    Returns
    -------
    Model

    Raises
    ------
    ModelFileError
        If there is none, or its arrays do not make a two-layer network.
    """
    return model_of(path, arrays_of(path))


def arrays_of(path):
    """Return the arrays of an `.npz` file of ours by name; a ModelFileError says what it lacks."""
    try:
        found = arrays.npz(path, (*KEYS, *ORIGIN))
    except FileNotFoundError as error:
        raise ModelFileError(f"model file {path} does not exist") from error
    except (arrays.ArrayError, OSError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ModelFileError(f"{path} is not a model file, {WORDS} ({reason})") from error
    needed = KEYS + (ORIGIN if ORIGIN[0] in found else ())
    if lacking := [key for key in needed if key not in found]:
        raise ModelFileError(f"{path} is not a model file: it has no {lacking[0]}")
    return {key: found[key] for key in needed}
