"""Trained networks on disk: one `.npz` with the parameters and how inputs are scaled."""

import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .. import InputError
from ..data.scaling import SCALINGS, Scaling
from . import TwoLayerNet

KEYS = ("W1", "b1", "W2", "b2", "input_scale", "input_shift", "input_factor")
# What NumPy and zipfile raise where bytes are not those of an archive of arrays.
DAMAGED = (OSError, ValueError, EOFError, TypeError, AttributeError, RuntimeError, zipfile.BadZipFile, zlib.error)


class ModelFileError(InputError):
    """The file is not a model of this project; the message names the file and says why."""


@dataclass(frozen=True)
class Model:
    """A network together with the scaling of its inputs."""

    net: TwoLayerNet
    scaling: Scaling


def save_model(path, params, scaling):
    """Write `params` (W1, b1, W2, b2) and `scaling` to `path`, an `.npz` file."""
    with open(path, "wb") as file:
        np.savez(file, **params, input_scale=scaling.name, input_shift=scaling.shift, input_factor=scaling.factor)


def load_model(path):
    """Read a model file; nothing in it is executed (`allow_pickle=False`).

    Raises
    ------
    ModelFileError
        If the file is missing, not an `.npz`, or its arrays do not make a two-layer network.
    """
    path = Path(path)
    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays = {key: archive[key] for key in KEYS}
    except FileNotFoundError as error:
        raise ModelFileError(f"model file {path} does not exist") from error
    except KeyError as error:
        raise ModelFileError(f"{path} is not a model file: it has no {error.args[0].split()[0]}") from error
    except DAMAGED as error:
        raise ModelFileError(f"{path} is not a model file (an .npz with {', '.join(KEYS)})") from error
    _check(path, arrays)
    shift = arrays["input_shift"]
    scaling = Scaling(str(arrays["input_scale"]), shift if shift.ndim else float(shift), float(arrays["input_factor"]))
    return Model(TwoLayerNet({name: arrays[name] for name in KEYS[:4]}), scaling)


def _check(path, arrays):
    W1, b1, W2, b2 = (arrays[name] for name in KEYS[:4])
    fits = W1.ndim == W2.ndim == 2 and b1.shape == W1.shape[1:] == W2.shape[:1] and b2.shape == W2.shape[1:]
    if not fits or min(W1.size, W2.size) == 0:
        shapes = f"W1 {W1.shape}, b1 {b1.shape}, W2 {W2.shape}, b2 {b2.shape}"
        raise ModelFileError(f"{path}: the shapes do not fit each other: {shapes}")
    if any(array.dtype.kind != "f" or not np.isfinite(array).all() for array in (W1, b1, W2, b2)):
        raise ModelFileError(f"{path}: the parameters are not finite floating-point numbers")
    name, shift, factor = str(arrays["input_scale"]), arrays["input_shift"], arrays["input_factor"]
    fits = factor.shape == () and shift.shape == (W1.shape[:1] if name == "centred" else ())
    if name not in SCALINGS or not fits or any(n.dtype.kind not in "fiu" for n in (shift, factor)):
        raise ModelFileError(f"{path}: input_scale, input_shift or input_factor is not valid")
