"""Figures of one digit on its way through the network."""

import numpy as np
from matplotlib import colormaps

from .style import LAYER_COLOURS, new_figure, styled

WEIGHTS = "RdBu_r"  # red positive, blue negative, as in all pictures of weights


def colour_table():
    """Return the colours of weights from most negative to most positive, shape (256, 3), uint8."""
    return np.rint(255 * colormaps[WEIGHTS](np.arange(256))[:, :3]).astype(np.uint8)


def colour_limit(W1):
    """Return the weight that has the strongest colour: 0.999 of all are smaller."""
    return float(np.quantile(np.abs(W1), 0.999)) or 1.0


@styled
def answer(image, probabilities, units, shares, W1, class_names):
    """Draw a digit, the probabilities of the classes, and the weights of the units that spoke for the likeliest.

    Parameters
    ----------
    image : ndarray of shape (height, width), uint8
    probabilities, units, shares
        As `drawing.explained` returns them.
    W1 : ndarray of shape (D, H)
    class_names : sequence of str
    """
    figure, axes = new_figure(7.2, max(2.5, 0.2 * len(class_names)), 2, 5, width_ratios=[2.4, 1.8, 1, 1, 1])
    grid = axes[0, 0].get_gridspec()
    for axis in axes[:, :2].flat:
        axis.remove()
    draw_ink(figure.add_subplot(grid[:, 0]), image, "what the network sees")
    draw_bars(figure.add_subplot(grid[:, 1]), probabilities, class_names)
    limit = colour_limit(W1)
    for axis in axes[:, 2:].flat:
        axis.set_axis_off()
    for axis, unit, share in zip(axes[:, 2:].flat, units, shares, strict=False):
        weights = W1[:, unit].reshape(image.shape)
        axis.imshow(weights, cmap=WEIGHTS, vmin=-limit, vmax=limit, interpolation="nearest")
        axis.set_title(f"unit {unit}: {share:.1%}", fontsize=7, pad=3)
    return figure


@styled
def first(image, probabilities, class_names):
    """Draw a digit and the probabilities of the classes: `answer` without its reasons, for the top of the page."""
    figure, axes = new_figure(5.2, max(2.5, 0.2 * len(class_names)), 1, 2, width_ratios=[1.3, 1])
    draw_ink(axes[0], image, "what the network sees")
    draw_bars(axes[1], probabilities, class_names)
    return figure


def draw_ink(axis, image, title):
    """Draw an image, 255 is ink, into an axis."""
    axis.imshow(image, cmap="gray_r", vmin=0, vmax=255, interpolation="nearest")
    axis.set(xticks=[], yticks=[], title=title)
    axis.grid(False)
    axis.spines[:].set(visible=True, color="#999999")


def draw_bars(axis, probabilities, class_names):
    """Draw the probabilities of classes into an axis."""
    colours = np.full(len(class_names), "#999999")
    colours[probabilities.argmax()] = LAYER_COLOURS[0]
    axis.barh(range(len(class_names)), 100 * probabilities, color=colours)
    for row, value in enumerate(probabilities):
        weight = "bold" if row == probabilities.argmax() else "normal"
        axis.text(100 * value + 2, row, f"{value:.1%}", va="center", fontsize=7, fontweight=weight)
    axis.set_yticks(range(len(class_names)), class_names)
    axis.set(xticks=[], xlim=(0, 135), ylim=(len(class_names) - 0.4, -0.6), title="probability")
    axis.grid(False)
    axis.spines[:].set_visible(False)
    axis.tick_params(length=0)


@styled
def preprocessing(drawing, box, field):
    """Draw a drawing, (N, N) uint8, its `drawing.boxed` and its `drawing.placed`, one beside the other."""
    figure, axes = new_figure(6.4, 2.3, 1, 3)
    for axis, image, name in zip(axes, (drawing, box, field), ("drawing", "box", "centred"), strict=True):
        draw_ink(axis, image, f"{name}, {image.shape[0]} by {image.shape[1]}")
    axes[2].plot(14, 14, "+", color=LAYER_COLOURS[1], markersize=9)
    return figure
