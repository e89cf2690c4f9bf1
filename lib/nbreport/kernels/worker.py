"""What runs in a worker process: one notebook through papermill, its files back as bytes."""

import os
import stat
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import nbformat
import papermill
from traitlets.config import Config

from ..notebook import NOTEBOOK, OUTPUT
from . import arithmetic, failure, forkserver, surroundings
from .client import PromptClient
from .lifetime import adopt_orphans, end_with, leave_interrupts
from .moved import moved


@dataclass(frozen=True)
class Outcome:
    """What became of a run."""

    files: dict  # name, with "/" where it is in a subfolder, to bytes: the executed notebook and what it wrote
    error: str | None  # the traceback, where the run failed
    seconds: float  # wall-clock time, the kernel's start included
    line: str | None = None  # the error in a line, where that is not the last of it
    again: bool = False  # a process has died, which may be nothing that the notebook did: another try may do


def prepare_process(driver, scratch):
    """Make this process a worker: it leaves Ctrl-C to its parent, `driver`, ends with it, and keeps to `scratch`."""
    leave_interrupts()
    adopt_orphans()
    forkserver.Server.alone = True
    os.environ.update(arithmetic.THREADS)  # here, for the kernels that it starts: the driver's own is its user's
    tempfile.tempdir = scratch
    if forkserver.available():
        os.environ["JUPYTER_DEFAULT_PROVISIONER_NAME"] = forkserver.NAME
    end_with(driver)


def execute(source, parameters, place, files, limit=None):
    """Run a notebook in a scratch folder. What it has started and left ends with it.

    Parameters
    ----------
    source : str
        The notebook as JSON.
    parameters : dict
        Plain values; `output` is added where the notebook writes files.
    place : str
        The folder where the run will be kept: what the executed notebook says in place of the
        scratch folder.
    files : list of str
        What the notebook has to write.
    limit : float, optional
        Seconds that its cells may take.

    Returns
    -------
    Outcome
        Whatever the notebook has done: nothing is raised.
    """
    started = time.perf_counter()
    try:
        found = _executed(source, parameters, place, files, limit)
    except Exception as error:  # a full disk, a folder that is gone: the run failed, the sweep goes on
        found = {}, failure.Failure(f"{type(error).__name__}: {error}", f"{type(error).__name__}: {error}")
    written, failed = found
    seconds = time.perf_counter() - started
    return Outcome(written, *((failed.text, seconds, failed.line, failed.again) if failed else (None, seconds)))


def _executed(source, parameters, place, files, limit):
    """Return the files of a run, name to bytes, and its Failure or None."""
    os.makedirs(tempfile.gettempdir(), exist_ok=True)  # an earlier run may have removed it
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        scratch = os.path.realpath(scratch)
        output, executed = Path(scratch, "out"), Path(scratch, NOTEBOOK)
        output.mkdir()
        notebook = nbformat.reads(source, as_version=4)
        declared = notebook.metadata.get("nbreport", {})
        forkserver.Server.modules = declared.get("preload", [])
        try:
            with surroundings.held(_variables(declared.get("check") or "", scratch)):
                given = parameters | ({OUTPUT: str(output)} if files else {})
                failed = _run(notebook, executed, given, scratch, failure.Clock(limit))
        finally:
            forkserver.Server.end_kernels()
        written, odd = _left(output) if files else ({}, None)
        missing = [name for name in files if name not in written]
        if odd is None and missing:
            odd = f"the notebook ended without writing {', '.join(missing)}"
        if executed.is_file():
            written[NOTEBOOK] = moved(executed.read_bytes(), {str(output): place, scratch: place})
    return written, failed or (failure.Failure(odd, odd) if odd else None)


def _variables(check, scratch):
    """Return a kernel's environment."""
    found = surroundings.of_runs(dict(os.environ), check.partition(":")[0].partition(".")[0])
    name = "JUPYTER_DEFAULT_PROVISIONER_NAME"
    own = {name: os.environ[name]} if name in os.environ else {}
    return found | own | {"JUPYTER_RUNTIME_DIR": scratch, "IPYTHONDIR": str(Path(scratch, "ipython"))}


def _left(output):
    """Return what a notebook has left in its folder, name to bytes, and in a sentence what of it cannot be kept."""
    if output.is_symlink() or not output.is_dir():
        return {}, "the notebook has removed its output folder"
    written, odd = {}, []
    for folder, below, names in os.walk(output):
        odd += [path for name in below if (path := Path(folder, name)).is_symlink()]
        for path in (Path(folder, name) for name in names):
            if path.exists() and stat.S_ISREG(path.stat().st_mode):
                written[path.relative_to(output).as_posix()] = path.read_bytes()
            else:
                odd.append(path)
    if odd:
        return written, f"{odd[0].relative_to(output)} in its output folder is neither a file nor a folder of files"
    if NOTEBOOK in written:
        return written, f"it has written {NOTEBOOK}, which is the name of the executed notebook"
    return dict(sorted(written.items())), None


def _run(notebook, executed, parameters, scratch, clock):
    """Execute a notebook; return its Failure, or None."""
    config = Config()
    config.KernelManager.transport = "ipc"  # no TCP ports
    config.AsyncKernelManager.transport = "ipc"
    config.AsyncKernelManager.client_class = f"{PromptClient.__module__}.{PromptClient.__name__}"
    try:
        # A kernel that is asked to end may take seconds over it; its files are written by then.
        papermill.execute_notebook(
            notebook, str(executed), parameters, kernel_name="python3", progress_bar=False, cwd=scratch,
            config=config, shutdown_kernel="immediate", request_save_on_cell_execute=False,
            timeout_func=clock, execution_timeout=None if clock.limit is None else max(1, round(clock.limit)),
        )  # fmt: skip
    except Exception as error:
        return failure.why(error, clock)
    finally:
        sys.stdout.flush()
    return None
