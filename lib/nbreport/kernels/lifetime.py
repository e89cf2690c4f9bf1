"""How a process ends before its time: with the one that started it, on Ctrl-C, on SIGTERM."""

import os
import signal
import sys
import threading
import time


def end_with_parent():
    """Stop this process when make, which started it, is killed: it would go on unseen.

    Elsewhere (a shell that was left, nohup) the parent's end means nothing.
    """
    parent = os.getppid()
    if "MAKELEVEL" in os.environ and parent != 1:
        end_with(parent)


def end_with(parent):
    """Stop this process as soon as `parent` is no longer its parent, or at once if it is not."""

    def watch():
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


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
