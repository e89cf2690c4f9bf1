"""What a notebook, a description or a bibliography says is text on the page: in Chromium, nothing of it runs."""

import base64
import re
from itertools import product
from types import SimpleNamespace

import nbformat
import pandas as pd
import pytest

from conftest import ROOT
from nbreport import InputError, display
from nbreport.page import document, fonts, references, trust

TEMPLATE = ROOT / "report" / "template"
RUN = "top.document.documentElement.dataset.ran{}=1"  # without quotes, bars and blanks: it can stand anywhere
MARKED = "() => Object.keys(document.documentElement.dataset).filter((name) => name.startsWith('ran'))"
# Ways to have a script run that browsers know; RUN stands for the script.
WAYS = {
    "script": "<script>RUN</script>",
    "image": "<img src=x onerror=RUN>",
    "drawing": "<svg onload=RUN></svg>",
    "out of an attribute": '"><img src=x onerror=RUN><i title="',
    "attribute": '" onmouseover=RUN onfocus=RUN tabindex=0 x="',
    "address": '<a href="javascript:RUN">go</a>',
    "broken address": '<a href=" java&#9;script:RUN">go</a>',
    "data's address": '<a href="data:text/html,<script>RUN</script>">go</a>',
    "frame": '<iframe srcdoc="<script>RUN</script>"></iframe>',
    "frame's address": "<iframe src=javascript:RUN></iframe>",
    "object": '<object data="data:text/html,<script>RUN</script>"></object>',
    "fold": "<details open ontoggle=RUN>x</details>",
    "form": "<form action=javascript:RUN><button>go</button></form>",
    "refresh": '<meta http-equiv=refresh content="0;url=javascript:RUN">',
    "animation": "<svg><animate onbegin=RUN attributeName=x dur=1s></animate></svg>",
    "style": "<style>*{animation:a}@keyframes a{}</style><p onanimationstart=RUN>x</p>",
    "formula": "<math><mtext><table><mglyph><style><!--</style><img title='--><img src=x onerror=RUN>'>",
    "after the head": "</title></style></script><script>RUN</script>",
    "after the text": "</textarea></noscript></td></table></figure><script>RUN</script>",
    "comment": "<!--contents--><!--script--><!--><img src=x onerror=RUN>-->",
    "a widget": "<figure data-widget=draw><div class=stage></div><script type=application/json>{}</script></figure>",
    "posing": "<a id=theme name=theme href=javascript:RUN>go</a>",
}
LINKS = (
    "[go](javascript:RUN)",
    "[go](JaVaScRiPt&#58;RUN)",
    "<javascript:RUN>",
    "![x](javascript:RUN)",
    "[go]( data:text/html,RUN)",
)
PNG = base64.b64encode(b"not looked at").decode()


def shown(data, /, **about):
    """Return a cell that shows this: metadata of nbreport, or others as `meta`."""
    metadata = about.pop("meta", {"nbreport": about} if about else {})
    return code("value", nbformat.v4.new_output("display_data", data, metadata=metadata))


def code(source, *outputs, **metadata):
    return nbformat.v4.new_code_cell(source, outputs=list(outputs), metadata=metadata)


def asked(**about):
    usual = {
        "question": "Why?",
        "asks": "choice",
        "choices": ["a", "b"],
        "solution": "So.",
        "key": "eyJhbnN3ZXIiOiAiYSJ9",
    }
    return shown({"text/markdown": "Why?"}, **({"kind": "exercise"} | usual | about))


def figure(**about):
    return shown({"image/png": PNG}, **({"kind": "figure", "caption": "c", "alt": "a", "inches": 1} | about))


def tabled(frame, caption="c"):
    """Return the cell that `display.table` makes of a frame."""
    found = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(display, "display", lambda data, **options: found.append((data, options["metadata"])))
        display.table(frame, caption)
    (table, metadata) = found[1]
    return code("table()", nbformat.v4.new_output("display_data", {"text/markdown": table.data}, metadata=metadata))


def error(text):
    return nbformat.v4.new_output("error", ename=text, evalue=text, traceback=[f"\x1b[31m{text}\x1b[0m"])


