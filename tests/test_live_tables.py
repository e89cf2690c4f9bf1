"""Tables of words on a phone: they scroll sideways in their box, which shows that more follows."""

import nbformat
import numpy as np
import pytest
from PIL import Image

from conftest import ROOT
from live import violations
from nbreport.page import document

WORDS = (
    "| rule | what it is | what one sees | what helps |\n|:---|:---|:---|:---|\n"
    + ("| some words that say a rule | more words about what it is | even more words of what one sees | what helps |\n")
    * 3
)
NUMBERS = "| a | b | c |\n|---:|---:|---:|\n| 1 | 2 | 3 |\n"
PAIR = "| a | b |\n|:---|:---|\n| one | two |\n"


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """A page with a table of words, one of numbers, and one of two columns."""
    text = "\n\nA sentence.\n\n".join(("# Tables", WORDS, NUMBERS, PAIR))
    chapters = {"one.ipynb": nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(text)])}
    path = tmp_path_factory.mktemp("tables") / "page.html"
    path.write_text(document.build(chapters, ROOT / "report" / "template", "T", {}), encoding="utf-8")
    return path


def test_words_have_room_and_the_page_does_not_scroll(show, path):
    live = show(path, width=390)
    assert live.run("document.documentElement.scrollWidth") <= 390
    boxes = "all => all.map(one => [one.scrollWidth > one.clientWidth + 1, one.querySelector('td').offsetWidth])"
    (words, first), (numbers, one), (pair, two) = live.page.locator(".scroll").evaluate_all(boxes)
    assert words and first >= 9 * 16 and not numbers and one < 9 * 16 and not pair and two < 9 * 16
    wide = show(path, width=1280).page.locator(".scroll").evaluate_all(boxes)
    assert not any(scrolls for scrolls, _ in wide)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_shadow_is_where_more_follows(show, path, scheme, tmp_path):
    live = show(path, width=390, scheme=scheme)
    boxes = live.page.locator(".scroll")
    box = boxes.first

    def edges(box=box):
        box.screenshot(path=tmp_path / "box.png")
        pixels = np.asarray(Image.open(tmp_path / "box.png").convert("L"), float)
        middle = np.median(pixels)
        return [abs(np.median(pixels[:, at]) - middle) > 12 for at in (0, -1)]

    assert edges() == [False, True] and edges(boxes.last) == [False, False]
    box.evaluate("one => { one.scrollLeft = one.scrollWidth; }")
    live.settle()
    assert edges() == [True, False]
    assert violations(live) == []
