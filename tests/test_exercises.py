"""The student's copy of the derivation: what is in it, what its checks notice, and what is said of somebody's work."""

import ast
import inspect
import os
import re
import subprocess
import sys
import textwrap

import nbformat
import pytest

from conftest import ROOT, assert_refused, make

sys.path.append(str(ROOT / "tools"))
import exercises as tool  # noqa: E402

from twolayer.checking import exercises  # noqa: E402

FUNCTIONS = exercises.FUNCTIONS
# Name to mistakes, what stands in the library and what is there instead. The first of each is a sign.
MISTAKES = {
    "affine_forward": [("X @ W + b", "X @ W - b"), ("X @ W + b", "X @ W")],
    "relu_forward": [
        ("np.maximum(Z, 0)", "np.maximum(-Z, 0)"), ("np.maximum(Z, 0)", "np.abs(Z)"),
        ("return", "Z[Z < 0] = 0; return"),
    ],
    "forward": [
        ("affine_forward(A1, W2, b2)", "affine_forward(-A1, W2, b2)"),
        ("(first, kink, second)", "(second, kink, first)"),
    ],
    "log_softmax": [
        ("shifted - np.log", "shifted + np.log"), ("Z - Z.max(axis=1, keepdims=True)", "Z"),
        ("sum(axis=1", "sum(axis=0"),
    ],
    "softmax": [("np.exp(log_softmax(Z))", "np.exp(-log_softmax(Z))"), ("np.exp(log_softmax(Z))", "log_softmax(Z)")],
    "softmax_jacobian": [("- P[:, None, :]", "+ P[:, None, :]"), ("P[:, :, None] *", "P[:, None, :] *")],
    "softmax_cross_entropy": [
        ("-log_P[rows, y].mean()", "log_P[rows, y].mean()"), ("dZ[rows, y] -= 1", "dZ[rows, y] += 1"),
        ("dZ /= len(y)", "pass"), (".mean()", ".sum()"), ("check_labels(y, *Z.shape)", "pass"),
    ],
    "affine_backward": [
        ("X.T @ dZ", "-X.T @ dZ"), ("dZ.sum(axis=0)", "dZ[0]"), ("dZ.sum(axis=0)", "dZ"), ("dZ @ W.T", "-dZ @ W.T"),
        ("dZ @ W.T if input_gradient else None", "dZ @ W.T"), ("dX, X.T @ dZ", "X.T @ dZ, dX"),
    ],
    "relu_backward": [
        ("dA * (cache > 0)", "-dA * (cache > 0)"), ("cache > 0", "cache >= 0"),
        ("cache > 0", "np.maximum(cache, 0) >= 0"),
    ],
    "l2_penalty": [("0.5 * l2", "-0.5 * l2"), ("0.5 * l2", "l2"), ("flat @ flat", "abs(flat).sum()")],
    "loss": [
        ("+= self.l2", "-= self.l2"), ("return loss + l2_penalty", "return loss - l2_penalty"),
        ("+= self.l2 *", "+= 2 * self.l2 *"), ("for name in self.decayed:", "for name in ('W1', 'W2'):"),
        ('"b1": db1', '"b1": db1 / 2'),
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def chapter():
    return nbformat.read(tool.CHAPTER, as_version=4)


@pytest.fixture
def copy(chapter):
    return tool.student_copy(chapter, tool.SETUP.format(project=""))


def body(name):
    return textwrap.dedent(inspect.getsource(FUNCTIONS[name]))


def fill(notebook, changed=None):
    """Write the library's functions into a student's copy, some of them as `changed` has them."""
    for cell in notebook.cells:
        if cell.id.startswith("exercise-"):
            name = cell.id.removeprefix("exercise-").replace("-", "_")
            cell.source = (changed or {}).get(name, body(name))
    return notebook


def judged(notebook):
    """Execute the cells of a copy here, but not those that show; return the outcomes."""
    namespace = {}
    for cell in notebook.cells:
        if cell.id == "imports" or cell.id.startswith("exercise-"):
            exec(cell.source, namespace)
    return exercises.outcomes(namespace)


def dependents(name):
    """Return the functions that use one of the library, by what their sources name, and it itself."""
    used = {
        one: {node.id for node in ast.walk(ast.parse(body(one))) if isinstance(node, ast.Name)} for one in FUNCTIONS
    }
    used["loss"].add("forward")  # by way of self
    for layer in ("affine", "relu"):
        used[f"{layer}_backward"].add(f"{layer}_forward")  # whose cache it takes
    found, more = {name}, True
    while more:
        more = {one for one, names in used.items() if names & found} - found
        found |= more
    return found


def test_the_library_passes_all_checks():
    found = exercises.outcomes(FUNCTIONS)
    assert len(found) > 20 and {one.of for one in found} == set(FUNCTIONS)
    assert [one.line for one in found if one.wrong is not None] == []


def test_a_copy_with_the_librarys_bodies_passes_all_checks(copy):
    found = judged(fill(copy))
    assert [one.line for one in found if one.wrong is not None] == [] and len(found) == len(
        exercises.outcomes(FUNCTIONS)
    )


def test_an_empty_copy_passes_none(copy):
    found = judged(copy)
    assert all(one.wrong is not None and "no body yet" in one.wrong for one in found)
    assert exercises.summary(found) == f"0 of {len(found)} checks pass"


@pytest.mark.parametrize("name", FUNCTIONS)
def test_an_empty_body_fails_its_own_checks_and_what_depends_on_it(copy, name):
    found = judged(fill(copy, {name: exercises.emptied(FUNCTIONS[name])}))
    own = [one for one in found if one.of == name]
    assert own and all(one.wrong == "it has no body yet" for one in own)
    others = [one for one in found if one.of != name and one.wrong is not None]
    assert {one.of for one in others} <= dependents(name)
    assert all(one.wrong == f"it waits for {name}, which has no body yet" for one in others)


@pytest.mark.parametrize(
    ("name", "before", "after"), [(name, *pair) for name, pairs in MISTAKES.items() for pair in pairs]
)
def test_a_mistake_fails_its_own_checks_and_only_what_depends_on_it(copy, name, before, after):
    assert before in body(name)
    found = judged(fill(copy, {name: body(name).replace(before, after)}))
    failed = {one.of for one in found if one.wrong is not None}
    assert name in failed and failed <= dependents(name)


def test_there_is_a_sign_mistake_for_each_function():
    assert set(MISTAKES) == set(FUNCTIONS)


def test_what_depends_on_what():
    assert dependents("loss") == {"loss"} and dependents("softmax_jacobian") == {"softmax_jacobian"}
    assert dependents("log_softmax") == {"log_softmax", "softmax", "softmax_cross_entropy", "loss"}
    assert dependents("relu_forward") == {"relu_forward", "relu_backward", "forward", "loss"}


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("def affine_forward(X, W, b):\n    return X @ W + b", "Z, cache must be returned"),
        ("def affine_forward(X, W, b):\n    return (X @ W + b).T, (X, W)", "Z has the shape (4, 6), not (6, 4)"),
        ("def affine_forward(X, W, b):\n    return None, (X, W)", "Z is None, no array"),
        ("def affine_forward(X, W, b):\n    return X @ W + b * np.nan, (X, W)", "a relative error of nan"),
        ("def affine_forward(X, W):\n    return X @ W", "TypeError: affine_forward() takes 2 positional arguments"),
        (
            "def affine_forward(X, W, b):\n    return 2 * (X @ W + b), (X, W)",
            "a relative error of 5.0e-01, where 1e-12",
        ),
        ("affine_forward = None", "affine_forward is not defined"),
    ],
)
def test_the_reason_is_a_phrase(copy, code, words):
    first = judged(fill(copy, {"affine_forward": code}))[0]
    assert first.of == "affine_forward" and words in first.wrong and "\n" not in first.line


