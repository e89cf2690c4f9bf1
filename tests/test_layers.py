import numpy as np
import pytest

from twolayer.checking.gradient_check import numerical_gradient, relative_error
from twolayer.network import layers


@pytest.fixture
def rng():
    return np.random.default_rng(1)


def test_affine_by_hand():
    X, W, b = (
        np.array([[1.0, 2.0], [3.0, 4.0]]),
        np.array([[1.0, 0.0, -1.0], [2.0, 1.0, 0.0]]),
        np.array([10.0, 20.0, 30.0]),
    )
    # row 1: 1*1 + 2*2 + 10 = 15, 1*0 + 2*1 + 20 = 22, 1*-1 + 2*0 + 30 = 29
    # row 2: 3*1 + 4*2 + 10 = 21, 3*0 + 4*1 + 20 = 24, 3*-1 + 4*0 + 30 = 27
    Z, cache = layers.affine_forward(X, W, b)
    assert Z.tolist() == [[15, 22, 29], [21, 24, 27]]
    dX, dW, db = layers.affine_backward(np.array([[1.0, 0.0, 2.0], [0.0, 1.0, 0.0]]), cache)
    # dX = dZ W^T, row 1: 1*1 + 0*0 + 2*-1 = -1, 1*2 + 0*1 + 2*0 = 2; row 2: the second column of W
    assert dX.tolist() == [[-1, 2], [0, 1]]
    # dW = X^T dZ: column 1 is example 1, column 2 example 2, column 3 twice example 1
    assert dW.tolist() == [[1, 3, 2], [2, 4, 4]]
    assert db.tolist() == [1, 1, 2]


@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 4, 3), (7, 5, 2)])
def test_affine_gradients(rng, shape):
    B, D, H = shape
    X, W, b, weight = (
        rng.standard_normal((B, D)),
        rng.standard_normal((D, H)),
        rng.standard_normal(H),
        rng.standard_normal((B, H)),
    )

    def objective():
        return (layers.affine_forward(X, W, b)[0] * weight).sum()

    gradients = layers.affine_backward(weight, (X, W))
    for gradient, variable in zip(gradients, (X, W, b), strict=True):
        assert gradient.shape == variable.shape
        assert relative_error(gradient, numerical_gradient(objective, variable)) < 1e-8


def test_affine_leaves_out_dX_on_request(rng):
    X, W = rng.standard_normal((3, 4)), rng.standard_normal((4, 2))
    assert layers.affine_backward(np.ones((3, 2)), (X, W), input_gradient=False)[0] is None


def test_relu_masks_by_its_input_with_nothing_at_the_kink():
    Z = np.array([[-2.0, 0.0, 3.0], [1.0, -0.5, 0.25]])
    A, cache = layers.relu_forward(Z)
    assert A.tolist() == [[0, 0, 3], [1, 0, 0.25]]
    assert layers.relu_backward(np.full_like(Z, 5.0), cache).tolist() == [[0, 0, 5], [5, 0, 5]]


def test_softmax_by_hand_and_far_out():
    P = layers.softmax(np.log([[1.0, 2.0, 5.0], [3.0, 3.0, 3.0]]))
    np.testing.assert_allclose(P, [[1 / 8, 2 / 8, 5 / 8], [1 / 3, 1 / 3, 1 / 3]], rtol=1e-14)
    with np.errstate(all="raise", under="ignore"):
        far = layers.log_softmax(np.array([[1000.0, -1000.0], [-1000.0, -1000.0]]))
        assert layers.softmax(np.array([[1000.0, -1000.0]])).tolist() == [[1, 0]]
    np.testing.assert_allclose(far, [[0, -2000], [-np.log(2), -np.log(2)]], rtol=1e-14)


def test_softmax_jacobian_by_hand(rng):
    # P = (1/4, 3/4): off the diagonal -3/16, on it 1/4 - 1/16 = 3/16 and 3/4 - 9/16 = 3/16
    assert layers.softmax_jacobian(np.array([[0.25, 0.75]])).tolist() == [[[3 / 16, -3 / 16], [-3 / 16, 3 / 16]]]
    Z = rng.standard_normal((3, 4))
    jacobian = layers.softmax_jacobian(layers.softmax(Z))
    for j in range(4):
        numerical = numerical_gradient(lambda j=j: layers.softmax(Z)[:, j].sum(), Z)
        assert relative_error(jacobian[:, j, :], numerical) < 1e-8


def test_cross_entropy_by_hand():
    # P of row 1 is (1/8, 2/8, 5/8) with label 2, of row 2 (1/3, 1/3, 1/3) with label 0
    loss, dZ = layers.softmax_cross_entropy(np.log([[1.0, 2.0, 5.0], [3.0, 3.0, 3.0]]), np.array([2, 0]))
    assert loss == pytest.approx((np.log(8 / 5) + np.log(3)) / 2)
    np.testing.assert_allclose(dZ, np.array([[1 / 8, 2 / 8, -3 / 8], [-2 / 3, 1 / 3, 1 / 3]]) / 2, rtol=1e-13)


def test_cross_entropy_gradient(rng):
    Z, y = rng.standard_normal((6, 4)), rng.integers(0, 4, 6)
    loss, dZ = layers.softmax_cross_entropy(Z, y)
    numerical = numerical_gradient(lambda: layers.softmax_cross_entropy(Z, y)[0], Z)
    assert relative_error(dZ, numerical) < 1e-8
    np.testing.assert_allclose(dZ.sum(axis=1), 0, atol=1e-16)


def test_penalty_by_hand():
    assert layers.l2_penalty([np.array([[1.0, 2.0]]), np.array([3.0])], 0.5) == 0.25 * (1 + 4 + 9)


def test_nothing_is_written_into_arguments(rng):
    X, W, b, y = (
        rng.standard_normal((4, 3)),
        rng.standard_normal((3, 5)),
        rng.standard_normal(5),
        np.array([0, 4, 2, 1]),
    )
    kept = [array.copy() for array in (X, W, b, y)]
    Z, cache = layers.affine_forward(X, W, b)
    before = Z.copy()
    A, kink = layers.relu_forward(Z)
    layers.relu_backward(A, kink)
    layers.softmax_cross_entropy(Z, y)
    layers.affine_backward(A, cache)
    assert not np.shares_memory(A, Z)
    for array, copy in zip((X, W, b, y, Z), (*kept, before), strict=True):
        assert np.array_equal(array, copy)


@pytest.mark.parametrize(
    ("y", "words"),
    [
        ([[0], [1]], r"integers of shape \(2,\), not int64 of shape \(2, 1\)"),
        ([0, 1, 1], r"integers of shape \(2,\), not int64 of shape \(3,\)"),
        ([0.0, 1.0], "not float64 of shape"),
        ([True, False], "not bool of shape"),
        ([0, 3], "labels must be from 0 to 2; these go from 0 to 3"),
        ([-1, 2], "labels must be from 0 to 2; these go from -1 to 2"),
    ],
)
def test_labels_that_are_no_classes_are_refused(y, words):
    with pytest.raises(ValueError, match=words):
        layers.softmax_cross_entropy(np.zeros((2, 3)), np.array(y))


def test_labels_at_both_ends_and_of_no_image_are_taken():
    for y in (np.array([0, 2], np.uint8), np.array([2, 0], np.int64)):
        layers.check_labels(y, 2, 3)
    layers.check_labels(np.array([], np.int64), 0, 3)
