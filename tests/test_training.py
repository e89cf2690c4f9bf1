from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from twolayer.data import mnist
from twolayer.data.scaling import SCALINGS, Scaling
from twolayer.network import TwoLayerNet
from twolayer.network.initialization import INITIALIZATIONS
from twolayer.network.model_file import load_model
from twolayer.runs import records
from twolayer.training import experiment, monitor, schedules, sgd
from twolayer.training.configuration import Configuration


class Line:
    """Objective 3 * theta: the gradient is 3 everywhere."""

    def __init__(self):
        self.params = {"theta": np.array([1.0])}

    def loss(self, X, y):
        return 3 * self.params["theta"][0], {"theta": np.array([3.0])}


def test_plain_descent_by_hand():
    net = Line()
    losses = sgd.train(sgd.Sgd(net), [(None, None)] * 3, [0.1, 0.2, 0.0])
    # 1 - 0.1 * 3 = 0.7; 0.7 - 0.2 * 3 = 0.1; rate 0 changes nothing
    assert net.params["theta"] == pytest.approx(0.1)
    assert losses == pytest.approx([3.0, 2.1, 0.3])


def test_momentum_by_hand():
    net = Line()
    sgd.train(sgd.Sgd(net, 0.5), [(None, None)] * 3, [0.1, 0.1, 0.1])
    # v: -0.3, -0.45, -0.525; theta: 0.7, 0.25, -0.275
    assert net.params["theta"] == pytest.approx(-0.275)


def test_evaluation_times_and_divergence():
    times = []
    sgd.train(sgd.Sgd(Line()), [(None, None)] * 7, [0.1] * 7, evaluate=times.append, eval_every=3)
    assert times == [0, 3, 6, 7]
    net = Line()
    net.loss = lambda X, y: (np.inf if net.params["theta"] < 0.5 else 1.0, {"theta": np.array([3.0])})
    losses, reason = sgd.train_while_finite(sgd.Sgd(net), [(None, None)] * 5, [0.1] * 5)  # theta 1, 0.7, 0.4
    assert losses[:2].tolist() == [1, 1] and np.isnan(losses[2:]).all()
    assert reason == "the loss is not finite at update 2"
    with pytest.raises(sgd.Divergence, match="update 0"):
        sgd.train(sgd.Sgd(net), [(None, None)] * 5, [0.1] * 5)


def drawn(sampling, updates, batch=4, count=10, extents=None):
    pixels, labels = np.arange(count, dtype=np.uint8)[:, None], np.arange(count)
    config = SimpleNamespace(sampling=sampling, batch=batch)
    return list(sgd.batches(pixels, labels, config, updates, np.random.default_rng(3), extents))


def test_shuffled_batches_take_each_image_once_an_epoch():
    stream = drawn("shuffle", 4)
    assert [len(y) for _, y in stream] == [4, 4, 4, 4]
    for epoch in (stream[:2], stream[2:]):
        labels = np.concatenate([y for _, y in epoch])
        assert len(set(labels.tolist())) == 8
    assert all(np.array_equal(rows[:, 0], y) and rows.dtype == np.uint8 for rows, y in stream)
    assert not np.array_equal(stream[0][1], stream[2][1])


@pytest.mark.parametrize("sampling", ["shuffle", "replacement"])
def test_extents_sort_a_batch_and_change_nothing_else(sampling):
    extents = np.array([5, 0, 784, 3, 5, 5, 1, 2, 9, 784])
    for (_, plain), (rows, ordered) in zip(drawn(sampling, 7), drawn(sampling, 7, extents=extents), strict=True):
        assert sorted(plain.tolist()) == sorted(ordered.tolist()) and np.array_equal(rows[:, 0], ordered)
        assert (np.diff(extents[ordered]) <= 0).all()


def test_batches_with_replacement_repeat_images():
    labels = np.concatenate([y for _, y in drawn("replacement", 25)])
    first = labels[:10].tolist()
    assert len(set(first)) < 10 and set(labels.tolist()) == set(range(10))


