"""Executed chapters to HTML and PDF, on a small chapter made here."""

import base64
import io
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
import pytest
from fontTools.ttLib import TTFont
from matplotlib.figure import Figure
from PIL import Image

from conftest import ROOT, call
from nbreport import display, pictures
from nbreport.page import browser, document, fonts
from nbreport.page.mathml import MathConverter, MathError, tags
from nbreport.pictures import lean

TEMPLATE = ROOT / "report" / "template"
PNG = base64.b64encode(b"not looked at").decode()


def output(data, **about):
    return nbformat.v4.new_output("display_data", data, metadata={"nbreport": about} if about else {})


def chapter(*cells):
    return nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_markdown_cell("# A chapter\n\n## A section\n\n### Deeper"), *cells]
    )


def figure_cell(caption="What *one* sees, $x^2$.", tags=("hide-input",)):
    svg = '<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"></svg>'
    return nbformat.v4.new_code_cell(
        "draw()\nmore()",
        metadata={"tags": list(tags)},
        outputs=[
            output({"image/png": PNG}, kind="figure", caption=caption, alt='A "square"', inches=3.6, svg=svg),
            output({"text/markdown": f"*Figure.* {caption}"}, kind="caption"),
        ],
    )


def table_cell():
    return nbformat.v4.new_code_cell(
        "table()",
        outputs=[
            output({"text/markdown": "*Table.* Numbers."}, kind="caption"),
            output({"text/markdown": "| a | b |\n|---|--:|\n| x | 1 |"}, kind="table", caption="Numbers."),
        ],
    )


def build(*cells):
    return document.build({"one.ipynb": chapter(*cells)}, TEMPLATE, "A title", {"profile": "test"})


class Elements(HTMLParser):
    """All elements of a page, as (name, attributes)."""

    def __init__(self, html):
        super().__init__()
        self.found = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


def addresses(html):
    """Everything in a page that a browser would load."""
    found = [
        value
        for _, attrs in Elements(html).found
        for name, value in attrs.items()
        if name in ("src", "srcset", "data", "poster")
    ]
    found += [attrs["href"] for tag, attrs in Elements(html).found if tag == "link"]
    return found + re.findall(r"url\(([^)]*)\)", html) + re.findall(r"@import\s+\S+", html)


def test_headings_are_numbered_and_listed():
    html = build()
    assert '<h2 id="section-1"><span class="number">1</span> A chapter</h2>' in html
    assert '<h3 id="section-1.1"><span class="number">1.1</span> A section</h3>' in html
    assert html.count('href="#section-1.1"') == 1 and '<h4 id="1-deeper">Deeper</h4>' in html


def test_figures_and_tables_are_numbered_by_chapter_with_captions_and_alt():
    html = build(figure_cell(), table_cell(), figure_cell("Second."))
    assert (
        '<b>Figure 1.1.</b> What <em>one</em> sees, <span class="whole"><math alttext="x^2">' in html
        and "<b>Figure 1.2.</b> Second." in html
    )
    assert "<b>Table 1.1.</b> Numbers." in html and html.count("Figure.") == 0
    images = [attrs for tag, attrs in Elements(html).found if tag == "img"]
    assert len(images) == 2 and all(image["alt"] == 'A "square"' for image in images)
    assert html.count("<figcaption>") == 3


def test_code_is_folded_and_shown_on_request():
    html = build(
        figure_cell(),
        figure_cell(tags=("show-input",)),
        figure_cell(tags=("remove-input",)),
        figure_cell(tags=("remove-cell",)),
    )
    details = [attrs for tag, attrs in Elements(html).found if tag == "details" and attrs.get("class") == "code"]
    assert ["open" in attrs for attrs in details] == [False, True]
    assert html.count("Code: <code>draw()</code>") == 2 and html.count("<figure ") == 3


