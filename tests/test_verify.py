"""What is on disk is told without running anything: each category, on toy studies and a toy report."""

import io
import json
import re
import shutil
import sys
from collections import Counter
from concurrent.futures import BrokenExecutor, Future
from pathlib import Path
from types import SimpleNamespace

import nbformat
import numpy as np
import pytest

import toy
from conftest import ROOT, assert_refused
from nbreport import InputError, __main__, commands, record, report
from nbreport import rerun as rerunning
from nbreport import verify as verifying
from nbreport.kernels import arithmetic
from nbreport.kernels.worker import Outcome
from nbreport.studies import seal
from nbreport.studies.planfile import read_study
from nbreport.studies.store import Store

sys.path.append(str(ROOT / "tools"))
import publish as publishing  # noqa: E402

WORK = """
import json
from pathlib import Path
from types import SimpleNamespace
import numpy as np
import toy_code
with open(Path(output, "model.npz"), "wb") as file:
    np.savez(file, W1=np.full((2, count), len(word)), b1=np.arange(3.0))
Path(output, "history.txt").write_text(toy_code.repeat(word, count))
Path(output, "result.json").write_text(json.dumps({"summary": f"count {count}", "seconds": 1.5}))
"""
FILES = ["result.json", "model.npz", "history.txt"]
BUILD = ("--build", "build", "--published", "published.json")


