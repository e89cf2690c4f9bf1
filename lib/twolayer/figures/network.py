"""The network as a picture: one unit with numbers on its edges, and all units with the shapes of their arrays."""

import numpy as np
from matplotlib.patches import Rectangle

from ..network.layers import affine_forward, relu_forward
from .diagram import FORWARD, arrow, box, circle, number, sheet
from .style import LAYER_COLOURS, styled

LENGTHS = {"B": 0.42, "D": 1.1, "H": 0.72, "C": 0.34}  # inches of a side of so many rows or columns


@styled
def unit(X, w, b):
    """Draw one hidden unit with the numbers on its edges, once for each example, by equations (2.1) and (2.2).

    Parameters
    ----------
    X : ndarray of shape (B, D)
        An example a row; few, and with few inputs.
    w : ndarray of shape (D,)
        The unit's weights.
    b : float
        Its bias.
    """
    Z, _ = affine_forward(X, w[:, None], np.array([b]))
    A, _ = relu_forward(Z)
    figure, axis = sheet(4.6, 1.75 * len(X))
    for example, (x, z, a) in enumerate(zip(X, Z[:, 0], A[:, 0], strict=True)):
        _draw_unit(axis, 1.75 * (len(X) - example) - 0.82, x, w, b, z, a, f"example {example + 1}")
    return figure


def _draw_unit(axis, y, x, w, b, z, a, title):
    axis.text(0.1, y + 0.66, title, va="center", fontweight="bold")
    heights = y + 0.34 * np.linspace(1, -1, len(x))
    for k, (value, weight, height) in enumerate(zip(x, w, heights, strict=True)):
        arrow(axis, (0.51, height), (1.69, y + 0.5 * (height - y)))
        circle(axis, 0.32, height, 0.19, number(value))
        label = {"ha": "center", "va": "center", "color": FORWARD, "gid": f"weight {k}"}
        axis.text(1.02, y + 0.78 * (height - y), number(weight), bbox={"color": "white", "pad": 1.5}, **label)
    arrow(axis, (1.9, y + 0.6), (1.9, y + 0.24))
    axis.text(1.98, y + 0.5, number(b), color=FORWARD, ha="left", va="center", gid="bias")
    axis.text(2.2, y + 0.5, "(bias)", va="center", fontsize=8.5)
    circle(axis, 1.9, y, 0.24, "+")
    arrow(axis, (2.14, y), (2.96, y))
    axis.text(2.54, y + 0.13, f"z = {number(z)}", ha="center", va="center", gid="z")
    box(axis, 3.21, y, 0.5, 0.5)
    edge = [y - 0.1, y - 0.1, y + 0.15]
    axis.plot([3.02, 3.21, 3.4], edge, color="#555555")
    axis.text(3.21, y + 0.38, "ReLU", ha="center", va="center", fontsize=8.5)
    arrow(axis, (3.46, y), (4.5, y), style="-" if a > 0 else ":")
    axis.text(3.98, y + 0.13, f"a = {number(a)}", ha="center", va="center", gid="a")
    axis.text(3.98, y - 0.16, "on" if a > 0 else "off", ha="center", va="center", fontsize=8.5)
    products = " + ".join(f"{_factor(value)} · {_factor(weight)}" for value, weight in zip(x, w, strict=True))
    axis.text(0.13, y - 0.72, f"z = {products} + {_factor(b)} = {number(z)}", va="center", gid="sum")


def _factor(value):
    return f"({number(value)})" if value < 0 else number(value)


def array_shapes(n_inputs, n_classes):
    """Return the shape of each array of the forward pass, its sizes as they are or as the letters B and H."""
    B, D, H, C = "B", n_inputs, "H", n_classes
    shapes = {"X": (B, D), "W1": (D, H), "b1": (H,), "Z1": (B, H), "A1": (B, H)}
    return shapes | {"W2": (H, C), "b2": (C,), "Z2": (B, C), "P": (B, C)}


