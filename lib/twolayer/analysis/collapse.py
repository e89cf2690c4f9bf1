"""What the first updates do to the hidden units, where that ends, and what is left of the limit of the rate."""

import numpy as np
import pandas as pd

from ..curvature.spectrum import highest_rate
from ..network.layers import softmax
from .rules import frequencies

EXPERIMENT = ["input_scale", "init"]  # what takes a suspect away, by the names of its parameters


def class_shares(labels):
    """Return the share of each class: the probabilities that the biases b2 alone can learn, (5.7) without penalty.

    Parameters
    ----------
    labels : ndarray of shape (N,)
        Integers >= 0.

    Returns
    -------
    ndarray of shape (C,)
        With sum 1.
    """
    return np.bincount(labels) / len(labels)


def answers_at_rest(shares, l2):
    """Return the softmax of the biases b2 where descent on them alone stops, (5.7): by Newton's method.

    Parameters
    ----------
    shares : ndarray of shape (C,)
        Of the classes, above 0, with sum 1.
    l2 : float
        Strength of the penalty on b2, > 0.

    Returns
    -------
    ndarray of shape (C,)
        With sum 1.
    """
    b2 = np.zeros(len(shares))
    for _ in range(50):
        p = softmax(b2[None])[0]
        b2 -= np.linalg.solve(np.diag(p + l2) - np.outer(p, p), p - shares + l2 * b2)
    return softmax(b2[None])[0]


def of_updates(networks, name):
    """Return what a census measured of each of the first updates, a column each: their numbers, from 1 on."""
    found = networks.filter(regex=rf"^{name}_\d+$")
    return found.set_axis([int(column.rpartition("_")[2]) for column in found], axis=1).sort_index(axis=1)


def first_updates(networks, by=(*EXPERIMENT, "lr")):
    """Return what the first updates do to the hidden units, and how often it ends in collapse.

    Parameters
    ----------
    networks : pandas.DataFrame
        As `studies.load_census` returns it.
    by : sequence of str
        Columns that make a kind.

    Returns
    -------
    pandas.DataFrame
        Indexed by `by`: `same_way` and `cosine` of `ratchet.Watch`, means over the first updates, and the `dead`
        share after 50, all medians over the networks; and the columns of `rules.frequencies`.
    """
    means = {name: of_updates(networks, name).mean(axis=1) for name in ("same_way", "cosine")}
    found = networks[list(by)].assign(**means, dead=networks["dead_50"])
    return found.groupby(list(by)).median().join(frequencies(networks, by))


def borders(networks, by=(*EXPERIMENT, "hidden")):
    """Return between which rates collapse sets in, and the limit (5.2) at the start.

    Returns
    -------
    pandas.DataFrame
        Indexed by `by`: `works`, the highest rate at which at most half of the networks collapse, `collapses`, the
        lowest at which more do (NaN where there is none), and `limit`, a median over the seeds.
    """
    lost = networks.groupby([*by, "lr"])["collapsed"].mean().reset_index()
    more = lost["collapsed"] > 0.5
    found = {"works": lost[~more].groupby(list(by))["lr"].max(), "collapses": lost[more].groupby(list(by))["lr"].min()}
    limit = highest_rate(networks.groupby([*by, "seed"])["largest"].first()).groupby(list(by)).median()
    return pd.DataFrame({**found, "limit": limit})
