"""References of the page are links that lead somewhere; columns of numbers are aligned."""

import re

import nbformat
import pandas as pd
import pytest
import yaml

from conftest import NOTEBOOKS, ROOT
from nbreport import InputError
from nbreport.page import document, references
from nbreport.page.tables import aligned
from test_page import TEMPLATE, build, chapter, figure_cell, table_cell

ENTRY = {"authors": "A & B", "year": 2020, "title": "On <x>", "where": "Somewhere 1", "doi": "10.1/AB(c)"}


def markdown(text):
    return nbformat.v4.new_markdown_cell(text)


def test_a_citation_leads_to_the_bibliography():
    cell = markdown("As [A and B, 2020](https://doi.org/10.1/ab%28c%29) say.")
    used, unused = {"key": "ab2020"} | ENTRY, {"key": "no"} | ENTRY | {"doi": "10.1/other"}
    html = document.build({"one.ipynb": chapter(cell)}, TEMPLATE, "T", {}, entries=[used, unused])
    assert 'As <a href="#ref-ab2020">A and B, 2020</a> say.' in html
    assert '<li id="ref-ab2020">A &amp; B (2020). <cite>On &lt;x&gt;</cite>. Somewhere 1.' in html
    assert 'href="https://doi.org/10.1/AB(c)">doi:10.1/AB(c)</a>' in html and 'id="ref-no"' not in html
    with pytest.raises(InputError, match="no entry with the DOI 10.1/ab"):
        document.build({"one.ipynb": chapter(cell)}, TEMPLATE, "T", {}, entries=[unused])


def test_what_has_no_doi_is_cited_by_its_address():
    entry = {"key": "a2022"} | {name: one for name, one in ENTRY.items() if name != "doi"}
    entry["url"] = "https://example.org/a-b"
    cell = markdown("As [A, 2022](https://example.org/a-b) says, not [B](https://example.org/).")
    html = document.build({"one.ipynb": chapter(cell)}, TEMPLATE, "T", {}, entries=[entry])
    assert 'As <a href="#ref-a2022">A, 2022</a> says, not <a href="https://example.org/">B</a>.' in html
    assert 'Somewhere 1. <a href="https://example.org/a-b">https://example.org/a-b</a></li>' in html


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"a": ENTRY | {"pages": 3}}, "a must have authors, year, title, where, doi .or url. and nothing else"),
        ({"a": {"title": "T"}}, "a must have"),
        ({"a": ENTRY | {"url": "https://example.org"}}, "a must have"),
        ({"a": ENTRY, "b": ENTRY | {"doi": "10.1/ab(C)"}}, "the DOI 10.1/ab\\(c\\) comes twice"),
        ([ENTRY], "must be a mapping"),
    ],
)
def test_a_bad_bibliography_is_refused(tmp_path, content, words):
    path = tmp_path / "references.yaml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    with pytest.raises(InputError, match=f"references.yaml.*{words}"):
        references.load(path)


def test_the_bibliography_is_cited_and_every_citation_is_in_it():
    entries = references.load(ROOT / "report" / "references.yaml")
    text = "\n".join(path.read_text(encoding="utf-8") for path in NOTEBOOKS)
    links = re.findall(r"\]\((https://[^){]*)\)", text)
    links += pd.read_csv(ROOT / "data" / "published_errors.csv", dtype=str)["link"].tolist()
    html, used = references.cited("".join(f'<a href="{link}">x</a>' for link in links), entries)
    assert len(links) > 8 and "doi.org" not in html
    assert [entry["key"] for entry in entries if entry not in used] == []


def test_equations_and_chapters_become_links_but_not_everywhere():
    equation = r"\begin{equation}\begin{aligned} x = 1 \end{aligned}\tag{1.1}\end{equation}"
    cell = markdown(f"{equation}\n\nBy (1.1), not (1.2), see chapter 1, not chapter 7; `(1.1)`, [at (1.1)](#eq-1.1).")
    html = build(cell)
    assert (
        'By <a class="ref" href="#eq-1.1">(1.1)</a>, not (1.2), see <a class="ref" href="#section-1">chapter 1</a>,'
        in html
    )
    assert 'not chapter 7; <code>(1.1)</code>, <a href="#eq-1.1">at (1.1)</a>.' in html


def test_a_figure_is_referred_to_by_its_label():
    cell = figure_cell()
    cell.outputs[0].metadata["nbreport"]["label"] = "square"
    html = build(markdown("See [the square](#fig:square)."), table_cell(), figure_cell(), cell)
    assert 'See <a href="#figure-1.2">the square</a> (Figure\u00a01.2).' in html
    with pytest.raises(InputError, match="refers to #fig:sqare, but no figure"):
        build(markdown("See [the square](#fig:sqare)."), cell)


def table(*rows, align="right"):
    cells = ["".join(f'<td style="text-align:{align}">{cell}</td>' for cell in row) for row in rows]
    return (
        "<table><thead><tr><th>a</th></tr></thead><tbody>"
        + "".join(f"<tr>{row}</tr>" for row in cells)
        + "</tbody></table>"
    )


def test_numbers_are_aligned_on_the_decimal_point():
    html = aligned(table(("0.1", "3"), ("<strong>12.345</strong>", "40"), ("7", "–")))
    boxes = re.findall(r'(\d+)<span class="decimals" style="width:([\d.]+)ch">([.\d]*)</span>', html)
    assert boxes == [("0", "3.5", ".1"), ("12", "3.5", ".345"), ("7", "3.5", "")]
    assert "12<span" in html and "</span></strong>" in html and ">40<" in html and ">–<" in html


@pytest.mark.parametrize("text", ["1e-05", "text", "1.5 s", "–", ""])
def test_what_is_no_plain_number_stays_as_it_is(text):
    assert f">{text}</td>" in aligned(table((text,), ("0.25",)))
    assert aligned(table((text,), ("0.25",), align="left")) == table((text,), ("0.25",), align="left")


def test_a_sign_in_an_attribute_does_not_end_its_tag():
    html = build(markdown("""Text [x](https://example.org/ "a > (1.1) and `b`") and more."""))
    assert "(1.1)" in re.search(r'<a href="https://example.org/" title="([^"]*)">x</a> and more', html)[1]
