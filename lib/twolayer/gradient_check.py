"""Central differences: an opinion on the gradient that uses only the objective's value."""

import numpy as np


def numerical_gradient(objective, array, step=1e-6):
    """Gradient of a scalar function by central differences, equation (2.13).

    Parameters
    ----------
    objective : callable
        Without arguments; reads `array`, which is changed in place and restored.
    array : ndarray of float64
        Where to differentiate.
    step : float
        Half the distance of the two evaluations.

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


def relative_error(a, b):
    """Largest difference of two arrays, as a share of the largest entry of either.

    Not entry by entry: the rounding of a difference quotient is the same for all entries, and
    would make the smallest ones look wrong.
    """
    scale = max(np.abs(a).max(initial=0.0), np.abs(b).max(initial=0.0))
    return float(np.abs(a - b).max(initial=0.0) / scale) if scale else 0.0


def check_network(net, X, y, step=1e-6):
    """Relative error of every parameter's gradient against central differences.

    Parameters
    ----------
    net : TwoLayerNet
        Of dtype float64: rounding in float32 would swamp the difference.
    X : ndarray of shape (B, D)
    y : ndarray of shape (B,)
    step : float

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
    _, grads = net.loss(X, y)
    return {
        name: relative_error(grads[name], numerical_gradient(lambda: net.loss(X, y)[0], array, step))
        for name, array in net.params.items()
    }
