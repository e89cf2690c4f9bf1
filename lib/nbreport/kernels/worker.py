"""What runs in a worker process: one notebook through papermill, its files back as bytes."""

import os
import re
import signal
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import nbformat
import papermill
from papermill.exceptions import PapermillExecutionError
from papermill.translators import PythonTranslator
from traitlets.config import Config

from ..notebook import NOTEBOOK, OUTPUT
from . import arithmetic, forkserver
from .client import PromptClient
from .lifetime import end_with


@dataclass(frozen=True)
class Outcome:
    """What became of a run."""

    files: dict  # name to bytes: the executed notebook and what it wrote
    error: str | None  # the traceback, where the run failed
    seconds: float  # wall-clock time, the kernel's start included


def prepare_process(driver, scratch):
    """Make this process a worker: it leaves Ctrl-C to its parent, `driver`, ends with it, and keeps to `scratch`."""
    os.environ.update(arithmetic.THREADS)  # here, for the kernels that it starts: the driver's own is its user's
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    tempfile.tempdir = scratch
    if forkserver.available():
        os.environ["JUPYTER_DEFAULT_PROVISIONER_NAME"] = forkserver.NAME
    end_with(driver)


def execute(source, parameters, place, files):
    """Run a notebook in a scratch folder.

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

    Returns
    -------
    Outcome
    """
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as scratch:
        scratch = os.path.realpath(scratch)
        output, executed = Path(scratch, "out"), Path(scratch, NOTEBOOK)
        output.mkdir()
        os.environ.update({"JUPYTER_RUNTIME_DIR": scratch, "IPYTHONDIR": str(Path(scratch, "ipython"))})
        notebook = nbformat.reads(source, as_version=4)
        forkserver.Server.modules = notebook.metadata.get("nbreport", {}).get("preload", [])
        error = _run(notebook, executed, parameters | ({OUTPUT: str(output)} if files else {}), scratch)
        written = {path.name: path.read_bytes() for path in sorted(output.iterdir()) if path.is_file()}
        missing = [name for name in files if name not in written]
        if error is None and missing:
            error = f"the notebook ended without writing {', '.join(missing)}"
        if executed.exists():
            written[NOTEBOOK] = moved(executed.read_bytes(), {str(output): place, scratch: place})
    return Outcome(written, error, time.perf_counter() - started)


def moved(content, places):
    """Return an executed notebook's bytes with other paths in its strings.

    Parameters
    ----------
    content : bytes
    places : dict
        Path to the one that takes its place, the first first. In the cell that papermill puts in they are
        written as in a string of Python's, whatever signs they have.
    """
    try:
        notebook = nbformat.reads(content.decode(), as_version=4)
        for cell in notebook.cells:
            quoted = "injected-parameters" in cell.metadata.get("tags", [])
            cell.source = _replaced(cell.source, _quoted(places) if quoted else places)
            for key in cell.keys() - {"source"}:
                cell[key] = _replaced(cell[key], places)
        notebook.metadata = _replaced(notebook.metadata, places)
        return nbformat.writes(notebook).encode()
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError):  # what a run has spoilt stays what it is
        return content


def _quoted(places):
    return {old: PythonTranslator.translate_escaped_str(new)[1:-1] for old, new in places.items()}


def _replaced(value, places):
    """Return `value`, as JSON has it, with other paths in all its strings."""
    if isinstance(value, dict):
        return type(value)({name: _replaced(one, places) for name, one in value.items()})
    if isinstance(value, list):
        return [_replaced(one, places) for one in value]
    if isinstance(value, str):
        for old, new in places.items():
            value = value.replace(old, new)
    return value


def _run(notebook, executed, parameters, scratch):
    config = Config()
    config.KernelManager.transport = "ipc"  # no TCP ports
    config.AsyncKernelManager.transport = "ipc"
    config.AsyncKernelManager.client_class = f"{PromptClient.__module__}.{PromptClient.__name__}"
    try:
        # A kernel that is asked to end may take seconds over it; its files are written by then.
        papermill.execute_notebook(
            notebook, str(executed), parameters, kernel_name="python3", progress_bar=False, cwd=scratch,
            config=config, shutdown_kernel="immediate", request_save_on_cell_execute=False,
        )  # fmt: skip
    except PapermillExecutionError as error:
        return re.sub(r"\x1b\[[0-9;]*m", "", str(error))
    except Exception as error:  # a dead kernel, a full disk: the run failed, the sweep goes on
        return f"{type(error).__name__}: {error}"
    finally:
        sys.stdout.flush()
    return None
