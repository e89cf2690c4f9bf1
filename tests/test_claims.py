"""Verdicts follow the runs: other runs, other verdicts."""

import json

import numpy as np
import pytest

from twolayer.analysis import claims, homework
from twolayer.analysis.claims import FAILS, HOLDS, IN_PART, UNTESTED


@pytest.fixture
def frame():
    """A grid in which every run scores what the homework published, on both sets."""
    grid = homework.published_grid()
    grid["test"] = grid["validation"] = grid["published"]
    grid["validation_loss"] = 1 - grid["validation"]
    return grid.set_index("run-" + grid.index.astype(str))


def at(frame, **setting):
    found = np.logical_and.reduce([frame[name] == value for name, value in setting.items()])
    return frame.index[found]


def runs_of(grid, best=(), preferred=(), **others):
    """Return the Evidence with these validation and test accuracies of further seeds."""
    further = (grid.iloc[[0] * len(scores)].assign(validation=scores, test=scores) for scores in (best, preferred))
    return claims.Evidence(grid, *further, **{"histories": [], "params": []} | others)


def test_c1_wants_the_accuracy_and_the_first_place(frame):
    assert claims.best_setting(runs_of(frame)).verdict == HOLDS
    best = at(frame, lr=0.005, hidden=512, l2=0.01)
    lower = frame.copy()
    lower.loc[best, "test"] = 0.9763  # below Wilson's interval, 0.9764 to 0.9820
    found = claims.best_setting(runs_of(lower))
    assert found.verdict == IN_PART and "0.9763" in found.evidence and "prefers the same" in found.evidence
    assert claims.best_setting(runs_of(lower, best=[0.98, 0.98])).verdict == HOLDS  # the mean counts
    assert claims.best_setting(runs_of(frame.iloc[:50])).verdict == UNTESTED


def test_c1_asks_new_seeds_whether_another_setting_is_better(frame):
    other = frame.copy()
    other.loc[at(frame, lr=0.001, hidden=64, l2=0.1), "validation"] = 0.99
    apart = claims.best_setting(runs_of(other, best=[0.976, 0.979], preferred=[0.98, 0.981]))
    assert apart.verdict == IN_PART and "hidden 64" in apart.evidence and "2 of 6 cases" in apart.evidence
    mixed = claims.best_setting(runs_of(other, best=[0.976, 0.9805], preferred=[0.98, 0.981]))
    assert mixed.verdict == HOLDS
    assert claims.best_setting(runs_of(other)).verdict == IN_PART  # nothing speaks for it
    other.loc[at(frame, lr=0.005, hidden=512, l2=0.01), "test"] = 0.5
    assert claims.best_setting(runs_of(other, best=[0.5, 0.5], preferred=[0.98, 0.98])).verdict == FAILS


def test_c2_looks_at_each_rate_that_works(frame):
    assert claims.size_and_penalty(frame).verdict == IN_PART  # as published: at 0.001 alone
    even = frame.assign(test=np.where(frame["lr"] <= 0.005, 0.97, 0.1))
    assert claims.size_and_penalty(even).verdict == HOLDS
    for lr in (0.001, 0.005):
        even.loc[at(even, lr=lr, hidden=64, l2=0.1), "test"] = 0.94
    assert claims.size_and_penalty(even).verdict == FAILS
    assert claims.size_and_penalty(frame.assign(test=0.1)).verdict == UNTESTED


def test_c3_needs_the_fall_and_the_height_before_it(frame):
    assert claims.learning_rate(frame).verdict == HOLDS
    assert claims.learning_rate(frame.assign(test=0.1)).verdict == IN_PART
    assert claims.learning_rate(frame.assign(test=1 - frame["test"])).verdict == FAILS
    assert claims.learning_rate(frame[frame["lr"] < 0.01]).verdict == UNTESTED


def test_c3_counts_what_is_below_a_half_as_collapsed(frame):
    """A tenth is what guessing reaches; 0.45 is no working network either."""
    assert claims.learning_rate(frame.assign(test=0.4999)).verdict == IN_PART
    assert claims.learning_rate(frame.assign(test=0.5)).verdict == IN_PART
    steps = frame.assign(test=np.where(frame["lr"] < 0.01, 0.5, 0.4999))
    assert claims.learning_rate(steps).verdict == HOLDS
    assert claims.learning_rate(frame.assign(test=np.where(frame["lr"] < 0.01, 0.4999, 0.5))).verdict == FAILS


