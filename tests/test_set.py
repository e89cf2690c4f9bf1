"""A parameter that a command sets in all that it runs: passed on, in folders of its own, or refused."""

import json

import nbformat
import pytest

import toy
from conftest import assert_refused
from nbreport import InputError, __main__
from nbreport.description import load_report
from nbreport.notebook import Notebook
from nbreport.studies import given
from nbreport.studies.planfile import read_study

CHANGES = {
    "elsewhere": {"title": "Toy, {word}", "subtitle": "Another"},
    "profiles": {"default": {}, "small": {"runs": "small", "overrides": {"study": {"grid": {"count": [1]}}}}},
}


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYTHONPATH", toy.path(tmp_path))
    toy.make_project(tmp_path)
    toy.make_study(tmp_path, "grid:\n  count: [1, 2]\n")
    toy.make_report(tmp_path, **CHANGES)
    for name, parameters in (("front", "runs = 'runs'"), ("chapter", "runs = 'runs'\nword = 'a'")):
        cells = [
            nbformat.v4.new_markdown_cell("# One"),
            nbformat.v4.new_code_cell(parameters),
            nbformat.v4.new_code_cell("word"),
        ]
        cells[1].metadata["tags"] = ["parameters"]
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        metadata = {"kernelspec": kernel, "nbreport": {"studies": ["study"]}}
        nbformat.write(
            nbformat.v4.new_notebook(cells=cells[: 2 + (name == "chapter")], metadata=metadata), f"{name}.ipynb"
        )
    return tmp_path


def summaries(folder):
    """Return run id to summary of the study's runs below `folder`."""
    found = (folder / "study").glob("[!.]*/result.json")
    return {path.parent.name: json.loads(path.read_text(encoding="utf-8"))["summary"] for path in found}


def test_all_points_of_a_study_have_it(project):
    points = read_study("study.yaml", set_to={"word": "b"}).find("runs")
    assert [point.parameters["word"] for point in points] == ["b", "b"]
    assert [point.run_id for point in points] == ["count-1", "count-2"]


@pytest.mark.parametrize(
    ("set_to", "folder"), [({}, ""), ({"word": "a"}, ""), ({"word": "b"}, "word-b"), ({"word": "../b"}, "word-..b")]
)
def test_runs_have_a_folder_of_their_own_where_it_is_another_value(project, set_to, folder):
    assert (
        read_study("study.yaml", set_to=set_to).folder
        == folder
        == given.folder(set_to, [Notebook(project / "toy.ipynb")])
    )


@pytest.mark.parametrize(
    ("study", "said"),
    [
        ("parameters: {word: c}\ngrid:\n  count: [1]\n", "word=c"),
        ("grid:\n  word: [b, c]\n", "word=c"),
        ("points: {function: 'toy_points:points'}\ngrid:\n  count: [1]\n", "word=c"),
    ],
)
def test_a_study_that_says_otherwise_is_refused(project, study, said):
    (project / "toy_points.py").write_text("def points(runs):\n    return [{'word': 'c'}]\n", encoding="utf-8")
    toy.make_study(project, study)
    with pytest.raises(InputError) as caught:
        read_study("study.yaml", set_to={"word": "b"}).find("runs")
    assert str(caught.value) == f"study.yaml: the study says {said}, and WORD=b something else: say one of them"


@pytest.mark.parametrize("study", ["parameters: {word: b}\ngrid:\n  count: [1]\n", "grid:\n  word: [b]\n"])
def test_a_study_that_says_the_same_is_no_contradiction(project, study):
    toy.make_study(project, study)
    (point,) = read_study("study.yaml", set_to={"word": "b"}).find("runs")
    assert point.parameters["word"] == "b"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (
            ("run", "toy.ipynb", "--params", "word=c", "--set", "word=b"),
            "PARAMS says word=c, and WORD=b something else",
        ),
        (("run", "toy.ipynb", "--set", "wort=b"), "WORT=b acts on the parameter wort, which is not one of toy.ipynb"),
        (("sweep", "study.yaml", "--set", "wort=b"), "WORT=b acts on the parameter wort"),
        (("report", "report.yaml", "--set", "wort=b"), "which is not one of front.ipynb, chapter.ipynb"),
        (("report", "report.yaml", "--set", "pause=1"), "PAUSE=1 acts on the parameter pause"),
        (("verify", "report.yaml", "--set", "word"), "'word' is not of the form name=value"),
    ],
)
def test_what_cannot_act_is_refused_and_nothing_is_started(project, command, words, sentence):
    before = sorted(project.rglob("*"))
    assert_refused(command(__main__.main, *words), sentence)
    assert [path for path in sorted(project.rglob("*")) if "__pycache__" not in path.parts] == before


def test_a_run_takes_it_with_its_other_parameters(project, command):
    answer = command(__main__.main, "run", "toy.ipynb", "--params", "count=3 word=b", "--set", "word=b")
    assert answer.returncode == 0 and answer.stdout.splitlines()[-1] == "runs/single/count-3_word-b/run.ipynb: bbb"


def test_a_sweep_says_where_its_runs_are(project, command):
    answer = command(__main__.main, "sweep", "study.yaml", "--set", "word=b")
    assert answer.returncode == 0 and answer.stdout.splitlines()[-1].endswith("in runs/word-b/study")
    assert summaries(project / "runs" / "word-b") == {"count-1": "b", "count-2": "bb"}
    assert not (project / "runs" / "study").exists()


def test_a_report_of_another_value_is_beside_the_usual_one(project, command):
    """In each profile; and `verify` looks there."""
    build = ("--build", "build", "--published", "none.json", "--profile", "small")
    assert command(__main__.main, "report", "report.yaml", *build, "--browser", "none").returncode == 0
    usual = {path: path.read_bytes() for path in project.glob("build/*.html")}
    answer = command(__main__.main, "report", "report.yaml", *build, "--browser", "none", "--set", "word=b")
    assert answer.returncode == 0, answer.stderr
    assert summaries(project / "runs" / "word-b" / "small") == {"count-1": "b"}
    assert summaries(project / "runs" / "small") == {"count-1": "a"}
    assert list(usual) == [project / "build" / "toy.html"] and all(path.read_bytes() == usual[path] for path in usual)
    page = (project / "build" / "word-b" / "toy.html").read_text(encoding="utf-8")
    assert (
        "<h1>Toy, b</h1>" in page
        and "Another" in page
        and "<h1>Toy</h1>" in usual[project / "build" / "toy.html"].decode()
    )
    assert json.loads((project / "build" / "word-b" / "runs.json").read_text(encoding="utf-8"))["set"] == {"word": "b"}
    for more, name in (((), "build/toy.html"), (("--set", "word=b"), "build/word-b/toy.html")):
        verified = command(__main__.main, "verify", "report.yaml", *build, *more)
        assert verified.returncode == 0 and f"{name}: is of these runs" in verified.stdout, verified.stdout


def test_titles_name_only_what_is_set(project):
    assert load_report("report.yaml", "default", {"word": "b"}).title == "Toy, b"
    assert load_report("report.yaml", "default", {"word": "a"}).title == "Toy"
    text = (project / "report.yaml").read_text(encoding="utf-8").replace("Toy, {word}", "Toy, {wort}")
    (project / "report.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="report.yaml: elsewhere: braces hold names of parameters that are set"):
        load_report("report.yaml", "default", {"word": "b"})
