"""LaTeX to MathML when the page is built: no script, no network, and mistakes stop the build."""

import re
import unicodedata
from html import unescape
from xml.etree import ElementTree

import math_core

from .. import InputError

HTML_ENTITY = re.compile(r"&(?!(?:lt|gt|amp|quot);)\w+;")  # what XML does not know
FORMULA = r"<math (?:(?!</math>).)*</math>"
TOUCHED = re.compile(rf"\(?{FORMULA}[,.;:?!)]+|\({FORMULA}", re.DOTALL)
# The elements below which formulas may be set smaller.
SHRINKING = {"mfrac", "msub", "msup", "msubsup", "munder", "mover", "munderover", "mmultiscripts", "mroot"}
# A browser draws a letter alone in `mi` as the mathematical italic that Unicode has for it (MathML Core, C.1).
# U+210E fills the gap at h.
ITALICS = (0x210E, *range(0x1D434, 0x1D468), 0x1D6A4, 0x1D6A5, *range(0x1D6E2, 0x1D71C))
ITALIC = {
    chr(int(letter, 16)): chr(code) for code in ITALICS for letter in unicodedata.decomposition(chr(code)).split()[1:]
}


class MathError(InputError):
    """A formula is not valid LaTeX; the message names notebook, cell and formula."""


class MathConverter:
    """Converts formulas, and remembers which characters a browser draws for them."""

    def __init__(self):
        self._converter = math_core.LatexToMathML()
        self._plain = math_core.LatexToMathML(fancy_error=False)
        self.characters = set()

    def convert(self, latex, block, where):
        """Return a valid `math` element without namespace prefixes, with the LaTeX as its alternative text.

        Parameters
        ----------
        latex : str
            Without the dollar signs.
        block : bool
            Displayed, not inline.
        where : str
            Place named in errors.

        Raises
        ------
        MathError
            If the formula is not valid LaTeX.
        """
        try:
            markup = self._converter.convert_with_local_state(latex.strip(), displaystyle=block)
        except math_core.LatexError:
            raise MathError(f"{where}: {self._complaint(latex, block)} in {latex.strip()}") from None
        root = ElementTree.fromstring(HTML_ENTITY.sub(lambda found: unescape(found[0]), markup))
        _put_styles_where_valid(root)
        self.characters.update(*map(_drawn, root.iter()))
        root.set("alttext", _readable(latex))
        return ElementTree.tostring(root, encoding="unicode", short_empty_elements=False)

    def _complaint(self, latex, block):
        try:
            self._plain.convert_with_local_state(latex.strip(), displaystyle=block)
        except math_core.LatexError as error:
            return " ".join(str(error).split())
        return "invalid LaTeX"


def _readable(latex):
    """Return LaTeX on one line without what only lays it out: environments, tags, alignment."""
    text = re.sub(r"\\(begin|end|tag)\{[^}]*\}|&", " ", latex).replace("\\\\", ";")
    return " ".join(text.split())


def _drawn(element):
    """Return the characters that a browser draws for an element, without what is below it."""
    text = element.text or ""
    if element.tag in ("msqrt", "mroot"):
        return text + "\N{SQUARE ROOT}"
    if element.tag == "mo":
        return text.replace("-", "\N{MINUS SIGN}")
    if element.tag == "mi" and element.get("mathvariant") != "normal":
        return ITALIC.get(text, text)
    return text


def _put_styles_where_valid(element, full_size=True):
    """Move display style and script level of what is below `element` to where HTML allows them, `mstyle`.

    Browsers honour them on any element, the validator does not; `mtable` may have a display style.
    """
    full_size = full_size and element.tag not in SHRINKING
    for place, child in enumerate(list(element)):
        if full_size and child.get("scriptlevel") == "0":
            del child.attrib["scriptlevel"]
        names = {"displaystyle", "scriptlevel"} if child.tag != "mtable" else {"scriptlevel"}
        styles = {name: child.attrib.pop(name) for name in sorted(names & set(child.keys()))}
        _put_styles_where_valid(child, full_size and "scriptlevel" not in styles)
        if styles and child.tag in ("mrow", "mstyle"):
            child.tag = "mstyle"
            child.attrib.update(styles)
        elif styles:
            element[place] = wrapper = ElementTree.Element("mstyle", styles)
            wrapper.append(child)


def kept_whole(html):
    """Keep punctuation on the line of the formula that it touches: a browser may break between the two."""
    return TOUCHED.sub(r'<span class="whole">\g<0></span>', html)


def tags(latex):
    """Return the numbers that a formula carries as explicit tags."""
    return re.findall(r"\\tag\{([^}]*)\}", latex)
