"""What is estimated for each claim: by hand, from files of the homework's and from runs whose numbers are known."""

import json

import numpy as np
import pandas as pd
import pytest

from examples import list_runs
from twolayer.analysis import artefacts, claims, homework, ledger, own, replication, rules
from twolayer.analysis.ledger import FAILS, HOLDS, UNDECIDED, UNTESTED
from twolayer.analysis.selection import SETTING
from twolayer.data import mnist
from twolayer.data.scaling import Scaling
from twolayer.network.model_file import save_model
from twolayer.runs import records
from twolayer.training.configuration import Configuration

BEST = {"lr": 0.005, "l2": 0.01, "hidden": 512}


def value(samples):
    return float(samples[0].value_and_error()[0])


def runs(settings, **columns):
    """Return runs at these settings, a seed each, with the columns that are given."""
    frame = pd.DataFrame(settings).assign(seed=range(len(settings)), status="ok", **columns)
    return frame.set_index("run-" + frame.index.astype(str))


def test_a_trend_is_the_rise_of_the_straight_line():
    positions = np.array([6.0, 7.0, 8.0, 9.0])
    factors = replication.slope_factors(positions)
    slope = np.polyfit(positions, [0.2, 0.5, 0.4, 0.9], 1)[0]
    assert factors @ [0.2, 0.5, 0.4, 0.9] == pytest.approx(3 * slope) and factors.sum() == pytest.approx(0)


def test_the_effects_of_size_and_penalty():
    """Accuracy made of 0.01 a doubling of the size and 0.002 a factor of ten of the penalty, at both rates."""
    grid = homework.published_grid()
    doublings, tens = np.log2(grid["hidden"] / 64), np.log10(grid["l2"] / 0.001)
    found = replication.trends(grid.assign(test=0.9 + 0.01 * doublings + 0.002 * tens))
    assert {claim: round(value(found[claim]), 9) for claim in found} == {
        "C2a": 0.03,
        "C2b": 0.004,
        "C2c": 0.03,
        "C2d": 0.004,
    }
    assert [found[claim][0].count for claim in found] == [20] * 4
    assert replication.trends(grid[grid["hidden"] == 64].assign(test=0.9)).keys() == {"C2b", "C2d"}


def test_the_shares_on_both_sides_of_the_rate():
    grid = homework.published_grid()
    found = replication.shares(grid.assign(test=np.where(grid["lr"] < 0.01, 0.5, 0.4999)))
    assert value(found["C3a"]) == value(found["C3b"]) == 1 and found["C3a"][0].count == 60
    other = replication.shares(grid.assign(test=np.where(grid["lr"] <= 0.01, 0.5, 0.4999)))
    assert value(other["C3a"]) == pytest.approx(2 / 3) and value(other["C3b"]) == 1


@pytest.mark.parametrize(("points", "update"), [(0.005, 300), (0.02, 200), (0.5, 100), (0.0, 400)])
def test_the_first_look_within_points_of_the_best(points, update):
    assert replication.first_within([100, 200, 300, 400, 500], [0.9, 0.965, 0.976, 0.98, 0.98], points) == update


@pytest.fixture
def evidence(made, tmp_path):
    """Twenty seeds at the homework's best setting and at one rival, as files; the widths of the arrays are known."""
    rows = []
    for place in range(20):
        for l2, gain in ((0.01, 0.0), (0.05, 0.001)):
            config = Configuration.resolve(protocol="homework", dataset="made", hidden=512, seed=place)
            folder = tmp_path / "rivals" / f"l2-{l2}_seed-{place}"
            _write(config, folder, l2 * 0.02)
            accuracy = {"validation": 0.975 + 0.0002 * (place % 5), "test": 0.977 + gain + 0.0003 * (place % 3)}
            rows.append(config.as_dict() | BEST | {"l2": l2} | accuracy | {"folder": str(folder), "status": "ok"})
    rivals = homework.beside_published(pd.DataFrame(rows).rename_axis("run"))
    grid = homework.published_grid()
    grid = homework.beside_published(
        grid.assign(test=grid["published"], seed=range(100), status="ok", dataset="mnist").drop(columns="published")
    )
    return replication.Runs(grid, grid[grid["lr"] < 0.01].assign(seed=500), rivals)


def _write(config, folder, noise):
    """Write a run whose first weights stay, whose second ones are three times as wide, and whose b2 has doubled."""
    start = replication.first_parameters(config, 36, 3)
    end = start | {"W2": 3 * start["W1"].std() / start["W2"].std() * start["W2"], "b2": 2 * start["b2"]}
    folder.mkdir(parents=True)
    save_model(folder / "model.npz", end, Scaling("raw", 0.0, 1.0))
    late = 800 if config.seed % 2 else 1250
    history = {"update": np.array([0, late, 2000]), "validation_accuracy": np.array([0.1, 0.975, 0.979])}
    records._write_arrays(folder, "history.npz", history)


