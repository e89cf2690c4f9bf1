"""The Hessian-vector product: against the complex step, central differences, and what a Hessian must satisfy."""

import numpy as np
import pytest

from examples import example, random_direction
from twolayer.checking.gradient_check import gradient_along, relative_error
from twolayer.curvature import products
from twolayer.curvature.products import hessian_vector_product, r_softmax
from twolayer.curvature.spectrum import extreme_eigenvalues, flat_product
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


PARTS = (hessian_vector_product, products.gauss_newton_vector_product, products.between_layers_product)


@pytest.mark.parametrize("product", PARTS)
def test_a_direction_of_other_shapes_is_refused(product):
    net, X, y = example(H=4)
    direction = random_direction(net)
    with pytest.raises(ValueError, match="shapes of the parameters"):
        product(net, X, y, direction | {"b1": np.ones(1)})
    with pytest.raises(ValueError, match="shapes of the parameters"):
        product(net, X, y, {"W1": direction["W1"]})


def dense(net, X, y, times):
    product, size = flat_product(net, X, y, times)
    return np.array([product(row) for row in np.eye(size)])


def logits(net, X, vector):
    ends = np.cumsum([array.size for array in net.params.values()])[:-1]
    parts = zip(net.params.items(), np.split(vector, ends), strict=True)
    moved = {name: array + part.reshape(array.shape) for (name, array), part in parts}
    return TwoLayerNet(moved).forward(X)[0]


@pytest.mark.parametrize("options", [{}, {"l2": 0.3}, {"l2": 0.3, "decay_biases": True}, {"B": 1}, {"H": 1}, {"D": 1}])
def test_gauss_newton_against_the_dense_matrices(options):
    """J^T S J with the logits' Jacobian J by the complex step, and S, the Hessian of the loss along the logits."""
    net, X, y = example(**options)
    size = sum(array.size for array in net.params.values())
    J = np.array([logits(net, X, 1e-20j * row).imag.ravel() / 1e-20 for row in np.eye(size)]).T
    S = np.zeros((len(J), len(J)))
    for i, block in enumerate(softmax_jacobian(softmax(net.forward(X)[0]))):
        place = slice(i * len(block), (i + 1) * len(block))
        S[place, place] = block / len(X)
    decay = [np.full(array.size, net.l2 * (name in net.decayed)) for name, array in net.params.items()]
    G = dense(net, X, y, products.gauss_newton_vector_product)
    np.testing.assert_allclose(G, J.T @ S @ J + np.diag(np.concatenate(decay)), atol=1e-13)
    assert np.linalg.eigvalsh(G)[0] > -1e-13


@pytest.mark.parametrize("options", [{}, {"l2": 0.3, "decay_biases": True}, {"C": 2}, {"B": 1}])
def test_the_two_parts_are_the_hessian(options):
    net, X, y = example(**options)
    H, G, rest = (dense(net, X, y, times) for times in PARTS)
    np.testing.assert_allclose(G + rest, H, atol=1e-14)
    values = np.linalg.eigvalsh(rest)
    np.testing.assert_allclose(values, -values[::-1], atol=1e-14)  # it only leads from one layer to the other
    assert values[-1] > 1e-3


def test_extreme_eigenvalues_of_a_part():
    net, X, y = example(l2=0.1)
    for times in PARTS:
        exact = np.linalg.eigvalsh(dense(net, X, y, times))
        found = extreme_eigenvalues(net, X, y, np.random.default_rng(0), tolerance=1e-9, times=times)
        np.testing.assert_allclose(found[:2], exact[[0, -1]], atol=1e-8)
