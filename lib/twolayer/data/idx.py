"""The IDX format of MNIST's files: a header of big-endian integers, then bytes in C order."""

import gzip
import struct
import zlib
from pathlib import Path

import numpy as np

from .. import InputError

UNSIGNED_BYTE, INTEGER = 0x08, 0x0C


class DataError(InputError):
    """A data file is missing, damaged or not what its name says; the message names it."""


def memory_map(path):
    """Return the values of an uncompressed IDX file as a read-only memory-mapped array of uint8.

    Raises
    ------
    DataError
        If it cannot be read, its header is not one of IDX, or its length does not fit the shape.
    """
    path = Path(path)
    try:
        with open(path, "rb") as file:
            shape, offset = _header(file.read(16), path.stat().st_size, path)
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror})") from error
    return np.memmap(path, dtype=np.uint8, mode="r", offset=offset, shape=shape)


def _header(head, size, name):
    """Return the shape, and where the values begin, by the first bytes of a file of so many bytes."""
    if len(head) < 4 or head[:2] != b"\0\0" or head[2] != UNSIGNED_BYTE or not 1 <= head[3] <= 3:
        raise DataError(f"{name}: not an IDX file of unsigned bytes (it begins with {head[:4].hex(' ') or 'nothing'})")
    offset = 4 + 4 * head[3]
    if len(head) < offset:
        raise DataError(f"{name}: cut short inside its header ({size} bytes)")
    shape = struct.unpack(f">{head[3]}I", head[4:offset])
    expected = offset + int(np.prod(shape, dtype=np.int64))
    if size != expected:
        what = "cut short" if size < expected else "too long"
        raise DataError(f"{name}: {what}: {size} bytes, where its header {shape} asks for {expected}")
    return shape, offset


def read_bytes(path):
    """Return the uncompressed content of an IDX file, gzipped or not.

    Raises
    ------
    DataError
        If it cannot be read or decompressed.
    """
    try:
        content = Path(path).read_bytes()
        return gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content
    except OSError as error:  # gzip.BadGzipFile is one too
        raise DataError(f"{path}: cannot be read ({error.strerror or error})") from error
    except (EOFError, zlib.error) as error:
        raise DataError(f"{path}: the gzip stream is damaged ({error})") from error


def class_column(content, name):
    """Return the IDX bytes of labels, one an image, where a file may have several columns of integers (QMNIST's).

    The first column is then the class: Yadav and Bottou (2019), "Cold case: the lost MNIST digits".

    Raises
    ------
    DataError
        If a file of that kind is cut short, or has classes that are no byte.
    """
    if content[:4] != bytes([0, 0, INTEGER, 2]):
        return content
    rows, columns = struct.unpack(">2I", content[4:12].ljust(8, b"\0"))
    if len(content) != 12 + 4 * rows * columns or not columns:
        raise DataError(f"{name}: {len(content)} bytes, where its header {(rows, columns)} asks for others")
    classes = np.frombuffer(content, ">i4", offset=12).reshape(rows, columns)[:, 0]
    if rows and not 0 <= classes.min() <= classes.max() <= 255:
        raise DataError(f"{name}: its first column, the class, goes from {classes.min()} to {classes.max()}")
    return encode(classes.astype(np.uint8))


def transposed(content, name):
    """Return the images of IDX bytes with rows and columns exchanged.

    Raises
    ------
    DataError
        If they are not images of one byte a pixel, or cut short.
    """
    shape, offset = _header(content[:16], len(content), name)
    if len(shape) != 3:
        raise DataError(f"{name}: {len(shape)} dimensions, 3 expected: labels and images mixed up?")
    return np.frombuffer(content, np.uint8, offset=offset).reshape(shape).transpose(0, 2, 1)


def encode(array):
    """Return the IDX bytes of an array of uint8 with 1 to 3 dimensions."""
    header = bytes([0, 0, UNSIGNED_BYTE, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    return header + np.ascontiguousarray(array, dtype=np.uint8).tobytes()
