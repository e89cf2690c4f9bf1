"""What people type: refused in a sentence, or understood; nothing is executed here."""

from pathlib import Path

import numpy as np
import pytest

import toy
from nbreport import InputError
from nbreport.notebook import Notebook, parse_assignments, parse_value
from nbreport.studies import digest, study, trace
from nbreport.studies.part import provenances
from nbreport.studies.planfile import read_study
from nbreport.studies.store import Store
from nbreport.studies.study import all_points, run_id


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    toy.make_project(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3", 3),
        ("-3", -3),
        ("1e-3", 1e-3),
        ("0.5", 0.5),
        ("true", True),
        ("None", None),
        ("fast", "fast"),
        ("1_0x", "1_0x"),
    ],
)
def test_values(text, value):
    parsed = parse_value(text)
    assert parsed == value and type(parsed) is type(value)


@pytest.mark.parametrize("words", [["a"], ["=3"], ["a="], ["a=1", "a=2"], [""]])
def test_assignments_that_are_none(words):
    with pytest.raises(InputError):
        parse_assignments(words)


def test_defaults_are_completed(project):
    notebook = Notebook(project / "toy.ipynb")
    assert notebook.defaults == {"count": 2, "word": "a", "pause": 0.0, "output": "out"}
    assert notebook.complete({"word": "b"}) == {"count": 2, "word": "b", "pause": 0.0}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"cout": 3}, "unknown parameter 'cout'; did you mean 'count'?"),
        ({"output": "x"}, "unknown parameter 'output'"),
        ({"zzz": 3}, "has count, word, pause"),
        ({"count": np.int64(3)}, "count must be"),
        ({"pause": float("nan")}, "pause must be a finite number"),
        ({"word": (1, 2)}, "word must be"),
    ],
)
def test_parameters_are_refused_by_name(project, given, words):
    with pytest.raises(InputError) as caught:
        Notebook(project / "toy.ipynb").complete(given)
    assert words in str(caught.value)


def test_the_notebooks_own_check_speaks(project):
    notebook = Notebook(project / "toy.ipynb")
    assert notebook.check({"count": 3}) == {"fact": 1}
    with pytest.raises(InputError, match="count must be an integer from 1 to 9, not 0"):
        notebook.check({"count": 0})


@pytest.mark.parametrize("content", [None, "text", "{}", '{"cells": 3}'])
def test_files_that_are_no_notebooks(tmp_path, content):
    path = tmp_path / "some.ipynb"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match="some.ipynb"):
        _ = Notebook(path).content


@pytest.mark.parametrize("name", ["/dev/zero", "/dev/null", ".", "null\0"])
def test_what_is_no_file_is_no_notebook(name):
    with pytest.raises(InputError, match="cannot be read .not a regular file|is not a notebook"):
        _ = Notebook(Path(name)).content


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("gird:\n  count: [1]\n", "unknown key 'gird'; did you mean 'grid'?"),
        ("grid: {}\n", "the grid is empty"),
        ("", "the grid is empty"),
        ("grid:\n  count: []\n", "count must be a list with at least one value"),
        ("grid:\n  count: 3\n", "count must be a list"),
        ("grid:\n  cuont: [1]\n", "unknown parameter 'cuont'; did you mean 'count'?"),
        ("grid:\n  count: [1, 2, 77]\n", "count must be an integer from 1 to 9, not 77"),
        ("grid:\n  count: [1, 1]\n", "the point count-1 twice"),
        ("grid:\n  count: [1]\nparameters:\n  count: 2\n", "both in parameters and in grid"),
        ("grid:\n  count: [1]\n  count: [2]\n", "comes twice"),
        ("grid:\n  count: [1\n", "not valid YAML"),
        ("grid:\n  count: [1]\nparameters: 3\n", "parameters must map"),
        ("grid:\n  count: [[1]]\n", "count must be"),
        ("grid:\n  pause: [.nan]\n", "pause must be"),
        ("notebook: other.ipynb\ngrid:\n  count: [1]\n", "'notebook' comes twice"),
    ],
)
def test_studies_are_refused_in_a_sentence(project, text, words):
    toy.make_study(project, text)
    with pytest.raises(InputError, match="study.yaml") as caught:
        read_study("study.yaml").find("runs")
    assert words in str(caught.value) and "\n" not in str(caught.value)