def test_formulas_become_mathml_with_anchors():
    equation = r"\begin{equation}\begin{aligned} dW &= X^\top dZ \odot [Z > 0] \end{aligned}\tag{2.9}\end{equation}"
    html = build(nbformat.v4.new_markdown_cell(f"By {equation} and $a<b$ we see $$x = 1$$"))
    assert re.search(r'<span class="equation" id="eq-2.9"><math [^>]*display="block"[ >]', html) and "(2.9)" in html
    assert html.count("<math") == 3 and "\\" not in re.sub(
        r'<style.*?</style>|<script.*?</script>|alttext="[^"]*"', "", html, flags=re.S
    )
    assert tags(equation) == ["2.9"]


def test_the_font_of_formulas_has_what_a_browser_draws():
    converter = MathConverter()
    for latex in ("h", r"\mathrm{d}x", r"\operatorname{relu}(W) - 1", r"\partial\nabla\Theta\epsilon", r"\sqrt[3]{2}"):
        converter.convert(latex, False, "here")
    assert converter.characters == set("ℎd𝑥relu(𝑊)−1𝜕∇Θ𝜖√32\u2061")


def test_punctuation_stays_with_the_formula_that_it_touches():
    html = build(nbformat.v4.new_markdown_cell("One $a$ two ($b$), three ($c$ or $d$, $e$ and) $$f$$."))
    kept = re.findall(r'<span class="whole">(.*?)</span>', html)
    assert [re.sub(r"<.*?>", "", one) for one in kept] == ["(b),", "(c", "d,"]


def test_a_wrong_formula_stops_the_build_and_is_named():
    cell = nbformat.v4.new_markdown_cell(r"Here $\foo{x}$ is.", id="the-cell")
    with pytest.raises(MathError, match=r"one.ipynb, cell the-cell: .*Unknown command.*\\foo\{x\}"):
        build(cell)
    with pytest.raises(MathError, match="somewhere"):
        MathConverter().convert(r"\frac{1", True, "somewhere")


def test_the_page_loads_nothing():
    html = build(figure_cell(), table_cell(), nbformat.v4.new_markdown_cell("See [there](https://example.org)."))
    loaded = addresses(html)
    assert len(loaded) > 5 and all(address.strip("\"'").startswith("data:") for address in loaded)


def test_the_same_chapters_give_the_same_bytes():
    first = build(figure_cell(), table_cell())
    fonts.subset_font.cache_clear()
    assert build(figure_cell(), table_cell()) == first


def test_a_blank_that_does_not_break_is_among_the_characters_of_the_fonts():
    html = build(nbformat.v4.new_markdown_cell("a&nbsp;b"))
    assert "&nbsp;" in html and "\xa0" in document._visible_text(html)


@pytest.mark.parametrize("how", ["output", "tag"])
def test_a_picture_in_html_without_a_description_gets_one(how):
    picture = f'<img src="data:image/png;base64,{PNG}">'
    shown = nbformat.v4.new_code_cell("1", outputs=[output({"text/html": picture})])
    described = picture.replace("<img", '<img title="x > y" alt="A dot"')
    cells = {"output": shown, "tag": nbformat.v4.new_markdown_cell(f"Text {picture} and {described}")}
    pictures = [attributes for tag, attributes in Elements(build(cells[how])).found if tag == "img"]
    assert [one["alt"] for one in pictures] == ["A picture without a description", "A dot"][: len(pictures)]
    assert len(pictures) == {"output": 1, "tag": 2}[how]


def test_fonts_have_the_glyphs_used_and_the_math_table():
    css = fonts.css(set("Report é"), set("∑∂𝟙⊙xW"))
    embedded = [base64.b64decode(data) for data in re.findall(r"base64,([^)]*)\)", css)]
    assert len(embedded) == len(fonts.FACES) and all(data[:4] == b"wOF2" for data in embedded)
    math, text = TTFont(io.BytesIO(embedded[0])), TTFont(io.BytesIO(embedded[1]))
    assert "MATH" in math and {ord(c) for c in "∑∂𝟙⊙xW"} <= set(math.getBestCmap())
    assert {ord(c) for c in "Report é"} <= set(text.getBestCmap()) and ord("z") not in text.getBestCmap()
    assert len(embedded[0]) < 60_000


