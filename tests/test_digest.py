"""What a digest depends on, and what it does not: the notebook, code, packages, data, and the names that they go by."""

import os
import subprocess
import sysconfig
import venv
from importlib.metadata import version
from pathlib import Path

import nbformat
import pytest

import toy
from conftest import call
from nbreport import InputError
from nbreport.notebook import Notebook
from nbreport.studies import digest, trace
from nbreport.studies.part import provenances
from nbreport.studies.store import Store
from nbreport.studies.study import all_points

OLD = {
    "notebook": "1", "code": {"a.py": "1", "b.py": "1"}, "packages": {"numpy": "2.0", "scipy": "1"}, "python": "3.11",
    "inputs": {"some.csv": "1"}, "facts": {},
}  # fmt: skip


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    toy.make_project(tmp_path)
    return tmp_path


def changed(path, change):
    """Return whether a change of the notebook's content changes what is remembered of it."""
    before = digest.notebook_hash(Notebook(path).content)
    content = nbformat.read(path, as_version=4)
    change(content)
    return digest.notebook_hash(content) != before


@pytest.mark.parametrize(
    ("change", "matters"),
    [
        (lambda content: content.cells[2].update(source="1"), True),
        (lambda content: content.cells[2].update(cell_type="raw"), True),
        (lambda content: content.cells[1].metadata.update(tags=[]), True),
        (lambda content: content.cells[2].metadata.update(tags=["more"]), True),
        (lambda content: content.cells.pop(0), True),
        (lambda content: content.cells[2].metadata.update(tags=[]), False),
        (lambda content: content.cells[2].metadata.update(collapsed=True), False),
        (lambda content: content.cells[2].update(outputs=["some"], execution_count=3, id="other"), False),
        (lambda content: content.metadata.update(kernelspec={}), False),
    ],
)
def test_of_a_notebook_cells_and_tags_count_and_what_a_run_leaves_does_not(project, change, matters):
    assert changed("toy.ipynb", change) == matters


def test_the_order_of_names_is_nothing():
    code = {"notebook": "1", "code": {"a.py": "1", "b.py": "2"}, "packages": {}}
    other = {"packages": {}, "code": {"b.py": "2", "a.py": "1"}, "notebook": "1"}
    found = digest.provenance(code, {}, {"x": 1, "y": 2}, {}, {})
    assert found["digest"] == digest.provenance(other, {}, {"y": 2, "x": 1}, {}, {})["digest"]
    assert found["digest"] != digest.provenance(code, {}, {"x": 2, "y": 1}, {}, {})["digest"]
    assert found["digest"] != digest.provenance(code, {}, {"x": 1, "y": 2}, {}, {"core": "Zen"})["digest"]


def test_data_is_hashed_to_the_byte_and_code_without_its_prose(tmp_path):
    path = tmp_path / "some.py"

    def both(text):
        path.write_text(text, encoding="utf-8")
        return digest.hashes(["some.py"], tmp_path)["some.py"], digest.file_hash(path)

    first, second, third = both("x = 1"), both("x = 1  # why"), both("x = 2  # why")
    assert len({first[0], second[0], third[0]}) == 3 and first[1] == second[1] != third[1]
    assert both("")[1] == both('"""Prose alone."""')[1]
    assert both('def f():\n    "prose"\n    return 1\n')[1] == both("def f():\n    return 1\n")[1] != both("f = 1")[1]


def test_a_file_of_another_size_is_read_again_even_if_its_clock_says_it_is_the_same(tmp_path):
    path, hashes = tmp_path / "some.csv", []
    for text in ("1", "12"):
        path.write_text(text, encoding="utf-8")
        os.utime(path, (1, 1))
        hashes.append(digest.file_hash(path))
    assert hashes[0] != hashes[1]


def test_a_package_may_have_another_name_than_its_module():
    assert digest.package_version("numpy") == version("numpy")
    assert digest.package_version("yaml") == version("PyYAML")
    assert digest.package_version("no_such_package") is None


def test_what_is_installed_is_read_once_for_a_path(monkeypatch, tmp_path):
    """Reading it for each module of each chapter took longer than rendering the page."""
    read = []
    monkeypatch.setattr(digest, "packages_distributions", lambda: read.append(1) or {"yaml": ["PyYAML"]})
    digest._distributions.cache_clear()
    try:
        found = [digest.package_version(name) for name in ("yaml", "nowhere", "yaml")]
        assert found == [version("PyYAML"), None, version("PyYAML")]
        assert len(read) == 1
        monkeypatch.syspath_prepend(tmp_path)
        digest.package_version("yaml")
        assert len(read) == 2
    finally:
        digest._distributions.cache_clear()


