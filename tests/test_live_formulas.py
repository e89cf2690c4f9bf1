"""All formulas of the chapters as Chromium draws and prints them: no sign from another font, none without ink."""

import ast
import base64
import io
import re
import unicodedata
from collections import Counter

import nbformat
import numpy as np
import pypdf
import pytest
from fontTools.ttLib import TTFont
from PIL import Image

from conftest import NOTEBOOKS, ROOT
from live import foreign_glyphs
from nbreport.page import browser, document, references

CHAPTERS = [path for path in NOTEBOOKS if path.name[0].isdigit()]
FACE = re.compile(r'(font-family: "Report Math".*?base64,)([^)]*)')
FENCES = "()[]{}|\N{DOUBLE VERTICAL LINE}\N{LEFT FLOOR}\N{RIGHT FLOOR}"
SCALE = 2
DARK = 190  # of a grey pixel from 0 to 255: a thin line lies on two rows
BOXES = """fences => {
  const box = (one) => {
    const { left, right, top, bottom } = one.getBoundingClientRect();
    return { left, right, top: top + scrollY, bottom: bottom + scrollY };
  };
  const least = (many, side) => Math.min(...many.map((one) => one[side]));
  const most = (many, side) => Math.max(...many.map((one) => one[side]));
  const around = (many) => ({ left: least(many, 'left'), right: most(many, 'right'),
    top: least(many, 'top'), bottom: most(many, 'bottom') });
  const about = (one) => one.closest('math').getAttribute('alttext');
  const all = (names) => [...document.querySelectorAll(names)];
  const inside = (one) => one.localName === 'msqrt' ? around([...one.children].map(box)) : box(one.children[0]);
  return {
    roots: all('msqrt, mroot').map((one) => ({ about: about(one), whole: box(one), inside: inside(one),
      left: one.localName === 'mroot' ? box(one.children[1]).right : box(one).left })),
    fractions: all('mfrac:not([linethickness="0"])').map((one) => ({ about: about(one),
      over: box(one.children[0]), under: box(one.children[1]) })),
    fences: all('mo').filter((one) => fences.includes(one.textContent)).map((one) => {
      const others = [...one.parentElement.children].filter((two) => !fences.includes(two.textContent)).map(box);
      const stretches = one.getAttribute('stretchy') !== 'false' && one.parentElement.localName === 'mrow';
      return { about: about(one), sign: one.textContent, own: box(one), others: stretches ? around(others) : null };
    }),
  };
}"""
WRITTEN = """() => [...document.querySelectorAll('math *')].flatMap((one) => one.matches('msqrt, mroot') ? ['\\u221a']
  : one.children.length === 0 ? [one.textContent] : [])"""

MISPLACED = """() => {
  const all = (names) => [...document.querySelectorAll(names)], box = (one) => one.getBoundingClientRect();
  const about = (one) => one.closest('math').getAttribute('alttext');
  const size = (one) => parseFloat(getComputedStyle(one).fontSize);
  const touching = (formula) => [['previousSibling', -1], ['nextSibling', 0]].map(([side, at]) => {
    const text = formula[side]?.nodeType === 3 ? formula[side] : { data: '' }, sign = text.data.at(at) ?? ' ';
    if (/\\s/.test(sign)) return false;
    const range = document.createRange(), place = at < 0 ? text.data.length - 1 : 0;
    range.setStart(text, place);
    range.setEnd(text, place + 1);
    return box(range).bottom < box(formula).top || box(range).top > box(formula).bottom
      || (at < 0) !== box(range).left < box(formula).left;
  }).some((torn) => torn);
  return {
    clipped: all('.equation').filter((one) => one.scrollHeight > one.clientHeight).map((one) => about(one.firstChild)),
    primes: all('msup > mo').filter((one) => '\u2032\u2033\u2034'.includes(one.textContent)
      && box(one).bottom < box(one.previousSibling).top).map(about),
    bars: all('mfrac').filter((one) => box(one.parentElement).width > 0
      && Math.max(...[...one.children].map((two) => box(two).right)) > box(one).right - 0.08 * size(one)).map(about),
    torn: all('math:not([display])').filter(touching).map(about),
  };
}"""


def formulas_in_code(source):
    """Yield the LaTeX of a cell's strings."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from re.findall(r"\$([^$]+)\$", node.value)
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "formulas":
            yield from ast.literal_eval(node.value).values()


def texts(path):
    """Return a chapter of its texts, and a cell of the formulas in its code; there are no figures to link to."""
    notebook = nbformat.read(path, as_version=4)
    code = [latex for cell in notebook.cells if cell.cell_type == "code" for latex in formulas_in_code(cell.source)]
    notebook.cells = [cell for cell in notebook.cells if cell.cell_type == "markdown"]
    notebook.cells.append(nbformat.v4.new_markdown_cell("  ".join(f"${latex}$" for latex in code)))
    for cell in notebook.cells:
        cell.source = cell.source.replace("(#fig:", "(#")
    return notebook


@pytest.fixture(scope="module")
def chapters():
    """The report's page without what is computed."""
    entries = references.load(ROOT / "report" / "references.yaml")
    read = {path.name: texts(path) for path in CHAPTERS}
    return document.build(read, ROOT / "report" / "template", "A title", {"profile": "test"}, entries=entries)