def test_tables_are_formatted_with_gaps_for_what_is_missing(monkeypatch):
    shown = []
    monkeypatch.setattr(display, "display", lambda data, **options: shown.append((data, options)))
    frame = pd.DataFrame({"name": ["a", None], "value": [0.123456, float("nan")], "count": [1000, 2]})
    display.table(frame, "A caption.", {"value": ".2f", "count": ","})
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in shown[1][0].data.splitlines()]
    assert rows[0] == ["name", "value", "count"] and rows[2:] == [["a", "0.12", "1,000"], ["–", "–", "2"]]
    assert shown[0][0].data == "*Table.* A caption." and shown[1][1]["metadata"]["nbreport"]["kind"] == "table"


def documented(x):
    """First line, (2.1).

    More.
    """
    return x + 1


def test_source_shows_the_code_and_the_first_line_of_its_docstring(monkeypatch):
    shown = []
    monkeypatch.setattr(display, "display", lambda data, **options: shown.append(data))
    display.source(documented)
    assert shown[0]["text/markdown"].splitlines() == [
        "```python",
        "def documented(x):",
        '    """First line, (2.1)."""',
        "    return x + 1",
        "```",
    ]
    # Lines of this environment are broken where it stands in an output, those of Pandoc's for Markdown are not.
    assert (
        shown[0]["text/latex"].startswith(r"\begin{Verbatim}[commandchars=") and "documented" in shown[0]["text/latex"]
    )


def result(data, kind="execute_result", metadata=None):
    """Return a cell whose last expression, or a call of `display`, shows this."""
    count = {"execution_count": 1} if kind == "execute_result" else {}
    shown = nbformat.v4.new_output(kind, data, metadata=metadata or {}, **count)
    return nbformat.v4.new_code_cell("value", id="the-cell", outputs=[shown])


SVG = '<svg xmlns="http://www.w3.org/2000/svg"><circle r="7"/></svg>'
SHOWN = {
    "text/plain": ("(60000, 28, 28)", '<pre class="output">(60000, 28, 28)</pre>'),
    "text/html": ("<b>bold</b>", '<div class="scroll"><b>bold</b></div>'),
    "text/markdown": ("*slanted*", "<em>slanted</em>"),
    "text/latex": (r"$\displaystyle \frac{1}{2}$", "<mfrac>"),
    "image/svg+xml": (SVG, f'src="data:image/svg+xml;base64,{base64.b64encode(SVG.encode()).decode()}"'),
    "image/png": (PNG, f'src="data:image/png;base64,{PNG}"'),
    "image/jpeg": (PNG, f'src="data:image/jpeg;base64,{PNG}"'),
    "image/gif": (PNG, f'src="data:image/gif;base64,{PNG}"'),
}


@pytest.mark.parametrize("kind", ["execute_result", "display_data"])
@pytest.mark.parametrize("mime", SHOWN)
def test_every_type_of_output_is_shown(kind, mime, capsys):
    data, html = SHOWN[mime]
    others = {} if mime == "text/plain" else {"text/plain": "only the text"}
    page = build(result({mime: data} | others, kind, {mime: {"alt": "described"}}))
    assert html in page and "only the text" not in page and capsys.readouterr().err == ""


def test_of_a_script_or_a_widget_the_page_shows_the_text(capsys):
    view = {"application/vnd.jupyter.widget-view+json": {"model_id": "x"}, "application/javascript": "alert(1)"}
    page = build(result(view | {"text/plain": "in words"}))
    assert '<pre class="output">in words</pre>' in page and "alert(1)" not in page


def test_a_picture_without_words_is_named_and_gets_some(capsys):
    """As after a plain `plt.show()`."""
    page = build(result({"image/png": PNG, "text/plain": "<Figure size 640x480 with 1 Axes>"}, "display_data"))
    (image,) = (attributes for tag, attributes in Elements(page).found if tag == "img")
    assert image["alt"] == "A picture without a description, drawn by a cell of chapter 1"
    (warning,) = capsys.readouterr().err.splitlines()
    assert warning.startswith("warning: one.ipynb, cell the-cell: a picture has no alternative text")


