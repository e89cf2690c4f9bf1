"""Figures of a search that is judged: its budget, its seeds, its confidence."""

import numpy as np

from ..analysis.statistics import expected_maximum, wilson_interval
from .run import parts_of
from .style import COLOURS, LAYER_COLOURS, new_figure, plain_ticks, styled


@styled
def error_by_budget(searches):
    """Draw the validation error to expect of the best of a number of settings, equation (10.1).

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
    """Draw accuracy against mean confidence with 95% intervals, a point a row of `statistics.reliability`."""
    figure, (left, right) = new_figure(7.2, 2.9, 1, 2)
    counts, confidence, accuracy = np.array(rows).T
    left.plot([0, 1], [0, 1], color="#555555", linewidth=0.8)
    left.errorbar(confidence, accuracy, error_bars(accuracy, counts), fmt="o", color=COLOURS["test"], markersize=4)
    left.set(xlabel="mean confidence", ylabel="share that is right", xlim=(0, 1.02), ylim=(0, 1.02))
    right.bar(confidence, counts, width=0.06, color=COLOURS["test"])
    right.set(yscale="log", xlabel="mean confidence", ylabel="test images", xlim=(0, 1.05))
    return figure
