"""NumPy's files, `.npy` and `.npz`, read with care: sizes are checked before what they ask for is read.

Nothing is unpickled: arrays are of numbers, truth values and texts.
"""

import io
import math
import os
import struct
import zipfile
import zlib

import numpy as np

from .files import opened

# Bytes that the arrays of a file may have, unpacked; a network of 65,536 hidden units for MNIST has 0.42e9 in float64.
LARGEST = 1 << 30
HEAD = 1 << 14  # bytes, more than any header has: NumPy reads none of more than 10,000 characters
HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
# What zipfile raises where bytes are those of no archive.
DAMAGED = (zipfile.BadZipFile, zlib.error, struct.error, OSError, EOFError, RuntimeError, ValueError, OverflowError)


class ArrayError(Exception):
    """The file does not hold arrays that can be used; the message says why, and does not name it."""


def npy(path):
    """Return the array of a `.npy` file.

    Raises
    ------
    ArrayError
    OSError
        As `files.opened`.
    """
    with opened(path) as file:
        return _array(file, os.fstat(file.fileno()).st_size)


def npz(path, wanted=None):
    """Return arrays of an `.npz` file by name: all, or those of the names `wanted` that it has; errors as `npy`."""
    with opened(path) as file:
        try:
            with zipfile.ZipFile(file) as archive:
                members = {one.filename.removesuffix(".npy"): one for one in archive.infolist()}
                chosen = {name: one for name, one in members.items() if wanted is None or name in wanted}
                _check_together([one.file_size for one in chosen.values()])
                return {name: _member(archive, name, one) for name, one in chosen.items()}
        except DAMAGED as error:
            raise ArrayError(f"no archive that can be read: {error}") from error


def _member(archive, name, member):
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ArrayError(f"{name} is packed as NumPy packs nothing")
    try:
        with archive.open(member) as file:
            return _array(file, member.file_size)
    except ArrayError as error:
        raise ArrayError(f"{name}: {error}") from error


def _check_together(sizes):
    if sum(sizes) > LARGEST:
        raise ArrayError(f"its arrays have {sum(sizes)} bytes, and {LARGEST} are the most")


def _array(file, size):
    """Read an array from a file of so many bytes, all of which must be its own."""
    _check_together([size])
    head = file.read(HEAD)
    shape, transposed, dtype, offset = _header(head)
    expected = offset + math.prod(shape) * dtype.itemsize
    if size != expected:
        what = "cut short" if size < expected else "too long"
        raise ArrayError(f"{what}: {size} bytes, where its header asks for {expected}")
    values = bytearray(head[offset:])
    values += file.read(expected - len(head)) if expected > len(head) else b""
    if offset + len(values) != expected:
        raise ArrayError(f"cut short: {offset + len(values)} of {expected} bytes")
    try:
        return np.ndarray(shape, dtype, values, order="F" if transposed else "C")
    except (ValueError, OverflowError, TypeError) as error:  # too many dimensions, or none has an end
        raise ArrayError(f"no array has the shape {shape}") from error


def _header(head):
    """Return shape, whether columns come first, type, and where the values begin."""
    file = io.BytesIO(head)
    try:
        version = np.lib.format.read_magic(file)
        shape, transposed, dtype = HEADERS[version](file)
    except Exception as error:  # the header is Python's notation: NumPy's reader raises anything that Python's does
        raise ArrayError("no array of NumPy's") from error
    if dtype.kind not in "biufcU" or dtype.subdtype is not None:
        raise ArrayError(f"an array of {dtype.kind!r}, which are no numbers and no texts")
    if any(length < 0 for length in shape):
        raise ArrayError(f"its header has the shape {shape}")
    return shape, transposed, dtype, file.tell()
