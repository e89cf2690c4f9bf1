"""`make speedrun`: its settings, its hands, its results. Nothing here measures speed."""

import importlib.util
import inspect
import json
import statistics
import sys

import numpy as np
import pytest

from conftest import ROOT, assert_refused, call
from twolayer.data import mnist

sys.path.append(str(ROOT / "benchmarks"))
import hands
import speedrun

SETTINGS = speedrun.settings()
SMALL = {
    "ours": {"hidden": 32, "batch": 100, "epochs": 1, "lr": 0.1, "momentum": 0.9},
    "PyTorch": {"hidden": 32, "batch": 100, "epochs": 1, "lr": 0.1, "momentum": 0.9},
    "JAX": {"hidden": 32, "batch": 100, "epochs": 1, "lr": 0.1, "momentum": 0.9},
    "scikit-learn": {"hidden": 32, "batch": 100, "epochs": 1, "lr": 0.005},
    "extreme learning machine": {"hidden": 200, "ridge": 1e-6},
}


def test_settings_are_of_the_hands_and_were_good_enough_on_validation():
    assert list(SETTINGS) == ["0.980", "0.984"]
    for goal, each in SETTINGS.items():
        for hand, given in each.items():
            assert set(given) == {"settings", "validation", "seeds"} and given["seeds"] >= 1
            inspect.signature(hands.HANDS[hand]).bind("all", 0, **given["settings"])
            assert given["validation"] >= float(goal) - 0.001, (goal, hand)


@pytest.mark.parametrize("hand", SMALL)
def test_a_hand_learns_what_it_is_given_and_the_seed_decides(hand, real_mnist):
    module = speedrun.MODULES.get(hand)
    if module and importlib.util.find_spec(module) is None:
        pytest.skip(f"{module} is an optional extra")
    images, labels = mnist.load().part("validation")
    first, again, other = (hands.HANDS[hand]("train", seed, **SMALL[hand])(images) for seed in (0, 0, 1))
    assert np.mean(first == labels) > 0.85
    assert np.array_equal(first, again) and not np.array_equal(first, other)


def test_the_schedule_ends_where_the_number_of_epochs_says():
    rates = hands.rates(1000, 100, 2.5, 0.5)
    assert len(rates) == 25 and rates[0] == 0.5 and 0 < rates[-1] < 0.01


def test_units_of_the_extreme_learning_machine_see_a_rectangle_and_are_0_halfway_between_two_images(real_mnist):
    pixels, labels = mnist.load().part("train")
    rng = np.random.default_rng(0)
    W, b = hands.elm_features(pixels, labels, 50, rng, fields=True)
    whole, _ = hands.elm_features(pixels, labels, 50, np.random.default_rng(0), fields=False)
    assert W.shape == (784, 50) and b.shape == (50,) and np.count_nonzero(W) < 0.7 * np.count_nonzero(whole)
    first, second = np.random.default_rng(0).integers(0, len(labels), (2, 200))
    other = labels[first] != labels[second]
    ends = hands.UNIT(pixels[first[other][:50]]), hands.UNIT(pixels[second[other][:50]])
    values = [np.einsum("ij,ji->i", X, W) + b for X in ends]
    assert np.abs(values[0] + values[1]).max() < 1e-4 and (values[0] >= -1e-4).all()
    for unit in W.T.reshape(-1, 28, 28) != 0:
        rows, columns = (np.flatnonzero(unit.any(axis=axis)) for axis in (1, 0))
        seen = unit[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1] if unit.any() else unit
        assert seen.size <= 28 * 28


def test_each_hand_is_asked_in_turn_and_answers_are_kept(tmp_path, monkeypatch, real_mnist):
    asked = []

    def begin(stack, hand, given, threads):
        return lambda seed: asked.append((hand, seed)) or [seed + 1.0, 0.98 + 0.01 * (hand == "b")]

    monkeypatch.setattr(speedrun, "begin", begin)
    given = {"settings": {}, "validation": 0.981, "seeds": 3}
    rows = speedrun.measure("0.985", {"a": given, "b": given}, 1, 3)
    assert asked == [("a", 0), ("b", 0), ("a", 1), ("b", 1), ("a", 2), ("b", 2)]
    assert rows[0]["seconds"] == [1, 2, 3] and rows[0]["value"] == 2
    no, yes = speedrun.table(rows).splitlines()[2:]
    assert no.endswith("| 98.00% | no |") and yes.endswith("| 99.00% | yes |") and "1.00 to 3.00 s" in no


def test_a_process_answers_in_the_arithmetic_of_the_machine(real_mnist):
    from contextlib import ExitStack

    with ExitStack() as stack:
        ask = speedrun.begin(stack, "ours", SMALL["ours"], 1, part="train")
        (seconds, accuracy), again = ask(3), ask(3)
    assert seconds > 0 and 0.85 < accuracy < 0.99 and again[1] == accuracy


@pytest.mark.parametrize("text", ["0", "many", "101"])
def test_bad_input_is_refused(text):
    words = (sys.executable, ROOT / "benchmarks" / "speedrun.py", "--repetitions", text)
    assert_refused(call(*words), f"REPETITIONS must be an integer from 1 to 100, not '{text}'")


def test_the_committed_results_are_complete():
    path = ROOT / "benchmarks" / "speedrun.json"
    results = json.loads(path.read_text(encoding="utf-8"))
    expected = {(float(goal), hand, threads) for goal in SETTINGS for hand in SETTINGS[goal] for threads in (1, 2)}
    assert {(row["goal"], row["hand"], row["threads"]) for row in results["rows"]} == expected
    for row in results["rows"]:
        assert len(row["seconds"]) == len(row["accuracy"]) == 20
        assert row["value"] == statistics.median(row["seconds"])
        assert row["settings"] == SETTINGS[f"{row['goal']:.3f}"][row["hand"]]["settings"]
