"""A figure that a reader redraws by sliders."""

import functools
import uuid

from IPython import get_ipython
from IPython.display import display

from .display import show, show_caption


def explore(draw, caption, alt, **sliders):
    """Display a figure below sliders that redraw it.

    The figure is an output of its own: a notebook that is saved shows it as it was seen last, whether or not its
    viewer knows widgets. Sliders are displayed only where somebody can move them.

    Parameters
    ----------
    draw : callable
        Called with the sliders' values by name; returns a matplotlib Figure and a line of text.
    caption, alt : str
        As for `figure`.
    sliders : tuple of int
        Name to (first value, smallest, largest).
    """
    drawing, words = draw(**{name: first for name, (first, _, _) in sliders.items()})
    name = uuid.uuid4().hex
    if _somebody_is_there():
        again = functools.partial(show, caption=caption, alt=alt, display_id=name, update=True)
        box = _slider_box(draw, sliders, words, again)
        view = {"version_major": 2, "version_minor": 0, "model_id": box.model_id}
        data = {"application/vnd.jupyter.widget-view+json": view, "text/plain": ""}
        display(data, raw=True, metadata={"nbreport": {"kind": "live"}})
    show(drawing, caption, alt, display_id=name)
    show_caption("Figure", caption)


def _somebody_is_there():
    """Whether a person may be at the other end: what executes notebooks unattended takes no input, JupyterLab does."""
    kernel = getattr(get_ipython(), "kernel", None)
    return getattr(kernel, "_allow_stdin", True)


def _slider_box(draw, sliders, words, again):
    """Return sliders and a line of text; a slider that is moved draws anew, and `again` is called with the drawing."""
    import ipywidgets as widgets  # here: training runs have no use for it and would pay for the import

    controls = {
        name: widgets.IntSlider(value, low, high, description=name, continuous_update=False)
        for name, (value, low, high) in sliders.items()
    }
    line = widgets.Label(words)

    def redraw(_):
        drawing, line.value = draw(**{name: control.value for name, control in controls.items()})
        again(drawing)

    for control in controls.values():
        control.observe(redraw, names="value")
    columns = widgets.Layout(grid_template_columns="repeat(2, max-content)")
    return widgets.VBox([widgets.GridBox([*controls.values()], layout=columns), line])