@pytest.fixture(scope="module")
def formulas(chapters):
    """The same page with nothing but its formulas, each once."""
    found = dict.fromkeys(re.findall(r"<math .*?</math>", chapters, re.DOTALL))
    shown = [f'<p class="equation">{one}</p>' if ' display="block"' in one else f"<span>{one}</span>" for one in found]
    inline = [one for one in shown if one.startswith("<span")]
    main = '<main id="main"><p>' + " ".join(inline) + "</p>" + "".join(one for one in shown if one not in inline)
    assert len(inline) > 150 and len(shown) - len(inline) > 40
    return re.sub(r"<body>.*</body>", lambda _: f"<body>{main}</main></body>", chapters, flags=re.DOTALL)


@pytest.fixture
def page(formulas, tmp_path):
    path = tmp_path / "formulas.html"
    path.write_text(formulas, encoding="utf-8")
    return path


def picture(live):
    """Return where an open page is dark."""
    return np.asarray(Image.open(io.BytesIO(live.page.screenshot(full_page=True))).convert("L")) < DARK


def part(dark, left, right, top, bottom):
    """Return the rectangle of a picture between places in CSS pixels."""
    left, right, top, bottom = (max(0, round(SCALE * one)) for one in (left, right, top, bottom))
    return dark[top:bottom, left:right]


def line(dark):
    """Whether some row is dark from end to end."""
    return dark.size > 0 and dark.mean(axis=1).max() > 0.9


def without_ink(live):
    """Return the roots, fraction bars and brackets of an open page that are not drawn, or not drawn large enough."""
    dark, boxes, missing = picture(live), live.run(BOXES, FENCES), []
    for root in boxes["roots"]:
        whole, inside = root["whole"], root["inside"]
        if not part(dark, root["left"], inside["left"] - 1, whole["top"], whole["bottom"]).any():
            missing.append(f"root sign of {root['about']}")
        if not line(part(dark, inside["left"], inside["right"], whole["top"] - 1, inside["top"] + 1)):
            missing.append(f"bar of the root of {root['about']}")
    for one in boxes["fractions"]:
        over, under = one["over"], one["under"]
        sides = max(over["left"], under["left"]) + 0.5, min(over["right"], under["right"]) - 0.5
        if not line(part(dark, *sides, over["bottom"] - 1, under["top"] + 1)):
            missing.append(f"fraction bar of {one['about']}")
    for one in boxes["fences"]:
        own, others = one["own"], one["others"] or {"top": 0, "bottom": 0}
        rows = np.flatnonzero(part(dark, **own).any(axis=1))
        if not rows.size or (rows[-1] - rows[0] + 1) / SCALE + 2 < others["bottom"] - others["top"]:
            missing.append(f"{one['sign']} of {one['about']}")
    return missing


# On the page


def test_no_glyph_of_a_formula_comes_from_another_font(show, chapters, tmp_path):
    path = tmp_path / "page.html"
    path.write_text(chapters, encoding="utf-8")
    drawn, foreign = foreign_glyphs(show(path))
    assert drawn > 2000 and foreign == []


@pytest.mark.parametrize("media", ["screen", "print"])
def test_roots_bars_and_brackets_leave_ink(show, page, media):
    live = show(page, width=760, media=media, scale=SCALE)
    counts = {name: len(found) for name, found in live.run(BOXES, FENCES).items()}
    assert counts["roots"] >= 2 and counts["fractions"] > 50 and counts["fences"] > 200
    assert without_ink(live) == []


@pytest.mark.parametrize("width", [1280, 390, 360])
def test_nothing_is_cut_off_raised_twice_run_together_or_torn_from_its_comma(show, chapters, tmp_path, width):
    path = tmp_path / "page.html"
    path.write_text(chapters, encoding="utf-8")
    assert show(path, width=width).run(MISPLACED) == {"clipped": [], "primes": [], "bars": [], "torn": []}


def font_in(html):
    """Return the formulas' font in a page."""
    return TTFont(io.BytesIO(base64.b64decode(FACE.search(html)[2])))


def lacking(html, characters="", table=None):
    """Return a page whose font of formulas lacks characters, or a table."""
    font = font_in(html)
    if table:
        del font[table]
    for cmap in font["cmap"].tables:
        cmap.cmap = {code: name for code, name in cmap.cmap.items() if chr(code) not in characters}
    content = io.BytesIO()
    font.save(content)
    html = re.sub('<meta http-equiv="Content-Security-Policy"[^>]*>', "", html)  # it is of the style as it was
    return FACE.sub(lambda found: found[1] + base64.b64encode(content.getvalue()).decode(), html, count=1)


