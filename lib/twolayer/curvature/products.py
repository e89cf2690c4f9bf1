"""Curvature of the objective: the Hessian times a direction, without the Hessian.

Pearlmutter's R-operator (1994): `R{Z}` is the derivative of `Z` along a direction in the
space of the parameters. It obeys the rules of differentiation, so every line of the forward
and backward pass gives one line here. In code, `RZ` stands for `R{Z}`.
"""

import numpy as np

from ..network.layers import affine_backward, relu_backward, softmax, softmax_cross_entropy


def r_affine_forward(cache, V, c, RX=None):
    """Derivative of `Z = X W + b` along V and c, equation (A.1).

    Parameters
    ----------
    cache : tuple
        (X, W), from `affine_forward`.
    V : ndarray of shape (D, H)
        Direction of W.
    c : ndarray of shape (H,)
        Direction of b.
    RX : ndarray of shape (B, D), optional
        R{X}; left out for inputs that depend on no parameter.

    Returns
    -------
    RZ : ndarray of shape (B, H)
    """
    X, W = cache
    RZ = X @ V + c
    return RZ if RX is None else RZ + RX @ W


def r_softmax(P, RZ):
    """Derivative of the softmax along RZ, equation (A.2): the Jacobian (2.7) times RZ.

    Parameters
    ----------
    P : ndarray of shape (B, C)
        Probabilities.
    RZ : ndarray of shape (B, C)
        R{Z} of the logits.

    Returns
    -------
    RP : ndarray of shape (B, C)
        Rows sum to 0.
    """
    return P * (RZ - (P * RZ).sum(axis=1, keepdims=True))


def r_affine_backward(RdZ, cache, dZ=None, RX=None):
    """Derivatives of dW and db along the direction, from equation (A.3).

    Parameters
    ----------
    RdZ : ndarray of shape (B, H)
        R{dZ}.
    cache : tuple
        (X, W), from `affine_forward`.
    dZ : ndarray of shape (B, H), optional
    RX : ndarray of shape (B, D), optional
        R{X}; both are left out for inputs that depend on no parameter.

    Returns
    -------
    RdW : ndarray of shape (D, H)
    Rdb : ndarray of shape (H,)
    """
    X, _ = cache
    RdW = X.T @ RdZ
    return RdW if RX is None else RdW + RX.T @ dZ, RdZ.sum(axis=0)


def hessian_vector_product(net, X, y, direction, forward=None):
    """Return the Hessian of the objective (2.6) times a direction, equations (A.1) to (A.3).

    The rectifier's second derivative is 0 wherever it exists, so its mask is a constant here.

    Parameters
    ----------
    net : TwoLayerNet
    X : ndarray of shape (B, D)
        Scaled inputs, of the network's dtype.
    y : ndarray of shape (B,)
        Labels, 0 <= y[i] < C.
    direction : dict
        Arrays with the keys and shapes of `net.params`.
    forward : tuple, optional
        What `net.forward(X)` returns, for a caller that has it.

    Returns
    -------
    dict
        Arrays with the keys and shapes of `net.params`.

    Raises
    ------
    ValueError
        If the direction has other keys or shapes: NumPy would broadcast them silently.
    """
    _check_shapes(net, direction)
    Z2, (first, kink, second) = forward or net.forward(X)
    _, dZ2 = softmax_cross_entropy(Z2, y)
    RA1 = relu_backward(r_affine_forward(first, direction["W1"], direction["b1"]), kink)
    RZ2 = r_affine_forward(second, direction["W2"], direction["b2"], RA1)
    RdZ2 = r_softmax(softmax(Z2), RZ2) / len(y)
    RdW2, Rdb2 = r_affine_backward(RdZ2, second, dZ2, RA1)
    RdA1 = RdZ2 @ second[1].T + dZ2 @ direction["W2"].T
    RdW1, Rdb1 = r_affine_backward(relu_backward(RdA1, kink), first)
    product = {"W1": RdW1, "b1": Rdb1, "W2": RdW2, "b2": Rdb2}
    for name in net.decayed:
        product[name] = product[name] + net.l2 * direction[name]
    return product


def gauss_newton_vector_product(net, X, y, direction, forward=None):
    """Return the Gauss-Newton part (A.8) of the Hessian times a direction, equation (A.9), with the penalty's.

    The direction moves the logits as in `hessian_vector_product`; what the logits' gradients change is then led
    back by the layers' own backward pass (2.13), in which nothing else moves.

    Parameters
    ----------
    net, X, y, direction, forward
        As for `hessian_vector_product`. The labels do not enter.

    Returns
    -------
    dict
        Arrays with the keys and shapes of `net.params`.

    Raises
    ------
    ValueError
        If the direction has other keys or shapes.
    """
    _check_shapes(net, direction)
    Z2, (first, kink, second) = forward or net.forward(X)
    RA1 = relu_backward(r_affine_forward(first, direction["W1"], direction["b1"]), kink)
    RZ2 = r_affine_forward(second, direction["W2"], direction["b2"], RA1)
    RdA1, RdW2, Rdb2 = affine_backward(r_softmax(softmax(Z2), RZ2) / len(X), second)
    _, RdW1, Rdb1 = affine_backward(relu_backward(RdA1, kink), first, input_gradient=False)
    product = {"W1": RdW1, "b1": Rdb1, "W2": RdW2, "b2": Rdb2}
    for name in net.decayed:
        product[name] += net.l2 * direction[name]
    return product


def between_layers_product(net, X, y, direction, forward=None):
    """Return the rest of the Hessian, without its Gauss-Newton part, times a direction: equation (A.10).

    Parameters and result are those of `hessian_vector_product`.
    """
    _check_shapes(net, direction)
    Z2, (first, kink, _) = forward or net.forward(X)
    _, dZ2 = softmax_cross_entropy(Z2, y)
    RA1 = relu_backward(r_affine_forward(first, direction["W1"], direction["b1"]), kink)
    _, RdW1, Rdb1 = affine_backward(relu_backward(dZ2 @ direction["W2"].T, kink), first, input_gradient=False)
    return {"W1": RdW1, "b1": Rdb1, "W2": RA1.T @ dZ2, "b2": np.zeros_like(direction["b2"])}


def _check_shapes(net, direction):
    shapes = {name: array.shape for name, array in net.params.items()}
    given = {name: np.shape(array) for name, array in direction.items()}
    if given != shapes:
        raise ValueError(f"a direction has the shapes of the parameters, {shapes}, not {given}")
