"""What a Dask worker does: it runs a notebook as the driver would, if it has the driver's code, data and arithmetic.

It works from a checkout of its own, the one that its Python imports this package from, and in processes of its own.
"""

import contextlib
import hashlib
import importlib
import json
import multiprocessing
import threading
from concurrent.futures import BrokenExecutor
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import nbformat

from .. import InputError
from ..kernels import arithmetic
from ..kernels.pool import Workers
from ..kernels.worker import Outcome
from ..notebook import Notebook, refusing
from . import digest

PACKAGE = Path(__file__).resolve().parents[1]
ROOT = PACKAGE.parents[1]  # of the checkout, which has `lib/nbreport`


def plumbing():
    """Return the hash of each module of this package, as it is on disk, by its name."""
    files = [path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py")]
    return {f"lib/nbreport/{name}": one for name, one in sorted(digest.hashes(files, PACKAGE).items())}


LOADED = plumbing()  # what this process has imported
_alone = threading.Lock()  # the environment, and what is traced, belong to the whole process
_idle = []  # a `Workers` of one process each
_codes = {}  # a notebook's source to what `digest.code_of` said of it


@dataclass(frozen=True)
class Refused:
    """A worker does not run what it was asked to."""

    sentence: str = ""  # why it cannot be known what it would make
    record: dict | None = None  # what it would make it from, where that is not what the driver would


@dataclass(frozen=True)
class Sent(Notebook):
    """A notebook that came as text: what it says is on no disk here."""

    source: str

    @cached_property
    def content(self):
        """The parsed notebook."""
        return nbformat.reads(self.source, as_version=4)


@lru_cache
def sent(source):
    """Return the notebook of a text."""
    return Sent(Path("notebook"), source)


def described(source, parameters, root):
    """Return what a run would be made from here: `digest.provenance`, and under `plumbing` this package's modules.

    Parameters
    ----------
    source : str
        The notebook as JSON.
    parameters : dict
        Complete, but for `output`.
    root : path
        Of the checkout.

    Raises
    ------
    InputError
        If the notebook's check refuses them: its data are not here, for one.
    """
    notebook, code = sent(source), _code(source, root)
    inputs = digest.hashes(digest.input_files(notebook, root), root)
    facts = notebook.check(parameters)
    return digest.provenance(code, inputs, parameters, facts, arithmetic.in_use()) | {"plumbing": LOADED}


def identity(record):
    """Return a hash that two descriptions share where their runs come out alike."""
    return hashlib.sha256(json.dumps([record["digest"], record["plumbing"]]).encode()).hexdigest()


def _code(source, root):
    """Return `digest.code_of` a notebook's source; what it imports is traced again when one of those files changes."""
    known = _codes.get((source, root))
    with contextlib.suppress(OSError):
        if known and all(digest.file_hash(Path(root) / name) == one for name, one in known["code"].items()):
            return known
    _codes[source, root] = digest.code_of(sent(source), root)
    return _codes[source, root]


def differences(record, other):
    """Say in a phrase what a worker, `other`, has otherwise than the driver, `record`; both as `described`."""
    for kind in ("packages", "code", "plumbing", "inputs"):
        here, there = record[kind], other[kind]
        unlike = sorted(name for name in here.keys() | there.keys() if here.get(name) != there.get(name))
        if unlike and kind == "packages":
            return f"its {unlike[0]} is {there.get(unlike[0])}, the driver's {here.get(unlike[0])}"
        if unlike:
            return f"its {unlike[0]} {f'and {len(unlike) - 1} more are' if unlike[1:] else 'is'} not the driver's"
    here, there = (arithmetic.in_words(one["arithmetic"]) for one in (record, other))
    if here != there:
        return f"it computes with {there}, the driver with {here}"
    return "its data are not the driver's" if record["facts"] != other["facts"] else "it reads the parameters otherwise"


def run(wanted, choice, function, source, parameters, *others):
    """Call `function` in a process of its own; in a Dask worker.

    Parameters
    ----------
    wanted : str
        The driver's `identity` of the run.
    choice : str
        The arithmetic, as for `arithmetic.held`.
    function : callable
        As `kernels.worker.execute`, whose arguments follow.

    Returns
    -------
    Outcome or Refused

    Raises
    ------
    BrokenExecutor
        If the process died.
    """
    with _alone, arithmetic.held(choice, say=lambda line: None):
        try:
            record = _ready(source, parameters)
        except InputError as error:
            return Refused(str(error))
        if plumbing() != LOADED:
            return Refused("its checkout has changed since it was started: start it again")
        if identity(record) != wanted:
            return Refused(record=record)
        # Dask's nannies start workers as daemons, which Python keeps from having processes; ours end with this one.
        multiprocessing.current_process()._config["daemon"] = False
        workers = _idle.pop() if _idle else Workers()
        future = workers.submit(function, source, parameters, *others)
    try:
        return future.result()
    except BrokenExecutor:
        raise
    except Exception as error:  # this machine is as good for other runs
        return Outcome({}, f"{type(error).__name__}: {error}", 0.0)
    finally:
        _idle.append(workers)


def _ready(source, parameters):
    """Return `described`; what the notebook's check misses here is fetched, once."""
    try:
        return described(source, parameters, ROOT)
    except InputError:
        target = sent(source).declared["fetch"]
        if target is None:
            raise
        module, function = target.split(":")
        refusing(getattr(importlib.import_module(module), function))(parameters)
    return described(source, parameters, ROOT)
