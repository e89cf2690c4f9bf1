"""Rules for collapse: found on some seeds, judged on others, each number by hand."""

import itertools

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom, binomtest

from twolayer.analysis import rules
from twolayer.analysis.statistics import exact_interval, flip_test


@pytest.mark.parametrize(("count", "total"), [(0, 1), (0, 20), (20, 20), (7, 20), (86, 100), (1, 3)])
def test_the_exact_interval_against_scipy(count, total):
    found, wanted = exact_interval(count, total), binomtest(count, total).proportion_ci(0.95, "exact")
    np.testing.assert_allclose(found, [wanted.low, wanted.high], atol=1e-12)
    narrow = exact_interval(count, total, 0.5)
    assert found[0] <= narrow[0] <= count / total <= narrow[1] <= found[1] and narrow != found


def test_the_exact_interval_covers_as_often_as_it_says():
    for share in (0.05, 0.3, 0.9):
        inside = [low <= share <= high for low, high in (exact_interval(count, 15) for count in range(16))]
        assert np.dot(inside, binom.pmf(range(16), 15, share)) >= 0.95


def networks(rates=(1.0, 2.0, 3.0, 4.0), sizes=(10, 20), seeds=(0, 1, 2), limit=lambda hidden, seed: 2.5):
    """Return made networks that collapse beyond a limit of their size and seed."""
    kinds = [(hidden, seed, lr) for hidden in sizes for seed in seeds for lr in rates]
    frame = pd.DataFrame(kinds, columns=["hidden", "seed", "lr"])
    frame["collapsed"] = [lr > limit(hidden, seed) for hidden, seed, lr in kinds]
    for name in ("largest", "gauss_newton", "inputs", "activations"):
        frame[name] = 1.0
    frame["step_1"] = frame["lr"]
    return frame.assign(dead_5=frame["lr"] * 0.1, dead_10=0.5, dead_50=1.0 * frame["collapsed"])


def test_the_best_cut_by_hand():
    collapsed = np.array([False, False, True, False, True, True])
    assert rules.best_cut(np.array([1.0, 2, 3, 4, 5, 6]), collapsed) == 2.5  # as 4.5: one mistake, the lower middle
    assert rules.best_cut(np.array([1.0, 1, 2, 2, 3, 3]), collapsed) == 1.5  # 2.5 is as good
    three = np.array([False, True, False, True, False, True])
    assert rules.best_cut(np.array([1.0, 2, 3, 4, 5, 6]), three) == 3.5  # of 1.5, 3.5 and 5.5
    assert rules.best_cut(np.array([1.0, 2.0]), np.array([True, True])) == 0
    assert rules.best_cut(np.array([1.0, 2.0]), np.array([False, False])) == 3


def test_logistic_weights_against_the_likelihood():
    rng = np.random.default_rng(0)
    features = rng.standard_normal((400, 2)) * [1, 10] + [5, 0]
    chance = 1 / (1 + np.exp(-(features @ [2.0, -0.1] - 9)))
    collapsed = rng.random(400) < chance
    weights = rules.logistic(features, collapsed)
    np.testing.assert_allclose(weights, [-9, 2, -0.1], rtol=0.35)
    Z = np.column_stack([np.ones(400), features])
    residual = collapsed - 1 / (1 + np.exp(-Z @ weights))
    np.testing.assert_allclose(Z.T @ residual / np.abs(Z).sum(axis=0), 0, atol=1e-5)  # the slope of the likelihood
    split = rules.logistic(np.array([[1.0], [2], [3], [4]]), np.array([False, False, True, True]))
    assert np.isfinite(split).all() and -split[0] / split[1] == pytest.approx(2.5)


