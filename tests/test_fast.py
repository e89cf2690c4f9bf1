"""The fast updates are those of the reference, and what they leave out changes nothing."""

from types import SimpleNamespace

import numpy as np
import pytest

from twolayer.data import mnist
from twolayer.data.scaling import SCALINGS, Scaling
from twolayer.network import TwoLayerNet
from twolayer.network.layers import l2_penalty
from twolayer.training import descent, experiment, fast, sgd
from twolayer.training.configuration import Configuration
from twolayer.training.fast import FastSgd
from twolayer.training.pruning import PruningSgd
from twolayer.training.schedules import SCHEDULES
from twolayer.training.sparsity import by_use, extents, stairs

B, D, H, C = 16, 30, 24, 4


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def images(rng, count=200, used=0.6):
    """Images in which later pixels are rarer and the last two are never used."""
    share = used * np.linspace(1, 0, D) ** 2
    share[-2:] = 0
    return rng.integers(1, 256, (count, D), dtype=np.uint8) * (rng.random((count, D)) < share)


def pair(rng, dtype, scale="unit", dead=0, **penalty):
    """Two equal networks, the scaling, and a function that makes the same batches anew."""
    pixels, labels = images(rng), rng.integers(0, C, 200)
    nets = [TwoLayerNet.initialized(D, H, C, np.random.default_rng(1), dtype=dtype, **penalty) for _ in range(2)]
    for net in nets:
        net.params["b1"] += np.random.default_rng(2).standard_normal(H).astype(dtype)
        net.params["b1"][:dead] = -1e6
    config = SimpleNamespace(sampling="shuffle", batch=B)
    return (
        *nets,
        Scaling.fit(scale, pixels),
        lambda n: sgd.batches(pixels, labels, config, n, np.random.default_rng(3)),
    )


def trained_both_ways(rng, dtype, rates, momentum, **options):
    net, fast, scaling, stream = pair(rng, dtype, **options)
    reference, penalties = sgd.Sgd(net, momentum), []

    def step(pixels, y, rate):
        penalties.append(l2_penalty((net.params[name] for name in net.decayed), net.l2))
        return reference(scaling(pixels, net.dtype), y, rate)

    objectives = sgd.train(step, stream(len(rates)), rates)
    losses = sgd.train(FastSgd(fast, scaling, B, momentum), stream(len(rates)), rates)
    return net.params, fast.params, objectives, losses + penalties


@pytest.mark.parametrize("scale", SCALINGS)
@pytest.mark.parametrize(("l2", "decay_biases"), [(0.0, False), (0.02, False), (0.02, True)])
@pytest.mark.parametrize("momentum", [0.0, 0.9])
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float32, 2e-5), (np.float64, 1e-12)])
def test_a_hundred_updates_are_those_of_the_reference(rng, dtype, tolerance, momentum, l2, decay_biases, scale):
    size = 1e-4 if scale in ("raw", "centred") else 1
    rates = [0.02 * size] * 50 + [0.01 * size] * 50
    want, got, objectives, losses = trained_both_ways(
        rng, dtype, rates, momentum, scale=scale, l2=l2, decay_biases=decay_biases
    )
    for name, array in want.items():
        assert got[name].dtype == dtype
        np.testing.assert_allclose(got[name], array, rtol=0, atol=tolerance * np.abs(array).max(), err_msg=name)
    np.testing.assert_allclose(losses, objectives, rtol=tolerance)
    assert list(got) == list(want)
    assert abs(got["W1"] - pair(np.random.default_rng(0), dtype)[0].params["W1"]).max() > 1e-6  # it did move


@pytest.mark.parametrize("part", [1, 7, 100, 800])
@pytest.mark.parametrize(("momentum", "decay_biases"), [(0.0, True), (0.9, False)])
def test_the_parts_in_which_parameters_are_moved_do_not_show(rng, monkeypatch, part, momentum, decay_biases):
    for module in (descent, fast):
        monkeypatch.setattr(module, "PART", part)
    want, got, *_ = trained_both_ways(rng, np.float64, [0.05] * 40, momentum, l2=0.02, decay_biases=decay_biases)
    for name, array in want.items():
        np.testing.assert_allclose(got[name], array, rtol=0, atol=1e-12 * np.abs(array).max(), err_msg=name)


