"""The ends of the Hessian's spectrum, and what they say about learning rates."""

import numpy as np

from ..training.fast import views
from .lanczos import lanczos
from .products import hessian_vector_product


def flat_product(net, X, y, times=hessian_vector_product):
    """Return the Hessian of the objective (2.6), at the parameters of now, as a function from vectors to vectors.

    Parameters
    ----------
    net, X, y
        As for `hessian_vector_product`.
    times : callable
        That function, or one of `products` that takes the same arguments, for a part of the Hessian.

    Returns
    -------
    product : callable
        Takes and returns vectors with all parameters, one array of `net.params` after the other.
    size : int
        Number of parameters.
    """
    forward = net.forward(X)  # the same for all products
    shapes = {name: array.shape for name, array in net.params.items()}

    def product(vector):
        found = times(net, X, y, views(vector, shapes), forward)
        return np.concatenate([found[name].ravel() for name in shapes])

    return product, sum(array.size for array in net.params.values())


def extreme_eigenvalues(net, X, y, rng, steps=60, tolerance=1e-3, least=30, times=hessian_vector_product):
    """Return the smallest and the largest eigenvalue of the Hessian of the objective (2.6).

    Parameters
    ----------
    net, X, y
        As for `hessian_vector_product`: the objective is that of these examples.
    rng : numpy.random.Generator
    steps : int
        Products at the most.
    tolerance : float
        Wanted error of both, as a share of the larger in size.
    least : int
        Products before `tolerance` counts; far fewer may miss an end of the spectrum.
    times : callable
        As for `flat_product`.

    Returns
    -------
    smallest, largest : float
    error : float
        Within this of each there is an eigenvalue, (A.7); larger than wanted where `steps` did not suffice.
    """
    product, size = flat_product(net, X, y, times)
    values, bounds = lanczos(product, size, steps, rng, net.dtype, tolerance, least)
    return float(values[0]), float(values[-1]), float(max(bounds[0], bounds[-1]))


def highest_rate(largest, momentum=0.0):
    """Return the learning rate from which on descent climbs a quadratic: (5.2) by (5.1), or (A.5) by (A.4).

    Parameters
    ----------
    largest : float
        Largest eigenvalue of the Hessian, > 0.
    momentum : float
        0 <= momentum < 1.
    """
    return 2 * (1 + momentum) / largest
