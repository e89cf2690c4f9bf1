"""The house style of the figures.

`Figure` is made directly, not through pyplot: no global state, no window, a faster import.
"""

from functools import wraps

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullLocator

# Okabe and Ito's colours, told apart by colour-blind readers; one for each part, everywhere.
COLOURS = {"train": "#0072B2", "validation": "#E69F00", "test": "#009E73"}
LAYER_COLOURS = ("#0072B2", "#D55E00")
STYLE = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.titlesize": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#dddddd",
    "grid.linewidth": 0.6,
    "axes.axisbelow": True,
    "legend.frameon": False,
    "lines.linewidth": 1.4,
    "svg.hashsalt": "two-layer",
}


def styled(draw):
    """Decorate a function that draws, so that it does so in the house style."""

    @wraps(draw)
    def wrapper(*args, **kwargs):
        with rc_context(STYLE):
            return draw(*args, **kwargs)

    return wrapper


def new_figure(width, height, *grid, margins=None, **options):
    """Return a Figure of that size in inches, and its axes as `Figure.subplots(*grid, **options)`.

    The layout is computed from the labels, or given: `margins` are inches at the left, right,
    bottom and top, and between columns and rows. Computing it takes as long as drawing, which
    figures in every run cannot afford.
    """
    if margins is None:
        figure = Figure(figsize=(width, height), layout="constrained")
        return figure, figure.subplots(*grid, **options)
    left, right, bottom, top, between, above = margins
    figure = Figure(figsize=(width, height))
    axes = figure.subplots(*grid, **options)
    rows, columns = axes.shape if getattr(axes, "ndim", 0) == 2 else (1, np.size(axes))
    figure.subplots_adjust(
        left=left / width, right=1 - right / width, bottom=bottom / height, top=1 - top / height,
        wspace=between * columns / (width - left - right - between * (columns - 1)),
        hspace=above * rows / (height - bottom - top - above * (rows - 1)),
    )  # fmt: skip
    return figure, axes


def plain_ticks(axis, steps=(1.0,)):
    """Label a logarithmic axis by 0.1, 1, 10, not by powers of ten: quicker to read, and much quicker to draw.

    The scale is set before; `steps`, such as (1.0, 2.0, 5.0), are the multiples of powers of ten that have a tick.
    """
    axis.set_major_locator(LogLocator(subs=steps))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(lambda value, _: f"{value:,.0f}" if value >= 1 else f"{value:.9f}".rstrip("0"))


def rotation(names):
    """Return by how many degrees labels of these names are turned below an axis: long ones would overlap."""
    return 45 if max(map(len, names)) > 3 else 0


def save_svg(figure, path):
    """Write a Figure to `path`; the same figure gives the same bytes."""
    with rc_context(STYLE):  # for the salt of its ids
        figure.savefig(path, format="svg", metadata={"Date": None}, facecolor="white")
