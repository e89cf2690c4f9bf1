"""Figures of a picture of a digit on its way to the network."""

import numpy as np

from .drawing import draw_bars, draw_ink
from .style import new_figure, styled


@styled
def apart(steps):
    """Draw the first `picture.Steps`: pixels, paper, difference and ink."""
    figure, axes = new_figure(7.2, 2.3, 1, 4)
    shades = np.rint(255 * steps.difference.clip(0) / max(steps.difference.max(), 1))
    for axis, image, title in zip(axes, (steps.pixels, steps.paper / 255), ("pixels", "paper"), strict=False):
        axis.imshow(image, interpolation="nearest")
        axis.set(xticks=[], yticks=[], title=title)
        axis.grid(False)
        axis.spines[:].set(visible=True, color="#999999")
    for axis, image, title in zip(axes[2:], (shades, steps.ink), ("difference", "ink"), strict=True):
        draw_ink(axis, image, title)
    return figure


@styled
def answer(image, probabilities, class_names):
    """Draw what the network sees, (28, 28) uint8, and the probabilities of the classes."""
    figure, axes = new_figure(5, 2.5, 1, 2, width_ratios=[1.3, 1])
    draw_ink(axes[0], image, "what the network sees")
    draw_bars(axes[1], probabilities, class_names)
    return figure
