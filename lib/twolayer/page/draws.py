"""Pseudo-random numbers that Python and the page's script draw alike, bit for bit as far as integers go."""

import numpy as np

STEP, STREAMS = 0x6D2B79F5, 4
WORD = 0xFFFFFFFF  # 32 bits


def mixed(states):
    """Return mulberry32's answer to states of its counter: 32 bits in which every bit of the state has a say.

    Parameters
    ----------
    states : ndarray of uint64
        Below 2**32.

    Returns
    -------
    ndarray of uint64
        Below 2**32.
    """
    t = (states ^ (states >> 15)) * (states | 1) & WORD
    t = t ^ (t + ((t ^ (t >> 7)) * (t | 61) & WORD) & WORD)
    return t ^ (t >> 14)


class Draws:
    """A stream of draws: mulberry32 (a counter in steps of `STEP`, mixed), made normal by Box and Muller (1958).

    It takes the place of a `numpy.random.Generator` where only `standard_normal` is asked for, as in
    `network.initialization`. In the page it is the class of the same name in `report/template/lab-arithmetic.js`.

    Parameters
    ----------
    seed : int
        0 <= seed < 2**30.
    stream : int
        Which of the 4 streams of that seed: they have nothing in common.
    """

    def __init__(self, seed, stream):
        self.state = int(mixed(np.array([STREAMS * seed + stream], np.uint64))[0])

    def words(self, count):
        """Return the next `count` integers, 0 <= w < 2**32, as uint64."""
        steps = np.arange(1, count + 1, dtype=np.uint64)
        states = (self.state + STEP * steps) & WORD
        self.state = (self.state + STEP * count) & WORD
        return mixed(states)

    def integers(self, count, below):
        """Return `count` integers from 0 to `below` - 1, with replacement; `below` is far less than 2**32."""
        return (self.words(count) * np.uint64(below) >> 32).astype(np.int64)

    def permutation(self, count):
        """Return 0 to `count` - 1 in an order drawn by Fisher and Yates' method, from the last place to the second."""
        order = np.arange(count)
        for place, word in zip(range(count - 1, 0, -1), self.words(max(0, count - 1)).tolist(), strict=True):
            other = word * (place + 1) >> 32
            order[[place, other]] = order[[other, place]]
        return order

    def standard_normal(self, shape):
        """Return an array of that shape, float64, of draws from N(0, 1); two words make a pair, an odd one is left."""
        count = int(np.prod(shape))
        first, second = self.words(count + count % 2).reshape(-1, 2).T / 2**32
        radius, angle = np.sqrt(-2 * np.log(1 - first)), 2 * np.pi * second
        pairs = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
        return pairs.ravel()[:count].reshape(shape)
