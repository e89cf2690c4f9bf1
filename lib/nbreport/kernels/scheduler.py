"""A Dask scheduler as its client sees it: who is there, and calls on a worker that one chooses."""

import contextlib
import logging
import pickle
import re
import sys
import threading
import time
from concurrent.futures import BrokenExecutor, Future

from .. import InputError

ANSWER, AGAIN = 8, 30  # seconds that it has to answer, at first and when it was lost: a busy one takes longer
# What a worker is asked to do, in words that any can read: of a message that names what it has not, it would end.
THERE = "(lambda function, arguments: function(*arguments))(*__import__('pickle').loads(call))"


class Scheduler:
    """A connection to a scheduler.

    Parameters
    ----------
    address : str
        `tcp://host:port` or `tls://host:port`.

    Raises
    ------
    InputError
        If it is no such address, or Dask is not installed.
    """

    def __init__(self, address):
        if not re.fullmatch(r"(tcp|tls)://(\[[0-9a-fA-F:.]+\]|[^\s/:\[\]]+):\d{1,5}", address):
            raise InputError(f"SCHEDULER must be an address such as tcp://host:8786, not {address!r}")
        try:
            import distributed
        except ImportError as error:
            command = f"{sys.executable} -m pip install distributed"
            raise InputError(f"SCHEDULER needs Dask's package distributed: {command}") from error
        for name in list(logging.root.manager.loggerDict):
            if name.startswith("distributed"):
                logging.getLogger(name).setLevel(logging.CRITICAL)  # what is lost is said by who uses this
        self.address, self.distributed = address, distributed
        self.client, self.executor = None, None

    def connect(self, seconds=ANSWER):
        """Become its client, anew if one is; OSError if it does not answer in so many seconds."""
        self.close()
        self.client = self._client(seconds)
        self.executor = self.client.get_executor(pure=False, retries=0, allow_other_workers=False)

    def _client(self, seconds):
        """Return a client. Dask waits for ever where something takes the connection and says nothing: not here."""
        found = Future()

        class Client(self.distributed.Client):
            def __del__(self):  # of one that never was connected it would wait again, and print a traceback
                pass

        def connect():
            try:
                client = Client(self.address, timeout=seconds, set_as_default=False)
            except BaseException as error:
                if found.set_running_or_notify_cancel():
                    found.set_exception(error if isinstance(error, OSError) else OSError(str(error)))
            else:
                if found.set_running_or_notify_cancel():
                    found.set_result(client)
                else:  # too late
                    client.close()

        threading.Thread(target=connect, daemon=True).start()
        try:
            return found.result(seconds + 2)
        except TimeoutError:
            found.cancel()
            raise

    def connect_again(self, stopped, seconds):
        """Become its client when it is back; return when `stopped`, an event, is set; OSError after so many seconds."""
        deadline = time.monotonic() + seconds
        while not stopped.wait(1):
            try:
                return self.connect(AGAIN)
            except OSError:
                if time.monotonic() > deadline:
                    raise
        return None

    def close(self):
        """Be its client no longer."""
        if self.client is not None:
            with contextlib.suppress(Exception):  # it may be gone
                self.client.close(timeout=2)
        self.client = None

    def workers(self):
        """Return address to number of threads of its workers; OSError if it is lost."""
        if self.client is None or self.client.status != "running":
            raise OSError("the connection is closed")
        try:  # Client.scheduler_info may return what it was told before
            found = self.client.sync(self.client.scheduler.identity, n_workers=-1, callback_timeout=AGAIN)["workers"]
        except RuntimeError as error:  # Dask's own loop has ended
            raise OSError(str(error)) from error
        return {address: worker["nthreads"] for address, worker in found.items()}

    def call(self, worker, function, *arguments):
        """Return the future of a call on one worker, a `concurrent.futures.Future`.

        It is cancelled where the scheduler is lost, and stays as it is where the worker is.

        Raises
        ------
        OSError
            If the scheduler is lost already.
        """
        variables = {"call": pickle.dumps((function, arguments))}
        try:
            return self.executor.submit(eval, THERE, variables, workers=[worker])
        except (RuntimeError, self.distributed.client.ClosedClientError) as error:
            raise OSError(str(error)) from error

    def died(self, error):
        """Return whether a call's error says that a process died."""
        return isinstance(error, (BrokenExecutor, self.distributed.KilledWorker))
