"""Figure of a computation as a graph: every value, and the gradient beside it."""

from fractions import Fraction

import numpy as np
from matplotlib.patches import FancyBboxPatch

from .style import LAYER_COLOURS, new_figure, styled

# Rows of the drawing: what is computed at the left, what enters it at the right.
ROWS = (("X", "W1"), ("Z1", "b1"), ("A1", "W2"), ("Z2", "b2"), ("P", "y"), ("L", "penalty"))
# Up to the next row, down to it from the right, and across.
DOWN, SLANTED, ACROSS = ((0, 1), (1, 2), (2, 3), (3, 4), (4, 5)), ((0, 1), (2, 3), (4, 5)), (1, 3, 5)
WIDTH, GAP, HEIGHT, BOX = 3.0, 0.5, 1.0, 0.72  # inches
INK = "#555555"


def fraction(value):
    """Return a number as LaTeX: a fraction where it is one with a denominator up to 64, else four digits."""
    near = Fraction(float(value)).limit_denominator(64)
    if abs(near - Fraction(float(value))) > 1e-12:
        return f"{value:.4g}"
    if near.denominator == 1:
        return str(near.numerator)
    return rf"{'-' if near < 0 else ''}\frac{{{abs(near.numerator)}}}{{{near.denominator}}}"


@styled
def by_hand(arrays):
    """Draw two examples on their way through the network, and back.

    Parameters
    ----------
    arrays : dict
        By name: the arrays `X`, `W1`, `b1`, `Z1`, `A1`, `W2`, `b2`, `Z2`, `P` and `y`, matrices (2, 2) or vectors
        (2,); the numbers `L` and `penalty`; and the gradients, `dZ1` beside `Z1`, of those that have one.
    """
    figure, axes = new_figure(2 * WIDTH + GAP, HEIGHT * len(ROWS))
    axes.set(xlim=(-0.03, 2 * WIDTH + GAP + 0.25), ylim=(HEIGHT * len(ROWS), 0))
    axes.set_axis_off()
    _edges(axes)
    for row, names in enumerate(ROWS):
        for column, name in enumerate(names):
            _node(axes, column * (WIDTH + GAP), (row + 0.5) * HEIGHT, name, arrays)
    return figure


def _node(axes, left, middle, name, arrays):
    shape = {"boxstyle": "round,pad=0,rounding_size=0.06", "facecolor": "white", "edgecolor": INK, "linewidth": 0.8}
    axes.add_patch(FancyBboxPatch((left, middle - BOX / 2), WIDTH, BOX, **shape))
    shown = [(name, LAYER_COLOURS[0]), (f"d{name}", LAYER_COLOURS[1])]
    places = [WIDTH / 4, 3 * WIDTH / 4] if f"d{name}" in arrays else [WIDTH / 2]
    for (one, colour), place in zip(shown, places, strict=False):
        _array(axes, left + place, middle, one, np.asarray(arrays[one]), colour)


def _array(axes, centre, middle, name, array, colour):
    """Draw a name and its numbers around a place."""
    symbol = "penalty =" if name == "penalty" else f"${name.replace('1', '_1').replace('2', '_2')} =$"
    axes.text(centre - 0.32, middle, symbol, ha="right", va="center", color=colour, fontsize=9)
    entries = np.atleast_2d(array)
    across = centre - 0.02 + 0.38 * np.arange(entries.shape[1])
    down = middle + 0.32 * (np.arange(entries.shape[0]) - (entries.shape[0] - 1) / 2)
    for (i, j), value in np.ndenumerate(entries):
        axes.text(across[j], down[i], f"${fraction(value)}$", ha="center", va="center", fontsize=10)
    if array.ndim:
        for side, inward in ((across[0] - 0.2, 0.05), (across[-1] + 0.2, -0.05)):
            top, bottom = down[0] - 0.16, down[-1] + 0.16
            axes.plot([side + inward, side, side, side + inward], [top, top, bottom, bottom], color=INK, linewidth=0.8)


def _edges(axes):
    """Draw which number is made from which; the penalty has the weights of both layers, around the right."""
    half = BOX / 2
    right, past = 2 * WIDTH + GAP, 2 * WIDTH + GAP + 0.2
    ends = [((WIDTH / 2, (a + 0.5) * HEIGHT + half), (WIDTH / 2, (b + 0.5) * HEIGHT - half)) for a, b in DOWN]
    ends += [
        ((WIDTH + GAP + 0.2, (a + 0.5) * HEIGHT + half), (WIDTH - 0.2, (b + 0.5) * HEIGHT - half)) for a, b in SLANTED
    ]
    ends += [((WIDTH + GAP, (row + 0.5) * HEIGHT), (WIDTH, (row + 0.5) * HEIGHT)) for row in ACROSS]
    ends += [((past, 5.5 * HEIGHT), (right, 5.5 * HEIGHT))]
    for start, end in ends:
        axes.annotate("", end, start, arrowprops={"arrowstyle": "-|>", "color": INK, "shrinkA": 0, "shrinkB": 0})
    axes.plot([past, past], [0.5 * HEIGHT, 5.5 * HEIGHT], color=INK, linewidth=1)
    for row in (0, 2):
        axes.plot([right, past], [(row + 0.5) * HEIGHT] * 2, color=INK, linewidth=1)
