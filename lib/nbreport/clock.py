"""The clock of a command: what its parts took, for a line at its end."""

import itertools
import os
import time
from contextlib import contextmanager

BEFORE = "NBREPORT_BEFORE"  # what make did before, as `environment=1700000000 data=1700000010`: when each began


class Clock:
    """What parts of a command took, in seconds of wall clock, by name, in their order."""

    def __init__(self, before=None):
        began = dict(_begun(os.environ.get(BEFORE, "") if before is None else before))
        turns = itertools.pairwise([*began.values(), time.time()])
        self.parts = {name: max(0.0, end - start) for name, (start, end) in zip(began, turns, strict=True)}

    @contextmanager
    def part(self, name):
        """Time what is done inside; a part that is entered twice has the sum."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.parts[name] = self.parts.get(name, 0.0) + time.perf_counter() - start

    def in_words(self):
        """Return the sum and its parts in a line."""
        told = ", ".join(f"{name} {duration(seconds)}" for name, seconds in self.parts.items())
        return f"took {duration(sum(self.parts.values()))}: {told}"


def work(tallies, jobs, wall):
    """Return in a line what studies took of the workers, the longest first; "" if nothing was run.

    Parameters
    ----------
    tallies : dict
        Study's name to Tally.
    jobs : int
        How many workers there were.
    wall : float
        Seconds that they were there.
    """
    took = {name: tally.seconds for name, tally in tallies.items() if tally.seconds}
    if not took:
        return ""
    told = ", ".join(f"{name} {duration(took[name])}" for name in sorted(took, key=took.get, reverse=True))
    busy = min(1, sum(took.values()) / max(jobs * wall, 1e-9))
    return f"of the runs: {told}; {jobs} worker{'s' if jobs > 1 else ''} busy {busy:.0%} of the time"


def duration(seconds):
    """Return seconds in words: tenths below ten, minutes from 100 on."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    return f"{whole} s" if whole < 100 else f"{whole // 60} min {whole % 60} s"


def _begun(text):
    """Yield names and times of `BEFORE`; what is none is left out."""
    for word in text.split():
        name, _, start = word.partition("=")
        if start.isdecimal():
            yield name, float(start)
