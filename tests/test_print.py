"""The PDF as paper: how full its pages are, and how many the chapters take."""

import re

import pytest
from pypdf import PdfReader
from pypdf.generic import ContentStream

from conftest import ROOT

MM = 72 / 25.4
PAGES, LAST = 40, 8  # at most, of the report's first eight chapters, and of the ninth, which goes beyond the homework
WHITE = [1.0, 1.0, 1.0]
STROKE, FILL = {b"S", b"s"}, {b"f", b"F", b"f*", b"B", b"B*", b"b", b"b*"}


def times(one, other):
    """Return a PDF's matrix (a, b, c, d, e, f) that does `one` and then `other`."""
    (a, b, c, d, e, f), (A, B, C, D, E, F) = one, other
    return a * A + b * C, a * B + b * D, c * A + d * C, c * B + d * D, e * A + f * C + E, e * B + f * D + F


def marks(page):
    """Yield the heights, in points from the lower edge, of what a page shows: text, strokes and fills, pictures."""
    now, colours, kept, path = (1, 0, 0, 1, 0, 0), {}, [], []
    for operands, operator in ContentStream(page.get_contents(), page.pdf).operations:
        numbers = [float(one) for one in operands if isinstance(one, int | float)]
        if operator == b"q":
            kept.append((now, colours.copy()))
        elif operator == b"Q":
            now, colours = kept.pop()
        elif operator in (b"RG", b"rg"):
            colours[operator] = numbers
        elif operator == b"cm":
            now = times(numbers, now)
        elif operator in (b"BT", b"Tm"):
            line = (1, 0, 0, 1, 0, 0) if operator == b"BT" else tuple(numbers)
        elif operator == b"Td":
            line = times((1, 0, 0, 1, *numbers), line)
        elif operator in (b"Tj", b"TJ"):
            yield times(line, now)[5]
        elif operator in (b"m", b"l", b"c", b"v", b"y", b"re"):
            x, y, *size = (numbers[:2] + [sum(numbers[::2]), sum(numbers[1::2])]) if operator == b"re" else numbers[-2:]
            ends = [(x, y), size] if size else [(x, y)]
            path += [times((1, 0, 0, 1, *end), now)[5] for end in ends]
        elif operator in STROKE | FILL | {b"n"}:  # the last only clips
            seen = operator != b"n" and colours.get(b"RG" if operator in STROKE else b"rg") != WHITE
            yield from path if seen else ()
            path = []
        elif operator == b"Do":
            yield from (now[5], now[3] + now[5])


def filled(page, top, bottom):
    """Return the share of a page's height, between its margins, down to the lowest mark."""
    height = float(page.mediabox.height)
    inside = [y for y in marks(page) if bottom - 1 <= y <= height - top + 1]
    return (height - top - min(inside)) / (height - top - bottom) if inside else 0.0


@pytest.fixture(scope="module")
def pages(smoke):
    """Return each page's head, and the share of its height that is filled."""
    style = (ROOT / "report" / "template" / "style.css").read_text(encoding="utf-8")
    top, bottom = (float(one) * MM for one in re.search(r"size: A4; margin: (\d+)mm \d+mm (\d+)mm;", style).groups())
    reader = PdfReader(smoke / "build" / "homework1.pdf")
    return [(page.extract_text().splitlines()[0].strip(), filled(page, top, bottom)) for page in reader.pages]


def test_no_page_is_less_than_half_full_unless_its_chapter_ends_there(pages):
    heads, shares = zip(*pages, strict=True)
    ends = [place for place, head in enumerate(heads) if place + 1 == len(heads) or heads[place + 1] != head]
    assert {place + 1: share for place, share in enumerate(shares) if share < 0.5 and place not in ends} == {}
    assert max(shares) <= 1.01 and len(ends) > 8


def test_the_chapters_are_short(pages):
    ninth, first = (
        next(place for place, (head, _) in enumerate(pages) if re.search(rf"\b{name}\s+\w", head)) for name in "9A"
    )
    assert ninth <= PAGES and first - ninth <= LAST


def test_every_size_of_text_is_one_of_the_scale():
    """Or a share of what is around it: but for the text itself, heads of pages, pictures (whose widths are in em) and
    fields on a phone, which zooms on smaller ones."""
    others = re.compile(r"^ *(body \{|font: 18px|@(top|bottom)-|.* img \{)|pointer: coarse")
    for sheet in sorted((ROOT / "report" / "template").glob("*.css")):
        for rule in sheet.read_text(encoding="utf-8").splitlines():
            size = re.search(r"\bfont(-size)?: [\d.]+(rem|px|pt)", rule)
            assert size is None or others.search(rule), f"{sheet.name}: {rule.strip()}"
