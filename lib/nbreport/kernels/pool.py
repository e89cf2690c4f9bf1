"""Worker processes: started when the first run needs one, all of them anew when one has died."""

import contextlib
import multiprocessing
import os
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from multiprocessing import resource_tracker

import psutil

from . import scratch, worker
from .lifetime import end_descendants, spared


@contextlib.contextmanager
def process_pool(jobs):
    """Yield an executor of `jobs` long-lived processes, each with one BLAS thread.

    The processes end when this one does, however it ends.
    """
    context = multiprocessing.get_context("spawn")
    start_tracker()  # else it is started between `spared` and the first worker, and undoes that
    with scratch.folder() as place:
        prepare = {"initializer": worker.prepare_process, "initargs": (os.getpid(), place)}
        executor = ProcessPoolExecutor(jobs, mp_context=context, **prepare)
        try:
            yield executor
            executor.shutdown()
        except BaseException:
            executor.shutdown(wait=False, cancel_futures=True)
            for process in multiprocessing.active_children():
                with contextlib.suppress(psutil.Error):  # it would go on with the run that waits for it
                    psutil.Process(process.pid).suspend()
                end_descendants(process.pid)  # first: nobody would know them afterwards
                process.kill()
                process.join()
            raise


def start_tracker():
    """Start Python's tracker of semaphores, which removes those of a killed process, without its words about that."""
    said, nothing = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nothing, 2)
        resource_tracker.ensure_running()
    finally:
        os.dup2(said, 2)
        os.close(said)
        os.close(nothing)


class Workers:
    """An executor that outlives its processes; a context manager, at whose end they end.

    Parameters
    ----------
    jobs : int
        How many runs may be under way at once.
    pool : callable
        Takes `jobs` and returns a context manager whose value is a `concurrent.futures.Executor`.
    """

    ahead = 0  # runs that are asked for beyond these, and wait

    def __init__(self, jobs=1, pool=process_pool):
        self.jobs, self.pool = jobs, pool
        self.executor, self.opened = None, contextlib.ExitStack()

    def submit(self, function, *arguments):
        """Return the future of a call in a worker; it raises BrokenExecutor where a worker died meanwhile."""
        if self.executor is not None:
            with contextlib.suppress(BrokenExecutor), spared():
                return self.executor.submit(function, *arguments)
            self.opened.close()
        self.executor = self.opened.enter_context(self.pool(self.jobs))
        with spared():
            return self.executor.submit(function, *arguments)

    def __enter__(self):
        scratch.clear()
        return self

    def __exit__(self, *error):
        self.executor = None
        return self.opened.__exit__(*error)
