"""Fonts of the page: subsets with the characters used, embedded as woff2.

All come with packages that are installed anyway: STIX Two Math with ziamath, STIX General and
DejaVu with matplotlib. Formulas without a font that has a MATH table look wrong, and a page with
its own text fonts looks the same on a machine that has none.
"""

import base64
import io
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

MATPLOTLIB = "mpl-data/fonts/ttf"
FACES = (
    # family, weight, style, package, folder, file
    ("Report Math", "normal", "normal", "ziamath", "fonts", "STIXTwoMath-Regular.ttf"),
    ("Report Serif", "normal", "normal", "matplotlib", MATPLOTLIB, "STIXGeneral.ttf"),
    ("Report Serif", "bold", "normal", "matplotlib", MATPLOTLIB, "STIXGeneralBol.ttf"),
    ("Report Serif", "normal", "italic", "matplotlib", MATPLOTLIB, "STIXGeneralItalic.ttf"),
    ("Report Sans", "normal", "normal", "matplotlib", MATPLOTLIB, "DejaVuSans.ttf"),
    ("Report Sans", "bold", "normal", "matplotlib", MATPLOTLIB, "DejaVuSans-Bold.ttf"),
    ("Report Mono", "normal", "normal", "matplotlib", MATPLOTLIB, "DejaVuSansMono.ttf"),
)


def css(text_characters, math_characters):
    """Return the `@font-face` rules for the sets of characters that the page's text and formulas have."""
    rules = []
    for family, weight, style, package, folder, name in FACES:
        characters = math_characters if family == "Report Math" else text_characters
        # The specification, not the package: importing it would cost more than the subset.
        package_folder = Path(find_spec(package).submodule_search_locations[0])
        data = base64.b64encode(subset_font(package_folder / folder / name, frozenset(characters))).decode()
        rules.append(
            f'@font-face {{ font-family: "{family}"; font-weight: {weight}; font-style: {style}; '
            f'src: url(data:font/woff2;base64,{data}) format("woff2"); }}'
        )
    return "\n".join(rules)


@lru_cache(maxsize=64)  # a third of a second each: for processes that build several pages, as tests do
def subset_font(path, characters):
    """Return a woff2 font with the glyphs of `characters`, and their variants in a MATH table."""
    options = subset.Options(flavor="woff2", layout_features=["*"], notdef_outline=True, drop_tables=["DSIG", "FFTM"])
    font = TTFont(path, recalcTimestamp=False)  # the same bytes every time
    subsetter = subset.Subsetter(options)
    subsetter.populate(text="".join(sorted(characters)))
    subsetter.subset(font)
    buffer = io.BytesIO()
    font.flavor = "woff2"
    font.save(buffer)
    return buffer.getvalue()
