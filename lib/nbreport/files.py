"""Files written whole or not at all, and JSON that may be anything."""

import contextlib
import errno
import json
import os
import shutil


def write_whole(path, content):
    """Write bytes to `path`: what was there is replaced by all of them, or stays where they cannot be written.

    Raises
    ------
    OSError
        Of the disk; then nothing is left behind.
    """
    partial = path.with_name(f".{path.name}.partial")
    try:
        write(partial, content)
        partial.replace(path)
    except BaseException:
        remove(partial)
        raise


def write(path, content):
    """Write bytes, and wait until they are on the disk: a rename must not come there before them.

    Raises
    ------
    OSError
        Which has the path, also where Python leaves it out: of a full disk.
    """
    try:
        with open(path, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error


def require_writable(folder):
    """Raise OSError where nothing can be written into a folder, before work is done that would be lost."""
    if not os.access(folder, os.W_OK):
        read_only = os.statvfs(folder).f_flag & os.ST_RDONLY
        code = errno.EROFS if read_only else errno.EACCES
        raise OSError(code, os.strerror(code), str(folder))


def in_words(error):
    """Return what the operating system says of a file, as "FILE: REASON"."""
    return ": ".join(str(part) for part in (error.filename, error.strerror or error) if part)


def remove(path):
    """Remove a file or a folder with all that is in it, as far as it is there and can be removed."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with contextlib.suppress(OSError):
            path.unlink()


def parsed_json(content):
    """Return what JSON says.

    Parameters
    ----------
    content : str or bytes

    Raises
    ------
    ValueError
        If it is none, or lists lie in lists deeper than Python can follow.
    """
    try:
        return json.loads(content)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
