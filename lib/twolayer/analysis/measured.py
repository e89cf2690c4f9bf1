"""Samples without a bootstrap: shares of runs, and single published numbers. They answer as `samples.Sample` does."""

from dataclasses import dataclass, replace
from math import erfc

import numpy as np

from .samples import SMALLEST
from .statistics import NORMAL_95, binomial, exact_interval


@dataclass(frozen=True)
class Share:
    """The share of runs for which something is true, by the binomial distribution."""

    true: np.ndarray  # (..., n), bool
    unit: str = "runs"

    @property
    def count(self):
        """Number of runs."""
        return self.true.shape[-1]

    @property
    def suffices(self):
        """Whether there are enough runs for an interval."""
        return self.count > 0

    def value_and_error(self):
        """Return the share and its standard error, each of the shape of the ledgers."""
        share = self.true.mean(axis=-1)
        return share, np.sqrt(share * (1 - share) / self.count)

    def p_values(self, borders):
        """Return the tails of the binomial distribution at each border; see `Sample.p_values`."""
        hits, found = self.true.sum(axis=-1), []
        for border in borders:
            chance = binomial(self.count, border)
            found.append([np.cumsum(chance)[hits], np.cumsum(chance[::-1])[::-1][hits]])
        return tuple(np.moveaxis(np.minimum(np.array(found), 1), 1, 0))

    def interval(self, level=0.95):
        """Return the interval (low, high) of one ledger, by bisection."""
        return exact_interval(int(self.true.sum()), self.count, level)

    def resampled(self, ledgers, draw):
        """Return the share with more ledgers; see `Sample.resampled`."""
        return replace(self, true=np.concatenate([self.true[None], self.true[draw(self.unit, self.count)]]))


@dataclass(frozen=True)
class Measured:
    """A published number, with the standard error that the size of its set of images leaves; 0 if there is none."""

    value: np.ndarray  # of the shape of the ledgers
    error: float = 0.0
    count, suffices = 1, True

    def value_and_error(self):
        """Return the number and its standard error."""
        return self.value, np.full_like(self.value, self.error, dtype=float)

    def p_values(self, borders):
        """Return the tails of the normal distribution at each border; see `Sample.p_values`."""
        scale = max(self.error, SMALLEST)
        seen = (np.asarray(self.value)[None] - np.reshape(borders, (-1, *np.ones(np.ndim(self.value), int)))) / scale
        below = np.vectorize(lambda distance: erfc(-np.clip(distance, -40, 40) / 2**0.5) / 2, otypes=[float])(seen)
        return below, 1 - below

    def interval(self, level=0.95):
        """Return the interval (low, high) of one ledger; 95% is all there is."""
        return float(self.value - NORMAL_95 * self.error), float(self.value + NORMAL_95 * self.error)

    def resampled(self, ledgers, draw):
        """Return the number with more ledgers, as other images might have given it; see `Sample.resampled`."""
        moved = self.error * np.random.default_rng(ledgers).standard_normal(ledgers)
        return replace(self, value=np.concatenate([[self.value], self.value + moved]))
