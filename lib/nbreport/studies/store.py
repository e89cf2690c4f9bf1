"""Runs on disk: a folder each, complete or not there at all; and the list of those that a study consists of."""

import contextlib
import json
import os
import shutil
from pathlib import Path

from .. import InputError
from ..files import parsed_json, remove, write, write_whole
from ..notebook import NOTEBOOK
from .lock import acquired
from .seal import RESULT, damage, sealed

STUDY = "study.json"
FAILED = "failed"


class Store:
    """The folder of one study: `RUN_ID/` for finished runs, `failed/RUN_ID/` for the others."""

    def __init__(self, folder):
        self.folder = Path(folder)

    @contextlib.contextmanager
    def locked(self, run_id=None, patience=5):
        """Hold the study, or one run of it, so that two commands do not write it at once.

        Where nobody can write, on a disk that is only read, nothing is held.

        Parameters
        ----------
        run_id : str, optional
            Other runs of the folder are then free.
        patience : float
            Seconds to wait.

        Raises
        ------
        InputError
            If another process still holds it.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        name = f".lock-{run_id}" if run_id else ".lock"
        if not os.access(self.folder, os.W_OK):
            yield
            return
        lock = acquired(self.folder / name, self.path(run_id) if run_id else self.folder, patience)
        try:
            for leftover in self.folder.glob(".partial-*"):
                if run_id is None or leftover.name.removeprefix(".partial-").removeprefix("old-") == run_id:
                    remove(leftover)
            yield
        finally:
            lock.release()

    def path(self, run_id):
        """Folder of a finished run."""
        return self.folder / run_id

    def list_runs(self, run_ids):
        """Write `study.json`: the ids of the study's runs, in their order. Other folders count nowhere."""
        text = json.dumps({"runs": list(run_ids)}, indent=1) + "\n"
        target = self.folder / STUDY
        if not target.is_file() or target.read_bytes() != text.encode():
            write_whole(target, text.encode())

    def listed(self):
        """Return the paths of `study.json` and of the results of the runs that it names, as far as they are there.

        Raises
        ------
        InputError
            If it is not there, is damaged, or none of its runs is finished.
        """
        target = self.folder / STUDY
        try:
            names = parsed_json(target.read_bytes())["runs"]
            if not isinstance(names, list) or any(Path(name).name != name for name in names):
                raise ValueError("no list of folders")
            found = [self.path(name) / RESULT for name in names]
        except FileNotFoundError:
            found = []
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(f"{target} is damaged: delete it and run the study again") from error
        found = [path for path in found if path.is_file()]
        if not found:
            raise InputError(f"{self.folder} holds no finished run of the study {self.folder.name}: run it first")
        return [target, *found]

    def finished(self):
        """Return run id to `result.json` of the runs that `study.json` names, as far as these are there.

        Raises
        ------
        InputError
            As `listed`.
        """
        found = {path.parent.name: self.result(path.parent.name) for path in self.listed()[1:]}
        return {run_id: result for run_id, result in found.items() if result is not None}

    def damaged(self):
        """Return the paths of the runs that `listed` names and whose files are not those that were written."""
        return [path.parent for path in self.listed()[1:] if damage(path.parent)]

    def foreign(self, run_ids):
        """Return the names of the folders that belong to none of these runs, and so count nowhere."""
        folders = sorted(path.name for path in self.folder.glob("*") if path.is_dir())
        return [name for name in folders if name not in (FAILED, *run_ids) and not name.startswith(".")]

    def result(self, run_id, files=()):
        """Return the `result.json` of a run that is complete with `files`, else None."""
        folder = self.path(run_id)
        if not all((folder / name).is_file() for name in (NOTEBOOK, RESULT, *files)):
            return None
        try:
            content = parsed_json((folder / RESULT).read_bytes())
        except ValueError:
            return None
        return content if isinstance(content, dict) else None

    def made_from(self, run_id, files=()):
        """Return the provenance of a run that is complete with `files`, or None."""
        result = self.result(run_id, files)
        found = (result or {}).get("provenance")
        return found if isinstance(found, dict) else None

    def took(self, run_id):
        """Return how many seconds a finished run took, or None."""
        seconds = (self.made_from(run_id) or {}).get("seconds")
        return seconds if type(seconds) in (int, float) and 0 < seconds < float("inf") else None

    def keep(self, run_id, files, provenance):
        """Put a finished run in its place in one step; return its result.

        Parameters
        ----------
        run_id : str
        files : dict
            Name, with "/" where it is in a subfolder, to bytes.
        provenance : dict
            Added to `result.json`, which is made where the notebook writes none, as are hashes of all files.
        """
        result = json.loads(files.get(RESULT, b"{}")) | {"provenance": provenance}
        result, text = sealed(result, {name: content for name, content in files.items() if name != RESULT})
        self._place(self.path(run_id), files | {RESULT: text})
        shutil.rmtree(self.folder / FAILED / run_id, ignore_errors=True)
        return result

    def keep_failure(self, run_id, files, message):
        """Put what a failed run left under `failed/`, with its traceback; return the folder."""
        folder = self.folder / FAILED / run_id
        folder.parent.mkdir(exist_ok=True)
        self._place(folder, files | {"traceback.txt": message.encode()})
        return folder

    def _place(self, folder, files):
        partial, former = (self.folder / f"{prefix}-{folder.name}" for prefix in (".partial", ".partial-old"))
        remove(partial)
        try:
            partial.mkdir()
            for name, content in files.items():
                (partial / name).parent.mkdir(parents=True, exist_ok=True)
                write(partial / name, content)
            if os.path.lexists(folder):
                # Between these two renames the run is missing, never half there: it would be run again.
                folder.rename(former)
            partial.rename(folder)
        except BaseException:
            remove(partial)
            if former.exists() and not folder.exists():
                former.rename(folder)
            raise
        remove(former)
