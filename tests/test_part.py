"""What a sweep does with a study, without any process: runs are fresh, stale, repeated, kept, failed, listed."""

import contextlib
import json
from concurrent.futures import BrokenExecutor, Future
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest

import toy
from nbreport import InputError, report
from nbreport.kernels import worker
from nbreport.kernels.worker import Outcome
from nbreport.notebook import Notebook
from nbreport.studies import part, remaining
from nbreport.studies.part import Part
from nbreport.studies.store import Store
from nbreport.studies.study import Study, all_points
from nbreport.studies.sweep import run_studies, run_study

FILES = {"result.json": b'{"summary": "fine"}', "text.txt": b"x", "run.ipynb": b"{}"}


class Here:
    """Workers of which each run ends at once, as `ends` says: Outcomes or errors, by turn."""

    jobs, ahead = 1, 0

    def __init__(self, *ends):
        self.ends, self.begun, self.limits = list(ends), [], []

    def submit(self, function, source, parameters, place, files, limit):
        assert function is worker.execute and nbformat.reads(source, as_version=4).cells[0].source == "# Toy"
        self.begun.append((parameters, place, files))
        self.limits.append(limit)
        future, end = Future(), self.ends.pop(0) if self.ends else Outcome(FILES, None, 0.125)
        (future.set_exception if isinstance(end, Exception) else future.set_result)(end)
        return future


