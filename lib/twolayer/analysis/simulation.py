"""Ledgers whose truth is known: how often the rules of `ledger` give a wrong verdict.

Every claim of such a ledger has its truth at the border of its widened region, the hardest place, or well away from it.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from .ledger import Rule, verdicts
from .measured import Share
from .samples import Sample

AWAY = 5.0  # standard errors from the border, where a claim is to be decided


def _normal(rng, shape):
    return rng.standard_normal(shape)


def _skewed(rng, shape):
    return rng.standard_exponential(shape) - 1


def _collapsing(rng, shape):
    """Two runs in five collapse, as narrow networks do at the homework's rate: standard deviation 1, mean 0."""
    return np.where(rng.random(shape) < 0.4, -1.2247, 0.8165) + 0.01 * rng.standard_normal(shape)


@dataclass(frozen=True)
class _Moving:
    """Ledgers of one sample, drawn where the truth is 0; a truth t moves each estimate by `by` t + `always`.

    Resampling is blind to where the numbers lie. So a truth that moves all of them counts as a border that moves the
    other way, and one bootstrap serves all truths.
    """

    sample: Sample
    by: float
    always: float = 0.0

    def tails(self, border, truths):
        """Return the p-values `below` and `above` of the border, a row a truth: (2, len(truths), ledgers)."""
        return self.sample.p_values([border - self.by * truth - self.always for truth in truths])


@dataclass(frozen=True)
class _Hits:
    """Ledgers of 60 runs, each of which succeeds with the probability 0.5 + 0.0645 t at the truth t."""

    drawn: np.ndarray  # (ledgers, 60), uniform in [0, 1)

    def tails(self, border, truths):
        """Return the p-values as `_Moving` does."""
        each = [Share(self.drawn < 0.5 + 0.0645 * truth).p_values([border]) for truth in truths]
        return np.concatenate(each, axis=1)


@dataclass(frozen=True)
class _Told:
    """A sample of which nothing but its p-values at one border is known."""

    known: np.ndarray  # (2, 1, ledgers)

    def p_values(self, borders):
        """Return the known ones, whatever the borders."""
        return self.known


def _mean(noise, count):
    def draw(rng, ledgers):
        return [_Moving(Sample((noise(rng, (ledgers, count)),)), count**-0.5)]

    return draw


def _difference(rng, ledgers):
    groups = _normal(rng, (ledgers, 20)), _skewed(rng, (ledgers, 20))
    return [_Moving(Sample(groups, (1.0, -1.0), ("a", "b")), 0.1**0.5)]


def _end(rng, ledgers):
    return [_Moving(Sample((_normal(rng, (ledgers, 20)),), statistic="end"), 0.38, -1.959964)]


def _trend(rng, ledgers):
    groups = tuple(noise(rng, (ledgers, 25)) for noise in (_collapsing, _collapsing, _normal, _normal))
    return [_Moving(Sample(groups, (-0.45, -0.15, 0.15, 0.45), tuple("abcd")), 0.3)]


def _share(rng, ledgers):
    return [_Hits(rng.random((ledgers, 60)))]


def _rivals(rng, ledgers):
    """Three differences from one setting, of which one has this truth and the others are well inside."""
    common, size = _normal(rng, (ledgers, 20)), 20**-0.5
    each = [Sample(((_normal(rng, (ledgers, 20)) - common) / 2**0.5,)) for _ in range(3)]
    return [_Moving(each[0], size), *(_Moving(one, 0.0, AWAY * size) for one in each[1:])]


CASES = {
    "mean of 20": (_mean(_normal, 20), 0.0),
    "mean of 5": (_mean(_normal, 5), 0.0),
    "mean of 20, skewed": (_mean(_skewed, 20), 0.0),
    "mean of 20, some collapsed": (_mean(_collapsing, 20), 0.0),
    "difference of two means of 20": (_difference, 0.0),
    "mean + 1.96 deviations of 20": (_end, 0.0),
    "trend over four means of 25, some collapsed": (_trend, 0.0),
    "share of 60": (_share, 0.5),
    "three rivals on the same 20 seeds": (_rivals, 0.0),
}
TRUTHS = {
    "all at the border, true": (0.0, 0.0),
    "all at the border, false": (-1e-9, -1e-9),
    "half of them clear": (0.0, AWAY),
    "half of them clearly false": (-1e-9, -AWAY),
}


@lru_cache
def _drawn(ledgers, seed, values):
    """Return a list of samples, known by their p-values at the case's border, by case and truth, one of `values`."""
    rng, found = np.random.default_rng(seed), {}
    for name, (draw, border) in CASES.items():
        tails = [np.array(one.tails(border, values)) for one in draw(rng, ledgers)]
        found |= {(name, truth): [_Told(each[:, [row]]) for each in tails] for row, truth in enumerate(values)}
    return found


def simulate(truths, ledgers=1000, seed=0):
    """Return how often a claim of a ledger gets a wrong verdict, and how often a clear one gets the right one.

    Parameters
    ----------
    truths : tuple of float
        Of the claims with even and with odd places, in standard errors from the border: from 0 on they are true.
    ledgers : int
    seed : int

    Returns
    -------
    wrong : float
        Share of the ledgers with a wrong verdict, one or more.
    right : float
        Share of the right verdicts among the claims that are away from the border; NaN where none is.
    """
    values = {one for some in (truths, *TRUTHS.values()) for one in some}
    drawn = _drawn(ledgers, seed, tuple(sorted(values)))
    true = np.array([truths[place % 2] for place in range(len(CASES))])
    declared = {name: Rule(name, name, "", "", 0.0, low=border) for name, (_, border) in CASES.items()}
    samples = {name: drawn[name, truth] for name, truth in zip(CASES, true.tolist(), strict=True)}
    found, signs = verdicts(declared, samples)[0][:, 0], np.where(true >= 0, 1, -1)[:, None]
    clear = np.abs(true) >= AWAY
    right = float((found == signs)[clear].mean()) if clear.any() else float("nan")
    return float((found == -signs).any(axis=0).mean()), right