@pytest.mark.parametrize("momentum", [0.6, 0.9])
def test_no_velocity_stays_where_numbers_have_no_full_precision(rng, momentum):
    """Of units that are off from the tenth update on; the reference keeps the smallest number above 0 for ever."""
    net, other, scaling, stream = pair(rng, np.float32)
    fast_step, reference = FastSgd(net, scaling, B, momentum), sgd.Sgd(other, momentum)
    tiny = np.finfo(np.float32).tiny
    for update, (pixels, y) in enumerate(stream(1500)):
        if update == 10:
            net.params["b1"][:5] = other.params["b1"][:5] = -1e6
        fast_step(pixels, y, 0.05)
        reference(scaling(pixels), y, 0.05)
        velocity = np.abs(fast_step.descent.velocity)
        assert np.all((velocity == 0) | (velocity >= tiny)), update
    assert 0 < np.abs(reference.velocity["W2"][:5]).max() < tiny
    np.testing.assert_allclose(net.params["W1"][:, :5], other.params["W1"][:, :5], rtol=1e-6)


@pytest.mark.parametrize("momentum", [0.0, 0.5, 0.99])
@pytest.mark.parametrize("decay", [0.002, 0.3, 0.75, 1.0, 1.5])
def test_decay_that_fights_momentum_or_overshoots_is_no_trouble(rng, momentum, decay):
    want, got, *_ = trained_both_ways(rng, np.float64, [0.05] * 60, momentum, l2=decay / 0.05)
    for name, array in want.items():
        np.testing.assert_allclose(got[name], array, rtol=0, atol=1e-10 * np.abs(array).max(), err_msg=name)