# Places in a notebook, each as a function of a text that returns a cell.
MARKDOWN = {
    "text": lambda text: nbformat.v4.new_markdown_cell(f"Some {text} words."),
    "paragraph": nbformat.v4.new_markdown_cell,
    "title": lambda text: nbformat.v4.new_markdown_cell(f"# A chapter {text}"),
    "heading": lambda text: nbformat.v4.new_markdown_cell(f"## A section {text}"),
    "code": lambda text: nbformat.v4.new_markdown_cell(f"```python\n{text}\n```\n\n    {text}\n\n`{text}`"),
    "diagram": lambda text: nbformat.v4.new_markdown_cell(f"```mermaid\n{text}\n```\n\n```{text}\nx\n```"),
    "quote": lambda text: nbformat.v4.new_markdown_cell(f"> {text}\n\n- [x] {text}\n\nterm\n: {text}"),
    "picture": lambda text: nbformat.v4.new_markdown_cell(f'![{text}](data:image/png;base64,{PNG} "{text}")'),
    "output": lambda text: shown({"text/markdown": text}),
    "prose": lambda text: shown({"text/markdown": f"Some {text}"}, kind="prose"),
    "exercise": lambda text: asked(question=text, choices=[text, f"no {text}"], solution=f"Because {text}"),
}
PLACES = MARKDOWN | {
    "value": lambda text: tabled(pd.DataFrame({"name": [text, f"a\n{text}"]})),
    "column": lambda text: tabled(pd.DataFrame({text: [1]})),
    "caption of a table": lambda text: tabled(pd.DataFrame({"n": [1]}), text),
    "caption": lambda text: figure(caption=text),
    "alternative": lambda text: figure(alt=text),
    "label": lambda text: figure(label=text),
    "kind of exercise": lambda text: asked(asks=text, key=text),
    "widget": lambda text: figure(widget=text, data={"classes": [text]}),
    "widget's data": lambda text: figure(widget="toString", data={text: text}),
    "number": lambda text: figure(inches=text),
    "kept drawing": lambda text: figure(svg=f'<svg xmlns="http://www.w3.org/2000/svg">{text}</svg>'),
    "image": lambda text: shown({"image/png": text}, meta={"image/png": {"alt": "a", "width": text}}),
    "other image": lambda text: shown({"image/jpeg": text}, meta={"image/jpeg": {"alt": text}}),
    "SVG": lambda text: shown({"image/svg+xml": f'<svg xmlns="http://www.w3.org/2000/svg">{text}</svg>'}, meta={}),
    "HTML": lambda text: shown({"text/html": text}),
    "LaTeX": lambda text: shown({"text/latex": text}),
    "plain": lambda text: shown({"text/plain": text}),
    "printed": lambda text: code("print()", nbformat.v4.new_output("stream", text=f"\x1b[1m{text}\x1b[0m")),
    "error": lambda text: code("fail()", error(text)),
    "source": lambda text: code(text),
    "source's kind": lambda text: code("x", magics_language=text),
    "tag": lambda text: code(text, tags=["solution", text.replace(",", " ")]),
    "listing": lambda text: shown({"text/markdown": f"```python\n{text}\n```"}, kind="source"),
    "script": lambda text: shown({"application/javascript": text, "text/plain": text}),
}  # fmt: skip


