"""Opening files of others: regular ones only."""

import contextlib
import errno
import os
import stat


@contextlib.contextmanager
def opened(path):
    """Open a regular file for reading bytes: a pipe keeps its reader for ever, and a device may never end.

    Raises
    ------
    OSError
        If there is none, it cannot be opened, or is something else; `strerror` says what.
    """
    if b"\0" in os.fsencode(path):
        raise OSError(errno.EINVAL, "no name of a file")
    _check_regular(os.stat(path))  # to open a device may do something
    # Should it be a pipe by now, opening does not wait for somebody who writes.
    with open(path, "rb", opener=lambda name, flags: os.open(name, flags | getattr(os, "O_NONBLOCK", 0))) as file:
        _check_regular(os.fstat(file.fileno()))
        yield file


def _check_regular(status):
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, "a folder, not a file")
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "not a regular file")