@pytest.mark.parametrize(
    ("reached", "verdict"),
    [
        (100, FAILS),
        (500, IN_PART),
        (600, IN_PART),
        (700, HOLDS),
        (1000, HOLDS),
        (1500, HOLDS),
        (1600, IN_PART),
        (2100, FAILS),
    ],
)
def test_c4_is_neither_early_nor_late(reached, verdict):
    update = np.arange(0, 2400, 100)
    accuracy = np.where(update < reached, 0.9, 0.968) + 0.004 * (update == 2300)
    history = {"update": update, "validation_accuracy": accuracy}
    assert claims.convergence([history]).verdict == verdict
    assert claims.convergence([history]).evidence.endswith(f"in the median at {reached}.")
    late = history | {"validation_accuracy": np.linspace(0.1, 0.9, 24)}
    assert claims.convergence([history, late, history]).verdict == verdict
    short = {name: values[:12] for name, values in history.items()}
    assert claims.convergence([short]).verdict == claims.convergence([]).verdict == UNTESTED


def test_c4_measures_from_the_best_of_the_run_not_from_its_end():
    update = np.arange(0, 2400, 100)
    accuracy = np.select([update < 100, update < 1000, update < 1500], [0.1, 0.95, 0.97], 0.95)
    found = claims.convergence([{"update": update, "validation_accuracy": accuracy}])
    assert found.verdict == HOLDS and "updates 1000 to 1000; within 0.005" in found.evidence


def test_c5_counts_runs_within_the_sampling_error(frame):
    assert claims.validation_and_test(frame, 12_000, 10_000).verdict == HOLDS
    worse = frame.copy()
    working = frame.index[frame["test"] >= 0.5]
    worse.loc[working[: len(working) // 4], "validation"] += 0.02
    assert claims.validation_and_test(worse, 12_000, 10_000).verdict == IN_PART
    worse.loc[working, "validation"] = frame.loc[working, "test"] - 0.03
    assert claims.validation_and_test(worse, 12_000, 10_000).verdict == FAILS
    assert claims.validation_and_test(frame.assign(test=0.2), 12_000, 10_000).verdict == UNTESTED


@pytest.mark.parametrize(("held_out", "images", "verdict"), [(25, 10**6, HOLDS), (10**6, 25, FAILS)])
def test_c5_gives_each_set_its_own_size(frame, held_out, images, verdict):
    """0.8 of 25 images varies by 0.157 in 95% of cases, 0.95 of 25 by 0.085: 0.15 is between them."""
    apart = frame.assign(validation=0.8, test=0.95)
    assert claims.validation_and_test(apart, held_out, images).verdict == verdict


@pytest.mark.parametrize(("factor", "verdict"), [(1.5, HOLDS), (0.7, HOLDS), (3, IN_PART), (0.3, IN_PART), (5, FAILS)])
def test_c6_compares_the_spread_of_weights(factor, verdict):
    W = np.random.default_rng(0).standard_normal((50, 40))
    others = [{"W1": W, "W2": W}, {"W1": W, "W2": 100 * W}]
    assert claims.weights([{"W1": W, "W2": factor * W[:, :10]}, *others]).verdict == verdict  # the median counts
    assert claims.weights([]).verdict == UNTESTED


@pytest.mark.parametrize(
    ("factors", "verdict"),
    [((2, 3, 1.1), HOLDS), ((2, 3, 0.9), IN_PART), ((2, 0.5, 0.9), FAILS), ((0.5, 0.9), FAILS), ((2,), HOLDS)],
)
def test_c7_asks_all_seeds(factors, verdict):
    ten = np.array([-1.5, -1, -0.7, -0.4, -0.1, 0.1, 0.4, 0.7, 1, 1.5])
    params = [{"b1": np.tile(ten, 50), "b2": factor * ten} for factor in factors]
    assert claims.biases(params).verdict == verdict
    assert claims.biases([]).verdict == UNTESTED


def test_c8_finds_both_wrong_entries_and_no_others():
    printed, log = homework.published_tables(), homework.published_grid()
    found = claims.tables(printed, log)
    assert found.verdict == FAILS and found.evidence.startswith("2 of 15 entries differ: hidden 128 (0.9696 printed")
    right = printed.copy()
    right.loc[(right["table"] == "best per hidden") & (right["hidden"] == 128), "published"] = 0.9721
    right.loc[(right["table"] == "best per l2") & (right["l2"] == 0.001), "published"] = 0.9781
    assert claims.tables(right, log).verdict == HOLDS
    right.loc[(right["table"] == "learning rates") & (right["lr"] == 0.1), "published"] = 0.2
    assert claims.tables(right, log).verdict == FAILS


def test_all_eight_are_judged_and_written(frame, tmp_path):
    verdicts = claims.judge(runs_of(frame))
    claims.write(verdicts, tmp_path / "claims.json")
    written = json.loads((tmp_path / "claims.json").read_text(encoding="utf-8"))
    assert [one["claim"] for one in written] == [f"C{number}" for number in range(1, 9)]
    assert {one["verdict"] for one in written} <= {HOLDS, IN_PART, FAILS, UNTESTED}
    assert all(one["says"] and one["rule"] and one["evidence"].endswith(".") for one in written)
