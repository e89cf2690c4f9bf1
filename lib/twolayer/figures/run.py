"""Figures of one run: its learning curve and its parameters."""

import numpy as np
from matplotlib import colormaps

from .style import COLOURS, LAYER_COLOURS, new_figure, plain_ticks, styled


@styled
def learning_curve(history, best_update=None):
    """Draw loss and accuracy of train, validation and test by update.

    Parameters
    ----------
    history : dict
        As `records.read_history` returns it.
    best_update : int, optional
        Marked by a vertical line: the parameters kept.
    """
    figure, (left, right) = new_figure(7.2, 2.9, 1, 2, margins=(0.7, 0.1, 0.45, 0.1, 0.65, 0))
    steps = np.arange(len(history["batch_loss"]))
    left.plot(steps, history["batch_loss"], color="#bbbbbb", linewidth=0.5, label="batch")
    for part, colour in _parts(history):
        left.plot(history["update"], history[f"{part}_loss"], color=colour, label=part, marker=".", markersize=3)
        right.plot(history["update"], history[f"{part}_accuracy"], color=colour, label=part, marker=".", markersize=3)
    # Logarithmic: the first updates and the last ones differ by two orders of magnitude.
    left.set(yscale="log", xlabel="update", ylabel="cross-entropy (nats)")
    plain_ticks(left.yaxis, (1.0, 2.0, 5.0))
    right.set(xlabel="update", ylabel="accuracy", ylim=_accuracy_limits(history))
    for axes in (left, right):
        if best_update is not None:
            axes.axvline(best_update, color="#555555", linewidth=0.8, linestyle=":", label="kept")
    left.legend(fontsize=7)
    right.legend(fontsize=7, loc="lower right")
    return figure


def _parts(history):
    return [(part, colour) for part, colour in COLOURS.items() if f"{part}_loss" in history]


def _accuracy_limits(history):
    final = max(history[f"{part}_accuracy"].max() for part, _ in _parts(history))
    return (0.8, 1.005) if final > 0.9 else (0, max(0.3, 1.1 * final))


@styled
def parameter_histograms(params):
    """Draw histograms of the weights and biases of both layers.

    Parameters
    ----------
    params : dict
        W1, b1, W2, b2.
    """
    figure, axes = new_figure(7.2, 4.4, 2, 2, margins=(0.8, 0.1, 0.45, 0.3, 0.7, 0.8))
    for row, (W, b, colour) in enumerate((("W1", "b1", LAYER_COLOURS[0]), ("W2", "b2", LAYER_COLOURS[1]))):
        for axis, name, bins in ((axes[row, 0], W, 100), (axes[row, 1], b, 30)):
            values = params[name].ravel()
            counts, edges = np.histogram(values, bins=min(bins, max(5, values.size)))
            axis.stairs(counts, edges, fill=True, color=colour)  # one outline, not a hundred bars
            axis.locator_params(axis="x", nbins=5)
            axis.set(xlabel=name, ylabel="count", title=f"{name}: {values.size} values, sd {values.std():.3g}")
        axes[row, 0].set_yscale("log")  # most weights sit in a narrow peak
        plain_ticks(axes[row, 0].yaxis)
    return figure


@styled
def weight_images(W1, image_shape, W2=None, rows=8, columns=16):
    """Draw first-layer weights as images on one colour scale, one tile a hidden unit.

    Parameters
    ----------
    W1 : ndarray of shape (D, H)
    image_shape : tuple of int
        (height, width), height * width = D.
    W2 : ndarray of shape (H, C), optional
        The units with the largest outgoing weights (norm of W2's row) come first.
    rows, columns : int
        The most that is shown.
    """
    order = np.argsort(-np.linalg.norm(W2, axis=1), kind="stable") if W2 is not None else np.arange(W1.shape[1])
    order = order[: rows * columns]
    columns = min(columns, len(order))
    rows = -(-len(order) // columns)
    height, width = image_shape
    tiles = np.full((rows * columns, height, width), np.nan)
    tiles[: len(order)] = W1[:, order].T.reshape(-1, height, width)
    framed = np.pad(tiles, ((0, 0), (1, 1), (1, 1)), constant_values=np.nan)
    mosaic = framed.reshape(rows, columns, height + 2, width + 2).swapaxes(1, 2).reshape(rows * (height + 2), -1)
    limit = float(np.quantile(np.abs(W1[:, order]), 0.999)) or 1.0
    size = 7.2
    figure, axes = new_figure(size, max(1.2, 0.92 * size * mosaic.shape[0] / mosaic.shape[1]))
    picture = axes.imshow(mosaic, cmap="RdBu_r", vmin=-limit, vmax=limit, interpolation="nearest")
    axes.set_axis_off()
    figure.colorbar(picture, ax=axes, shrink=0.6, pad=0.01, label="weight")
    return figure


@styled
def output_weights(W2, class_names):
    """Draw second-layer weights as one image: a row a class, a column a hidden unit.

    Parameters
    ----------
    W2 : ndarray of shape (H, C)
        Columns of the picture are sorted by the class with the largest weight.
    class_names : sequence of str
    """
    order = np.lexsort((-W2.max(axis=1), W2.argmax(axis=1)))
    limit = float(np.abs(W2).max()) or 1.0
    figure, axes = new_figure(7.2, 2.2)
    picture = axes.imshow(W2[order].T, cmap="RdBu_r", vmin=-limit, vmax=limit, aspect="auto", interpolation="nearest")
    axes.set(xlabel="hidden unit, sorted by the class it votes for", ylabel="class")
    axes.set_yticks(range(len(class_names)), class_names)
    axes.grid(False)
    figure.colorbar(picture, ax=axes, pad=0.01, label="weight")
    return figure


@styled
def dead_units(histories):
    """Draw the share of dead hidden units by update.

    Parameters
    ----------
    histories : dict
        Label to history, drawn from light to dark.
    """
    figure, axes = new_figure(7.2, 2.4)
    for place, (label, history) in enumerate(histories.items()):
        colour = colormaps["viridis_r"](0.15 + 0.85 * place / max(1, len(histories) - 1))
        axes.plot(history["update"], history["dead_fraction"], color=colour, label=label, marker=".", markersize=3)
    axes.set(xlabel="update", ylabel="dead share of hidden units", ylim=(-0.02, 1.02))
    axes.legend(fontsize=7)
    return figure