def page_of(cells, title="T", facts=None, entries=(), **options):
    """Return the page of a chapter with these cells."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# First"), *cells])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fonts, "css", lambda *characters: "")  # takes longer than all the rest
        return document.build({"one.ipynb": notebook}, TEMPLATE, title, facts or {}, entries=entries, **options)


def without_policy(html):
    """Return the page as a browser takes it that knows no policies."""
    return re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", html, count=1)


def provoked(show, path):
    """Open a page, touch what listens on it, follow what is no link to a place, and return which payloads ran."""
    live = show(path)
    live.run("""async () => {
      for (const one of document.querySelectorAll('*')) {
        const kinds = one.getAttributeNames().filter((name) => name.startsWith('on')).map((name) => name.slice(2));
        for (const kind of kinds) one.dispatchEvent(new Event(kind));
        if (one.localName === 'a' && !/^(https?:|#)/.test(one.getAttribute('href') ?? '#')) one.click();
        if (one.localName === 'button' && one.type === 'submit') one.click();
      }
      await new Promise((done) => setTimeout(done, 200));
    }""")
    return live.run(MARKED), live


@pytest.fixture(scope="module")
def hostile():
    """A page with every way in every place, and what its payloads are called."""
    pairs = list(product(PLACES, WAYS)) + [("text", link) for link in LINKS]
    names = {f"{number:04d}": f"{WAYS.get(way, way)} as {place}" for number, (place, way) in enumerate(pairs)}
    cells = [
        PLACES[place](WAYS.get(way, way).replace("RUN", RUN.format(number)))
        for number, (place, way) in zip(names, pairs, strict=True)
    ]
    head = "".join(WAYS.values()).replace("RUN", RUN.format("9999"))
    facts, told = {head: head}, {"subtitle": head, "notice": head}
    entry = {"key": head, "authors": head, "year": head, "title": head, "where": head, "url": "https://example.org/a"}
    cells.append(nbformat.v4.new_markdown_cell("[cited](https://example.org/a)"))
    return page_of(cells, head, facts, [entry], **told), names | {
        "9999": "title, subtitle, notice, facts, bibliography"
    }


@pytest.mark.parametrize("policy", [True, False])
def test_nothing_that_a_notebook_says_runs_with_the_policy_and_without(show, hostile, tmp_path, policy):
    html, names = hostile
    path = tmp_path / "page.html"
    path.write_text(html if policy else without_policy(html), encoding="utf-8")
    ran, live = provoked(show, path)
    assert [names[one.removeprefix("ran")] for one in ran] == []
    said = [line for line in live.said if "ERR_INVALID_URL" not in line]  # of text in the place of an image's data
    assert len(names) > 700 and live.asked == [path.as_uri()] and said == []
    live.page.locator("#theme").click()  # the page's own scripts do
    assert live.run("() => document.documentElement.dataset.theme") == "dark"


@pytest.fixture(scope="module")
def blank():
    return page_of([])


def with_payload(html, way):
    """Return a page into which this has got, as text or, where it is made for that, as an attribute."""
    payload = WAYS[way].replace("RUN", RUN.format("0"))
    return html.replace(
        "</main>", (f'<i title="{payload}">x</i>' if way.endswith("attribute") else payload) + "</main>"
    )


@pytest.mark.parametrize("way", WAYS)
def test_the_policy_alone_stops_what_gets_through(show, blank, tmp_path, way):
    path = tmp_path / "page.html"
    path.write_text(with_payload(blank, way), encoding="utf-8")
    assert provoked(show, path)[0] == []


def test_a_widget_that_fails_leaves_its_still_picture_and_takes_no_other_with_it(show, tmp_path):
    path = tmp_path / "page.html"
    path.write_text(page_of([figure(widget="draw", data={}), figure(widget="draw", data={})]), encoding="utf-8")
    live = show(path, whole=False)
    live.run("() => document.querySelectorAll('figure[data-widget]').forEach(revive)")  # nothing, if it was
    live.settle()
    assert len(live.said) == 2 and all(line.startswith("thrown:") for line in live.said)
    stages = live.run("() => [...document.querySelectorAll('figure .stage')].map((one) => one.childElementCount)")
    assert stages == [0, 0] and live.page.locator("figure.alive").count() == 0
    assert live.page.locator("figure img:visible").count() == 2


QUIET = {"data's address", "formula", "form", "refresh", "comment", "a widget", "object", "after the text"}


def test_without_sanitiser_and_policy_payloads_do_run(show, blank, tmp_path):
    """What the tests above look for can be seen; of some ways this browser makes nothing."""
    path = tmp_path / "page.html"
    for way in sorted(WAYS.keys() - QUIET):
        path.write_text(with_payload(without_policy(blank), way), encoding="utf-8")
        assert provoked(show, path)[0] == ["ran0"], way


WRITTEN = 'a <b>bold</b> & "so" <3, x<y </script>'


PLACES_OF_TEXT = (
    "prose", "value", "column", "caption of a table", "caption", "plain", "printed", "error", "listing", "source",
)  # fmt: skip


def test_text_is_shown_as_written(show, tmp_path):
    path = tmp_path / "page.html"
    path.write_text(page_of([PLACES[place](f"{WRITTEN} {place}") for place in PLACES_OF_TEXT]), encoding="utf-8")
    live = show(path)
    live.unfold()
    text = live.page.locator("main").inner_text()
    assert [place for place in PLACES_OF_TEXT if f"{WRITTEN} {place}" not in text] == []


def test_title_subtitle_notice_facts_and_alternative_texts_are_shown_as_written(show, tmp_path):
    path = tmp_path / "page.html"
    html = page_of([figure(alt=WRITTEN, label=WRITTEN)], WRITTEN, {"what": WRITTEN}, subtitle=WRITTEN, notice=WRITTEN)
    path.write_text(html, encoding="utf-8")
    live = show(path)
    assert live.page.title() == f"{WRITTEN}: {WRITTEN}"
    for place in ("h1", ".subtitle", "header .note"):
        assert live.page.locator(place).inner_text() == WRITTEN
    assert WRITTEN in live.page.locator("footer").inner_text()
    assert live.page.locator("figure img").get_attribute("alt") == WRITTEN
    assert live.page.locator("figure").get_attribute("data-label") == WRITTEN


def test_bars_and_line_breaks_of_a_value_stay_in_their_cell(show, tmp_path):
    path = tmp_path / "page.html"
    frame = pd.DataFrame({"a|b": ["c|d", "two\nlines", r"e\|f"], "n": [1, 2, 3]})
    path.write_text(page_of([tabled(frame)]), encoding="utf-8")
    rows = show(path).page.locator("main tr").all()
    found = [[cell.inner_text() for cell in row.locator("th, td").all()] for row in rows]
    assert found == [["a|b", "n"], ["c|d", "1"], ["two lines", "2"], ["e|f", "3"]]


def test_what_is_harmless_in_html_stays():
    html = page_of([shown({"text/html": pd.DataFrame({"n": [1]}).to_html() + "<b>bold</b> <em>x</em>"})])
    assert "<b>bold</b> <em>x</em>" in html and re.search(r"<td>1</td>", html)
    text = nbformat.v4.new_markdown_cell(
        "<aside>\n\nA *note*, H<sub>2</sub>O, $x<y$.\n\n</aside>\n\n[a](https://example.org/?a=1&b=2)"
    )
    html = page_of([text])
    assert re.search(
        r'<div class="note" role="note">\s*<p>A <em>note</em>, H<sub>2</sub>O, <span class="whole"><math', html
    )
    assert '<a href="https://example.org/?a=1&amp;b=2">a</a>' in html


def test_a_picture_of_html_and_markdown_is_the_pages_own_or_none():
    for source in ("https://example.org/x.png", "x.png", "data:text/html;base64,eA=="):
        html = page_of(
            [shown({"text/html": f'<img src="{source}">'}), nbformat.v4.new_markdown_cell(f"![a]({source})")]
        )
        assert html.count("<img") == 2 and source not in html
    assert f'src="data:image/png;base64,{PNG}"' in page_of([MARKDOWN["picture"]("words")])


def test_a_formula_is_no_markup(show, tmp_path):
    path = tmp_path / "page.html"
    formulas = [
        rf"$\text{{{way.replace('RUN', 'alert(1)')}}}$" for way in ("<img src=x onerror=RUN>", "<script>RUN</script>")
    ]
    tagged = r"\begin{equation}\begin{aligned} a &= b \end{aligned}\tag{1 onclick=x}\end{equation}"
    path.write_text(page_of([nbformat.v4.new_markdown_cell(" ".join([*formulas, tagged]))]), encoding="utf-8")
    live = show(path)
    assert (
        live.said == [] and live.run("() => document.querySelectorAll('main :is(img, script, [onclick])').length") == 0
    )
    assert "<img src=x onerror=alert(1)>" in live.page.locator("main").inner_text().replace("\xa0", " ")


def test_a_text_that_looks_like_a_place_of_the_page_stays_a_text():
    words = "<!--contents--> <!--policy--> /*fonts*/"
    html = page_of([shown({"text/plain": words})])
    assert "&lt;!--contents--&gt; &lt;!--policy--&gt; /*fonts*/" in html and html.count("http-equiv") == 1


def test_a_piece_of_the_page_cannot_be_called_by_a_notebook():
    pieces = trust.Pieces()
    kept = pieces.keep("<b onclick=x>ours</b>")
    assert pieces.clean(f"<p>{kept}</p>") == "<p><b onclick=x>ours</b></p>"
    assert "ours" not in pieces.clean('<slot name="0"></slot><slot name="-0"></slot>')
    assert kept != trust.Pieces().keep("<b onclick=x>ours</b>")


def test_the_policy_names_the_pages_own_scripts_and_styles_and_nothing_else():
    html = page_of([])
    (policy,) = re.findall(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">', html)
    rules = {name: values for name, *values in (rule.split() for rule in policy.split("; "))}
    assert rules["default-src"] == rules["connect-src"] == rules["base-uri"] == rules["form-action"] == ["'none'"]
    assert rules["img-src"] == rules["font-src"] == ["data:"]
    scripts, styles = (re.findall(rf"<{name}>(.*?)</{name}>", html, re.S) for name in ("script", "style"))
    assert rules["script-src"] == [trust._hash(each) for each in scripts] and len(scripts) == 2
    assert rules["style-src-elem"] == [trust._hash(each) for each in styles] and len(styles) == 1
    assert html.index("http-equiv") < html.index("<title>")


def test_a_bibliography_links_to_the_web_only(tmp_path):
    path = tmp_path / "references.yaml"
    fields = SimpleNamespace(authors="A", year=2000, title="T", where="W", url="javascript:alert(1)")
    path.write_text(
        "one:\n" + "".join(f"  {name}: {value}\n" for name, value in vars(fields).items()), encoding="utf-8"
    )
    with pytest.raises(InputError, match=r"one.*url.*must begin with https?://"):
        references.load(path)