@pytest.fixture
def notebook(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    return Notebook(toy.make_project(tmp_path).relative_to(tmp_path))


@pytest.fixture
def study(notebook):
    """Return a function that makes the study of some counts."""

    def make(*counts, **options):
        return Study("toy", lambda runs: all_points(notebook, {}, {"count": list(counts)}), **options)

    return make


def swept(study, *ends, **options):
    """Sweep a study; return its tally, the lines that were said, and what was begun."""
    lines, workers = [], Here(*ends)
    return run_study(study, Path("runs"), workers, say=lines.append, **options), lines, workers.begun


@pytest.mark.parametrize(
    ("told", "taken", "seconds"),
    [
        ((None, None), ([], []), 0),
        ((None, None), ([2, 4], []), 2 * 3 + 3 * 3),
        ((10, 100), ([], []), 2 * 10 + 3 * 100),
        ((10, 100), ([20, 40], []), 2 * 30 + 3 * 300),  # three times as long as was said
        ((10, 100), ([20], [300]), 2 * 20 + 3 * 300),
        ((None, 100), ([20], []), 2 * 20 + 3 * 100),
    ],
)
def test_what_is_left_by_what_others_took_and_what_files_say(told, taken, seconds):
    parts = [
        SimpleNamespace(study=SimpleNamespace(seconds=said), seconds=took, waiting=[0] * missing, under_way=1)
        for said, took, missing in zip(told, taken, (1, 2), strict=True)
    ]
    assert remaining.seconds(parts) == pytest.approx(seconds)


def test_a_sweep_says_first_how_long_it_will_take(study):
    lines = swept(study(1, 2, seconds=300))[1]
    assert lines[:2] == ["2 runs to do, about 10 min left", "[1/2] toy/count-1: fine (0.1 s, about 0 s left)"]
    assert swept(study(1, 2, seconds=300))[1] == ["toy: 2 of 2 are there and up to date"]


def test_what_is_there_and_fresh_is_not_run_again(study):
    tally, lines, begun = swept(study(1, 2))
    assert (tally.done, tally.kept, tally.failed) == (["count-1", "count-2"], [], [])
    assert lines == ["[1/2] toy/count-1: fine (0.1 s, about 0 s left)", "[2/2] toy/count-2: fine (0.1 s)"]
    assert begun[0] == ({"count": 1, "word": "a", "pause": 0.0}, "runs/toy/count-1", ["result.json", "text.txt"])
    tally, lines, begun = swept(study(1, 2, 3))
    assert (tally.done, tally.kept) == (["count-3"], ["count-1", "count-2"]) and len(begun) == 1
    assert lines[0] == "toy: 2 of 3 are there and up to date"
    tally, _, _ = swept(study(1, 2), force=True)
    assert (tally.done, tally.kept) == (["count-1", "count-2"], [])


def test_what_changed_is_run_again_and_why_is_said(study, notebook):
    swept(study(1, 2))
    Path("toy_code.py").write_text("def repeat(word, count):\n    return 'new'\n", encoding="utf-8")
    tally, lines, _ = swept(study(1, 2))
    assert tally.done == ["count-1", "count-2"] and lines[0] == "toy: 2 of 2 are stale: toy_code.py changed"
    Path("runs/toy/count-2/text.txt").unlink()
    tally, lines, _ = swept(study(1, 2))
    assert (tally.done, tally.kept) == (["count-2"], ["count-1"])
    assert lines[0] == "toy: 1 of 2 are there and up to date" and "stale" not in lines[1]


def test_a_comment_makes_only_an_exact_study_stale(study):
    for exact in (False, True):
        swept(study(1, exact=exact), force=True)
        with Path("toy_code.py").open("a", encoding="utf-8") as file:
            file.write("# a comment\n")
        assert bool(swept(study(1, exact=exact))[0].done) == exact


def test_a_result_says_what_it_was_made_from_and_how_long_it_took(study):
    swept(study(1))
    made_from = Store("runs/toy").made_from("count-1")
    assert (
        made_from["seconds"] == 0.12
        and made_from["facts"] == {"fact": 1}
        and list(made_from["code"]) == ["toy_code.py"]
    )
    known = {
        "notebook",
        "code",
        "packages",
        "inputs",
        "facts",
        "arithmetic",
        "parameters",
        "python",
        "digest",
        "seconds",
    }
    assert set(made_from) == known


def test_a_failure_is_put_apart_and_counted(study):
    tally, lines, _ = swept(study(1, 2), Outcome({"run.ipynb": b"{}"}, "first line\nthe last line\n", 0.125))
    assert (tally.done, tally.failed) == (["count-2"], ["count-1"])
    assert lines[0].startswith("[1/2] toy/count-1: FAILED: the last line (see runs/toy/failed/count-1) (0.1 s")
    text = Path("runs/toy/failed/count-1/traceback.txt").read_text(encoding="utf-8")
    assert text == "first line\nthe last line\n" and not Path("runs/toy/count-1").exists()
    tally, lines, _ = swept(study(1, 2))
    assert (tally.done, tally.kept) == (["count-1"], ["count-2"]) and not Path("runs/toy/failed/count-1").exists()


@pytest.mark.parametrize("result", [b"[1", b"[]", b"3", b"\xff", b"[" * 100_000])
def test_a_result_that_is_no_object_is_a_failure(study, result):
    tally, lines, _ = swept(study(1), Outcome(FILES | {"result.json": result}, None, 0.1))
    assert tally.failed == ["count-1"] and not tally.done
    assert "FAILED: its result.json is not an object in JSON (" in lines[0]


def test_a_result_without_a_summary_is_done(study):
    assert "count-1: done (" in swept(study(1), Outcome(FILES | {"result.json": b"{}"}, None, 0.1))[1][0]


def test_a_run_whose_worker_dies_is_tried_three_times_behind_the_others(study):
    tally, lines, begun = swept(study(1, 2), BrokenExecutor(), Outcome(FILES, None, 0.1), BrokenExecutor())
    assert (tally.done, tally.failed) == (["count-2", "count-1"], [])
    assert [parameters["count"] for parameters, _, _ in begun] == [1, 2, 1, 1]
    tally, lines, begun = swept(study(3), *[BrokenExecutor()] * 3)
    assert tally.failed == ["count-3"] and len(begun) == 3
    assert "FAILED: the worker process died, again and again" in lines[0]


def test_a_run_whose_kernel_dies_is_tried_as_often_and_says_where(study):
    died = Outcome({"run.ipynb": b"{}"}, "the kernel died in cell a", 0.1, again=True)
    tally, lines, begun = swept(study(1, 2), died, Outcome(FILES, None, 0.1), died)
    assert (tally.done, len(begun)) == (["count-2", "count-1"], 4)
    tally, lines, begun = swept(study(3), *[died] * 3)
    assert tally.failed == ["count-3"] and len(begun) == 3
    assert "FAILED: the kernel died in cell a, again and again (see runs/toy/failed/count-3)" in lines[0]
    assert Path("runs/toy/failed/count-3/run.ipynb").is_file()


def test_what_cannot_be_read_back_is_a_failure_and_the_others_go_on(study):
    tally, lines, begun = swept(study(1, 2), TypeError("cannot pickle 'x'"))
    assert (tally.failed, tally.done, len(begun)) == (["count-1"], ["count-2"], 2)
    assert "count-1: FAILED: TypeError: cannot pickle 'x' (see " in lines[0]


def limits(study, *ends, **options):
    """Sweep a study; return how many seconds each of its runs could take."""
    workers = Here(*ends)
    run_study(study, Path("runs"), workers, say=lambda line: None, **options)
    return workers.limits


def test_a_run_may_take_ten_times_what_its_studys_runs_take_and_five_minutes_at_least(study):
    took = [Outcome(FILES, None, seconds) for seconds in (40.0, 60.0, 10.0)]
    assert limits(study(1, 2, 3, 4), *took) == [3600, 3600, 400, 500]  # the next begins before one is written
    assert limits(study(1, 2, 3, 4, 5)) == [300]  # 0.125, 10, 40, 60 of former sweeps: 10 * 25 is less
    assert limits(study(1, 2), force=True) == [500, 500]
    assert limits(study(6), limit=7) == [7] and limits(study(7), limit=0) == [None]


def test_what_failed_says_nothing_about_the_time_that_runs_take(study):
    assert limits(study(1, 2), Outcome({}, "it hung", 9000.0)) == [3600, 3600]


@pytest.mark.parametrize("seconds", ["60", -1, 0, None, True, float("inf"), float("nan")])
def test_a_time_that_is_none_says_nothing(study, seconds):
    swept(study(1))
    path = Path("runs/toy/count-1/result.json")
    result = json.loads(path.read_text(encoding="utf-8"))
    result["provenance"]["seconds"] = seconds
    path.write_text(json.dumps(result), encoding="utf-8")
    assert Store("runs/toy").took("count-1") is None and limits(study(1)) == [3600]


def test_a_run_that_the_disk_does_not_take_has_failed_and_the_others_go_on(study, monkeypatch):
    def place(store, folder, files):
        if "count-1" in str(folder) and set(files) != {"traceback.txt"}:
            raise OSError(28, "No space left on device")
        return written(store, folder, files)

    written = Store._place
    monkeypatch.setattr(Store, "_place", place)
    tally, lines, _ = swept(study(1, 2))
    assert (tally.failed, tally.done) == (["count-1"], ["count-2"])
    assert "FAILED: what it has left cannot be kept (OSError: [Errno 28] No space left on device)" in lines[0]
    assert "(see runs/toy/failed/count-1)" in lines[0]
    assert "No space left" in Path("runs/toy/failed/count-1/traceback.txt").read_text(encoding="utf-8")


def test_a_disk_that_takes_nothing_ends_the_sweep(study, monkeypatch):
    def place(store, folder, files):
        raise OSError(28, "No space left on device", str(folder))

    monkeypatch.setattr(Store, "_place", place)
    with pytest.raises(OSError, match="No space left on device: 'runs/toy/failed/count-1'"):
        swept(study(1, 2))


@pytest.mark.parametrize(
    ("error", "line"),
    [
        ("one\ntwo\n", "two"),
        ("one\n---\n ^\n", "one"),
        ("", "it failed without a word"),
        ("...", "it failed without a word"),
    ],
)
def test_the_last_line_that_has_words_is_said(study, error, line):
    assert part.last_line(error) == line
    assert f"FAILED: {line} (see" in swept(study(1), Outcome({}, error or " ", 0.1))[1][0]


def test_a_study_lists_its_runs_and_one_that_others_add_to_does_not(study):
    swept(study(2, 1))
    assert json.loads(Path("runs/toy/study.json").read_text(encoding="utf-8")) == {"runs": ["count-2", "count-1"]}
    swept(study(3, listed=False))
    assert json.loads(Path("runs/toy/study.json").read_text(encoding="utf-8")) == {"runs": ["count-2", "count-1"]}


def test_a_study_is_held_as_a_whole_and_a_run_that_is_added_by_itself(study, monkeypatch):
    held = []

    @contextlib.contextmanager
    def locked(store, run_id=None):
        store.folder.mkdir(parents=True, exist_ok=True)
        held.append(run_id)
        yield
        held.append("free")

    monkeypatch.setattr(Store, "locked", locked)
    swept(study(1, 2))
    swept(study(1, 2, listed=False))
    assert held == [None, "free", "count-1", "count-2", "free", "free"]


def test_a_part_is_finished_when_nothing_waits_or_is_under_way(study):
    one = Part(study(1, 2), set(), Store("runs/toy"))
    assert (one.finished, one.failed) == (False, False)
    one.store.folder.mkdir(parents=True)
    one.open(Path("runs"), force=False)
    assert [point.run_id for point in one.waiting] == ["count-1", "count-2"] and not one.finished
    one.waiting.clear()
    assert one.finished and not one.failed
    one.under_way = 1
    assert not one.finished
    one.tally.failed.append("count-1")
    assert one.failed
    other = Part(study(1), set(), Store("runs/toy"))
    other.tally.left_out = InputError("no points")
    assert other.finished and other.failed


def test_a_study_is_asked_for_its_points_with_the_folder_of_runs(study):
    asked = []
    points = study(1).find(None)
    swept(Study("toy", lambda runs: asked.append(runs) or points))
    assert asked == [Path("runs")]


def test_a_mistake_of_a_studys_function_is_raised_where_it_is_alone_and_told_where_not(study, notebook):
    def find(runs):
        raise KeyError("accuracy")

    with pytest.raises(KeyError, match="accuracy"):
        swept(Study("toy", find))
    lines = []
    found = run_studies([Study("odd", find), study(1)], Path("runs"), Here(), say=lines.append)
    assert lines[0] == "odd: left out: KeyError: 'accuracy'" and found["toy"].done == ["count-1"]


def test_chapters_are_stale_when_a_comment_changes(notebook, monkeypatch):
    """They print it: their study is exact."""
    seen = []
    monkeypatch.setattr(
        report, "run_study", lambda study, *_, **__: seen.append(study) or SimpleNamespace(failed=["x"])
    )
    description = SimpleNamespace(notebooks=(notebook,), parameters={"word": "b", "colour": "red"}, given={})
    assert report.execute_chapters(description, Path("runs"), Path("build"), Here()).failed == ["x"]
    (point,) = seen[0].find(None)
    assert seen[0].exact and seen[0].listed and seen[0].name == "chapters"
    assert (point.run_id, point.parameters) == ("toy", {"count": 2, "word": "b", "pause": 0.0})


def wrote(**parameters):
    content = json.dumps({"summary": "fine", "parameters": parameters}).encode()
    return Outcome(FILES | {"result.json": content}, None, 0.1)


def test_a_run_that_has_used_something_else_has_failed(study):
    tally, lines, _ = swept(study(1, 2), wrote(count=1, word="a"), wrote(count=1, word="a"))
    assert (tally.done, tally.failed) == (["count-1"], ["count-2"])
    sentence = "count was given as 2, and its result.json says 1: what is given is not used"
    assert f"toy/count-2: FAILED: {sentence} (see runs/toy/failed/count-2)" in lines[1]
    assert Path("runs/toy/failed/count-2/traceback.txt").read_text(encoding="utf-8") == sentence
    assert not Path("runs/toy/count-2").exists()


def test_a_default_that_was_not_used_is_seen_too(study):
    tally, lines, _ = swept(study(1), wrote(count=1, word="b"))
    assert tally.failed == ["count-1"] and "word was given as 'a', and its result.json says 'b'" in lines[0]


def test_a_run_of_before_the_comparison_is_stale(study, monkeypatch):
    with monkeypatch.context() as before:
        before.setattr(part, "fault", lambda *_: None)
        assert swept(study(2), wrote(count=1))[0].done == ["count-2"]
    point = study(2).find(None)[0]
    found = part.state(Store("runs/toy"), point, part.provenances([point])["count-2"])
    assert found == ("stale", "count was given as 2, and its result.json says 1: what is given is not used")
    tally, _, _ = swept(study(2), wrote(count=2.0))
    assert tally.done == ["count-2"] and swept(study(2))[0].kept == ["count-2"]
