"""Tests of a copy of the project with a mistake in it, each time in a process that has the slow imports behind it."""

import compileall
import gc
import multiprocessing
import os
import re
import shutil
import sys
import tempfile
from multiprocessing.connection import wait
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
NO_SUCH_TEST = 4  # pytest's exit code
PATIENCE = 300  # seconds for the tests of one mutant
# Imported once, by the server that the processes are forked from; nothing of the project is among them.
HEAVY = (
    "pytest", "numpy.testing", "pandas", "scipy.stats", "scipy.sparse.linalg", "autograd.numpy",
    "hypothesis.extra.numpy", "papermill", "nbformat", "playwright.sync_api", "axe_playwright_python.base",
    "filelock", "psutil", "tqdm", "yaml",
)  # fmt: skip
FIXED = {"OPENBLAS_NUM_THREADS": "1", "PYTEST_ADDOPTS": ""}  # variables: whoever asks, the tests are the same
LINKED = ("benchmarks", "configs", "data", "notebooks", "report", "tools")  # read by some tests, never mutated


class DidNotRun(Exception):
    """Tests that neither passed nor failed; the message has what pytest said."""


def copy_project(folder, source="lib", beside=""):
    """Copy packages and tests, the packages into `folder/source`, and link what they read into `folder/beside`."""
    ignore = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
    shutil.copytree(ROOT / "lib", folder / source, ignore=ignore)
    shutil.copytree(ROOT / "tests", folder / "tests", ignore=ignore)
    (folder / beside).mkdir(exist_ok=True)
    for name in LINKED:
        (folder / beside / name).symlink_to(ROOT / name)


def run_tests(folder, tests):
    """Become the process that runs tests of a copy, as far as the first that fails; their output goes to a file."""
    gc.freeze()  # pytest collects garbage; what the server imported is none
    os.chdir(folder)
    output = os.open("answer.txt", os.O_WRONLY | os.O_CREAT, 0o600)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.environ["PYTHONPATH"] = str(folder / "lib")
    sys.path.insert(0, os.environ["PYTHONPATH"])
    sys.pycache_prefix, sys.dont_write_bytecode = None, True
    import pytest

    options = ["-xq", "--assert=plain", "--rootdir=.", "-c", os.devnull, "-p", "no:cacheprovider"]
    code = int(pytest.main([*options, *tests]))
    Path(folder, "code").write_text(str(code), encoding="utf-8")


class Trials:
    """Runs tests in copies of the project; a context manager, whose copy of everything goes with it."""

    def __enter__(self):
        os.environ |= FIXED | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
        self.context = multiprocessing.get_context("forkserver")
        self.context.set_forkserver_preload(list(HEAVY))
        self.scratch = tempfile.TemporaryDirectory(prefix="mutants-")
        self.pristine = Path(self.scratch.name, "pristine")
        copy_project(self.pristine)
        sys.pycache_prefix = None
        compileall.compile_dir(self.pristine / "lib", quiet=2)
        return self

    def __exit__(self, *error):
        self.scratch.cleanup()

    def __call__(self, tests, file=None, text=None):
        """Return the first of the tests that fails where `file`, below lib, has `text` in it; None if all pass.

        Raises
        ------
        DidNotRun
        """
        with tempfile.TemporaryDirectory(dir=self.scratch.name) as folder:
            folder = Path(folder)
            shutil.copytree(self.pristine, folder, symlinks=True, dirs_exist_ok=True)
            if file:
                (folder / "lib" / file).write_text(text, encoding="utf-8")
                os.utime(folder / "lib" / file, (0, 0))  # older than what was compiled of it: that is not used
            process = self.context.Process(target=run_tests, args=(folder, list(tests)))
            process.start()
            if not wait([process.sentinel], PATIENCE):
                process.kill()
                return "no end"
            code, answer = (folder / "code", folder / "answer.txt")
            code = int(code.read_text(encoding="utf-8")) if code.is_file() else None
            answer = answer.read_text(encoding="utf-8", errors="replace")
        if code == NO_SUCH_TEST and "::" in tests[0]:
            return None
        if code not in (0, 1):
            raise DidNotRun(f"pytest ended {code}: {answer[-2000:]}")
        failed = re.search(r"^(?:FAILED|ERROR) ([^\s[]+)", answer, flags=re.M)
        return failed[1] if code else None