def test_a_picture_keeps_the_words_and_the_width_that_its_metadata_have(capsys):
    page = build(result({"image/png": PNG}, metadata={"image/png": {"alt": 'A "square"', "width": 300}}))
    (image,) = (attributes for tag, attributes in Elements(page).found if tag == "img")
    assert (image["alt"], image["width"]) == ('A "square"', "300") and capsys.readouterr().err == ""


# In the browser


def requests_of(path, folder):
    """Open a page in the real browser and return the addresses that it asked the network for."""
    log = Path(folder, "net.json")
    program = browser.find_or_install()
    words = (f"--log-net-log={log}", "--dump-dom", "--virtual-time-budget=3000", Path(path).resolve().as_uri())
    answer = call(*browser.command(program, Path(folder, "profile"), *words))
    events = json.loads(log.read_text(encoding="utf-8"))["events"]
    # The browser has errands of its own, which have no origin; a page's requests have one.
    described = [event.get("params", {}) for event in events]
    asked = {
        one["url"] for one in described if "url" in one and one.get("initiator", "not an origin") != "not an origin"
    }
    return answer.stdout, {url for url in asked if url.startswith(("http", "ws", "ftp"))}


def test_a_browser_shows_the_page_and_asks_the_network_for_nothing(tmp_path):
    path = tmp_path / "page.html"
    path.write_text(build(figure_cell(), table_cell()), encoding="utf-8")
    dom, asked = requests_of(path, tmp_path)
    assert "Figure 1.1." in dom and asked == set()
    leaky = path.read_text(encoding="utf-8").replace("</main>", '<img src="http://127.0.0.1:9/leak.png"></main>')
    for folder, html in (("policy", leaky), ("none", leaky.replace("Content-Security-Policy", "no-policy"))):
        (tmp_path / folder).mkdir()
        path.write_text(html, encoding="utf-8")
        _, leaking = requests_of(path, tmp_path / folder)
        assert leaking == (set() if folder == "policy" else {"http://127.0.0.1:9/leak.png"})  # the check can fail


def test_a_solution_is_folded_with_its_outputs():
    cell = nbformat.v4.new_code_cell("answer = 42", metadata={"tags": ["solution"]})
    cell.outputs = [output({"text/plain": "forty-two"})]
    html = build(cell)
    start = html.index('<details class="solution">')
    folded = html[start : html.index("</details>", start)]
    assert "<summary>Solution</summary>" in folded and "42" in folded and "forty-two" in folded
    assert html.count("forty-two") == 1


def titled(title):
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(f"# {title}"), table_cell()])


def test_front_matter_has_no_number_and_appendices_have_letters():
    front = {"a.ipynb": titled("Abstract"), "b.ipynb": titled("Before")}
    chapters, after = {"one.ipynb": titled("See appendix A, not appendix B")}, {"end.ipynb": chapter(table_cell())}
    html = document.build(chapters, TEMPLATE, "T", {}, front, appendices=after)
    assert '<h2 id="0-abstract">Abstract</h2>' in html and '<div class="chapter" id="chapter-0-before">' in html
    assert '<h2 id="section-A"><span class="number">A</span> A chapter</h2>' in html
    assert '<h3 id="section-A.1"><span class="number">A.1</span> A section</h3>' in html
    assert re.findall(r"<b>Table (\S+)\.</b>", html) == ["0.1", "0.2", "1.1", "A.1"]
    contents = re.search(r"<summary>Contents</summary>(.*?)</details>", html, re.S)[1]
    assert re.findall(r'href="#([^"]+)"', contents) == [
        "0-abstract", "0-before", "section-1", "section-A", "section-A.1", "section-references",
    ]  # fmt: skip
    assert "<ol></ol>" not in re.sub(r"\s", "", contents)


