"""What a number of finished runs allows one to say: intervals, paired tests, budgets, calibration."""

from math import comb, lgamma, log, sqrt

import numpy as np

NORMAL_95 = 1.959963984540054  # the normal distribution has 95% of itself within this of 0


def wilson_interval(correct, count, z=NORMAL_95):
    """Return the interval of an accuracy that `correct` of `count` images suggest: Wilson (1927), (7.3).

    It says how far a test set of this size may be off, for one network. How far the next network
    may be off is the spread over seeds, which is another thing.

    Parameters
    ----------
    correct, count : int
        0 <= correct <= count, count >= 1.
    z : float
        1.96 gives 95%.

    Returns
    -------
    low, high : float
        Between 0 and 1.
    """
    share, weight = correct / count, z * z / count
    centre = (share + weight / 2) / (1 + weight)
    half = z * sqrt(share * (1 - share) / count + weight / (4 * count)) / (1 + weight)
    return centre - half, centre + half


def student_half(level, freedom):
    """Return within what of 0 Student's distribution has a share of itself.

    With t = sqrt(freedom) tan(u) its density is that of u, in proportion to cos(u) to the power freedom - 1.

    Parameters
    ----------
    level : float
        The share, 0 < level < 1.
    freedom : int
        Degrees of freedom, from 1.

    Returns
    -------
    float
        Above 0.
    """
    nodes, weights = np.polynomial.legendre.leggauss(64)
    scale = np.exp(lgamma((freedom + 1) / 2) - lgamma(freedom / 2)) / sqrt(np.pi)
    low, high = 0.0, np.pi / 2
    for _ in range(60):
        middle = (low + high) / 2
        share = scale * middle * (weights @ np.cos(middle / 2 * (nodes + 1)) ** (freedom - 1))
        low, high = (middle, high) if share < level else (low, middle)
    return sqrt(freedom) * np.tan(low)


def student_interval(values, level=0.95):
    """Return the interval (low, high) of a mean by Student's distribution; values (n,), n >= 2."""
    values = np.asarray(values, float)
    half = student_half(level, len(values) - 1) * values.std(ddof=1) / sqrt(len(values))
    return values.mean() - half, values.mean() + half


def binomial(count, chance):
    """Return the probabilities of 0 .. `count` hits, where each comes with the probability `chance`: (count + 1,)."""
    if not 0 < chance < 1:
        return np.eye(count + 1)[0 if chance <= 0 else count]
    logs = [lgamma(count + 1) - lgamma(k + 1) - lgamma(count - k + 1) for k in range(count + 1)]
    hits = np.arange(count + 1)
    return np.exp(np.array(logs) + hits * log(chance) + (count - hits) * log(1 - chance))


def exact_interval(hits, count, level=0.95):
    """Return the interval of a share that `hits` of `count` suggest: Clopper and Pearson (1934).

    Parameters
    ----------
    hits, count : int
        0 <= hits <= count, count >= 1.
    level : float
        0 < level < 1.

    Returns
    -------
    low, high : float
        Between 0 and 1.
    """
    tail = (1 - level) / 2
    return _lowest(hits, count, tail), 1 - _lowest(count - hits, count, tail)


def _lowest(hits, count, tail):
    """Return the share at which `hits` or more of `count` have the probability `tail`, by bisection."""
    low, high = 0.0, 1.0 if hits else 0.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if binomial(count, middle)[hits:].sum() < tail else (low, middle)
    return low


def paired_test(first, second):
    """Compare two networks on the same images by those that only one gets right: McNemar's exact test, (7.2).

    If both were equally good, each of these images would fall to one of them as a coin does. The
    images that both get right or wrong say nothing about the difference, and comparing the two
    accuracies as if they came from different images would drown it.

    Parameters
    ----------
    first, second : ndarray of shape (N,), bool
        Whether each image was classified correctly.

    Returns
    -------
    only_first, only_second : int
    p_value : float
        Two-sided: the share of coin throws at least as uneven.
    """
    only_first, only_second = int((first & ~second).sum()), int((~first & second).sum())
    count, fewer = only_first + only_second, min(only_first, only_second)
    tail = sum(comb(count, k) for k in range(fewer + 1)) / 2**count
    return only_first, only_second, min(1.0, 2 * tail)


def flip_test(gains):
    """Return how often gains that are as large by themselves would add up so far from 0 if each had a coin's sign.

    An exact test of whether one way is better than another on average, from a difference a seed.

    Parameters
    ----------
    gains : sequence of int

    Returns
    -------
    float
        Two-sided: the share of all choices of signs with a sum at least as far from 0.
    """
    chances = {0: 1.0}
    for gain in map(int, gains):
        sums = [(total + sign * gain, chance / 2) for total, chance in chances.items() for sign in (1, -1)]
        chances = {}
        for total, chance in sums:
            chances[total] = chances.get(total, 0.0) + chance
    return sum(chance for total, chance in chances.items() if abs(total) >= abs(sum(map(int, gains))))


def expected_maximum(scores, budget):
    """Return the best score to expect of a search that tries `budget` of these settings.

    The mean, over all subsets of that size, of the largest score, (7.1): the unbiased estimator
    of Tang and others (2020). The plug-in one of Dodge and others (2019) draws with replacement and is
    too low.

    Parameters
    ----------
    scores : array of shape (n,)
        Validation accuracies, one a setting.
    budget : int
        1 <= budget <= n.
    """
    ordered, count = np.sort(scores), len(scores)
    if not 1 <= budget <= count:
        raise ValueError(f"budget must be from 1 to {count}, the number of scores, not {budget}")
    weights = [comb(rank, budget - 1) / comb(count, budget) for rank in range(count)]
    return float(np.dot(weights, ordered))


def reliability(confidence, correct, bins=10):
    """Return how often predictions of a given confidence are right, and the calibration error.

    Parameters
    ----------
    confidence : ndarray of shape (N,)
        Probability of the predicted class, in [0, 1].
    correct : ndarray of shape (N,), bool
    bins : int
        Of equal count, or nearly: N does not have to be a multiple of it. At most N are made.

    Returns
    -------
    rows : list of (int, float, float)
        For each bin, the least confident first: images in it, mean confidence, accuracy.
    error : float
        Mean difference of the two over the images, the expected calibration error (7.4) of Naeini
        and others (2015).
    """
    order = np.argsort(confidence, kind="stable")
    inside = np.array_split(order, min(bins, len(order)))
    rows = [(len(each), float(confidence[each].mean()), float(correct[each].mean())) for each in inside]
    return rows, sum(count * abs(mean - right) for count, mean, right in rows) / len(order)