def chapter(path, text, code="1 + 1", **declared):
    """Write a chapter that reads the study's runs."""
    cells = [nbformat.v4.new_markdown_cell(text), nbformat.v4.new_code_cell(code)]
    values = "runs = 'runs'" + ("\noutput = 'out'" if "files" in declared else "")
    cells.insert(1, nbformat.v4.new_code_cell(values, metadata={"tags": ["parameters"]}))
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    metadata = {"kernelspec": kernel, "nbreport": {"studies": ["study"]} | declared}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=metadata), path)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A project whose report, of two runs, is built; its folder is copied by each test."""
    folder = tmp_path_factory.mktemp("finished")
    toy.make_project(folder, WORK, files=FILES)
    toy.make_study(folder, "grid:\n  count: [1, 2]\n")
    toy.make_report(folder)
    chapter(folder / "front.ipynb", "Abstract")
    drawn = "from pathlib import Path\nPath(output, 'drawn.svg').write_text('<svg/>')"
    chapter(folder / "chapter.ipynb", "# One", drawn, files=["drawn.svg"])
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.syspath_prepend(folder)
        patch.setenv("PYTHONPATH", toy.path(folder))
        assert __main__.main(["report", "report.yaml", *BUILD, "--browser", "none"]) == 0
    return folder


@pytest.fixture
def project(finished, tmp_path, monkeypatch, command):
    """A copy of the finished project that one is in."""
    folder = shutil.copytree(finished, tmp_path / "project")
    monkeypatch.chdir(folder)
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setenv("PYTHONPATH", toy.path(folder))
    return folder


@pytest.fixture
def verify(project, command):
    """Verify the project: `verify()` returns the exit code and the lines."""

    def run(*words):
        before = {path: path.stat().st_mtime_ns for path in project.rglob("*")}
        answer = command(__main__.main, "verify", "report.yaml", *BUILD, *words)
        assert before == {path: path.stat().st_mtime_ns for path in project.rglob("*")}  # nothing is written
        assert not answer.stderr, answer.stderr
        return answer.returncode, answer.stdout.splitlines()

    return run


def publish(project):
    shutil.copyfile(project / "build" / "runs.json", project / "published.json")


def test_a_finished_report_is_fresh_and_its_page_is_of_its_runs(project, verify):
    code, lines = verify()
    assert lines == [
        "study: 2 fresh",
        "chapters: 2 fresh",
        "build/toy.html: is of these runs",
        "build/toy.pdf: was not asked for",
        "build/drawn.svg: is of these runs",
        "none of 2 runs is among the published ones",
    ]
    assert code == 0
    publish(project)
    assert verify() == (0, [*lines[:-1], "2 of 2 runs are bit for bit the published ones"])


def flip(path, place=None):
    """Change one byte of a file."""
    content = bytearray(path.read_bytes())
    place = len(content) // 2 if place is None else place
    content[place] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("name", [*FILES, "run.ipynb"])
def test_a_changed_byte_is_seen_in_each_file_and_the_run_is_named_and_repeated(project, verify, command, name):
    publish(project)
    folder = project / "runs/study/count-2"
    flip(folder / name)
    code, lines = verify()
    assert code == 1 and lines[0] == "study: 1 fresh, 1 damaged"
    assert lines[1].startswith(f"  damaged: count-2: {name} ") and lines[1].endswith("not what was written")
    assert "1 of 2 runs" in lines[-1] or (name == "result.json" and "1 of 1 runs" in lines[-1])
    assert "build/toy.html: is not of these runs and chapters as they would be now" in lines
    answer = command(__main__.main, "sweep", "study.yaml")
    assert f"study: 1 of 2 are damaged: {name} " in answer.stdout and "(count-2)" in answer.stdout
    assert "2 runs: 1 run now, 1 kept, 0 failed" in answer.stdout
    assert seal.damage(folder) is None


def cut(path):
    path.write_bytes(path.read_bytes()[:-20])


def emptied(path):
    path.write_bytes(b"")


def swapped(path):
    """Take the file of another run, itself whole."""
    other = next(one for one in path.parent.parent.glob(f"*/{path.name}") if one.parent != path.parent)
    path.write_bytes(other.read_bytes())


def removed(path):
    path.unlink()


def a_folder(path):
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize("harm", [flip, cut, emptied, swapped, removed, a_folder])
@pytest.mark.parametrize("name", [*FILES, "run.ipynb"])
def test_a_run_is_damaged_whatever_became_of_a_file(project, verify, command, name, harm):
    folder = project / "runs/study/count-2"
    harm(folder / name)
    code, lines = verify()
    assert code == 1
    if harm is swapped and name == "result.json":
        assert lines[0] == "study: 1 fresh, 1 damaged" and "count-2: history.txt is not what was written" in lines[1]
    else:
        assert lines[0] == "study: 1 fresh, 1 damaged" and f"damaged: count-2: {name} " in lines[1], lines[1]
    if harm is not removed or name != "result.json":  # they read it, whatever its result says
        assert "  stale: front, chapter: runs/study/count-2" in "\n".join(lines)


def test_a_folder_in_the_place_of_a_result_is_no_run(project, verify, command):
    a_folder(project / "runs/study/count-2/result.json")
    answer = command(__main__.main, "sweep", "study.yaml")
    assert "2 runs: 1 run now, 1 kept, 0 failed" in answer.stdout and answer.returncode == 0, answer.stderr
    assert verify()[1][0] == "study: 2 fresh"


def test_an_edited_accuracy_is_no_result(project, verify):
    """It would stand on the page."""
    path = project / "runs/study/count-2/result.json"
    path.write_text(path.read_text(encoding="utf-8").replace('"seconds": 1.5', '"seconds": 0.5'), encoding="utf-8")
    assert "  damaged: count-2: result.json is not what was written" in verify()[1]


@pytest.mark.parametrize("harm", [flip, cut, emptied, removed])
@pytest.mark.parametrize("name", ["run.ipynb", "drawn.svg", "result.json"])
def test_a_damaged_chapter_is_named(project, verify, name, harm):
    harm(project / "build/chapters/chapter" / name)
    code, lines = verify()
    assert code == 1 and lines[1] == "chapters: 1 fresh, 1 damaged" and f"damaged: chapter: {name} " in lines[2]


@pytest.mark.parametrize("harm", [flip, cut, emptied, removed])
@pytest.mark.parametrize("name", ["toy.html", "drawn.svg"])
def test_a_damaged_file_of_the_page_is_named(project, verify, name, harm):
    harm(project / "build" / name)
    code, lines = verify()
    words = "is not there" if harm is removed else "is not what was built last"
    assert code == 1 and f"build/{name}: {words}" in lines


def test_a_damaged_chapter_is_executed_again_and_the_page_made_again(project, verify, command):
    cut(project / "build/chapters/chapter/drawn.svg")
    for name in ("toy.html", "drawn.svg"):
        flip(project / "build" / name)
    answer = command(__main__.main, "report", "report.yaml", *BUILD, "--browser", "none")
    assert answer.returncode == 0 and "chapters: 1 of 2 are damaged: drawn.svg " in answer.stdout
    assert verify()[0] == 0


@pytest.mark.parametrize("text", ["[" * 100_000, '{"hashes": 3}', '{"hashes": {"result.json": 3, "files": []}}', "\0"])
def test_whatever_stands_in_a_result_it_is_damaged(project, verify, text):
    (project / "runs/study/count-2/result.json").write_text(text, encoding="utf-8")
    assert verify()[1][0] == "study: 1 fresh, 1 damaged"
    assert list(record.recorded(["study"], Path("runs"))["study"]) == ["count-1"]


@pytest.mark.parametrize("text", ["[" * 100_000, "{", '{"runs": [["count-1"]]}', '{"runs": ["../study/count-1"]}'])
def test_a_damaged_list_is_written_again(project, verify, command, text):
    (project / "runs/study/study.json").write_text(text, encoding="utf-8")
    code, lines = verify()
    assert code == 1 and "study.json is damaged: delete it and run the study again" in "".join(lines)
    assert command(__main__.main, "sweep", "study.yaml").returncode == 0  # runs nothing
    assert verify()[0] == 0


def test_a_file_where_a_run_should_be_gives_way_to_the_run(project, verify, command):
    shutil.rmtree(project / "runs/study/count-2")
    (project / "runs/study/count-2").write_text("mine", encoding="utf-8")
    assert verify()[1][0] == "study: 1 fresh, 1 damaged"
    for kept in (1, 2):
        answer = command(__main__.main, "sweep", "study.yaml")
        assert f"2 runs: {2 - kept} run now, {kept} kept, 0 failed" in answer.stdout, answer.stderr


def test_every_byte_of_a_result_counts(tmp_path):
    store = Store(tmp_path)
    store.keep("a", {"result.json": b'{"summary": "fine", "x": [1.5, null]}', "run.ipynb": b"{}"}, {"digest": "1"})
    path = tmp_path / "a" / "result.json"
    whole = path.read_bytes()
    assert seal.damage(path.parent) is None
    for place in range(len(whole)):
        flip(path, place)
        assert seal.damage(path.parent), whole[place - 10 : place + 10]
        path.write_bytes(whole)
    for text in (b"", b"[]", b"3", whole + b" ", b'{"hashes": {"result.json": "", "files": {}}}'):
        path.write_bytes(text)
        assert seal.damage(path.parent), text


def test_what_is_gone_is_named(tmp_path):
    store = Store(tmp_path)
    store.keep("a", {"more.txt": b"1", "run.ipynb": b"{}"}, {})
    (tmp_path / "a" / "more.txt").unlink()
    assert seal.damage(tmp_path / "a") == "more.txt is gone"
    (tmp_path / "a" / "result.json").unlink()
    assert seal.damage(tmp_path / "a") == "result.json is gone"


def packed(save, **arrays):
    file = io.BytesIO()
    save(file, **arrays)
    return file.getvalue()


def test_arrays_are_hashed_by_type_shape_and_bytes_not_by_their_packing():
    def hashes(save, W1):
        return seal.sealed({}, {"model.npz": packed(save, W1=W1, b1=np.zeros(2))})[0]["hashes"]

    W1 = np.arange(6, dtype=np.float32).reshape(2, 3)
    plain, small = hashes(np.savez, W1), hashes(np.savez_compressed, W1)
    assert plain["arrays"] == small["arrays"] and plain["files"] != small["files"]
    assert plain["arrays"].keys() == {"model.npz/W1", "model.npz/b1"}
    for other in (W1.reshape(3, 2), W1.view(np.int32), np.nextafter(W1, np.float32(9))):
        found = hashes(np.savez, other)["arrays"]
        assert found["model.npz/W1"] != plain["arrays"]["model.npz/W1"]
        assert found["model.npz/b1"] == plain["arrays"]["model.npz/b1"]
    assert seal.sealed({}, {"odd.npz": b"no archive"})[0]["hashes"]["arrays"] == {}


def test_what_a_run_has_written_as_arrays_may_be_anything(tmp_path):
    whole = packed(np.savez, W1=np.arange(1000.0))
    for place in range(0, len(whole), 37):
        spoilt = whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :]
        hashes = seal.sealed({}, {"model.npz": spoilt})[0]["hashes"]
        assert hashes["files"] == {"model.npz": seal.sha256(spoilt)}
    assert seal.sealed({}, {"model.npz": whole[:1000] + b"~" + whole[1001:]})[0]["hashes"]["arrays"] == {}
    store = Store(tmp_path)
    store.keep("a", {"model.npz": spoilt, "run.ipynb": b""}, {})
    assert seal.damage(store.path("a")) is None  # it is what was written


def test_stale_missing_and_foreign_runs_are_told(project, verify):
    publish(project)
    shutil.copytree(project / "runs/study/count-1", project / "runs/study/count-9")
    (project / "runs/study/failed/count-2").mkdir(parents=True)
    code, lines = verify()
    assert lines[:2] == [
        "study: 2 fresh, 1 foreign",
        "  foreign: count-9: none of the study's runs, and counts nowhere",
    ]
    assert code == 0 and lines[-1] == "2 of 2 runs are bit for bit the published ones"
    shutil.rmtree(project / "runs/study/count-1")
    code, lines = verify()
    assert code == 1 and lines[:2] == [
        "study: 1 fresh, 1 missing, 1 foreign",
        "  missing: count-1: not run",
    ]
    (project / "toy_code.py").write_text("def repeat(word, count):\n    return word\n", encoding="utf-8")
    code, lines = verify()
    assert code == 1 and lines[0] == "study: 1 stale, 1 missing, 1 foreign"
    assert "  stale: count-2: toy_code.py changed" in lines
    assert lines[-1] == "1 of 1 runs are bit for bit the published ones"  # they are, whatever would be made now


def test_a_run_of_another_arithmetic_is_stale(project, verify, monkeypatch):
    used = {"openblas": "0.3.31", "core": "Zen", "features": "X86_V2", "threads": 1}
    monkeypatch.setattr(arithmetic, "in_use", lambda: used)
    code, lines = verify()
    assert code == 1 and lines[0] == "study: 2 stale"
    assert lines[1].startswith("  stale: count-1, count-2: made with ") and "now OpenBLAS 0.3.31 for Zen" in lines[1]


def test_runs_that_came_out_otherwise_are_named_with_what_came_out(project, verify):
    content = json.loads((project / "build/runs.json").read_text(encoding="utf-8"))
    content["studies"]["study"]["count-2"] |= {"arrays": "0" * 32, "summary": "count 3"}
    (project / "published.json").write_text(json.dumps(content), encoding="utf-8")
    code, lines = verify()
    assert code == 1 and lines[-2:] == [
        "study/count-2: count 2; published: count 3",
        "1 of 2 runs are bit for bit the published ones",
    ]


def kept_otherwise(project, run_id, **changed):
    """Write a finished run's files anew, some changed, as if it had been run so: from the same inputs."""
    store = Store(project / "runs/study")
    provenance = store.made_from(run_id)
    files = {path.name: path.read_bytes() for path in store.path(run_id).iterdir()}
    result = {
        name: one for name, one in json.loads(files["result.json"]).items() if name not in ("hashes", "provenance")
    }
    changed |= {"result.json": json.dumps(result | changed.pop("result", {})).encode()}
    store.keep(run_id, files | changed, provenance)


