"""Picture files: their names as typed, and their pixels, whatever kind of file it is."""

import glob
import io
import os
import shlex
import warnings
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from .. import InputError, files

KINDS = "PNG, JPEG, GIF, WebP, BMP or TIFF"
FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF")  # Pillow's names: it has others that start programs
LARGEST = 64_000_000  # pixels, which take a gigabyte on their way; a telephone's picture has 12 or 50
LARGEST_FILE = 8 * LARGEST  # bytes


class PictureError(InputError):
    """A picture cannot be read, or shows no digit; the message names it and says why."""


def named(words):
    """Return the paths of pictures that are named in one text, separated by spaces.

    A path with spaces stands alone or in quotes; `~` is the home folder, and `*`, `?` and `[...]` stand for what fits.

    Raises
    ------
    PictureError
        If there is none.
    """
    alone = Path(words.strip()).expanduser()
    if words.strip() and alone.exists():
        return [alone]
    try:
        typed = [Path(word).expanduser() for word in shlex.split(words)]
    except ValueError as error:
        raise PictureError(f"IMAGE={words}: {error}") from error
    if not typed:
        raise PictureError("say which picture: make predict IMAGE=photo.jpg")
    return [path for one in typed for path in ([one] if one.exists() else _fitting(one))]


def _fitting(path):
    """Return the paths that fit a pattern, or, where it is none, or nothing does, the path as it is."""
    return sorted(map(Path, glob.glob(str(path)))) or [path]


def read(path):
    """Return the pixels of a picture file, an array of shape (h, w, 3), uint8.

    Turned as its camera says; of a moving picture the first frame; what is transparent lies on white, or on black
    where the rest is bright.

    Raises
    ------
    PictureError
        If there is no such file, it is no picture of a kind that is read, is damaged, or has too many pixels.
    """
    try:
        with files.opened(path) as file:
            if os.fstat(file.fileno()).st_size > LARGEST_FILE:
                raise PictureError(f"{path} has more than {LARGEST_FILE} bytes: make it smaller")
            content = file.read()  # whole: a part of it may claim to be larger
    except FileNotFoundError as error:
        raise PictureError(f"picture {path} does not exist") from error
    except IsADirectoryError as error:
        raise PictureError(f"{path} is a folder, not a picture") from error
    except OSError as error:
        raise PictureError(f"{path} cannot be read ({error.strerror or error})") from error
    return on_paper(_decoded(io.BytesIO(content), path))


def _decoded(file, path):
    """Return the pixels (h, w, 4), uint8, of an open file."""
    try:
        with warnings.catch_warnings(action="ignore"), Image.open(file, formats=FORMATS) as picture:
            width, height = picture.size
            if 0 < width * height <= LARGEST:
                return np.asarray(_eight_bits(ImageOps.exif_transpose(picture)).convert("RGBA"))
    except UnidentifiedImageError as error:
        raise PictureError(f"{path} is not a picture that can be read: {KINDS}") from error
    except Image.DecompressionBombError as error:
        raise PictureError(f"{path} has more than {LARGEST} pixels: make it smaller") from error
    except Exception as error:  # of a damaged file Pillow's decoders raise anything
        raise PictureError(f"{path} is not a picture that can be read ({error})") from error
    words = f"more than {LARGEST} pixels: make it smaller" if width * height else "no pixels"
    raise PictureError(f"{path}, {width} x {height}, has {words}")


def _eight_bits(picture):
    """Return a grey picture of more than 8 bits a pixel in 8: Pillow itself makes white of all above 255."""
    if not picture.mode.startswith(("I", "F")):
        return picture
    values = np.nan_to_num(np.asarray(picture, np.float64), posinf=0, neginf=0)
    top = 65535 if values.max() > 255 else 255 if values.max() > 1 else 1
    return Image.fromarray((255 * (values / top).clip(0, 1)).astype(np.uint8))


def on_paper(rgba):
    """Return the colours (h, w, 3), uint8, of pixels (h, w, 4) of which the fourth value says how opaque they are."""
    colours, alpha = rgba[..., :3], rgba[..., 3:]
    if alpha.min() == 255:
        return np.ascontiguousarray(colours)
    weighted = colours.astype(np.uint32) * alpha
    dark = weighted.sum(dtype=np.uint64) < 128 * 3 * alpha.sum(dtype=np.uint64)
    paper = (255 if dark else 0) * (255 - alpha.astype(np.uint32))
    return ((weighted + paper + 127) // 255).astype(np.uint8)


def reduced(pixels, factor):
    """Return the means of squares of `factor` by `factor` pixels, rounded; at the ends, of what is left of them."""
    if factor == 1:
        return pixels
    down, across = (np.arange(0, side, factor) for side in pixels.shape[:2])
    sums = np.add.reduceat(pixels, down, axis=0, dtype=np.uint32)
    sums = np.add.reduceat(sums, across, axis=1, dtype=np.uint32)
    height, width = (np.diff(np.r_[start, side]) for start, side in zip((down, across), pixels.shape[:2], strict=True))
    area = (height[:, None] * width)[..., None]
    return ((2 * sums + area) // (2 * area)).astype(np.uint8)
