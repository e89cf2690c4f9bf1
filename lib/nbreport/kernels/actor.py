"""A thread that does what it is told, one thing after another: what it alone changes needs no lock."""

import contextlib
import queue
import threading
import time


class Actor:
    """A thread.

    Parameters
    ----------
    look, step, fail : callable
        `look()` is called every `seconds`, `step()` after each thing that was done. Where one of all these raises,
        nothing of it is done any more, and `fail(error)` is called then and after each further thing that it is told.
    seconds : float
    """

    def __init__(self, look, step, fail, seconds):
        self.look, self.step, self.fail, self.seconds = look, step, fail, seconds
        self.stopped, self.told = threading.Event(), queue.SimpleQueue()
        self.thread = threading.Thread(target=self._work, daemon=True)

    def start(self):
        """Begin."""
        self.thread.start()

    def tell(self, function):
        """Have `function()` called."""
        self.told.put(function)

    def end(self):
        """End, and wait until it has."""
        self.stopped.set()
        self.tell(lambda: None)
        self.thread.join()

    def _work(self):
        looked = time.monotonic()
        try:
            while not self.stopped.is_set():
                with contextlib.suppress(queue.Empty):
                    self.told.get(timeout=self.seconds)()
                if time.monotonic() > looked + self.seconds:
                    self.look()
                    looked = time.monotonic()
                self.step()
        except BaseException as error:  # nobody is to wait for ever
            while not self.stopped.is_set():
                self.fail(error)
                self.told.get()()
