"""The still picture of the collapse laboratory: its presets side by side."""

import numpy as np
from matplotlib.colors import LinearSegmentedColormap

from .style import COLOURS, LAYER_COLOURS, new_figure, styled

ACROSS = 16  # tiles in a row
TILES = LinearSegmentedColormap.from_list("tiles", ["#4a3a10", "#ffd24d"])  # as on the page
DEAD = "#101010"


@styled
def presets(followed):
    """Draw the hidden units after training, and accuracy and dead units by update, a column a network.

    Parameters
    ----------
    followed : dict
        Title to what `laboratory.followed` returns.
    """
    figure, axes = new_figure(7.2, 3.4, 2, len(followed), sharey="row", squeeze=False, height_ratios=[1, 1.9])
    for tiles, curves, (title, found) in zip(*axes, followed.items(), strict=True):
        draw_tiles(tiles, found["share"][-1])
        tiles.set_title(title)
        dead = (found["share"] == 0).mean(axis=1)
        curves.plot(found["update"], 100 * found["accuracy"], color=COLOURS["validation"], label="accuracy")
        curves.plot(found["update"], 100 * dead, "--", color=LAYER_COLOURS[1], label="dead units")
        curves.set(xlabel="update", xlim=(0, None), ylim=(-3, 103))
    axes[1, 0].set_ylabel("percent")
    axes[1, 0].legend(fontsize=7, loc="center right")
    return figure


def draw_tiles(axis, share):
    """Draw a tile a unit, brighter with the share of images for which it is positive, (H,); dead ones crossed out."""
    rows = -(-len(share) // ACROSS)
    padded = np.full(rows * ACROSS, np.nan)
    padded[: len(share)] = np.sqrt(share)
    colours = TILES(padded.reshape(rows, ACROSS))
    colours[(padded == 0).reshape(rows, ACROSS)] = (*(int(DEAD[at : at + 2], 16) / 255 for at in (1, 3, 5)), 1)
    axis.imshow(colours, interpolation="nearest")
    y, x = np.divmod(np.flatnonzero(padded == 0), ACROSS)
    axis.plot(x, y, "x", color="#9a9a94", markersize=3, markeredgewidth=0.6)
    axis.set_xticks(np.arange(ACROSS) - 0.5, [])
    axis.set_yticks(np.arange(rows) - 0.5, [])
    axis.tick_params(length=0)
    axis.set_axisbelow(False)
    axis.grid(True, color="white", linewidth=1.2)
    axis.spines[:].set_visible(False)
