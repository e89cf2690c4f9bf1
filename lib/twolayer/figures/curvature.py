"""Figures of collapse: which networks, by what, and curvature along training."""

import numpy as np
from matplotlib import colormaps

from .style import LAYER_COLOURS, new_figure, plain_ticks, styled


@styled
def along_training(frame, columns):
    """Draw traces by update, a column a hidden size, a line a learning rate, and beside eigenvalues the limit (5.2).

    Parameters
    ----------
    frame : pandas.DataFrame
        As `studies.load_followed` returns it.
    columns : dict
        Label of a row of panels to the names of what it shows, the first solid, the second dashed; all but
        shares get a logarithmic axis.
    """
    sizes, rates = sorted(frame["hidden"].unique()), sorted(frame["lr"].unique())
    shape = len(columns), len(sizes)
    figure, axes = new_figure(7.2, 0.4 + 1.9 * shape[0], *shape, sharex=True, sharey="row", squeeze=False)
    for row, (label, names) in zip(axes, columns.items(), strict=True):
        for axis, hidden in zip(row, sizes, strict=True):
            _lines(axis, frame[frame["hidden"] == hidden], rates, names)
            if names == ["dead_fraction"]:
                axis.set_ylim(-0.03, 1.03)
            else:
                axis.set_yscale("symlog", linthresh=1)
        row[0].set_ylabel(label)
    for axis, hidden in zip(axes[0], sizes, strict=True):
        axis.set_xscale("symlog", linthresh=1)
        axis.set(title=f"hidden {hidden}", xlim=(0, None))
    for axis in axes[-1]:
        axis.set_xlabel("update")
    figure.legend(*axes[0, 0].get_legend_handles_labels(), fontsize=8, ncols=2 * len(rates), loc="outside upper center")
    return figure


def _lines(axis, runs, rates, names):
    """Draw the traces `names` of runs of one size, and beside the largest eigenvalue 2 / lr, dotted."""
    for lr, colour in zip(rates, colormaps["viridis_r"](np.linspace(0.1, 0.95, len(rates))), strict=True):
        for trace in runs[runs["lr"] == lr]["trace"]:
            for name, style, label in zip(names, ("-", "--"), (f"lr {lr:g}", None), strict=False):
                axis.plot(trace["update"], trace[name], style, marker=".", markersize=3, color=colour, label=label)
        if "largest" in names:
            axis.axhline(2 / lr, color=colour, linestyle=":", linewidth=1.6, label=f"2 / {lr:g}")


@styled
def full_batch(frame):
    """Draw the largest eigenvalue and the loss of full-batch descent by update, a panel a row of `load_followed`."""
    frame = frame.sort_values("lr")
    figure, axes = new_figure(7.2, 3.4, 2, len(frame), sharex=True, sharey="row", squeeze=False)
    for (_, run), upper, lower in zip(frame.iterrows(), *axes, strict=True):
        trace = run["trace"]
        upper.plot(trace["update"], trace["largest"], color="#0072B2", label="largest eigenvalue")
        upper.axhline(2 / run["lr"], color="#D55E00", linestyle="--", label="2 / lr")
        upper.set(title=f"lr {run['lr']:g}")
        lower.plot(np.arange(len(trace["batch_loss"])), trace["batch_loss"], color="#555555", linewidth=0.8)
        lower.set_xlabel("update")
    axes[0, 0].set(ylabel="eigenvalue", yscale="log")
    axes[1, 0].set(ylabel="loss (nats)", yscale="log")
    axes[0, 0].legend(fontsize=6)
    return figure


def _shades(count):
    return colormaps["viridis_r"](np.linspace(0.15, 1, count))


