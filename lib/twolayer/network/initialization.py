"""First values of the parameters."""

import numpy as np


def he(rng, n_inputs, n_outputs):
    """Weights N(0, 2 / n_inputs), biases 0, equation (2.20): He et al. 2015, for rectifiers."""
    W = rng.standard_normal((n_inputs, n_outputs)) * np.sqrt(2 / n_inputs)
    return W, np.zeros(n_outputs)


def glorot(rng, n_inputs, n_outputs):
    """Weights N(0, 2 / (n_inputs + n_outputs)), biases 0: Glorot and Bengio 2010."""
    W = rng.standard_normal((n_inputs, n_outputs)) * np.sqrt(2 / (n_inputs + n_outputs))
    return W, np.zeros(n_outputs)


def homework(rng, n_inputs, n_outputs):
    """Weights N(0, 1) / 1000, biases N(0, 1), equation (2.21): what the homework does."""
    return rng.standard_normal((n_inputs, n_outputs)) / 1000, rng.standard_normal(n_outputs)


def small_biases(rng, n_inputs, n_outputs):
    """The homework's weights (2.21), and biases as small as they, N(0, 1) / 1000: the same draws."""
    W, b = homework(rng, n_inputs, n_outputs)
    return W, b / 1000


INITIALIZATIONS = {"he": he, "glorot": glorot, "homework": homework, "small_biases": small_biases}


def initial_parameters(init, n_inputs, n_hidden, n_classes, rng, dtype=np.float32):
    """Draw the four arrays of a two-layer network.

    Parameters
    ----------
    init : str
        A key of `INITIALIZATIONS`.
    n_inputs, n_hidden, n_classes : int
        D, H and C.
    rng : numpy.random.Generator
    dtype : numpy dtype
        Drawn in float64, then rounded: float32 and float64 networks of one seed agree.

    Returns
    -------
    dict
        W1 (D, H), b1 (H,), W2 (H, C), b2 (C,).
    """
    draw = INITIALIZATIONS[init]
    W1, b1 = draw(rng, n_inputs, n_hidden)
    W2, b2 = draw(rng, n_hidden, n_classes)
    return {name: array.astype(dtype) for name, array in zip(("W1", "b1", "W2", "b2"), (W1, b1, W2, b2), strict=True)}
