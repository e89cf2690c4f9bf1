"""Lanczos against the whole spectrum, and against the implementation of ARPACK in SciPy."""

import numpy as np
import pytest
from scipy.sparse.linalg import LinearOperator, eigsh

from examples import example
from twolayer.curvature.lanczos import lanczos
from twolayer.curvature.spectrum import extreme_eigenvalues, flat_product
from twolayer.network import TwoLayerNet


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def symmetric(rng, size):
    A = rng.standard_normal((size, size))
    return A + A.T


def test_all_eigenvalues_of_a_small_matrix(rng):
    A = symmetric(rng, 12)
    values, bounds = lanczos(lambda v: A @ v, 12, 12, rng)
    np.testing.assert_allclose(values, np.linalg.eigvalsh(A), rtol=1e-12)
    assert bounds.max() < 1e-12


def test_by_hand():
    # Two steps from any start give both eigenvalues of [[2, 1], [1, 2]].
    values, _ = lanczos(lambda v: np.array([2 * v[0] + v[1], v[0] + 2 * v[1]]), 2, 9, np.random.default_rng(1))
    np.testing.assert_allclose(values, [1, 3], rtol=1e-14)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_ends_come_first_and_the_bounds_hold(rng, dtype):
    A = symmetric(rng, 200).astype(dtype)
    exact = np.linalg.eigvalsh(A.astype(float))
    for steps in (5, 20, 60):
        values, bounds = lanczos(lambda v: A @ v, 200, steps, np.random.default_rng(2), dtype)
        distance = np.abs(values[:, None] - exact).min(axis=1)
        assert len(values) == steps or dtype == np.float32  # which knows them sooner to its own precision
        assert (distance <= bounds + 1e3 * np.finfo(dtype).eps * exact[-1]).all()
    np.testing.assert_allclose(values[[0, -1]], exact[[0, -1]], rtol=1e-5)


def test_no_eigenvalue_comes_twice(rng):
    """Without orthogonalisation the large ones do, from about the thirtieth step on."""
    A = np.diag(np.concatenate([np.linspace(0, 1, 198), [50.0, 100.0]]))
    values, _ = lanczos(lambda v: A @ v, 200, 80, rng)
    assert (values > 10).sum() == 2


def test_it_ends_when_it_is_good_enough_or_done(rng):
    A = symmetric(rng, 300)
    counts = []

    def product(v):
        counts.append(1)
        return A @ v

    values, bounds = lanczos(product, 300, 300, rng, tolerance=1e-2)
    assert len(counts) == len(values) < 60 and bounds[[0, -1]].max() <= 1e-2 * np.abs(values).max()
    assert np.array_equal(lanczos(lambda v: 3 * v, 50, 20, rng)[0].round(12), [3.0])
    assert np.array_equal(lanczos(lambda v: 0 * v, 50, 20, rng)[0], [0.0])


def test_an_end_that_the_start_hardly_contains_is_not_missed():
    """One eigenvalue of 20,000, most of 0 and one of -700, as networks at large learning rates have them."""
    A = np.zeros(20_000)
    A[0], A[1] = 20_000.0, -700.0

    def ends(least):
        return lanczos(lambda v: A * v, len(A), 60, np.random.default_rng(4), np.float32, 0.05, least)[0][[0, -1]]

    assert abs(ends(least=1)[0]) < 20  # every bound holds, and the end is missed
    np.testing.assert_allclose(ends(least=30), [-700, 20_000], rtol=1e-4)


@pytest.mark.parametrize("decay_biases", [False, True])
def test_the_hessian_of_a_network_against_eigh_and_arpack(decay_biases, rng):
    net, X, y = example(B=30, D=6, H=5, C=4, l2=0.1, decay_biases=decay_biases)
    net.params = {name: net.params[name] for name in ("b2", "W1", "W2", "b1")}  # any order will do
    product, size = flat_product(net, X, y)
    hessian = np.array([product(column) for column in np.eye(size)])
    np.testing.assert_allclose(hessian, hessian.T, atol=1e-14)
    exact = np.linalg.eigvalsh(hessian)
    smallest, largest, error = extreme_eigenvalues(net, X, y, rng, steps=size, tolerance=1e-10)
    np.testing.assert_allclose([smallest, largest], exact[[0, -1]], rtol=1e-9)
    assert error <= 1e-10 * exact[-1] * 1.01
    operator = LinearOperator((size, size), matvec=product, dtype=float)
    arpack = [eigsh(operator, k=1, which=which, return_eigenvectors=False)[0] for which in ("SA", "LA")]
    np.testing.assert_allclose([smallest, largest], arpack, rtol=1e-8)


def test_the_gradient_changes_as_the_hessian_says(rng):
    net, X, y = example(B=20, D=6, H=5, C=4)
    product, size = flat_product(net, X, y)
    direction = rng.standard_normal(size)

    def gradient(step):
        ends = np.cumsum([array.size for array in net.params.values()])[:-1]
        parts = zip(net.params.items(), np.split(direction, ends), strict=True)
        moved = TwoLayerNet({name: array + step * part.reshape(array.shape) for (name, array), part in parts})
        return np.concatenate([array.ravel() for array in moved.loss(X, y)[1].values()])

    slope = (gradient(1e-6) - gradient(-1e-6)) / 2e-6
    np.testing.assert_allclose(product(direction), slope, rtol=1e-5, atol=1e-7)
