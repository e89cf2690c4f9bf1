"""Figures show what they are given: values, limits, intervals, and what lies on what."""

import numpy as np
import pandas as pd
import pytest

from twolayer.analysis.statistics import reliability, wilson_interval
from twolayer.figures import claims, curvature, protocol, published, search

SIZES, RATES, PENALTIES = (64, 128, 256, 512), (0.001, 0.005, 0.01, 0.05, 0.1), (0.001, 0.005, 0.01, 0.05, 0.1)


def grid(sizes=SIZES, rates=RATES, penalties=PENALTIES, seed=0):
    rng = np.random.default_rng(seed)
    rows = [(hidden, lr, l2, rng.uniform(0.1, 0.99)) for hidden in sizes for lr in rates for l2 in penalties]
    return pd.DataFrame(rows, columns=["hidden", "lr", "l2", "test"])


def drawn(figure):
    """Lay a figure out, and return its renderer."""
    figure.draw_without_rendering()
    return figure._get_renderer()


def written(axis):
    """Return the values in a panel's fields by column and row."""
    return {tuple(map(round, text.get_position())): text.get_text() for text in axis.texts}


@pytest.mark.parametrize("decimals", [2, 4])
def test_the_values_of_a_search_are_where_they_belong_and_can_be_read(decimals):
    ours, theirs = grid(), grid(seed=1)
    figure = search.search_heatmaps(ours, "test", theirs, decimals=decimals)
    renderer, panels = drawn(figure), figure.axes[:8]
    names = [f"{whose}, hidden {hidden}" for hidden in SIZES for whose in ("ours", "published")]
    assert [axis.get_title() for axis in panels] == names
    for axis, frame, hidden in zip(panels, [ours, theirs] * 4, np.repeat(SIZES, 2), strict=True):
        said = written(axis)
        for row in frame[frame["hidden"] == hidden].itertuples():
            assert said[RATES.index(row.lr), PENALTIES.index(row.l2)] == f"{row.test:.{decimals}f}"
        field = axis.get_window_extent(renderer).width / len(RATES)
        assert all(text.get_window_extent(renderer).width < field for text in axis.texts)
        assert min(text.get_fontsize() for text in axis.texts) >= (9 if decimals == 2 else 7)


def test_a_search_alone_has_two_sizes_in_a_row_and_no_empty_panel():
    figure = search.search_heatmaps(grid(SIZES[:3], (0.2, 0.4, 0.8)), "test", decimals=4)
    assert [axis.get_title() for axis in figure.axes[:4]] == ["hidden 64", "hidden 128", "hidden 256", ""]
    assert [axis.axison for axis in figure.axes[:4]] == [True, True, True, False]
    assert len(search.search_heatmaps(grid((64,))).axes) == 2  # a panel and the colours


def test_seeds_are_lines_that_do_not_lie_on_each_other():
    """In the colour of their size; near 1, where most settings end, log odds keep them apart."""
    frame = grid((64, 512), (0.001,)).assign(
        published=[0.1135, 0.35, 0.93, 0.95, 0.961, 0.966, 0.969, 0.972, 0.975, 0.98]
    )
    ranges = frame.assign(lowest=frame["test"] - 0.05, highest=np.minimum(frame["test"] + 0.05, 1))
    ranges = ranges.set_index(["lr", "l2", "hidden"])[["published", "lowest", "highest"]]
    figure = search.published_against_ours(frame, 0.5, ranges)
    (axes,), lines = figure.axes, {}
    drawn(figure)
    assert axes.get_xscale() == axes.get_yscale() == "logit"
    for found, hidden in zip(axes.collections[::2], (64, 512), strict=True):
        lines[hidden] = np.array(found.get_segments())
        known = ranges.xs(hidden, level="hidden")
        np.testing.assert_allclose(lines[hidden][:, 0], known[["published", "lowest"]].clip(0.001, 0.9999))
        np.testing.assert_allclose(lines[hidden][:, 1], known[["published", "highest"]].clip(0.001, 0.9999))
    for dots, found in zip(axes.collections[1::2], axes.collections[::2], strict=True):
        np.testing.assert_allclose(dots.get_facecolor()[0, :3], found.get_color()[0, :3])
    places = axes.transData.transform(lines[512][:, 0])[:, 0]
    assert np.diff(places).min() > 5  # pixels, for accuracies that 0.003 separates


def history(**parts):
    updates = np.arange(0, 500, 100)
    looks = {f"{part}_accuracy": np.array(values) for part, values in parts.items()}
    losses = {f"{part}_loss": 1 - looks[f"{part}_accuracy"] + 0.1 for part in parts}
    return {"update": updates, "batch_loss": np.linspace(2, 0.1, 401)} | looks | losses


def test_a_run_is_drawn_by_its_errors_and_the_test_does_not_hide_validation():
    run = history(
        train=[0.1, 0.9, 0.95, 0.99, 1], validation=[0.1, 0.9, 0.94, 0.96, 0.97], test=[0.1, 0.9, 0.94, 0.96, 0.975]
    )
    left, right = published.one_run(run, 300).axes
    lines = {line.get_label(): line for line in right.get_lines()}
    assert left.get_yscale() == right.get_yscale() == "log" and right.get_ylabel() == "error (%)"
    for part in ("train", "validation", "test"):
        errors = np.maximum(100 - 100 * run[f"{part}_accuracy"], published.LEAST_ERROR)
        np.testing.assert_allclose(lines[part].get_ydata(), errors)
        np.testing.assert_allclose(left.get_lines()[1 + list(lines).index(part)].get_ydata(), run[f"{part}_loss"])
    assert lines["validation"].get_linewidth() > 2 * lines["test"].get_linewidth()
    assert list(lines).index("validation") < list(lines).index("test")  # the thin one lies on the broad one
    assert lines["kept"].get_xdata()[0] == 300


