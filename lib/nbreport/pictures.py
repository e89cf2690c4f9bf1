"""A matplotlib Figure as a file: PNG, or SVG without what cannot be seen."""

import base64
import io
import re

import numpy as np
from matplotlib import rc_context
from PIL import Image

NAMED = re.compile(r' id="([^"]*)"')
REFERRED = re.compile(r'(?<=href="#)[^"]*(?=")|(?<=url\(#)[^)]*(?=\))')
PNG = re.compile(r"(?<=data:image/png;base64,)\s*([A-Za-z0-9+/=\s]+)")
FINE = re.compile(r"-?\d+\.\d{3,}")  # finer than anyone can see, as a coordinate


def render(drawing, kind, dpi=192):
    """Return a matplotlib Figure as bytes of a `kind`, "png" or "svg"; the same figure gives the same bytes."""
    buffer = io.BytesIO()
    options = {"metadata": {"Date": None, "Creator": None}}
    if kind == "png":  # level 6, the default, takes twice as long for a twentieth less
        options = {"metadata": {"Software": None}, "pil_kwargs": {"compress_level": 3}}
    with rc_context({"svg.hashsalt": "nbreport"}):
        drawing.savefig(buffer, format=kind, dpi=dpi, **options)
    found = buffer.getvalue()
    return lean(found.decode()).encode() if kind == "svg" else found


def lean(svg):
    """Return matplotlib's SVG with nothing that cannot be seen: a page of fifty figures is a fifth smaller.

    Comments, metadata and indentation go, and of coordinates what is below a hundredth of a point; pictures in it are
    stored as `packed` does. Factors of transformations stay as they are. Names that nothing refers to go, too, and the
    others are numbers in their order: short, and the same in the next process, where the layout's solver, which goes by
    addresses, makes the last bit of a coordinate another, and by it a hash.
    """
    svg = re.sub(r"<!--.*?-->|<metadata>.*?</metadata>", "", svg, flags=re.S)
    svg = re.sub(r'\b(?:d|x|y|width|height|points)="[^"]*"', lambda found: FINE.sub(_rounded, found[0]), svg)
    svg = re.sub(r"translate\([^)]*\)", lambda found: FINE.sub(_rounded, found[0]), svg)
    svg = PNG.sub(lambda found: base64.b64encode(packed(base64.b64decode(found[1]))).decode(), svg)
    used = set(REFERRED.findall(svg))
    names = {name: f"n{place}" for place, name in enumerate(name for name in NAMED.findall(svg) if name in used)}
    svg = NAMED.sub(lambda found: f' id="{names[found[1]]}"' if found[1] in names else "", svg)
    svg = REFERRED.sub(lambda found: names.get(found[0], found[0]), svg)
    return re.sub(r">\s+<", "><", re.sub(r"\s+", " ", svg))


def packed(png):
    """Return a PNG with the same pixels, of at most 256 colours as places in a palette: half as long, or as it was.

    matplotlib stores four bytes a pixel; what a map of colours has drawn has no more than its 256.
    """
    with Image.open(io.BytesIO(png)) as image:
        pixels = np.asarray(image.convert("RGBA"))
    colours, places = np.unique(pixels.reshape(-1, 4), axis=0, return_inverse=True)
    if len(colours) > 256:
        return png
    found, buffer = Image.fromarray(places.reshape(pixels.shape[:2]).astype(np.uint8), "P"), io.BytesIO()
    found.putpalette(colours[:, :3].tobytes())
    clear = {"transparency": colours[:, 3].tobytes()} if (colours[:, 3] < 255).any() else {}
    found.save(buffer, "PNG", optimize=True, **clear)
    return min(buffer.getvalue(), png, key=len)


def _rounded(found):
    return f"{float(found[0]):.2f}".rstrip("0").rstrip(".")
