"""The Hessian-vector product: against the complex step, central differences, and what a Hessian must satisfy."""

import numpy as np
import pytest

from examples import example, random_direction
from twolayer.checking.gradient_check import gradient_along, relative_error
from twolayer.curvature.products import hessian_vector_product, r_softmax
from twolayer.network import TwoLayerNet
from twolayer.network.layers import softmax, softmax_jacobian


def dot(a, b):
    return sum(float((a[name] * b[name]).sum()) for name in a)


@pytest.mark.parametrize("sizes", [{}, {"B": 1}, {"H": 1}, {"C": 2}, {"D": 1}])
@pytest.mark.parametrize("options", [{}, {"l2": 0.3}, {"l2": 0.3, "decay_biases": True}])
def test_against_the_complex_step_of_the_gradient(options, sizes):
    net, X, y = example(**options, **sizes)
    direction = random_direction(net)
    product, witness = hessian_vector_product(net, X, y, direction), gradient_along(net, X, y, direction)
    for name in net.params:
        assert product[name].shape == net.params[name].shape
        assert relative_error(product[name], witness[name]) < 1e-12, name


def test_against_central_differences_of_the_gradient():
    net, X, y = example(l2=0.3)
    direction, step = random_direction(net), 1e-5
    product = hessian_vector_product(net, X, y, direction)
    sides = []
    for sign in (1, -1):
        moved = {name: array + sign * step * direction[name] for name, array in net.params.items()}
        sides.append(TwoLayerNet(moved, l2=0.3).loss(X, y)[1])
    for name in net.params:
        assert relative_error(product[name], (sides[0][name] - sides[1][name]) / (2 * step)) < 1e-8


def test_it_is_linear_and_symmetric():
    net, X, y = example(l2=0.1)
    u, v = random_direction(net, 1), random_direction(net, 2)
    Hu, Hv = (hessian_vector_product(net, X, y, direction) for direction in (u, v))
    assert dot(u, Hv) == pytest.approx(dot(v, Hu), rel=1e-12)
    both = hessian_vector_product(net, X, y, {name: 2 * u[name] - 3 * v[name] for name in u})
    for name in u:
        np.testing.assert_allclose(both[name], 2 * Hu[name] - 3 * Hv[name], atol=1e-12)


def test_by_hand_on_one_logit_pair():
    # One example x = 1, one unit that is on (A1 = Z1 = 2), weights (1, -1) to two logits with equal values.
    params = {"W1": np.array([[2.0]]), "b1": np.zeros(1), "W2": np.array([[1.0, -1.0]]), "b2": np.array([0.0, 4.0])}
    net, X, y = TwoLayerNet(params), np.array([[1.0]]), np.array([0])
    direction = {"W1": np.zeros((1, 1)), "b1": np.zeros(1), "W2": np.zeros((1, 2)), "b2": np.array([1.0, 0.0])}
    # P = (1/2, 1/2); R{Z2} = (1, 0); R{P} = P * (R{Z2} - 1/2) = (1/4, -1/4)
    product = hessian_vector_product(net, X, y, direction)
    assert product["b2"].tolist() == [0.25, -0.25]
    assert product["W2"].tolist() == [[0.5, -0.5]]  # A1 times the same
    assert product["W1"].tolist() == [[0.5]]  # 1/4 * 1 + -1/4 * -1


def test_r_softmax_is_the_jacobian_times_the_direction():
    rng = np.random.default_rng(0)
    P, RZ = softmax(rng.standard_normal((5, 4))), rng.standard_normal((5, 4))
    np.testing.assert_allclose(r_softmax(P, RZ), np.einsum("ijk,ik->ij", softmax_jacobian(P), RZ), atol=1e-16)


def test_a_direction_of_other_shapes_is_refused():
    net, X, y = example(H=4)
    direction = random_direction(net)
    with pytest.raises(ValueError, match="shapes of the parameters"):
        hessian_vector_product(net, X, y, direction | {"b1": np.ones(1)})
    with pytest.raises(ValueError, match="shapes of the parameters"):
        hessian_vector_product(net, X, y, {"W1": direction["W1"]})