def test_the_error_of_a_collapsed_run_has_a_scale():
    flat = [0.1, 0.11, 0.11, 0.19, 0.11]
    figure = published.one_run(history(train=flat, validation=flat, test=flat), 300)
    drawn(figure)
    low, high = figure.axes[1].get_ylim()
    assert sum(low <= tick <= high for tick in figure.axes[1].get_yticks()) >= 2


def test_beside_eigenvalues_stands_their_limit():
    trace = {"update": np.arange(3), "largest": np.array([50, 80, 2]), "smallest": np.array([-50, -20, 0])}
    trace["dead_fraction"] = np.array([0, 0.5, 1])
    frame = pd.DataFrame([{"hidden": h, "lr": lr, "trace": trace} for h in (64, 512) for lr in (0.005, 0.05)])
    figure = curvature.along_training(frame, {"eigenvalues": ["largest", "smallest"], "dead": ["dead_fraction"]})
    assert [axis.get_title() for axis in figure.axes] == ["hidden 64", "hidden 512", "", ""]
    for axis in figure.axes[:2]:
        limits = {line.get_ydata()[0]: line for line in axis.get_lines() if line.get_linestyle() == ":"}
        assert list(limits) == [400, 40]
        solid = [line for line in axis.get_lines() if line.get_linestyle() == "-"]
        assert [line.get_color() for line in solid] == [line.get_color() for line in limits.values()]
    assert not [line for axis in figure.axes[2:] for line in axis.get_lines() if line.get_linestyle() == ":"]
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["lr 0.005", "2 / 0.005", "lr 0.05", "2 / 0.05"]


def test_validation_minus_test_with_intervals_in_order():
    frame = pd.DataFrame({"validation": [0.975, 0.98, 0.97], "test": [0.974, 0.97, 0.976]})
    (axes,) = claims.between_sets(frame, 12_000, 10_000, (-0.0025, 0.0025), 0.0015).axes
    (bars,) = axes.containers
    np.testing.assert_allclose(bars[0].get_xdata(orig=False), [-0.6, 0.1, 1.0])
    ends = [patch.get_x() for patch in axes.patches] + [patch.get_x() + patch.get_width() for patch in axes.patches]
    np.testing.assert_allclose(ends, [-0.4, -0.25, 0.4, 0.25])
    mean = next(line for line in axes.get_lines() if line.get_label() == "mean")
    np.testing.assert_allclose(mean.get_xdata(), 0.5 / 3)


def test_the_interval_of_a_difference_by_hand_and_by_draws():
    (low, high), (its_low, its_high) = wilson_interval(970, 1000), wilson_interval(480, 500)
    below, above = claims.difference_bars(np.array([0.97]), 1000, np.array([0.96]), 500)
    assert below[0] == pytest.approx(((0.97 - low) ** 2 + (its_high - 0.96) ** 2) ** 0.5)
    assert above[0] == pytest.approx(((high - 0.97) ** 2 + (0.96 - its_low) ** 2) ** 0.5)
    rng = np.random.default_rng(0)
    first, second = rng.binomial(1000, 0.97, 4000) / 1000, rng.binomial(500, 0.96, 4000) / 500
    below, above = claims.difference_bars(first, 1000, second, 500)
    inside = (first - second - below <= 0.01) & (first - second + above >= 0.01)
    assert 0.94 < inside.mean() < 0.965


def test_calibration_is_drawn_as_log_odds_and_a_bin_without_mistakes_at_the_edge():
    confidence = np.concatenate([np.linspace(0.5, 0.9, 100), np.linspace(0.95, 0.99, 100), np.full(100, 1.0)])
    right = np.concatenate([np.arange(100) % 3 > 0, np.arange(100) > 0, np.full(100, True)])
    rows, _ = reliability(confidence, right, 3)
    (axes,) = protocol.reliability_diagram(rows).axes
    assert axes.get_xscale() == axes.get_yscale() == "logit"
    dots, triangles = (container[0] for container in axes.containers)
    np.testing.assert_allclose(dots.get_xydata(), [(0.7, 0.66), (0.97, 0.99)])
    assert triangles.get_marker() == "^" and len(triangles.get_xdata()) == 1
    (segment,) = axes.containers[1][2][0].get_segments()
    assert segment[0, 1] == pytest.approx(wilson_interval(100, 100)[0]) and segment[0, 0] == protocol.SUREST
    low, high = axes.get_ylim()
    assert low < wilson_interval(66, 100)[0] and segment[1, 1] < high < 1
    (line,) = (line for line in axes.get_lines() if len(line.get_xdata()) == 50)
    np.testing.assert_allclose(line.get_xdata(), line.get_ydata())


def test_calibration_of_bins_that_are_all_right_or_all_wrong():
    for accuracy in (0.0, 1.0):
        figure = protocol.reliability_diagram([(5, 0.6, accuracy), (5, 0.9, accuracy)])
        drawn(figure)
        (axes,) = figure.axes
        assert 0 < axes.get_ylim()[0] < axes.get_ylim()[1] < 1
