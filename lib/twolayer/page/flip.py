"""The smallest change of an image that makes a network answer otherwise.

As long as the same hidden units are on, logits are linear in the pixels, and the nearest image with another answer is a
projection. The page does the same in a script; here it is in NumPy, to test it against.
"""

from dataclasses import dataclass

import numpy as np

STEPS = 15  # linearisations for a class, at most
BEYOND = 1e-3  # how much farther than to where the linear logits are equal a step goes, as a share
OVER = 1e-6  # how much farther than to where the answer changes the change that is returned goes, as a share
PAPER, INK = 0.0, 255.0  # no pixel leaves these


@dataclass(frozen=True)
class Flip:
    """A change (D,) of an image, in levels of grey, the class `was` before and the class `label` with it."""

    change: np.ndarray
    was: int
    label: int

    @property
    def length(self):
        """The change's Euclidean length, in levels of grey."""
        return float(np.linalg.norm(self.change))


def folded(net, scaling):
    """Return W1 (D, H), b1 (H,), W2 (H, C) and b2 (C,) of a network that takes pixels as they are."""
    W1, b1, W2, b2 = (net.params[name].astype(np.float64) for name in ("W1", "b1", "W2", "b2"))
    W1 = W1 * scaling.factor
    return W1, b1 - np.broadcast_to(scaling.shift, len(W1)) @ W1, W2, b2


def smallest(parameters, image):
    """Return the smallest change of an image that is found to flip the answer, or None.

    For each other class k the logits are linearised at the image, which gives the shortest change with which k reaches
    the answer while no pixel leaves 0 to 255 (`nearest`); then at the image so changed, and so on, as DeepFool does
    (Moosavi-Dezfooli et al. 2016, who do not keep the pixels in their range). The slopes are averaged, as those on both
    sides of where a unit turns off would alternate. Each change is shortened to where the answer first changes on its
    way, and the shortest is returned: an upper bound, as a search that goes elsewhere may find a shorter one.

    Parameters
    ----------
    parameters : tuple of ndarray
        As `folded` returns them.
    image : ndarray of shape (D,)
        In [0, 255].

    Returns
    -------
    Flip or None
        The answer is `label` with the change, and `was` with less than 0.999999 of it.
    """
    x, best = np.asarray(image, np.float64), None
    was = int(forward(parameters, x)[1].argmax())
    for label in range(len(parameters[3])):
        for change in _towards(parameters, x, was, label) if label != was else ():
            share, reached = crossing(parameters, x, change, was)
            share *= 1 + OVER
            if share <= 1 and (best is None or share * np.linalg.norm(change) < best.length):
                best = Flip(share * change, was, reached)
    return best


def forward(parameters, x):
    """Return Z1 (H,) and Z2 (C,) of an image (D,)."""
    W1, b1, W2, b2 = parameters
    Z1 = x @ W1 + b1
    return Z1, np.maximum(Z1, 0) @ W2 + b2


def _towards(parameters, x, was, label):
    """Yield one change after the other, each by the linearisation at the image with the one before."""
    W1, _, W2, _ = parameters
    change, slope = np.zeros_like(x), 0.0
    for step in range(STEPS):
        Z1, logits = forward(parameters, x + change)
        here = W1 @ ((Z1 > 0) * (W2[:, label] - W2[:, was]))
        slope = slope + 2 / (step + 2) * (here - slope)
        need = logits[was] - logits[label] + slope @ change
        change = nearest(x, slope, (1 + BEYOND) * need)
        if change is None:
            return
        yield change


def nearest(x, slope, need):
    """Return the shortest change d of `x` with slope . d = need and no pixel of x + d outside [0, 255], or None.

    It is t slope, each pixel's part cut off where the pixel comes to its end, for the t that gives what is needed.
    """
    if need <= 0:
        return np.zeros_like(x)
    steep = np.abs(slope)
    moving = np.flatnonzero(steep)
    ends = (np.where(slope > 0, INK - x, x - PAPER)[moving]) / steep[moving]
    order = np.argsort(ends, kind="stable")
    ends, squares = ends[order], steep[moving[order]] ** 2
    left = squares[::-1].cumsum()[::-1]  # of the pixels that are still on their way
    gained = (left * np.diff(ends, prepend=0)).cumsum()  # when t is where a pixel ends
    place = int(np.searchsorted(gained, need))
    if place == len(gained):
        return None
    t = ends[place] - (gained[place] - need) / left[place]
    return np.clip(t * slope, PAPER - x, INK - x)


def crossing(parameters, x, change, was):
    """Return at which share of a change, at most 1, the answer first is another, and which; (inf, was) if it never is.

    On the way from x to x + change logits are linear between the places where a hidden unit turns on or off.
    """
    W1, b1, W2, b2 = parameters
    start, pace = x @ W1 + b1, change @ W1
    turns = -start[pace != 0] / pace[pace != 0]
    edges = np.concatenate([[0.0], np.sort(turns[(turns > 0) & (turns < 1)]), [1.0]])
    logits = np.maximum(start + edges[:, None] * pace, 0) @ W2 + b2  # (edges, C)
    ahead = logits[:, [was]] - logits
    behind = (ahead[1:] < 0).any(axis=1)
    if not behind.any():
        return np.inf, was
    at = int(behind.argmax())
    falling = np.flatnonzero(ahead[at + 1] < 0)
    shares = ahead[at, falling] / (ahead[at, falling] - ahead[at + 1, falling])
    share = edges[at] + shares.min() * (edges[at + 1] - edges[at])
    return float(share), int(falling[shares.argmin()])
