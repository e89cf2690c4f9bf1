"""The ledger: claims, each judged by a declared rule that errs at a known rate.

A claim holds if its interval lies in its region widened by its margin, fails if it lies outside, else it is
undecided; Holm's procedure (1979) keeps the chance of any wrong verdict in a ledger at 5%. A verdict that fewer
than 95% of bootstrap ledgers share is undecided, too.
"""

import hashlib
import json
import tomllib
from collections import Counter
from dataclasses import asdict, dataclass
from math import inf
from pathlib import Path

import numpy as np

from .. import paths
from . import wording
from .wording import SHARED

HOLDS, FAILS, UNDECIDED, UNTESTED = "holds", "fails", "undecided", "not tested"
WORDS = {1: HOLDS, -1: FAILS, 0: UNDECIDED}
ERROR = 0.05  # chance of a wrong verdict in a ledger
BOOTSTRAPS = 500
FACTORS = (0.5, 0.7, 1.0, 1.4, 2.0)  # of the margins, for the strip
FILE = paths.ROOT / "data" / "claims.toml"


@dataclass(frozen=True)
class Rule:
    """How a claim is judged, as declared before the runs count."""

    claim: str  # C1a, ...
    says: str  # the claim, in the homework's words where they are quoted
    estimand: str  # what is estimated
    reason: str  # why this region and this margin
    margin: float
    low: float = -inf  # the region in which the claim is true
    high: float = inf
    shown: str = ".4f"  # format of numbers; "factor" shows e to their power

    def borders(self, factor=1):
        """Return the finite ends of the region, widened by `factor` margins: (border, whether it is the low one)."""
        ends = [(self.low - factor * self.margin, True), (self.high + factor * self.margin, False)]
        return [(border, is_low) for border, is_low in ends if abs(border) < inf]


@dataclass(frozen=True)
class Verdict:
    """What became of a claim in one column of the ledger."""

    claim: str
    verdict: str  # HOLDS, FAILS, UNDECIDED, or UNTESTED where runs are missing
    evidence: str  # estimate, interval and number of runs in words
    p: float  # of the verdict's direction, two-sided, before Holm
    share: float  # of bootstrap ledgers with the same verdict
    strip: list  # the verdict with the margins times each of FACTORS


def rules(file=FILE):
    """Return the declared Rules by claim, in their order, and the hash of the file: SHA-256."""
    content = Path(file).read_bytes()
    declared = tomllib.loads(content.decode("utf-8"))
    return {name: Rule(name, **one) for name, one in declared.items()}, hashlib.sha256(content).hexdigest()


def holm(p_values, error=ERROR):
    """Return which p-values are small enough, at a chance of `error` that any is so by chance: Holm (1979).

    Parameters
    ----------
    p_values : ndarray of shape (claims, ...)
    error : float

    Returns
    -------
    ndarray of the same shape, bool
    """
    order = np.argsort(p_values, axis=0, kind="stable")
    ranked = np.take_along_axis(p_values, order, axis=0)
    left = np.arange(len(p_values), 0, -1).reshape(-1, *[1] * (p_values.ndim - 1))
    passed = np.logical_and.accumulate(ranked * left <= error, axis=0)
    found = np.empty_like(passed)
    np.put_along_axis(found, order, passed, axis=0)
    return found


def directions(rule, samples, factors=(1,)):
    """Return the p-value of a claim and its direction, each of shape (len(factors), ...).

    Where a claim has several samples it holds if all lie in its region, and fails if one does not, for
    which its p-value counts as often as there are samples and borders.
    """
    ends = [rule.borders(factor) for factor in factors]
    inside, outside = [], []
    for sample in samples:
        for place, (_, is_low) in enumerate(ends[0]):
            below, above = sample.p_values([row[place][0] for row in ends])
            inside.append(above if is_low else below)
            outside.append(below if is_low else above)
    holds, fails = np.max(inside, axis=0), np.minimum(1, len(outside) * np.min(outside, axis=0))
    return np.minimum(1, 2 * np.minimum(holds, fails)), np.where(holds < fails, 1, -1)


def verdicts(declared, samples, factors=(1,)):
    """Return the verdicts of whole ledgers as numbers, 1, 0 or -1, and their p-values.

    Parameters
    ----------
    declared : dict
        Claim to Rule.
    samples : dict
        Claim to its list of samples; all have the same number of ledgers.
    factors : sequence of float
        Of the margins.

    Returns
    -------
    verdicts, p_values : ndarray of shape (claims, len(factors), ...)
    """
    found = [directions(declared[name], samples[name], factors) for name in samples]
    p_values, signs = (np.array(each) for each in zip(*found, strict=True))
    return holm(p_values) * signs, p_values


def judge(declared, samples, seed=0, ledgers=BOOTSTRAPS):
    """Return a Verdict for each declared claim.

    Parameters
    ----------
    declared : dict
        Claim to Rule, as `rules` returns it.
    samples : dict
        Claim to its list of samples; a claim without, or with too few runs in one of them, is not tested.
    seed : int
        Of the bootstrap ledgers.
    ledgers : int
        How many of them.
    """
    tested = testable(declared, samples)
    if not tested:
        return {name: _untested(name) for name in declared}
    found, p_values = verdicts(declared, grown(tested, seed, ledgers), FACTORS)
    shares = (found[..., 1:] == found[..., :1]).mean(axis=-1)
    final, usual = np.where(shares >= SHARED, found[..., 0], 0), FACTORS.index(1)
    result = {name: _untested(name) for name in declared}
    for name, strip, share, p in zip(tested, final, shares[:, usual], p_values[:, usual, 0], strict=True):
        words = [WORDS[int(one)] for one in strip]
        said = wording.evidence(declared[name], tested[name], ERROR)
        result[name] = Verdict(name, words[usual], said, float(p), float(share), words)
    return result


def testable(declared, samples):
    """Return the samples of the declared claims that have enough runs, by claim."""
    some = {name: samples[name] for name in declared if samples.get(name)}
    return {name: each for name, each in some.items() if all(sample.suffices for sample in each)}


def grown(tested, seed=0, ledgers=BOOTSTRAPS):
    """Return samples by claim with so many ledgers more, which draw the same seeds together."""
    draw = _drawing(np.random.default_rng(seed), ledgers)
    return {name: [sample.resampled(ledgers, draw) for sample in each] for name, each in tested.items()}


def _untested(name):
    return Verdict(name, UNTESTED, "Too little is on record to judge it by", 1.0, 0.0, [UNTESTED] * len(FACTORS))


def _drawing(rng, ledgers):
    """Return the function that draws seeds for `resampled`; runs of the same seeds are drawn together."""
    drawn = {}

    def draw(unit, count):
        if (unit, count) not in drawn:
            drawn[unit, count] = rng.integers(0, count, (ledgers, count))
        return drawn[unit, count]

    return draw


def counts(found):
    """Return how many verdicts hold, fail and are undecided, by these words."""
    seen = Counter(verdict.verdict for verdict in found.values())
    return {word: seen[word] for word in (HOLDS, FAILS, UNDECIDED)}


def write(columns, rules_hash, path):
    """Write the Verdicts of all columns to `path` as JSON: the rules' hash, and an object by column and claim."""
    found = {name: {claim: asdict(one) for claim, one in column.items()} for name, column in columns.items()}
    Path(path).write_text(json.dumps({"rules": rules_hash} | found, indent=1) + "\n", encoding="utf-8")
