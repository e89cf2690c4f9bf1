"""Whatever a run does, the others go on; and the line of one that failed says why."""

import json
import os
import signal
import sys
from types import SimpleNamespace

import nbformat
import pytest
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill.exceptions import PapermillExecutionError

import toy
from nbreport import InputError, commands
from nbreport.kernels import failure, forkserver, worker
from nbreport.kernels.pool import Workers
from nbreport.studies.planfile import read_study
from nbreport.studies.sweep import run_studies

KERNEL = "the kernel died"


@pytest.fixture
def sweep(tmp_path, monkeypatch):
    """Sweep a study of notebooks that do this for a word; return what was said of each word, and its tally."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYTHONPATH", toy.path(tmp_path))

    def run(work, words, limit=None, jobs=1, **metadata):
        toy.make_project(tmp_path, work=work, **metadata)
        toy.make_study(tmp_path, f"grid:\n  word: {json.dumps(words)}\n")
        lines = []
        with Workers(jobs) as workers:
            study = read_study("study.yaml")
            tally = run_studies([study], tmp_path / "runs", workers, say=lines.append, limit=limit)["study"]
        said = {line.split("study/word-")[1].split(":")[0]: line for line in lines if "study/word-" in line}
        return said, tally, tmp_path / "runs/study"

    return run


DEEDS = {
    "removed": ("shutil.rmtree(output)", "the notebook has removed its output folder"),
    "file": ("shutil.rmtree(output); Path(output).write_text('x')", "the notebook has removed its output folder"),
    "elsewhere": ("shutil.rmtree(output); os.symlink('/', output)", "the notebook has removed its output folder"),
    "all": ("shutil.rmtree(os.getcwd())", "FAILED: "),
    "above": ("shutil.rmtree(os.path.dirname(os.getcwd()))", "FAILED: "),
    "nested": ("result.write_text('[' * 100_000)", "its result.json is not an object in JSON (it is nested too deeply"),
    "deep": ("result.write_text('{\"a\":' * 900 + '1' + '}' * 900)", None),
    "folder": ("result.unlink(); result.mkdir(); (result / 'x').touch()", "ended without writing result.json"),
    "within": (
        "Path(output, 'run.ipynb').mkdir(); Path(output, 'run.ipynb', 'x').touch()",
        "its run.ipynb is a folder",
    ),
    "executed": ("Path(output, 'run.ipynb').touch()", "it has written run.ipynb, which is the name of the executed"),
    "pipe": ("os.mkfifo(Path(output, 'pipe'))", "pipe in its output folder is neither a file nor a folder of files"),
    "loop": ("os.symlink('.', Path(output, 'loop'))", "loop in its output folder is neither a file nor a folder"),
    "broken": ("os.symlink('gone', Path(output, 'to'))", "to in its output folder is neither a file nor a folder"),
    "device": ("os.symlink('/dev/zero', Path(output, 'to'))", "to in its output folder is neither a file nor a folder"),
    "traceback": ("Path(output, 'traceback.txt').mkdir(); Path(output, 'traceback.txt/x').touch(); 1 / 0", "division"),
    "bytes": ("result.write_bytes(b'\\xff')", "its result.json is not an object in JSON ('utf-8' codec"),
    "digits": ("result.write_text('{\"a\": ' + '1' * 5000 + '}')", "its result.json is not an object in JSON (Exceeds"),
    "surrogate": ('result.write_text(\'{"summary": "a\\\\ud800b"}\')', "surrogate: a b ("),
    "lines": ("result.write_text(json.dumps({'summary': 'one\\ntwo\\x1b[31m'}))", "lines: one two [31m ("),
    "number": ("result.write_text(json.dumps({'summary': [1] * 200}))", "number: [1, 1, "),
    "fine": ("pass", "fine: aaa ("),
}
DOES = """
import json, os, shutil
from pathlib import Path
result = Path(output, "result.json")
result.write_text(json.dumps({"summary": "aaa"}))
Path(output, "text.txt").write_text("x")
exec(DEEDS[word])
"""


def test_whatever_one_run_does_the_others_go_on(sweep):
    work = f"DEEDS = { ({name: code for name, (code, _) in DEEDS.items()})!r}{DOES}"
    said, tally, folder = sweep(work, list(DEEDS))
    assert set(said) == set(DEEDS) and len(tally.done) + len(tally.failed) == len(DEEDS)
    for name, (_, words) in DEEDS.items():
        assert (words or "") in said[name] and said[name].isprintable(), (name, said[name])
        failed = f"word-{name}" in tally.failed
        assert failed == ("FAILED: " in said[name]) != (folder / f"word-{name}").exists()
        assert failed == (folder / "failed" / f"word-{name}").exists(), name
    done = {"surrogate", "lines", "number", "fine"}
    assert done <= {run_id.removeprefix("word-") for run_id in tally.done} <= {*done, "deep"}
    assert (folder / "failed/word-loop/text.txt").is_file()  # what can be kept of it


def test_folders_within_the_output_are_kept_and_hashed_and_may_be_declared(sweep):
    work = toy.WORK + "Path(output, 'a/b').mkdir(parents=True)\nPath(output, 'a/b/more.txt').write_text('more')\n"
    said, tally, folder = sweep(work, ["x"], files=["result.json", "a/b/more.txt"])
    assert tally.done == ["word-x"], said
    more = folder / "word-x/a/b/more.txt"
    assert more.read_text(encoding="utf-8") == "more"
    assert "a/b/more.txt" in json.loads((folder / "word-x/result.json").read_text(encoding="utf-8"))["hashes"]["files"]
    assert sweep(work, ["x"], files=["result.json", "a/b/more.txt"])[1].kept == ["word-x"]
    more.write_text("other", encoding="utf-8")
    assert sweep(work, ["x"], files=["result.json", "a/b/more.txt"])[1].done == ["word-x"]
    more.unlink()
    assert sweep(work, ["x"], files=["result.json", "a/b/more.txt"])[1].done == ["word-x"]
    assert more.read_text(encoding="utf-8") == "more"
    said, tally, folder = sweep(work.replace("b/more", "b/less"), ["x"], files=["a/b/more.txt"])
    assert tally.failed and "ended without writing a/b/more.txt" in said["x"]
    assert (folder / "failed/word-x/a/b/less.txt").is_file()


HANGS = "import time\n# what follows takes its time\nif word == 'hangs':\n    time.sleep(600)\n" + toy.WORK


def test_a_cell_that_hangs_is_named_and_the_others_go_on(sweep, tmp_path):
    said, tally, _ = sweep(HANGS, ["hangs", "b"], limit=6)
    assert (tally.failed, tally.done) == (["word-hangs"], ["word-b"])
    cell = nbformat.read(tmp_path / "toy.ipynb", as_version=4).cells[-1].id
    words = f"FAILED: cell {cell} (import time) had not ended after 6 s, which is the run's TIMEOUT (see "
    assert words in said["hangs"]


def test_cells_together_may_take_no_longer(monkeypatch):
    clock = failure.Clock(100)
    assert clock.end is None  # the kernel's start does not count
    assert 99 < clock({"id": "a"}) <= 100 and not clock.over
    end = clock.end
    monkeypatch.setattr(failure.time, "monotonic", lambda: end - 30)
    assert clock({"id": "b"}) == 30 and clock.cell == {"id": "b"}
    monkeypatch.setattr(failure.time, "monotonic", lambda: end + 30)
    assert 0 < clock({"id": "c"}) < 0.1 and clock.over
    assert failure.Clock(None)({"id": "a"}) is None and not failure.Clock(None).over


ONCE = """
import os, signal
from pathlib import Path
if word == "dies":
    tried = Path(PLACE, "tried")
    tries = len(tried.read_text()) if tried.exists() else 0
    tried.write_text("x" * (tries + 1))
    if tries < TIMES:
        os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize(("times", "done"), [(2, True), (3, False)])