def test_what_the_font_lacks_is_noticed(show, page, formulas):
    formulas = re.sub(r"<span>(?:(?!</span>|<mroot).)*</span>", "", formulas, flags=re.DOTALL)
    page.write_text(lacking(formulas, "\N{MATHEMATICAL ITALIC CAPITAL L}\N{SQUARE ROOT}"), encoding="utf-8")
    live = show(page, width=760, scale=SCALE)
    assert {text for text, _ in foreign_glyphs(live)[1]} == {"L"}
    assert {line.split(" of ")[0] for line in without_ink(live)} == {"root sign", "bar"}
    page.write_text(lacking(formulas, table="MATH"), encoding="utf-8")
    assert any(line.startswith("( of") for line in without_ink(show(page, width=760, scale=SCALE)))


# In print


def characters_of(font):
    """Return the character that each glyph of a font shows; a larger one, a part or an alternate shows its first's."""
    shown = {name: chr(code) for code, name in font.getBestCmap().items()}
    variants = font["MATH"].table.MathVariants
    for way in ("Vert", "Horiz"):
        names = getattr(variants, f"{way}GlyphCoverage").glyphs
        for name, construction in zip(names, getattr(variants, f"{way}GlyphConstruction"), strict=True):
            parts = getattr(construction.GlyphAssembly, "PartRecords", ())
            others = [one.VariantGlyph for one in construction.MathGlyphVariantRecord] + [one.glyph for one in parts]
            shown |= {other: shown[name] for other in others if other not in shown and name in shown}
    for record in font["GSUB"].table.FeatureList.FeatureRecord:
        for place in record.Feature.LookupListIndex if record.FeatureTag == "ss04" else ():
            for table in font["GSUB"].table.LookupList.Lookup[place].SubTable:
                shown |= {other: shown[name] for name, other in getattr(table, "ExtSubTable", table).mapping.items()}
    return {font.getGlyphID(name): character for name, character in shown.items()}


def plain(text):
    """Return the letters and signs of a text, those of mathematics as those of every day."""
    return [one for one in unicodedata.normalize("NFKC", text) if unicodedata.category(one)[0] not in "ZCM"]


class Printed:
    """A PDF: its fonts by object, what it draws with the formulas' font, and how many lines are thin."""

    def __init__(self, path):
        self.fonts, self.glyphs, self.lines, self.program = {}, Counter(), 0, None
        for page in pypdf.PdfReader(path).pages:
            named = page["/Resources"].get("/Font", {})
            objects = {name: named.raw_get(name).idnum for name in named}
            self.fonts |= {objects[name]: named[name]["/BaseFont"].split("+")[1] for name in named}
            self._read(page, {name for name in named if self.fonts[objects[name]] == "STIXTwoMath"})
            for name in named:
                if self.fonts[objects[name]] == "STIXTwoMath":
                    descriptor = named[name]["/DescendantFonts"][0]["/FontDescriptor"]
                    self.program = TTFont(io.BytesIO(descriptor["/FontFile2"].get_data()))

    def _read(self, page, wanted):
        name = None
        for operands, operator in page.get_contents().operations:
            if operator == b"Tf":
                name = operands[0]
            elif operator == b"Tj" and name in wanted:
                codes = operands[0].original_bytes
                self.glyphs.update(int.from_bytes(codes[at : at + 2]) for at in range(0, len(codes), 2))
            elif operator == b"re":
                self.lines += operands[3] < 2 < operands[2]

    def empty(self, glyph):
        """Whether nothing is drawn for a glyph."""
        outline = self.program["glyf"][self.program.getGlyphName(glyph)]
        return outline.numberOfContours == 0


def test_what_is_printed_has_all_signs_of_the_formulas_and_no_other_font(show, page, formulas):
    browser.print_pdf(browser.find_or_install(), page, page.with_suffix(".pdf"))
    live, pdf = show(page), Printed(page.with_suffix(".pdf"))
    # The other two are of the pages' numbers and the spaces between formulas.
    assert sorted(pdf.fonts.values()) == ["DejaVuSans", "STIXGeneral-Regular", "STIXTwoMath"]
    characters, shown = characters_of(font_in(formulas)), Counter()
    for glyph, count in pdf.glyphs.items():
        signs = plain(characters[glyph])
        assert not (signs and pdf.empty(glyph)), signs
        shown.update({sign: count * signs.count(sign) for sign in set(signs)})
    wanted = Counter(sign for text in live.run(WRITTEN) for sign in plain(text))
    assert wanted["\N{SQUARE ROOT}"] >= 2 and wanted["\N{DOUBLE VERTICAL LINE}"] >= 4 and wanted - shown == Counter()
    boxes = live.run(BOXES, FENCES)
    assert pdf.lines == len(boxes["fractions"]) + len(boxes["roots"])
