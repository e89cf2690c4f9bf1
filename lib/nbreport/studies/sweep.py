"""The driver: runs the missing and stale points of studies over worker processes."""

import contextlib
import sys
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, wait
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter

from tqdm import tqdm

from .. import InputError, files
from ..kernels import worker
from . import remaining
from .part import Part
from .store import Store

RETRIES = 2  # of a run whose worker process or kernel died: killed, or out of memory


def run_studies(studies, runs, workers, force=False, say=print, limit=None):
    """Run what is missing or stale of studies, all of them at once.

    Runs of the first study come first. A study that takes points from others waits for these, and
    runs of later studies go on meanwhile.

    Parameters
    ----------
    studies : sequence of study.Study
    runs : Path
        A study's folder is `runs / study.name`.
    workers : pool.Workers or cluster.Cluster
    force : bool
        True runs everything again.
    say : callable
        Told a line a finished run, and what is kept or left out.
    limit : float, optional
        Seconds that the cells of a run may take, 0 for any number; without it ten times what its study's runs
        usually take, and five minutes at least.

    Returns
    -------
    dict
        Name of a study to Tally.

    Raises
    ------
    InputError
        Before anything runs: if two studies have one name, if they need each other in a circle, or if
        another process is at work on one of them.
    """
    parts = _parts(studies, runs)
    with contextlib.ExitStack() as held:
        for part in parts:
            for run_id in [None] if part.study.listed else [point.run_id for point in part.study.find(runs)]:
                held.enter_context(part.store.locked(run_id))
        sweep = _Sweep(parts, runs, workers, force, say, limit)
        with sweep.bar:
            sweep.run()
    return {part.study.name: part.tally for part in parts}


def run_study(study, runs, workers, force=False, say=print, limit=None):
    """Run what is missing or stale of one study; return its Tally. Arguments as for `run_studies`.

    Raises
    ------
    InputError
        As `run_studies`, and if the study itself is left out, unless that is a mistake, which is raised.
    """
    tally = run_studies([study], runs, workers, force, say, limit)[study.name]
    if tally.left_out:
        raise tally.left_out
    return tally


def _parts(studies, runs):
    """Return a Part for each study, in their order."""
    names = [study.name for study in studies]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise InputError(f"there are two studies of the name {twice}: one of them must go, or be called otherwise")
    parts = {study.name: Part(study, study.needs & set(names), Store(runs / study.name)) for study in studies}
    try:
        for place, name in enumerate(TopologicalSorter({name: parts[name].needs for name in names}).static_order()):
            parts[name].turn = place
    except CycleError as error:
        raise InputError(f"studies that take points from each other in a circle: {', '.join(error.args[1])}") from error
    return list(parts.values())


class _Sweep:
    """The parts of a sweep, and the runs that are under way."""

    def __init__(self, parts, runs, workers, force, say, limit):
        self.parts, self.runs, self.workers, self.force, self.say = parts, runs, workers, force, say
        self.limit = limit
        self.under_way, self.count, self.total = {}, 0, 0
        options = {"desc": "runs", "unit": "run", "dynamic_ncols": True, "leave": False}
        self.bar = tqdm(total=0, disable=not sys.stderr.isatty(), **options)

    def run(self):
        """Go on until nothing waits."""
        self.open()
        if remaining.foreseen(self.parts):
            self.tell(f"{self.total} runs to do{self.left()}")
        self.submit()
        while self.under_way:
            finished, _ = wait(self.under_way, return_when=FIRST_COMPLETED)
            for future in finished:
                part, point = self.under_way.pop(future)
                self.submit()  # the workers go on while files are written
                self.finish(part, point, self.outcome(part, point, future))
            self.open()
            self.submit()

    def open(self):
        """Open the parts whose time has come; leave out those that need one that has failed."""
        by_name = {part.study.name: part for part in self.parts}
        for part in sorted(self.parts, key=lambda part: part.turn):
            needed = [by_name[name] for name in part.needs]
            if part.records is not None or part.finished or not all(other.finished for other in needed):
                continue
            lost = [other.study.name for other in needed if other.failed]
            try:
                if lost:
                    raise InputError(f"it takes points from {', '.join(lost)}, of which runs have failed")
                reasons = part.open(self.runs, self.force)
            except Exception as error:  # the other studies go on
                part.tally.left_out = error
                mistake = "" if isinstance(error, InputError | OSError) else f"{type(error).__name__}: "
                reason = files.in_words(error) if isinstance(error, OSError) else error
                self.tell(f"{part.study.name}: left out: {mistake}{reason}")
                continue
            if part.tally.kept:
                self.tell(f"{part.study.name}: {len(part.tally.kept)} of {len(part.records)} are there and up to date")
            for reason, count in reasons.most_common():
                self.tell(f"{part.study.name}: {count} of {len(part.records)} are {reason}")
            self.total += len(part.waiting)
            self.bar.total = self.total
            self.bar.refresh()

    def tell(self, line):
        """Say a line, above the bar where there is one."""
        with tqdm.external_write_mode(file=sys.stdout, nolock=False):
            self.say(line)

    def submit(self):
        """Give the workers what they can take, earlier studies first."""
        for part in self.parts:
            while part.waiting and len(self.under_way) < self.workers.jobs + self.workers.ahead and not self.alone():
                last_chance = part.tries[part.waiting[0].run_id] == RETRIES
                if last_chance and self.under_way:
                    break
                point = part.waiting.popleft()
                self.under_way[self.workers.submit(worker.execute, *part.task(point, self.limit))] = (part, point)
                part.under_way += 1

    def alone(self):
        """Whether a run has its last chance: without others, which would die with its worker."""
        return any(part.tries[point.run_id] == RETRIES for part, point in self.under_way.values())

    def outcome(self, part, point, future):
        """Return a run's outcome, or None where its worker or its kernel died and it is to be run again."""
        try:
            found = future.result()
        except BrokenExecutor:
            found = worker.Outcome({}, "the worker process died", 0.0, again=True)
        except InputError:  # of a cluster: there is nobody who could run anything
            raise
        except Exception as error:  # what came back cannot be read
            return worker.Outcome({}, f"{type(error).__name__}: {error}", 0.0)
        if not found.again:
            return found
        part.tries[point.run_id] += 1
        if part.tries[point.run_id] > RETRIES:
            return replace(found, error=f"{found.error}, again and again", line=None)
        part.waiting.append(point)  # at the end: it may be a neighbour's fault
        return None

    def finish(self, part, point, outcome):
        """Write a run that has an outcome, and say so in a line."""
        part.under_way -= 1
        if outcome is None:
            return
        self.count += 1
        summary = part.keep(point, outcome)
        self.bar.update()
        name = f"{part.study.name}/{point.run_id}"
        line = f"[{self.count}/{self.total}] {name}: {summary} ({outcome.seconds:.1f} s{self.left()})"
        self.tell(line)

    def left(self):
        """Return the time that the runs known to be missing will take, in words."""
        if self.count == self.total or sys.stderr.isatty():
            return ""
        seconds = remaining.seconds(self.parts) / self.workers.jobs
        return f", about {seconds / 60:.0f} min left" if seconds > 90 else f", about {seconds:.0f} s left"