def test_an_appendix_is_referred_to_by_its_letter():
    equation = r"\begin{equation}\begin{aligned} x = 1 \end{aligned}\tag{A.1}\end{equation}"
    text = nbformat.v4.new_markdown_cell(f"{equation}\n\nSee (A.1), not (A.2), in appendix A, not appendix B.")
    html = document.build({"one.ipynb": chapter(text)}, TEMPLATE, "T", {}, appendices={"a.ipynb": titled("More")})
    assert 'See <a class="ref" href="#eq-A.1">(A.1)</a>, not (A.2), in <a class="ref"' in html
    assert 'href="#section-A">appendix A</a>, not appendix B.' in html


def test_the_page_says_itself_what_it_was_built_with():
    """An executed chapter may be older than the page: what it knew of the commit counts nowhere."""
    cell = table_cell()
    cell.outputs[1].metadata["nbreport"]["facts"] = True
    html = document.build({"one.ipynb": chapter(cell)}, TEMPLATE, "T", {"commit": "abc", "machine": "<old>"})
    rows = re.findall(r"<td>(.*?)</td>", html[html.index("<b>Table 1.1.</b>") : html.index("</figure>")])
    assert rows == ["commit", "abc", "machine", "&lt;old&gt;"] and "<td>x</td>" not in html


def test_a_lean_drawing_is_the_same_drawing():
    svg = (
        '<svg>\n <!-- c -->\n <metadata>\n  <x/> </metadata>\n <g id="d 0.12345">\n  <path '
        'd="M 1.23456 -0.000001 \nL 10.5 20.999" '
        'transform="translate(1.001 2.5) scale(0.015625 -0.0156251)" x="7.000001"/>\n </g>\n</svg>\n'
    )
    assert lean(svg) == (
        '<svg><g><path d="M 1.23 -0 L 10.5 21" '
        'transform="translate(1 2.5) scale(0.015625 -0.0156251)" x="7"/></g></svg> '
    )


@pytest.mark.parametrize(("colours", "alpha"), [(2, 255), (256, 255), (200, 100), (5000, 255)])
def test_a_packed_picture_has_the_same_pixels(colours, alpha):
    rng = np.random.default_rng(0)
    few = rng.integers(0, 256, (colours, 4), dtype=np.uint8)
    few[:, 3] = np.where(rng.random(colours) < 0.5, alpha, 255)
    pixels = few[rng.integers(0, colours, (90, 70))]
    buffer = io.BytesIO()
    Image.fromarray(pixels, "RGBA").save(buffer, "PNG")
    found = pictures.packed(buffer.getvalue())
    with Image.open(io.BytesIO(found)) as image:
        assert (np.asarray(image.convert("RGBA")) == pixels).all()
    assert (len(found) < 0.7 * len(buffer.getvalue())) == (colours <= 256)


def test_pictures_in_a_drawing_are_packed():
    figure = Figure()
    figure.subplots().imshow(np.arange(100).reshape(10, 10))
    svg = pictures.render(figure, "svg").decode()
    (png,) = re.findall(r'data:image/png;base64,([^"]*)"', svg)
    with Image.open(io.BytesIO(base64.b64decode(png))) as image:
        assert image.mode == "P"


def test_names_in_a_drawing_are_numbers_and_only_those_that_are_referred_to():
    """The layout's solver goes by addresses: a clip's name, which hashes its place, is another in the next process."""
    one = '<clipPath id="p1d863d06ed"><rect width="2.00000001"/></clipPath>'
    one += '<path id="DejaVuSans-45" style="fill: #ffffff"/>'
    one += '<g id="text_1" clip-path="url(#p1d863d06ed)"/><use xlink:href="#DejaVuSans-45"/><use href="#elsewhere"/>'
    other = one.replace("p1d863d06ed", "pcb3809ec2b").replace("2.00000001", "2.00000002")
    assert lean(one) == lean(other)
    assert lean(one) == (
        '<clipPath id="n0"><rect width="2"/></clipPath><path id="n1" style="fill: #ffffff"/>'
        '<g clip-path="url(#n0)"/><use xlink:href="#n1"/><use href="#elsewhere"/>'
    )
