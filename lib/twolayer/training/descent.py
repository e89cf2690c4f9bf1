"""Descent with decay and momentum on one vector of parameters, in few passes over memory: (C.1) and (C.2)."""

import math

import numpy as np

PART = 2**17  # parameters at a time, which stay in the cache; half a megabyte of 32-bit numbers
SHRINK, LONGEST = 1e-17, 100  # by how much a velocity may shrink until it is looked at, and updates until then


class Descent:
    """Moves parameters by (C.1), or with momentum by (C.2), any part of them at a time.

    Parameters
    ----------
    theta : ndarray of shape (M,)
        All parameters, changed in place.
    momentum : float
        0 <= momentum < 1.

    Attributes
    ----------
    gradient : ndarray of shape (M,)
        Learning rate times gradient of the loss without penalty: to be filled before a part is moved.
    velocity : ndarray of shape (M,), or None
        Delta of (C.2), its last line left to the next update; None without momentum.
    share, factor : float
        Xi and rho of (C.2).
    """

    def __init__(self, theta, momentum=0.0):
        self.theta, self.momentum = theta, momentum
        self.gradient = np.empty_like(theta)
        self.velocity = np.zeros_like(theta) if momentum else None
        self.share, self.factor, self.updates = 0.0, 1.0, 0
        enough = int(math.log(SHRINK) / math.log(momentum)) if momentum else LONGEST
        self.interval = max(1, min(LONGEST, enough))

    def begin(self, decay):
        """Begin an update by (C.1) or (C.2) whose penalty is `decay`, learning rate times l2, where there is one."""
        self.updates += 1
        if self.velocity is None:
            self.rule = 0.0, 0.0, 1 - decay
            return
        if self.updates % self.interval == 0:
            self._round_to_zero()
        carry, pull = self.momentum / self.factor, self.momentum * self.share - decay
        whole = pull < -0.5  # rho below 1/2, under a strong decay: 1 / rho would blow up rounding errors
        self.factor, self.share = (1.0, 0.0) if whole else (1 + pull, pull / (1 + pull))
        self.rule = carry, pull if whole else 0.0, self.factor

    def move(self, begin, end, still=False, exempt=False):
        """Move the parameters from `begin` to `end`.

        Parameters
        ----------
        begin, end : int
        still : bool
            Their gradient is 0, whatever `gradient` holds.
        exempt : bool
            They have no penalty.
        """
        rule = (self.momentum, 0.0, 1.0) if exempt else self.rule
        for low in range(begin, end, PART):
            part = slice(low, min(low + PART, end))
            gradient = None if still else self.gradient[part]
            if self.velocity is None:
                plain(self.theta[part], gradient, rule)
            else:
                with_momentum(self.theta[part], self.velocity[part], gradient, rule)

    def _round_to_zero(self):
        """Set velocities to 0 that would soon be too small for full precision, on which processors are slow.

        Those of pixels that are no longer used, and of units that are off, shrink at every update and would
        never come to 0: nine tenths of the smallest number above 0 are, rounded, that number.
        """
        least = np.finfo(self.velocity.dtype).tiny / SHRINK
        self.velocity[np.abs(self.velocity) < least] = 0.0


def plain(theta, gradient, rule):
    """Move parameters by (C.1), in place; no gradient means that it is 0."""
    *_, keep = rule
    if keep != 1:
        theta *= keep
    if gradient is not None:
        theta -= gradient


def with_momentum(theta, velocity, gradient, rule):
    """Move parameters by (C.2), in place: mu / rho of before, what of theta is added to delta, and rho."""
    carry, pull, keep = rule
    velocity *= carry
    if gradient is not None:
        velocity -= gradient
    if pull:
        velocity += pull * theta
    if keep != 1:
        theta *= keep
    theta += velocity
