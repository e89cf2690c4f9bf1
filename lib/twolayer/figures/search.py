"""Figures of a search."""

import numpy as np
from matplotlib.ticker import NullLocator

from .style import new_figure, styled

WIDTH = 6.2  # inches; two panels beside each other leave room for digits that can be read
SIZES = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#888888")
ENDS = (0.001, 0.9999)  # beyond, log odds run away
TICKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999)
RANGE = ["published", "lowest", "highest"]


@styled
def search_heatmaps(frame, column="test", reference=None, limits=(0, 1), decimals=2):
    """Draw an accuracy over learning rate and l2 with its values, a panel a hidden size, two panels in a row.

    Parameters
    ----------
    frame : pandas.DataFrame
        Columns hidden, lr, l2 and `column`.
    column : str
        The accuracy drawn, with so many `decimals`.
    reference : pandas.DataFrame, optional
        A second grid with the same columns: a row then has a size once from each, ours at the left.
    limits : tuple of float
        Accuracies at the ends of the colours; what is lower is drawn like the lowest.
    """
    grids = [("ours, ", frame), ("published, ", reference)] if reference is not None else [("", frame)]
    panels = [(name, grid, hidden) for hidden in sorted(frame["hidden"].unique()) for name, grid in grids]
    shape = -(-len(panels) // 2), min(2, len(panels))
    height = max(2.2, shape[0] * (0.3 + 0.29 * frame["l2"].nunique()) + 0.7)  # room for the name of the colours
    figure, axes = new_figure(WIDTH, height, *shape, sharex=True, sharey=True, squeeze=False)
    for axis, (name, grid, hidden) in zip(axes.flat, panels, strict=False):
        table = grid[grid["hidden"] == hidden].pivot(index="l2", columns="lr", values=column)
        picture = axis.imshow(table, vmin=limits[0], vmax=limits[1], cmap="viridis", origin="lower", aspect="auto")
        axis.set_title(f"{name}hidden {hidden}")
        axis.grid(False)
        axis.set_xticks(range(table.shape[1]), [f"{lr:g}" for lr in table.columns])
        axis.set_yticks(range(table.shape[0]), [f"{l2:g}" for l2 in table.index])
        _write_values(axis, table.to_numpy(), limits, decimals)
    for axis in axes.flat[len(panels) :]:
        axis.set_axis_off()
    for axis in axes[-1]:
        axis.set_xlabel("lr")
    for axis in axes[:, 0]:
        axis.set_ylabel("l2")
    figure.colorbar(picture, ax=axes, label=f"{column} accuracy", aspect=30, pad=0.02)
    return figure


def _write_values(axis, table, limits, decimals):
    """Write each value into its field, in 9 points if that leaves it inside."""
    room = 72 * 0.38 * WIDTH / table.shape[1]  # points, of one field
    size = min(9, room / (0.7 * (decimals + 2)))
    for (row, column), value in np.ndenumerate(table):
        colour = "black" if value > limits[0] + 0.6 * (limits[1] - limits[0]) else "white"
        axis.text(column, row, f"{value:.{decimals}f}", ha="center", va="center", color=colour, fontsize=size)


@styled
def published_against_ours(frame, threshold, ranges):
    """Draw our test accuracy against the published one, a point a setting, both as log odds.

    Most settings end above 0.95; log odds keep those apart, and with them the lines of their seeds.

    Parameters
    ----------
    frame : pandas.DataFrame
        Columns hidden, test (ours) and published.
    threshold : float
        Accuracy below which a run counts as collapsed; drawn as lines.
    ranges : pandas.DataFrame
        Indexed by hidden among others; columns published, lowest and highest: the range over seeds, drawn as upright
        lines in the colour of the size.
    """
    figure, axes = new_figure(5.6, 4.6)
    sizes = sorted(frame["hidden"].unique())
    for hidden, marker, colour in zip(sizes, "osD^v<>*", SIZES, strict=False):
        lines = ranges[ranges.index.get_level_values("hidden") == hidden]
        axes.vlines(*(lines[name].clip(*ENDS) for name in RANGE), color=colour, linewidth=1.3, alpha=0.6)
        rows, style = frame[frame["hidden"] == hidden], {"color": colour, "edgecolor": "white", "linewidth": 0.5}
        axes.scatter(
            rows["published"].clip(*ENDS), rows["test"].clip(*ENDS), s=26, marker=marker, zorder=3, **style,
            label=f"hidden {hidden}",
        )  # fmt: skip
    axes.set(xscale="logit", yscale="logit", xlabel="published test accuracy", ylabel="our test accuracy")
    known = np.concatenate([frame["published"], frame["test"], ranges["lowest"], ranges["highest"]]).clip(*ENDS)
    limits = (0.85 * known.min(), 1 - 0.75 * (1 - known.max()))
    axes.plot(limits, limits, color="#555555", linewidth=0.8, zorder=0)
    axes.axhline(threshold, color="#555555", linewidth=0.8, linestyle=":")
    axes.axvline(threshold, color="#555555", linewidth=0.8, linestyle=":")
    for axis in (axes.xaxis, axes.yaxis):
        shown = [tick for tick in TICKS if limits[0] <= tick <= limits[1]]
        axis.set_ticks(shown, [f"{tick:g}" for tick in shown])
        axis.set_minor_locator(NullLocator())
    axes.set(xlim=limits, ylim=limits, aspect="equal")
    axes.legend(fontsize=8, loc="upper center")
    return figure
