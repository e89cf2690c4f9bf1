"""Followed runs: what is measured, when, and that following changes nothing."""

import json

import numpy as np
import pandas as pd
import pytest

from examples import list_runs
from twolayer.analysis import collapse, spectra
from twolayer.analysis.collapse import class_shares
from twolayer.curvature import follow
from twolayer.curvature.spectrum import highest_rate
from twolayer.data import mnist
from twolayer.network import TwoLayerNet
from twolayer.network.layers import softmax
from twolayer.runs import records, studies
from twolayer.runs.studies import NoRunsError
from twolayer.training import experiment
from twolayer.training.configuration import Configuration, ParameterError
from twolayer.training.sgd import Sgd


def settings(**options):
    return Configuration.resolve(**({"protocol": "homework", "dataset": "made", "hidden": 6, "batch": 20} | options))


@pytest.mark.parametrize("protocol", ["homework", "final"])
def test_a_followed_run_is_the_run_itself(made, protocol):
    config, data = settings(protocol=protocol, updates=40, lr=1e-3, dtype="float64"), mnist.load("made")
    found, run = follow.follow(config, data, 30), experiment.run(config, data)
    np.testing.assert_allclose(found["batch_loss"], run.history["batch_loss"], rtol=1e-9)
    assert found["update"].tolist() == follow.look_times(40, False)
    assert (found["largest"] >= found["smallest"]).all() and (found["error"] < 0.02 * found["largest"]).all()


def test_the_first_look_by_the_explicit_hessian(made):
    config, data = settings(updates=1, l2=0.0, dtype="float64"), mnist.load("made")
    found = follow.follow(config, data, 25)
    seeds = np.random.default_rng(config.seed).spawn(3)
    net = TwoLayerNet.initialized(36, 6, 3, seeds[0], init="homework", dtype=np.float64, decay_biases=True)
    pixels, labels = data.part("train")
    sample = np.sort(seeds[2].permutation(len(labels))[:25])
    X, y, columns = pixels[sample].astype(float), labels[sample], []
    for array in net.params.values():
        for index in np.ndindex(array.shape):
            gradients = []
            for step in (1e-6, -1e-6):
                array[index] += step
                gradients.append(np.concatenate([g.ravel() for g in net.loss(X, y)[1].values()]))
                array[index] -= step
            columns.append((gradients[0] - gradients[1]) / 2e-6)
    exact = np.linalg.eigvalsh((np.array(columns) + np.array(columns).T) / 2)
    np.testing.assert_allclose([found["smallest"][0], found["largest"][0]], exact[[0, -1]], rtol=0.02)
    Z1 = X @ net.params["W1"] + net.params["b1"]
    assert found["dead_fraction"][0] == pytest.approx(np.mean(~(Z1 > 0).any(axis=0)))
    assert found["activation"][0] == pytest.approx(np.linalg.norm(np.maximum(Z1, 0), axis=1).mean())
    assert found["loss"][0] == pytest.approx(net.loss(X, y)[0])


def test_full_batch_descent_sees_the_same_images_in_every_update(made):
    config, data = settings(updates=24, lr=1e-5, l2=0.0), mnist.load("made")
    found = follow.follow(config, data, 50, full_batch=True)
    assert found["update"].tolist() == list(range(25))
    assert (np.diff(found["batch_loss"]) < 0).all()  # without noise and with a small rate it only falls
    np.testing.assert_allclose(found["batch_loss"], found["loss"][:-1], rtol=1e-5)


def test_a_run_that_diverges_is_followed_up_to_there(made):
    found = follow.follow(settings(updates=30, lr=1000.0, l2=1000.0), mnist.load("made"), 30)
    assert 0 < len(found["update"]) < len(follow.look_times(30, False)) and len(found["lr"]) == 30
    known = np.isfinite(found["batch_loss"])
    assert len(known) == 30 and known[0] and not known[-1] and (np.diff(known.astype(int)) <= 0).all()
    assert np.isnan(found["batch_loss"][~known]).all() and known.sum() >= found["update"][-1]


