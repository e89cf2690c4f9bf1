"""The figure of one run of a search: learning curve, dead units, and learning rate against curvature."""

import numpy as np

from .style import COLOURS, LAYER_COLOURS, new_figure, styled

UPDATES = (0, 10, 50, 200, 500, 1000, 2000, 5000, 10000)
ACCURACIES = (0, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99)
HIGHEST = 0.998  # accuracy at the upper end of the axis


@styled
def run(data, index):
    """Draw one run of what `playback.searched` returns, that at the place `index`, as the page shows it."""
    one = data["runs"][index]
    update, last = data["updates"][one["at"]], max(axis[-1] for axis in data["updates"])
    figure, axes = new_figure(6.4, 5.6, 3, 1, sharex=True, height_ratios=[1.5, 1, 1])
    for part, colour in COLOURS.items():
        if part in one:
            axes[0].plot(update, np.minimum(one[part], HIGHEST), "o-", markersize=2.5, color=colour, label=part)
    axes[0].axvline(one["kept"], color="#555555", linewidth=0.8, linestyle=":", label="kept")
    stretched = (lambda a: -np.log(np.maximum(1 - a, 1e-6)), lambda z: 1 - np.exp(-z))
    axes[0].set_yscale("function", functions=stretched)
    axes[0].set(ylabel="accuracy", ylim=(0, HIGHEST))
    axes[0].set_yticks(ACCURACIES, [f"{value:g}" for value in ACCURACIES])
    axes[0].legend(fontsize=7, loc="lower right")
    axes[1].plot(update, one["dead"], "o-", markersize=2.5, color=LAYER_COLOURS[1])
    axes[1].set(ylabel="dead share of\nhidden units", ylim=(-0.03, 1.03))
    _curvature(axes[2], data["followed"], one)
    axes[2].set_xscale("function", functions=(lambda u: np.sqrt(np.maximum(u, 0)), np.square))
    shown = [value for value in UPDATES if value <= last]
    axes[2].set_xticks(shown, [f"{value:,}" for value in shown])
    axes[2].set(xlabel="update", xlim=(-0.02, last * 1.01))
    return figure


def _curvature(axis, followed, one):
    found = [each for each in followed if (each["hidden"], each["lr"]) == (one["hidden"], one["lr"])]
    for each in found:
        label = f"followed at l2 {each['l2']:g}"
        axis.plot(each["update"], each["ratio"], "o-", markersize=2.5, color=LAYER_COLOURS[0], label=label)
    axis.axhline(1, color="#555555", linewidth=0.8, linestyle="--", label="limit (5.2)")
    axis.set(yscale="log", ylabel=r"lr $\cdot \kappa_{\max} / 2$")
    ratios = [value for each in followed for value in each["ratio"] if value > 0]
    axis.set_ylim(min([1e-1, *ratios]) / 2, max([10, *ratios]) * 2)
    axis.minorticks_off()
    axis.legend(fontsize=7, loc="lower left")
