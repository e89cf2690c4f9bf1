"""Figures of recipes: what a distortion does, errors by epoch, committees, and error against cost."""

from itertools import cycle

import numpy as np

from .style import LAYER_COLOURS, new_figure, plain_ticks, styled

GREY = "#555555"
COLOURS = (*LAYER_COLOURS, "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#8C510A", "#999999")
ARROW_EVERY = 3  # pixels


@styled
def fields(image, shape, displaced, copies):
    """Draw an image with what its pixels look at, and distorted copies of it.

    Parameters
    ----------
    image : ndarray of shape (D,)
    shape : tuple of int
    displaced : dict
        Name of a kind of distortion to (down, across), each (D,), in pixels.
    copies : dict
        The same names to copies (rows * columns, D).
    """
    figure, axes = new_figure(7.0, 3.4 * len(displaced) / 2, len(displaced), 2, squeeze=False)
    places = np.indices(shape)[:, ::ARROW_EVERY, ::ARROW_EVERY]
    for (left, right), (name, (down, across)) in zip(axes, displaced.items(), strict=True):
        thinned = [one.reshape(shape)[::ARROW_EVERY, ::ARROW_EVERY] for one in (across, down)]
        left.imshow(image.reshape(shape), cmap="gray_r", alpha=0.35)
        to_scale = {"angles": "xy", "scale_units": "xy", "scale": 1}
        left.quiver(places[1], places[0], *thinned, **to_scale, color=LAYER_COLOURS[1], width=0.005)
        left.set_title(name)
        right.imshow(_tiled(copies[name], shape), cmap="gray_r")
        for one in (left, right):
            one.set(xticks=[], yticks=[])
            one.grid(visible=False)
    return figure


def _tiled(images, shape, columns=6):
    rows = len(images) // columns
    return images[: rows * columns].reshape(rows, columns, *shape).swapaxes(1, 2).reshape(rows * shape[0], -1)


@styled
def errors_by_epoch(curves):
    """Draw the error by epoch, mean and range over seeds.

    `curves` has by label epochs (looks,) and errors (seeds, looks), shares of 1.
    """
    figure, axes = new_figure(6.4, 3.2)
    for (label, (epochs, errors)), colour in zip(curves.items(), cycle(COLOURS), strict=False):
        low, mean, high = 100 * errors.min(axis=0), 100 * errors.mean(axis=0), 100 * errors.max(axis=0)
        axes.fill_between(epochs, low, high, color=colour, alpha=0.2, linewidth=0)
        axes.plot(epochs, mean, color=colour, label=label)
    axes.set(yscale="log", xlabel="epoch", ylabel="error (%)")
    plain_ticks(axes.yaxis, (1.0, 2.0, 3.0, 5.0, 7.0))
    axes.legend(fontsize=7)
    return figure


@styled
def gain_by_size(gains):
    """Draw the test error of committees by their size; by label what `committee.gain` returns."""
    figure, axes = new_figure(6.0, 3.0)
    for (label, found), colour in zip(gains.items(), cycle(COLOURS), strict=False):
        sizes, (mean, low, high) = np.arange(1, len(found) + 1), 100 * np.transpose(found)
        axes.fill_between(sizes, low, high, color=colour, alpha=0.2, linewidth=0)
        axes.plot(sizes, mean, "o-", markersize=3, color=colour, label=label)
    axes.set(xlabel="members", ylabel="test error (%)")
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.legend(fontsize=8)
    return figure


@styled
def error_by_cost(points, best, published):
    """Draw each recipe's test error against what training it costs, the best for its cost, and published errors.

    Parameters
    ----------
    points : dict
        Label to (seconds, errors), an entry a network.
    best : ndarray of shape (k, 2)
        Seconds and errors that nothing cheaper equals, the cheapest first.
    published : dict
        Label to an error, in percent.
    """
    figure, axes = new_figure(6.6, 4.4)
    for (label, (seconds, errors)), colour in zip(points.items(), cycle(COLOURS), strict=False):
        axes.plot(seconds, 100 * np.asarray(errors), "o", markersize=4, color=colour, label=label)
    seconds, errors = best.T
    axes.step(seconds, 100 * errors, where="post", color=GREY, linewidth=1, zorder=0)
    for place, (label, error) in enumerate(sorted(published.items(), key=lambda one: one[1])):
        axes.axhline(error, color=GREY, linewidth=0.7, linestyle=":")
        share, side = ((1, "right"), (0.4, "center"))[place % 2]  # two may be nearly the same
        axes.annotate(
            label, (share, error), xycoords=("axes fraction", "data"), fontsize=7, ha=side, va="bottom", color=GREY
        )
    axes.set(
        xscale="log", yscale="log", xlabel="training time (seconds of one processor core)", ylabel="test error (%)"
    )
    plain_ticks(axes.xaxis, (1.0, 2.0, 5.0))
    plain_ticks(axes.yaxis, (1.0, 2.0, 3.0, 5.0, 7.0))
    axes.legend(fontsize=7, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncol=3)
    return figure
