"""What a notebook brings as HTML, without what could run, load or pose as the page's own; and the page's policy.

The page trusts no output: nothing that this project displays needs HTML. It may have the tags that Markdown makes and
a few more, links to the web, and pictures that it carries itself. Should something get through all the same, the
browser does not run it: the policy names the page's own scripts by their hashes.
"""

import base64
import hashlib
import re
import secrets

import nh3

TAGS = {
    "a", "abbr", "aside", "b", "blockquote", "br", "caption", "cite", "code", "col", "colgroup", "dd", "del", "details",
    "dfn", "div", "dl", "dt", "em", "hr", "i", "img", "ins", "kbd", "li", "mark", "ol", "p", "pre", "q", "s", "samp",
    "small", "span", "strong", "sub", "summary", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul",
    "var", "wbr",
}  # fmt: skip
ATTRIBUTES = {
    "a": {"href"},
    "col": {"span"},
    "colgroup": {"span"},
    "img": {"alt", "src", "height", "width"},
    "ol": {"start"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "*": {"style", "title"},
}
STYLES = {"text-align"}  # of a table's columns
LINKS = {"http", "https", "mailto"}
UNDESCRIBED = re.compile(r"<img(?![^>]*\salt=)")  # the sanitiser writes > within attributes as an entity
PICTURE = re.compile(r"data:image/(png|jpeg|gif|webp|svg\+xml);base64,[A-Za-z0-9+/=\s]*")


def _attribute(tag, name, value):
    if (tag, name) == ("img", "src"):
        return value if PICTURE.fullmatch(value) else None
    # What the sanitiser takes for pictures is no address to go to; browsers skip blanks and control characters.
    return None if name == "href" and re.sub(r"[\x00- ]", "", value).lower().startswith("data:") else value


class Pieces:
    """HTML of our own making, out of the sanitiser's reach while what surrounds it is cleaned.

    A piece is represented by an empty element with a name that nobody can guess, so that text of a notebook never
    stands for a piece.
    """

    def __init__(self):
        self._pieces, self._name = [], secrets.token_hex(8)
        self._mark = re.compile(rf'<slot name="{self._name}-(\d+)"></slot>')

    def keep(self, html):
        """Return what stands for `html`, which may hold other pieces."""
        self._pieces.append(self._filled(html))
        return f'<slot name="{self._name}-{len(self._pieces) - 1}"></slot>'

    def clean(self, html):
        """Return `html` sanitised, with the pieces in their places."""
        attributes = ATTRIBUTES | {"slot": {"name"}}
        cleaned = nh3.clean(
            html,
            tags=TAGS | {"slot"},
            attributes=attributes,
            attribute_filter=_attribute,
            filter_style_properties=STYLES,
            url_schemes=LINKS | {"data"},
            link_rel=None,
        )
        return self._filled(UNDESCRIBED.sub('<img alt="A picture without a description"', cleaned))

    def _filled(self, html):
        return self._mark.sub(lambda found: self._pieces[int(found[1])], html)


def policy(scripts, styles, workers=False):
    """Return the page's Content-Security-Policy, which allows what the page does and nothing else.

    Parameters
    ----------
    scripts, styles : list of str
        The contents of its `script` and `style` elements, as they stand in it.
    workers : bool
        Whether its scripts start threads, from text that they put together themselves (a Blob). These are under the
        same policy; a script that is not the page's could not start one.

    Returns
    -------
    str
        Nothing is loaded, sent, framed or opened but what the page carries. Attributes `style`, which set widths and
        alignment, are allowed: they load nothing either. (Browsers that do not tell them from elements follow
        `style-src`.)
    """
    rules = {
        "default-src": ["'none'"],
        "script-src": [_hash(each) for each in scripts],
        "style-src": ["'unsafe-inline'"],
        "style-src-elem": [_hash(each) for each in styles],
        "style-src-attr": ["'unsafe-inline'"],
        "img-src": ["data:"],
        "font-src": ["data:"],
        "connect-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'none'"],
    }
    rules |= {"worker-src": ["blob:"]} if workers else {}
    return "; ".join(f"{name} {' '.join(values)}" for name, values in rules.items())


def _hash(content):
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"
