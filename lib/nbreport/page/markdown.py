"""Markdown to HTML: what a notebook wrote is cleaned, what the page makes of it is kept apart (`trust.Pieces`)."""

from html import escape

from nbconvert.filters.markdown_mistune import IPythonRenderer

from .mathml import tags
from .tables import aligned
from .trust import Pieces


class Renderer(IPythonRenderer):
    """Markdown to HTML with MathML, numbered headings and wrapped tables."""

    def __init__(self, exporter, report, **options):
        super().__init__(**options)
        self.exporter, self.report, self.pieces = exporter, report, Pieces()

    def _math(self, latex, block):
        return self.exporter.math.convert(latex, block, self.report.get("place", "?"))

    def _equation(self, latex, anchor=""):
        return self.pieces.keep(f'<span class="equation"{anchor}>{self._math(latex, block=True)}</span>')

    def inline_math(self, body):
        """Formula in a line."""
        return self.pieces.keep(self._math(body, block=False))

    def block_math(self, body):
        """Displayed formula between double dollar signs."""
        return self._equation(body)

    def latex_environment(self, name, body):
        """Displayed formula that may carry a number; the number is its anchor."""
        latex = f"\\begin{{{name}}}{body}\\end{{{name}}}"
        anchor = "".join(f' id="eq-{escape(tag)}"' for tag in tags(latex)[:1])
        return self._equation(latex, anchor)

    def heading(self, text, level, **attributes):
        """Heading with its number; titles, and sections of what is numbered, also go into the contents list."""
        text = self.pieces.clean(text)
        number, anchor = self.exporter.number_heading(text, level, self.report.get("chapter", 0))
        label = f'<span class="number">{number}</span> ' if number else ""
        chapter = f'</div>\n<div class="chapter" id="chapter-{number or anchor}">\n' if level == 1 else ""
        return self.pieces.keep(f'{chapter}<h{level + 1} id="{anchor}">{label}{text}</h{level + 1}>\n')

    def table(self, text):
        """Table that may scroll by itself on a narrow screen."""
        table = aligned(self.pieces.clean(f"<table>{text}</table>"))
        return self.pieces.keep(f'<div class="scroll">{table}</div>\n')

    def block_code(self, code, info=None):
        """Code in the colours of its language; a diagram is code, too: the page has no script that draws it."""
        return self.pieces.keep(super().block_code(code, None if (info or "").startswith("mermaid") else info))