def test_the_copy_has_the_chapters_words_and_none_of_its_solutions(copy, chapter):
    nbformat.validate(copy)
    ids = [cell.id for cell in copy.cells]
    assert len(set(ids)) == len(ids)
    words = "\n".join(cell.source for cell in copy.cells if cell.cell_type == "markdown")
    assert re.findall(r"\\tag\{(2\.\d+)\}", words) == [f"2.{number}" for number in range(1, 14)]
    whole = "\n".join(cell.source for cell in chapter.cells)
    kept = [
        cell.source for cell in copy.cells if cell.cell_type == "markdown" and cell.id not in ("head", "method", "all")
    ]
    assert all(text in whole for text in kept) and "## An example with small integers" in words
    code = "\n".join(cell.source for cell in copy.cells if cell.cell_type == "code")
    assert code.count("raise NotImplementedError") == len(FUNCTIONS)
    for name, function in FUNCTIONS.items():
        tree = ast.parse(body(name)).body[0]
        assert ast.get_docstring(tree) in textwrap.dedent(code.replace("\n    ", "\n")), name
        solution = [line.strip() for line in body(name).splitlines()[tree.body[0].end_lineno :] if line.strip()]
        assert solution and not [line for line in solution if line in code.split("## All")[0]], function


def test_make_writes_a_copy_and_checks_it(tmp_path):
    path = tmp_path / "mine.ipynb"
    answer = make("exercises", f"OUTPUT={path}")
    assert answer.returncode == 0 and answer.stdout.startswith(f"{path}: {len(FUNCTIONS)} functions to write"), (
        answer.stderr
    )
    notebook = fill(nbformat.read(path, as_version=4), {"l2_penalty": body("l2_penalty").replace("0.5 * l2", "l2")})
    nbformat.write(notebook, path)
    before = path.read_bytes()
    answer = make("exercises", f"CHECK={path}")
    lines = answer.stdout.splitlines()
    total = len(exercises.outcomes(FUNCTIONS))
    assert len(lines) == total + 1, answer.stdout + answer.stderr
    assert answer.returncode == 2 and "Error 1" in answer.stderr  # make's own code, and the command's
    assert "affine_backward: dX, dW and db by central differences: passed" in lines
    assert any(re.match(r"l2_penalty: .*: failed, the penalty has a relative error of", line) for line in lines)
    assert {line.partition(":")[0] for line in lines[:-1] if "failed" in line} == {"l2_penalty", "loss"}
    assert path.read_bytes() == before


