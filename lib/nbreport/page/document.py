"""Executed chapters to one offline HTML page.

The chapters are merged into one notebook, which `exporter` renders with the template in
`report/template/`; references are resolved, fonts embedded, and nothing is loaded from anywhere.
"""

import re
from html import escape, unescape
from pathlib import Path
from string import ascii_uppercase

import nbformat
from pygments.formatters import HtmlFormatter

from .. import InputError
from . import fonts, mathml, references, sources, trust
from .exporter import PageExporter

# Known only once the body is rendered. No text can pose as one: it is escaped, and HTML of notebooks has no comments.
CONTENTS, BIBLIOGRAPHY, POLICY = "<!--contents-->", "<!--bibliography-->", "<!--policy-->"
STYLE, FIRST, SCRIPT = "<!--style-->", "<!--first-->", "<!--script-->"


def merge(front, chapters, appendices):
    """Return one notebook of all cells; each cell's metadata says its chapter and its place.

    Parameters
    ----------
    front, chapters, appendices : dict
        Path (for messages) to executed notebook. Chapters are numbered from 1, appendices have letters from A, front
        matter has 0 and shows it in no heading.
    """
    merged, labels = nbformat.v4.new_notebook(), [0] * len(front) + [*range(1, len(chapters) + 1)]
    labels += ascii_uppercase[: len(appendices)]
    for number, (path, notebook) in zip(labels, (front | chapters | appendices).items(), strict=True):
        ids = _ids(notebook)
        merged.metadata.setdefault("language_info", notebook.metadata.get("language_info", {"name": "python"}))
        for cell in notebook.cells:
            if cell.cell_type == "raw" or {"remove-cell", "injected-parameters"} & set(cell.metadata.get("tags", [])):
                continue
            place = f"{path}, cell {cell.get('id', '?')}"
            about = {"chapter": number, "path": str(path), "place": place, "ids": ids}
            cell.metadata["report"] = about | {"tags": cell.metadata.get("tags", [])}
            merged.cells.append(cell)
    return merged


def _ids(notebook):
    """Return the ids of the cells that have run, by the number of their turn; cells of parameters made nothing."""
    ran = [cell for cell in notebook.cells if cell.get("execution_count") and not _of_parameters(cell)]
    return {cell.execution_count: cell.get("id", "?") for cell in ran}


def _of_parameters(cell):
    return bool({"parameters", "injected-parameters"} & set(cell.metadata.get("tags", [])))


def build(chapters, template, title, facts, front=None, entries=(), subtitle="", notice="", appendices=None,
          made=None):  # fmt: skip
    """Return the page of executed chapters as HTML.

    Parameters
    ----------
    chapters : dict
        Path to executed notebook, in the order of the report.
    template : Path
        Folder with the nbconvert template, style and script.
    title, subtitle : str
    facts : dict
        Name to value, for the page's foot, and where a notebook asks for it (`display.build_facts`).
    front : dict, optional
        Front matter, such as an abstract: path to executed notebook.
    entries : list of dict
        The bibliography (`references.load`); what is cited of it is printed.
    notice : str
        A sentence for the top of the page.
    appendices : dict, optional
        As `front`, for the end: with letters in place of numbers.
    made : sources.Made, optional
        What the page is made from.

    Raises
    ------
    InputError
        If a formula is not valid LaTeX (`mathml.MathError`), or a reference leads nowhere.
    """
    exporter = PageExporter(template)
    resources = {
        "title": title,
        "subtitle": subtitle,
        "notice": notice,
        "facts": facts,
        "made": made or sources.Made(),
    }
    merged = merge(front or {}, chapters, appendices or {})
    html, resources = exporter.from_notebook_node(merged, resources)
    html, used = references.cited(_figures_linked(html), entries)
    # Many `aside`s would be as many landmarks; in JupyterLab they are just small print.
    html = html.replace("<aside>", '<div class="note" role="note">').replace("</aside>", "</div>")
    html = html.replace(BIBLIOGRAPHY, references.bibliography(used))
    html = mathml.kept_whole(references.linked(html))
    html = html.replace(CONTENTS, exporter.contents(bool(resources["sources"])))
    rules = [fonts.css(_visible_text(html), exporter.math.characters), _files(template, "css"), _code_style()]
    return _dressed(html, template, "\n".join([*rules, exporter.running_heads()]))


def _dressed(html, template, style):
    """Put style and scripts into the page, and the policy that lets the browser use these and no others."""
    first, script = (f"\n{_files(folder, 'js')}\n" for folder in (Path(template, "head"), template))
    allowed = trust.policy([first, script], [style], _has_workers(html, template))
    html = html.replace(POLICY, f'<meta http-equiv="Content-Security-Policy" content="{allowed}">')
    html = html.replace(FIRST, f"<script>{first}</script>").replace(SCRIPT, f"<script>{script}</script>")
    return html.replace(STYLE, f"<style>{style}</style>")


def _has_workers(html, template):
    """Return whether a widget that is on the page starts threads, in its `NAME.js` or a `NAME-....js` beside it."""
    names = set(re.findall(r'<figure [^>]*data-widget="([\w-]+)"', html))
    scripts = [path for path in Path(template).glob("*.js") if path.stem.partition("-")[0] in names]
    return any("new Worker(" in path.read_text(encoding="utf-8") for path in scripts)


def _figures_linked(html):
    """Resolve links such as `#fig:scatter` to the figure or table with that label, and add its number."""
    places = {}
    for attributes in re.findall(r"<figure ([^>]*)>", html):
        found = dict(re.findall(r'([\w-]+)="([^"]*)"', attributes))
        places |= {found["data-label"]: found["id"]} if "data-label" in found else {}

    def resolve(match):
        anchor = places.get(match[1])
        if anchor is None:
            raise InputError(f"a chapter refers to #fig:{match[1]}, but no figure or table has that label")
        kind, number = anchor.split("-")
        return f'<a href="#{anchor}">{match[2]}</a> ({kind.capitalize()}\u00a0{number})'

    return re.sub(r'<a href="#fig:([^"]*)">(.*?)</a>', resolve, html, flags=re.S)


def _code_style():
    """Return the colours of code, for light and dark."""
    light = HtmlFormatter(style="default").get_style_defs(".highlight")
    dark = HtmlFormatter(style="github-dark").get_style_defs(':root[data-theme="dark"] .highlight')
    rules = f"{light}\n@media screen {{\n{dark}\n}}"
    return re.sub(r"^(pre|td|span)[. {].*$", "", rules, flags=re.M)  # those of line numbers


def _files(template, extension):
    """Return the template's files of a kind, one after the other, by name."""
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted(Path(template).glob(f"*.{extension}")))


def _visible_text(html):
    text = unescape(re.sub(r"<(script|style)\b.*?</\1>|<[^>]*>", "", html, flags=re.S))
    return set(text) | set(map(chr, range(32, 127))) | set(escape(text))