def test_a_run_depends_on_files_and_on_runs_both_from_the_projects_root(project, monkeypatch, tmp_path_factory):
    parameters = toy.PARAMETERS + "\nruns = 'runs'"
    toy.make_project(project, parameters=parameters, inputs=["*.csv"], studies=["first", "second"])
    (project / "some.csv").write_text("1", encoding="utf-8")
    for name in ("first", "second"):
        (project / "runs" / name).mkdir(parents=True)
        Store(project / "runs" / name).keep("one", {}, {})
        Store(project / "runs" / name).list_runs(["one"])
    points = all_points(Notebook(project / "toy.ipynb"), {}, {"runs": [str(project / "runs")]})
    (here,) = provenances(points).values()
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    (there,) = provenances(points, project).values()
    assert here == there and list(here["code"]) == ["toy_code.py"]
    names = [Path(name).relative_to(project / "runs").as_posix() for name in list(here["inputs"])[1:]]
    assert list(here["inputs"])[0] == "some.csv" and here["packages"] == {}
    assert names == ["first/study.json", "first/one/result.json", "second/study.json", "second/one/result.json"]


def test_the_root_is_where_one_is_and_prose_is_free_unless_something_else_is_said(project):
    notebook = Notebook("toy.ipynb")
    points = all_points(notebook, {}, {"count": [1]})
    assert digest.code_of(notebook) == digest.code_of(notebook, project, False) != digest.code_of(notebook, exact=True)
    assert digest.hashes(["toy.ipynb"]) == digest.hashes(["toy.ipynb"], project)
    assert provenances(points) == provenances(points, project, False) != provenances(points, exact=True)


def test_inputs_are_sorted_and_named_once(project):
    for name in "cab":
        (project / f"{name}.csv").touch()
    toy.make_project(project, inputs=["c*.csv", "*.csv"])
    assert [str(path) for path in digest.input_files(Notebook("toy.ipynb"))] == ["a.csv", "b.csv", "c.csv"]
    toy.make_project(project, inputs=["d*.csv"])
    with pytest.raises(InputError, match=r"^toy.ipynb: its metadata names the input d\*.csv, which matches no file$"):
        digest.input_files(Notebook("toy.ipynb"))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"packages": {"numpy": "1"}}, "numpy 2.0 then, 1 now, scipy 1 then, None now"),
        ({"packages": {"numpy": "2.0", "scipy": "1", "more": "3"}}, "more None then, 3 now"),
        ({"code": {"a.py": "2", "b.py": "1"}, "python": "3.99"}, "a.py changed"),
        ({"code": {"a.py": "1"}}, "b.py changed"),
        ({"code": {"a.py": "2", "b.py": "3", "c.py": "1"}}, "a.py and 2 more changed"),
        ({"inputs": {"some.csv": "2", "a.csv": "1"}, "notebook": "2"}, "a.csv and 1 more changed"),
        (
            {"code": {}, "python": "3.99"},
            "made with Python 3.11, and this is 3.99, which reads code otherwise",
        ),
        ({"notebook": "2", "facts": {"data": 2}}, "the notebook changed"),
        ({"facts": {"data": 2}}, "parameters or data changed"),
        (
            {"arithmetic": {"openblas": "0.3", "core": "Zen", "features": "X86_V2", "threads": 1}},
            "made with an arithmetic that was not recorded, now OpenBLAS 0.3 for Zen, 1 thread, NumPy for X86_V2",
        ),
    ],
)
def test_what_has_changed_in_words(change, words):
    assert digest.difference(OLD, OLD | change) == words


def test_what_an_old_run_does_not_say_has_changed():
    assert (
        digest.difference({"packages": OLD["packages"]}, OLD)
        == "made with Python None, and this is 3.11, which reads code otherwise"
    )
    assert digest.difference({}, OLD | {"packages": {}, "code": {"a.py": "1"}}) == "a.py changed"
    assert digest.difference({}, OLD | {"packages": {}, "code": {}, "inputs": {}}) == "the notebook changed"


def test_packages_are_named_once_by_their_first_name_and_the_standard_library_not_at_all(project):
    work = "import numpy.linalg, numpy, os.path, json, toy_code, pandas.core.frame\nfrom scipy import stats\n"
    toy.make_project(project, work=work)
    files, packages = trace.imports(Notebook("toy.ipynb"))
    assert [file.name for file in files] == ["toy_code.py"] and packages == ["numpy", "pandas", "scipy"]
    toy.make_project(project, work=work, only_draws=["pandas"])
    assert trace.imports(Notebook("toy.ipynb"))[1] == ["numpy", "scipy"]


