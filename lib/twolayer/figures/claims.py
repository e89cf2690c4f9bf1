"""Figures of the claims."""

import numpy as np

from ..analysis.statistics import wilson_interval
from .style import new_figure, styled


@styled
def two_sets(frame, held_out=12_000, images=10_000):
    """Draw test against validation accuracy with 95% intervals, a point a run.

    Parameters
    ----------
    frame : pandas.DataFrame
        Columns hidden, validation and test.
    held_out, images : int
        Sizes of the two sets.
    """
    figure, axes = new_figure(4.2, 3.6)
    for hidden, marker in zip(sorted(frame["hidden"].unique()), "osD^v<>*", strict=False):
        rows = frame[frame["hidden"] == hidden]
        x, y = rows["validation"].to_numpy(), rows["test"].to_numpy()
        bars = [_bars(values, count) for values, count in ((x, held_out), (y, images))]
        axes.errorbar(
            x, y, xerr=bars[0], yerr=bars[1], fmt=marker, markersize=3.5, elinewidth=0.5, label=f"hidden {hidden}"
        )
    ends = (frame[["validation", "test"]].min().min() - 0.01, frame[["validation", "test"]].max().max() + 0.01)
    axes.plot(ends, ends, color="#555555", linewidth=0.8)
    axes.set(xlabel="validation accuracy", ylabel="test accuracy", xlim=ends, ylim=ends)
    axes.legend(fontsize=7)
    return figure


def _bars(values, count):
    limits = np.array([wilson_interval(value * count, count) for value in values])
    return np.abs(limits.T - values)
