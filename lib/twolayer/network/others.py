"""Trained networks as others have them: the homework's folder of arrays, and safetensors files; and ours.

Nothing in any of them is executed: arrays are never unpickled.
"""

import os
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open

from .. import files
from ..arrays import LARGEST, ArrayError, npy
from .model import PARAMETERS, ModelFileError, model_of, texts
from .model_file import ORIGIN, SCALE, arrays_of

FACTORS = {"raw": 1.0, "unit": 1 / 255}
# The files of the homework's folder: float64, for pixels as they are.
FOLDER = {"W1": "fc1_Weight.npy", "b1": "fc1_Bias.npy", "W2": "fc2_Weight.npy", "b2": "fc2_Bias.npy"}
# PyTorch's names of the parameters of Sequential(Linear, ReLU, Linear), whose weights have a row an output.
TORCH = {"W1": "0.weight", "b1": "0.bias", "W2": "2.weight", "b2": "2.bias"}


def load_any(path, input_scale=None):
    """Read a model.

    Parameters
    ----------
    path : path
        An `.npz` file of ours; a folder with the homework's four `.npy` files, their weights either way round; or a
        `.safetensors` file with W1, b1, W2, b2, shaped as here, or with the names that PyTorch gives to
        `Sequential(Linear, ReLU, Linear)`.
    input_scale : str, optional
        "raw" or "unit": how inputs are scaled, for a file that does not say it. None takes pixels as they are.

    Returns
    -------
    Model

    Raises
    ------
    ModelFileError
        If there is none, its arrays do not make a two-layer network, or `input_scale` contradicts the file.
    """
    path = Path(path)
    if os.path.isdir(path):
        arrays = _folder(path)
    else:
        arrays = _safetensors(path) if path.suffix == ".safetensors" else arrays_of(path)
    return model_of(path, arrays | _scale(path, arrays, input_scale))


def _scale(path, arrays, name):
    """Return what the caller says of the scaling, for a file that does not."""
    if name is None:
        return {}
    if name not in FACTORS:
        raise ModelFileError(f"INPUT_SCALE must be one of {', '.join(FACTORS)}, not {name!r}")
    if "input_scale" not in arrays:
        return dict(zip(SCALE, (name, 0.0, FACTORS[name]), strict=True))
    if (said := texts(path, arrays["input_scale"])[0]) != name:
        raise ModelFileError(f"{path} says that its inputs are scaled {said}, not {name}")
    return {}


def _folder(path):
    """Return the parameters of a folder as the homework's code writes it; weights may have a row an output."""
    arrays = {}
    for name, file in FOLDER.items():
        try:
            arrays[name] = npy(path / file)
        except FileNotFoundError as error:
            raise ModelFileError(f"{path} is not a model: it has no {file}, of {', '.join(FOLDER.values())}") from error
        except (ArrayError, OSError) as error:
            reason = getattr(error, "strerror", None) or error
            raise ModelFileError(f"{path / file} is not an array of numbers ({reason})") from error
    # A bias is a row there.
    biases = {name: arrays[name].reshape(-1) for name in ("b1", "b2") if 1 in arrays[name].shape}
    arrays |= biases
    W1, W2 = arrays["W1"], arrays["W2"]
    if W1.ndim == W2.ndim == 2 and W1.shape[1] != W2.shape[0] and W1.shape[0] == W2.shape[1]:
        arrays |= {"W1": W1.T, "W2": W2.T}
    return arrays


def _safetensors(path):
    try:
        with files.opened(path) as file:
            if (size := os.fstat(file.fileno()).st_size) > LARGEST:
                raise ModelFileError(f"{path} has {size} bytes, and {LARGEST} are the most")
        with safe_open(path, framework="numpy") as file:
            arrays, about = {name: file.get_tensor(name) for name in file.keys()}, file.metadata() or {}  # noqa: SIM118
    except FileNotFoundError as error:
        raise ModelFileError(f"model file {path} does not exist") from error
    except (SafetensorError, OSError, TypeError, AttributeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ModelFileError(f"{path} is not a safetensors file that NumPy can read ({reason})") from error
    if set(arrays) == set(TORCH.values()):
        arrays = {name: arrays[torch].T for name, torch in TORCH.items()}
    elif set(arrays) != set(PARAMETERS):
        names = ", ".join(sorted(arrays)) or "nothing"
        known = f"{', '.join(PARAMETERS)} or {', '.join(TORCH.values())}"
        raise ModelFileError(f"{path} holds {names}, where a two-layer network has {known}")
    return {name: np.ascontiguousarray(array) for name, array in arrays.items()} | _said(path, about)


def _said(path, about):
    """Return what a safetensors file's own words, which are strings, say of scaling and data set."""
    said = {}
    if SCALE[0] in about:
        try:
            said = {SCALE[0]: about[SCALE[0]]} | {name: float(about[name]) for name in SCALE[1:]}
        except (KeyError, ValueError) as error:
            raise ModelFileError(f"{path}: input_shift or input_factor is missing or no number") from error
    if set(ORIGIN) <= set(about):
        said |= {name: about[name] for name in ORIGIN} | {"classes": about["classes"].split("\n")}
    return said