def test_a_constant_is_not_beaten_where_it_is_right():
    judged = rules.judge(networks(), networks(seeds=(7, 8))).set_index("rule")
    assert (judged.loc["lr", ["before", "right", "of", "missed", "false"]] == [1, 16, 16, 0, 0]).all()
    assert judged["only it"].sum() == 0 and rules.best(judged.reset_index())["rule"] == "lr"
    # With an eigenvalue of 1 the limit is 2: it calls off the networks at rate 2, which work.
    judged = judged.reset_index().set_index("rule", drop=False)
    assert rules.verdict(judged.loc["lr"]) == "is the constant rate itself, with 16 of 16"
    limit = judged.loc[rules.LIMIT]
    assert (
        limit[["before", "right", "missed", "false", "only lr", "more", "fewer"]] == [0.75, 12, 0, 4, 4, 0, 2]
    ).all()
    assert (
        limit["p"] == 0.5 and rules.verdict(limit) == "cannot be told from the constant rate: 12 of 16 against 16 of 16"
    )
    low, high = exact_interval(12, 16)
    assert (limit["low"], limit["high"]) == (low, high)


def test_rules_are_judged_as_they_were_found():
    judged = rules.judge(networks(), networks(seeds=(7, 8), limit=lambda hidden, seed: 1.5)).set_index("rule")
    assert judged.loc["lr", ["before", "right", "of", "missed", "false"]].tolist() == [1, 12, 16, 4, 0]


def test_sizes_that_differ_are_told_apart():
    def limit(hidden, seed):
        return 1.5 if hidden == 10 else 3.5

    found, new = networks(limit=limit), networks(seeds=range(10, 16), limit=limit)
    judged = rules.judge(found, new).set_index("rule", drop=False)
    for name in ("lr, a constant a size", "lr and H, (5.6)"):
        row = judged.loc[name]
        assert (row["right"], row["of"], row["more"], row["fewer"], row["p"]) == (48, 48, 6, 0, 2 / 2**6)
    assert judged.loc["lr", "right"] == 36 and judged.loc["lr", "only it"] == 0
    assert rules.best(judged)["rule"] == "lr, a constant a size"
    assert rules.verdict(row, 0.05) == "beats the constant rate: 48 of 48 against 36 of 48"
    assert rules.verdict(row).startswith("cannot be told")
    assert rules.verdict(dict(row) | {"only it": 0, "only lr": 12}, 0.05).startswith("is beaten by the constant")


def test_the_best_rule_is_that_of_the_first_seeds():
    judged = pd.DataFrame(
        {"rule": ["a", "b", "c"], "updates": [0, 0, 5], "before": [0.7, 0.8, 0.9], "right": [9, 1, 2]}
    )
    assert rules.best(judged)["rule"] == "c" and rules.best(judged, waits=False)["rule"] == "b"


def test_the_flip_test_by_all_signs():
    for gains in ([1, 2, -1, 0, 3], [2, 2, 2], [0, 0], [-4, 1]):
        sums = [abs(np.dot(gains, signs)) for signs in itertools.product([1, -1], repeat=len(gains))]
        assert flip_test(gains) == pytest.approx(np.mean(np.array(sums) >= abs(sum(gains))))
    assert flip_test([2, 2, 2]) == 0.25


def test_what_is_not_known_counts_as_dead():
    found = networks()
    found.loc[found["lr"] == 4, "step_1"] = np.nan
    assert rules.judge(found, found).set_index("rule").loc["first movement", "before"] == 1


def test_frequencies_by_hand():
    table = rules.frequencies(networks(limit=lambda hidden, seed: 2.5 + seed))
    assert table.loc[(10, 3.0), ["collapsed", "of"]].tolist() == [1, 3]
    assert table.loc[(20, 4.0), ["collapsed", "of"]].tolist() == [2, 3] and len(table) == 8
    assert table.loc[(20, 4.0), ["share", "low", "high"]].tolist() == [2 / 3, *exact_interval(2, 3)]
    assert rules.frequencies(networks(), ["lr"]).index.tolist() == [1, 2, 3, 4]