def test_what_our_runs_say(evidence):
    found = replication.samples(evidence)
    assert found.keys() == {"C1a", "C1b", "C2a", "C2b", "C2c", "C2d", "C3a", "C3b", "C4", "C5", "C6a", "C6b", "C7"}
    accuracy = 0.977 + 0.0003 * (np.arange(20) % 3)
    assert value(found["C1a"]) == pytest.approx(accuracy.mean() + 1.959964 * accuracy.std(ddof=1))
    assert len(found["C1b"]) == 1 and value(found["C1b"]) == pytest.approx(0.001)
    assert value(found["C4"]) == pytest.approx(np.log([0.8, 1.25]).mean(), abs=1e-9)  # half the runs early, half late
    assert value(found["C5"]) == pytest.approx((0.975 + 0.0002 * (np.arange(20) % 5)).mean() - accuracy.mean())
    assert value(found["C6a"]) == pytest.approx(np.log(3), abs=1e-5)
    assert value(found["C7"]) == pytest.approx(np.log(2), abs=1e-5)
    assert {sample.count for name in ("C1a", "C4", "C5", "C6a", "C7") for sample in found[name]} == {20}
    assert found["C2a"][0].count == 40  # grid and repeats


def test_of_dead_units_the_weights_count_for_c6a_alone(evidence):
    run = evidence.best.iloc[0]
    net, start = np.load(f"{run['folder']}/model.npz"), replication.start_of(run)
    assert np.array_equal(start["W1"], net["W1"])
    pixels, _ = mnist.load("made").part("test")
    live = (pixels @ net["W1"] + net["b1"] > 0).any(axis=0)
    assert 0 < live.sum() < 512
    found = replication.parameters(evidence.best.iloc[:1])["C6b"][0].groups[0][0]
    assert found == pytest.approx(np.log(net["W2"][live].std() / net["W1"][:, live].std()), abs=1e-6)


def test_the_rivals_are_those_that_the_test_set_cannot_tell_from_the_best():
    rivals = homework.rivals(homework.published_grid())
    assert sorted(rivals["published"]) == [0.9781, 0.9782, 0.9791] and set(rivals["hidden"]) == {512}


def test_the_homeworks_own_files():
    found = artefacts.samples()
    assert found.keys() == {"C1a", "C1b", "C2a", "C2b", "C2c", "C2d", "C3a", "C3b", "C4", "C5", "C6a", "C7"}
    assert [round(float(one.value), 4) for one in found["C1b"]] == [-0.0013, -0.0012, -0.0003]
    assert np.exp(value(found["C6a"])) == pytest.approx(5.18, abs=0.01)
    assert np.exp(value(found["C7"])) == pytest.approx(0.464 / 0.917, abs=0.002)
    curve = homework.published_curve()
    assert len(curve) == 2340 and value(found["C1a"]) in set(curve["test_accuracy"])
    assert 1000 * np.exp(value(found["C4"])) % 100 == pytest.approx(0, abs=1e-6)  # a look of its protocol


def test_verdicts_of_its_own_files():
    column = ledger.judge(ledger.rules()[0], artefacts.samples())
    said = {name: one.verdict for name, one in column.items() if name.startswith("C")}
    assert (said["C3a"], said["C3b"], said["C6a"], said["C6b"]) == (HOLDS, HOLDS, FAILS, UNTESTED)
    assert said["C1a"] == said["C1b"] == UNDECIDED  # one run with a test set of 10,000 images


def finalists(**means):
    rows = [
        {"lr": 0.4, "l2": 2e-4, "hidden": int(name[1:]), "seed": seed, "validation": mean + 0.0001 * (seed % 3)}
        for name, mean in means.items()
        for seed in range(10)
    ]
    return pd.DataFrame(rows)


def test_the_reports_own_claims(evidence):
    tested = runs([{"lr": 0.4, "l2": 2e-4, "hidden": 256}] * 20, test=0.984 + 0.0001 * (np.arange(20) % 4))
    found = own.samples(evidence, finalists(h128=0.980, h256=0.983, h512=0.9835), tested)
    assert found.keys() == {"R1", "R2", "R3", "R4"}
    assert value(found["R1"]) == pytest.approx(tested["test"].mean() - evidence.best["test"].mean())
    assert sorted(round(value([sample]), 9) for sample in found["R3"]) == [-0.003, 0.0005]
    same = evidence.best.set_index("seed")["validation"][:10]
    assert value(found["R2"]) == pytest.approx(0.983 + 0.0001 * (np.arange(10) % 3).mean() - same.mean())


def test_what_choosing_by_validation_costs():
    """Validation prefers the worse of two settings with two of four seeds, the test set with the last one."""
    rows = []
    for seed, (validation, test) in enumerate([(0.97, 0.97), (0.99, 0.97), (0.97, 0.97), (0.99, 0.99)]):
        rows += [{**BEST, "l2": 0.01, "seed": seed, "validation": 0.98, "test": 0.98}]
        rows += [{**BEST, "l2": 0.05, "seed": seed, "validation": validation, "test": test}]
    found = own.choice(pd.DataFrame(rows))["R4"][0]
    # With the second seed validation takes 0.05, worth (0.97 + 0.97 + 0.99) / 3 elsewhere, and the test set 0.98.
    assert found.groups[0] == pytest.approx([0, 2.93 / 3 - 0.98, 0, 0])
    assert own.choice(pd.DataFrame(rows[:2])) == {}