@pytest.mark.parametrize("dead", [H, H - 1, H - 6, H // 2])
def test_units_that_are_off_do_not_disturb_the_others(rng, dead):
    want, got, *_ = trained_both_ways(rng, np.float64, [0.05] * 40, 0.9, dead=dead, l2=0.01)
    for name, array in want.items():
        np.testing.assert_allclose(got[name], array, rtol=1e-11, atol=1e-12, err_msg=name)


def test_a_batch_of_empty_images(rng):
    net, fast, scaling, _ = pair(rng, np.float64)
    empty, y = np.zeros((B, D), np.uint8), np.arange(B) % C
    loss = FastSgd(fast, scaling, B)(empty, y, 0.1)
    assert loss == pytest.approx(sgd.Sgd(net)(scaling(empty, np.float64), y, 0.1), rel=1e-12)
    for name, array in net.params.items():
        np.testing.assert_allclose(fast.params[name], array, rtol=1e-12)


def test_order_and_extents_by_hand():
    pixels = np.zeros((4, 5), np.uint8)
    pixels[:3, 3], pixels[:2, 1], pixels[3, 0] = 1, 255, 9
    assert by_use(pixels).tolist() == [3, 1, 0, 2, 4]
    assert extents(pixels).tolist() == [4, 4, 4, 1]
    assert extents(np.zeros((2, 5), np.uint8)).tolist() == [0, 0]


def test_stairs_by_hand():
    pixels = np.zeros((8, 6), np.uint8)
    for image, last in enumerate([5, 4, 1, 3, 2, 0, 1, 1]):
        pixels[image, last] = 200
    assert stairs(pixels) == [(8, slice(0, 2)), (6, slice(2, 3)), (4, slice(3, 4)), (2, slice(4, 6))]
    assert stairs(pixels[::-1]) == [(8, slice(0, 6))]  # not sorted: right, but no shorter
    assert stairs(pixels[:6]) == [(6, slice(0, 6))] and stairs(pixels[6:], 1) == [(2, slice(0, 2))]
    pixels[4:] = 0
    assert stairs(pixels) == [(8, slice(0, 0)), (4, slice(0, 4)), (2, slice(4, 6))]
    assert stairs(0 * pixels) == [(8, slice(0, 0))]


@pytest.mark.parametrize("ordered", [False, True])
def test_images_in_any_order_give_the_update_of_the_reference(rng, ordered):
    net, fast, scaling, _ = pair(rng, np.float64, l2=0.1)
    pixels, y = images(rng, B), rng.integers(0, C, B)
    order = np.argsort(-extents(pixels) if ordered else extents(pixels))
    assert (len(stairs(pixels[order])) > 1) == ordered
    step, reference = FastSgd(fast, scaling, B), sgd.Sgd(net)
    for _ in range(3):
        step(pixels[order], y[order], 0.1)
        reference(scaling(pixels, np.float64), y, 0.1)
    for name, array in net.params.items():
        np.testing.assert_allclose(fast.params[name], array, rtol=1e-11, atol=1e-13)


def collapsing(rng, momentum=0.0, l2=0.05, dead=10):
    """A pruning and a plain fast step on networks of which ten units are off on every image."""
    net, other, scaling, stream = pair(rng, np.float64, l2=l2, decay_biases=True)
    pixels = np.concatenate([X for X, _ in stream(200 // B)])
    for each in (net, other):
        each.params["b1"][:] = -np.median(scaling(pixels, np.float64) @ net.params["W1"], axis=0)  # on for half of them
        each.params["b1"][3 : 3 + dead] = -100
    config = SimpleNamespace(batch=B, momentum=momentum, lr=0.05)
    return PruningSgd(net, scaling, config, [pixels[:70], pixels[70:]]), FastSgd(other, scaling, B, momentum), stream


def test_pruned_training_is_unpruned_training(rng):
    pruning, plain, stream = collapsing(rng)
    sgd.train(pruning, stream(10), [0.05] * 10)
    pruning.prune(np.zeros(H, bool))  # all are candidates: it must look for itself
    assert pruning.net.params["W1"].shape == (D, H - 10) and 5 not in pruning.kept
    sgd.train(pruning, stream(30), [0.05] * 30)
    pruning.net.params["b1"][-4:] = -50  # four more are lost later
    sgd.train(plain, stream(10), [0.05] * 10)
    sgd.train(plain, stream(30), [0.05] * 30)
    plain.params["b1"][-4:] = -50
    pruning.prune(np.zeros(H - 10, bool))
    assert len(pruning.kept) == H - 14
    for step in (pruning, plain):
        sgd.train(step, stream(20), [0.05] * 20)
    for name, array in pruning.parameters().items():
        np.testing.assert_allclose(array, plain.params[name], rtol=1e-10, err_msg=name)
    again = pruning.parameters()
    assert all(np.array_equal(again[name], array) for name, array in pruning.parameters().items())


@pytest.mark.parametrize("options", [{"momentum": 0.5}, {"l2": 21.0}, {"dead": 1}])
def test_units_stay_where_they_might_come_back_or_are_too_few(rng, options):
    pruning, _, _ = collapsing(rng, **options)
    pruning.prune(np.zeros(H, bool))
    assert len(pruning.kept) == H and pruning.net.params["W1"].shape == (D, H)


def test_units_stay_where_only_their_weights_decay(rng):
    pruning, _, _ = collapsing(rng)
    pruning.net.decayed = ("W1", "W2")
    config = SimpleNamespace(batch=B, momentum=0.0, lr=0.05)
    assert not PruningSgd(pruning.net, pruning.scaling, config, []).possible
    pruning.net.l2 = 0.0
    assert PruningSgd(pruning.net, pruning.scaling, config, []).possible


@pytest.mark.parametrize("options", [{}, {"protocol": "homework", "lr": 0.005, "updates": 60, "eval_every": 7}])
def test_a_run_is_what_the_reference_makes_of_its_configuration(made, options):
    """Order of pixels, shortcuts and pruning must not show in the result."""
    data = mnist.load("made")
    config = Configuration.resolve(**({"dataset": "made", "hidden": 12, "batch": 20, "dtype": "float64"} | options))
    run = experiment.run(config, data)
    (pixels, labels), (held_out, answers) = data.part("train"), data.part("validation")
    init_rng, batch_rng, _ = np.random.default_rng(config.seed).spawn(3)
    net = TwoLayerNet.initialized(
        36, 12, 3, init_rng, init=config.init, dtype=np.float64, l2=config.l2, decay_biases=config.decay_biases
    )
    step, scaling, kept = sgd.Sgd(net, config.momentum), run.scaling, {}
    updates = config.total_updates(len(labels))
    rates = [SCHEDULES[config.schedule](config.lr, t, updates, config) for t in range(updates)]

    def keep(update):
        kept[update] = {name: array.copy() for name, array in net.params.items()}
        accuracy = np.mean(net.predict(scaling(held_out, np.float64)) == answers)
        at = run.history["update"].tolist().index(update)
        assert run.history["validation_accuracy"][at] == accuracy

    stream = sgd.batches(pixels, labels, config, updates, batch_rng)
    scaled = ((scaling(rows, np.float64), y) for rows, y in stream)
    sgd.train(step, scaled, rates, keep, config.evaluation_interval(len(labels)))
    chosen = kept[run.history["update"][run.best_index]]
    for name, array in chosen.items():
        np.testing.assert_allclose(run.params[name], array, rtol=0, atol=1e-9 * np.abs(array).max(), err_msg=name)
