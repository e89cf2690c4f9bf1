"""Verdicts follow the runs: other runs, other verdicts."""

import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from twolayer.analysis import claims, homework
from twolayer.analysis.claims import FAILS, HOLDS, IN_PART, UNTESTED
from twolayer.data.scaling import Scaling
from twolayer.network import TwoLayerNet
from twolayer.network.model_file import save_model


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
    apart, other = frame.assign(validation=0.8, test=0.95), frame.assign(validation=0.95, test=0.8)
    assert claims.validation_and_test(apart, held_out, images).verdict == verdict
    assert claims.validation_and_test(other, images, held_out).verdict == verdict


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


def test_boundaries_belong_to_what_the_rules_say(frame):
    """At most and at least include the number; most is more than a half."""
    W, b = np.array([[-1.0, 1.0]]), np.array([-1.0, 1.0])
    assert claims.weights([{"W1": W, "W2": 2 * W}]).verdict == HOLDS
    assert claims.weights([{"W1": 4 * W, "W2": W}]).verdict == IN_PART
    assert claims.biases([{"b1": b, "b2": b}]).verdict == FAILS
    pair = [{"b1": b, "b2": 2 * b}, {"b1": b, "b2": b / 2}]
    assert claims.biases(pair).verdict == FAILS and claims.biases([*pair, pair[0]]).verdict == IN_PART
    assert claims.biases([*pair, pair[1]]).verdict == FAILS

    within = frame.assign(test=np.where(np.arange(len(frame)) % 2, 0.98, 0.96))
    assert claims.size_and_penalty(within).verdict == HOLDS
    half = frame.assign(test=np.where(frame["hidden"] <= 128, 0.1, 0.97))  # of each rate half the runs
    assert (half["test"] < 0.5).mean() == 0.5 and claims.size_and_penalty(half).verdict == UNTESTED
    assert claims.size_and_penalty(frame.assign(test=0.5)).verdict == HOLDS

    lost = frame.assign(test=np.where(frame["lr"] < 0.01, 0.9, 0.1))
    below = lost.index[lost["lr"] < 0.01]
    for share, verdict in ((0.5, IN_PART), (0.55, HOLDS), (0.4, IN_PART)):
        some = lost.copy()
        some.loc[below[round(share * len(below)) :], "test"] = 0.1
        assert claims.learning_rate(some).verdict == verdict
    at_limit = lost.assign(test=np.where(lost["lr"] == 0.01, 0.9, 0.1))
    assert claims.learning_rate(at_limit).verdict == FAILS and "0 of" in claims.learning_rate(at_limit).evidence

    ten = frame.head(10).assign(test=0.5, validation=0.5)
    for apart, verdict in ((0, HOLDS), (1, HOLDS), (2, IN_PART), (5, IN_PART), (6, FAILS)):
        some = ten.assign(validation=np.where(np.arange(10) < apart, 0.6, 0.5))
        assert claims.validation_and_test(some, 12_000, 10_000).verdict == verdict
    found = claims.validation_and_test(ten.assign(validation=[0.6, 0.7] + 8 * [0.5]), 12_000, 10_000)
    assert found.evidence.endswith("its median is 0.0000, its largest 0.2000.") and "In 8 of 10" in found.evidence


def test_c1_ties_do_not_beat_and_one_side_without_seeds_says_nothing(frame):
    other = frame.copy()
    other.loc[at(frame, lr=0.001, hidden=64, l2=0.1), "validation"] = 0.99
    assert claims.best_setting(runs_of(other, best=[0.976, 0.98], preferred=[0.98, 0.981])).verdict == HOLDS
    for sides in ({"best": [0.98]}, {"preferred": [0.98]}):
        found = claims.best_setting(runs_of(other, **sides))
        assert found.verdict == IN_PART and "there are no further seeds" in found.evidence


def test_c4_needs_a_run_of_twice_the_length():
    update = np.arange(0, 2001, 100)
    history = {"update": update, "validation_accuracy": np.where(update < 1000, 0.5, 0.75)}
    assert claims.convergence([history]).verdict == HOLDS
    shorter = {name: values[:-1] for name, values in history.items()}
    assert claims.convergence([shorter]).verdict == UNTESTED
    within = history | {"validation_accuracy": np.select([update < 1000, update < 2000], [0.5, 0.745], 0.75)}
    assert "in the median at 1000" in claims.convergence([within]).evidence


WAYS = {
    "C1": (lambda frame: claims.best_setting(runs_of(frame)), lambda frame: claims.best_setting(runs_of(frame[:9]))),
    "C2": (claims.size_and_penalty, lambda frame: claims.size_and_penalty(frame.assign(test=0.1))),
    "C3": (claims.learning_rate, lambda frame: claims.learning_rate(frame[frame["lr"] < 0.01])),
    "C4": (
        lambda frame: claims.convergence(
            [{"update": np.array([0, 9999]), "validation_accuracy": np.array([0.1, 0.9])}]
        ),
        lambda frame: claims.convergence([]),
    ),
    "C5": (
        lambda frame: claims.validation_and_test(frame, 12_000, 10_000),
        lambda frame: claims.validation_and_test(frame.assign(test=0.1), 12_000, 10_000),
    ),
    "C6": (lambda frame: claims.weights([dict.fromkeys(("W1", "W2"), np.eye(2))]), lambda frame: claims.weights([])),
    "C7": (lambda frame: claims.biases([dict.fromkeys(("b1", "b2"), np.eye(2))]), lambda frame: claims.biases([])),
}


