"""The house style of the figures.

`Figure` is made directly, not through pyplot: no global state, no window, a faster import.
"""

from functools import wraps

from matplotlib import rc_context
from matplotlib.figure import Figure

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


def new_figure(width, height, *grid, **options):
    """Return a Figure of that size in inches, and its axes as `Figure.subplots(*grid, **options)`."""
    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.subplots(*grid, **options)
