"""References that are links: citations to the bibliography, "(2.3)", "chapter 2" and "appendix A" to their places."""

import re
from html import escape
from urllib.parse import unquote

from .. import InputError
from ..yamlfile import read_yaml

KEYS = ("authors", "year", "title", "where")  # and doi, or url
DOI = "https://doi.org/"
TOKEN = re.compile(r"(<[^>]*>)")
CLOSED = ("a", "code", "pre", "math", "script", "style", "button", "summary", "h1", "h2", "h3", "h4", "nav", "title")
PLACES = re.compile(r"\(((?:\d+|[A-Z])\.\d+)\)|\b([Cc]hapters?|[Aa]ppendix) (\d+|[A-Z])\b")


def load(path):
    """Read a bibliography: a YAML mapping of names to entries.

    Each has the keys of `KEYS`, and where it is found: its `doi`, or the address `url` of what has none.

    Returns
    -------
    list of dict
        The entries in the order of their names, each with its name as `key`.

    Raises
    ------
    InputError
        If an entry lacks a key or has another, an address is none of the web, or comes twice.
    """
    content = read_yaml(path, None)
    for name, entry in content.items():
        if not isinstance(entry, dict) or set(entry) not in ({*KEYS, "doi"}, {*KEYS, "url"}):
            raise InputError(f"{path}: {name} must have {', '.join(KEYS)}, doi (or url) and nothing else")
        if odd := next((key for key in entry if key != "year" and not isinstance(entry[key], str)), None):
            raise InputError(f"{path}: {name}: {odd} must be a word, not {entry[odd]!r:.80}")
        if not entry.get("url", "https://").startswith(("https://", "http://")):
            raise InputError(f"{path}: {name}'s url must begin with https:// or http://, not {entry['url']}")
    links = [address(entry).lower() for entry in content.values()]
    twice = next((link for link in links if links.count(link) > 1), None)
    if twice:
        kind = "DOI" if twice.startswith(DOI) else "address"
        raise InputError(f"{path}: the {kind} {twice.removeprefix(DOI)} comes twice")
    return [{"key": name} | content[name] for name in sorted(content)]


def address(entry):
    """Return what links to an entry lead to outside of the page."""
    return f"{DOI}{entry['doi']}" if "doi" in entry else entry["url"]


def cited(html, entries):
    """Return the HTML with links to entries leading to the bibliography, and those of `entries` that are cited.

    Raises
    ------
    InputError
        If a DOI is linked that the bibliography does not have.
    """
    known, used = {address(entry).lower(): entry for entry in entries}, []

    def lead(match):
        link = unquote(match[1]).replace("&amp;", "&")
        entry = known.get(link.lower())
        if entry is None and link.startswith(DOI):
            doi = link.removeprefix(DOI)
            raise InputError(f"the bibliography has no entry with the DOI {doi}, which a chapter cites")
        used.extend([entry["key"]] if entry else [])
        return f'href="#ref-{escape(entry["key"])}"' if entry else match[0]

    html = re.sub(r'href="(https?://[^"]*)"', lead, html)
    return html, [entry for entry in entries if entry["key"] in used]


def bibliography(entries):
    """Return the entries as an HTML list, each with an anchor and its DOI or address as a link."""
    items = []
    for entry in entries:
        text = {name: escape(str(value)) for name, value in entry.items()}
        shown = f"doi:{text['doi']}" if "doi" in text else text["url"]
        items.append(
            f'<li id="ref-{text["key"]}">{text["authors"]} ({text["year"]}). <cite>{text["title"]}</cite>. '
            f'{text["where"]}. <a href="{escape(address(entry))}">{shown}</a></li>'
        )
    return '<ul class="bibliography">\n' + "\n".join(items) + "\n</ul>" if items else ""


def linked(html):
    """Return the HTML with "(2.3)", "(A.3)", "chapter 2" and "appendix A" as links, where the page has such an anchor.

    Formulas, code, headings and what is a link already stay as they are.
    """
    anchors = set(re.findall(r'\bid="((?:eq|section)-[\dA-Z.]+)"', html))

    def link(match):
        equation, word, chapter = match.groups()
        anchor = f"eq-{equation}" if equation else f"section-{chapter}"
        return f'<a class="ref" href="#{anchor}">{match[0]}</a>' if anchor in anchors else match[0]

    parts, closed = TOKEN.split(html), []
    for place, part in enumerate(parts):
        if place % 2 and (name := re.match(r"</?([a-z0-9]+)", part)) and name[1] in CLOSED:
            closed.pop() if part.startswith("</") else closed.append(name[1])
        elif not place % 2 and not closed:
            parts[place] = PLACES.sub(link, part)
    return "".join(parts)
