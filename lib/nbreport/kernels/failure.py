"""Why a run failed: in full, in a line, and whether it was the notebook's doing."""

import re
import time
from dataclasses import dataclass

from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill.exceptions import PapermillExecutionError

LINE = 200  # letters


@dataclass(frozen=True)
class Failure:
    """What became of a run that failed."""

    text: str  # the traceback, where there is one
    line: str  # what went wrong, shortly
    again: bool = False  # the kernel's end and not the notebook's: another try may do


class Clock:
    """How long a run's cells may take, and which was begun last; nbclient calls it for each."""

    def __init__(self, limit):
        self.limit, self.cell, self.end = limit, None, None

    def __call__(self, cell):
        """Return the seconds that are left for a cell, None where there is no limit."""
        if self.cell is None and self.limit is not None:
            self.end = time.monotonic() + self.limit
        self.cell = cell
        return None if self.end is None else max(self.end - time.monotonic(), 0.01)

    @property
    def over(self):
        """Whether the time is over, give or take what clocks differ by."""
        return self.end is not None and time.monotonic() > self.end - 0.1


def why(error, clock):
    """Return the Failure that an exception from executing a notebook means.

    Parameters
    ----------
    error : Exception
    clock : Clock
        Of this run.
    """
    if isinstance(error, PapermillExecutionError):
        text = re.sub(r"\x1b\[[0-9;]*m", "", str(error))
        return Failure(text, _in_the_notebook(error, text))
    if isinstance(error, CellTimeoutError) and clock.over:
        return _plain(f"{_named(clock.cell)} had not ended after {clock.limit:g} s, which is the run's TIMEOUT")
    if isinstance(error, DeadKernelError):
        return _plain(f"the kernel died in {_named(clock.cell)}", again=True)
    # No kernel could be had, or it is silent; others (a RecursionError is a RuntimeError) are of what the notebook did.
    return _plain(f"{type(error).__name__}: {error}", again=type(error) in (RuntimeError, CellTimeoutError))


def _plain(text, again=False):
    return Failure(text, in_a_line(text), again)


def _in_the_notebook(error, text):
    """Return the exception and the first line of its message that has words, else the line of code that raised it."""
    words = with_words(error.evalue)
    if words:
        return in_a_line(f"{error.ename}: {words}")
    code = re.findall(r"^-+> *\d+ (.*\S)", text, flags=re.MULTILINE)
    return in_a_line(f"{error.ename}: {code[-1].strip()}" if code else str(error.ename))


def _named(cell):
    """Return a phrase for a cell: its id and its first line."""
    if cell is None:
        return "its start"
    return f"cell {cell.get('id', '?')} ({in_a_line(with_words(cell.source), 60)})"


def with_words(text):
    """Return the first line of a text that has a letter or a digit; "" if none has."""
    return next((line.strip() for line in str(text).splitlines() if re.search(r"[^\W_]", line)), "")


def in_a_line(text, longest=LINE):
    """Return a text as one line that any terminal can print, shortened where it is longer."""
    line = "".join(letter if letter.isprintable() else " " for letter in str(text)).strip()
    return line if len(line) <= longest else line[: longest - 1] + "…"
