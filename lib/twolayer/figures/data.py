"""Figures of a data set."""

import numpy as np

from .style import new_figure, styled


@styled
def sample_images(images, labels, class_names):
    """Draw the first twelve images of every class, a row a class.

    Parameters
    ----------
    images : ndarray of shape (N, height, width), uint8
    labels : ndarray of shape (N,)
    class_names : sequence of str
    """
    first = [np.flatnonzero(labels == label)[:12] for label in range(len(class_names))]
    height, width = images.shape[1:]
    rows = np.full((len(first), 12, height, width), 255, np.uint8)  # a class may have fewer than twelve
    for row, index in zip(rows, first, strict=True):
        row[: len(index)] = 255 - images[index]
    figure, axes = new_figure(7.2, min(9.0, 7.2 * len(rows) * height / (12 * width) * 0.98))
    axes.imshow(rows.swapaxes(1, 2).reshape(len(rows) * height, -1), cmap="gray", vmin=0, vmax=255)
    axes.set_yticks(height * (np.arange(len(rows)) + 0.5), class_names)
    axes.set_xticks([])
    axes.grid(False)
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    return figure
