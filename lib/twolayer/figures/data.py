"""Figures of a data set."""

import numpy as np

from .style import new_figure, styled

EACH = 6  # images of a class


@styled
def sample_images(images, labels, class_names):
    """Draw the first six images of every class, a row a class, the classes in two columns.

    Parameters
    ----------
    images : ndarray of shape (N, height, width), uint8
    labels : ndarray of shape (N,)
    class_names : sequence of str
    """
    rows = -(-len(class_names) // 2)
    height, width = images.shape[1:]
    figure, columns = new_figure(7.2, min(9.0, 3.5 * rows * height / (EACH * width)), 1, 2)
    for axes, start in zip(columns, (0, rows), strict=True):
        names = class_names[start : start + rows]
        tiles = np.full((rows, EACH, height, width), 255, np.uint8)  # a class may have fewer
        for row, label in zip(tiles, range(start, start + len(names)), strict=False):
            index = np.flatnonzero(labels == label)[:EACH]
            row[: len(index)] = 255 - images[index]
        axes.imshow(tiles.swapaxes(1, 2).reshape(rows * height, -1), cmap="gray", vmin=0, vmax=255)
        axes.set_yticks(height * (np.arange(len(names)) + 0.5), names)
        axes.set_xticks([])
        axes.grid(False)
        axes.spines[:].set_visible(False)
        axes.tick_params(length=0)
    return figure
