"""A student's copy of the chapter with the gradients, without the bodies of its functions; and what it has become.

`python tools/exercises.py --output FILE` writes the copy, `--check FILE` executes one, as its reader would, and says
which checks pass. That is somebody's code: it is executed as it is.
"""

import argparse
import ast
import json
import logging
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import DeadKernelError
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from traitlets.config import Config

from twolayer import InputError
from twolayer.checking import exercises

ROOT = Path(__file__).resolve().parents[1]
CHAPTER = ROOT / "notebooks" / "02_derivation.ipynb"
EXAMPLE = "small integers"  # what the heading of the section says that comes after the last function
OUTPUT = "exercises.ipynb"  # not in report/build, which make clean removes
SECONDS = 60  # that a cell may take
# By names that a student is not likely to have given to something else.
ASK = "import twolayer.checking.exercises as _exercises\n_exercises.tell(globals(), {name!r})"

HEAD = """# All gradients, by hand: exercises

The chapter of the report without the bodies of its functions. Write each where it says `raise NotImplementedError`,
execute the cell, and then the one below it. That one says which checks the function passes: numbers by hand (the
example with small integers, at the end), central differences in 64-bit arithmetic, the same as in the library.
Functions may call those above. `make exercises CHECK=FILE` says it of the whole file.

The next cell finds the library. In Colab it has pip install it."""
SETUP = """# Where the library is neither installed nor in a folder nearby, pip gets it from here: repository or folder.
project = {project!r}

import importlib.util
import subprocess
import sys
from pathlib import Path

near = [folder / "lib" for folder in (Path.cwd(), *Path.cwd().parents, *Path.cwd().glob("*/"))]
copies = [str(folder) for folder in near if (folder / "twolayer" / "checking").is_dir()]
if importlib.util.find_spec("twolayer") is None:
    assert copies or project, "twolayer is missing: write project = 'git+https://...' above, and execute this again"
    sys.path[:0] = copies[:1]
    for name in [project] * (not copies) + ["numpy"] * (importlib.util.find_spec("numpy") is None):
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", name]
        done = subprocess.run(pip, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    importlib.invalidate_caches()"""
IMPORTS = """import numpy as np

from twolayer.checking import exercises
from twolayer.network.layers import check_labels"""
METHOD = """The network has two methods to write, `forward` here and `loss` further down. They are functions, and their
`self` is the network: `self.params` is the dict of `W1`, `b1`, `W2` and `b2`, `self.l2` the strength of the penalty,
`self.decayed` the names of the parameters that it falls on, and `self.forward(X)` calls `forward`."""


def shown(cell):
    """Return the names of the exercises' functions whose source a cell of the chapter shows."""
    if cell.cell_type != "code" or "source(" not in cell.source:
        return []
    calls = [node for node in ast.walk(ast.parse(cell.source)) if isinstance(node, ast.Call)]
    texts = [ast.unparse(one) for call in calls if getattr(call.func, "id", "") == "source" for one in call.args]
    names = [text.split(".")[-1] for text in texts if re.match(r"(layers|TwoLayerNet)\.", text)]
    return [name for name in names if name in exercises.FUNCTIONS]


def project():
    """Return what pip takes for the repository that this copy came from, where that has an address on the web."""
    words = ["git", "-C", str(ROOT), "remote", "get-url", "origin"]
    try:
        address = subprocess.run(words, capture_output=True, encoding="utf-8", check=False).stdout.strip()
    except OSError:
        return ""
    found = re.fullmatch(r"https://(?:[^/@]*@)?([^/@\s]+/\S+)", address)  # who fetched it may be named before an @
    return f"git+https://{found[1]}" if found else ""


def student_copy(chapter, setup):
    """Return the notebook for students, made of the chapter's: its words, and for each function a cell to fill in."""
    sections, wanted = [[]], []
    for cell, after in zip(chapter.cells, [*chapter.cells[1:], None], strict=True):
        if cell.cell_type == "markdown" and re.match(r"##+ ", cell.source.strip()):
            sections.append([])
        # Words without a heading or a formula that introduce code which is not copied say nothing here.
        if cell.cell_type == "code" or re.search(r"^#|\$", cell.source, flags=re.M) or after is None or shown(after):
            sections[-1].append(cell)
    last = max(place for place, section in enumerate(sections) if any(map(shown, section)))
    for place, section in enumerate(sections[1:], 1):
        if place <= last or EXAMPLE in section[0].source.splitlines()[0]:
            wanted += [new for cell in section for new in _copied(cell)]
    head = [new_markdown_cell(HEAD, id="head"), new_code_cell(setup, id="setup"), new_code_cell(IMPORTS, id="imports")]
    end = [new_markdown_cell("## All checks", id="all"), new_code_cell("exercises.show(globals())", id="check-all")]
    metadata = {key: chapter.metadata[key] for key in ("kernelspec", "language_info")}
    return new_notebook(cells=head + wanted + end, metadata=metadata)


