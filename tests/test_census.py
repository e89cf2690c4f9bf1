"""The ratchet's measures, the toy with two weights, and the census: networks side by side."""

import numpy as np
import pytest

from examples import example, list_runs
from twolayer.curvature import census, ratchet, toy
from twolayer.curvature.spectrum import flat_product
from twolayer.data import mnist
from twolayer.runs import records, studies
from twolayer.training.configuration import Configuration, ParameterError
from twolayer.training.sgd import Sgd, train
from twolayer.training.start import prepare


def settings(**options):
    return Configuration.resolve(**({"protocol": "homework", "dataset": "made", "hidden": 6, "batch": 20} | options))


@pytest.mark.parametrize("options", [{}, {"l2": 0.3, "decay_biases": True}])
def test_an_update_moves_the_pre_activations_as_said(options):
    net, X, y = example(**options)
    images = np.random.default_rng(5).standard_normal((9, 5))
    said = ratchet.movement(net, X, y, images, 0.2)
    before = images @ net.params["W1"] + net.params["b1"]
    Sgd(net)(X, y, 0.2)
    np.testing.assert_allclose(images @ net.params["W1"] + net.params["b1"] - before, said, atol=1e-13)


def test_the_watch_by_hand():
    net, X, _ = example(B=4, D=2, H=3)
    X[:] = [[1, 0], [0, 1], [1, 1], [2, 0]]
    net.params["W1"][:], net.params["b1"][:] = [[1.0, 1, -1], [1, -2, -1]], [0, 0, -1]
    watch = ratchet.Watch(net, X, np.array([3.0, 4.0]))
    net.params["W1"] += [[1.0, 0, 9], [0, -1, 9]]
    net.params["b1"] -= [0.0, 3, 99]
    found = watch()
    # The third unit was off for all images and counts only among the dead. The first moves by (1, 0, 1, 2), the
    # second by (-3, -4, -4, -3); they were (1, 1, 2, 2) and (1, -2, -1, 2); the second is off for all then.
    assert found["same_way"] == pytest.approx((3 / 4 + 1) / 2) and found["dead"] == pytest.approx(2 / 3)
    assert found["cosine"] == pytest.approx((3 / 5 + 4 / 5) / 2)
    assert found["step"] == pytest.approx((56 / 20) ** 0.5)
    net.params["b1"] += 0.5
    assert watch()["step"] == pytest.approx(0.5 * 2 / np.linalg.norm(X @ [2.0, 1]))
    net.params["b1"] -= 99
    watch()
    assert np.isnan(watch()["same_way"])


def test_pre_activations_are_those_of_the_run(made):
    config = settings(dtype="float64", lr=1e-4)
    found = ratchet.pre_activations(prepare(config, mnist.load("made"), 30), 3)
    start = prepare(config, mnist.load("made"), 30)
    X = start.pixels[start.sample].astype(float)
    for update, (pixels, y) in zip(range(4), start.stream, strict=False):
        Z1 = X @ start.net.params["W1"] + start.net.params["b1"]
        np.testing.assert_allclose(found[update], Z1, rtol=1e-9)
        Sgd(start.net)(pixels.astype(float), y, 1e-4)
    assert found.shape == (4, 30, 6)


def test_the_unit_that_is_shown_dies_if_one_does():
    found = np.full((2, 4, 4), -1.0)
    found[0, :3, 0], found[0, :1, 1], found[0, :2, 2], found[1, 3, 0] = 1, 1, 1, 1
    assert ratchet.example_unit(found) == 2  # the first is on for more, and lives
    found[1] = 1
    assert ratchet.example_unit(found) == 0


def test_cosines_by_hand():
    found = ratchet.cosines(np.array([[3.0, 0, -8], [4, 0, 6]]), np.array([0.0, 2]))
    np.testing.assert_allclose(found, [0.8, 0, 0.6])


