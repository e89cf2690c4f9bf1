"""Figures of one run: followed by its curvature, of a census, and under two kernels."""

import numpy as np

from .style import LAYER_COLOURS, new_figure, styled

PARTED = 0.01  # distance of two runs, as a share of the way of the first, from which they are said to have parted


@styled
def trace(found):
    """Draw the largest eigenvalue, the dead share and the activations by update of what `follow.follow` returned."""
    figure, axes = new_figure(7.2, 2.4, 1, 3)
    update = found["update"]
    axes[0].plot(update, found["largest"], "o-", markersize=3, color="#0072B2")
    axes[0].plot(np.arange(len(found["lr"])), 2 / found["lr"], "--", color="#777777", label="2 / lr")
    axes[0].set(yscale="log", ylabel="largest eigenvalue")
    axes[0].legend(fontsize=7)
    axes[1].plot(update, found["dead_fraction"], "o-", markersize=3, color="#D55E00")
    axes[1].set(ylabel="dead share of units", ylim=(-0.02, 1.02))
    axes[2].plot(update, found["activation"], "o-", markersize=3, color="#009E73")
    axes[2].set(ylabel="norm of activations")
    axes[2].set_yscale("symlog", linthresh=1)
    for axis in axes:
        axis.set_xscale("symlog", linthresh=1)
        axis.set(xlabel="update", xlim=(0, None))
    return figure


@styled
def lots(found):
    """Draw accuracy and dead share of the hidden units at the last look by learning rate, of what `census` returned."""
    figure, axes = new_figure(7.2, 2.4, 1, 2, sharex=True)
    works, marks = ~found["collapsed"], {"works": "o", "collapsed": "x"}
    for axis, name in zip(axes, ("accuracy", "dead"), strict=True):
        for (label, mark), which in zip(marks.items(), (works, ~works), strict=True):
            axis.plot(found["lr"][which], found[name][which], mark, markersize=4, alpha=0.6, label=label)
        axis.set(xscale="log", xlabel="learning rate", ylabel=name, ylim=(-0.03, 1.03))
    axes[1].set_ylabel("dead share of units")
    axes[0].legend(fontsize=7)
    return figure


@styled
def kernels(compared):
    """Draw how far runs under two kernels are apart, and their losses, by update.

    The first kernel's loss is a broad pale line, the second's a thin dark one, which lies on it until they part: a line
    across marks the first update after which the runs are `PARTED` of their way apart.

    Parameters
    ----------
    compared : dict
        Learning rate to what `chaos.compare` returned.
    """
    figure, axes = new_figure(4.8, 1.75 * (1 + len(compared)), 1 + len(compared), 1, sharex=True)
    for colour, style, axis, (lr, found) in zip(LAYER_COLOURS, ("-", "--"), axes[1:], compared.items(), strict=False):
        known, apart = np.arange(1, len(found["distance"])), np.flatnonzero(found["distance"] > PARTED)
        axes[0].plot(known, found["distance"][1:], style, color=colour, label=f"lr {lr:g}")
        axis.plot(found["losses"][0], color=colour, alpha=0.35, linewidth=3.5, label="one kernel")
        axis.plot(found["losses"][1], color="black", linewidth=0.8, label="the other")
        if len(apart):
            axis.axvline(apart[0], color="#555555", linestyle=":", label=f"{PARTED:.0%} apart")
        axis.set_title(f"lr {lr:g}", loc="left")
        axis.set_ylabel("loss (nats)")
        axis.legend(fontsize=8.5, ncols=3, loc="lower right", bbox_to_anchor=(1, 1), borderaxespad=0)
    axes[0].set(yscale="log", ylabel="distance over way")
    axes[0].legend(fontsize=8.5)
    axes[-1].set_xlabel("update")
    return figure