def test_a_study_in_small_has_more_parameters_and_another_grid(project):
    toy.make_study(project, "parameters: {pause: 0.5, word: b}\ngrid:\n  count: [1, 2, 3]\n")
    (point,) = read_study("study.yaml", {"parameters": {"pause": 0.25}, "grid": {"count": [4]}}).find("runs")
    assert point.parameters == {"count": 4, "word": "b", "pause": 0.25}
    study = read_study("study.yaml", {"parameters": {"pause": 0.25}})
    assert study.name == "study" and [one.parameters["count"] for one in study.find("runs")] == [1, 2, 3]
    assert study.needs == set() and study.listed and not study.exact


@pytest.mark.parametrize(
    ("override", "sentence"),
    [
        (
            {"gird": 1},
            "what the profile overrides: unknown key 'gird'; did you mean 'grid'? "
            "(known are parameters, grid, numbered)",
        ),
        ([], None),
        (3, "what the profile overrides must be a mapping with the keys parameters, grid, numbered"),
        ({"parameters": 3}, "parameters must map names to values"),
        ({"grid": {}}, "the grid is empty; it must map at least one parameter to a list of values"),
        ({"grid": {"count": 3}}, "grid: count must be a list with at least one value"),
        ({"parameters": {"count": 3}}, "count is both in parameters and in grid"),
    ],
)
def test_bad_overrides_are_refused(project, override, sentence):
    toy.make_study(project, "grid:\n  count: [1]\n")
    if sentence is None:
        assert len(read_study("study.yaml", override).find("runs")) == 1
        return
    with pytest.raises(InputError) as caught:
        read_study("study.yaml", override)
    assert str(caught.value) == f"study.yaml: {sentence}"


@pytest.mark.parametrize(
    ("points", "sentence"),
    [
        ("3", "points must have a function, written module:name, and may have its arguments"),
        ("{study: a}", "points must have a function, written module:name, and may have its arguments"),
        (
            "{function: 'toy_code:no-name'}",
            "points must have a function, written module:name, and may have its arguments",
        ),
        ("{function: 'toy_code:repeat', word: [1]}", "points: word must be a number, a word, true or false, not [1]"),
        ("{function: 'toy_nowhere:repeat'}", "points: toy_nowhere:repeat: No module named 'toy_nowhere'"),
        ("{function: 'toy_code:nothing'}", "points: toy_code has no function nothing"),
        ("{function: 'toy_code:__doc__'}", "points: toy_code has no function __doc__"),
        ("{function: 'toy_code:repeat'}", "points: toy_code:repeat: missing a required argument: 'count'"),
    ],
)
def test_bad_functions_are_refused_in_these_words(project, points, sentence):
    toy.make_study(project, f"points: {points}\ngrid:\n  pause: [0.0]\n")
    with pytest.raises(InputError) as caught:
        read_study("study.yaml")
    assert str(caught.value) == f"study.yaml: {sentence}"


POINTS = """
class InputError(ValueError):
    pass


def best(runs, study, count=1):
    if study == "none":
        raise InputError("the study none has no runs")
    return [{"count": 2 + number, "word": f"{runs}-{study}"} for number in range(count)]
"""


def test_points_come_from_a_function(project):
    (project / "toy_points.py").write_text(POINTS, encoding="utf-8")
    text = "points:\n  function: toy_points:best\n  study: other\n  count: 2\ngrid:\n  pause: [0.0, 0.1]\n"
    toy.make_study(project, text)
    points = read_study("study.yaml").find("there")
    assert [point.parameters["count"] for point in points] == [2, 2, 3, 3]
    assert points[0].run_id == "count-2_word-there-other_pause-0.0"
    assert read_study("study.yaml").needs == {"other"}


def test_where_several_give_a_parameter_the_more_special_wins(project):
    """The file's parameters are for all points; the function speaks for some of them, the grid for each."""
    notebook = Notebook(Path("toy.ipynb"))
    given = [{"count": 3, "word": "given"}, {"count": 4}]
    points = all_points(notebook, {"count": 2, "word": "file", "pause": 0.5}, {"pause": [0.1], "count": [5]}, given)
    assert [one.parameters for one in points[:1]] == [{"count": 5, "word": "given", "pause": 0.1}]
    assert points[1].parameters == {"count": 5, "word": "file", "pause": 0.1}
    assert [one.run_id for one in points] == ["count-5_word-given_pause-0.1", "count-5_pause-0.1"]


