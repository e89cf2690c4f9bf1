"""Figures of the ledger of claims."""

import numpy as np

from .protocol import error_bars
from .style import LAYER_COLOURS, new_figure, styled

VERDICT_COLOURS = {"holds": "#009E73", "fails": "#D55E00", "undecided": "#cccccc", "not tested": "#ffffff"}
SIGNS = {"holds": "+", "fails": "−", "undecided": "?", "not tested": ""}


@styled
def strips(columns, factors):
    """Draw how each verdict changes with the margins: a row a claim, a panel a column of the ledger.

    Parameters
    ----------
    columns : dict
        Label to a dict of `ledger.Verdict` by claim.
    factors : sequence of float
        Of the margins, a square each.
    """
    claims = list(dict.fromkeys(name for column in columns.values() for name in column))
    figure, axes = new_figure(6.4, 0.9 + 0.24 * len(claims), 1, len(columns), sharey=True, squeeze=False)
    for axis, (label, column) in zip(axes[0], columns.items(), strict=True):
        for row, name in enumerate(claims):
            for place, verdict in enumerate(column[name].strip if name in column else []):
                axis.barh(
                    row, 0.94, 0.86, place - 0.47, color=VERDICT_COLOURS[verdict], edgecolor="#bbbbbb", linewidth=0.5
                )
                axis.text(place, row, SIGNS[verdict], ha="center", va="center", fontsize=8)
        axis.set_title(f"by {label}")
        axis.set_xticks(range(len(factors)), [f"{factor:g}" for factor in factors])
        axis.set(xlabel="margin, times the declared", ylim=(len(claims) - 0.4, -0.6), xlim=(-0.6, len(factors) - 0.4))
        axis.grid(False)
    axes[0, 0].set_yticks(range(len(claims)), claims)
    return figure


@styled
def first_within(points, ours, published=None):
    """Draw when validation accuracy comes within so many points of its best, by how many.

    Parameters
    ----------
    points : ndarray of shape (M,)
        Margins, as shares.
    ours : ndarray of shape (seeds, M)
        Updates, a row a run.
    published : ndarray of shape (M,), optional
    """
    figure, axes = new_figure(5.4, 2.9)
    axes.fill_between(100 * points, ours.min(axis=0), ours.max(axis=0), color=LAYER_COLOURS[0], alpha=0.2, linewidth=0)
    axes.plot(100 * points, np.median(ours, axis=0), color=LAYER_COLOURS[0], label=f"ours, {len(ours)} seeds")
    if published is not None:
        axes.plot(100 * points, published, color=LAYER_COLOURS[1], label="the homework's log")
        axes.axhline(1000, color="#555555", linewidth=0.8, linestyle=":")
    axes.set(xlabel="within so many points of the best", ylabel="first update", ylim=(0, None))
    axes.legend(fontsize=7)
    return figure


@styled
def arrows(start, end, class_names):
    """Draw where each number of a small array begins (left) and ends (right): `start` and `end` of shape (C,)."""
    figure, axes = new_figure(4.2, 3.4)
    style = {"arrowstyle": "-|>", "color": LAYER_COLOURS[1], "shrinkA": 0, "shrinkB": 0}
    limit = 1.1 * max(np.abs(start).max(), np.abs(end).max())
    below = -np.inf
    for place in np.argsort(end):
        axes.annotate("", (1, end[place]), (0, start[place]), arrowprops=style)
        below = max(end[place], below + 0.08 * limit)  # names do not overlap
        axes.text(1.04, below, class_names[place], va="center", fontsize=7)
    axes.axhline(0, color="#555555", linewidth=0.8)
    axes.set(ylabel="bias", xlim=(-0.05, 1.15), ylim=(-limit, limit))
    axes.set_xticks([0, 1], ["before training", "after it"])
    return figure


@styled
def between_sets(frame, held_out, images, region, margin):
    """Draw validation minus test accuracy in points, a row a run, with 95% intervals, and the mean of the runs.

    Parameters
    ----------
    frame : pandas.DataFrame
        Columns validation and test.
    held_out, images : int
        Sizes of the two sets.
    region : tuple of float
        Differences, as shares, at which the sets are said to agree: a band, and on each side a paler one as wide as
        `margin`.
    """
    frame = frame.assign(apart=frame["validation"] - frame["test"]).sort_values("apart")
    figure, axes = new_figure(5.6, 1.0 + 0.15 * len(frame))
    for wider, colour in ((margin, "#f0f0f0"), (0, "#dddddd")):
        axes.axvspan(100 * (region[0] - wider), 100 * (region[1] + wider), color=colour, linewidth=0)
    axes.axvline(0, color="#555555", linewidth=0.8)
    bars = difference_bars(frame["validation"].to_numpy(), held_out, frame["test"].to_numpy(), images)
    style = {"fmt": "o", "markersize": 4, "elinewidth": 1, "color": LAYER_COLOURS[0]}
    axes.errorbar(100 * frame["apart"], range(len(frame)), xerr=100 * bars, **style, label="a run")
    axes.axvline(100 * frame["apart"].mean(), color=LAYER_COLOURS[1], linewidth=1.4, linestyle="--", label="mean")
    axes.set(xlabel="validation minus test accuracy (points)", ylabel="run", yticks=[], ylim=(-0.7, len(frame) - 0.3))
    axes.legend(fontsize=7, loc="lower right")
    axes.grid(False)
    return figure


def difference_bars(first, of_first, second, of_second):
    """Return how far the 95% intervals of `first` minus `second` reach below and above it, shape (2, N).

    Shares of so many images each, drawn independently: each end is as far as the squares of the two Wilson
    intervals' arms add up to (Newcombe, 1998).
    """
    (below, above), (its_below, its_above) = error_bars(first, of_first), error_bars(second, of_second)
    return np.array([np.hypot(below, its_above), np.hypot(above, its_below)])
