"""What a cell has read: files that its statements open, and those behind the variables that they use."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell

from conftest import ROOT
from nbreport import display, reads


@pytest.fixture(scope="module")
def watch():
    """A shell that is watched; of audit hooks Python forgets none, so there is one for all tests."""
    return reads.Watch(InteractiveShell())


@pytest.fixture
def run(watch, monkeypatch, tmp_path):
    """Run cells one after the other; returns the cells' numbers and what the last one's last statement is made from."""
    monkeypatch.setattr(reads, "ROOT", tmp_path)
    monkeypatch.setattr(reads, "_watch", watch)
    found = []
    watch.shell.user_ns.update(record=lambda *_: found.append(reads.record()), folder=str(tmp_path))

    def cells(*sources):
        numbers = []
        for source in sources:
            numbers.append(len(watch.shell.user_ns["In"]))
            watch.shell.run_cell(source, store_history=True).raise_error()
        return numbers, found[-1]

    return cells


def write(folder, *names):
    for name in names:
        folder.joinpath(name).parent.mkdir(parents=True, exist_ok=True)
        folder.joinpath(name).write_text(name, encoding="utf-8")


@pytest.fixture
def files(tmp_path):
    write(tmp_path, "a.txt", "b.txt", "c.txt", "data/d.txt", ".hidden/e.txt", "module.py")
    return tmp_path


READ = "def read(name):\n    with open(f'{folder}/{name}') as file:\n        return file.read()\n"


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["a = read('a.txt')", "record(a)"], "a.txt"),
        (["a = read('a.txt')\nb = read('b.txt')", "record(a)"], "a.txt"),  # a statement, not a cell
        (["a = read('a.txt')", "b = a + read('b.txt')", "c = len(b)", "record(c)"], "a.txt b.txt"),
        (["a = read('a.txt')", "a = 1", "record(a)"], ""),
        (["a = read('a.txt')", "if folder == '':\n    a = 1", "record(a)"], "a.txt"),
        (["a = 1", "if folder:\n    a = read('b.txt')", "record(a)"], "b.txt"),
        (["a = {}", "a['x'] = read('a.txt')", "record(a)"], "a.txt"),
        (["a = []", "a.append(read('a.txt'))", "record(a)"], "a.txt"),
        (["a = []", "for name in ('a.txt', 'b.txt'):\n    a.append(read(name))", "record(a)"], "a.txt b.txt"),
        (["a = read('a.txt')\nb = [a for a in 'x']", "record(b)"], ""),  # that is another a
        (["a = read('a.txt')\nb = [each for each in a]", "record(b)"], "a.txt"),
        (["a = read('a.txt')", "def f():\n    return a", "record(f())"], "a.txt"),
        (["a = read('a.txt')", "def f(a):\n    return a", "record(f(1))"], ""),
        (["record(read('data/d.txt'))"], "data/d.txt"),
        (["import json\nb = json.loads('1')\na = read('a.txt')\njson.codec = a", "record(json.loads('1'))"], ""),
        (["read('.hidden/e.txt'), read('module.py'); record()"], ""),
        (["open(f'{folder}/a.txt', 'a').close()\nrecord()"], ""),
        (["from pathlib import Path\nrecord(Path(folder, 'c.txt').read_bytes())"], "c.txt"),
        (["import os\nos.close(os.open(f'{folder}/c.txt', os.O_RDONLY)); record()"], "c.txt"),  # on the same line
        (["import os\nos.close(os.open(f'{folder}/c.txt', os.O_RDONLY))\nrecord()"], ""),
        (["import os\nrecord(os.close(os.open(f'{folder}/c.txt', os.O_RDONLY)))"], "c.txt"),
        (["a = read('a.txt')", "record(f'{a:>5} is')"], "a.txt"),
        (["a = read('a.txt')", "%matplotlib --list\nrecord(a)"], "a.txt"),
        (["import threading\nthreads = [threading.Thread(target=read, args=['b.txt'])]",
          "[one.start() for one in threads]\n[one.join() for one in threads]\nrecord()"], "b.txt"),
    ],
)  # fmt: skip
def test_a_statement_has_read_what_it_opened_and_what_made_its_variables(run, files, cells, expected):
    _, made = run(READ, *cells)
    assert made["files"] == expected.split() and made["runs"] == {}


def test_cells_are_those_whose_variables_are_used_and_those_that_have_read(run, files):
    numbers, made = run(READ, "a = read('a.txt')", "b = 1", "c = a + '!'", "d = c", "record(d, b)")
    define, reading, one, _, last, shown = numbers
    assert made["cells"] == [reading, one, last, shown] and define not in made["cells"]


def test_runs_are_named_by_study_and_a_whole_study_by_none(run, tmp_path):
    for name in ("one", "two"):
        write(tmp_path / "runs" / "study" / name, "result.json", "history.npz")
        write(tmp_path / "runs" / "other" / name, "result.json")
    for name in ("study", "other"):
        (tmp_path / "runs" / name / "study.json").write_text(json.dumps({"runs": ["one", "two"]}), encoding="utf-8")
    _, made = run(READ, "read('runs/study/study.json')", "record(read('runs/study/two/history.npz'))")
    assert made["runs"] == {"study": ["two"]} and made["files"] == []
    whole = "a = [read(f'runs/other/{one}/result.json') for one in ('one', 'two')]"
    _, made = run(READ, whole, "record(a, read('runs/study/one/result.json'))")
    assert made["runs"] == {"other": None, "study": ["one"]}


def test_a_cell_that_is_no_python_does_no_harm(watch, run, files):
    assert not watch.shell.run_cell("a = = 1", store_history=True).success
    assert run(READ, "a = read('a.txt')", "record(a)")[1]["files"] == ["a.txt"]


def test_where_nobody_watches_nothing_is_said_of_it(monkeypatch):
    monkeypatch.setattr(reads, "_watch", None)
    assert reads.record() is None and display._about("prose") == {"kind": "prose"}


def test_importing_it_outside_of_a_notebook_watches_nothing():
    code = "from nbreport import display, reads; print(reads._watch)"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8", cwd=ROOT)
    assert answer.stdout.strip() == "None"


def test_a_notebooks_outputs_carry_it_from_the_cell_that_imports_display_on(tmp_path):
    import nbclient
    import nbformat

    cells = [
        f"from nbreport.display import prose\na = open({str(ROOT / 'data' / 'claims.toml')!r}).read()",
        "prose(a[:5] + 'words')",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(one) for one in cells])
    nbclient.NotebookClient(notebook, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}).execute()
    (output,) = notebook.cells[1].outputs
    assert output.metadata["nbreport"]["made"] == {"cells": [1, 2], "runs": {}, "files": ["data/claims.toml"]}
    assert [cell.execution_count for cell in notebook.cells] == [1, 2]


def test_the_root_is_the_projects():
    assert Path(ROOT) == reads.ROOT
