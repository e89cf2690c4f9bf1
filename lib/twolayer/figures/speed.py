"""Figures of `benchmarks/results.json`: what an update costs, and how long training takes."""

import numpy as np

from .style import new_figure, styled

HANDS = {"ours": "#0072B2", "PyTorch": "#D55E00", "JAX": "#009E73", "scikit-learn": "#CC79A7"}
FLOOR = "#777777"


def _selected(results, **wanted):
    """Return the rows measured in native arithmetic that have all the wanted entries."""
    rows = [row for row in results["rows"] if row["value"] is not None and row.get("arithmetic") != "portable"]
    return [row for row in rows if all(row.get(name) == value for name, value in wanted.items())]


def by_width(results, batch=256):
    """Return hidden units and median milliseconds an update, two arrays, by name: the bare products and each hand."""
    lines = {}
    for row in _selected(results, group="step", batch=batch, threads=1, way="as trained"):
        lines.setdefault("five bare products", []).append((row["hidden"], np.median(row["products"])))
        lines.setdefault("ours", []).append((row["hidden"], np.median(row["seconds"])))
    for name in ("PyTorch", "JAX", "scikit-learn"):
        for row in _selected(results, group=name, batch=batch, threads=1):
            lines.setdefault(name, []).append((row["hidden"], np.median(row["theirs"]) / row["updates"]))
    return {name: (np.array(points).T[0], 1e3 * np.array(points).T[1]) for name, points in lines.items()}


@styled
def time_by_width(results, batch=256):
    """Draw the time of an update by hidden units, and the seconds until the goal, for each hand."""
    figure, (left, right) = new_figure(7.2, 2.8, 1, 2, width_ratios=(3, 2))
    for name, (hidden, milliseconds) in by_width(results, batch).items():
        style = {"color": FLOOR, "linestyle": "--"} if name not in HANDS else {"color": HANDS[name], "marker": "o"}
        left.plot(hidden, milliseconds, label=name, markersize=3.5, **style)
    left.set(xscale="log", yscale="log", xlabel="hidden units", ylabel=f"ms an update of {batch} images")
    left.set_xticks([64, 128, 256, 512, 1024], ["64", "128", "256", "512", "1024"])
    left.minorticks_off()
    left.legend(fontsize=7)
    rows = _selected(results, group="goal")
    for place, row in enumerate(rows):
        right.barh(place, row["value"], color=HANDS[row["hand"]], height=0.6)
        right.plot(row["repetitions"], [place] * len(row["repetitions"]), "k.", markersize=3)
    right.set_yticks(range(len(rows)), [row["hand"] for row in rows])
    right.invert_yaxis()
    right.grid(axis="y", visible=False)
    right.set(xlabel="seconds until 0.9794 on test", xlim=(0, None))
    return figure


@styled
def growth(results):
    """Draw how the time of an epoch, of an update and of a study grows, each with a line through 0."""
    figure, axes = new_figure(7.2, 4.4, 2, 2)
    kinds = (("an epoch, by examples", "examples", "images", "s an epoch", 1),)
    kinds += (("an update, by hidden units", "hidden", "hidden units", "ms an update", 1e3),)
    kinds += (("an update, by images", "batch", "images in a batch", "ms an update", 1e3),)
    kinds += (("a study, by runs", "runs", "runs of 200 updates", "s a study", 1),)
    for axis, (what, name, label, unit, factor) in zip(axes.flat, kinds, strict=True):
        axis.set(xlabel=label, ylabel=unit)
        rows = _selected(results, group="growth", what=what)
        if not rows:
            continue
        size, time = np.array([(row[name], row["value"] * factor) for row in rows]).T
        axis.plot(size, time, "o", color=HANDS["ours"], markersize=4, label="measured")
        axis.plot(size, size * (time[-1] / size[-1]), color=FLOOR, linestyle="--", label="in proportion to the largest")
        axis.set(xlim=(0, None), ylim=(0, None))
        axis.legend(fontsize=7)
    return figure
