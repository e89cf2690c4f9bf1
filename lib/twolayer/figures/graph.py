"""The computational graph of the objective: values above its edges, gradients below, slopes in its nodes."""

import numpy as np

from ..network import layers
from .diagram import BACKWARD, FORWARD, arrow, box, circle, matrix, sheet
from .style import styled


def edges(net, X, y):
    """Return the value on each edge of the graph of the objective (2.6), and its gradient, by the library's layers.

    Parameters
    ----------
    net : TwoLayerNet
        Its penalty has the weights in it, not the biases.
    X : ndarray of shape (B, D)
    y : ndarray of shape (B,)
        Labels, 0 <= y[i] < C.

    Returns
    -------
    values, gradients : dict
        By name: W1, b1, W2, b2 on their way into a layer, Z1, A1, Z2, P, `entropy`, `penalty` and L; `W1 penalty` and
        `W2 penalty` on their way into the penalty. Of X there is no gradient. Those of the two ways of a weight add
        up to what `net.loss` returns, (2.13).
    """
    Z2, (first, kink, second) = net.forward(X)
    P, (entropy, dZ2) = layers.softmax(Z2), layers.softmax_cross_entropy(Z2, y)
    dA1, dW2, db2 = layers.affine_backward(dZ2, second)
    dZ1 = layers.relu_backward(dA1, kink)
    _, dW1, db1 = layers.affine_backward(dZ1, first, input_gradient=False)
    penalty = layers.l2_penalty((net.params["W1"], net.params["W2"]), net.l2)
    values = {"X": X, "y": y, **net.params, "Z1": kink, "A1": second[0], "Z2": Z2, "P": P}
    values |= {"entropy": entropy, "penalty": penalty, "L": entropy + penalty}
    gradients = {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2, "Z1": dZ1, "A1": dA1, "Z2": dZ2}
    gradients |= {"P": -np.eye(P.shape[1])[y] / (len(y) * P), "entropy": 1.0, "penalty": 1.0, "L": 1.0}
    for name in ("W1", "W2"):
        values[f"{name} penalty"], gradients[f"{name} penalty"] = net.params[name], net.l2 * net.params[name]
    return values, gradients


@styled
def objective(net, X, y):
    """Draw the graph of the objective with what `edges` returns: for two examples, inputs, hidden units and classes."""
    figure, axis = sheet(4.6, 7.15)
    edge = _Edges(axis, *edges(net, X, y))
    for height, layer, source in ((6.0, "1", "X"), (3.65, "2", "A1")):
        _draw_affine(axis, edge, height, layer, source)
    box(axis, 3.2, 6.0, 0.9, 0.9, "ReLU", "slope", "$[Z_1 > 0]$")
    edge.across(3.65, 4.55, 6.0, "A1")
    _wrap(axis, 6.0, 4.86, 3.65)
    box(axis, 3.2, 3.65, 0.9, 0.9, "softmax", "slope", r"$P_j ([j{=}k] {-} P_k)$")
    edge.across(3.65, 4.55, 3.65, "P")
    _wrap(axis, 3.65, 2.52, 1.98)
    _draw_sum(axis, edge, y)
    return figure


def symbol(name):
    """Return the name of an array as it is printed: `$Z_1$` for Z1."""
    return f"${name[0]}_{name[1]}$" if name[1:].isdigit() else f"${name}$"


def _draw_affine(axis, edge, y, layer, source):
    W, b, Z = (f"{letter}{layer}" for letter in "WbZ")
    if source == "X":
        edge.across(0.05, 0.95, y, "X")
    else:  # its numbers stand where the edge begins, at the end of the line above
        arrow(axis, (0.05, y), (0.95, y))
    slopes = (f"by {symbol(source)}: {symbol(W)}", f"by {symbol(W)}: {symbol(source)}", f"by {symbol(b)}: 1")
    box(axis, 1.4, y, 0.9, 0.9, "affine", *slopes)
    edge.upright(1.4, y + 1.1, y + 0.45, y + 0.9, W)
    edge.upright(1.4, y - 1.0, y - 0.45, y - 0.87, b)
    edge.across(1.85, 2.75, y, Z)


def _wrap(axis, y, between, below):
    axis.plot([4.55, 4.55, 0.05, 0.05], [y, between, between, below], color="#333333", linewidth=1.1)


def _draw_sum(axis, edge, y):
    above, below = 1.98, 0.78
    arrow(axis, (0.05, above), (0.5, above))
    box(axis, 1.08, above, 1.16, 0.9, "cross-entropy", "slope", "$-Y / (B P)$")
    edge.upright(1.2, above - 0.8, above - 0.45, above - 0.66, "y")
    edge.across(1.66, 2.6, above, "entropy")
    circle(axis, 2.8, above, 0.2, "+")
    edge.across(3.0, 4.0, above, "L")
    box(axis, 2.8, below, 1.1, 0.9, "penalty", "slope", r"$\lambda W_1$, $\lambda W_2$")
    edge.upright(2.8, below + 0.45, above - 0.2, below + 0.74, "penalty")
    edge.across(1.25, 2.25, below, "W1 penalty")
    edge.across(4.35, 3.35, below, "W2 penalty")
    for height, words, colour, style in ((0.55, "value", FORWARD, "-"), (0.3, "gradient", BACKWARD, "--")):
        ends = [(0.05, height), (0.35, height)][:: 1 if style == "-" else -1]
        arrow(axis, *ends, colour if style == "--" else "#333333", style)
        axis.text(0.42, height, words, color=colour, va="center")


class _Edges:
    """Draws edges with what flows along them: values forward on a line, gradients back on a broken one."""

    def __init__(self, axis, values, gradients):
        self.axis, self.values, self.gradients = axis, values, gradients

    def across(self, begin, end, y, name):
        """Draw an edge to the side, its value above and its gradient below."""
        middle = (begin + end) / 2
        arrow(self.axis, (begin, y), (end, y))
        near, far = (0.28, 0.58) if np.ndim(self.values[name]) else (0.12, 0.31)
        self._write((middle, y + near), (middle, y + far), name)
        if name in self.gradients:
            arrow(self.axis, (end, y - 0.08), (begin, y - 0.08), BACKWARD, "--")
            self._write((middle, y - near - 0.09), (middle, y - far - 0.09), name, "d")

    def upright(self, x, begin, end, y, name):
        """Draw an edge up, or down, its value at the left and its gradient at the right, at the height y."""
        arrow(self.axis, (x, begin), (x, end))
        near, far = (0.47, 1.03) if np.ndim(self.values[name]) else (0.22, 0.7)
        self._write((x - near, y), (x - far, y), name)
        if name in self.gradients:
            arrow(self.axis, (x + 0.08, end), (x + 0.08, begin), BACKWARD, "--")
            self._write((x + near + 0.08, y), (x + far + 0.16, y), name, "d")

    def _write(self, place, beside, name, d=""):
        colour, number = (BACKWARD, self.gradients) if d else (FORWARD, self.values)
        matrix(self.axis, *place, number[name], colour, d + name)
        short = name.split()[0]
        word = short in ("entropy", "penalty")
        if not (word and d):
            text = short if word else d + symbol(short)
            self.axis.text(*beside, text, color=colour, ha="center", va="center", fontsize=9)
