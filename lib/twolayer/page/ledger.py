"""The ledger of claims for the page, which judges it again with margins that a reader sets; plain values for JSON."""

import base64
import zlib
from math import isfinite

import numpy as np

from ..analysis import ledger, margins, wording

DECLARED = margins.FACTORS.index(1)


def packed(columns, ledgers=ledger.BOOTSTRAPS):
    """Return all that the page needs to judge the claims with other margins.

    Parameters
    ----------
    columns : dict
        Label to the declared Rules and the samples, as `claims.columns` returns them.
    ledgers : int
        How many bootstrap ledgers, as for `ledger.judge`.

    Returns
    -------
    dict
        `factors` of the declared margins; `declared`, the place of 1 among them; `shared`, the share of the bootstrap
        ledgers that a verdict needs. Of each of `claims` that is judged in some column `no`, what it `says` and
        estimates (`estimand`), how its numbers are `shown`, `margin` and the ends of its region, `low` and `high`, None
        where it is open. Each of `columns` has its `label`, how many `ledgers` it has, the numbers of its `claims`, by
        number in `found` value and interval of what judges it (None where it has no end), in `judged` the verdict with
        the declared margins, and `strengths`: `margins.strengths` by claim, ledger and factor (int8, by zlib, base64).
    """
    rules = {name: rule for declared, _ in columns.values() for name, rule in declared.items()}
    judged = [_column(label, *column, ledgers) for label, column in columns.items()]
    judged = [column for column in judged if column["claims"]]
    named = {name for column in judged for name in column["claims"]}
    return {
        "factors": list(margins.FACTORS),
        "declared": DECLARED,
        "shared": ledger.SHARED,
        "claims": [_claim(rule) for name, rule in rules.items() if name in named],
        "columns": judged,
    }


def _claim(rule):
    words = {"no": rule.claim, "says": rule.says, "estimand": rule.estimand, "shown": rule.shown}
    return words | {"margin": rule.margin, "low": _finite(rule.low), "high": _finite(rule.high)}


def _column(label, declared, samples, ledgers):
    strengths = margins.strengths(declared, samples, ledgers=ledgers)
    verdicts = margins.decided([each[:, DECLARED] for each in strengths.values()]) if strengths else []
    return {
        "label": label,
        "ledgers": len(next(iter(strengths.values()), ())),
        "claims": list(strengths),
        "found": {name: _estimate(declared[name], samples[name]) for name in strengths},
        "judged": [ledger.WORDS[verdict] for verdict in verdicts],
        "strengths": base64.b64encode(zlib.compress(np.array(list(strengths.values()), np.int8).tobytes(), 9)).decode(),
    }


def _estimate(rule, samples):
    return list(map(_finite, wording.closest(rule, samples, ledger.ERROR)[1]))


def _finite(value):
    return value if isfinite(value) else None
