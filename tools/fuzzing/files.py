"""Inputs that are files of pixels: IDX, gzip, pictures."""

import gzip
import io
import struct
import zlib

import numpy as np
from hypothesis import strategies as st
from PIL import Image

from twolayer.data import mnist
from twolayer.data.idx import encode

from .edits import EXTREME, ZEROS, chosen, edited, nonsense, rare

RNG = np.random.default_rng(0)


def images(count=30, side=4):
    """Return IDX bytes of images and of their labels, 0 to 2."""
    labels = np.arange(count, dtype=np.uint8) % 3
    return encode(RNG.integers(0, 256, (count, side, side), dtype=np.uint8)), encode(labels)


def made_set():
    """Return the four files of a small data set by name."""
    return dict(zip(mnist.FILES, [*images(200), *images(12)], strict=True))


COLUMNS = b"\0\0\x0c\2" + struct.pack(">2I", 3, 2) + struct.pack(">6i", *range(6))  # labels as QMNIST has them
VALID = [*images(), COLUMNS, encode(np.ones((3, 4), np.uint8))]


@st.composite
def headed(draw):
    """Return an IDX header of any sizes, with few bytes behind it, or as many as it says."""
    sizes = draw(st.lists(st.sampled_from(EXTREME) | st.integers(0, 9), max_size=4))
    kind, rank = draw(st.sampled_from([8, 8, 8, 0x0C, 0x0D, 0])), draw(st.sampled_from([len(sizes), 1, 2, 3, 200]))
    count = int(np.prod(sizes, dtype=object)) if sizes else 0
    length = draw(st.sampled_from([0, 5, count, 4 * count, count % 2**64]))  # of 64 bits, a product may be small
    return bytes([0, 0, kind, rank]) + struct.pack(f">{len(sizes)}I", *sizes) + bytes(min(length, 5000))


def idx():
    """Return inputs for whatever reads IDX."""
    return edited(VALID) | headed() | nonsense(b"\0\0\x08\1", b"\0\0\x08\3", b"\x1f\x8b")


def idx_folder():
    """Return inputs for a data set's folder: which of its files, and what is in it."""
    own = {place: edited([content]) for place, content in enumerate(made_set().values())}
    return chosen({place: own[place] | own[place] | idx() | gzipped() for place in own})


def growing(head):
    """Return a gzip stream of `head` and 2 GiB of zeros."""
    return gzip.compress(head, mtime=0) + (2**31 // ZEROS) * gzip.compress(bytes(ZEROS), 6, mtime=0)


def gzipped():
    """Return inputs for whatever reads gzipped IDX."""
    packed = [gzip.compress(content, mtime=0) for content in VALID]
    bombs = [growing(VALID[1]), growing(b"\0\0\x08\3" + struct.pack(">3I", 1 << 13, 1 << 9, 1 << 9)), growing(b"x")]
    return st.one_of(
        edited(packed), edited(packed), idx().map(lambda content: gzip.compress(content, 1)),
        st.lists(st.sampled_from(packed) | nonsense(b"\x1f\x8b\x08"), min_size=2, max_size=3).map(b"".join),
        rare(bombs, edited(packed)),
    )  # fmt: skip


def pictures():
    """Return inputs for whatever reads a picture."""
    ink = np.full((12, 12), 255, np.uint8)
    ink[2:10, 5:7] = 0
    drawn = Image.fromarray(ink)
    forms = ["PNG L", "PNG RGBA", "PNG P", "PNG I;16", "JPEG RGB", "GIF P", "WEBP RGB", "BMP RGB", "TIFF L", "TIFF F"]
    forms += ["TIFF I;16", "PPM L", "PCX L", "TGA L", "ICO L"]
    valid = [_saved(drawn.convert(mode), form) for form, mode in map(str.split, forms)]
    exif = Image.Exif()
    exif[0x0112] = 6
    valid += [_saved(drawn, "JPEG", exif=exif), _saved(drawn, "TIFF", compression="tiff_lzw")]
    valid += [b"%!PS-Adobe-3.0 EPSF-3.0\n"]
    bombs = [png(side, side, bytes(ZEROS)) for side in (9000, 20000, 60000, 2**31 - 1)]
    raw = edited(valid) | nonsense(b"\x89PNG\r\n\x1a\n", b"GIF89a", b"II*\0")
    return edited(valid) | odd_png() | rare(bombs, edited(valid)) | raw


def _saved(picture, form, **options):
    buffer = io.BytesIO()
    picture.save(buffer, form, **options)
    return buffer.getvalue()


def png(width, height, content, depth=8, colour=0):
    """Return a PNG file with these bytes as its rows, and checksums that are right."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">2I5B", width, height, depth, colour, 0, 0, 0)
    chunks = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(content)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def odd_png():
    """Return PNG files of any size, depth and colour, with few bytes in them."""
    side = st.sampled_from([0, 1, 5, 12, 200, 40000, 2**31 - 1, 2**32 - 1])
    return st.builds(png, side, side, st.binary(max_size=400), st.sampled_from([1, 2, 8, 16, 32]), st.integers(0, 7))
