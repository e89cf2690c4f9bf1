"""Figures of what the homework shows, its own numbers and ours in one picture."""

import numpy as np

from .run import parts_of, strip
from .style import COLOURS, LAYER_COLOURS, new_figure, plain_ticks, styled

STEP = 20  # of so many updates of the published log one is drawn: all would be a hundred kilobytes
BINS = 50  # where none are published
LEAST_ERROR = 0.01  # percent; an error of 0 is drawn here
LINES = {
    "train": {"linewidth": 1.2, "marker": ".", "markersize": 3},
    "validation": {"linewidth": 3.2, "solid_capstyle": "round"},
    "test": {"linewidth": 1.0, "marker": ".", "markersize": 3},
}
INK = "#222222"  # what was published; colours are ours


@styled
def one_run(history, best_update):
    """Draw loss and error of train, validation and test by update, on logarithmic axes.

    Validation and test nearly coincide: validation is a broad line, and test a thin one on it.

    Parameters
    ----------
    history : dict
        As `records.read_history` returns it.
    best_update : int
        Marked by a vertical line: the parameters kept.
    """
    figure, (left, right) = new_figure(7.2, 3.1, 1, 2)
    batches = history["batch_loss"]
    left.plot(np.arange(len(batches)), batches, color="#cccccc", linewidth=0.5, label="batch")
    for part in parts_of(history):
        errors = np.maximum(100 * (1 - history[f"{part}_accuracy"]), LEAST_ERROR)
        for axes, values in ((left, history[f"{part}_loss"]), (right, errors)):
            axes.plot(history["update"], values, color=COLOURS[part], label=part, **LINES[part])
    left.set(yscale="log", xlabel="update", ylabel="cross-entropy (nats)")
    right.set(yscale="log", xlabel="update", ylabel="error (%)")
    for axes in (left, right):
        low, high = axes.get_ylim()
        plain_ticks(axes.yaxis, (1.0, 2.0, 5.0) if high < 2000 * low else (1.0,))
        axes.axvline(best_update, color="#555555", linewidth=0.8, linestyle=":", label="kept")
    right.set(ylim=(min(right.get_ylim()[0], 45), 110))  # always wrong is 100, and two ticks make a scale
    left.legend(fontsize=7)
    return figure


@styled
def curves(published, ours, converged):
    """Draw loss and accuracy of train, validation and test by update: the published log, and a band over our runs.

    Parameters
    ----------
    published : pandas.DataFrame or None
        As `homework.published_curve` returns it; None draws ours alone, without the mark.
    ours : dict
        As `homework.together` returns it: `update`, of shape (looks,), and `train_loss`, ..., of shape (runs, looks).
        The band is from the smallest to the largest of the runs, the line in it their median.
    converged : int
        The update at which the homework says that the model converges, marked.
    """
    figure, axes = new_figure(7.2, 4.2, 2, 3, margins=(0.62, 0.1, 0.45, 0.3, 0.15, 0.2), sharex=True, sharey="row")
    for part, column in zip(COLOURS, axes.T, strict=True):
        for axis, what in zip(column, ("loss", "accuracy"), strict=True):
            name = f"{part}_{what}"
            low, middle, high = np.quantile(ours[name], [0, 0.5, 1], axis=0)
            axis.fill_between(ours["update"], low, high, color=COLOURS[part], alpha=0.3, linewidth=0)
            axis.plot(ours["update"], middle, color=COLOURS[part], label="ours")
        column[0].set(title=part, yscale="log")
        column[1].set(xlabel="update")
    plain_ticks(axes[0, 0].yaxis, (1.0, 2.0, 5.0))
    axes[0, 0].set(ylabel="cross-entropy (nats)")
    axes[1, 0].set(ylabel="accuracy", ylim=_upper_part(ours))
    if published is not None:
        _add_published(axes, published, converged)
    return figure


def _upper_part(ours):
    """Return limits for accuracies that leave out the first updates, where they rise from chance."""
    late = [array[:, len(ours["update"]) // 4 :].min() for name, array in ours.items() if name.endswith("accuracy")]
    return min(0.85, min(late) - 0.02), 1.005


def _add_published(axes, published, converged):
    """Draw the published log over ours, and the update at which it is said to converge."""
    drawn = published[(published.index % STEP == 0) | (published.index == published.index[0])]
    for part, column in zip(COLOURS, axes.T, strict=True):
        for axis, what in zip(column, ("loss", "accuracy"), strict=True):
            axis.plot(drawn.index, drawn[f"{part}_{what}"], color=INK, linewidth=0.6, label="published")
            axis.axvline(converged, color="#555555", linewidth=0.8, linestyle=":")
        column[0].legend(fontsize=7)
    words = f"“converges at about\nstep {converged}”"
    axes[1, 1].text(converged + 50, axes[1, 1].get_ylim()[0] + 0.01, words, fontsize=7, color="#555555", va="bottom")


@styled
def parameters(published, params, names):
    """Draw the distribution of W1, b1, W2 and b2, as published and ours, in the same bins.

    Parameters
    ----------
    published : dict or None
        The `arrays` of `homework.published_parameters`: each with its histogram, b2 with its values. None draws ours
        alone.
    params : dict
        Ours, of any sizes: what is drawn is the share of an array's values in a bin.
    names : sequence of str
        Of the classes, which are the places of b2.
    """
    figure, axes = new_figure(7.2, 4.4, 2, 2, margins=(0.9, 0.1, 0.45, 0.3, 0.85, 0.8))
    for axis, name in zip(axes.flat[:3], ("W1", "b1", "W2"), strict=True):
        theirs = published and published[name]
        edges, counts = in_bins(theirs["histogram_50_bins"], params[name]) if theirs else (BINS, None)
        ours, edges = np.histogram(params[name], edges)
        colour = LAYER_COLOURS[name[1] == "2"]
        axis.stairs(ours / ours.sum(), edges, fill=True, color=colour, alpha=0.6, label="ours")
        if theirs:
            axis.stairs(counts / counts.sum(), edges, color=INK, linewidth=0.9, label="published")
            axis.legend(fontsize=7)
        axis.set(xlabel=name, ylabel="share of values", title=_title(name, theirs, params[name]))
        axis.locator_params(axis="x", nbins=5)
        if name[0] == "W":
            axis.set_yscale("log")  # most weights sit in a narrow peak
            plain_ticks(axis.yaxis)
    rows = {"ours": params["b2"]} | ({"published": np.array(published["b2"]["values"])} if published else {})
    strip(axes[1, 1], rows, names, {"ours": LAYER_COLOURS[1], "published": INK})
    axes[1, 1].set(xlabel="b2", title=_title("b2", published and published["b2"], params["b2"]))
    return figure


def in_bins(histogram, values):
    """Return the edges of a published histogram's bins, as many more of that width as `values` need, and its counts.

    Parameters
    ----------
    histogram : dict
        `counts`, and the ends of the whole, `from` and `to`.
    values : ndarray

    Returns
    -------
    edges : ndarray of shape (bins + 1,)
    counts : ndarray of shape (bins,)
    """
    counts, low, high = np.array(histogram["counts"]), histogram["from"], histogram["to"]
    width = (high - low) / len(counts)
    before = max(0, int(np.ceil((low - values.min()) / width)))
    after = max(0, int(np.ceil((values.max() - high) / width)))
    edges = low + width * np.arange(-before, len(counts) + after + 1)
    return edges, np.pad(counts, (before, after))


def _title(name, published, values):
    if not published:
        return f"{name}: sd {values.std():.3g}"
    return f"{name}: sd {published['std']:.3g} published, {values.std():.3g} ours"