def rate(name, t, updates=100, **options):
    usual = Configuration.resolve().as_dict() | {"warmup": 0.0, "step_factor": 0.1, "step_every": 0.4}
    config = SimpleNamespace(**(usual | options))
    return schedules.SCHEDULES[name](2.0, t, updates, config)


def test_schedules_by_hand():
    assert [rate("constant", t) for t in (0, 99)] == [2, 2]
    assert [rate("step", t) for t in (0, 39, 40, 79, 80, 99)] == pytest.approx([2, 2, 0.2, 0.2, 0.02, 0.02])
    assert [rate("cosine", t) for t in (0, 50, 99)] == pytest.approx([2, 1, 1 + np.cos(0.99 * np.pi)])
    # 10 updates of warm-up: 1/10 of the rate, ..., the whole at update 9, and the cosine from update 10
    assert [rate("cosine", t, warmup=0.1) for t in (0, 4, 9, 10, 55)] == pytest.approx([0.2, 1, 2, 2, 1])


def test_scalings_by_hand():
    pixels = np.array([[0, 255], [51, 102]], np.uint8)
    assert Scaling.fit("raw", pixels)(pixels).tolist() == pixels.tolist()
    np.testing.assert_allclose(Scaling.fit("unit", pixels)(pixels), [[0, 1], [0.2, 0.4]], rtol=1e-6)
    standard = Scaling.fit("standard", pixels)(pixels, np.float64)
    assert standard.mean() == pytest.approx(0, abs=1e-12) and standard.std() == pytest.approx(1)
    centred = Scaling.fit("centred", pixels)
    assert centred(pixels).tolist() == [[-25.5, 76.5], [25.5, -76.5]]
    assert centred.reordered([1, 0])(pixels[:, ::-1]).tolist() == [[76.5, -25.5], [-76.5, 25.5]]
    kept = {name: Scaling.fit(name, pixels).keeps_zeros for name in SCALINGS}
    assert kept == {"raw": True, "unit": True, "standard": False, "centred": False}


@pytest.mark.parametrize("name", SCALINGS)
def test_a_model_has_the_scaling_of_its_run(made, tmp_path, name):
    """Its pixels are where they were, though the run has them in another order."""
    data = mnist.load("made")
    run = experiment.run(settings(input_scale=name, lr=0.05 if name in ("unit", "standard") else 1e-5), data)
    records.write(run, tmp_path)
    model, (pixels, labels) = load_model(tmp_path / "model.npz"), data.part("validation")
    accuracy = run.history["validation_accuracy"][run.best_index]
    assert monitor.measure(model.net, pixels, labels, model.scaling)[1] == pytest.approx(accuracy) and accuracy > 0.6


@pytest.mark.parametrize("name", ["unit", "centred"])
def test_measure_is_what_it_says(name):
    rng = np.random.default_rng(0)
    net = TwoLayerNet.initialized(9, 8, 3, rng, dtype=np.float64)
    net.params["b1"][2] = -1e9
    pixels, labels = rng.integers(0, 256, (1201, 9), dtype=np.uint8), rng.integers(0, 3, 1201)
    pixels[:, -2:] = 0
    scaling = Scaling(name, 0.0 if name == "unit" else np.linspace(9, 90, 9), 1 / 255)
    loss, accuracy, active = monitor.measure(net, pixels, labels, scaling)
    X = scaling(pixels, np.float64)
    assert loss == pytest.approx(net.loss(X, labels)[0], rel=1e-12)
    assert accuracy == np.mean(net.predict(X) == labels)
    assert active.shape == (8,) and not active[2] and active.sum() > 3


def settings(**options):
    return Configuration.resolve(**({"dataset": "made", "hidden": 8, "batch": 20, "epochs": 15, "lr": 0.05} | options))


