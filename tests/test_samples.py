"""Estimates and what they leave open: by hand, beside SciPy, and where the truth is known."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy import stats

from twolayer.analysis import wording
from twolayer.analysis.measured import Measured, Share
from twolayer.analysis.samples import FEWEST, Sample
from twolayer.analysis.statistics import exact_interval

RNG = np.random.default_rng(0)


def test_a_difference_of_means_and_its_error_by_hand():
    first, second = np.array([1.0, 2.0, 3.0, 6.0]), np.array([2.0, 2.0, 4.0, 4.0])
    value, error = Sample((first, second), (1.0, -2.0), ("a", "b")).value_and_error()
    assert value == pytest.approx(3 - 2 * 3)
    assert error == pytest.approx((first.var(ddof=1) / 4 + 4 * second.var(ddof=1) / 4) ** 0.5)
    assert Sample((first, second), (1.0, -2.0), ("a", "b")).count == 8


def test_the_end_is_mean_and_deviations_by_hand():
    values = np.array([1.0, 2.0, 3.0, 6.0])
    value, _ = Sample((values,), statistic="end").value_and_error()
    assert value == pytest.approx(values.mean() + 1.959964 * values.std(ddof=1))


def test_the_error_of_the_end_is_right_for_normal_numbers():
    """The variance of mean + z s of n normal numbers is near (1 + z^2 / 2) / n."""
    value, error = Sample((RNG.standard_normal((3000, 200)),), statistic="end").value_and_error()
    assert value.std() == pytest.approx(((1 + 1.96**2 / 2) / 200) ** 0.5, rel=0.05)
    assert error.mean() == pytest.approx(value.std(), rel=0.05)


@pytest.mark.parametrize(("statistic", "truth"), [("mean", 0.0), ("end", 1.959964)])
def test_p_values_are_as_small_as_they_say_in_so_many_cases(statistic, truth):
    sample = Sample((RNG.standard_normal((1500, 20)),), statistic=statistic)
    below, above = sample.p_values([truth])
    for side in (below, above):
        assert side.shape == (1, 1500) and 0.01 < (side < 0.025).mean() < 0.045
        assert side.min() >= 1 / 4001


@pytest.mark.parametrize("count", [5, 10, 19])
def test_the_mean_of_few_runs_has_students_interval(count):
    values = RNG.standard_normal(count)
    theirs = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    assert Sample((values,)).interval() == pytest.approx(
        (theirs.low, theirs.high), abs=0.1 * (theirs.high - theirs.low)
    )
    below, above = Sample((RNG.standard_normal((3000, count)),)).p_values([0.0])
    assert 0.018 < (below < 0.025).mean() < 0.033 and 0.018 < (above < 0.025).mean() < 0.033


def test_the_difference_of_two_pairs_has_an_interval_of_its_size():
    """Draws with replacement from two runs have no spread in one of two cases; Welch's interval is like ours."""
    pairs = np.array([0.5, 0.6]), np.array([0.3, 0.32])
    low, high = Sample(pairs, (1.0, -1.0), ("a", "b")).interval()
    theirs = stats.ttest_ind(*pairs, equal_var=False).confidence_interval(0.95)
    assert low < 0.24 < high and 0.5 < (high - low) / (theirs.high - theirs.low) < 1.2
    equal = np.array([0.5, 0.5])
    assert Sample((equal, equal - 0.25), (1.0, -1.0), ("a", "b")).interval() == (0.25, 0.25)


def test_few_different_values_leave_a_side_open():
    """Of twenty runs all but one are alike: a third of all draws have no spread."""
    values = np.array([0.0] * 19 + [-0.01])
    low, high = Sample((values,)).interval()
    assert low == -np.inf and 0 <= high < 0.01
    below, above = Sample((values,)).p_values([0.001])
    assert below[0] < 0.05 < above[0]
    rule = SimpleNamespace(shown="+.4f")
    assert wording.number(rule, low) == wording.number(rule, -low) == "no bound"


def test_an_interval_holds_the_truth_that_both_sides_leave_open():
    sample = Sample((RNG.standard_normal(25) + 0.3,))
    low, high = sample.interval(0.95)
    below, above = sample.p_values([low, high])
    assert low < sample.value_and_error()[0] < high
    assert above[0] == pytest.approx(0.025, abs=0.002) and below[1] == pytest.approx(0.025, abs=0.002)
    theirs = stats.bootstrap((sample.groups[0],), np.mean, method="BCa", random_state=0).confidence_interval
    assert (low, high) == pytest.approx((theirs.low, theirs.high), abs=0.12)


def test_other_ledgers_keep_their_own_first_and_seeds_together():
    first, second = np.arange(6.0), 10 * np.arange(6.0)
    drawn = RNG.integers(0, 6, (3, 6))
    grown = Sample((first, second), (1.0, 1.0), ("same", "same")).resampled(3, lambda unit, count: drawn)
    assert np.array_equal(grown.groups[0][0], first) and np.array_equal(grown.groups[0][1:], drawn)
    assert np.array_equal(grown.groups[1], 10 * grown.groups[0])
    share = Share(np.arange(6) > 3).resampled(3, lambda unit, count: drawn)
    assert np.array_equal(share.true[1:], drawn > 3) and share.true.shape == (4, 6)
    number = Measured(np.array(0.5), 0.1).resampled(2000, None)
    assert number.value[0] == 0.5 and number.value.std() == pytest.approx(0.1, rel=0.1)


@pytest.mark.parametrize(("hits", "count"), [(0, 20), (20, 20), (3, 20), (57, 60)])
def test_exact_intervals_beside_scipy(hits, count):
    for level in (0.95, 0.997):
        theirs = stats.binomtest(hits, count).proportion_ci(level, method="exact")
        np.testing.assert_allclose(exact_interval(hits, count, level), [theirs.low, theirs.high], atol=1e-9)
    assert Share(np.arange(count) < hits).interval(0.95) == exact_interval(hits, count)


@pytest.mark.parametrize("border", [0.05, 0.5, 0.9])
def test_the_tails_of_a_share_beside_scipy(border):
    below, above = Share(np.arange(40) < 29).p_values([border])
    assert below[0] == pytest.approx(stats.binomtest(29, 40, border, "less").pvalue)
    assert above[0] == pytest.approx(stats.binomtest(29, 40, border, "greater").pvalue)


def test_a_border_that_no_share_passes():
    below, above = Share(np.array([True] * 5)).p_values([0.0, 1.0])
    assert above[0] == 0 and below[1] == 1 and above[1] == 1


def test_a_measured_number_is_normal():
    below, above = Measured(np.array(0.3), 0.1).p_values([0.5])
    assert (below[0], above[0]) == pytest.approx((stats.norm.cdf(-2), stats.norm.sf(-2)))
    assert Measured(np.array(0.3), 0.1).interval() == pytest.approx((0.104, 0.496), abs=1e-3)


def test_a_number_without_error_lies_on_one_side():
    below, above = Measured(np.array(0.3)).p_values([0.2, 0.4])
    assert np.allclose(below, [1, 0]) and np.allclose(above, [0, 1])


def test_too_few_runs_or_equal_ones_do_not_suffice():
    enough, few = np.arange(float(FEWEST)), np.arange(FEWEST - 1.0)
    assert not Sample((few, enough), (1.0, 1.0), ("a", "b")).suffices and Sample((enough,)).suffices
    assert not Sample((np.ones(20),)).suffices  # runs that never differ do not tell how much the next may
    assert not Share(np.zeros(0, bool)).suffices and Share(np.zeros(1, bool)).suffices and Measured(1.0).suffices