def _copied(cell):
    if cell.cell_type == "markdown":
        return [new_markdown_cell(cell.source, id=cell.id)]
    cells = []
    for name in shown(cell):
        cells += [new_markdown_cell(METHOD, id="method")] * (name == "forward")
        cells.append(
            new_code_cell(exercises.emptied(exercises.FUNCTIONS[name]), id=f"exercise-{name}".replace("_", "-"))
        )
        cells.append(new_code_cell(f'exercises.show(globals(), "{name}")', id=f"check-{name}".replace("_", "-")))
    return cells


def write(path):
    """Write the copy to `path`, where nothing is yet."""
    path = Path(path).expanduser()
    if path.suffix != ".ipynb":
        raise InputError(f"OUTPUT={path} must be the name of a notebook, FILE.ipynb")
    text = nbformat.writes(student_copy(nbformat.read(CHAPTER, as_version=4), SETUP.format(project=project()))) + "\n"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(path, "x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        if not path.exists() and not path.is_symlink():
            raise InputError(f"{path} cannot be written: {path.parent} is no folder") from error
        raise InputError(f"{path} is there, and may be somebody's work: name another by OUTPUT=FILE") from error
    except NotADirectoryError as error:
        raise InputError(f"{path} cannot be written: {path.parent} is no folder") from error
    print(f"{path}: {len(exercises.FUNCTIONS)} functions to write; make exercises CHECK={path} says what is right")


def executed(path):
    """Execute a student's notebook, errors and all, and then the checks of each function; return the latter's cells."""
    try:
        notebook = nbformat.read(path, as_version=4)
    except OSError as error:
        raise InputError(f"CHECK={path} cannot be read ({error.strerror})") from error
    except Exception as error:  # what nbformat raises where a file is no notebook is anything
        raise InputError(f"CHECK={path} is not a notebook") from error
    asks = {name: new_code_cell(ASK.format(name=name)) for name in exercises.FUNCTIONS}
    notebook.cells += asks.values()
    with tempfile.TemporaryDirectory() as scratch:
        config = Config()
        for manager in (config.KernelManager, config.AsyncKernelManager):
            manager.transport, manager.ip = "ipc", str(Path(scratch, "kernel"))  # no TCP ports
        client = NotebookClient(
            notebook, timeout=SECONDS, interrupt_on_timeout=True, allow_errors=True, kernel_name="python3",
            config=config, resources={"metadata": {"path": str(path.resolve().parent)}},
        )  # fmt: skip
        client.log.setLevel(logging.CRITICAL)  # what takes too long is said below
        try:
            client.execute()
        except DeadKernelError as error:
            raise InputError(f"CHECK={path}: a cell ends the process that executes it") from error
    return asks


def check(path):
    """Say which checks the functions of a student's notebook pass, a line each; return whether all do."""
    path = Path(path).expanduser()
    if not path.is_file():
        raise InputError(f"CHECK={path} is not a file")
    found = [one for name, cell in executed(path).items() for one in told(name, cell)]
    for one in found:
        print(one.line)
    print(exercises.summary(found))
    return all(one.wrong is None for one in found)


def told(name, cell):
    """Return the Outcomes that an executed cell tells of the function called `name`."""
    text = "".join(one.text for one in cell.outputs if one.output_type == "stream" and one.name == "stdout")
    answers = [line.removeprefix(exercises.TOLD) for line in text.splitlines() if line.startswith(exercises.TOLD)]
    if answers:
        return [exercises.Outcome(**one) for one in json.loads(answers[-1])]
    errors = [one for one in cell.outputs if one.output_type == "error" and one.ename != "KeyboardInterrupt"]
    words = [f"{one.ename}: {one.evalue}".splitlines()[0] for one in errors]
    return [exercises.Outcome(name, "all of its checks", *(words or [f"it does not end within {SECONDS} seconds"])[:1])]


def main(arguments=None):
    """Run the command line; return the exit code: 1 where a check fails, 2 for bad input."""
    parser = argparse.ArgumentParser(prog="python tools/exercises.py", description=__doc__.split("\n\n")[0])
    parser.add_argument("--output", default="", help=f"the notebook to write; without: {OUTPUT}")
    parser.add_argument("--check", default="", help="a notebook to check, in place of writing one")
    options = parser.parse_args(arguments)
    try:
        if options.output and options.check:
            raise InputError("OUTPUT=FILE writes a notebook, CHECK=FILE checks one: give one of them")
        if options.check:
            return 0 if check(options.check) else 1
        write(options.output or OUTPUT)
    except InputError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"error: {': '.join(str(one) for one in (error.filename, error.strerror) if one)}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