def test_a_run_learns_and_writes_what_it_found(made, tmp_path):
    data = mnist.load("made")
    run = experiment.run(settings(), data)
    records.write(run, tmp_path / "out")
    result, history = records.read_result(tmp_path / "out"), records.read_history(tmp_path / "out")
    assert result["status"] == "ok" and result["accuracy"]["test"] > 0.9
    best = history["update"].tolist().index(result["best_update"])
    assert (
        history["validation_accuracy"][best] == history["validation_accuracy"].max() == result["accuracy"]["validation"]
    )
    assert result["data"] == data.hashes and result["parameters"]["momentum"] == 0.9
    assert len(history["batch_loss"]) == len(history["lr"]) == result["updates"] == 15 * 8


def test_a_seed_repeats_its_run_and_another_does_not(made):
    data = mnist.load("made")
    first, again, other = (experiment.run(settings(seed=seed, epochs=2), data) for seed in (1, 1, 2))
    assert all(np.array_equal(first.params[name], again.params[name]) for name in first.params)
    assert not np.array_equal(first.params["W1"], other.params["W1"])


def test_the_choice_of_parameters_never_sees_the_test_labels(made):
    data = mnist.load("made")
    honest = experiment.run(settings(), data)
    poisoned = replace(data, test_labels=np.zeros_like(data.test_labels))
    run = experiment.run(settings(), poisoned)
    assert run.best_index == honest.best_index
    assert all(np.array_equal(run.params[name], honest.params[name]) for name in run.params)
    assert not np.array_equal(run.history["test_accuracy"], honest.history["test_accuracy"])


def test_divergence_is_a_result(made, tmp_path):
    data = mnist.load("made")
    blown = experiment.run(settings(lr=1000.0, input_scale="raw", schedule="constant"), data)
    assert blown.status == "diverged" and blown.reason
    records.write(blown, tmp_path / "out")
    assert records.read_result(tmp_path / "out")["reason"] == blown.reason


@pytest.mark.parametrize("part", ["train", "validation", "test"])
def test_a_loss_that_is_not_finite_is_divergence_whichever_part_it_is_of(made, tmp_path, monkeypatch, part):
    data, measure = mnist.load("made"), monitor.measure
    looks = []

    def broken(net, pixels, labels, scaling, product):
        loss, accuracy, active = measure(net, pixels, labels, scaling)
        looks.append(len(labels))
        third = looks.count(len(labels)) == 3 and len(labels) == len(data.part(part)[1])
        return np.inf if third else loss, accuracy, active

    monkeypatch.setattr(monitor, "measure", broken)
    run = experiment.run(settings(eval_every=10), data)
    assert run.status == "diverged" and run.reason == f"the {part} loss is not finite at update 20"
    records.write(run, tmp_path / "out")
    assert np.isfinite(list(records.read_result(tmp_path / "out")["loss"].values())).all()
    assert all(len(run.history[f"{part}_loss"]) == 2 for part in ("train", "validation", "test"))


def test_the_losses_up_to_a_divergence_are_kept(made, tmp_path):
    options = {"lr": 1000.0, "input_scale": "raw", "schedule": "constant"}
    run = experiment.run(settings(**options, eval_every=4), mnist.load("made"))
    records.write(run, tmp_path / "out")
    losses, update = records.read_history(tmp_path / "out")["batch_loss"], int(run.reason.split()[-1])
    assert run.status == "diverged" and len(losses) == 15 * 8 and 1 < update < 15 * 8
    assert np.isfinite(losses[:update]).all() and np.isnan(losses[update:]).all()
    whole = experiment.run(settings(**options, epochs=None, updates=update - 1), mnist.load("made"))
    assert np.array_equal(losses[: update - 1], whole.history["batch_loss"])


def test_dead_units_are_divergence(made, monkeypatch):
    def dead(rng, n_inputs, n_outputs):
        return np.zeros((n_inputs, n_outputs)), np.full(n_outputs, -1.0)

    monkeypatch.setitem(INITIALIZATIONS, "he", dead)
    run = experiment.run(settings(epochs=1), mnist.load("made"))
    assert run.status == "diverged" and "dead" in run.reason and run.history["dead_fraction"][-1] == 1
