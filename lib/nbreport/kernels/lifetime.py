"""How a process ends before its time: with the one that started it, on Ctrl-C, on SIGTERM; and others with it.

Imports nothing that is slow: what is here has to hold before anything else is imported.
"""

import contextlib
import os
import signal
import sys
import threading
import time

PARENT = "NBREPORT_PARENT"  # the number of the make that started this process: it may be gone by the time one asks
SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER
INTERRUPTS = (signal.SIGINT, signal.SIGTERM)
SENTENCE = "interrupted: finished runs are kept; the same command runs what is missing"


def end_with_parent():
    """Stop this process when make, which started it, is killed: it would go on unseen.

    Elsewhere (a shell that was left, nohup) the parent's end means nothing.
    """
    named, parent = os.environ.pop(PARENT, ""), os.getppid()
    if named.isdecimal():
        end_with(int(named))
    elif "MAKELEVEL" in os.environ and parent != 1:
        end_with(parent)


def end_with(parent):
    """Stop this process, and all that it has started, when `parent` is no longer its parent, at once if it is not."""

    def watch():
        while os.getppid() == parent:
            time.sleep(0.5)
        with contextlib.suppress(Exception):
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # other threads may say a lot of what ends below them
            end_descendants(os.getpid())
        os._exit(1)

    if os.getppid() != parent:
        os._exit(1)
    threading.Thread(target=watch, daemon=True).start()


def adopt_orphans():
    """Become the parent of descendants whose own parents end, where the system can (Linux), so as to find them."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(SUBREAPER, 1, 0, 0, 0)


def end_descendants(pid, spare=None, patience=5):
    """Kill all that a process has started, in whatever session, and what that has; wait until it is gone.

    Parameters
    ----------
    pid : int
        Of a process, which itself goes on. Nothing happens where there is none.
    spare : int, optional
        The number of one that goes on, too; not of what it has started.
    patience : float
        Seconds to wait for processes that the system does not let go.
    """
    import psutil

    deadline = time.monotonic() + patience
    with contextlib.suppress(psutil.NoSuchProcess):
        ancestor = psutil.Process(pid)
        while found := [one for one in ancestor.children(recursive=True) if one.pid != spare and _runs(one)]:
            for one in found:
                with contextlib.suppress(psutil.Error):
                    one.kill()
            if time.monotonic() > deadline:
                return
            psutil.wait_procs(found, timeout=0.1)


def _runs(process):
    import psutil

    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def heed():
    """Have Ctrl-C and SIGTERM, also those that have come meanwhile, end this process with a sentence.

    Imports may be under way, which an exception would leave anywhere.
    """
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # a shell has the background ignore it
        signal.signal(signal.SIGINT, _leave)
    signal.signal(signal.SIGTERM, _leave)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, INTERRUPTS)


def _leave(*_):
    with contextlib.suppress(Exception):
        print(f"\n{SENTENCE}", file=sys.stderr, flush=True)
    os._exit(130)  # at once: sys.exit would wait for the pool's threads


@contextlib.contextmanager
def spared():
    """Have processes that are started meanwhile begin with Ctrl-C held back, which is for this one.

    One that comes meanwhile, also to another thread, waits: a process that is half started would say so in a traceback.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT,))
    _starting.append(False)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        interrupted = _starting.pop()
    if interrupted:
        raise KeyboardInterrupt


_starting = []  # for each `spared` that is under way whether it was interrupted


def leave_interrupts():
    """Leave Ctrl-C to the process that started this one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGINT,))


def interruptible(function):
    """Call `function`; on Ctrl-C or SIGTERM say what happens next and end at once, workers too."""

    def interrupt(*_):
        if not _starting:
            raise KeyboardInterrupt
        _starting[-1] = True

    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, interrupt)
    signal.signal(signal.SIGTERM, interrupt)
    try:
        return function()
    except KeyboardInterrupt:
        _leave()
