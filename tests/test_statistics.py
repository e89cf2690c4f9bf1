"""Statistics by hand, by brute force and beside SciPy's."""

import itertools

import numpy as np
import pytest
from scipy import stats

from twolayer.analysis import statistics
from twolayer.analysis.statistics import expected_maximum, paired_test, reliability, wilson_interval


@pytest.mark.parametrize(("correct", "count"), [(9794, 10_000), (0, 10), (10, 10), (1, 3), (5000, 10_000)])
def test_wilson_beside_scipy(correct, count):
    theirs = stats.binomtest(correct, count).proportion_ci(0.95, method="wilson")
    np.testing.assert_allclose(wilson_interval(correct, count), [theirs.low, theirs.high], rtol=1e-9, atol=1e-12)


def test_the_homeworks_accuracy():
    low, high = wilson_interval(9794, 10_000)
    assert (round(low, 4), round(high, 4)) == (0.9764, 0.9820)


@pytest.mark.parametrize("seed", range(4))
def test_paired_test_beside_scipy(seed):
    rng = np.random.default_rng(seed)
    first = rng.random(400) < 0.9
    second = np.where(rng.random(400) < 0.1, ~first, first)
    a, b, p = paired_test(first, second)
    assert a == sum(x and not y for x, y in zip(first, second, strict=True)) and a + b == (first != second).sum()
    assert p == pytest.approx(stats.binomtest(a, a + b, 0.5).pvalue)


def test_paired_test_by_hand():
    # Three images to none: 2 * (1 / 8).
    assert paired_test(np.array([True] * 5), np.array([True, True, False, False, False])) == (3, 0, 0.25)
    assert paired_test(np.ones(3, bool), np.ones(3, bool)) == (0, 0, 1.0)


def test_expected_maximum_is_the_mean_over_all_subsets():
    scores = [0.3, 0.9, 0.5, 0.5, 0.7]
    for budget in range(1, 6):
        brute = np.mean([max(subset) for subset in itertools.combinations(scores, budget)])
        assert expected_maximum(scores, budget) == pytest.approx(brute, rel=1e-14)
    for budget in (0, 6):
        with pytest.raises(ValueError, match="budget must be from 1 to 5"):
            expected_maximum(scores, budget)


def test_reliability_by_hand():
    confidence = np.array([0.95, 0.85, 0.81, 1.0, 0.05])
    correct = np.array([True, True, False, True, False])
    rows, error = reliability(confidence, correct, 3)
    np.testing.assert_allclose(rows, [(2, 0.43, 0), (2, 0.9, 1), (1, 1, 1)])
    assert error == pytest.approx((2 * 0.43 + 2 * 0.1) / 5)
    rows, _ = reliability(confidence, correct, 9)  # no bin is empty
    np.testing.assert_allclose(rows, [(1, 0.05, 0), (1, 0.81, 0), (1, 0.85, 1), (1, 0.95, 1), (1, 1, 1)])


@pytest.mark.parametrize("freedom", [1, 2, 5, 9, 200])
@pytest.mark.parametrize("level", [0.5, 0.95, 1 - 0.05 / 10])
def test_students_quantiles_by_scipy(level, freedom):
    assert statistics.student_half(level, freedom) == pytest.approx(stats.t.ppf((1 + level) / 2, freedom), rel=1e-8)


def test_students_interval_by_scipy():
    values = np.random.default_rng(0).normal(3, 2, 6)
    wanted = stats.t.interval(0.99, 5, values.mean(), stats.sem(values))
    assert statistics.student_interval(values, 0.99) == pytest.approx(wanted)
