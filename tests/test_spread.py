"""Intervals of errors over seeds and images."""

import numpy as np
import pytest
from scipy import stats

from twolayer.analysis import spread
from twolayer.analysis.statistics import wilson_interval


@pytest.fixture
def rng():
    return np.random.default_rng(5)


def crossed(rng, seeds, images, mean=0.05):
    """Draw wrong answers: images differ in how hard they are, and networks in how good."""
    hard = rng.beta(mean * 2, 2 - mean * 2, images)
    good = np.exp(0.15 * rng.standard_normal(seeds))
    return rng.random((seeds, images)) < np.minimum(1, good[:, None] * hard)


def test_over_seeds_is_students_interval(rng):
    wrong = crossed(rng, 8, 3000)
    errors = wrong.mean(axis=1)
    expected = stats.t.interval(0.95, 7, errors.mean(), stats.sem(errors))
    np.testing.assert_allclose(spread.over_seeds(wrong), expected, rtol=1e-9)
    assert np.isnan(spread.over_seeds(wrong[:3])).all()


def test_over_images_is_wilsons_interval_for_one_network(rng):
    wrong = crossed(rng, 1, 5000)
    expected = wilson_interval(wrong.mean() * 4999, 4999)  # the variance of a sample has one less
    np.testing.assert_allclose(spread.over_images(wrong), expected, rtol=1e-6)
    assert np.isnan(spread.over_both(wrong)).all()  # of one network other seeds are unknown
    np.testing.assert_allclose(spread.over_images(np.zeros((2, 10), bool)), wilson_interval(0, 10))


def test_many_networks_alike_are_as_good_as_one(rng):
    wrong = crossed(rng, 1, 5000)
    one, ten = spread.over_images(wrong), spread.over_images(np.repeat(wrong, 10, axis=0))
    np.testing.assert_allclose(one, ten, rtol=1e-9)


@pytest.mark.parametrize(("seeds", "images"), [(10, 400), (4, 1500)])
def test_over_both_holds_the_truth_about_as_often_as_it_says(rng, seeds, images):
    truth = np.mean([crossed(rng, 200, 20_000).mean() for _ in range(5)])
    hits = [low <= truth <= high for low, high in (spread.over_both(crossed(rng, seeds, images)) for _ in range(400))]
    assert 0.91 < np.mean(hits) < 0.985


def test_over_seeds_does_not_speak_of_other_images(rng):
    truth = np.mean([crossed(rng, 200, 20_000).mean() for _ in range(5)])
    hits = [low <= truth <= high for low, high in (spread.over_seeds(crossed(rng, 10, 400)) for _ in range(400))]
    assert np.mean(hits) < 0.8


def test_the_difference_is_that_of_pairs_where_there_is_one_network_each(rng):
    wrong, other = crossed(rng, 2, 4000)[:, None]
    gap, low, high = spread.difference(wrong, other)
    each = wrong[0].astype(float) - other[0]
    expected = stats.norm.interval(0.95, each.mean(), stats.sem(each))
    assert gap == pytest.approx(each.mean())
    np.testing.assert_allclose((low, high), expected)


def strong(rng, seeds, images, factor=1.0):
    """Draw wrong answers where a network may be much better than another."""
    hard = rng.beta(0.1, 1.9, images)
    return [
        rng.random((seeds, images)) < np.minimum(1, scale * np.exp(0.3 * rng.standard_normal((seeds, 1))) * hard)
        for scale in (1.0, factor)
    ]


def test_a_difference_holds_the_truth_about_as_often_as_it_says(rng):
    one, other = strong(rng, 3000, 3000, 0.8)
    truth, hits = one.mean() - other.mean(), []
    for _ in range(400):
        gap, low, high = spread.difference(*strong(rng, 8, 500, 0.8))
        hits.append(low <= truth <= high)
    assert 0.90 < np.mean(hits) < 0.98


def test_pairs_of_seeds_tell_more_than_networks_that_have_nothing_in_common(rng):
    good = np.exp(0.5 * rng.standard_normal((8, 1)))
    hard = rng.beta(0.1, 1.9, 3000)
    one, other = (rng.random((8, 3000)) < np.minimum(1, factor * good * hard) for factor in (1.0, 0.9))
    (gap, low, high), (same, wide_low, wide_high) = (spread.difference(one, other, paired) for paired in (True, False))
    assert gap == same and low - wide_low > 0.1 * (wide_high - wide_low) and wide_high > high


def test_mcnemar_by_scipy(rng):
    wrong, other = crossed(rng, 2, 4000)
    only, of_other, p = spread.against(wrong, other)
    assert (only, of_other) == ((~wrong & other).sum(), (wrong & ~other).sum())
    assert p == pytest.approx(stats.binomtest(int(only), int(only + of_other)).pvalue)


@pytest.mark.parametrize(
    ("interval", "verdict"),
    [((0.001, 0.002), "holds"), ((0.001, 0.003), "holds"), ((0.002, 0.004), "undecided"), ((0.0031, 0.004), "fails")],
)
def test_a_verdict(interval, verdict):
    assert spread.verdict(interval, 0.003) == verdict