def test_a_finished_copy_passes(tmp_path, copy, command):
    nbformat.write(fill(copy), tmp_path / "done.ipynb")
    answer = command(tool.main, "--check", tmp_path / "done.ipynb")
    total = len(exercises.outcomes(FUNCTIONS))
    assert answer.returncode == 0 and answer.stdout.splitlines()[-1] == f"{total} of {total} checks pass", answer.stderr
    assert "failed" not in answer.stdout


def test_work_that_prints_fails_or_never_ends_is_judged_all_the_same(tmp_path, copy, command, monkeypatch):
    monkeypatch.setattr(tool, "SECONDS", 3)
    endless = "def l2_penalty(arrays, l2):\n    while True:\n        pass"
    talkative = body("softmax").replace("return", "print('outcomes: []', end='')\n    return")
    notebook = fill(copy, {"l2_penalty": endless, "softmax": talkative})
    notebook.cells.insert(3, nbformat.v4.new_code_cell("print('outcomes: x', end='')\n1 / 0"))
    for cell in notebook.cells:  # what it says there takes its time, too
        if cell.id.startswith("check-"):
            cell.source = "pass"
    nbformat.write(notebook, tmp_path / "odd.ipynb")
    answer = command(tool.main, "--check", tmp_path / "odd.ipynb")
    failed = [line for line in answer.stdout.splitlines() if "failed" in line]
    assert answer.returncode == 1, answer.stderr
    assert failed[0] == "l2_penalty: all of its checks: failed, it does not end within 3 seconds"
    assert {line.partition(":")[0] for line in failed} == {"l2_penalty", "loss"}


def test_what_cannot_be_asked_is_said(tmp_path, copy, command):
    copy.cells.append(nbformat.v4.new_code_cell("import sys\nsys.modules['twolayer.checking.exercises'] = None"))
    nbformat.write(fill(copy), tmp_path / "odd.ipynb")
    lines = command(tool.main, "--check", tmp_path / "odd.ipynb").stdout.splitlines()
    assert len(lines) == len(FUNCTIONS) + 1 and all(
        "all of its checks: failed, ModuleNotFound" in one for one in lines[:-1]
    )


def test_work_that_ends_the_process_is_refused_in_a_sentence(tmp_path, copy, command):
    copy.cells.insert(3, nbformat.v4.new_code_cell("import os\nos._exit(1)"))
    nbformat.write(copy, tmp_path / "dead.ipynb")
    assert_refused(command(tool.main, "--check", tmp_path / "dead.ipynb"), "a cell ends the process that executes it")


def test_somebodys_work_is_never_overwritten(tmp_path, command):
    path = tmp_path / "mine.ipynb"
    path.write_text("work", encoding="utf-8")
    assert_refused(command(tool.main, "--output", path), f"{path} is there, and may be somebody's work")
    assert path.read_text(encoding="utf-8") == "work"
    (tmp_path / "away.ipynb").symlink_to(tmp_path / "gone.ipynb")
    assert_refused(command(tool.main, "--output", tmp_path / "away.ipynb"), "is there, and may be")
    assert not (tmp_path / "gone.ipynb").exists()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--output", "{0}"), "must be the name of a notebook, FILE.ipynb"),
        (("--output", "{0}/text/mine.ipynb"), "text is no folder"),
        (("--check", "{0}/none.ipynb"), "none.ipynb is not a file"),
        (("--check", "{0}"), "is not a file"),
        (("--check", "{0}/text"), "text is not a notebook"),
        (("--check", "{0}/text", "--output", "{0}/mine.ipynb"), "give one of them"),
    ],
)
def test_what_is_wrong_is_refused_in_a_sentence(tmp_path, command, words, sentence):
    (tmp_path / "text").write_text("no notebook", encoding="utf-8")
    assert_refused(command(tool.main, *(word.format(tmp_path) for word in words)), sentence)
    assert {path.name for path in tmp_path.iterdir()} == {"text"}


