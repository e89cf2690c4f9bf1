"""Extreme eigenvalues of a symmetric matrix that is known by its products alone: Lanczos (1950)."""

import numpy as np


def lanczos(product, size, steps, rng, dtype=np.float64, tolerance=0.0, least=1):
    """Return Ritz values of a symmetric matrix by (A.6), with the bounds (A.7) of their errors.

    Every vector is made orthogonal to all earlier ones, twice: in exact arithmetic the
    three-term recurrence does that by itself, in ours it does not, and eigenvalues come out
    several times. Golub and Van Loan, Matrix Computations, section 7.1 and 10.3.

    Parameters
    ----------
    product : callable
        Takes a vector of shape (size,) and returns the matrix times it.
    size : int
    steps : int
        Products at the most, >= 1; at most `size` are done.
    rng : numpy.random.Generator
        Of the start, a normal vector.
    dtype : numpy dtype
    tolerance : float
        Ends when the bounds of both ends are below this share of the larger; 0 never does.
    least : int
        Products before `tolerance` counts. A bound says that there is an eigenvalue near, not that it is
        the last one: an end that the start hardly contains comes out of the crowd around 0 only later.

    Returns
    -------
    values : ndarray of shape (k,)
        In ascending order; the first and the last are the first to be right.
    bounds : ndarray of shape (k,)
        An eigenvalue lies within this distance of each.
    """
    basis = np.empty((min(steps, size), size), dtype)
    start = rng.standard_normal(size).astype(dtype)
    basis[0] = start / np.linalg.norm(start)
    diagonal, beside = [], []
    for k in range(len(basis)):
        residual = product(basis[k])
        diagonal.append(float(basis[k] @ residual))
        for _ in range(2):
            residual = residual - basis[: k + 1].T @ (basis[: k + 1] @ residual)
        beside.append(float(np.linalg.norm(residual)))
        values, vectors = np.linalg.eigh(np.diag(diagonal) + np.diag(beside[:-1], 1) + np.diag(beside[:-1], -1))
        bounds = beside[-1] * np.abs(vectors[-1])
        scale = max(abs(values[0]), abs(values[-1]))
        wanted = max(tolerance if k + 1 >= least else 0.0, 10 * np.finfo(dtype).eps)
        if max(bounds[0], bounds[-1]) <= wanted * scale:
            break
        if k + 1 < len(basis):
            basis[k + 1] = residual / beside[-1]
    return values, bounds
