"""References that are links: citations to the bibliography, "(2.3)" and "chapter 2" to their places."""

import re
from html import escape
from urllib.parse import unquote

from .. import InputError
from ..yamlfile import read_yaml

KEYS = ("authors", "year", "title", "where", "doi")
DOI = "https://doi.org/"
TOKEN = re.compile(r"(<[^>]*>)")
CLOSED = ("a", "code", "pre", "math", "script", "style", "button", "summary", "h1", "h2", "h3", "h4", "nav", "title")
PLACES = re.compile(r"\((\d+\.\d+)\)|\b([Cc]hapters?) (\d+)\b")


def load(path):
    """Read a bibliography: a YAML mapping of names to entries, each with the keys of `KEYS`.

    Returns
    -------
    list of dict
        The entries in the order of their names, each with its name as `key`.

    Raises
    ------
    InputError
        If an entry lacks a key or has another, or a DOI comes twice.
    """
    content = read_yaml(path, None)
    for name, entry in content.items():
        if not isinstance(entry, dict) or set(entry) != set(KEYS):
            raise InputError(f"{path}: {name} must have {', '.join(KEYS)} and nothing else")
    dois = [entry["doi"].lower() for entry in content.values()]
    twice = next((doi for doi in dois if dois.count(doi) > 1), None)
    if twice:
        raise InputError(f"{path}: the DOI {twice} comes twice")
    return [{"key": name} | content[name] for name in sorted(content)]


def cited(html, entries):
    """Return the HTML with links to an entry's DOI leading to the bibliography, and those of `entries` that are cited.

    Raises
    ------
    InputError
        If a DOI is linked that the bibliography does not have.
    """
    by_doi, used = {entry["doi"].lower(): entry for entry in entries}, []

    def lead(match):
        doi = unquote(match[1]).replace("&amp;", "&")
        entry = by_doi.get(doi.lower())
        if entry is None:
            raise InputError(f"the bibliography has no entry with the DOI {doi}, which a chapter cites")
        used.append(entry["key"])
        return f'href="#ref-{entry["key"]}"'

    html = re.sub(rf'href="{re.escape(DOI)}([^"]*)"', lead, html)
    return html, [entry for entry in entries if entry["key"] in used]


def bibliography(entries):
    """Return the entries as an HTML list, each with an anchor and its DOI as a link."""
    items = []
    for entry in entries:
        text = {name: escape(str(value), quote=False) for name, value in entry.items()}
        items.append(
            f'<li id="ref-{text["key"]}">{text["authors"]} ({text["year"]}). <cite>{text["title"]}</cite>. '
            f'{text["where"]}. <a href="{DOI}{escape(str(entry["doi"]))}">doi:{text["doi"]}</a></li>'
        )
    return '<ul class="bibliography">\n' + "\n".join(items) + "\n</ul>" if items else ""


def linked(html):
    """Return the HTML with "(2.3)" and "chapter 2" as links, where such an anchor is on the page.

    Formulas, code, headings and what is a link already stay as they are.
    """
    anchors = set(re.findall(r'\bid="((?:eq|section)-[\d.]+)"', html))

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
