"""A study on its way: which of its runs are fresh, which wait, and what became of them."""

import itertools
import math
from collections import Counter, deque
from dataclasses import dataclass, field
from pathlib import Path

from ..files import require_writable
from ..kernels import arithmetic
from ..kernels.failure import in_a_line
from . import digest
from .call import SAMPLE, arguments, fault, last_line, longest
from .recorded import unlike
from .seal import damage
from .store import Store


@dataclass
class Tally:
    """What a sweep did with a study: run ids by what became of them."""

    kept: list = field(default_factory=list)
    done: list = field(default_factory=list)
    failed: list = field(default_factory=list)
    seconds: float = 0.0  # that workers were busy with its runs
    within: Counter = field(default_factory=Counter)  # by name, seconds that runs say themselves to have spent
    # Why none of it was run: a study that it takes points from has failed or is left out itself, or gives no
    # points; or what its function raised by mistake.
    left_out: Exception | None = None


def provenances(points, root=".", exact=False):
    """Return what each of a study's points would be made from now, by its run id, as `digest.provenance` says it."""
    code, own, found, used, damaged = {}, {}, {}, arithmetic.in_use(), {}
    for point in points:
        notebook = point.notebook
        if notebook.path not in code:
            code[notebook.path] = digest.code_of(notebook, root, exact)
            own[notebook.path] = digest.input_files(notebook, root)
        files, broken = list(own[notebook.path]), {}
        for name in notebook.studies(point.parameters):
            store = Store(Path(point.parameters["runs"]) / name)
            files += store.listed()
            if store.folder not in damaged:
                damaged[store.folder] = dict.fromkeys(map(str, store.damaged()), "damaged")
            broken |= damaged[store.folder]
        # A whole run's `result.json` has hashes of all its files: what is made from them depends on each.
        inputs = digest.hashes(files, root) | broken
        found[point.run_id] = digest.provenance(code[notebook.path], inputs, point.parameters, point.facts, used)
    return found


def state(store, point, record):
    """Return what a point's run is, and why.

    Parameters
    ----------
    store : store.Store
    point : study.Point
    record : dict
        What the run would be made from now, as `provenances` says it.

    Returns
    -------
    state : str
        "missing"; "damaged", where its files are not those that were written; "stale"; or "fresh".
    reason : str
    """
    if not store.path(point.run_id).exists():
        return "missing", "not run"
    broken = damage(store.path(point.run_id))
    if broken:
        return "damaged", broken
    before = store.made_from(point.run_id, point.notebook.declared["files"])
    if before is None:
        return "stale", "it lacks a file that its notebook is to write"
    if before.get("digest") != record["digest"]:
        return "stale", digest.difference(before, record)
    otherwise = unlike(point.parameters, store.result(point.run_id))
    return ("stale", otherwise) if otherwise else ("fresh", "")


def own_seconds(result):
    """Return what a run says of its own time, name to seconds: the numbers in "seconds" of its result."""
    said = result.get("seconds")
    said = said if isinstance(said, dict) else {}
    return {name: value for name, value in said.items() if isinstance(value, int | float) and math.isfinite(value)}


class Part:
    """A study on its way: its points are unknown (`records` is None), or waiting, under way, and finished."""

    def __init__(self, study, needs, store):
        self.study, self.needs, self.store = study, needs, store
        self.records, self.waiting, self.under_way, self.turn = None, deque(), 0, 0
        self.tally, self.tries, self.seconds, self.usual = Tally(), Counter(), [], []

    @property
    def finished(self):
        """Whether nothing of it is to be done, or will be."""
        return bool(self.tally.left_out) or (self.records is not None and not self.waiting and not self.under_way)

    @property
    def failed(self):
        """Whether some of its runs are not there."""
        return bool(self.tally.failed or self.tally.left_out)

    def open(self, runs, force):
        """Ask the study for its points, and keep those that wait to be run; return why, in words, with counts."""
        points, reasons, kept, waiting = self.study.find(runs), Counter(), [], []
        records = provenances(points, exact=self.study.exact)
        for point in points:
            found, reason = state(self.store, point, records[point.run_id])
            if found in ("stale", "damaged"):
                reasons[f"{found}: {reason}" + (f" ({point.run_id})" if found == "damaged" else "")] += 1
            if found == "fresh" and not force:
                kept.append(point.run_id)
            else:
                waiting.append(point)
        if waiting:
            require_writable(self.store.folder)
        if self.study.listed:
            self.store.list_runs(records)
        self.tally.kept.extend(kept)
        self.waiting.extend(waiting)
        self.records = records
        known = map(self.store.took, records) if self.waiting else ()
        self.usual += itertools.islice(filter(None, known), SAMPLE)
        return reasons

    def task(self, point, limit=None):
        """Return the arguments of `worker.execute`; `limit`, if given, takes the place of the study's own."""
        return arguments(self.store, point, longest(self.usual) if limit is None else limit)

    def keep(self, point, outcome):
        """Write a finished run; return what became of it in a line. Nothing that it has left is in the others' way.

        Raises
        ------
        OSError
            If the disk does not even take a failed run's traceback.
        """
        self.seconds.append(outcome.seconds)
        self.tally.seconds += outcome.seconds
        try:
            error = outcome.error or fault(point, outcome.files)
            if error is None:
                record = self.records[point.run_id] | {"seconds": round(outcome.seconds, 2)}
                result = self.store.keep(point.run_id, outcome.files, record)
                summary = in_a_line(result.get("summary", "done"))
                self.tally.done.append(point.run_id)
                self.tally.within.update(own_seconds(result))
                self.usual.append(outcome.seconds)
                return summary
            line = outcome.line if outcome.error and outcome.line else last_line(error)
        except Exception as problem:
            error = line = f"what it has left cannot be kept ({type(problem).__name__}: {problem})"
        self.tally.failed.append(point.run_id)
        return f"FAILED: {in_a_line(line)} ({self._apart(point, outcome.files, error)})"

    def _apart(self, point, files, error):
        """Put what a failed run has left in its place, or of it its traceback alone; return where, in words."""
        try:
            return f"see {self.store.keep_failure(point.run_id, files, error)}"
        except Exception:  # it may be too large, or have names that the disk does not take
            return f"see {self.store.keep_failure(point.run_id, {}, error)}"
