"""The ledger with other margins than the declared ones: what there is to know of each claim to judge it again."""

import numpy as np

from . import ledger

FACTORS = tuple(step / 10 for step in range(31))  # of the declared margins


def strengths(declared, samples, factors=FACTORS, seed=0, ledgers=ledger.BOOTSTRAPS):
    """Return how strongly each claim holds or fails with its margin times each factor, in all ledgers of `judge`.

    Holm's procedure compares a p-value with ERROR over the number of claims that are still to be decided, 1 to n. So
    of a p-value no more counts than the largest such number with which it passes. With these numbers at any margins,
    a factor a claim, `decided` gives the verdicts.

    Parameters
    ----------
    declared, samples, seed, ledgers
        As for `ledger.judge`.
    factors : sequence of float
        At least 0, rising.

    Returns
    -------
    dict
        By each of the n claims that have enough runs an ndarray of shape (1 + ledgers, len(factors)), int8: from -n
        (fails) to n (holds), 0 where it passes with none. The first row is of the runs as they are.
    """
    tested = ledger.testable(declared, samples)
    left, found = np.arange(1, len(tested) + 1), {}
    for name, each in ledger.grown(tested, seed, ledgers).items():
        p_values, signs = ledger.directions(declared[name], each, factors)
        passed = (p_values[..., None] * left <= ledger.ERROR).sum(axis=-1)  # as in `ledger.holm`
        found[name] = (signs * passed).T.astype(np.int8)
    return found


def decided(columns):
    """Return the verdicts of ledgers by the strengths of their claims.

    The page does the same; this is what it is compared with, and `ledger.judge` is what this is compared with.

    Parameters
    ----------
    columns : list of ndarray of shape (ledgers,)
        Of each claim, at its margin.

    Returns
    -------
    list of int
        1, -1 or 0 by claim.
    """
    found = np.array(columns)
    order = np.argsort(-np.abs(found), axis=0, kind="stable")
    left = np.arange(len(found), 0, -1)[:, None]
    passed = np.logical_and.accumulate(np.abs(np.take_along_axis(found, order, axis=0)) >= left, axis=0)
    signs = np.zeros_like(found)
    np.put_along_axis(signs, order, passed * np.sign(np.take_along_axis(found, order, axis=0)), axis=0)
    shares = (signs[:, 1:] == signs[:, :1]).mean(axis=1)
    return np.where(shares >= ledger.SHARED, signs[:, 0], 0).tolist()
