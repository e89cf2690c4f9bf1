"""How far an error found with some seeds on some images may be off: other seeds, other images, or both.

`wrong` is always of shape (S, N), bool: whether each of S networks, of other seeds, is wrong about each of N images.
"""

import numpy as np

from .statistics import NORMAL_95, paired_test, student_interval, wilson_interval

FEWEST = 4  # seeds: of fewer their spread is as good as unknown
OPEN = (np.nan, np.nan)


def over_seeds(wrong):
    """Return the 95% interval of the mean error of networks of other seeds on these images, by Student's distribution.

    Three networks or fewer leave it open: (nan, nan).
    """
    return student_interval(wrong.mean(axis=1)) if len(wrong) >= FEWEST else OPEN


def over_images(wrong):
    """Return the 95% interval of the mean error of these networks on other images like these.

    Wilson's interval (7.3), for as many images, right or wrong, as would leave the mean share of an image as uncertain
    as it is; of one network it is that for N images.
    """
    return _wilson(wrong.mean(), _variance(wrong.mean(axis=0)), wrong.shape[1])


def over_both(wrong):
    """Return the 95% interval of the mean error of networks of other seeds on other images.

    Three networks or fewer leave it open: (nan, nan).
    """
    return _wilson(wrong.mean(), _crossed(wrong), wrong.shape[1]) if len(wrong) >= FEWEST else OPEN


def _crossed(values):
    """Return the variance of the mean of values (S, N) whose rows and columns are drawn, two rows or more.

    Seeds and images are crossed: it is the variance of the mean over either, less that of what is left, which both
    have in them.
    """
    seeds, each = _variance(values.mean(axis=1)), _variance(values.mean(axis=0))
    return max(seeds + each - _rest(values), each)


def _rest(values):
    (count, images), share = values.shape, values.mean()
    left = values - values.mean(axis=1)[:, None] - values.mean(axis=0) + share
    return (left**2).sum() / ((count - 1) * (images - 1)) / (count * images)


def _variance(values):
    """Return the variance of the mean of independent values."""
    return values.var(ddof=1) / len(values)


def _wilson(share, variance, images):
    if variance:
        images = share * (1 - share) / variance
    return wilson_interval(share * images, images)


def verdict(interval, most):
    """Return whether an error of at most `most` holds, fails or is undecided by an interval."""
    low, high = interval
    return "holds" if high <= most else "fails" if low > most else "undecided"


def against(wrong, other):
    """Return what one answer gets right that the other does not, the reverse, and McNemar's p-value (7.2).

    Parameters
    ----------
    wrong, other : ndarray of shape (N,), bool
    """
    return paired_test(~wrong, ~other)


def difference(wrong, other, paired=False):
    """Return the difference of two mean errors on the same images, and its 95% interval over images and seeds.

    Parameters
    ----------
    wrong, other : ndarray of shape (S, N) and (T, N), bool
        Of one network, as a committee is, other seeds are unknown; the interval then has those of the other alone.
    paired : bool
        Whether network s of either has the same seed.

    Returns
    -------
    gap, low, high : float
    """
    gap = wrong.mean() - other.mean()
    if paired and len(wrong) > 1:
        variance = _crossed(wrong.astype(float) - other)
    else:
        seeds = [max(0, _variance(one.mean(axis=1)) - _rest(one)) for one in (wrong, other) if len(one) > 1]
        variance = _variance(wrong.mean(axis=0) - other.mean(axis=0)) + sum(seeds)
    half = NORMAL_95 * variance**0.5
    return gap, gap - half, gap + half