@styled
def shapes(n_inputs, n_classes):
    """Draw the network for one example, unit by unit, and below for a batch, array by array with their shapes.

    Parameters
    ----------
    n_inputs, n_classes : int
        D and C; batch and hidden size stay letters.
    """
    written = {name: _written(shape) for name, shape in array_shapes(n_inputs, n_classes).items()}
    figure, axis = sheet(4.6, 5.62)
    _draw_units(axis, n_inputs, n_classes)
    axis.text(0.1, 3.06, "a batch of B examples", va="center", fontweight="bold")
    for y, names in ((2.2, ("Z1", "X", "W1", "b1")), (0.62, ("Z2", "A1", "W2", "b2"))):
        _draw_product(axis, y, names, written)
    axis.text(3.3, 0.94, "$A_1$ = relu($Z_1$)", va="center")
    axis.text(3.3, 0.62, "$P$ = softmax($Z_2$)", va="center")
    axis.text(3.3, 0.4, written["P"], va="center", fontsize=8.5)
    return figure


def _written(shape):
    return f"({', '.join(map(str, shape))}{',' * (len(shape) == 1)})"


def _symbol(name):
    return f"${name[0]}_{name[1]}$" if len(name) > 1 else f"${name}$"


def _draw_units(axis, n_inputs, n_classes):
    axis.text(0.1, 5.5, "one example", va="center", fontweight="bold")
    heights = 4.32 + np.array([0.7, 0.35, -0.35, -0.7])  # two, dots, two
    columns = {0.55: (n_inputs, "inputs"), 2.2: ("H", "hidden units"), 3.85: (n_classes, "classes")}
    for left, right in ((0.55, 2.2), (2.2, 3.85)):
        for begin in heights:
            for end in heights:
                axis.plot([left, right], [begin, end], color="#aaaaaa", linewidth=0.6, zorder=1)
    for place, (x, (count, what)) in enumerate(columns.items()):
        for height in heights:
            circle(axis, x, height, 0.13)
        axis.text(x, 4.32, "⋮", ha="center", va="center", zorder=4)
        axis.text(x, 5.27, f"{count} {what}", ha="center", va="center")
        axis.text(x, 3.38, ("a row of $X$", "relu($z$)", "softmax")[place], ha="center", va="center", fontsize=8.5)
    for x, name in ((1.375, "$W_1$, $b_1$"), (3.025, "$W_2$, $b_2$")):
        axis.text(x, 3.38, name, ha="center", va="center", color=FORWARD)


def _draw_product(axis, y, names, written):
    """Draw `Z = X W + b` as rectangles, sides of one size equally long, each with name and shape."""
    sides = dict(zip(("Z1", "X", "W1", "b1"), ("BH", "BD", "DH", "1H"), strict=True))
    sides |= dict(zip(("Z2", "A1", "W2", "b2"), ("BC", "BH", "HC", "1C"), strict=True))
    x = 0.1
    for name, sign in zip(names, "=·+ ", strict=True):
        height, width = (LENGTHS.get(side, 0.12) for side in sides[name])
        room = max(width, 0.075 * len(written[name]))
        place = x + (room - width) / 2, y - height / 2
        fill = LAYER_COLOURS[name[1] == "2"] if name[0] in "Wb" else "#999999"
        axis.add_patch(Rectangle(place, width, height, facecolor=fill, alpha=0.3, edgecolor="none"))
        axis.add_patch(Rectangle(place, width, height, facecolor="none", edgecolor="#333333", gid=name))
        axis.text(x + room / 2, y + height / 2 + 0.12, _symbol(name), ha="center", va="center")
        axis.text(x + room / 2, y - height / 2 - 0.12, written[name], ha="center", va="center", fontsize=8.5)
        axis.text(x + room + 0.13, y, sign, ha="center", va="center")
        x += room + 0.26
