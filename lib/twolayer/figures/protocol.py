"""Figures of a search that is judged: its budget, its seeds, its confidence."""

import numpy as np
from matplotlib.ticker import NullLocator

from ..analysis.statistics import expected_maximum, wilson_interval
from .run import parts_of
from .style import COLOURS, LAYER_COLOURS, new_figure, plain_ticks, styled

SUREST = 1 - 1e-7  # larger confidences are drawn here
TICKS = (0.05, 0.2, 0.5, 0.8, 0.95, 0.99, 0.999, 0.9999, 0.99999)


@styled
def error_by_budget(searches):
    """Draw the validation error to expect of the best of a number of settings, equation (7.1).

    `searches` has by label the validation accuracies of a search, one a setting.
    """
    figure, axes = new_figure(6.0, 2.9)
    for (label, scores), colour in zip(searches.items(), LAYER_COLOURS, strict=True):
        budgets = np.arange(1, len(scores) + 1)
        errors = [100 * (1 - expected_maximum(scores, int(budget))) for budget in budgets]
        axes.plot(budgets, errors, color=colour, label=label)
    axes.set(xscale="log", yscale="log", xlabel="settings tried", ylabel="expected validation error (%)")
    for axis in (axes.xaxis, axes.yaxis):
        plain_ticks(axis, (1.0, 2.0, 5.0))
    axes.legend(fontsize=8)
    return figure


@styled
def seeds_and_intervals(groups, images, published=None):
    """Draw the test accuracy of each network with its 95% interval, a row a network.

    Parameters
    ----------
    groups : dict
        Label to the test accuracies of its networks.
    images : int
        Size of the test set.
    published : float, optional
        An accuracy marked by a line.
    """
    count = sum(map(len, groups.values()))
    figure, axes = new_figure(6.4, 0.7 + 0.22 * count)
    row, ticks = 0, {}
    for (label, accuracies), colour in zip(groups.items(), LAYER_COLOURS, strict=True):
        ticks[row + (len(accuracies) - 1) / 2] = label
        for value in sorted(accuracies, reverse=True):
            low, high = wilson_interval(value * images, images)
            axes.plot([low, high], [row, row], color=colour, linewidth=1)
            axes.plot(value, row, "o", color=colour, markersize=4)
            row += 1
        row += 0.6
    if published is not None:
        axes.axvline(published, color="#555555", linewidth=0.8, linestyle=":")
    axes.set_yticks(list(ticks), list(ticks.values()))
    axes.set(xlabel="test accuracy", ylim=(row - 0.4, -0.8))
    axes.grid(axis="y", visible=False)
    return figure


@styled
def learning_bands(histories):
    """Draw loss and error by update as mean and range over runs; `histories` have looks after the same updates."""
    figure, (left, right) = new_figure(7.2, 2.9, 1, 2)
    for part in parts_of(histories[0]):
        errors = [100 * (1 - history[f"{part}_accuracy"]) for history in histories]
        for axis, values in ((left, [history[f"{part}_loss"] for history in histories]), (right, errors)):
            _band(axis, histories[0]["update"], np.array(values), COLOURS[part], part)
    left.set(yscale="log", xlabel="update", ylabel="cross-entropy (nats)")
    right.set(yscale="log", xlabel="update", ylabel="error (%)")
    for axes in (left, right):
        plain_ticks(axes.yaxis, (1.0, 2.0, 5.0))
    left.legend(fontsize=7)
    return figure


def error_bars(shares, counts):
    """Return how far the 95% intervals of shares of `counts` reach below and above them, shape (2, N)."""
    limits = [wilson_interval(share * count, count) for share, count in np.broadcast(shares, counts)]
    return np.abs(np.transpose(limits) - shares)


def _band(axis, update, values, colour, label):
    axis.fill_between(update[1:], values.min(axis=0)[1:], values.max(axis=0)[1:], color=colour, alpha=0.25, linewidth=0)
    axis.plot(update[1:], values.mean(axis=0)[1:], color=colour, label=label)


@styled
def reliability_diagram(rows):
    """Draw accuracy against mean confidence as log odds, with 95% intervals, a point a row of `statistics.reliability`.

    The log odds of 1 are infinite: a bin whose images are all right is a triangle at the upper edge.
    """
    counts, confidence, accuracy = np.array(rows).T
    bars, right = error_bars(accuracy, counts), accuracy == 1
    edge, sure = 1 - 0.2 / counts.max(), np.minimum(confidence, SUREST)  # in 32 bits a mean may be 1
    low = max(0.01, 0.9 * min(sure.min(), (accuracy - bars[0]).min()))
    figure, axes = new_figure(5.6, 3.6)
    line = 1 / (1 + np.exp(-np.linspace(*np.log([low / (1 - low), edge / (1 - edge)]), 50)))
    axes.plot(line, line, color="#555555", linewidth=0.8)
    style = {"color": COLOURS["test"], "markersize": 5, "elinewidth": 1.2}
    axes.errorbar(sure[~right], accuracy[~right], bars[:, ~right], fmt="o", **style)
    arms = [bars[0, right] - (1 - edge), 0 * sure[right]]  # from the edge, down to where the interval ends
    axes.errorbar(sure[right], np.full(right.sum(), edge), arms, fmt="^", **style)
    axes.set(xscale="logit", yscale="logit", xlabel="mean confidence", ylabel="share that is right")
    axes.set(xlim=(low, 1 - 0.5 * (1 - sure.max())), ylim=(low, 1 - 0.5 * (1 - edge)))
    for axis in (axes.xaxis, axes.yaxis):
        ends = axis.get_view_interval()
        shown = [tick for tick in TICKS if ends[0] <= tick <= ends[1]]
        axis.set_ticks(shown, [f"{tick:.10g}" for tick in shown])
        axis.set_minor_locator(NullLocator())
    return figure
