"""What runs estimate, with what they leave open: p-values for both sides of a border, intervals, other ledgers.

A sample holds the numbers of its runs in arrays of shape (..., n): leading axes are ledgers, the last is the seeds.
Intervals are found by the studentized bootstrap over seeds: Efron and Tibshirani, An Introduction to the Bootstrap
(1993), section 12.5; where there are few runs, by Student's distribution.
"""

from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from .statistics import NORMAL_95

DRAWS = 4000  # bootstrap samples behind a p-value: the smallest is 1 in 4,001
LEDGERS = 100  # ledgers at a time, for memory
SMALLEST = 1e-300
ROUNDING = 1e-6  # of a sample's error: that of draws of one and the same value is not quite 0
FEWEST = 4  # runs in a group, of which one can speak at all
FEW = 20  # runs of one group, below which the bootstrap draws from a normal distribution, not from them


@cache
def _weights(count, place):
    """How often each of `count` seeds is drawn, in each bootstrap sample; groups at other places have other draws."""
    return np.random.default_rng([count, place]).multinomial(count, [1 / count] * count, DRAWS).astype(float)


@cache
def _normal_pivots(count):
    """Return the pivots of means of `count` normal numbers, Student's distribution: a parametric bootstrap."""
    rng = np.random.default_rng([count, FEW])
    return rng.standard_normal(DRAWS) / np.sqrt(rng.chisquare(count - 1, DRAWS) / (count - 1))


def _moments(values, order, weights=None):
    """Return means over the last axis of the first powers of centred values: (order, ...) or (order, DRAWS, ...)."""
    powers = np.stack([values**power for power in range(1, order + 1)])
    if weights is None:
        return powers.mean(axis=-1)
    return np.moveaxis(powers @ weights.T, -1, 1) / values.shape[-1]


def _mean_and_error(moments, count):
    """Return a mean and its standard error."""
    first, second = moments
    return first, np.sqrt(np.maximum(second - first**2, 0) / max(count - 1, 1))


def _end_and_error(moments, count):
    """Return mean + 1.96 standard deviations, and its standard error by its influence function."""
    first, second, third, fourth = moments
    spread = np.maximum(second - first**2, SMALLEST)
    skew = third - 3 * first * second + 2 * first**3
    tail = fourth - 4 * first * third + 6 * first**2 * second - 3 * first**4
    variance = spread + NORMAL_95 * skew / np.sqrt(spread) + NORMAL_95**2 * (tail - spread**2) / (4 * spread)
    scale = np.sqrt(count / max(count - 1, 1))
    return first + NORMAL_95 * scale * np.sqrt(spread), np.sqrt(np.maximum(variance, 0) / max(count - 1, 1))


def _ratio(distance, error, scale):
    """Return distance over error: infinite where draws are all alike, so that their error is none beside `scale`."""
    alike = error <= ROUNDING * scale
    return np.where(
        alike, np.where(distance == 0, 0, np.copysign(np.inf, distance)), distance / np.where(alike, 1, error)
    )


STATISTICS = {"mean": (_mean_and_error, 2), "end": (_end_and_error, 4)}  # and how many moments they need