def test_the_toy_against_differences():
    step = 1e-6
    for w in ((0.3, -0.7), (0.0, 0.0)):
        for x, y in ((1.0, 1.0), (2.0, -0.5)):
            shifts = np.eye(2) * step
            slopes = [(toy.loss(*(w + s), x, y) - toy.loss(*(w - s), x, y)) / (2 * step) for s in shifts]
            np.testing.assert_allclose(toy.gradient(*w, x, y), slopes, atol=1e-9)
            rows = [(toy.gradient(*(w + s), x, y) - toy.gradient(*(w - s), x, y)) / (2 * step) for s in shifts]
            np.testing.assert_allclose(sum(toy.hessian(*w, x, y)), rows, atol=1e-9)
    path = toy.descend((1.0, 0.5), 0.1, 2)
    np.testing.assert_allclose(path[1], [1 + 0.1 * 0.5 * 0.5, 0.5 + 0.1 * 0.5])
    assert path.shape == (3, 2) and toy.loss(*path[2]) < toy.loss(*path[1])


def networks(monkeypatch, to_the_end=True, rates="0.0001 0.001 0.01", **options):
    """Return the trials of a small census, by seed and rate, as they ended, and what it returned."""
    trials, made_trial = {}, census.Trial

    def kept(config, *arguments):
        trials[config.seed, config.lr] = made_trial(config, *arguments)
        return trials[config.seed, config.lr]

    monkeypatch.setattr(census, "Trial", kept)
    config = settings(updates=70, dtype="float64", seed=3, **options)
    return trials, census.census(config, mnist.load("made"), rates, 2, 30, to_the_end)


def test_each_network_is_what_it_would_be_alone(made, monkeypatch):
    trials, found = networks(monkeypatch)
    assert list(zip(found["seed"], found["lr"], strict=True)) == list(trials) and len(trials) == 6
    for place, ((seed, lr), trial) in enumerate(trials.items()):
        start = prepare(settings(updates=70, dtype="float64", seed=seed, lr=lr), mnist.load("made"), 30)
        X, y = start.pixels[start.sample].astype(float), start.labels[start.sample]
        A1 = start.net.forward(X)[1][2][0]
        assert found["inputs"][place] == pytest.approx((X**2).sum(axis=1).mean())
        assert found["activations"][place] == pytest.approx((A1**2).sum(axis=1).mean())
        with np.errstate(all="ignore"):
            train(Sgd(start.net), ((start.scaling(pixels, float), y) for pixels, y in start.stream), start.rates)
        for name, array in start.net.params.items():
            np.testing.assert_allclose(trial.net.params[name], array, rtol=1e-8, atol=1e-10, err_msg=name)
        Z2, (_, _, (A1, _)) = start.net.forward(X)
        assert found["update"][place] == 70 and found["accuracy"][place] == np.mean(Z2.argmax(axis=1) == y)
        assert found["dead"][place] == pytest.approx(np.mean(~(A1 > 0).any(axis=0)))
        pixels, labels = mnist.load("made").part("test")
        right = start.net.predict(start.scaling(pixels[:, start.order], float)) == labels
        assert found["test"][place] == pytest.approx(right.mean())
    assert len(set(found["accuracy"])) > 2


def test_curvature_at_the_start_by_the_explicit_matrices(made):
    start = prepare(settings(dtype="float64"), mnist.load("made"), 30)
    found = census.before(start)
    X, y = start.pixels[start.sample].astype(float), start.labels[start.sample]
    ends = []
    for times in census.PARTS.values():
        product, size = flat_product(start.net, X, y, times)
        ends.append(np.linalg.eigvalsh([product(row) for row in np.eye(size)])[[0, -1]])
    assert found["smallest"] == pytest.approx(ends[0][0], rel=0.01)
    for name, (_, largest) in zip(census.PARTS, ends, strict=True):
        assert found[name] == pytest.approx(largest, rel=0.01)
    assert 0 <= found["bound"] <= 0.01 and len({round(largest, 3) for _, largest in ends}) == 3


