"""The scratch folder of a command: where it is killed, the next one removes what is left."""

import contextlib
import os
import shutil
import stat
import tempfile
from pathlib import Path

from filelock import FileLock, Timeout

PREFIX = "nb-"  # short: paths of sockets may have a hundred letters
NEW = "nb-new-"  # until it is held: an empty folder of this name has lost its process before that
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
            status = path.lstat()
            if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid():
                continue
            if path.name.startswith(NEW) and not any(path.iterdir()):
                path.rmdir()
            elif stat.S_ISREG((path / LOCK).lstat().st_mode):
                with FileLock(path / LOCK, timeout=0):
                    shutil.rmtree(path, ignore_errors=True)


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
