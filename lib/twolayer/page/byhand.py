"""Data of backpropagation by hand: an example small enough for fractions, and the equation behind each line."""

import numpy as np

SIZE = 2  # examples, inputs, hidden units and classes
LARGEST = 9  # what a reader can choose, in absolute value
RULES = (  # in the order of the two passes
    ("Z1", ["(2.1)"]),
    ("A1", ["(2.2)"]),
    ("Z2", ["(2.3)"]),
    ("P", ["(2.4)"]),
    ("L", ["(2.6)"]),
    ("dZ2", ["(2.8)"]),
    ("dW2", ["(2.10)", "(2.12)"]),
    ("db2", ["(2.10)"]),
    ("dA1", ["(2.10)"]),
    ("dZ1", ["(2.11)"]),
    ("dW1", ["(2.10)", "(2.12)"]),
    ("db1", ["(2.10)"]),
)


def example(net, X, y):
    """Return what the page needs to go through a forward and a backward pass in fractions.

    Parameters
    ----------
    net : TwoLayerNet
        Two inputs, two hidden units, two classes; parameters are integers from -9 to 9. Biases do not decay.
    X : ndarray of shape (2, 2)
        Integers from -9 to 9.
    y : ndarray of shape (2,)
        Labels, 0 or 1.

    Returns
    -------
    dict
        `X`, `y`, `W1`, `b1`, `W2`, `b2` as lists of integers; `l2` as the numerator and the denominator of its
        fraction; `largest`, what a reader can choose at most; and `rules`: the lines in the order of the two passes,
        each with the equations that give it.

    Raises
    ------
    ValueError
        If a number is none of these, or an array has another shape.
    """
    arrays = {"X": X, "y": y, **net.params}
    for name, array in arrays.items():
        low, high = (0, SIZE - 1) if name == "y" else (-LARGEST, LARGEST)
        shape = (SIZE,) * (1 if name in ("y", "b1", "b2") else 2)
        if np.shape(array) != shape or not np.isin(array, range(low, high + 1)).all():
            raise ValueError(f"{name} must be integers from {low} to {high} of shape {shape}")
    if net.decayed != ("W1", "W2"):
        raise ValueError("decay_biases must be False: the lines (2.13) leave the biases out of the penalty")
    return {
        **{name: np.asarray(array).astype(int).tolist() for name, array in arrays.items()},
        "l2": list(float(net.l2).as_integer_ratio()),
        "largest": LARGEST,
        "rules": [list(rule) for rule in RULES],
    }
