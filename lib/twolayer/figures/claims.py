"""Figures of the claims."""

from .protocol import error_bars
from .style import new_figure, styled


@styled
def two_sets(frame, held_out=12_000, images=10_000):
    """Draw test against validation accuracy with 95% intervals for sets of these sizes, a point a run.

    Parameters
    ----------
    frame : pandas.DataFrame
        Columns hidden, validation and test.
    held_out, images : int
    """
    figure, axes = new_figure(4.2, 3.6)
    for hidden, marker in zip(sorted(frame["hidden"].unique()), "osD^v<>*", strict=False):
        rows = frame[frame["hidden"] == hidden]
        x, y = rows["validation"].to_numpy(), rows["test"].to_numpy()
        bars = {"xerr": error_bars(x, held_out), "yerr": error_bars(y, images)}
        axes.errorbar(x, y, **bars, fmt=marker, markersize=3.5, elinewidth=0.5, label=f"hidden {hidden}")
    ends = (frame[["validation", "test"]].min().min() - 0.01, frame[["validation", "test"]].max().max() + 0.01)
    axes.plot(ends, ends, color="#555555", linewidth=0.8)
    axes.set(xlabel="validation accuracy", ylabel="test accuracy", xlim=ends, ylim=ends)
    axes.legend(fontsize=7)
    return figure
