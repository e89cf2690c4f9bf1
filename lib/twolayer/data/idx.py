"""The IDX format of MNIST's files: a header of big-endian integers, then bytes in C order."""

import gzip
import struct
import zlib
from pathlib import Path

import numpy as np

from .. import InputError

UNSIGNED_BYTE = 0x08


class DataError(InputError):
    """A data file is missing, damaged or not what its name says; the message names it."""


def parse_header(head, size, name):
    """Check the header of an IDX file of unsigned bytes.

    Parameters
    ----------
    head : bytes
        The file's first bytes, 16 or more (fewer where the file is shorter).
    size : int
        Length of the whole uncompressed file in bytes.
    name : str or Path
        How messages name the file.

    Returns
    -------
    shape : tuple of int
    offset : int
        Where the values begin.

    Raises
    ------
    DataError
        If the header is not one of IDX, or the length does not fit the shape.
    """
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


def memory_map(path):
    """Return the values of an uncompressed IDX file as a read-only memory-mapped array of uint8."""
    path = Path(path)
    try:
        with open(path, "rb") as file:
            shape, offset = parse_header(file.read(16), path.stat().st_size, path)
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror})") from error
    return np.memmap(path, dtype=np.uint8, mode="r", offset=offset, shape=shape)


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


def encode(array):
    """Return the IDX bytes of an array of uint8 with 1 to 3 dimensions."""
    header = bytes([0, 0, UNSIGNED_BYTE, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    return header + np.ascontiguousarray(array, dtype=np.uint8).tobytes()
