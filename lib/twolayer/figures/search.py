"""Figures of a search."""

import numpy as np

from .style import new_figure, styled


@styled
def search_heatmaps(frame, column="test", reference=None, limits=(0, 1), decimals=2):
    """Draw an accuracy over learning rate and l2, one panel a hidden size.

    Parameters
    ----------
    frame : pandas.DataFrame
        Columns hidden, lr, l2 and `column`.
    column : str
        The accuracy drawn, with so many `decimals`.
    reference : pandas.DataFrame, optional
        A second grid with the same columns, drawn below the first.
    limits : tuple of float
        Accuracies at the ends of the colours; what is lower is drawn like the lowest.
    """
    grids = [("ours, ", frame), ("published, ", reference)] if reference is not None else [("", frame)]
    sizes = sorted(frame["hidden"].unique())
    shape, shared = (len(grids), len(sizes)), {"sharex": True, "sharey": True, "squeeze": False}
    figure, axes = new_figure(7.2, 0.35 + 2.05 * len(grids), *shape, **shared)
    for row, (name, grid) in enumerate(grids):
        for axis, hidden in zip(axes[row], sizes, strict=True):
            table = grid[grid["hidden"] == hidden].pivot(index="l2", columns="lr", values=column)
            picture = axis.imshow(table, vmin=limits[0], vmax=limits[1], cmap="viridis", origin="lower", aspect="auto")
            axis.set_title(f"{name}hidden {hidden}")
            axis.grid(False)
            axis.set_xticks(range(table.shape[1]), [f"{lr:g}" for lr in table.columns], rotation=45)
            axis.set_yticks(range(table.shape[0]), [f"{l2:g}" for l2 in table.index])
            _write_values(axis, table.to_numpy(), limits, decimals)
    for axis in axes[-1]:
        axis.set_xlabel("lr")
    for axis in axes[:, 0]:
        axis.set_ylabel("l2")
    figure.colorbar(picture, ax=axes, label=f"{column} accuracy", shrink=0.8, pad=0.01)
    return figure


def _write_values(axis, table, limits, decimals):
    for (row, column), value in np.ndenumerate(table):
        colour = "black" if value > limits[0] + 0.6 * (limits[1] - limits[0]) else "white"
        text = f"{value:.{decimals}f}".removeprefix("0")
        axis.text(column, row, text, ha="center", va="center", color=colour, fontsize=6)


@styled
def published_against_ours(frame, threshold, ranges):
    """Draw our test accuracy against the published one, a point a setting.

    Parameters
    ----------
    frame : pandas.DataFrame
        Columns hidden, test (ours) and published.
    threshold : float
        Accuracy below which a run counts as collapsed; drawn as lines.
    ranges : pandas.DataFrame
        Columns published, lowest and highest: the range over seeds, drawn as upright lines.
    """
    figure, axes = new_figure(4.2, 3.6)
    for hidden, marker in zip(sorted(frame["hidden"].unique()), "osD^v<>*", strict=False):
        rows = frame[frame["hidden"] == hidden]
        axes.scatter(rows["published"], rows["test"], s=16, marker=marker, alpha=0.75, label=f"hidden {hidden}")
    axes.vlines(ranges["published"], ranges["lowest"], ranges["highest"], color="#888888", linewidth=0.8, zorder=0)
    axes.plot([0, 1], [0, 1], color="#555555", linewidth=0.8)
    axes.axhline(threshold, color="#555555", linewidth=0.6, linestyle=":")
    axes.axvline(threshold, color="#555555", linewidth=0.6, linestyle=":")
    axes.set(xlabel="published test accuracy", ylabel="our test accuracy", xlim=(0, 1.02), ylim=(0, 1.02))
    axes.set_aspect("equal")
    axes.legend(fontsize=7, loc="lower right")
    return figure