def test_what_is_written_is_read_back(made, tmp_path):
    with pytest.raises(NoRunsError, match="holds no finished run"):
        studies.load_followed("followed", tmp_path)
    for lr in (0.002, 0.001):
        config = settings(updates=5, lr=lr)
        found = follow.follow(config, mnist.load("made"), 20)
        records.write_followed(config, 20, False, found, tmp_path / "followed" / f"lr-{lr}")
    list_runs(tmp_path / "followed")
    frame = studies.load_followed("followed", tmp_path)
    assert frame["lr"].tolist() == [0.001, 0.002] and frame["images"].tolist() == [20, 20]
    assert all(np.array_equal(frame["trace"][0][name], array) for name, array in found.items())
    result = json.loads((tmp_path / "followed" / "lr-0.001" / "result.json").read_text(encoding="utf-8"))
    assert result["largest_at_start"] == frame["trace"][0]["largest"][0] and "2 / kappa" in result["summary"]


@pytest.mark.parametrize(
    ("options", "fragment"),
    [
        ({"images": 9}, "images must be an integer from 10 to 10000, not 9"),
        ({"images": True}, "images must be an integer"),
        ({"full_batch": "yes"}, "full_batch must be true or false, not 'yes'"),
        ({"lr": -1.0}, "lr must be a number above 0"),
        ({"images": None}, "images must be an integer from 10 to 10000, not None"),
        ({"images": 161}, "images must be at most the 160 training images of made, not 161"),
        ({"images": 161, "full_batch": True, "batch": None}, "images must be at most the 160 training images of made"),
        ({"images": 201, "fit_on": "all"}, "images must be at most the 200 training images of made"),
        ({"batch": 161}, "batch must be at most the 160 training images of made"),
        ({"full_batch": True}, "batch acts only where full_batch is false"),
        ({"full_batch": True, "batch": None, "epochs": 2}, "epochs acts only where full_batch is false"),
        ({"full_batch": True, "batch": None, "sampling": "shuffle"}, "sampling acts only where full_batch is false"),
        ({"eval_every": 5}, "unknown parameter 'eval_every'"),
        ({"open_test": True}, "unknown parameter 'open_test'"),
    ],
)
def test_bad_parameters_are_refused(made, options, fragment):
    parameters = {"protocol": "homework", "dataset": "made", "batch": 20, "images": 20, "full_batch": False}
    assert follow.check(parameters)["data"]
    with pytest.raises(ParameterError, match=fragment):
        follow.check(parameters | options)


def test_there_are_as_many_images_as_asked_for_or_a_sentence(made):
    data = mnist.load("made")
    config = settings(updates=2, batch=256)  # too many, but not asked for
    assert follow.check({"protocol": "homework", "dataset": "made", "images": 160, "full_batch": True})["data"]
    assert np.isfinite(follow.follow(config, data, 160, full_batch=True)["batch_loss"]).all()
    for full_batch in (True, False):
        with pytest.raises(ParameterError, match="images must be at most the 160 training images of made, not 161"):
            follow.follow(settings(updates=2), data, 161, full_batch)
    with pytest.raises(ParameterError, match="batch must be at most the 160 training images of made, not 161"):
        experiment.run(settings(updates=2, batch=161), data)


def test_times_are_denser_at_the_start():
    times = follow.look_times(2340, False)
    assert times[:3] == [0, 1, 2] and times[-1] == 2340 and len(times) == follow.LOOKS
    assert follow.look_times(1, False) == [0, 1]


def test_the_limit_is_where_descent_on_a_parabola_turns():
    for factor, falls in ((0.9, True), (1.1, False)):
        x = 1.0
        for _ in range(50):
            x -= factor * highest_rate(8.0) * 8.0 * x
        assert (abs(x) < 1) == falls


def test_dead_networks_learn_the_shares_of_the_classes():
    y = np.repeat([0, 1, 2], [10, 70, 20])
    params = {"W1": np.zeros((1, 1)), "b1": -np.ones(1), "W2": np.ones((1, 3)), "b2": np.zeros(3)}
    step = Sgd(TwoLayerNet(params))
    for _ in range(2000):
        step(np.zeros((100, 1)), y, 0.5)
    np.testing.assert_allclose(softmax(params["b2"][None])[0], class_shares(y), atol=1e-9)
    assert class_shares(y).tolist() == [0.1, 0.7, 0.2]


