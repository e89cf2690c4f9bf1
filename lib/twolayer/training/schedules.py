"""Learning-rate schedules: the rate of update t out of T, for t = 0 .. T - 1."""

import math

import numpy as np


def constant(lr, t, updates, config=None):
    """The same rate always."""
    return lr


def step(lr, t, updates, config):
    """Step decay, equation (2.18): times `step_factor` after each `step_every` of the run."""
    return lr * config.step_factor ** int(t / (config.step_every * updates))


def cosine(lr, t, updates, config):
    """Linear warm-up, then half a cosine down to 0, equation (2.19); Loshchilov and Hutter 2017."""
    warm = round(config.warmup * updates)
    if t < warm:
        return lr * (t + 1) / warm
    return lr * 0.5 * (1 + math.cos(math.pi * (t - warm) / (updates - warm)))


SCHEDULES = {"constant": constant, "step": step, "cosine": cosine}


def learning_rates(config, updates):
    """Return the rate of every update of a run, shape (updates,)."""
    return np.array([SCHEDULES[config.schedule](config.lr, t, updates, config) for t in range(updates)])
