"""A lock on a folder, also where the file system has none."""

import contextlib
import errno
import os

from filelock import FileLock, SoftFileLock, Timeout

from .. import InputError

NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP)  # as network file systems say


def acquired(path, what, patience):
    """Return a lock that is held, with this process's number in its file.

    Parameters
    ----------
    path : Path
        Of the lock's file.
    what : object
        What is locked, for the sentence.
    patience : float
        Seconds to wait.

    Raises
    ------
    InputError
        If another process still holds it.
    """
    lock = FileLock(path, timeout=patience, poll_interval=0.2)
    try:
        try:
            lock.acquire()
        except OSError as error:
            if error.errno not in NO_LOCKS:
                raise
            lock = SoftFileLock(path.with_name(f"{path.name}-soft"), timeout=patience, poll_interval=0.2)
            lock.acquire()
    except Timeout as error:
        raise InputError(f"{what} is being written by process {_holder(path)}") from error
    with contextlib.suppress(OSError):  # it is held on a full disk, too
        path.write_text(str(os.getpid()), encoding="utf-8")
    return lock


def _holder(path):
    try:
        return path.read_text(encoding="utf-8").strip() or "unknown"
    except OSError:
        return "unknown"