def test_finished_runs_are_run_again_and_compared(project, verify):
    code, lines = verify("--rerun", "3", "--jobs", "2")
    assert code == 0 and sorted(lines[2:4]) == ["rerun study/count-1: the same", "rerun study/count-2: the same"]
    assert lines[4] == "rerun: 2 of 2 runs are the same again"
    assert len([line for line in verify("--rerun", "1")[1] if line.startswith("rerun study/")]) == 1


def test_a_run_that_gives_other_numbers_is_noticed(project, verify):
    with io.BytesIO() as file:
        np.savez(file, W1=np.full((2, 1), 7), b1=np.arange(3.0))
        kept_otherwise(project, "count-1", **{"model.npz": file.getvalue()})
    kept_otherwise(project, "count-2", result={"summary": "count 3"})
    code, lines = verify("--rerun", "2")
    assert code == 1 and lines[0] == "study: 2 fresh"
    assert "rerun study/count-1: the arrays model.npz/W1 are others" in lines
    assert "rerun study/count-2: summary in result.json is other" in lines
    assert "rerun: 0 of 2 runs are the same again" in lines


def test_times_are_no_difference(project, verify):
    kept_otherwise(project, "count-1", result={"seconds": 99, "parts": [{"seconds": 1}]})
    assert "rerun study/count-1: parts in result.json is other" in verify("--rerun", "2")[1]
    kept_otherwise(project, "count-1", result={"seconds": 98})


