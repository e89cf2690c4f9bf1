"""The figure of one followed run."""

import numpy as np

from .style import new_figure, styled


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
