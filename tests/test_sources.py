"""Marks beside what the page shows, and the appendix that says where it comes from."""

import re

import nbformat
import pandas as pd
import pytest

from conftest import ROOT
from live import complaints, violations
from nbreport import facts, origins
from nbreport.page import document, fonts, sources

TEMPLATE = ROOT / "report" / "template"
PARAMETERS = {f"seed-{seed}": {"lr": 0.1, "hidden": 64, "seed": seed} for seed in range(101, 111)}
STUDY = {"notebook": "notebooks/train.ipynb", "code": "c0de", "kernel": "python 3", "data": "da7a", "runs": PARAMETERS}
MADE = sources.Made(
    {"one.ipynb": {"code": "ab12", "kernel": "python 3.11, OpenBLAS", "data": "da7a"}},
    {"curves": STUDY},
    {"commit": "<abc>", "packages": "numpy 2.4.6"},
)


def shown(kind, turn, ident, made, text="Some *words*.\n\nAnd more."):
    data = {"text/markdown": "| a |\n|---|\n| 1 |" if kind == "table" else text}
    about = {"kind": kind, "caption": "A caption.", "made": made}
    output = nbformat.v4.new_output("display_data", data, metadata={"nbreport": about})
    cell = nbformat.v4.new_code_cell("show()", id=ident, execution_count=turn, outputs=[output])
    cell.metadata["tags"] = ["remove-input"]
    return cell


def quiet(turn, ident, *tags):
    return nbformat.v4.new_code_cell("x = 1", id=ident, execution_count=turn, metadata={"tags": list(tags)})


def page_of(*cells, made=MADE):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# First"), *cells])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fonts, "css", lambda *characters: "")
        return document.build({"one.ipynb": notebook}, TEMPLATE, "T", {}, subtitle="S", made=made)


ALL = {"cells": [1, 2, 3], "runs": {"curves": None}, "files": ["data/a.csv"]}
FEW = {"cells": [2, 4], "runs": {"curves": ["seed-101", "seed-102", "seed-110"]}, "files": []}
NONE = {"cells": [5], "runs": {}, "files": []}


@pytest.fixture
def example():
    return page_of(
        quiet(1, "parameters-cell", "parameters"),
        quiet(2, "reading-cell", "remove-cell"),
        shown("table", 3, "table-cell", ALL),
        shown("table", 4, "few-cell", FEW),
        shown("prose", 5, "nothing-cell", NONE),
        shown("prose", 6, "same-cell", ALL | {"cells": [2, 3, 6]}),
    )


def entries(html):
    found = re.findall(r'<li id="(origin-\d+|study-\w+)">(.*?)</li>', html, re.S)
    return {name: " ".join(re.sub(r"<[^>]*>", "", text).split()) for name, text in found}


def test_every_figure_table_and_paragraph_has_a_mark_that_leads_to_its_entry(example):
    assert re.search(
        r'A caption\.\s<a class="origin" href="#origin-1" aria-label="s1: where Table 1.1 comes from">s1</a>', example
    )
    text = example[example.index("<main") : example.index('id="references"')]
    assert re.findall(r'href="#origin-(\d)"', text) == ["1", "2", "3", "3", "4", "4"]
    assert re.search(r"<em>words</em>\.\s<a [^>]*>s3</a></p>", text) and re.search(
        r"And more\.\s<a [^>]*>s4</a></p>", text
    )
    assert '<a href="#section-sources"><span></span> Sources</a>' in example


def test_an_entry_says_cell_cells_runs_seeds_and_files(example):
    assert entries(example) == {
        "origin-1": "s1 Table 1.1: cell table-cell, made by reading-cell; read curves (all 10 runs); data/a.csv",
        "origin-2": "s2 Table 1.2: cell few-cell, made by reading-cell; read curves (3 of 10 runs: seed 101, 102, 110)",
        "origin-3": "s3 text: cell nothing-cell; read no run and no file of the project",
        "origin-4": "s4 text: cell same-cell, made by reading-cell, table-cell; read what s1 has",
        "study-curves": "curves: 10 runs of notebooks/train.ipynb, seed 101 to 110 (10 values). Code c0de; kernel: "
        "python 3; data da7a",
    }
    assert "Code ab12; kernel: python 3.11, OpenBLAS; data da7a" in re.sub("<.*?>", "", example)
    assert "<b>commit</b>: &lt;abc&gt;" in example and "<b>packages</b>: numpy 2.4.6" in example


def test_a_page_without_records_has_no_appendix():
    cell = shown("prose", 1, "a-cell", NONE)
    del cell.outputs[0].metadata["nbreport"]["made"]
    html = page_of(cell)
    assert "section-sources" not in html and 'href="#origin' not in html and "And more.</p>" in html


def test_a_chapter_that_nothing_is_known_of_says_so():
    html = page_of(shown("prose", 1, "a-cell", ALL), made=None)
    assert "Nothing is known of its code and kernel" in html and "curves (all 0 runs)" not in html


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([{"seed": 1, "lr": 0.1}], "seed 1"),
        ([{"seed": 1, "lr": 0.1}, {"seed": 1, "lr": 0.01}], "seed 1; lr 0.01, 0.1"),
        ([{"lr": one} for one in range(7)], "lr 0 to 6 (7 values)"),
        ([{"lr": 10}, {"lr": 9.5}, {"lr": None}, {"lr": "auto"}], "lr 9.5, 10, auto, none"),
        ([{"flag": True}, {"flag": False}], "flag False, True"),
        ([{"a": 1}, {}], "a 1, none"),
        ([], ""),
    ],
)
def test_of_parameters_those_that_differ_are_said_and_seeds(values, expected):
    assert sources.said(values) == expected


