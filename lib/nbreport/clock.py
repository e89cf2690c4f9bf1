"""The clock of a command: what its parts took, for lines at its end."""

import itertools
import re
import time
from collections import Counter
from contextlib import contextmanager


class Clock:
    """What parts of a command take, in seconds of wall clock.

    Parameters
    ----------
    before : str
        What was done before this process, as `environment=1700000000 data=1700000010`: when each part began, in
        seconds since 1970. The last of them goes on until now. Other words are skipped.
    tick, now : callable
        The time in seconds, from any beginning and since 1970.
    """

    def __init__(self, before="", tick=time.perf_counter, now=time.time):
        self.tick, self.start = tick, tick()
        began = {name: int(start) for name, start in re.findall(r"(?:^|\s)(\w+)=(\d{1,12})(?!\S)", before)}
        turns = itertools.pairwise([*began.values(), now()])
        self.parts = {name: max(0.0, end - start) for name, (start, end) in zip(began, turns, strict=True)}
        self.earlier = sum(self.parts.values())

    @contextmanager
    def part(self, name):
        """Time what is done inside; a part that is entered twice has the sum."""
        start = self.tick()
        try:
            yield
        finally:
            self.parts[name] = self.parts.get(name, 0.0) + self.tick() - start

    def whole(self):
        """Return the seconds that all has taken until now."""
        return self.earlier + self.tick() - self.start

    def in_words(self):
        """Return what all took, by its parts; what is in none of them is "other"."""
        whole = self.whole()
        other = whole - sum(self.parts.values())
        shown = self.parts | ({"other": other} if other >= 0.95 else {})
        return f"took {duration(whole)}: " + ", ".join(f"{name} {duration(part)}" for name, part in shown.items())


def work(tallies):
    """Return in a line how long workers were busy with each study's runs, the longest first; "" if nothing was run.

    Parameters
    ----------
    tallies : dict
        Study's name to Tally.
    """
    took = {name: tally.seconds for name, tally in tallies.items() if tally.seconds}
    told = ", ".join(f"{name} {duration(took[name])}" for name in sorted(took, key=took.get, reverse=True))
    return f"workers were busy with runs of {told}" if told else ""


def spent(tallies, whole, jobs):
    """Return in a line what runs say of their own time, as shares of all that there was; "" if they say nothing.

    Parameters
    ----------
    tallies : dict
        Study's name to Tally.
    whole : float
        Seconds that everything took.
    jobs : int
        Workers that could have been busy all the time.
    """
    within = sum((one.within for one in tallies.values()), Counter())
    shares = (f"{name.replace('_', ' ')} {part / (jobs * whole):.0%}" for name, part in within.most_common())
    workers = "a worker's" if jobs == 1 else f"{jobs} workers'"
    return f"of {workers} {duration(jobs * whole)}: {', '.join(shares)}" if within else ""


def duration(seconds):
    """Return seconds in words: tenths below ten, minutes from 100 s on, hours from 100 minutes on."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 100:
        return f"{whole} s"
    return f"{whole // 60} min {whole % 60} s" if whole < 6000 else f"{whole // 3600} h {whole % 3600 // 60} min"