@styled
def frequencies(table):
    """Draw the share of networks that collapse by learning rate, a line a size, with its interval.

    Parameters
    ----------
    table : pandas.DataFrame
        As `rules.frequencies` returns it, by hidden and lr.
    """
    figure, axis = new_figure(6.4, 2.8)
    sizes = table.index.unique("hidden")
    for place, (hidden, colour) in enumerate(zip(sizes, _shades(len(sizes)), strict=True)):
        rows = table.loc[hidden]
        beside = rows.index * 1.02 ** (place - (len(sizes) - 1) / 2)  # so that intervals do not hide each other
        ends = [rows["share"] - rows["low"], rows["high"] - rows["share"]]
        axis.errorbar(beside, rows["share"], ends, marker="o", markersize=3, color=colour, label=f"hidden {hidden}")
    axis.set(xscale="log", xlabel="learning rate", ylabel="share that collapses", ylim=(-0.03, 1.03))
    plain_ticks(axis.xaxis, (1.0, 2.0, 5.0))
    axis.legend(fontsize=7, loc="lower right")
    return figure


@styled
def deaths(networks):
    """Draw the dead share of the hidden units of each network after 50 updates by learning rate, a panel a size."""
    sizes = sorted(networks["hidden"].unique())
    figure, axes = new_figure(7.2, 2.2, 1, len(sizes), sharey=True, squeeze=False)
    marks = ((False, "o", LAYER_COLOURS[0], "works"), (True, "x", LAYER_COLOURS[1], "collapses"))
    for axis, hidden in zip(axes[0], sizes, strict=True):
        for lost, mark, colour, label in marks:
            rows = networks[(networks["hidden"] == hidden) & (networks["collapsed"] == lost)]
            axis.plot(rows["lr"], rows["dead_50"], mark, color=colour, markersize=3.5, alpha=0.6, label=label)
        axis.set(xscale="log", title=f"hidden {hidden}", xlabel="learning rate", ylim=(-0.03, 1.03))
        plain_ticks(axis.xaxis)
    axes[0, 0].set_ylabel("dead share of units")
    axes[0, 0].legend(fontsize=7, loc="lower right")
    return figure


@styled
def ridges(units):
    """Draw the histograms of one unit's pre-activations, an update a row, a panel an experiment.

    The part above 0, where the unit is on, is filled, the part below hatched; a row that is off for all is said to be.

    Parameters
    ----------
    units : dict
        Label to an array of shape (updates + 1, N).
    """
    updates = max(map(len, units.values()))
    figure, axes = new_figure(4.8, 0.6 + 0.58 * updates, updates, len(units), sharex="col", squeeze=False)
    for place, (column, (label, values)) in enumerate(zip(axes.T, units.items(), strict=True)):
        reach = min(values.min(), 0), max(values.max(), 0)
        width = np.ptp(reach) / 50 or 1.0  # edges are multiples of it, so that 0 is one
        edges = width * np.arange(np.floor(reach[0] / width), np.ceil(reach[1] / width) + 2)
        for update, (axis, row) in enumerate(zip(column, values, strict=True)):
            _draw_ridge(axis, row, edges)
            axis.set_ylabel(f"{update}" if place == 0 else "", rotation=0, ha="right", va="center")
        column[0].set_title(label)
        column[-1].set_xlabel("pre-activation")
    figure.supylabel("update", fontsize=9)
    return figure


def _draw_ridge(axis, row, edges):
    on = row > 0
    axis.stairs(np.histogram(row[on], edges)[0], edges, fill=True, color=LAYER_COLOURS[0])
    below, _ = np.histogram(row[~on], edges)
    axis.stairs(below, edges, edgecolor="#555555", facecolor="white", fill=True, hatch="////", linewidth=0.6)
    axis.axvline(0, color=LAYER_COLOURS[1], linewidth=1)
    said = f"{np.mean(on):.0%} on" if on.any() else "off for all"
    left = abs(edges[0]) < edges[-1]  # where there is less room for the histogram, there is more for words
    axis.text(0.99 if left else 0.01, 0.98, said, transform=axis.transAxes, ha="right" if left else "left", va="top")
    axis.set(yticks=[], ylim=(0, 1.6 * max(axis.dataLim.ymax, 1)))
    axis.grid(False)
    axis.spines["left"].set_visible(False)