def test_many_files_of_a_folder_are_counted():
    source = sources.Source(1, "1", "one.ipynb", "c", files=[f"data/m/{one}" for one in "abcd"] + ["data/x.csv"])
    assert sources.reading(source, {}) == "data/m (4 files); data/x.csv"


@pytest.mark.parametrize("html", ["<p>a</p>\n<p>b</p>\n", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n", "<h4>a</h4>\n"])
def test_a_text_has_a_mark_whatever_it_consists_of(html):
    found = str(sources.marked(sources.Markup(html), 7, "this text"))
    assert len(re.findall(">s7</a>", found)) == html.count("<p>") + ("<p>" not in html)
    assert re.sub(r"\u00a0<a.*?</a>", "", found).replace("<p></p>", "") == html
    assert sources.marked(html, None, None) == html and sources.mark(None, None) == ""


def test_data_are_named_by_a_hash_that_the_environment_resolves():
    result = {"provenance": {"notebook": "n", "code": {"m.py": "1"}, "python": "3.11", "packages": {"numpy": "2"},
                             "facts": {"data": {"train": "f" * 64}}}}  # fmt: skip
    described, behind = origins._described([result, result]), origins._data([result])
    assert behind == {f"data {described['data']}": f"train {'f' * 12}"} and len(described["code"]) == 12
    assert described["kernel"] == "python 3.11, numpy 2, an arithmetic that was not recorded"
    other = {"provenance": result["provenance"] | {"code": {"m.py": "2"}}}
    assert origins._described([result, other])["code"].startswith(f"{described['code']}; ")


def test_the_environment_has_what_the_project_needs_and_what_that_needs():
    found = facts.installed()
    assert {"numpy", "nbconvert", "jinja2", "markupsafe"} <= set(found) and "pytest" not in found
    assert list(found) == sorted(found) and facts.installed("there-is-none") == {}
    assert len({re.sub("[-_.]+", "-", name).lower() for name in found}) == len(
        found
    )  # each once, however it is written


# In the browser


@pytest.fixture
def page(example, tmp_path):
    path = tmp_path / "page.html"
    path.write_text(example, encoding="utf-8")
    return path


def panel(live):
    """Return what is said of a mark, None where it is not shown."""
    found = live.page.locator("#origin-panel")
    return " ".join(found.inner_text().split()) if found.is_visible() else None


def test_a_click_says_it_and_another_click_or_escape_ends_it(show, page):
    live = show(page)
    live.page.locator("main .origin").first.click()
    said = panel(live)
    for words in ("s1 Table 1.1", "one.ipynb", "cell table-cell", "curves (all 10 runs)", "data/a.csv", "Code ab12",
                  "kernel: python 3.11, OpenBLAS", "seed 101 to 110", "Code c0de", "data da7a"):  # fmt: skip
        assert words in said, words
    assert live.page.locator("main .origin").first.get_attribute("aria-expanded") == "true"
    live.page.locator("main .origin").first.click()
    assert panel(live) is None
    live.page.locator("main .origin").nth(4).click()
    assert "s4 text" in panel(live) and "read curves (all 10 runs); data/a.csv" in panel(live)  # what s1 has read
    live.page.keyboard.press("Escape")
    assert panel(live) is None and live.said == []


def test_focus_and_hover_say_it_as_long_as_they_last(show, page):
    live = show(page)
    first, last = live.page.locator("main .origin").first, live.page.locator("main .origin").nth(4)
    first.focus()
    assert "s1 Table 1.1" in panel(live)
    live.page.keyboard.press("Tab")
    assert "s2 Table 1.2" in panel(live)
    live.run("() => document.activeElement.blur()")
    assert panel(live) is None
    last.hover()
    assert "s4 text" in panel(live)
    live.page.locator("#origin-panel").hover()
    live.page.wait_for_timeout(400)
    assert "s4 text" in panel(live)  # it can be pointed at
    live.page.mouse.move(5, 5)
    live.page.locator("#origin-panel").wait_for(state="hidden")


@pytest.mark.parametrize("key", ["Enter", " "])
def test_the_keyboard_keeps_it(show, page, key):
    live = show(page)
    live.page.locator("main .origin").first.focus()
    live.page.keyboard.press(key)
    live.page.mouse.move(5, 5)
    assert "s1 Table 1.1" in panel(live) and live.run("() => scrollY") == 0


@pytest.mark.parametrize("width", [1280, 390, 320])
def test_what_is_said_lies_inside_the_window_and_axe_finds_nothing(show, page, width):
    live = show(page, width=width, touch=width < 700)
    for mark in live.page.locator("main .origin").all()[:5]:
        mark.tap() if width < 700 else mark.click()
        live.settle()
        box = live.page.locator("#origin-panel").bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= width
        assert live.run("() => document.documentElement.scrollWidth <= innerWidth")
        assert violations(live) == []
        live.page.keyboard.press("Escape")  # it covers what is below it
    if width < 700:
        live.page.locator("main .origin").first.tap()
        live.page.touchscreen.tap(5, 5)
        assert panel(live) is None


def test_without_scripts_and_in_print_marks_are_links(example, page, show):
    assert complaints(page) == []
    live = show(page, media="print")
    assert panel(live) is None
    assert live.page.locator("main .origin").first.is_visible()
    assert live.page.locator("#origin-1").is_visible()
    assert (
        pd.Series(re.findall(r'href="#(origin-\d+|study-\w+)"', example))
        .isin(re.findall(r'id="([^"]*)"', example))
        .all()
    )
