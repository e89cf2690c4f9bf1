"""Ledgers whose truth is known: how often the rules of `ledger` give a wrong verdict.

Every claim of such a ledger has its truth at the border of its widened region, the hardest place, or well away from it.
"""

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


def _mean(noise, count):
    def draw(rng, ledgers, truth):
        return [Sample((noise(rng, (ledgers, count)) + truth / count**0.5,))]

    return draw


def _difference(rng, ledgers, truth):
    groups = _normal(rng, (ledgers, 20)) + truth * 0.1**0.5, _skewed(rng, (ledgers, 20))
    return [Sample(groups, (1.0, -1.0), ("a", "b"))]


def _end(rng, ledgers, truth):
    return [Sample((_normal(rng, (ledgers, 20)) + truth * 0.38 - 1.959964,), statistic="end")]


def _trend(rng, ledgers, truth):
    noises = (_collapsing, _collapsing, _normal, _normal)
    groups = [noise(rng, (ledgers, 25)) + truth * (place - 1.5) / 5 for place, noise in enumerate(noises)]
    return [Sample(tuple(groups), (-0.45, -0.15, 0.15, 0.45), tuple("abcd"))]


def _share(rng, ledgers, truth):
    return [Share(rng.random((ledgers, 60)) < 0.5 + 0.0645 * truth)]


def _rivals(rng, ledgers, truth):
    """Three differences from one setting, of which one has this truth and the others are well inside."""
    common = _normal(rng, (ledgers, 20))
    each = [(_normal(rng, (ledgers, 20)) - common) / 2**0.5 + shift / 20**0.5 for shift in (truth, AWAY, AWAY)]
    return [Sample((differences,)) for differences in each]


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
    rng, declared, samples, true = np.random.default_rng(seed), {}, {}, []
    for place, (name, (draw, border)) in enumerate(CASES.items()):
        true.append(truths[place % 2])
        declared[name] = Rule(name, name, "", "", 0.0, low=border)
        samples[name] = draw(rng, ledgers, true[-1])
    found, signs = verdicts(declared, samples)[0][:, 0], np.where(np.array(true) >= 0, 1, -1)[:, None]
    clear = np.abs(true) >= AWAY
    right = float((found == signs)[clear].mean()) if clear.any() else float("nan")
    return float((found == -signs).any(axis=0).mean()), right