def test_a_numbered_parameter_has_a_value_of_its_own_at_each_point(project):
    text = "grid:\n  word: [a, b]\nnumbered: {parameter: count, first: 3, times: 2}\n"
    toy.make_study(project, text)
    points = read_study("study.yaml").find("runs")
    assert [(one.parameters["word"], one.parameters["count"]) for one in points] == [
        ("a", 3), ("a", 4), ("b", 5), ("b", 6),
    ]  # fmt: skip
    small = read_study("study.yaml", {"numbered": {"parameter": "count", "first": 1}}).find("runs")
    assert [one.run_id for one in small] == ["count-1_word-a", "count-2_word-b"]


@pytest.mark.parametrize(
    ("numbered", "words"),
    [
        ("3", "numbered must name a parameter, and may have first and times"),
        ("{first: 3}", "numbered must name a parameter, and may have first and times"),
        ("{parameter: cuont}", "unknown parameter 'cuont'; did you mean 'count'?"),
        ("{parameter: count, tmies: 2}", "numbered: unknown key 'tmies'; did you mean 'times'?"),
        ("{parameter: count, times: 0}", "numbered: times must be an integer from 1, not 0"),
        ("{parameter: count, first: -1}", "numbered: first must be an integer from 0, not -1"),
        ("{parameter: pause}", "pause is numbered, and has values of its own"),
        ("{parameter: count, first: 9}", "count must be an integer from 1 to 9, not 10"),
    ],
)
def test_bad_numbering_is_refused(project, numbered, words):
    toy.make_study(project, f"numbered: {numbered}\ngrid:\n  pause: [0.0, 0.1]\n")
    with pytest.raises(InputError, match="study.yaml") as caught:
        read_study("study.yaml")
    assert words in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize("seconds", ["0", "-3", "x", "true", ".inf", "[3]"])
def test_a_bad_duration_is_refused(project, seconds):
    toy.make_study(project, f"seconds: {seconds}\ngrid:\n  pause: [0.0, 0.1]\n")
    with pytest.raises(InputError, match="study.yaml: seconds must be a number above 0, not"):
        read_study("study.yaml")


def test_a_profiles_small_study_takes_another_time_than_its_file_says(project):
    toy.make_study(project, "seconds: 30\ngrid:\n  pause: [0.0, 0.1]\n")
    assert read_study("study.yaml").seconds == 30
    assert read_study("study.yaml", {"grid": {"pause": [0.0]}}).seconds is None


@pytest.mark.parametrize(
    ("points", "words"),
    [
        ("points: 3", "points must have a function"),
        ("points: {function: best}", "points must have a function, written module:name"),
        ('points: {function: "...:best"}', "points must have a function, written module:name"),
        ("points: {function: 'toy_points:bset'}", "toy_points has no function bset"),
        ("points: {function: 'toy_pionts:best'}", "toy_pionts"),
        ("points: {function: 'toy_points:best'}", "missing a required argument: 'study'"),
        ("points: {function: 'toy_points:best', study: a, cuont: 3}", "cuont"),
        (
            "points: {function: 'toy_points:best', study: [a, b]}",
            "study must be a number, a word, true or false",
        ),
        ("points: {function: 'toy_points:best', study: none}", "the study none has no runs"),
        ("points: {function: 'toy_points:best', study: a, count: 20}", "count must be an integer from 1 to 9, not 10"),
    ],
)
def test_bad_points_are_refused(project, points, words):
    (project / "toy_points.py").write_text(POINTS, encoding="utf-8")
    toy.make_study(project, f"{points}\ngrid:\n  pause: [0.0]\n")
    with pytest.raises(InputError, match="study.yaml") as caught:
        read_study("study.yaml").find("runs")
    assert words in str(caught.value) and "\n" not in str(caught.value)


