"""Figures of one run: followed by its curvature, of a census, and under two kernels."""

import numpy as np

from .style import LAYER_COLOURS, new_figure, styled


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

    Parameters
    ----------
    compared : dict
        Learning rate to what `chaos.compare` returned.
    """
    figure, axes = new_figure(7.2, 2.5, 1, 1 + len(compared), width_ratios=[1.4, *[1] * len(compared)])
    for colour, axis, (lr, found) in zip(LAYER_COLOURS, axes[1:], compared.items(), strict=False):
        known = np.arange(1, len(found["distance"]))
        axes[0].plot(known, found["distance"][1:], color=colour, label=f"lr {lr:g}")
        for losses, style in zip(found["losses"], ("-", ":"), strict=True):
            axis.plot(losses, style, color=colour, linewidth=0.9)
        axis.set(title=f"lr {lr:g}", xlabel="update", ylabel="loss (nats)")
    axes[0].set(yscale="log", xlabel="update", ylabel="distance over way")
    axes[0].legend(fontsize=7)
    return figure
