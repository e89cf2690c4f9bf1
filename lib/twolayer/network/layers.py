"""The layers as pure functions: forward returns (value, cache), backward takes (gradient, cache).

Equation numbers are those of chapter 2. Nothing here keeps state or writes into its arguments.
"""

import numpy as np


def affine_forward(X, W, b):
    """Fully-connected layer, equation (2.1): `Z = X W + b`.

    Parameters
    ----------
    X : ndarray of shape (B, D)
        One example a row.
    W : ndarray of shape (D, H)
    b : ndarray of shape (H,)
        Added to every row.

    Returns
    -------
    Z : ndarray of shape (B, H)
    cache : tuple
        What `affine_backward` needs.
    """
    return X @ W + b, (X, W)


def affine_backward(dZ, cache, input_gradient=True):
    """Gradients of a fully-connected layer, equations (2.9) and (2.10).

    Parameters
    ----------
    dZ : ndarray of shape (B, H)
        Gradient of the objective with respect to the layer's output.
    cache : tuple
        From `affine_forward`.
    input_gradient : bool
        False leaves dX out: nothing lies below the first layer, and its dX is the
        second-largest matrix product of a step.

    Returns
    -------
    dX : ndarray of shape (B, D), or None
    dW : ndarray of shape (D, H)
    db : ndarray of shape (H,)
    """
    X, W = cache
    dX = dZ @ W.T if input_gradient else None
    return dX, X.T @ dZ, dZ.sum(axis=0)


def relu_forward(Z):
    """Rectifier, equation (2.2): `A = max(Z, 0)`, element by element.

    Parameters
    ----------
    Z : ndarray of any shape

    Returns
    -------
    A : ndarray of Z's shape
    cache : ndarray
        Z itself: the backward pass must look at the input, not at the output's sign alone.
    """
    return np.maximum(Z, 0), Z


def relu_backward(dA, cache):
    """Gradient of the rectifier, equation (2.11): `dZ = dA * [Z > 0]`.

    At the kink, Z = 0, the derivative is taken to be 0.

    Parameters
    ----------
    dA : ndarray
    cache : ndarray of dA's shape
        Z, from `relu_forward`.

    Returns
    -------
    dZ : ndarray of dA's shape
    """
    return dA * (cache > 0)


def log_softmax(Z):
    """Logarithm of the softmax of every row, equation (2.5).

    Subtracting the row's largest logit first changes nothing in exact arithmetic and keeps
    every exponential in [0, 1], so logits of +-1000 are no trouble.

    Parameters
    ----------
    Z : ndarray of shape (B, C)
        Logits.

    Returns
    -------
    ndarray of shape (B, C)
        All entries <= 0.
    """
    shifted = Z - Z.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


def softmax(Z):
    """Softmax of every row, equation (2.4), by way of `log_softmax`.

    Parameters
    ----------
    Z : ndarray of shape (B, C)
        Logits.

    Returns
    -------
    P : ndarray of shape (B, C)
        Rows are non-negative and sum to 1.
    """
    return np.exp(log_softmax(Z))


def softmax_jacobian(P):
    """Derivatives of the softmax, equation (2.7): row by row a symmetric matrix.

    Training never forms it: with the cross-entropy it collapses, equation (2.8).

    Parameters
    ----------
    P : ndarray of shape (B, C)
        Probabilities, from `softmax`.

    Returns
    -------
    ndarray of shape (B, C, C)
        Entry [i, j, k] is the derivative of P[i, j] with respect to the logit Z[i, k].
    """
    return P[:, :, None] * (np.eye(P.shape[1]) - P[:, None, :])


def softmax_cross_entropy(Z, y):
    """Mean cross-entropy of the softmax and its gradient, equations (2.6) and (2.8).

    The gradient needs no derivative of the softmax of its own: together with the logarithm
    it collapses to `(P - Y) / B`.

    Parameters
    ----------
    Z : ndarray of shape (B, C)
        Logits.
    y : ndarray of shape (B,)
        Labels, integers with 0 <= y[i] < C.

    Returns
    -------
    loss : float
        Mean over the batch, in nats.
    dZ : ndarray of shape (B, C)

    Raises
    ------
    ValueError
        If y is not B integers, or one of them is no class.
    """
    check_labels(y, *Z.shape)
    rows = np.arange(len(y))
    log_P = log_softmax(Z)
    dZ = np.exp(log_P)
    dZ[rows, y] -= 1
    dZ /= len(y)
    return -log_P[rows, y].mean(), dZ


def check_labels(y, count, classes):
    """Raise ValueError unless y is `count` integers from 0 to `classes` - 1: NumPy takes a column, and -1."""
    y = np.asarray(y)
    if y.shape != (count,) or y.dtype.kind not in "iu":
        raise ValueError(f"labels must be integers of shape ({count},), not {y.dtype} of shape {y.shape}")
    if count and not 0 <= y.min() <= y.max() < classes:
        raise ValueError(f"labels must be from 0 to {classes - 1}; these go from {y.min()} to {y.max()}")


def l2_penalty(arrays, l2):
    """The penalty of the objective (2.6): `l2 / 2` times the sum of all squares.

    Its gradient with respect to an array W is `l2 * W`, equation (2.12).

    Parameters
    ----------
    arrays : iterable of ndarray
        The parameters that decay.
    l2 : float
        Strength, >= 0. Independent of the batch size.

    Returns
    -------
    float
    """
    # Not np.vdot: it conjugates, and the complex step (2.16) would fail.
    return 0.5 * l2 * sum(flat @ flat for flat in map(np.ravel, arrays))