@pytest.mark.parametrize("claim", WAYS)
def test_a_verdict_is_whole_and_names_its_claim_whether_it_is_tested_or_not(frame, claim):
    tested, untested = (way(frame) for way in WAYS[claim])
    assert tested.claim == untested.claim == claim and tested.says == untested.says and tested.rule == untested.rule
    assert tested.verdict != UNTESTED == untested.verdict
    for one in (tested, untested):
        assert all(len(text) > 20 and text.rstrip('"').endswith(".") for text in (one.says, one.rule, one.evidence))
        assert all(text[1:] != text[1:].upper() for text in (one.says, one.rule, one.evidence))
    assert any(letter.isdigit() for letter in tested.evidence)


def test_numbers_in_the_evidence(frame):
    assert claims.best_setting(runs_of(frame)).says == (
        "The best setting is lr 0.005, hidden 512, l2 0.01; it reaches 0.9794."
    )
    first, second = np.array([[-1.0, 1.0]]), np.array([[-3.0, 3.0]])
    assert claims.weights([{"W1": first, "W2": second}]).evidence == (
        "The standard deviation is 1.0000 in W1 and 3.0000 in W2 (medians of 1): a factor of 3.0."
    )
    found = claims.biases([{"b1": first, "b2": second}, {"b1": second, "b2": 2 * first}]).evidence
    assert "in 1 of 2 runs" in found and "from 2.000 to 3.000, and b1 from 1.000 to 3.000" in found
    two = frame[frame["lr"].isin([0.001, 0.005])]
    two = two.assign(test=np.where(two["lr"] == 0.001, 0.95, 0.97))
    assert claims.size_and_penalty(two).evidence == (
        "Test accuracies lie at lr 0.001 from 0.9500 to 0.9500; at lr 0.005 from 0.9700 to 0.9700."
    )


def test_c8_looks_at_the_printed_best_too():
    printed, log = homework.published_tables(), homework.published_grid()
    right = printed.merge(log, on=["lr", "l2", "hidden"], suffixes=("", "_log"))[
        ["table", "lr", "l2", "hidden", "published"]
    ]
    right = right[right["table"].isin(["learning rates", "best"])]
    found = claims.tables(right, log)
    assert found.verdict == HOLDS and found.evidence == f"0 of {len(right)} entries differ."
    for table in ("learning rates", "best"):
        wrong = right.copy()
        place = wrong.index[wrong["table"] == table][0]
        wrong.loc[place, "published"] -= 1e-4
        found = claims.tables(wrong, log)
        assert found.verdict == FAILS and found.evidence.startswith(f"1 of {len(right)} entries differ: lr ")
        assert found.claim == "C8"


def test_evidence_is_gathered_from_three_studies(tmp_path, monkeypatch):
    """The grid's run at the homework's best setting comes first; what the others have elsewhere is left out."""
    settings = {"best": {"lr": 0.005, "l2": 0.01, "hidden": 512}, "other": {"lr": 0.1, "l2": 0.1, "hidden": 64}}
    settings["unpublished"] = {"lr": 7.0, "l2": 0.1, "hidden": 64}

    def study(name, *places):
        rows = {}
        for number, place in enumerate(places):
            folder = tmp_path / f"{name}-{number}"
            folder.mkdir()
            np.savez(folder / "history.npz", update=np.array([len(rows)]), of=np.array(folder.name))
            params = TwoLayerNet.initialized(3, 2, 2, np.random.default_rng(0)).params | {
                "b1": np.full(2, float(number))
            }
            save_model(folder / "model.npz", params, Scaling("unit", 0.0, 1.0))
            rows[folder.name] = settings[place] | {"test": 0.5, "folder": str(folder)}
        return pd.DataFrame.from_dict(rows, orient="index").astype({"hidden": int})

    asked = []
    data = SimpleNamespace(split=(range(7), range(5)), test_labels=range(3))
    monkeypatch.setattr(claims.mnist, "load", lambda name: asked.append(name) or data)
    found = claims.gather(
        study("grid", "other", "best", "unpublished"),
        study("best", "best", "other", "best"),
        study("preferred", "other"),
    )
    assert list(found.grid.index) == ["grid-0", "grid-1"] and list(found.best.index) == ["best-0", "best-2"]
    assert list(found.preferred.index) == ["preferred-0"] and "published" in found.preferred
    assert [str(history["of"]) for history in found.histories] == ["grid-1", "best-0", "best-2"]
    assert [float(params["b1"][0]) for params in found.params] == [1.0, 0.0, 2.0]
    assert (found.held_out, found.images, asked) == (5, 3, ["mnist"])


def test_each_verdict_gets_its_part_of_the_evidence(frame):
    history = {"update": np.array([0, 1000, 2000]), "validation_accuracy": np.array([0.5, 0.75, 0.75])}
    wide, b = np.array([[-1.0, 1.0]]), np.array([-1.0, 1.0])
    params = [{"W1": wide, "W2": 3 * wide, "b1": b, "b2": 2 * b}]
    apart = frame.assign(validation=0.8, test=0.95)
    for held_out, images, fifth in ((25, 10**6, HOLDS), (10**6, 25, FAILS)):
        sizes = {"held_out": held_out, "images": images}
        verdicts = claims.judge(runs_of(apart, histories=[history], params=params, **sizes))
        assert [one.verdict for one in verdicts[3:]] == [HOLDS, fifth, IN_PART, HOLDS, FAILS]


def test_verdicts_are_written_for_people_too(tmp_path):
    claims.write([claims.Verdict("C1", "ä", "b", HOLDS, "c")], tmp_path / "claims.json")
    fields = (b'"claim": "C1"', b'"says": "\\u00e4"', b'"rule": "b"', b'"verdict": "holds"', b'"evidence": "c"')
    assert (tmp_path / "claims.json").read_bytes() == b"[\n {\n  " + b",\n  ".join(fields) + b"\n }\n]\n"