# The first cell elsewhere: Python without installed packages, and a pip that notes what it is asked for.
PIP = """
import os, shutil, sys
from pathlib import Path
Path(os.environ["ASKED"]).open("a").write(" ".join(sys.argv[1:]) + "\\n")
if os.environ["ANSWER"] == "no":
    sys.exit("no such address")
if sys.argv[-1] == "numpy":
    Path(os.environ["SITE"], "numpy.py").write_text("")
else:
    shutil.copytree(os.environ["LIBRARY"], Path(os.environ["SITE"], "twolayer"))
"""


def first_cell(folder, project, answer="yes"):
    """Execute the first code cell in `folder` as where nothing is installed; return its end, and what pip got."""
    site = folder.parent / "site"
    (site / "pip").mkdir(parents=True)
    (site / "pip" / "__init__.py").touch()
    (site / "pip" / "__main__.py").write_text(PIP, encoding="utf-8")
    folder.mkdir(exist_ok=True)
    code = tool.SETUP.format(project=project) + "\nimport twolayer\nprint(twolayer.__file__)"
    variables = {"PYTHONPATH": str(site), "SITE": str(site), "ASKED": str(site / "asked"), "ANSWER": answer}
    done = subprocess.run(
        [sys.executable, "-S", "-B", "-c", code], cwd=folder, capture_output=True, encoding="utf-8", check=False,
        env=os.environ | variables | {"LIBRARY": str(ROOT / "lib" / "twolayer")},
    )  # fmt: skip
    return done, (site / "asked").read_text(encoding="utf-8").splitlines() if (site / "asked").exists() else []


def test_elsewhere_the_first_cell_installs_what_is_missing(tmp_path):
    done, asked = first_cell(tmp_path / "colab", "git+https://example.org/report")
    assert done.returncode == 0 and done.stdout.strip().endswith("site/twolayer/__init__.py"), done.stderr
    assert asked == [f"install --quiet --no-deps {name}" for name in ("git+https://example.org/report", "numpy")]


@pytest.mark.parametrize("place", ["clone/notebooks", "clone", "."])
def test_elsewhere_a_copy_nearby_is_found(tmp_path, place):
    """In the folder of a clone, below it, and beside it, where Colab puts one."""
    (tmp_path / "home" / "clone" / "notebooks").mkdir(parents=True)
    (tmp_path / "home" / "clone" / "lib").symlink_to(ROOT / "lib")
    (tmp_path / "home" / "site").mkdir()
    folder = tmp_path / "home" / place
    done, asked = first_cell(folder if place != "." else tmp_path / "home", "")
    assert done.returncode == 0 and "clone/lib/twolayer" in done.stdout, done.stderr
    assert asked == ["install --quiet --no-deps numpy"]


def test_elsewhere_the_first_cell_says_what_it_needs(tmp_path):
    done, asked = first_cell(tmp_path / "colab", "")
    assert done.returncode == 1 and asked == []
    assert done.stderr.splitlines()[-1].startswith("AssertionError: twolayer is missing: write project = 'git+https://")


def test_elsewhere_the_first_cell_says_what_pip_says(tmp_path):
    done, _ = first_cell(tmp_path / "colab", "git+https://example.org/report", answer="no")
    assert done.returncode == 1 and done.stderr.strip().splitlines()[-1] == "AssertionError: no such address"


def test_here_the_first_cell_does_nothing(copy, monkeypatch):
    (setup,) = (cell.source for cell in copy.cells if cell.id == "setup")
    monkeypatch.setattr(subprocess, "run", None)
    before = list(sys.path)
    exec(setup, {})
    assert sys.path == before


@pytest.mark.parametrize(
    ("address", "project"),
    [
        ("https://example.org/somebody/report.git", "git+https://example.org/somebody/report.git"),
        ("https://name:word@example.org/report", "git+https://example.org/report"),
        ("https://word@example.org/report", "git+https://example.org/report"),
        ("git@example.org:report", ""),
        ("/home/somebody/report", ""),
        (None, ""),
    ],
)
def test_the_copy_knows_the_address_that_the_clone_came_from(tmp_path, monkeypatch, address, project):
    monkeypatch.setattr(tool, "ROOT", tmp_path)
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    if address:
        subprocess.run(["git", "-C", str(tmp_path), "remote", "add", "origin", address], check=True)
    assert tool.project() == project


def test_binder_has_a_copy():
    """Not where somebody's work is already."""
    script = (ROOT / "postBuild").read_text(encoding="utf-8")
    assert script.splitlines()[-1] == f"[ -e {tool.OUTPUT} ] || python tools/exercises.py"
    ignored = subprocess.run(["git", "check-ignore", "--quiet", tool.OUTPUT], cwd=ROOT, check=False)
    assert ignored.returncode == 0  # a student's work is nobody else's