class Answers:
    """Workers whose runs have ended otherwise: each call is recorded, and answered with what was given."""

    def __init__(self, answer):
        self.answer, self.calls = answer, []

    def submit(self, function, *arguments):
        self.calls.append(arguments)
        future = Future()
        raised = isinstance(self.answer, Exception)
        (future.set_exception if raised else future.set_result)(self.answer)
        return future


WORDLESS = Outcome({"result.json": b"[1]"}, None, 1.0)
FAILED = Outcome({}, "Traceback\nValueError: no\n\n", 1.0, line="cell 3: ValueError: no")


@pytest.mark.parametrize(
    "answer, words",
    [
        (BrokenExecutor(), "it failed (the worker process died)"),
        (EOFError("Ran out of input"), "it failed (EOFError: Ran out of input)"),
        (WORDLESS, "its result.json is not an object in JSON ([1])"),
        (FAILED, "it failed (cell 3: ValueError: no)"),
        (Outcome({}, "Traceback\nValueError: no\n\n", 1.0), "it failed (ValueError: no)"),
    ],
)
def test_a_rerun_that_does_not_end_well_is_a_line(project, answer, words):
    with arithmetic.held("portable"):
        fresh = verifying.states(read_study("study.yaml"), "runs", Path("runs"))[1]
    lines, workers = [], Answers(answer)
    assert not rerunning.rerun(fresh, 1, workers, say=lines.append)
    assert lines[0].partition(": ")[2] == words and lines[1] == "rerun: 0 of 1 runs are the same again"
    assert workers.calls[0][-1] == 300  # short runs: five minutes, as a sweep gives them
    rerunning.rerun(fresh, 1, workers, 0, lines.append)
    rerunning.rerun(fresh, 1, workers, 2.5, lines.append)
    assert [one[-1] for one in workers.calls[1:]] == [None, 2.5]


