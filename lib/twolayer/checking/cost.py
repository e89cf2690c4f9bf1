"""What a training step costs: floating-point operations (FLOPs) and stored numbers, by line."""

import numpy as np

ARITHMETIC = {"matmul", "add", "subtract", "multiply", "divide", "maximum", "greater", "negative", "exp", "log"}


def step_costs(B, D, H, C):
    """FLOPs and stored numbers by line of forward and backward pass, equations (2.13) and (2.14).

    A multiplication and an addition are two operations; a comparison, an exponential and a
    logarithm count as one each.

    Parameters
    ----------
    B, D, H, C : int
        Examples in the batch, inputs, hidden units, classes.

    Returns
    -------
    dict
        Name of the line's result to (FLOPs, numbers in the result).
    """
    return {
        "Z1": (2 * B * D * H + B * H, B * H),
        "A1": (B * H, B * H),
        "Z2": (2 * B * H * C + B * C, B * C),
        "dZ2": (7 * B * C, B * C),  # log-softmax 5 BC - B; then exp BC, - Y only B, / B again BC
        "dW2": (2 * B * H * C + 2 * H * C, H * C),
        "db2": ((B - 1) * C, C),
        "dA1": (2 * B * H * C, B * H),
        "dZ1": (2 * B * H, B * H),
        "dW1": (2 * B * D * H + 2 * D * H, D * H),
        "db1": ((B - 1) * H, H),
        "L": (B + 2 * (D * H + H * C) + 5, 1),  # mean, squares of all weights, factors and signs
    }


def products(B, D, H, C):
    """FLOPs of the five matrix products alone, the floor of a step: equation (2.14)."""
    return 4 * B * D * H + 6 * B * H * C


class Counted(np.ndarray):
    """An array that counts the operations done with it, in the list `tally`."""

    tally = None

    def __array_finalize__(self, source):
        self.tally = getattr(source, "tally", None)

    def __array_ufunc__(self, ufunc, method, *inputs, out=None, **options):
        """Compute as usual, then add what it took."""
        tally = next(each.tally for each in (*inputs, *(out or ())) if isinstance(each, Counted))
        inputs = [each.view(np.ndarray) if isinstance(each, Counted) else each for each in inputs]
        if out:
            options["out"] = tuple(each.view(np.ndarray) for each in out)
        result = getattr(ufunc, method)(*inputs, **options)
        if ufunc.__name__ in ARITHMETIC:
            tally.append(_operations(ufunc, method, inputs, result))
        result = np.asarray(result).view(Counted)
        result.tally = tally
        return out[0] if out else result


def _operations(ufunc, method, inputs, result):
    if ufunc is np.matmul:
        return 2 * np.size(result) * np.shape(inputs[0])[-1]
    if method == "reduce":
        return np.size(inputs[0]) - np.size(result)
    return np.size(result)


def count_operations(function, *arrays):
    """Return the FLOPs that NumPy really does in `function(*arrays)`, an int, by the conventions of `step_costs`."""
    tally = []
    counted = [np.asarray(array).view(Counted) for array in arrays]
    for array in counted:
        array.tally = tally
    function(*counted)
    return sum(tally)