@dataclass(frozen=True)
class Sample:
    """A sum, over independent groups of runs, of a statistic of each times a number.

    With one group and the factor 1 it is the mean; with two and 1 and -1 a difference; with more a trend.
    """

    groups: tuple  # of arrays (..., n), n >= 2
    factors: tuple = (1.0,)
    units: tuple = ("runs",)  # groups of one name are runs of the same seeds, in their order
    statistic: str = "mean"  # or "end": mean + 1.96 standard deviations, which one run in forty exceeds

    @property
    def count(self):
        """Number of runs."""
        return sum(group.shape[-1] for group in self.groups)

    @property
    def suffices(self):
        """Whether there are enough runs for an interval, and whether they differ."""
        return min(group.shape[-1] for group in self.groups) >= FEWEST and bool(np.all(self.value_and_error()[1] > 0))

    def value_and_error(self):
        """Return the estimate and its standard error, each of the shape of the ledgers."""
        parts = [self._part(group, factor) for group, factor in zip(self.groups, self.factors, strict=True)]
        return sum(value for value, _ in parts), np.sqrt(sum(error**2 for _, error in parts))

    def _part(self, group, factor, weights=None):
        centre = group.mean(axis=-1, keepdims=True)  # powers of small numbers lose no digits
        statistic, order = STATISTICS[self.statistic]
        value, error = statistic(_moments(group - centre, order, weights), group.shape[-1])
        return factor * (value + centre[..., 0]), factor * error

    def pivots(self):
        """Return the bootstrap's (estimate - truth) / error, shape (DRAWS, ...).

        Few runs, drawn with replacement, are often nearly the same ones, and their error is then far too small.
        """
        if self.statistic == "mean" and min(group.shape[-1] for group in self.groups) < FEWEST:
            return self._normal_pivots()
        if self.statistic == "mean" and len(self.groups) == 1 and self.count < FEW:
            pivots = _normal_pivots(self.count)
            return np.broadcast_to(
                pivots.reshape(-1, *[1] * (self.groups[0].ndim - 1)), (DRAWS, *self.groups[0].shape[:-1])
            )
        parts = [
            self._part(group, factor, _weights(group.shape[-1], place))
            for place, (group, factor) in enumerate(zip(self.groups, self.factors, strict=True))
        ]
        error = np.sqrt(sum(error**2 for _, error in parts))
        value, its_error = self.value_and_error()
        return _ratio(sum(value for value, _ in parts) - value, error, its_error)

    def _normal_pivots(self):
        """Return the pivots where some group is so small that draws from it have no spread: of normal numbers."""
        found = np.zeros((2, DRAWS, *np.shape(self.groups[0])[:-1]))
        for place, (group, factor) in enumerate(zip(self.groups, self.factors, strict=True)):
            count, rng = group.shape[-1], np.random.default_rng([group.shape[-1], place, FEW])
            _, error = self._part(group, factor)
            ahead = (DRAWS, *[1] * (group.ndim - 1))
            found[0] += abs(error) * rng.standard_normal(DRAWS).reshape(ahead)
            found[1] += error**2 * (rng.chisquare(count - 1, DRAWS) / (count - 1)).reshape(ahead)
        return _ratio(found[0], np.sqrt(found[1]), np.sqrt(found[1]).mean(axis=0))

    def p_values(self, borders):
        """Return how likely such an estimate is where the truth is at a border, or beyond: by side.

        Parameters
        ----------
        borders : sequence of float

        Returns
        -------
        below, above : ndarray of shape (len(borders), ...)
            Small values of `below` say that the truth lies below the border, of `above` that it lies above.
        """
        shape = np.shape(self.groups[0])[:-1]
        if shape and shape[0] > LEDGERS:
            cuts = range(0, shape[0], LEDGERS)
            parts = [replace(self, groups=tuple(group[cut : cut + LEDGERS] for group in self.groups)) for cut in cuts]
            sides = zip(*(part.p_values(borders) for part in parts), strict=True)
            return tuple(np.concatenate(side, axis=1) for side in sides)
        value, error = np.reshape(self.value_and_error(), (2, -1))
        seen = (value - np.reshape(borders, (-1, 1))) / np.maximum(error, SMALLEST)
        pivots = np.sort(self.pivots().reshape(DRAWS, -1).T, axis=1)  # a row a ledger
        sides = [
            np.transpose([np.searchsorted(*row, side) for row in zip(pivots, seen.T, strict=True)])
            for side in ("right", "left")
        ]
        below, above = (1 + sides[0]) / (DRAWS + 1), (1 + DRAWS - sides[1]) / (DRAWS + 1)
        return below.reshape(-1, *shape), above.reshape(-1, *shape)

    def interval(self, level=0.95):
        """Return the interval (low, high) of one ledger; infinite on a side that so few different values leave open."""
        value, error = self.value_and_error()
        ends = np.quantile(self.pivots(), [(1 + level) / 2, (1 - level) / 2], axis=0, method="nearest")
        low, high = (float(value - end * error) if error else float(value) for end in ends)
        return low, high

    def resampled(self, ledgers, draw):
        """Return the sample with more ledgers: its own first, then `ledgers` of seeds drawn with replacement.

        Parameters
        ----------
        ledgers : int
        draw : callable
            `draw(unit, n)` returns indices (ledgers, n), the same ones for the same unit.
        """
        grown = [
            np.concatenate([group[None], group[draw(unit, len(group))]])
            for group, unit in zip(self.groups, self.units, strict=True)
        ]
        return replace(self, groups=tuple(grown))
