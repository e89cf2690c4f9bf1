"""What chapters display: figures and tables with captions, computed prose, source code.

In JupyterLab these are plain outputs, the caption below a figure and above a table. The page
reads the metadata they carry, numbers them and sets them as figures and tables.
"""

import ast
import base64
import inspect
import re
import textwrap

from IPython import get_ipython
from IPython.display import Markdown, display
from pygments import highlight
from pygments.formatters import LatexFormatter
from pygments.lexers import PythonLexer

from . import facts, reads
from .pictures import render

reads.watch(get_ipython())


def figure(drawing, caption, alt, vector=True, about=None, label=None):
    """Display a matplotlib Figure.

    The output is a PNG, which every notebook viewer shows, trusted or not, and which LaTeX takes;
    the same as SVG travels in the metadata, for the page.

    Parameters
    ----------
    drawing : matplotlib.figure.Figure
    caption : str
        Markdown: what one sees.
    alt : str
        The same for someone who cannot see it.
    vector : bool
        False leaves the SVG out, and makes the PNG smaller, where no page is made of the notebook.
    about : dict, optional
        More for the page.
    label : str, optional
        Links to `#fig:LABEL` lead here, and the page adds the number to them.
    """
    show(drawing, caption, alt, vector, (about or {}) | {"label": label})
    show_caption("Figure", caption)


def show(drawing, caption, alt, vector=True, about=None, **options):
    """Display a Figure without its caption; `options` are of IPython's `display`."""
    about = (about or {}) | _about("figure", caption=caption, alt=alt, inches=drawing.get_figwidth())
    if vector:
        about["svg"] = render(drawing, "svg").decode()
    display(
        {"image/png": base64.b64encode(render(drawing, "png", 192 if vector else 144)).decode(), "text/plain": alt},
        raw=True,
        metadata={"nbreport": about, "image/png": {"alt": alt, "width": _pixels(drawing)}},
        **options,
    )


def widget(name, data, drawing, caption, alt):
    """Display a still picture that the page brings to life with the script registered as `name`.

    Parameters
    ----------
    name : str
        Also its label for references. The template's file `NAME.js` says
        `widgets.NAME = (stage, data) => ...`.
    data : dict
        What it needs: anything that JSON can carry.
    drawing, caption, alt
        As for `figure`: what JupyterLab, the PDF, and a page without scripts show.
    """
    figure(drawing, caption, alt, about={"widget": name, "data": data}, label=name)


def _pixels(drawing):
    return round(96 * drawing.get_figwidth())  # CSS pixels: the image has up to twice as many


def table(frame, caption, formats=None, index=False, best=None, label=None):
    """Display a pandas DataFrame as a Markdown table.

    Parameters
    ----------
    frame : pandas.DataFrame
    caption : str
        Markdown.
    formats : dict, optional
        Column name to format specification, such as ".4f"; others are shown as they are.
    index : bool
        Whether the frame's index is a column of the table.
    best : dict, optional
        Column name to `max` or `min`: that value is set in bold.
    label : str, optional
        As for `figure`.
    """
    shown = frame.reset_index() if index else frame
    formats = formats or {}
    numeric = [str(shown[name].dtype) not in ("object", "bool", "str", "string") for name in shown]
    cells = {name: [_cell(value, formats.get(name, "")) for value in shown[name]] for name in shown}
    for name, choose in (best or {}).items():
        winner = choose(shown[name])
        for place, value in enumerate(shown[name]):
            if value == winner:
                cells[name][place] = f"**{cells[name][place]}**"
    cells = {_in_a_row(str(name)): list(map(_in_a_row, column)) for name, column in cells.items()}
    text = type(shown)(cells).to_markdown(
        index=False, disable_numparse=True, colalign=["right" if is_number else "left" for is_number in numeric]
    )
    show_caption("Table", caption)
    display(Markdown(text), metadata={"nbreport": _about("table", caption=caption, label=label)})


def _cell(value, specification):
    missing = value is None or (isinstance(value, float) and value != value)
    if value == 0 and specification.endswith("e"):
        return "0"
    return "–" if missing else format(value, specification)


def _in_a_row(text):
    """Return a cell's text so that a bar or a line break in it does not end the cell."""
    return re.sub(r"(?<!\\)\|", r"\|", " ".join(text.splitlines()))


def build_facts(caption):
    """Display what the page is built with: on the page what held when it was built, in a notebook what holds now."""
    rows = "\n".join(f"| {_in_a_row(name)} | {_in_a_row(value)} |" for name, value in facts.facts().items())
    show_caption("Table", caption)
    about = _about("table", caption=caption, label="build", facts=True)
    display(Markdown(f"| what | built with |\n|:---|:---|\n{rows}"), metadata={"nbreport": about})


def prose(text):
    """Display Markdown whose numbers were computed; common indentation is dropped, an empty text not shown."""
    text = textwrap.dedent(text).strip()
    if text:
        display(Markdown(text), metadata={"nbreport": _about("prose")})


def source(*functions):
    """Display the source of functions as code; of each docstring the first line only.

    The output has a form of its own for LaTeX, as of a code cell: lines of a listing in Markdown do not break there.
    """
    text = "\n\n".join(_shortened(textwrap.dedent(inspect.getsource(function)).rstrip()) for function in functions)
    data = {
        "text/markdown": f"```python\n{text}\n```",
        "text/latex": highlight(text, PythonLexer(), LatexFormatter()),
        "text/plain": text,
    }
    display(data, raw=True, metadata={"nbreport": {"kind": "source"}})


def _shortened(code):
    first = ast.parse(code).body[0].body[0]
    if not (
        isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    ):
        return code
    lines = code.splitlines()
    summary = lines[first.lineno - 1].rstrip()
    if first.end_lineno > first.lineno:
        summary += '"""'
    return "\n".join(lines[: first.lineno - 1] + [summary] + lines[first.end_lineno :])


def _about(kind, **more):
    """Return what the page is told of what is shown: of which kind it is, and what it was made from."""
    made = reads.record()
    return {"kind": kind} | more | ({"made": made} if made else {})


def show_caption(kind, caption):
    """Display a caption as JupyterLab shows it; the page makes its own."""
    display(Markdown(f"*{kind}.* {caption}"), metadata={"nbreport": {"kind": "caption"}})
