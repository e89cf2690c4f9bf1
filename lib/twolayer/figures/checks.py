"""Figures of gradient checks and of what a model gets wrong."""

import numpy as np

from .style import LAYER_COLOURS, new_figure, rotation, styled

MARKERS = {"central differences": "o", "complex step": "D"}
LOWEST = 1e-18  # an error of 0 is drawn here


@styled
def gradient_errors(errors):
    """Draw relative errors of gradients: a dict by method (a key of `MARKERS`) of dicts by network, then parameter."""
    networks = list(next(iter(errors.values())))
    figure, axes = new_figure(6.4, 0.7 + 0.35 * len(networks))
    for method, found in errors.items():
        for row, values in enumerate(found.values()):
            for name, error in values.items():
                fill, colour = "full" if name[0] == "W" else "none", LAYER_COLOURS[name[1] == "2"]
                axes.plot(max(error, LOWEST), row, MARKERS[method], color=colour, fillstyle=fill, markersize=5)
    axes.set_yticks(range(len(networks)), networks)
    axes.set(xscale="log", xlabel="relative error of the gradient", xlim=(LOWEST / 2, 1e-6))
    axes.invert_yaxis()
    return figure


@styled
def error_by_step(steps, errors, mark=None):
    """Draw the relative error of gradients by step; an upright line marks the step `mark`.

    Parameters
    ----------
    steps : ndarray of shape (N,)
    errors : dict
        Method (a key of `MARKERS`) to an array of shape (N,).
    mark : float, optional
    """
    figure, axes = new_figure(6.4, 3.2)
    for (method, values), colour in zip(errors.items(), LAYER_COLOURS, strict=True):
        axes.plot(steps, np.maximum(values, LOWEST), MARKERS[method] + "-", color=colour, markersize=3, label=method)
    if mark is not None:
        axes.axvline(mark, color="#555555", linewidth=1)
    axes.set(xscale="log", yscale="log", xlabel="step h", ylabel="relative error", ylim=(LOWEST / 2, 10))
    axes.legend(loc="upper left", bbox_to_anchor=(0, 0.45))
    return figure


@styled
def misclassified(images, labels, predictions, sureness, class_names):
    """Draw the 24 wrongly classified images with the largest `sureness`.

    Parameters
    ----------
    images : ndarray of shape (N, height, width), uint8
    labels, predictions : ndarray of shape (N,)
    sureness : ndarray of shape (N,)
        Such as the probability given to the prediction.
    class_names : sequence of str
    """
    wrong = np.flatnonzero(labels != predictions)
    wrong = wrong[np.argsort(-sureness[wrong], kind="stable")][:24]
    rows = max(1, -(-len(wrong) // 8))
    lines = 1 + (max(map(len, class_names)) > 3)
    figure, axes = new_figure(7.2, (0.92 + 0.16 * lines) * rows, rows, 8, squeeze=False)
    for axis in axes.flat:
        axis.set_axis_off()
    for axis, index in zip(axes.flat, wrong, strict=False):
        axis.imshow(255 - images[index], cmap="gray", vmin=0, vmax=255)
        true, said = class_names[labels[index]], class_names[predictions[index]]
        long = len(true + said) > 6  # a line each
        axis.set_title(f"{true}\n→ {said}" if long else f"{true} → {said}", fontsize=7 if long else 8)
    return figure


@styled
def confusion(matrix, class_names):
    """Draw a confusion matrix, (C, C) counts by true class and prediction; the colour shows errors only."""
    errors = matrix.astype(float)
    np.fill_diagonal(errors, np.nan)
    larger = max(0, len(matrix) - 10) * 0.2 + 0.8 * bool(rotation(class_names))
    figure, axes = new_figure(min(7.2, 4.6 + larger), min(6.6, 4.0 + larger))
    picture = axes.imshow(errors, cmap="Oranges", vmin=0)
    size = 7 if len(matrix) <= 12 else 4.5
    for (row, column), count in np.ndenumerate(matrix):
        axes.text(
            column, row, count, ha="center", va="center", fontsize=size, color="#999999" if count == 0 else "black"
        )
    axes.set_xticks(range(len(class_names)), class_names, rotation=rotation(class_names))
    axes.set_yticks(range(len(class_names)), class_names)
    axes.set(xlabel="predicted", ylabel="true")
    axes.grid(False)
    figure.colorbar(picture, ax=axes, shrink=0.8, label="errors")
    return figure