def test_a_run_whose_kernel_dies_is_tried_again(sweep, tmp_path, times, done):
    said, tally, _ = sweep(f"PLACE, TIMES = {str(tmp_path)!r}, {times}{ONCE}{toy.WORK}", ["dies", "b"])
    assert (tmp_path / "tried").read_text(encoding="utf-8") == "xxx"
    assert tally.done == (["word-b", "word-dies"] if done else ["word-b"])
    if not done:
        cell = nbformat.read(tmp_path / "toy.ipynb", as_version=4).cells[-1].id
        assert f"FAILED: {KERNEL} in cell {cell} (PLACE, TIMES = " in said["dies"]
        assert "again and again" in said["dies"]


@pytest.mark.skipif(sys.platform != "linux", reason="kernels are forked on Linux only")
def test_a_run_whose_server_dies_is_tried_again(sweep, tmp_path):
    work = ONCE.replace("os.getpid()", "os.getppid()").replace("SIGKILL)", "SIGKILL)\n        time.sleep(600)")
    said, tally, _ = sweep(f"import time\nPLACE, TIMES = {str(tmp_path)!r}, 1{work}{toy.WORK}", ["dies", "b"])
    assert tally.done == ["word-b", "word-dies"], said


@pytest.mark.skipif(sys.platform != "linux", reason="kernels are forked on Linux only")
def test_a_server_that_does_not_answer_is_an_error_in_a_sentence(tmp_path, monkeypatch):
    (tmp_path / "slow.py").write_text("import time\ntime.sleep(600)\n", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", toy.path(tmp_path))
    monkeypatch.setattr(forkserver.Server, "process", None)
    monkeypatch.setattr(forkserver.Server, "modules", ["slow"])
    monkeypatch.setattr(forkserver.Server, "patience", 1)
    with pytest.raises(RuntimeError, match="imports ipykernel, slow for it did not answer within 1 seconds"):
        forkserver.Server.fork([], str(tmp_path), dict(os.environ))
    assert forkserver.Server.process is None


def raised(name, message, *traceback):
    return PapermillExecutionError(1, 1, "source", name, message, list(traceback))


ARROWS = ("\x1b[31m--\x1b[0m", "----> 2 check(x)", "      3 pass", "", "---> 12     assert x > 0  # why", "     13")


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (raised("AssertionError", "two is bad"), "AssertionError: two is bad"),
        (raised("AssertionError", "\n-----\n\nArrays differ\n\nx: 1\n"), "AssertionError: Arrays differ"),
        (raised("AssertionError", "", *ARROWS), "AssertionError: assert x > 0  # why"),
        (raised("AssertionError", "\n ^^^\n", *ARROWS), "AssertionError: assert x > 0  # why"),
        (raised("KeyError", "'accuracy'"), "KeyError: 'accuracy'"),
        (raised("Odd", ""), "Odd"),
        (raised("ValueError", "a\tb\x1b[31m\u202ec"), "ValueError: a b [31m c"),
        (raised("ValueError", "x" * 300), "ValueError: " + "x" * 187 + "…"),
        (OSError(28, "No space left on device"), "OSError: [Errno 28] No space left on device"),
        (DeadKernelError("Kernel died"), "the kernel died in cell a (first = 1)"),
    ],
)
def test_the_line_of_a_failure_has_the_exception_and_the_first_words(error, line):
    clock = failure.Clock(None)
    clock(nbformat.v4.new_code_cell("\n#\nfirst = 1\nsecond = 2", id="a"))
    found = failure.why(error, clock)
    assert found.line == line
    assert not isinstance(error, PapermillExecutionError) or ("[31m--" not in found.text and found.text)