def test_what_is_known_of_points_is_checked_before_any_run(project):
    (project / "toy_points.py").write_text(POINTS, encoding="utf-8")
    toy.make_study(project, "points: {function: 'toy_points:best', study: none}\ngrid:\n  pasue: [0.0]\n")
    with pytest.raises(InputError, match="study.yaml.*did you mean 'pause'"):
        read_study("study.yaml")


class Counted(str):
    """A folder's name that counts how often it is compared."""

    times = 0

    def __eq__(self, other):
        Counted.times += 1
        return str.__eq__(self, other)

    __hash__ = str.__hash__


def test_the_points_of_a_large_study_are_each_checked_once_and_compared_with_few(project, monkeypatch):
    checked, bars = [], []
    monkeypatch.setattr(Notebook, "check", lambda _, parameters: checked.append(parameters) or {})
    monkeypatch.setattr(study, "run_id", lambda chosen, order: Counted(run_id(chosen, order)))
    monkeypatch.setattr(study, "tqdm", lambda every, **options: bars.append(options) or every)
    toy.make_study(project, "grid:\n  count: [" + ", ".join(map(str, range(2000))) + "]\n")
    points = read_study("study.yaml").find("runs")
    assert len(points) == len(checked) == 2000 and len({point.run_id for point in points}) == 2000
    assert Counted.times < 4 * 2000
    assert [(bar["total"], bar["unit"], bar["leave"]) for bar in bars] == [(2000, "point", False)]


def test_a_study_without_a_file_or_a_notebook(project):
    with pytest.raises(InputError, match="none.yaml cannot be read"):
        read_study("none.yaml").find("runs")
    (project / "list.yaml").write_text("- 1\n", encoding="utf-8")
    with pytest.raises(InputError, match="must be a mapping"):
        read_study("list.yaml").find("runs")
    (project / "bare.yaml").write_text("grid:\n  count: [1]\n", encoding="utf-8")
    with pytest.raises(InputError, match="notebook must name"):
        read_study("bare.yaml").find("runs")


def test_points_and_their_names(project):
    toy.make_study(project, "parameters:\n  pause: 1e-3\ngrid:\n  word: [a, b c]\n  count: [1, 2]\n")
    points = read_study("study.yaml").find("runs")
    assert [point.run_id for point in points] == [
        "count-1_word-a",
        "count-2_word-a",
        "count-1_word-bc",
        "count-2_word-bc",
    ]
    assert points[0].parameters == {"count": 1, "word": "a", "pause": 0.001}
    assert run_id({}, ["count"]) == "default"
    assert run_id({"word": "Über A/b", "output": "x"}, ["word", "output"]) == "word-berAb"


def made_from(exact=False, **given):
    """Return the provenance of a point of the toy study as it would be made now."""
    points = all_points(Notebook(Path("toy.ipynb")), {}, {name: [value] for name, value in given.items()})
    return provenances(points, exact=exact)[points[0].run_id]


REPEAT = '"""Docstring."""\n\n\ndef repeat(word, count):\n    return word * count\n'


@pytest.mark.parametrize(
    ("code", "stale", "stale_chapter"),
    [
        (REPEAT, False, False),
        (REPEAT.replace("Docstring", "Other words"), False, True),  # a chapter prints it
        (REPEAT.replace("count):", "count):  # why"), False, True),
        (REPEAT.replace("word * count", "count * [word]"), True, True),
    ],
)
def test_a_digest_changes_with_what_matters_only(project, code, stale, stale_chapter):
    before = made_from(), made_from(exact=True)
    (project / "toy_code.py").write_text(code, encoding="utf-8")
    assert [made_from()["digest"] != before[0]["digest"], made_from(True)["digest"] != before[1]["digest"]] == [
        stale,
        stale_chapter,
    ]


def test_parameters_facts_data_and_packages_are_in_the_digest(project, monkeypatch):
    toy.make_project(project, "import numpy\n" + toy.WORK, inputs=["*.csv"])
    (project / "some.csv").write_text("1", encoding="utf-8")
    found = [made_from(), made_from(count=3)]
    (project / "some.csv").write_text("2", encoding="utf-8")
    found.append(made_from())
    monkeypatch.setattr(digest, "package_version", lambda name: "0")
    found.append(made_from())
    monkeypatch.setattr(Notebook, "check", lambda *_: {"fact": 2})
    found.append(made_from())
    assert len({one["digest"] for one in found}) == 5
    assert list(found[0]["code"]) == ["toy_code.py"] and found[0]["inputs"].keys() == {"some.csv"}


