"""Independent opinions on the gradient, which use the objective's value alone."""

from copy import copy

import numpy as np


def numerical_gradient(objective, array, step=1e-6):
    """Gradient of a scalar function by central differences, equation (2.15).

    Parameters
    ----------
    objective : callable
        Without arguments; reads `array`, which is changed in place and restored.
    array : ndarray of float64
        Where to differentiate.
    step : float
        Half the distance of the two evaluations, > 0.

    Returns
    -------
    ndarray of array's shape
    """
    gradient = np.zeros_like(array)
    for index in np.ndindex(array.shape):
        kept = array[index]
        array[index] = kept + step
        above = objective()
        array[index] = kept - step
        below = objective()
        array[index] = kept
        gradient[index] = (above - below) / (2 * step)
    return gradient


def complex_step_gradient(objective, array, step=1e-20):
    """Gradient of a scalar function by the complex step, equation (2.16).

    Nothing is subtracted, so no digits cancel and the step can be as small as one likes. The
    function must be analytic near the point and be computed without conjugates or absolute
    values. Squire and Trapp 1998.

    Parameters
    ----------
    objective, array
        As for `numerical_gradient`, but complex128 with imaginary parts 0.
    step : float
        Length of the step along the imaginary axis, > 0.

    Returns
    -------
    ndarray of array's shape, float64
    """
    gradient = np.zeros(array.shape)
    for index in np.ndindex(array.shape):
        kept = array[index]
        array[index] = kept + 1j * step
        gradient[index] = objective().imag / step
        array[index] = kept
    return gradient


METHODS = {  # name: function, dtype of the parameters, step
    "central differences": (numerical_gradient, np.float64, 1e-6),
    "complex step": (complex_step_gradient, np.complex128, 1e-20),
}


def relative_error(a, b):
    """Largest difference of two arrays, as a share of the largest entry of either.

    Not entry by entry: the rounding of a difference quotient is the same for all entries, and
    would make the smallest ones look wrong.
    """
    a, b = np.asarray(a), np.asarray(b)
    scale = max(np.abs(a).max(initial=0.0), np.abs(b).max(initial=0.0))
    return float(np.abs(a - b).max(initial=0.0) / scale) if scale else 0.0


def check_network(net, X, y, step=None, method="central differences"):
    """Relative error of every parameter's gradient against another way of differentiating.

    Parameters
    ----------
    net : TwoLayerNet
        Of dtype float64: rounding in float32 would swamp the difference.
    X : ndarray of shape (B, D)
    y : ndarray of shape (B,)
    step : float, optional
        By default what suits the method: 1e-6 or 1e-20.
    method : str
        A key of `METHODS`: central differences, equation (2.15), or complex step, (2.16).

    Returns
    -------
    dict
        Name of the parameter to relative error.

    Raises
    ------
    ValueError
        If the network is not float64.
    """
    if net.dtype != np.float64:
        raise ValueError(f"gradients are checked in float64, not {net.dtype}")
    witness, dtype, usual = METHODS[method]
    _, grads = net.loss(X, y)
    twin = copy(net)
    twin.params = {name: array.astype(dtype) for name, array in net.params.items()}
    return {
        name: relative_error(grads[name], witness(lambda: twin.loss(X, y)[0], array, step or usual))
        for name, array in twin.params.items()
    }


def errors_by_step(net, X, y, steps, method="central differences"):
    """Largest relative error of `check_network` for every step of a sequence, shape (len(steps),)."""
    return np.array([max(check_network(net, X, y, step, method).values()) for step in steps])


def gradient_along(net, X, y, direction, step=1e-20):
    """Derivative of the gradient along a direction, equation (2.22), by the complex step.

    Parameters
    ----------
    net, X, y
        As for `check_network`.
    direction : dict
        Arrays with the keys and shapes of `net.params`.
    step : float
        > 0.

    Returns
    -------
    dict
        The Hessian times the direction, with the keys and shapes of `net.params`.
    """
    twin = copy(net)
    twin.params = {name: array + 1j * step * direction[name] for name, array in net.params.items()}
    _, grads = twin.loss(X, y)
    return {name: gradient.imag / step for name, gradient in grads.items()}
