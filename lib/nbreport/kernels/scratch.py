"""The scratch folder of a command: where it is killed, the next one removes what is left."""

import contextlib
import os
import shutil
import stat
import tempfile
from pathlib import Path

from filelock import FileLock, Timeout

PREFIX = "nb-"  # short: paths of sockets may have a hundred letters
LOCK = ".nbreport"  # held by the process whose folder it is: the system lets go of it however that one ends


@contextlib.contextmanager
def folder():
    """Yield the path of a new scratch folder; at the end it is gone, whatever is in it."""
    place, lock = _made()
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)
        lock.release()


def clear():
    """Remove the scratch folders, of the same user, that belong to no living process."""
    for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError, NotImplementedError):  # such as Timeout, where it is held
            status, mark = path.lstat(), (path / LOCK).lstat()
            if stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid() and stat.S_ISREG(mark.st_mode):
                with FileLock(path / LOCK, timeout=0):
                    shutil.rmtree(path, ignore_errors=True)


def _made():
    """Return the path of a new folder, and the lock that says that it is in use."""
    while True:
        place = tempfile.mkdtemp(prefix=PREFIX)
        lock = FileLock(Path(place, LOCK), timeout=0)
        try:
            lock.acquire()
        except Timeout:  # another command has taken it for a left one, as it was not held yet
            continue
        except (OSError, NotImplementedError):  # a file system without locks: where it is killed, it stays
            pass
        if os.path.isdir(place):
            return place, lock
