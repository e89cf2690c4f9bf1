"""Inputs tried in this process, each bounded in time and memory: what a door does with them is counted, not raised."""

import faulthandler
import resource
import signal
import traceback
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings

from .doors import DECLARED, WrongAcceptance

SECONDS = 5  # of the processor's time, for one input
PATIENCE = 60  # seconds by the clock, after which the process ends: what holds it hears no signal
ROOM = 1 << 30  # bytes that one input may need beside what the process has
GROWN = 700 << 20  # bytes after which what it has taken is too much


class TooLong(BaseException):
    """An input takes more than its time; no door may take it for a damaged file."""


@dataclass
class Outcome:
    """What became of the inputs: accepted, declared and undeclared, and of the last the smallest of each kind."""

    counts: Counter = field(default_factory=Counter)
    kept: dict = field(default_factory=dict)  # kind to (bytes, traceback)

    def add(self, kind, content, said):
        """Count an input that did what none may do."""
        self.counts["undeclared"] += 1
        self.counts[kind] += 1
        if kind not in self.kept or len(content) < len(self.kept[kind][0]):
            self.kept[kind] = content, said


def bounded():
    """Bound this process's memory, and let signals end what takes too long."""
    pages = int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[0]) if Path("/proc").exists() else 0
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if pages:
        limit = pages * resource.getpagesize() + ROOM
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    signal.signal(signal.SIGPROF, _end)


def _end(*_):
    raise TooLong(f"more than {SECONDS} s")


def attempt(door, path, content, outcome):
    """Let one input in at a door, and add to the outcome what it did."""
    path.write_bytes(content)
    before = _largest()
    try:
        faulthandler.dump_traceback_later(PATIENCE, exit=True, file=2)
        signal.setitimer(signal.ITIMER_PROF, SECONDS)
        try:
            door.enter(path)
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
            faulthandler.cancel_dump_traceback_later()
        outcome.counts["accepted"] += 1
    except DECLARED as error:
        outcome.counts["declared"] += 1
        if _for_want_of_memory(error):
            outcome.add("MemoryError, declared", content, traceback.format_exc())
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # a panic of Rust is no Exception
        outcome.add(_kind(error), content, traceback.format_exc())
    if _largest() - before > GROWN:
        outcome.add("too much memory", content, f"{(_largest() - before) >> 20} MiB")


def many(door, path, count, number):
    """Try `count` inputs that Hypothesis makes from a seed; return the Outcome."""
    outcome = Outcome()
    bounds = settings(
        max_examples=count,
        database=None,
        deadline=None,
        derandomize=False,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    seed(number)(bounds(test(door, path, outcome)))()
    return outcome


def test(door, path, outcome):
    """Return Hypothesis's test of a door, which adds to the outcome what each input did, and never fails."""

    @given(door.inputs())
    def each(content):
        attempt(door, path, content, outcome)

    return each


def _largest():
    """Return the most memory that the process has had, in bytes; what it was asked to give back counts, too."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _for_want_of_memory(error):
    while error is not None:
        if isinstance(error, MemoryError):
            return True
        error = error.__cause__ or error.__context__
    return False


def _kind(error):
    """Return what undeclared errors of one cause have in common: their class, and where in our code it came out."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "/lib/" in frame.filename]
    own = [frame for frame in frames if "site-packages" not in frame.filename and "/python3" not in frame.filename]
    where = f" at {Path(own[-1].filename).name}:{own[-1].lineno}" if own else ""
    told = isinstance(error, WrongAcceptance) and not any(letter.isdigit() for letter in str(error))
    return f"{type(error).__name__}{f' ({error})' if told else ''}{where}"
