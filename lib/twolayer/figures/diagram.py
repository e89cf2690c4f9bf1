"""What diagrams are made of: a sheet whose coordinates are inches, boxes, arrows, numbers and matrices."""

from fractions import Fraction

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyBboxPatch

FORWARD, BACKWARD = "#0072B2", "#B34700"  # of values and of gradients; the second is dark enough for small letters
ENTRY, LINE = 0.39, 0.19  # width and height of a matrix's entry


def sheet(width, height):
    """Return a Figure of that size in inches and its axes, on which a unit is an inch."""
    figure = Figure(figsize=(width, height))
    axis = figure.add_axes([0, 0, 1, 1])
    axis.set(xlim=(0, width), ylim=(0, height))
    axis.set_axis_off()
    return figure, axis


def number(value):
    """Return a number as one reads it: a fraction where its denominator is at most 16, else three decimals."""
    simple = Fraction(float(value)).limit_denominator(16)
    text = str(simple) if abs(simple - Fraction(float(value))) < 1e-12 else f"{value:.3f}"
    return text.replace("-", "−")


def box(axis, x, y, width, height, *lines, name=None):
    """Draw a box around (x, y) with lines of text, the first in bold; `name` is the id that it is found by."""
    patch = FancyBboxPatch(
        (x - width / 2, y - height / 2), width, height, boxstyle="round,pad=0,rounding_size=0.07",
        facecolor="#f2f2f2", edgecolor="#555555", linewidth=1, gid=name,
    )  # fmt: skip
    axis.add_patch(patch)
    for place, line in enumerate(lines):
        above = y + LINE * ((len(lines) - 1) / 2 - place)
        weight, size = ("bold", 9) if place == 0 else ("normal", 8.5)
        axis.text(x, above, line, ha="center", va="center", fontsize=size, fontweight=weight)


def circle(axis, x, y, radius, text="", **options):
    """Draw a circle with a text in it."""
    axis.add_patch(Circle((x, y), radius, **{"facecolor": "white", "edgecolor": "#555555", "zorder": 3} | options))
    axis.text(x, y, text, ha="center", va="center", zorder=4)


def arrow(axis, begin, end, colour="#333333", style="-", **options):
    """Draw an arrow from one point to another."""
    look = {"arrowstyle": "-|>", "color": colour, "linestyle": style, "linewidth": 1.1, "shrinkA": 0, "shrinkB": 0}
    axis.annotate("", end, begin, arrowprops=look | options)


def matrix(axis, x, y, array, colour, name=None):
    """Write a number, a row (N,) or a matrix (M, N) around (x, y), entry by entry and in brackets."""
    rows = np.atleast_2d(array)
    height, width = LINE * len(rows), ENTRY * rows.shape[1]
    for (row, column), value in np.ndenumerate(rows):
        place = x + ENTRY * (column - (rows.shape[1] - 1) / 2), y + LINE * ((len(rows) - 1) / 2 - row)
        axis.text(*place, number(value), ha="center", va="center", color=colour, fontsize=9, gid=name)
    if np.ndim(array):
        for side in (-1, 1):
            edge, lip = x + side * width / 2, x + side * (width / 2 - 0.04)
            ends = [y + height / 2, y + height / 2, y - height / 2, y - height / 2]
            axis.plot([lip, edge, edge, lip], ends, color=colour, linewidth=0.9)