def test_a_rerun_takes_no_longer_than_it_may(project, command, monkeypatch):
    given = []
    monkeypatch.setattr(commands, "rerun", lambda *_, limit, **__: given.append(limit) or True)
    for words in ("90s",), ("none",), ():
        command(__main__.main, "verify", "report.yaml", *BUILD, "--rerun", "1", *(f"--timeout={one}" for one in words))
    assert given == [90, 0, None]


@pytest.mark.parametrize("count", ["-1", "x", "257"])
def test_how_many_to_run_again_is_a_number(project, command, count):
    answer = command(__main__.main, "verify", "report.yaml", *BUILD, f"--rerun={count}")
    assert_refused(answer, f"RERUN must be an integer from 0 to 256, not '{count}'")


def test_runs_with_other_parameters_are_not_compared(project, verify):
    publish(project)
    content = json.loads((project / "published.json").read_text(encoding="utf-8"))
    content["studies"]["study"]["count-2"]["parameters"] = "other"
    (project / "published.json").write_text(json.dumps(content), encoding="utf-8")
    assert verify()[1][-1] == "1 of 1 runs are bit for bit the published ones; 1 more are not among these"


def test_a_page_of_other_chapters_or_a_changed_one_is_told(project, verify, command):
    def page():
        return verify()[1][-4]

    first = json.loads((project / "build/runs.json").read_text(encoding="utf-8"))
    flip(project / "build/toy.html")
    assert page() == "build/toy.html: is not what was built last" and verify()[0] == 1
    flip(project / "build/toy.html")
    assert page() == "build/toy.html: is of these runs"
    (project / "build/toy.pdf").write_bytes(b"other")
    assert verify()[1][-3] == "build/toy.pdf: is not what was built last"
    (project / "build/toy.pdf").unlink()
    assert command(__main__.main, "sweep", "study.yaml", "--force").returncode == 0
    assert "of these runs and chapters as they would be now" in page()  # they read another result.json
    assert "  stale: front, chapter: runs/study/count-1/result.json and 1 more changed" in verify()[1]
    assert command(__main__.main, "report", "report.yaml", *BUILD, "--browser", "none").returncode == 0
    assert verify()[0] == 0
    again = json.loads((project / "build/runs.json").read_text(encoding="utf-8"))
    assert (
        again["studies"] == first["studies"] and again["chapters"] != first["chapters"]
    )  # no time stamps in the first
    (project / "build/toy.html").unlink()
    assert page() == "build/toy.html: is not there" and verify()[0] == 1


def test_before_anything_is_run_all_is_missing(project, verify):
    shutil.rmtree(project / "runs")
    shutil.rmtree(project / "build")
    code, lines = verify()
    assert code == 1 and lines[0] == "study: 2 missing"
    assert lines[2] == "chapters: 1 missing" and "holds no finished run of the study study: run it first" in lines[3]


