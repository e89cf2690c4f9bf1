"""How things are timed: in turn, several times, and as ratios within a repetition."""

import statistics
import time


def in_turn(functions, repetitions=5, seconds=0.2):
    """Time functions one after the other, again and again.

    What slows the machine for a while then slows all of them, and ratios within a repetition stay
    right. Every function is called often enough to fill `seconds`.

    Parameters
    ----------
    functions : dict
        Name to a function without arguments.
    repetitions : int
    seconds : float

    Returns
    -------
    dict
        Name to a list of seconds a call, one a repetition.
    """
    calls = {}
    for name, function in functions.items():
        function()  # caches and buffers get warm
        calls[name] = max(1, round(seconds / once(function)))
    times = {name: [] for name in functions}
    for _ in range(repetitions):
        for name, function in functions.items():
            start = time.perf_counter()
            for _ in range(calls[name]):
                function()
            times[name].append((time.perf_counter() - start) / calls[name])
    return times


def once(function):
    """Return the seconds of one call."""
    start = time.perf_counter()
    function()
    return max(time.perf_counter() - start, 1e-9)


def ratio(times, base):
    """Return the ratios of two lists of seconds, repetition by repetition."""
    return [a / b for a, b in zip(times, base, strict=True)]


def row(group, what, repetitions, target=None, unit="ratio", **details):
    """Return one measurement as it is stored: the median counts, every repetition is kept.

    Parameters
    ----------
    group, what : str
        The kind of measurement, and what was measured, in words.
    repetitions : list of float, or None
        None where it could not be measured; `details["why"]` then says why.
    target : float, optional
        What it must not exceed.
    unit : str
    details : dict
        Settings and the times behind a ratio.
    """
    value = None if repetitions is None else statistics.median(repetitions)
    return {
        "group": group, "what": what, "value": value, "unit": unit, "target": target,
        "repetitions": repetitions, **details,
    }  # fmt: skip
