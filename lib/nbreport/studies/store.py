"""Runs on disk: a folder each, complete or not there at all."""

import contextlib
import fcntl
import json
import os
import shutil
import time
from pathlib import Path

from .. import InputError
from ..notebook import NOTEBOOK

RESULT = "result.json"
FAILED = "failed"


class Store:
    """The folder of one study: `RUN_ID/` for finished runs, `failed/RUN_ID/` for the others.

    Parameters
    ----------
    folder : path
    """

    def __init__(self, folder):
        self.folder = Path(folder)

    @contextlib.contextmanager
    def locked(self, patience=5):
        """Hold the study, so that two drivers do not write it at once; wait `patience` seconds.

        Raises
        ------
        InputError
            If another process still holds it.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with open(self.folder / ".lock", "a+", encoding="utf-8") as file:
            deadline = time.monotonic() + patience
            while not _try_lock(file):
                if time.monotonic() > deadline:
                    file.seek(0)
                    raise InputError(f"{self.folder} is being written by process {file.read().strip() or 'unknown'}")
                time.sleep(0.2)
            file.truncate(0)
            file.write(str(os.getpid()))
            file.flush()
            for leftover in self.folder.glob(".partial-*"):
                shutil.rmtree(leftover)
            yield

    def path(self, run_id):
        """Folder of a finished run."""
        return self.folder / run_id

    def result(self, run_id, files=()):
        """Return the `result.json` of a run that is complete with `files`, else None."""
        folder = self.path(run_id)
        if not all((folder / name).is_file() for name in (NOTEBOOK, RESULT, *files)):
            return None
        try:
            content = json.loads((folder / RESULT).read_text(encoding="utf-8"))
        except ValueError:
            return None
        return content if isinstance(content, dict) else None

    def is_fresh(self, run_id, digest, files=()):
        """Whether the run is complete and was made from what `digest` stands for."""
        result = self.result(run_id, files)
        return result is not None and result.get("provenance", {}).get("digest") == digest

    def keep(self, run_id, files, provenance):
        """Put a finished run in its place in one step; return its result.

        Parameters
        ----------
        run_id : str
        files : dict
            Name to bytes.
        provenance : dict
            Added to `result.json`, which is made where the notebook writes none.
        """
        result = json.loads(files.get(RESULT, b"{}")) | {"provenance": provenance}
        self._place(self.path(run_id), files | {RESULT: (json.dumps(result, indent=1) + "\n").encode()})
        shutil.rmtree(self.folder / FAILED / run_id, ignore_errors=True)
        return result

    def keep_failure(self, run_id, files, message):
        """Put what a failed run left under `failed/`, with its traceback; return the folder."""
        folder = self.folder / FAILED / run_id
        folder.parent.mkdir(exist_ok=True)
        self._place(folder, files | {"traceback.txt": message.encode()})
        return folder

    def _place(self, folder, files):
        partial = self.folder / f".partial-{folder.name}"
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir()
        for name, content in files.items():
            with open(partial / name, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        if folder.exists():
            # Between these two renames the run is missing, never half there: it would be run again.
            folder.rename(self.folder / f".partial-old-{folder.name}")
        partial.rename(folder)
        shutil.rmtree(self.folder / f".partial-old-{folder.name}", ignore_errors=True)


def _try_lock(file):
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