def test_a_package_of_our_own_is_none_of_others(project):
    (project / "room").mkdir()
    for name in ("__init__", "deep"):
        (project / "room" / f"{name}.py").write_text("import room.missing\n", encoding="utf-8")
    toy.make_project(project, work="import room.deep")
    files, packages = trace.imports(Notebook("toy.ipynb"))
    assert [file.name for file in files] == ["__init__.py", "deep.py"] and packages == []


def test_what_is_installed_is_a_package_and_all_else_is_code(project, tmp_path_factory, monkeypatch):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "toy_other.py").touch()
    monkeypatch.syspath_prepend(elsewhere)
    monkeypatch.syspath_prepend("")  # the folder of whoever works in it
    monkeypatch.setattr(trace, "INSTALLED", [project / "venv"])
    (project / "venv").mkdir()
    (project / "venv" / "toy_installed.py").touch()
    monkeypatch.syspath_prepend(project / "venv")
    toy.make_project(project, work="import toy_other, toy_code, toy_installed")
    files, packages = trace.imports(Notebook("toy.ipynb"))
    assert files == sorted([project / "toy_code.py", elsewhere / "toy_other.py"]) and packages == ["toy_installed"]
    (elsewhere / "site-packages").mkdir()  # of another environment, whose packages are installed just as well
    (elsewhere / "site-packages" / "toy_deep.py").touch()
    monkeypatch.syspath_prepend(elsewhere / "site-packages")
    toy.make_project(project, work="import toy_deep")
    assert trace.imports(Notebook("toy.ipynb")) == ([], ["toy_deep"])
    toy.make_project(project)
    monkeypatch.setattr("sys.path", [""])
    assert trace.imports(Notebook("toy.ipynb"))[0] == [project / "toy_code.py"]


def test_a_cell_that_is_not_python_is_named(project):
    content = nbformat.read("toy.ipynb", as_version=4)
    content.cells[2].update(source="import (", id="the-cell")
    nbformat.write(content, "toy.ipynb")
    with pytest.raises(InputError, match=r"^toy.ipynb, cell the-cell is not Python: invalid syntax$"):
        trace.imports(Notebook("toy.ipynb"))
    cell = nbformat.from_dict({"cell_type": "code", "source": "import (", "metadata": {}})  # as before format 4.5
    with pytest.raises(InputError, match=r"^some.ipynb, cell \? is not Python: invalid syntax$"):
        trace._compiled(cell, "some.ipynb")


def test_a_copied_checkout_is_hashed_by_what_it_imports(tmp_path):
    """The environment in a copy imports the code of the checkout that it was made for, until it is renewed."""
    first, second = tmp_path / "first", tmp_path / "second"
    (first / "lib").mkdir(parents=True)
    toy.make_project(first)
    for name in ("toy_code.py", "toy_check.py"):
        (first / name).rename(first / "lib" / name)
    venv.create(first / ".venv")
    (site,) = (first / ".venv").glob("lib/python*/site-packages")
    (site / "project.pth").write_text(f"{first / 'lib'}\n", encoding="utf-8")
    (site / "tools.pth").write_text(f"{toy.LIB}\n{sysconfig.get_path('purelib')}\n", encoding="utf-8")
    subprocess.run(["cp", "-r", first, second], check=True)
    here, there = first / "lib" / "toy_code.py", second / "lib" / "toy_code.py"
    there.write_text("def repeat(word, count):\n    return 'of the second'\n", encoding="utf-8")

    def made_in(folder, word):
        words = [folder / ".venv/bin/python", "-m", "nbreport", "run", "toy.ipynb", "--params", f"word={word}"]
        answer = call("env", "-u", "PYTHONPATH", *words, cwd=folder)
        assert answer.returncode == 0, answer.stdout + answer.stderr
        result = Store(folder / "runs/single").result(f"word-{word}")
        return result["summary"], result["provenance"]["code"], "[1/1]" in answer.stdout

    assert made_in(first, "a") == ("aa", {"lib/toy_code.py": digest.file_hash(here)}, True)
    assert made_in(second, "a") == ("aa", {here.as_posix(): digest.file_hash(here)}, True)
    there.write_text("def repeat(word, count):\n    return 'of the second, again'\n", encoding="utf-8")
    assert made_in(second, "a")[2] is False  # that code is not what runs
    here.write_text("def repeat(word, count):\n    return 'new'\n", encoding="utf-8")
    assert made_in(second, "a") == ("new", {here.as_posix(): digest.file_hash(here)}, True)
    for path in (second / ".venv").glob("lib/python*/site-packages/project.pth"):
        path.write_text(f"{second / 'lib'}\n", encoding="utf-8")
    assert made_in(second, "a") == ("of the second, again", {"lib/toy_code.py": digest.file_hash(there)}, True)
