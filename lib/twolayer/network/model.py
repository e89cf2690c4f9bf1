"""A trained network with what it needs to be used: how its inputs are scaled, and what it has learned."""

from dataclasses import dataclass

import numpy as np

from .. import InputError
from ..data.scaling import SCALINGS, Scaling
from . import TwoLayerNet

PARAMETERS = ("W1", "b1", "W2", "b2")
# What a file has to say of the scaling where the network was not trained here, and it does not.
ASSUMED = {"input_scale": "raw", "input_shift": 0.0, "input_factor": 1.0}


class ModelFileError(InputError):
    """The file is not a model that can be used; the message names the file and says why."""


@dataclass(frozen=True)
class Origin:
    """The data set that a network has learned."""

    name: str
    classes: tuple  # the name of each class, a string, in the order of the outputs
    sha256: str  # `Dataset.sha256`


@dataclass(frozen=True)
class Model:
    """A network together with the scaling of its inputs, and the data set that it has learned, if that is known."""

    net: TwoLayerNet
    scaling: Scaling
    origin: Origin | None = None
    assumed: bool = False  # whether the file does not say how inputs are scaled

    @property
    def classes(self):
        """The name of each class: its number where nothing is known."""
        return self.origin.classes if self.origin else tuple(map(str, range(len(self.net.params["b2"]))))

    def for_pixels(self):
        """Return parameters W1, b1, W2, b2 that take pixels as they are, from 0 to 255: (1.1) put into the first layer.

        Of (pixels - s) f W1 + b1 = pixels (f W1) + (b1 - s f W1) the new W1 and b1 are the brackets.
        """
        params, shift = self.net.params, self.scaling.shift
        W1 = np.asarray(params["W1"], np.float64) * self.scaling.factor
        moved = np.broadcast_to(np.asarray(shift, np.float64), len(W1)) @ W1
        first = {"W1": W1, "b1": params["b1"] - moved}
        return params | {name: array.astype(self.net.dtype) for name, array in first.items()}


def model_of(path, arrays):
    """Make the Model that arrays, by name, describe; `path` is what messages name.

    Parameters
    ----------
    arrays : dict
        W1, b1, W2, b2; or also input_scale, input_shift and input_factor; or also dataset, classes and
        dataset_sha256.

    Raises
    ------
    ModelFileError
        If they do not make a two-layer network.
    """
    assumed = "input_scale" not in arrays
    arrays = {name: np.asarray(array) for name, array in ((ASSUMED | arrays) if assumed else arrays).items()}
    _check_parameters(path, *(arrays[name] for name in PARAMETERS))
    dtype = arrays["W1"].dtype.newbyteorder("=")
    net = TwoLayerNet({name: arrays[name].astype(dtype, copy=False) for name in PARAMETERS})
    return Model(net, _scaling(path, arrays), _origin(path, arrays), assumed)


def _check_parameters(path, W1, b1, W2, b2):
    fits = W1.ndim == W2.ndim == 2 and b1.shape == W1.shape[1:] == W2.shape[:1] and b2.shape == W2.shape[1:]
    if not fits or min(W1.size, W2.size) == 0:
        shapes = f"W1 {W1.shape}, b1 {b1.shape}, W2 {W2.shape}, b2 {b2.shape}"
        raise ModelFileError(f"{path}: the shapes do not fit each other: {shapes}")
    if any(array.dtype.kind != "f" or not np.isfinite(array).all() for array in (W1, b1, W2, b2)):
        raise ModelFileError(f"{path}: the parameters are not finite floating-point numbers")
    if W1.dtype.itemsize > 8:
        raise ModelFileError(f"{path}: the parameters are {W1.dtype}, not float64, float32 or float16")
    if len({array.dtype for array in (W1, b1, W2, b2)}) > 1:
        raise ModelFileError(f"{path}: the parameters are of several types, {W1.dtype} and others")


def _scaling(path, arrays):
    (name, *more), shift, factor = texts(path, arrays["input_scale"]), arrays["input_shift"], arrays["input_factor"]
    fits = factor.shape == () and shift.shape == (arrays["W1"].shape[:1] if name == "centred" else ())
    if name not in SCALINGS or more or not fits or any(n.dtype.kind not in "fiu" for n in (shift, factor)):
        raise ModelFileError(f"{path}: input_scale, input_shift or input_factor is not valid")
    with np.errstate(over="ignore"):  # scaling is done in the parameters' type
        shifts, factors = (array.astype(arrays["W1"].dtype) for array in (shift, factor))
    if not np.isfinite(shifts).all() or not 0 < factors < np.inf:
        raise ModelFileError(f"{path}: input_shift must be finite, input_factor finite and above 0 in {shifts.dtype}")
    return Scaling(name, shift if shift.ndim else float(shift), float(factor))


def _origin(path, arrays):
    if "dataset" not in arrays:
        return None
    classes = tuple(texts(path, arrays["classes"]))
    if len(classes) != len(arrays["b2"]):
        raise ModelFileError(f"{path}: {len(classes)} names for {len(arrays['b2'])} classes")
    return Origin(texts(path, arrays["dataset"])[0], classes, texts(path, arrays["dataset_sha256"])[0])


def texts(path, array):
    """Return the texts that an array of at most one dimension holds; a ModelFileError where one cannot be shown."""
    array = np.asarray(array)
    try:
        found = np.atleast_1d(array).tolist() if array.dtype.kind == "U" and array.ndim < 2 else []
    except (ValueError, SystemError):  # what it has in place of characters is none
        found = []
    if not found or not all(text.isprintable() for text in found):
        raise ModelFileError(f"{path}: what it says of scaling or data set is no text that can be shown")
    return found
