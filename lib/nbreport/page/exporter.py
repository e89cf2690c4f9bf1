"""A notebook to HTML through nbconvert: figures and tables numbered, formulas as MathML, headings collected."""

import base64
import json
import re
import sys
from html import unescape
from pathlib import Path

from jinja2 import pass_context
from markupsafe import Markup
from nbconvert.exporters import HTMLExporter
from nbconvert.filters import Highlight2HTML
from nbconvert.filters.markdown_mistune import MarkdownWithMath
from nbconvert.preprocessors import Preprocessor

from .markdown import Renderer
from .mathml import MathConverter
from .sources import NumberSources, mark, marked, reading, said
from .trust import Pieces


class NumberFloats(Preprocessor):
    """Numbers figures, tables and exercises by chapter, and drops the captions and sliders meant for JupyterLab."""

    def preprocess(self, nb, resources):
        """Apply to all cells."""
        counts = {}
        for cell in nb.cells:
            if cell.cell_type != "code":
                continue
            cell.outputs = [output for output in cell.outputs if _about(output).get("kind") not in ("caption", "live")]
            for output in cell.outputs:
                kind = _about(output).get("kind")
                if kind in ("figure", "table", "exercise"):
                    chapter = cell.metadata["report"]["chapter"]
                    counts[kind, chapter] = counts.get((kind, chapter), 0) + 1
                    output.metadata["nbreport"]["number"] = f"{chapter}.{counts[kind, chapter]}"
        return nb, resources


class DescribePictures(Preprocessor):
    """Gives pictures that are no figures of ours (`plt.show()`) an alternative text; warns where it says nothing."""

    def preprocess(self, nb, resources):
        """Apply to all cells."""
        for cell in nb.cells:
            for output in cell.get("outputs", []):
                kinds = [kind for kind in output.get("data", {}) if kind.startswith("image/")]
                if not kinds or _about(output).get("kind") == "figure":
                    continue
                about = {kind: output.metadata.get(kind, {}) for kind in kinds}
                alt = next((one["alt"] for one in about.values() if one.get("alt")), None)
                if alt is None:
                    report = cell.metadata["report"]
                    alt = f"A picture without a description, drawn by a cell of chapter {report['chapter']}"
                    advice = "nbreport.display.figure shows it with one"
                    print(f"warning: {report['place']}: a picture has no alternative text; {advice}", file=sys.stderr)
                output.metadata |= {kind: {**one, "alt": alt} for kind, one in about.items()}
        return nb, resources


def _about(output):
    return output.get("metadata", {}).get("nbreport", {})