def test_code_is_traced_however_far_down_and_what_only_draws_is_not(project):
    (project / "room").mkdir()
    (project / "room" / "__init__.py").touch()
    (project / "room" / "deep.py").write_text("import toy_draw\nimport numpy\n", encoding="utf-8")
    (project / "toy_draw.py").write_text("import matplotlib\n", encoding="utf-8")
    toy.make_project(project, work="def late():\n    from room import deep\n")
    files, packages = trace.imports(Notebook("toy.ipynb"))
    assert [file.name for file in files] == ["__init__.py", "deep.py", "toy_draw.py"]
    assert packages == ["matplotlib", "numpy"]
    toy.make_project(project, work="from room import deep", only_draws=["toy_draw"])
    files, packages = trace.imports(Notebook("toy.ipynb"))
    assert [file.name for file in files] == ["__init__.py", "deep.py"] and packages == ["numpy"]
    toy.make_project(project, work="import (")
    with pytest.raises(InputError, match="toy.ipynb, cell .* is not Python"):
        trace.imports(Notebook("toy.ipynb"))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"packages": {"numpy": "1"}}, "numpy 2.0 then, 1 now"),
        ({"code": {"a.py": "2", "b.py": "1"}}, "a.py changed"),
        ({"code": {"a.py": "2", "b.py": "3"}}, "a.py and 1 more changed"),
        ({"code": {"a.py": "2", "b.py": "3"}, "python": "3.99"}, "made with Python 3.11, and this is 3.99"),
        ({"inputs": {}}, "some.csv changed"),
        ({"notebook": "2"}, "the notebook changed"),
        ({"facts": {"data": 2}}, "parameters or data changed"),
    ],
)
def test_why_a_run_is_stale_is_said(change, words):
    old = {"notebook": "1", "code": {"a.py": "1", "b.py": "1"}, "packages": {"numpy": "2.0"}, "python": "3.11"}
    old |= {"inputs": {"some.csv": "1"}, "facts": {}}
    assert digest.difference(old, old | change).startswith(words)


def test_an_input_that_matches_nothing_is_an_error(project):
    toy.make_project(project, inputs=["toy_cood.csv"])
    with pytest.raises(InputError, match="toy_cood.csv"):
        made_from()


def test_metadata_with_an_unknown_key_is_an_error(project):
    toy.make_project(project, packages=["numpy"])
    with pytest.raises(InputError, match="unknown key 'packages'"):
        made_from()


def test_a_chapter_depends_on_the_runs_that_its_study_lists(project):
    """Whatever the folder is called: brackets in its name are no pattern."""
    folder = project / "my [v2] runs"
    parameters = toy.PARAMETERS + f"\nruns = {str(folder)!r}\nall = False"
    toy.make_project(project, parameters=parameters, studies=["first", "second if all"])
    with pytest.raises(InputError, match="first holds no finished run"):
        made_from()
    (folder / "first").mkdir(parents=True)
    for name in ("one", "former"):
        Store(folder / "first").keep(name, {}, {})
    Store(folder / "first").list_runs(["one", "two"])
    first = made_from()
    assert [Path(name).relative_to(folder).as_posix() for name in first["inputs"]] == [
        "first/study.json",
        "first/one/result.json",
    ]
    (folder / "first" / "former" / "result.json").write_text("{} ", encoding="utf-8")
    assert made_from()["digest"] == first["digest"]
    (folder / "first" / "one" / "result.json").write_text("{} ", encoding="utf-8")
    assert made_from()["digest"] != first["digest"]
    with pytest.raises(InputError, match="second holds no finished run"):
        made_from(all=True)
    (folder / "first" / "study.json").write_text("[", encoding="utf-8")
    with pytest.raises(InputError, match="study.json is damaged"):
        made_from()


def test_a_mistake_in_a_check_is_no_bad_input(project):
    text = "class InputError(Exception):\n    pass\n\n\ndef check(parameters):\n    int('x')\n"
    (project / "toy_broken.py").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match="invalid literal"):
        Notebook(toy.make_project(project, check="toy_broken:check")).check({})