def test_make_report_ends_with_how_many_runs_are_the_published_ones(project, command):
    publish(project)
    answer = command(__main__.main, "report", "report.yaml", *BUILD, "--browser", "none")
    assert answer.stdout.splitlines()[-1] == "2 of 2 runs are bit for bit the published ones"


def test_a_damaged_record_is_refused_before_anything_runs(project, command):
    for text in ("{", "[]", '{"files": 3}'):
        (project / "published.json").write_text(text, encoding="utf-8")
        for verb in ("verify", "report"):
            assert_refused(command(__main__.main, verb, "report.yaml", *BUILD), "published.json is no record of runs")


def test_what_is_recorded_of_a_run_is_small(project):
    """1,500 runs stay below 1 MB."""
    content = json.loads((project / "build/runs.json").read_text(encoding="utf-8"))
    assert list(content["studies"]["study"]) == ["count-1", "count-2"] and len(content["arithmetic"]) == 1
    assert len(json.dumps(content["studies"]["study"], indent=1)) / 2 < 600


def test_the_hashes_of_runs_are_published_unless_they_are_too_many(tmp_path):
    for name in publishing.FILES:
        (tmp_path / name).write_text('{"complete": true}', encoding="utf-8")
    about = publishing.record("HEAD", tmp_path)
    assert about["sha256"]["runs.json"] == seal.sha256((tmp_path / "runs.json").read_bytes())
    (tmp_path / "runs.json").write_text(" " * 1_000_001, encoding="utf-8")
    with pytest.raises(ValueError, match="^runs.json is larger than 1 MB$"):
        publishing.record("HEAD", tmp_path)


def test_a_page_of_mixed_arithmetic_says_so_at_its_top(project, command, monkeypatch):
    html = (project / "build/toy.html").read_text(encoding="utf-8")
    assert "Mixed arithmetic" not in html and re.search(r"<footer>.*, arithmetic OpenBLAS .*</footer>", html, re.S)
    path = project / "runs/study/count-2"
    result = json.loads((path / "result.json").read_text(encoding="utf-8"))
    files = {name: (path / name).read_bytes() for name in ("run.ipynb", "model.npz", "history.txt")}
    used = {"openblas": "0.3.31", "core": "Zen", "features": "X86_V2", "threads": 1}
    files["result.json"] = json.dumps({"summary": "count 2", "arithmetic": used}).encode()
    Store(project / "runs/study").keep("count-2", files, result["provenance"])
    answer = command(__main__.main, "report", "report.yaml", *BUILD, "--browser", "none")
    assert answer.returncode == 0 and "study: 2 of 2 are there and up to date" in answer.stdout
    html = (project / "build/toy.html").read_text(encoding="utf-8")
    place = html.index("Mixed arithmetic: the runs and chapters of this page were not all computed alike: 3 with ")
    assert "1 with OpenBLAS 0.3.31 for Zen, 1 thread, NumPy for X86_V2." in html[place : place + 400]
    assert html.index('<p class="subtitle">') < place < html.index("<nav")


def test_one_arithmetic_is_no_notice():
    assert report.mixed(Counter({"a": 3})) == "" == report.mixed(Counter())
    assert report.mixed(Counter({"a": 3, "b": 4})).endswith("not all computed alike: 4 with b; 3 with a.")


def test_a_record_that_is_not_there_is_empty(tmp_path):
    assert record.read(tmp_path / "none.json") == {"files": {}, "chapters": {}, "studies": {}}
    with pytest.raises(InputError, match="is no record of runs"):
        record.read(Path(__file__))


@pytest.mark.parametrize("said", [3, [], "Zen", {"core": "Zen"}, None])
def test_what_a_notebook_says_of_its_arithmetic_may_be_anything(project, said):
    path = project / "runs/study/count-2/result.json"
    result = json.loads(path.read_text(encoding="utf-8"))
    Store(project / "runs/study").keep("count-2", {"run.ipynb": b"", "result.json": json.dumps(
        {"arithmetic": said}).encode()}, result["provenance"])  # fmt: skip
    description = SimpleNamespace(studies=[Path("study.yaml")])
    used = record.arithmetics(description, project / "runs", project / "build")
    assert list(used.values()) == [4]  # with two chapters; the driver's word counts