class PageExporter(HTMLExporter):
    """The report's page, by the template in a folder. Make one for every page: it collects headings and characters."""

    def __init__(self, template, **options):
        template = Path(template).resolve()
        super().__init__(
            template_name=template.name,
            extra_template_basedirs=[str(template.parent)],
            preprocessors=[NumberFloats, NumberSources, DescribePictures],
            filters={
                "inline_markdown": self._inline,
                "json_for_script": _json_for_script,
                "marked": marked,
                "picture": _picture,
                "reading": reading,
                "said": said,
                "source_mark": mark,
                "sanitized": _sanitized,
            },
            **options,
        )
        self.math = MathConverter()
        self.headings = []
        self._sections = {}

    def _create_environment(self):
        environment = super()._create_environment()
        environment.autoescape = True
        return environment

    def from_notebook_node(self, nb, resources=None, **options):
        """Convert as nbconvert does, but without its second reading of the page, for pictures without a description."""
        language = nb.metadata.get("language_info", {})
        lexer = language.get("pygments_lexer", language.get("name"))
        self.register_filter("highlight_code", Highlight2HTML(pygments_lexer=lexer, parent=self))
        return super(HTMLExporter, self).from_notebook_node(nb, resources, **options)

    @property
    def default_config(self):
        """nbconvert's, without scripts of outputs: the page has its own, and shows what else an output carries."""
        kinds = ["text/html", "text/markdown", "image/svg+xml", "text/latex", "image/png", "image/jpeg", "image/gif"]
        config = super().default_config.copy()
        config.NbConvertBase.display_data_priority = [*kinds, "text/plain"]
        return config

    @pass_context
    def markdown2html(self, context, source, tags=True):
        """Markdown to HTML, knowing the cell it stands in; without `tags`, those in the text are shown as written."""
        report = context.get("cell", {}).get("metadata", {}).get("report", {})
        renderer = Renderer(self, report, escape=not tags)
        return Markup(renderer.pieces.clean(MarkdownWithMath(renderer=renderer).render(source)))

    @pass_context
    def _inline(self, context, source):
        """One paragraph of Markdown without tags to HTML without the paragraph."""
        return Markup(re.sub(r"^<p>|</p>$", "", self.markdown2html(context, source, tags=False).strip()))

    def number_heading(self, text, level, chapter):
        """Return the number and the anchor of the next heading."""
        title = re.sub(r"<[^>]*>", "", text)
        if level == 1:
            self._sections[chapter] = 0
            number = f"{chapter}" if chapter else ""
        elif level == 2 and chapter:
            self._sections[chapter] = self._sections.get(chapter, 0) + 1
            number = f"{chapter}.{self._sections[chapter]}"
        else:
            number = ""
        anchor = f"section-{number}" if number else f"{chapter}-{re.sub(r'[^a-z0-9]+', '-', title.lower()).strip('-')}"
        if number or level == 1:
            self.headings.append((level, number, anchor, text))
        return number, anchor

    def contents(self, has_sources=False):
        """Return the contents as nested HTML lists: a list item a chapter, with the list of its sections."""
        items, inside = [], False
        for level, number, anchor, text in self.headings:
            link = f'<a href="#{anchor}"><span>{number}</span> {text}</a>'
            if level == 1:
                items.append(("</ol></li>" if inside else "") + f"<li>{link}<ol>")
                inside = True
            else:
                items.append(f"<li>{link}</li>")
        last = [("references", "References"), *[("sources", "Sources")] * has_sources]
        end = "</ol></li>" + "".join(
            f'\n<li><a href="#section-{name}"><span></span> {text}</a></li>' for name, text in last
        )
        return re.sub(r"<ol>\s*</ol>", "", "<ol>" + "\n".join(items) + end + "</ol>") if items else ""

    def running_heads(self):
        """Return the style rules that print each chapter's number and title above its pages."""
        rules = []
        for level, number, _, text in self.headings:
            if level == 1 and number:
                title = _css_string(unescape(re.sub(r"<[^>]*>", "", text)))
                head = f'@top-right {{ content: "{number}\\2002" {title}; }}'
                rules.append(f"@page chapter-{number} {{ {head} }} #chapter-{number} {{ page: chapter-{number}; }}")
        return "\n".join(rules)


def _picture(output, kind):
    """Return a picture that is no figure of ours as HTML, as wide as its metadata say."""
    data, about = output.data[kind], output.metadata[kind]
    encoded = base64.b64encode(data.encode()).decode() if kind == "image/svg+xml" else "".join(data.split())
    width = Markup(' width="{}"').format(about["width"]) if isinstance(about.get("width"), int) else ""
    image = Markup('<p class="picture"><img src="data:{};base64,{}"{} alt="{}"></p>')
    return image.format(kind, encoded, width, about["alt"])


def _sanitized(html):
    """Return what a notebook emits as HTML as the page may have it."""
    return Markup(Pieces().clean(html))


def _json_for_script(data):
    """Return JSON that can stand inside a script element, whatever its strings say."""
    return Markup(json.dumps(data, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c"))


def _css_string(text):
    """Return a text as a string of CSS that can stand inside a style element."""
    return '"' + re.sub(r'["\\<>\x00-\x1f]', lambda found: f"\\{ord(found[0]):x} ", text) + '"'
