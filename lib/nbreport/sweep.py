"""The driver: runs the missing and stale points of a study over worker processes."""

import contextlib
import multiprocessing
import os
import signal
import sys
import tempfile
import threading
import time
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field

import nbformat
from tqdm import tqdm

from . import worker
from .digest import provenance
from .store import Store

RETRIES = 2  # of a run whose worker process died: killed, or out of memory


@dataclass
class Report:
    """What a sweep did: run ids by what became of them."""

    kept: list = field(default_factory=list)
    done: list = field(default_factory=list)
    failed: list = field(default_factory=list)


@contextlib.contextmanager
def process_pool(jobs):
    """Yield an executor of `jobs` long-lived processes, each with one BLAS thread.

    The processes end when this one does, however it ends.
    """
    os.environ.update(worker.ENVIRONMENT)
    context = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory(prefix="nb-", ignore_cleanup_errors=True) as scratch:
        start = (os.getpid(), scratch)
        executor = ProcessPoolExecutor(jobs, mp_context=context, initializer=worker.start, initargs=start)
        try:
            yield executor
            executor.shutdown()
        except BaseException:
            executor.shutdown(wait=False, cancel_futures=True)
            for process in multiprocessing.active_children():
                process.kill()
            raise


def end_with_parent():
    """Stop this process when make, which started it, is killed: it would go on unseen.

    Elsewhere (a shell that was left, nohup) the parent's end means nothing.
    """
    parent = os.getppid()
    if "MAKELEVEL" not in os.environ or parent == 1:
        return

    def watch():
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def run_study(study, runs, jobs=1, force=False, pool=process_pool, say=print):
    """Run what is missing or stale of a study.

    Parameters
    ----------
    study : study.Study
    runs : Path
        Its folder is `runs / study.name`.
    jobs : int
        Worker processes.
    force : bool
        True runs everything again.
    pool : callable
        Takes `jobs` and returns a context manager whose value is a `concurrent.futures.Executor`.
    say : callable
        Told a line a finished run.

    Returns
    -------
    Report

    Raises
    ------
    InputError
        If another process is at work on the same study.
    """
    store = Store(runs / study.name)
    with store.locked():
        records = {point.run_id: provenance(point.notebook, point.parameters, point.facts) for point in study.points}
        report, waiting = Report(), []
        for point in study.points:
            digest, files = records[point.run_id]["digest"], point.notebook.declared["files"]
            fresh = not force and store.is_fresh(point.run_id, digest, files)
            (report.kept if fresh else waiting).append(point.run_id if fresh else point)
        if report.kept:
            say(f"{study.name}: {len(report.kept)} of {len(study.points)} are there and up to date")
        work = _Work(study.name, store, records, report, len(waiting), say)
        with work.bar:
            attempts = 0
            while waiting and attempts <= RETRIES:
                waiting = work.drain(waiting, jobs, pool)
                attempts += 1
            for point in waiting:
                work.finish(point, worker.Outcome({}, "the worker process died, again and again", 0.0))
    return report


class _Work:
    """The runs of one sweep on their way through the workers."""

    def __init__(self, name, store, records, report, total, say):
        self.store, self.records, self.report = store, records, report
        self.total, self.say, self.count, self.started = total, say, 0, time.monotonic()
        visible = total > 1 and sys.stderr.isatty()
        self.bar = tqdm(total=total, desc=name, unit="run", disable=not visible, dynamic_ncols=True)

    def drain(self, points, jobs, pool):
        """Run `points`; return those whose worker process died under them."""
        with pool(jobs) as executor:
            pending = {executor.submit(worker.execute, *self.task(point)): point for point in points}
            try:
                while pending:
                    finished, _ = wait(pending, return_when=FIRST_COMPLETED)
                    for future in finished:
                        outcome = future.result()
                        self.finish(pending.pop(future), outcome)
            except BrokenProcessPool:
                return list(pending.values())
        return []

    def task(self, point):
        """Return the arguments of `worker.execute`."""
        source = nbformat.writes(point.notebook.content)
        return source, point.parameters, str(self.store.path(point.run_id)), point.notebook.declared["files"]

    def finish(self, point, outcome):
        """Write a finished run and say so in a line."""
        self.count += 1
        if outcome.error is None:
            record = self.records[point.run_id] | {"seconds": round(outcome.seconds, 2)}
            summary = self.store.keep(point.run_id, outcome.files, record).get("summary", "done")
            self.report.done.append(point.run_id)
        else:
            folder = self.store.keep_failure(point.run_id, outcome.files, outcome.error)
            last = outcome.error.strip().splitlines()[-1]
            summary = f"FAILED: {last} (see {folder})"
            self.report.failed.append(point.run_id)
        self.bar.update()
        line = f"[{self.count}/{self.total}] {point.run_id}: {summary} ({outcome.seconds:.1f} s{self.left()})"
        with tqdm.external_write_mode(file=sys.stdout, nolock=False):
            self.say(line)

    def left(self):
        """Return the time that the remaining runs will take, in words."""
        remaining = self.total - self.count
        if not remaining or sys.stderr.isatty():
            return ""
        seconds = (time.monotonic() - self.started) / self.count * remaining
        return f", about {seconds / 60:.0f} min left" if seconds > 90 else f", about {seconds:.0f} s left"


def interruptible(function):
    """Call `function`; on Ctrl-C or SIGTERM say what happens next and end at once, workers too."""

    def interrupt(*_):
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, interrupt)
    try:
        return function()
    except KeyboardInterrupt:
        print("\ninterrupted: finished runs are kept; the same command runs what is missing", file=sys.stderr)
        sys.stderr.flush()
        os._exit(130)  # at once: sys.exit would wait for the pool's threads
