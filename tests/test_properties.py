"""What must hold for every network and batch, tried on cases that `hypothesis` makes up."""

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from examples import example
from twolayer.network import TwoLayerNet, layers

settings.register_profile("repeatable", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("repeatable")

SIZES = {"B": st.integers(1, 8), "D": st.integers(1, 6), "H": st.integers(1, 9), "C": st.integers(2, 6)}
cases = st.builds(
    example, **SIZES, seed=st.integers(0, 2**32 - 1), l2=st.sampled_from([0.0, 0.01, 0.5]), decay_biases=st.booleans()
)


def logits(bound):
    shapes = st.tuples(st.integers(1, 6), st.integers(2, 7))
    return shapes.flatmap(lambda shape: arrays(np.float64, shape, elements=st.floats(-bound, bound)))


def close(a, b, tolerance=1e-12):
    np.testing.assert_allclose(a, b, rtol=0, atol=tolerance * max(1.0, np.abs(b).max(initial=0.0)))


@given(logits(30), st.floats(-1000, 1000))
def test_softmax_does_not_see_a_shift(Z, shift):
    close(layers.softmax(Z + shift), layers.softmax(Z), 1e-11)


@given(logits(1000))
def test_softmax_is_a_distribution_up_to_logits_of_1000(Z):
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        P, log_P = layers.softmax(Z), layers.log_softmax(Z)
    assert np.isfinite(log_P).all() and (log_P <= 0).all() and (P >= 0).all()
    close(P.sum(axis=1), 1, 1e-13)
    close(log_P - log_P.max(axis=1, keepdims=True), Z - Z.max(axis=1, keepdims=True))


@given(logits(1000), st.data())
def test_gradient_rows_of_the_logits_sum_to_0(Z, data):
    y = np.array(data.draw(st.lists(st.integers(0, Z.shape[1] - 1), min_size=len(Z), max_size=len(Z))))
    loss, dZ = layers.softmax_cross_entropy(Z, y)
    assert np.isfinite(loss) and loss >= 0
    close(dZ.sum(axis=1), 0, 1e-15)
    rows = np.arange(len(y))
    assert (dZ[rows, y] <= 0).all() and (np.delete(dZ, y[0], axis=1)[0] >= 0).all()


@given(cases, st.randoms(use_true_random=False))
def test_the_order_of_the_batch_does_not_matter(case, random):
    net, X, y = case
    order = random.sample(range(len(y)), len(y))
    (loss, grads), (again, other) = net.loss(X, y), net.loss(X[order], y[order])
    assert again == pytest.approx(loss, rel=1e-13)
    for name in grads:
        close(other[name], grads[name])


@given(cases, st.integers(2, 4))
def test_repeating_the_batch_does_not_matter(case, times):
    net, X, y = case
    (loss, grads), (again, other) = net.loss(X, y), net.loss(np.tile(X, (times, 1)), np.tile(y, times))
    assert again == pytest.approx(loss, rel=1e-13)
    for name in grads:
        close(other[name], grads[name])


@given(cases, st.data())
def test_dead_units_get_no_gradient(case, data):
    net, X, y = case
    net.l2 = 0.0
    dead = data.draw(st.sets(st.integers(0, len(net.params["b1"]) - 1), min_size=1))
    net.params["b1"][list(dead)] = -1e3
    _, grads = net.loss(X, y)
    for unit in dead:
        assert not grads["W1"][:, unit].any() and not grads["b1"][unit] and not grads["W2"][unit].any()


@given(cases)
def test_float32_agrees_to_its_precision(case):
    net, X, y = case
    narrow = TwoLayerNet({name: array.astype(np.float32) for name, array in net.params.items()}, l2=net.l2)
    narrow.decayed = net.decayed
    # The float64 network gets the rounded parameters: what is compared is the arithmetic alone.
    wide = TwoLayerNet({name: array.astype(np.float64) for name, array in narrow.params.items()}, l2=net.l2)
    wide.decayed = net.decayed
    X = X.astype(np.float32)
    off = np.abs(wide.forward(X.astype(np.float64))[1][1]) > 1e-5  # away from the kink, where a rounding decides
    assume(off.all())
    (loss, grads), (rough, rough_grads) = wide.loss(X.astype(np.float64), y), narrow.loss(X, y)
    assert rough == pytest.approx(loss, rel=1e-5)
    for name in grads:
        assert rough_grads[name].dtype == np.float32
        close(rough_grads[name], grads[name], 1e-5)