def made_run(hidden=4, seed=0, largest=2.0):
    trace = {"largest": np.array([largest, 8.0, np.nan, 3.9]), "smallest": np.array([-1.0, -16.0, np.nan, 0.0])}
    trace |= {"error": np.array([0.1, 0.8, np.nan, 0.0]), "loss": [2.3, 9.0, 5.0, 1.5]}
    trace |= {"dead_fraction": [0.0, 0.5, 0.5, 0.75]}
    ends = {"largest_at_start": largest, "smallest_at_start": -1.0}
    return {"hidden": hidden, "seed": seed, "lr": 0.5, "trace": trace} | ends


def test_a_run_in_short_by_hand():
    row = spectra.outcomes(pd.DataFrame([made_run()])).iloc[0].to_dict()
    # Multiples of 2 / 0.5 = 4: 0.5, 2, unknown, 0.975.
    wanted = {"hidden": 4, "lr": 0.5, "start": 0.5, "highest": 2.0, "end": 0.975, "near": 0.25}
    assert row == pytest.approx(wanted | {"loss": 1.5, "dead": 0.75, "bound": 0.05})
    assert spectra.outcomes(pd.DataFrame([made_run(largest=4.2)]))["near"].tolist() == [0.5]  # 1.05 and 0.975


def test_the_limits_at_the_start_over_seeds_by_hand():
    kinds = [(4, 0, 2.0), (4, 0, 2.0), (4, 1, 4.0), (8, 0, 1.0)]  # a seed's networks begin alike
    networks = pd.DataFrame(kinds, columns=["hidden", "seed", "largest"])
    networks = networks.assign(smallest=-1.0, gauss_newton=networks["largest"] / 2, rest=1.0)
    found = spectra.starts(networks)
    assert found.loc[4].to_dict() == pytest.approx(
        {"smallest": -1, "largest": 3, "gauss_newton": 1.5, "rest": 1}
        | {"limit": 0.75, "lowest": 0.5, "highest": 1, "seeds": 2}
    )
    assert found.loc[8, ["limit", "lowest", "highest", "seeds"]].tolist() == [2, 2, 2, 1]


def test_what_the_penalty_leaves_of_the_shares():
    shares = np.array([0.2, 0.5, 0.3])
    for l2 in (1e-3, 0.1):
        p = collapse.answers_at_rest(shares, l2)
        logs = np.log(p)
        b2 = logs - logs.mean()  # the penalty takes their mean to 0
        np.testing.assert_allclose(p - shares + l2 * b2, 0, atol=1e-12)
    near = np.full(10, 0.1) + np.array([0.001, -0.001] * 5)
    kept = (collapse.answers_at_rest(near, 0.1) - 0.1) / (near - 0.1)
    np.testing.assert_allclose(kept, 1 / (1 + 10 * 0.1), rtol=0.01)  # at l2 0.1 half of the way from 1 / C is lost


def lots():
    kinds = [("raw", 4, 0.1), ("raw", 4, 0.2), ("centred", 4, 0.1), ("centred", 4, 0.2)] * 2
    networks = pd.DataFrame(kinds, columns=["input_scale", "hidden", "lr"]).assign(init="homework")
    networks["seed"] = [0] * 4 + [1] * 4
    networks["collapsed"] = [False, True, False, False, True, True, False, False]
    networks["same_way_2"], networks["same_way_10"] = [1.0] * 8, [0.5] * 4 + [0.9] * 4
    networks["same_way_1"], networks["cosine_1"] = [1.0] * 8, [0.2] * 4 + [0.4] * 4
    return networks.assign(dead_50=0.25, largest=[10.0] * 4 + [20.0] * 4)


def test_the_first_updates_by_hand():
    assert collapse.of_updates(lots(), "same_way").columns.tolist() == [1, 2, 10]
    row = collapse.first_updates(lots()).loc[("raw", "homework", 0.1)]
    assert row[["same_way", "cosine", "dead"]].tolist() == pytest.approx([(2.5 / 3 + 2.9 / 3) / 2, 0.3, 0.25])
    assert row[["collapsed", "of"]].tolist() == [1, 2]


def test_the_borders_by_hand():
    found = collapse.borders(lots())
    assert found.loc[("raw", "homework", 4)].tolist() == pytest.approx([0.1, 0.2, 0.15])
    assert found.loc[("centred", "homework", 4), "works"] == 0.2
    assert np.isnan(found.loc[("centred", "homework", 4), "collapses"])
