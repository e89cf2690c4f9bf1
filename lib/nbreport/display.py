"""What chapters display: figures and tables with captions, computed prose, source code.

In JupyterLab these are plain outputs, the caption below a figure and above a table. The page
reads the metadata they carry, numbers them and sets them as figures and tables.
"""

import ast
import base64
import inspect
import io
import textwrap

from IPython.display import Markdown, display
from matplotlib import rc_context


def figure(drawing, caption, alt, vector=True):
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
        False leaves the SVG out, where no page is made of the notebook.
    """
    about = {"kind": "figure", "caption": caption, "alt": alt, "inches": drawing.get_figwidth()}
    if vector:
        about["svg"] = _render(drawing, "svg").decode()
    width = round(96 * drawing.get_figwidth())  # CSS pixels: the image has twice as many
    display(
        {"image/png": base64.b64encode(_render(drawing, "png")).decode(), "text/plain": alt},
        raw=True,
        metadata={"nbreport": about, "image/png": {"alt": alt, "width": width}},
    )
    _caption("Figure", caption)


def _render(drawing, kind):
    buffer = io.BytesIO()
    metadata = {"Date": None, "Creator": None} if kind == "svg" else {"Software": None}
    with rc_context({"svg.hashsalt": "nbreport"}):  # the same figure gives the same bytes
        drawing.savefig(buffer, format=kind, dpi=192, metadata=metadata)
    return buffer.getvalue()


def table(frame, caption, formats=None, index=False):
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
    """
    shown = frame.reset_index() if index else frame
    formats = formats or {}
    numeric = [str(shown[name].dtype) not in ("object", "bool", "str", "string") for name in shown]
    cells = {name: [_cell(value, formats.get(name, "")) for value in shown[name]] for name in shown}
    text = type(shown)(cells).to_markdown(
        index=False, disable_numparse=True, colalign=["right" if is_number else "left" for is_number in numeric]
    )
    _caption("Table", caption)
    display(Markdown(text), metadata={"nbreport": {"kind": "table", "caption": caption}})


def _cell(value, specification):
    missing = value is None or (isinstance(value, float) and value != value)
    return "–" if missing else format(value, specification)


def prose(text):
    """Display Markdown whose numbers were computed; common indentation is dropped."""
    display(Markdown(textwrap.dedent(text).strip()))


def source(*functions):
    """Display the source of functions as code; of each docstring the first line only."""
    text = "\n\n".join(_shortened(textwrap.dedent(inspect.getsource(function)).rstrip()) for function in functions)
    display(Markdown(f"```python\n{text}\n```"), metadata={"nbreport": {"kind": "source"}})


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


def _caption(kind, caption):
    display(Markdown(f"*{kind}.* {caption}"), metadata={"nbreport": {"kind": "caption"}})
