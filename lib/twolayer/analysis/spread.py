"""How far an error found with some seeds on some images may be off: other seeds, other images, or both.

`wrong` is always of shape (S, N), bool: whether each of S networks, of other seeds, is wrong about each of N images.
"""

import numpy as np

from .samples import Sample
from .statistics import NORMAL_95, paired_test, wilson_interval


def over_seeds(wrong):
    """Return the 95% interval of the mean error of networks of other seeds on these images, by Student's distribution.

    Three networks or fewer leave it open: (nan, nan).
    """
    sample = Sample((wrong.mean(axis=1),))
    return sample.interval() if sample.suffices else (np.nan, np.nan)


def over_images(wrong):
    """Return the 95% interval of the mean error of these networks on other images like these.

    Wilson's interval (7.3), for as many images, right or wrong, as would leave the mean share of an image as uncertain
    as it is; of one network it is that for N images.
    """
    return _wilson(wrong.mean(), _variance(wrong.mean(axis=0)))


def over_both(wrong):
    """Return the 95% interval of the mean error of networks of other seeds on other images.

    Seeds and images are crossed: the variance of the mean is that of either, less that of what is left, which both
    have in them.
    """
    share, (count, images) = wrong.mean(), wrong.shape
    if count < 2:
        return over_images(wrong)
    seeds, each = wrong.mean(axis=1), wrong.mean(axis=0)
    rest = wrong - seeds[:, None] - each + share
    left = (rest**2).sum() / ((count - 1) * (images - 1)) / (count * images)
    return _wilson(share, max(_variance(seeds) + _variance(each) - left, _variance(each)))


def _variance(values):
    """Return the variance of the mean of independent values."""
    return values.var(ddof=1) / len(values)


def _wilson(share, variance):
    if variance == 0:
        return float(share), float(share)
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


def difference(wrong, other):
    """Return the difference of two mean errors on the same images, and its 95% interval over seeds and images.

    Parameters
    ----------
    wrong, other : ndarray of shape (S, N) and (T, N), bool
    """
    gap = wrong.mean() - other.mean()
    each = wrong.mean(axis=0) - other.mean(axis=0)
    spread = _variance(each) + sum(_variance(one.mean(axis=1)) for one in (wrong, other) if len(one) > 1)
    half = NORMAL_95 * spread**0.5
    return gap, gap - half, gap + half
