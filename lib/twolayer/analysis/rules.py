"""Rules that say which networks collapse: found on the networks of some seeds, judged on those of others."""

import numpy as np
import pandas as pd

from .statistics import exact_interval, flip_test

RIDGE = 1e-3  # holds weights finite where a rule makes no mistake


def frequencies(networks, by=("hidden", "lr")):
    """Return how many networks of each kind collapse, of how many, the share and its exact 95% interval.

    Parameters
    ----------
    networks : pandas.DataFrame
        As `studies.load_census` returns it.
    by : sequence of str
        Columns that make a kind.

    Returns
    -------
    pandas.DataFrame
        Indexed by `by`: `collapsed`, `of`, `share`, `low`, `high`.
    """
    found = networks.groupby(list(by))["collapsed"].agg(collapsed="sum", of="size")
    found["share"] = found["collapsed"] / found["of"]
    ends = [exact_interval(row.collapsed, row.of) for row in found.itertuples()]
    return found.assign(low=[low for low, _ in ends], high=[high for _, high in ends])


def best_cut(score, collapsed):
    """Return the number from which a score has to say "collapses" to be wrong least often; the middle one of several.

    Parameters
    ----------
    score : ndarray of shape (n,)
        Finite.
    collapsed : ndarray of shape (n,), bool
    """
    values = np.unique(score)
    cuts = np.concatenate([[values[0] - 1], (values[1:] + values[:-1]) / 2, [values[-1] + 1]])
    wrong = np.array([np.count_nonzero((score >= cut) != collapsed) for cut in cuts])
    best = np.flatnonzero(wrong == wrong.min())
    return float(cuts[best[(len(best) - 1) // 2]])


def logistic(features, collapsed):
    """Return the weights of (5.6), by Newton's method on the likelihood.

    Parameters
    ----------
    features : ndarray of shape (n, k)
    collapsed : ndarray of shape (n,), bool

    Returns
    -------
    ndarray of shape (1 + k,)
        The constant and a weight a feature.
    """
    centre, scale = features.mean(axis=0), features.std(axis=0)
    Z, weights = np.column_stack([np.ones(len(features)), (features - centre) / scale]), np.zeros(1 + features.shape[1])
    for _ in range(100):
        p = 1 / (1 + np.exp(-np.clip(Z @ weights, -30, 30)))
        slope = Z.T @ (collapsed - p) - RIDGE * weights
        weights += np.linalg.solve((Z.T * (p * (1 - p))) @ Z + RIDGE * np.eye(len(weights)), slope)
    return np.concatenate([[weights[0] - weights[1:] @ (centre / scale)], weights[1:] / scale])


def _threshold(score, cut=None):
    """Return a rule: a network collapses where a score of it is at least `cut`, or the best one if None."""

    def fit(found):
        known = best_cut(_scores(score, found), found["collapsed"].to_numpy()) if cut is None else cut
        return lambda new: _scores(score, new) >= known

    return fit


def _scores(score, networks):
    return score(networks).fillna(np.finfo(float).max).to_numpy(float)  # unknown where every unit is dead


def _by_size(found):
    """Find the best constant for each size."""
    cuts = {
        size: best_cut(some["lr"].to_numpy(), some["collapsed"].to_numpy()) for size, some in found.groupby("hidden")
    }
    return lambda new: (new["lr"] >= new["hidden"].map(cuts)).to_numpy()


def _weighted(features):
    """Return a rule: a network collapses where (5.6) gives that the larger probability."""

    def fit(found):
        constant, *weights = logistic(features(found), found["collapsed"].to_numpy())
        return lambda new: constant + features(new) @ np.array(weights) >= 0

    return fit


def _logs(*names):
    return lambda networks: np.log(networks[list(names)].to_numpy(float))


def _lr_and_dead(networks):
    return np.column_stack([np.log(networks["lr"]), networks["dead_50"]])


CONSTANT = "lr"
LIMIT = r"$2 / \kappa$ of the Hessian"
LIMIT_OF_PART = r"$2 / \kappa$ of its Gauss-Newton part"
# Name to the number of updates that must have been done before the rule can speak, and how it is found.
RULES = {
    CONSTANT: (0, _threshold(lambda n: n["lr"])),
    "lr, a constant a size": (0, _by_size),
    "lr and H, (5.6)": (0, _weighted(_logs("lr", "hidden"))),
    LIMIT: (0, _threshold(lambda n: n["lr"] * n["largest"], 2.0)),
    LIMIT_OF_PART: (0, _threshold(lambda n: n["lr"] * n["gauss_newton"], 2.0)),
    r"$c / \kappa$ of the Hessian": (0, _threshold(lambda n: n["lr"] * n["largest"])),
    "c / mean square of images": (0, _threshold(lambda n: n["lr"] * n["inputs"])),
    "c / mean square of activations": (0, _threshold(lambda n: n["lr"] * n["activations"])),
    "first movement": (0, _threshold(lambda n: n["step_1"])),
    "first movement and H, (5.6)": (0, _weighted(_logs("step_1", "hidden"))),
    "lr, first movement and H, (5.6)": (0, _weighted(_logs("lr", "step_1", "hidden"))),
    "dead share after 5 updates": (5, _threshold(lambda n: n["dead_5"])),
    "dead share after 10 updates": (10, _threshold(lambda n: n["dead_10"])),
    "dead share after 50 updates": (50, _threshold(lambda n: n["dead_50"])),
    "lr and dead share, (5.6)": (50, _weighted(_lr_and_dead)),
}


def judge(found, new):
    """Return how each rule does on new networks, when it was found on others.

    Parameters
    ----------
    found, new : pandas.DataFrame
        As `studies.load_census` returns them, with no seed in common.

    Returns
    -------
    pandas.DataFrame
        A row a rule: `rule`, `updates` it waits for, `before`, the share of `found` that it gets right; of `new`
        how many it gets `right`, `of` how many, with the exact interval `low`, `high`; `missed`, those that collapse
        unforeseen, and `false`, those that work against it; networks that `only it` and `only lr` get right; in how
        many seeds it gets `more` and `fewer` right than the constant; and `p`, by `flip_test` over these seeds.
    """
    truth, constant = new["collapsed"].to_numpy(), RULES[CONSTANT][1](found)(new)
    rows = []
    for name, (updates, fit) in RULES.items():
        rule = fit(found)
        before, said = np.mean(rule(found) == found["collapsed"]), rule(new)
        right, its = said == truth, constant == truth
        low, high = exact_interval(right.sum(), len(right))
        row = {"rule": name, "updates": updates, "before": before, "right": right.sum(), "of": len(right)}
        row |= {"low": low, "high": high, "missed": (~said & truth).sum(), "false": (said & ~truth).sum()}
        row |= {"only it": (right & ~its).sum(), "only lr": (its & ~right).sum()}
        gain = pd.Series(right.astype(int) - its).groupby(new["seed"].to_numpy()).sum().to_numpy()
        rows.append(row | {"more": (gain > 0).sum(), "fewer": (gain < 0).sum(), "p": flip_test(gain)})
    return pd.DataFrame(rows)


def right_by_seed(found, new):
    """Return the share of the new networks of each seed that each rule gets right: a row a seed, a column a rule."""
    truth = new["collapsed"].to_numpy()
    right = {name: fit(found)(new) == truth for name, (_, fit) in RULES.items()}
    return pd.DataFrame(right).groupby(new["seed"].to_numpy()).mean()


def best(judged, waits=True):
    """Return the row of the rule that was best where it was found, the first of several: not where it is judged.

    Without `waits` it is one of those that speak before the first update.
    """
    return judged.loc[judged["before"].where(waits | (judged["updates"] == 0)).idxmax()]


def verdict(row, level=0.025):
    """Return in words whether a rule, a row of `judge`, beats the constant; `level` is for two rules of one table."""
    right, count = int(row["right"]), int(row["of"])
    ours, its = f"{right} of {count}", f"{right - int(row['only it']) + int(row['only lr'])} of {count}"
    if row["rule"] == CONSTANT:
        return f"is the constant rate itself, with {ours}"
    if row["p"] < level:
        how = "beats" if row["only it"] > row["only lr"] else "is beaten by"
        return f"{how} the constant rate: {ours} against {its}"
    return f"cannot be told from the constant rate: {ours} against {its}"