def census(seeds, lost, **columns):
    """Return a census in which the networks of which `lost(lr, hidden, seed)` is true collapse."""
    rows = [
        {"lr": lr, "hidden": hidden, "seed": seed, "init": "homework", "collapsed": lost(lr, hidden, seed)} | columns
        for lr in (0.005, 0.01)
        for hidden in (64, 512)
        for seed in seeds
    ]
    frame = pd.DataFrame(rows)
    for name in ("largest", "gauss_newton", "inputs", "activations", "step_1", "dead_5", "dead_10", "dead_50"):
        frame[name] = 1.0 + frame.index / 1000
    return frame


def test_what_is_claimed_of_collapse():
    """At 0.005 narrow networks of even seeds collapse, at 0.01 all with the mean image, without it one of twelve."""
    networks = census(range(10), lambda lr, hidden, seed: lr == 0.01 or (hidden == 64 and seed % 2 == 0))
    new = census(range(100, 108), lambda lr, hidden, seed: lr == 0.01)
    centred = census(range(6), lambda lr, hidden, seed: lr == 0.01 and hidden == 64 and seed == 3)
    found = own.collapse(networks, new, centred)
    assert (
        value(found["R5"]) == pytest.approx(5 / 18) and found["R5"][0].count == 28
    )  # 64: both censuses, 512: the first
    assert value(found["R6"]) == pytest.approx(5 / 6) and found["R6"][0].count == 6  # a seed counts once
    right = rules.right_by_seed(networks, new)
    assert right.index.tolist() == list(range(100, 108)) and right[rules.CONSTANT].mean() == 1
    for claim, waits in (("R7", False), ("R8", True)):
        chosen = rules.best(rules.judge(networks, new), waits)["rule"]
        assert value(found[claim]) == pytest.approx(right[chosen].mean() - 1)
    assert own.collapse(networks[networks["hidden"] == 64], new, centred) == {}


def test_what_is_claimed_of_speed():
    row = {"what": "an update over its bare products, as trained", "hidden": 512, "batch": 128, "threads": 1}
    row |= {"arithmetic": "native"}
    times = {"seconds": [0.8, 0.9, 1.0, 0.7], "products": [1.0, 1.0, 1.0, 1.0]}
    others = [row | times | {"batch": 256}, row | times | {"threads": 2}, {"what": "loading"}]
    others.append(row | times | {"arithmetic": "portable"})
    found = own.speed({"rows": [*others, row | times]})
    assert len(found["R9"]) == 1 and value(found["R9"]) == pytest.approx(np.log([0.8, 0.9, 1.0, 0.7]).mean())


def test_errata_are_the_entries_that_the_log_contradicts():
    found = claims.errata().set_index("entry")
    assert set(found.index) == {"best of hidden 128", "best of l2 0.001"}
    assert found.loc["best of hidden 128"].tolist() == [0.9696, 0.9721]
    assert found.loc["best of l2 0.001"].tolist() == [0.9633, 0.9781]


def test_gathering_reads_every_study(evidence, tmp_path):
    """As many rows as runs on disk, with `more` those of the full profile, too."""
    for name in (
        "homework_grid",
        "homework_repeats",
        "homework_more",
        "homework_rivals",
        "sound_finalists",
        "sound_final",
    ):
        content = {
            "parameters": BEST | {"seed": 1, "dataset": "mnist"}, "accuracy": {"test": 0.9, "validation": 0.9},
            "loss": {}, "status": "ok", "reason": None, "best_update": 1, "updates": 2, "dead_fraction": 0.5,
            "seconds": {"training": 1},
        }  # fmt: skip
        (tmp_path / name / "run").mkdir(parents=True)
        (tmp_path / name / "run/result.json").write_text(json.dumps(content), encoding="utf-8")
        list_runs(tmp_path / name)
    for name in ("census_homework", "census_new", "census_centred"):
        (tmp_path / name / "run").mkdir(parents=True)
        (tmp_path / name / "run/result.json").write_text(json.dumps({"parameters": BEST}), encoding="utf-8")
        np.savez(tmp_path / name / "run/census.npz", seed=np.arange(3), collapsed=np.zeros(3, bool))
        list_runs(tmp_path / name)
    for more, repeats in ((False, 1), (True, 2)):
        found = claims.gather(tmp_path, more)
        assert len(found.homework.repeats) == repeats and len(found.homework.working) == repeats + 1
        assert found.homework.best[SETTING].iloc[0].to_dict() == BEST and len(found.tested) == 1
        assert [len(networks) for networks in found.censuses] == [3, 3, 3] and own.speed(found.speed)["R9"]
