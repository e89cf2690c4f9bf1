import numpy as np
import pytest

from examples import example
from twolayer.checking.gradient_check import METHODS, check_network
from twolayer.network import TwoLayerNet
from twolayer.network.initialization import INITIALIZATIONS, initial_parameters
from twolayer.training import sgd


@pytest.mark.parametrize("decay_biases", [False, True])
@pytest.mark.parametrize("l2", [0.0, 0.3])
@pytest.mark.parametrize("updates", [0, 15])
@pytest.mark.parametrize("sizes", [{}, {"B": 1}, {"H": 1}, {"C": 2}, {"D": 1}])
def test_gradient_against_central_differences(l2, decay_biases, updates, sizes):
    net, X, y = example(l2=l2, decay_biases=decay_biases, **sizes)
    sgd.train(sgd.Sgd(net), [(X, y)] * updates, [0.1] * updates)
    errors = check_network(net, X, y)
    assert set(errors) == {"W1", "b1", "W2", "b2"}
    assert max(errors.values()) < 1e-7, errors


@pytest.mark.parametrize("sizes", [{}, {"B": 1}, {"H": 1}, {"C": 2}, {"D": 1}])
@pytest.mark.parametrize("options", [{}, {"l2": 0.3}, {"l2": 0.3, "decay_biases": True}])
def test_gradient_against_the_complex_step(options, sizes):
    net, X, y = example(**options, **sizes)
    sgd.train(sgd.Sgd(net), [(X, y)] * 15, [0.1] * 15)
    kept = {name: array.copy() for name, array in net.params.items()}
    errors = check_network(net, X, y, method="complex step")
    assert set(errors) == set(kept) and max(errors.values()) < 1e-12, errors
    assert net.dtype == np.float64 and all(np.array_equal(net.params[name], kept[name]) for name in kept)


@pytest.mark.parametrize("method", METHODS)
def test_gradient_check_notices_a_wrong_gradient(method):
    class Wrong(TwoLayerNet):
        def loss(self, X, y):
            loss, grads = super().loss(X, y)
            return loss, grads | {"b1": 1.001 * grads["b1"]}

    net, X, y = example(l2=0.1)
    errors = check_network(Wrong(net.params, l2=0.1), X, y, method=method)
    assert errors["b1"] > 1e-4 and errors["W1"] < 1e-7


def test_gradient_check_wants_float64():
    net = TwoLayerNet.initialized(3, 2, 2, np.random.default_rng(0))
    with pytest.raises(ValueError, match="float64"):
        check_network(net, np.zeros((1, 3), np.float32), np.array([0]))


def test_probabilities_and_predictions_by_hand():
    # Z1 = (2, -1), A1 = (2, 0), Z2 = (2 log 2, log 4 + log 3, 0): weights 4, 12 and 1 of 17
    params = {"W1": np.array([[2.0, -1.0]]), "b1": np.zeros(2), "W2": np.log([[2.0, 2.0, 1.0], [9.0, 9.0, 9.0]])}
    net = TwoLayerNet(params | {"b2": np.log([1.0, 3.0, 1.0])})
    np.testing.assert_allclose(net.probabilities(np.ones((1, 1))), [[4 / 17, 12 / 17, 1 / 17]], rtol=1e-14)
    assert net.predict(np.ones((1, 1))).tolist() == [1]


def test_loss_before_training_is_that_of_guessing():
    net, _, _ = example(D=20, H=30, C=10)
    net.params["W2"] *= 1e-3
    net.params["b2"] *= 0
    X, y = np.random.default_rng(1).random((200, 20)), np.arange(200) % 10
    assert net.loss(X, y)[0] == pytest.approx(np.log(10), abs=1e-3)


def test_twenty_examples_can_be_memorised():
    net, X, y = example(B=20, D=30, H=40, C=5)
    sgd.train(sgd.Sgd(net, 0.9), [(X, y)] * 300, [0.1] * 300)
    assert (net.predict(X) == y).all()
    assert net.loss(X, y)[0] < 0.01


def test_batch_size_changes_neither_loss_nor_the_effect_of_l2():
    net, X, y = example(l2=0.2)
    loss, grads = net.loss(X, y)
    again, twice = net.loss(np.concatenate([X, X]), np.concatenate([y, y]))
    assert again == pytest.approx(loss, rel=1e-13)
    for name in grads:
        np.testing.assert_allclose(twice[name], grads[name], rtol=1e-12, atol=1e-15)


def test_penalty_touches_what_decays():
    plain, X, y = example()
    weights, _, _ = example(l2=0.5)
    everything, _, _ = example(l2=0.5, decay_biases=True)
    grads = [net.loss(X, y)[1] for net in (plain, weights, everything)]
    for name in ("W1", "W2"):
        np.testing.assert_allclose(grads[1][name] - grads[0][name], 0.5 * plain.params[name], rtol=1e-12, atol=1e-15)
    for name in ("b1", "b2"):
        assert np.array_equal(grads[1][name], grads[0][name])
        np.testing.assert_allclose(grads[2][name] - grads[0][name], 0.5 * plain.params[name], rtol=1e-12, atol=1e-15)


def test_float32_agrees_with_float64():
    wide, X, y = example(D=50, H=40, C=10, B=30, l2=0.01)
    narrow = TwoLayerNet({name: value.astype(np.float32) for name, value in wide.params.items()}, l2=0.01)
    loss, grads = wide.loss(X, y)
    rough, rough_grads = narrow.loss(X.astype(np.float32), y)
    assert rough == pytest.approx(loss, rel=1e-5)
    for name, gradient in rough_grads.items():
        assert gradient.dtype == np.float32
        np.testing.assert_allclose(gradient, grads[name], atol=1e-5 * np.abs(grads[name]).max())


@pytest.mark.parametrize("init", INITIALIZATIONS)
def test_initialisations_have_shapes_and_spread(init):
    params = initial_parameters(init, 400, 300, 10, np.random.default_rng(0))
    assert {name: value.shape for name, value in params.items()} == {
        "W1": (400, 300),
        "b1": (300,),
        "W2": (300, 10),
        "b2": (10,),
    }
    assert all(value.dtype == np.float32 for value in params.values())
    spread = {"he": (2 / 400) ** 0.5, "glorot": (2 / 700) ** 0.5, "homework": 1e-3, "small_biases": 1e-3}[init]
    assert params["W1"].std() == pytest.approx(spread, rel=0.02)
    assert (params["b1"].std() > 0.8) == (init == "homework")


def test_small_biases_are_the_homeworks_but_for_their_size():
    its, small = (initial_parameters(init, 9, 7, 3, np.random.default_rng(0)) for init in ("homework", "small_biases"))
    for name in its:
        np.testing.assert_allclose(small[name], its[name] / (1000 if name[0] == "b" else 1), rtol=1e-6, err_msg=name)
