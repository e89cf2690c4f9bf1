"""Figures of gradient checks and of what a model gets wrong."""

import numpy as np

from .style import LAYER_COLOURS, new_figure, styled


@styled
def gradient_errors(errors):
    """Draw relative errors of gradients by parameter, on a logarithmic axis.

    Parameters
    ----------
    errors : dict
        Label of a check to a dict of parameter name to relative error.
    """
    figure, axes = new_figure(6.0, 0.6 + 0.35 * len(errors))
    for row, values in enumerate(errors.values()):
        for name, error in values.items():
            fill = "full" if name[0] == "W" else "none"
            axes.plot(max(error, 1e-17), row, "o", color=LAYER_COLOURS[name[1] == "2"], fillstyle=fill)
    axes.set_yticks(range(len(errors)), list(errors))
    axes.set(xscale="log", xlabel="relative error against central differences")
    return figure


@styled
def misclassified(images, labels, predictions, probabilities, class_names, count=24):
    """Draw the wrongly classified images that the network was most sure of.

    Parameters
    ----------
    images : ndarray of shape (N, height, width), uint8
    labels, predictions : ndarray of shape (N,)
    probabilities : ndarray of shape (N,)
        Probability given to the prediction.
    class_names : sequence of str
    count : int
    """
    wrong = np.flatnonzero(labels != predictions)
    wrong = wrong[np.argsort(-probabilities[wrong], kind="stable")][:count]
    columns = 8
    rows = max(1, -(-len(wrong) // columns))
    figure, axes = new_figure(7.2, 1.08 * rows, rows, columns, squeeze=False)
    for axis in axes.flat:
        axis.set_axis_off()
    for axis, index in zip(axes.flat, wrong, strict=False):
        axis.imshow(255 - images[index], cmap="gray", vmin=0, vmax=255)
        axis.set_title(f"{class_names[labels[index]]} → {class_names[predictions[index]]}", fontsize=8)
    return figure


@styled
def confusion(matrix, class_names):
    """Draw a confusion matrix with its counts; the colour shows errors only.

    Parameters
    ----------
    matrix : ndarray of shape (C, C), int
        Rows are true classes, columns predictions.
    class_names : sequence of str
    """
    errors = matrix.astype(float)
    np.fill_diagonal(errors, np.nan)
    figure, axes = new_figure(4.6, 4.0)
    picture = axes.imshow(errors, cmap="Oranges", vmin=0)
    for (row, column), count in np.ndenumerate(matrix):
        axes.text(column, row, count, ha="center", va="center", fontsize=7, color="#999999" if count == 0 else "black")
    axes.set_xticks(range(len(class_names)), class_names)
    axes.set_yticks(range(len(class_names)), class_names)
    axes.set(xlabel="predicted", ylabel="true")
    axes.grid(False)
    figure.colorbar(picture, ax=axes, shrink=0.8, label="errors")
    return figure
