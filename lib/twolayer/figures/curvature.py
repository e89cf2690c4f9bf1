"""Figures of curvature along training."""

import numpy as np
from matplotlib import colormaps

from .style import new_figure, styled


@styled
def along_training(frame, columns):
    """Draw traces by update, a panel a hidden size, a line a learning rate.

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
    figure, axes = new_figure(7.2, 0.4 + 1.75 * shape[0], *shape, sharex=True, sharey="row", squeeze=False)
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
        axis.tick_params(axis="x", labelsize=7)
    axes[0, -1].legend(fontsize=6)
    return figure


def _lines(axis, runs, rates, names):
    for lr, colour in zip(rates, colormaps["viridis_r"](np.linspace(0.1, 0.95, len(rates))), strict=True):
        for trace in runs[runs["lr"] == lr]["trace"]:
            for name, style, label in zip(names, ("-", "--"), (f"lr {lr:g}", None), strict=False):
                axis.plot(trace["update"], trace[name], style, marker=".", markersize=3, color=colour, label=label)


@styled
def rates_and_limits(outcomes, limits):
    """Draw which learning rates work at each hidden size, and the limit 2 / kappa at the start.

    Parameters
    ----------
    outcomes : pandas.DataFrame
        Columns hidden, lr, and `test`, one row a run; sizes without a limit are left out.
    limits : pandas.Series
        Highest rate by hidden size.
    """
    figure, axes = new_figure(4.6, 2.8)
    sizes = sorted(limits.index)
    outcomes = outcomes[outcomes["hidden"].isin(sizes)]
    for (hidden, lr), accuracy in outcomes.groupby(["hidden", "lr"])["test"]:
        for place, value in enumerate(sorted(accuracy)):
            x = sizes.index(hidden) + 0.11 * (place - (len(accuracy) - 1) / 2)
            axes.scatter(x, lr, c=[value], vmin=0, vmax=1, cmap="viridis", s=22, edgecolors="#555555", linewidths=0.3)
    for place, hidden in enumerate(sizes):
        label = "2 / largest eigenvalue at the start" if place == 0 else None
        axes.plot([place - 0.42, place + 0.42], [limits[hidden]] * 2, color="#D55E00", label=label)
    axes.set_xticks(range(len(sizes)), [str(hidden) for hidden in sizes])
    axes.set(yscale="log", xlabel="hidden units", ylabel="learning rate")
    axes.legend(fontsize=7, loc="upper left", bbox_to_anchor=(0, 1.16))
    figure.colorbar(axes.collections[0], ax=axes, label="test accuracy")
    return figure


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
