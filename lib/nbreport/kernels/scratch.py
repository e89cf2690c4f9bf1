"""The scratch folder of a command: where it is killed, the next one removes what is left."""

import contextlib
import os
import shutil
import stat
import tempfile
import time
from pathlib import Path

from filelock import FileLock, Timeout

PREFIX = "nb-"  # short: paths of sockets may have a hundred letters
NEW = "nb-new-"  # until it is held: an empty folder of this name has lost its process before that
LOCK = ".nbreport"  # held by the process whose folder it is: the system lets go of it however that one ends

PATIENCE = 5  # seconds in which what still writes into a folder, the kernel of a dead worker, comes to its end


@contextlib.contextmanager
def folder():
    """Yield the path of a new scratch folder; at the end it is gone, whatever is in it."""
    place, lock = _made()
    try:
        yield place
    finally:
        _remove(Path(place))
        lock.release()


def clear():
    """Remove the scratch folders, of the same user, that belong to no living process."""
    for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError, NotImplementedError):  # such as Timeout, where it is held
            status = path.lstat()
            if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid():
                continue
            if path.name.startswith(NEW) and not any(path.iterdir()):
                path.rmdir()
            elif stat.S_ISREG((path / LOCK).lstat().st_mode):
                with FileLock(path / LOCK, timeout=0):
                    _remove(path)


def _made():
    """Return the path of a new folder, and the lock that says that it is in use."""
    while True:
        new = Path(tempfile.mkdtemp(prefix=NEW))
        lock = FileLock(new / LOCK, timeout=0)
        try:
            (new / LOCK).touch()
            lock.acquire()
        except (FileNotFoundError, Timeout):  # another command has taken it for a left one, as it was not held yet
            continue
        except (OSError, NotImplementedError):  # a file system without locks: where it is killed, it stays
            pass
        place = new.with_name(PREFIX + new.name.removeprefix(NEW))
        with contextlib.suppress(FileNotFoundError):
            new.rename(place)
            place.chmod(0o700)  # of a folder that was removed meanwhile, and made again by the lock
            return str(place), lock
        lock.release()


def _remove(place):
    """Remove a folder with all that is in it, its mark last: where that does not succeed, the next command finds it."""
    deadline = time.monotonic() + PATIENCE
    while place.is_dir():
        with contextlib.suppress(OSError):
            others = [path for path in place.iterdir() if path.name != LOCK]
            for path in others:
                shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
            (place / LOCK).unlink(missing_ok=True)
            place.rmdir()
            return
        if time.monotonic() > deadline:
            with contextlib.suppress(OSError):
                (place / LOCK).touch()
            return
        time.sleep(0.05)
