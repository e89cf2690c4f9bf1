"""The IDX format of MNIST's files: a header of big-endian integers, then values in C order.

No more is read than a header asks for, whatever a file is, or a gzip stream grows to.
"""

import gzip
import math
import os
import struct
import zlib

import numpy as np

from .. import InputError, files

UNSIGNED_BYTE, INTEGER = 0x08, 0x0C
SIZES = {UNSIGNED_BYTE: 1, INTEGER: 4}  # bytes of a value
HEAD = 16  # bytes of the longest header
LARGEST = 600_000_000  # bytes that a gzip stream may grow to; the largest of EMNIST's files has 547e6


class DataError(InputError):
    """A data file is missing, damaged or not what its name says; the message names it."""


def memory_map(path):
    """Return the values of an uncompressed IDX file as a read-only memory-mapped array of uint8.

    Raises
    ------
    DataError
        If it cannot be read, its header is not one of IDX, or its length does not fit the shape.
    """
    try:
        with files.opened(path) as file:
            shape, offset, expected = _header(file.read(HEAD), path)
            _check_length(os.fstat(file.fileno()).st_size, shape, expected, path)
            return np.memmap(file, dtype=np.uint8, mode="r", offset=offset, shape=shape)
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror})") from error


def _header(head, name, kinds=(UNSIGNED_BYTE,)):
    """Return the shape, where the values begin, and how many bytes there must be, by the first bytes of a file."""
    if len(head) < 4 or head[:2] != b"\0\0" or head[2] not in kinds or not 1 <= head[3] <= 3:
        raise DataError(f"{name}: not an IDX file of unsigned bytes (it begins with {head[:4].hex(' ') or 'nothing'})")
    offset = 4 + 4 * head[3]
    if len(head) < offset:
        raise DataError(f"{name}: cut short inside its header ({len(head)} bytes)")
    shape = struct.unpack(f">{head[3]}I", head[4:offset])
    if 0 in shape:
        raise DataError(f"{name}: there is nothing in it: its header says {shape}")
    return shape, offset, offset + math.prod(shape) * SIZES[head[2]]


def _check_length(size, shape, expected, name):
    if size != expected:
        what = "cut short" if size < expected else "too long"
        raise DataError(f"{name}: {what}: {size} bytes, where its header {shape} asks for {expected}")


def read_bytes(path):
    """Return the uncompressed content of an IDX file of unsigned bytes, or of labels in columns, gzipped or not.

    Raises
    ------
    DataError
        If it cannot be read or decompressed, its header is not one of these, or its length does not fit the header.
    """
    try:
        with files.opened(path) as file:
            gzipped = file.read(2) == b"\x1f\x8b"
            file.seek(0)
            if gzipped:
                return _content(gzip.GzipFile(fileobj=file), None, path)
            return _content(file, os.fstat(file.fileno()).st_size, path)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(f"{path}: the gzip stream is damaged ({error})") from error
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror or error})") from error


def _content(file, size, name):
    """Return all of an open file of so many bytes, or, where that is None, of a stream that says it by its header."""
    shape, _, expected = _header(file.read(HEAD), name, SIZES)
    if size is not None:
        _check_length(size, shape, expected, name)
    elif expected > LARGEST:
        raise DataError(f"{name}: its header {shape} asks for {expected} bytes, and {LARGEST} are the most: unpack it")
    file.seek(0)
    content = file.read(expected + 1)
    if len(content) > expected:
        raise DataError(f"{name}: too long: its header {shape} asks for {expected} bytes, and more follow")
    _check_length(len(content), shape, expected, name)
    return content


def class_column(content, name):
    """Return the IDX bytes of labels, one an image, where a file may have several columns of integers (QMNIST's).

    The first column is then the class: Yadav and Bottou (2019), "Cold case: the lost MNIST digits".

    Raises
    ------
    DataError
        If it is none of these files, is cut short, or has classes that are no byte.
    """
    shape, offset, expected = _header(content[:HEAD], name, SIZES)
    _check_length(len(content), shape, expected, name)
    if content[2] == UNSIGNED_BYTE:
        return content
    if len(shape) != 2:
        raise DataError(f"{name}: {len(shape)} dimensions, where labels in columns have 2")
    classes = np.frombuffer(content, ">i4", offset=offset).reshape(shape)[:, 0]
    if not 0 <= classes.min() <= classes.max() <= 255:
        raise DataError(f"{name}: its first column, the class, goes from {classes.min()} to {classes.max()}")
    return encode(classes.astype(np.uint8))


def transposed(content, name):
    """Return the images of IDX bytes with rows and columns exchanged.

    Raises
    ------
    DataError
        If they are not images of one byte a pixel, or cut short.
    """
    shape, offset, expected = _header(content[:HEAD], name)
    _check_length(len(content), shape, expected, name)
    if len(shape) != 3:
        raise DataError(f"{name}: {len(shape)} dimensions, 3 expected: labels and images mixed up?")
    return np.frombuffer(content, np.uint8, offset=offset).reshape(shape).transpose(0, 2, 1)


def encode(array):
    """Return the IDX bytes of an array of uint8 with 1 to 3 dimensions."""
    header = bytes([0, 0, UNSIGNED_BYTE, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    return header + np.ascontiguousarray(array, dtype=np.uint8).tobytes()