@pytest.mark.parametrize(
    ("error", "again"),
    [
        (DeadKernelError("Kernel died"), True),
        (RuntimeError("no kernel could be forked"), True),
        (CellTimeoutError("no output"), True),
        (RecursionError("too deep"), False),
        (OSError(28, "No space left on device"), False),
        (raised("RuntimeError", "mine"), False),
    ],
)
def test_what_a_process_did_is_tried_again_and_what_a_notebook_did_is_not(error, again):
    assert failure.why(error, failure.Clock(60)).again == again


def test_a_run_out_of_time_is_not_tried_again():
    clock = failure.Clock(0)
    assert failure.why(CellTimeoutError("x"), clock).line == "CellTimeoutError: x"
    clock(nbformat.v4.new_code_cell("first", id="a"))
    found = failure.why(CellTimeoutError("x"), clock)
    assert found.line == "cell a (first) had not ended after 0 s, which is the run's TIMEOUT" and not found.again


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("", None), ("none", 0), ("90", 90), ("90s", 90), ("1.5m", 90), ("2h", 7200), (" 5m ", 300)],
)
def test_a_time_is_read(text, seconds):
    assert commands.seconds(text) == seconds


@pytest.mark.parametrize("text", ["0", "-1", "soon", "5 m", "1e3", "inf", "nan", "1h30m", "5M", "٣"])
def test_what_is_no_time_is_refused(text):
    with pytest.raises(InputError, match="TIMEOUT must be a time that a run may take, such as 90s, 15m or 2h, or none"):
        commands.seconds(text)


def test_the_time_that_is_asked_for_is_the_runs(monkeypatch):
    asked = []
    tally = SimpleNamespace(failed=["x"], done=[], kept=[], left_out=None)
    monkeypatch.setattr(commands, "run_studies", lambda *_, limit, **__: asked.append(limit) or {"study": tally})
    study = SimpleNamespace(folder="", name="study")
    monkeypatch.setattr(commands, "read_study", lambda *_, **__: study)
    assert commands.main(["sweep", "study.yaml", "--timeout", "2m"]) == 1
    assert commands.main(["sweep", "study.yaml"]) == 1
    assert asked == [120, None]


def test_a_worker_raises_nothing(tmp_path, monkeypatch):
    found = worker.execute("no notebook", {}, str(tmp_path), [])
    assert found.files == {} and "NotJSONError" in found.error and not found.again
    assert signal.getsignal(signal.SIGINT) is not signal.SIG_IGN
