"""Figures of one run: its learning curve and its parameters."""

import numpy as np
from matplotlib import colormaps

from .drawing import WEIGHTS, colour_limit
from .style import COLOURS, LAYER_COLOURS, new_figure, plain_ticks, styled


@styled
def learning_curve(history, best_update):
    """Draw loss and accuracy of train, validation and test by update.

    Parameters
    ----------
    history : dict
        As `records.read_history` returns it.
    best_update : int
        Marked by a vertical line: the parameters kept.
    """
    figure, (left, right) = new_figure(7.2, 2.9, 1, 2, margins=(0.7, 0.1, 0.45, 0.1, 0.65, 0))
    steps = np.arange(len(history["batch_loss"]))
    left.plot(steps, history["batch_loss"], color="#bbbbbb", linewidth=0.5, label="batch")
    for part in parts_of(history):
        for axes, what in ((left, "loss"), (right, "accuracy")):
            values = history[f"{part}_{what}"]
            axes.plot(history["update"], values, color=COLOURS[part], label=part, marker=".", markersize=3)
    # Logarithmic: the first updates and the last ones differ by two orders of magnitude.
    left.set(yscale="log", xlabel="update", ylabel="cross-entropy (nats)")
    plain_ticks(left.yaxis, (1.0, 2.0, 5.0))
    right.set(xlabel="update", ylabel="accuracy", ylim=_accuracy_limits(history))
    for axes in (left, right):
        axes.axvline(best_update, color="#555555", linewidth=0.8, linestyle=":", label="kept")
    left.legend(fontsize=7)
    right.legend(fontsize=7, loc="lower right")
    return figure


def parts_of(history):
    """Return the names of the parts that a run has looked at."""
    return [part for part in COLOURS if f"{part}_loss" in history]


def _accuracy_limits(history):
    final = max(history[f"{part}_accuracy"].max() for part in parts_of(history))
    return (0.8, 1.005) if final > 0.9 else (0, max(0.3, 1.1 * final))


FEW = 12  # values of which a histogram would show the bins, not the values


@styled
def parameter_histograms(params):
    """Draw histograms of the weights and biases of both layers, W1, b1, W2, b2; few values as a strip."""
    figure, axes = new_figure(7.2, 4.4, 2, 2, margins=(0.8, 0.1, 0.45, 0.3, 0.7, 0.8))
    for axis, name in zip(axes.flat, ("W1", "b1", "W2", "b2"), strict=True):
        values, bins, colour = params[name].ravel(), 100 if name[0] == "W" else 30, LAYER_COLOURS[name[1] == "2"]
        axis.set(xlabel=name, title=f"{name}: {values.size} values, sd {values.std():.3g}")
        if values.size <= FEW:
            strip(axis, {"": values}, range(len(values)), {"": colour})
            continue
        counts, edges = np.histogram(values, bins=min(bins, max(5, values.size)))
        axis.stairs(counts, edges, fill=True, color=colour)  # one outline, not a hundred bars
        axis.locator_params(axis="x", nbins=5)
        axis.set(ylabel="count")
        if name[0] == "W":
            axis.set_yscale("log")  # most weights sit in a narrow peak
            plain_ticks(axis.yaxis)
    return figure


def strip(axis, rows, names, colours):
    """Draw few values one by one, a stroke each below its name, on one line for each of `rows`, from below.

    Parameters
    ----------
    axis : matplotlib.axes.Axes
    rows, colours : dict
        Label to ndarray of shape (n,), and to colour.
    names : sequence of length n
        Names of the values; neighbours have them at different heights.
    """
    for height, (label, values) in enumerate(rows.items()):
        axis.plot(values, np.full(len(values), height), "|", markersize=10, markeredgewidth=1.2, color=colours[label])
        for place, which in enumerate(np.argsort(values)):
            above = height + 0.17 + 0.15 * (place % 3)
            axis.text(values[which], above, names[which], fontsize=7, ha="center", color=colours[label])
    axis.set(ylim=(-0.35, len(rows) - 0.25))
    axis.set_yticks(range(len(rows)), rows)
    axis.grid(False, axis="y")
    axis.locator_params(axis="x", nbins=5)


@styled
def weight_images(W1, image_shape, W2):
    """Draw first-layer weights as images on one colour scale, one tile a hidden unit, 8 rows of 16 at most.

    Parameters
    ----------
    W1 : ndarray of shape (D, H)
    image_shape : tuple of int
        (height, width), height * width = D.
    W2 : ndarray of shape (H, C)
        The units with the largest outgoing weights (norm of W2's row) come first.
    """
    order = np.argsort(-np.linalg.norm(W2, axis=1), kind="stable")[:128]
    columns = min(16, len(order))
    rows = -(-len(order) // columns)
    height, width = image_shape
    tiles = np.full((rows * columns, height, width), np.nan)
    tiles[: len(order)] = W1[:, order].T.reshape(-1, height, width)
    framed = np.pad(tiles, ((0, 0), (1, 1), (1, 1)), constant_values=np.nan)
    mosaic = framed.reshape(rows, columns, height + 2, width + 2).swapaxes(1, 2).reshape(rows * (height + 2), -1)
    limit = colour_limit(W1[:, order])
    figure, axes = new_figure(7.2, max(1.2, 0.92 * 7.2 * mosaic.shape[0] / mosaic.shape[1]))
    picture = axes.imshow(mosaic, cmap=WEIGHTS, vmin=-limit, vmax=limit, interpolation="nearest")
    axes.set_axis_off()
    figure.colorbar(picture, ax=axes, shrink=0.6, pad=0.01, label="weight")
    return figure


@styled
def output_weights(W2, class_names):
    """Draw W2, (H, C), as one image: a row a class, a column a hidden unit, sorted by its largest weight's class."""
    order = np.lexsort((-W2.max(axis=1), W2.argmax(axis=1)))
    limit = float(np.abs(W2).max()) or 1.0
    figure, axes = new_figure(7.2, max(2.2, 0.16 * len(class_names)))
    picture = axes.imshow(W2[order].T, cmap=WEIGHTS, vmin=-limit, vmax=limit, aspect="auto", interpolation="nearest")
    axes.set(xlabel="hidden unit, sorted by the class it votes for", ylabel="class")
    axes.set_yticks(range(len(class_names)), class_names)
    axes.grid(False)
    figure.colorbar(picture, ax=axes, pad=0.01, label="weight")
    return figure


@styled
def dead_units(histories):
    """Draw the share of dead hidden units by update; `histories`, by label, go from light to dark."""
    figure, axes = new_figure(7.2, 2.4)
    colours = colormaps["viridis_r"](np.linspace(0.15, 1, len(histories)))
    for colour, (label, history) in zip(colours, histories.items(), strict=True):
        axes.plot(history["update"], history["dead_fraction"], color=colour, label=label, marker=".", markersize=3)
    axes.set(xlabel="update", ylabel="dead share of hidden units", ylim=(-0.02, 1.02))
    axes.legend(fontsize=7)
    return figure