@pytest.mark.parametrize(
    ("looks", "decided", "collapsed"),
    [
        ([(0.3, 0.2), (0.81, 0.96)], 1, False),  # (accuracy, dead share) look by look
        ([(0.3, 0.2), (0.79, 0.95), (0.86, 0.0)], 1, True),
        ([(0.3, 0.94), (0.79, 0.94), (0.5, 0.94)], 2, False),
        ([(0.3, 0.94), (0.79, 0.94), (0.49, 0.94)], 2, True),
    ],
)
@pytest.mark.parametrize("to_the_end", [False, True])
def test_what_becomes_of_a_network_is_foreseen(made, looks, decided, collapsed, to_the_end):
    times = (10, 20, 50)[: len(looks)]
    start = prepare(settings(updates=times[-1]), mnist.load("made"), 20)
    trial = census.Trial(settings(), start, to_the_end)
    for (accuracy, dead), time in zip(looks, times, strict=True):
        if not trial.ended:
            outcome(trial, accuracy, dead)
            trial._look(time, time == times[-1])
    row = trial.row
    assert (row["foreseen"], row["collapsed"]) == (times[decided], collapsed) and trial.ended
    assert row["update"] == (times[-1] if to_the_end else times[decided])
    last = (looks if to_the_end else looks[: decided + 1])[-1]
    assert (row["dead_10"], row["dead_50"]) == (looks[0][1], last[1])


def outcome(trial, accuracy, dead):
    """Make the network of a trial one with this accuracy on 100 images and this share of 100 dead units."""
    trial.X, trial.y = np.ones((100, 1), np.float32), (np.arange(100) >= round(100 * accuracy)).astype(int)
    on = (np.arange(100) >= round(100 * dead)).astype(np.float32)
    zeros = {"W1": np.zeros((1, 100), np.float32), "W2": np.zeros((100, 2), np.float32)}
    trial.net.params = zeros | {"b1": on - 0.5, "b2": np.array([1, 0], np.float32)}


def test_a_network_ends_where_its_end_is_foreseen(made, monkeypatch):
    _, whole = networks(monkeypatch)
    _, short = networks(monkeypatch, to_the_end=False)
    assert (short["update"] == whole["foreseen"]).all() and (short["update"] < whole["update"]).any()
    assert (short["collapsed"] == whole["collapsed"]).all() and set(whole["collapsed"]) == {True, False}
    assert "test" in whole and "test" not in short


def test_a_census_is_written_and_read_back(made, tmp_path):
    for hidden in (6, 5):
        config = settings(updates=60, hidden=hidden)
        found = census.census(config, mnist.load("made"), "0.001 0.0001", 2, 20)
        own = {"rates": "0.001 0.0001", "seeds": 2, "images": 20, "to_the_end": False}
        result = records.write_census(config, own, found, tmp_path / "lots" / str(hidden))
        assert result["summary"] == f"{found['collapsed'].sum()} of 4 networks collapse"
    list_runs(tmp_path / "lots")
    frame = studies.load_census("lots", tmp_path)
    keys = list(frame[["hidden", "lr", "seed"]].itertuples(index=False, name=None))
    assert keys == sorted((hidden, lr, seed) for hidden in (5, 6) for lr in (0.0001, 0.001) for seed in (0, 1))
    assert frame["init"].eq("homework").all() and frame["collapsed"].dtype == bool
    last = frame[(frame["hidden"] == 5) & (frame["lr"] == 0.001)]
    np.testing.assert_array_equal(last["step_1"], found["step_1"][found["lr"] == 0.001])


@pytest.mark.parametrize(
    ("options", "fragment"),
    [
        ({"rates": ""}, "rates must be numbers above 0 to 1000 with spaces between, not ''"),
        ({"rates": "0.1, 0.2"}, "rates must be numbers"),
        ({"rates": "0.1 0"}, "rates must be numbers"),
        ({"rates": True}, "rates must be numbers"),
        ({"rates": None}, "rates must be numbers"),
        ({"seeds": 0}, "seeds must be an integer from 1 to 1000, not 0"),
        ({"images": 161}, "images must be at most the 160 training images of made, not 161"),
        ({"batch": 161}, "batch must be at most the 160 training images of made"),
        ({"to_the_end": "no"}, "to_the_end must be true or false"),
        ({"lr": 0.1}, "unknown parameter 'lr'"),
        ({"seed": 4294967295, "seeds": 2}, "the last seed, must be an integer from 0 to 4294967295"),
    ],
)
def test_bad_parameters_are_refused(made, options, fragment):
    parameters = {"protocol": "homework", "dataset": "made", "batch": 20, "images": 20, "rates": 0.005, "seeds": 1}
    assert census.check(parameters)["data"]
    with pytest.raises(ParameterError, match=fragment):
        census.check(parameters | options)
