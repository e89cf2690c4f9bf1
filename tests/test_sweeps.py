"""Runs through papermill in real worker processes: kept, resumed, failed, killed."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest

import toy
from conftest import assert_refused
from nbreport import InputError, __main__
from nbreport.kernels import forkserver
from nbreport.kernels.pool import Workers, process_pool
from nbreport.report import failures, run_missing
from nbreport.studies.planfile import read_study
from nbreport.studies.sweep import run_studies


@pytest.fixture
def project(tmp_path):
    toy.make_project(tmp_path)
    toy.make_study(tmp_path)
    return tmp_path


@pytest.fixture
def nbreport(monkeypatch, command):
    """Call the command line in a project's folder: `nbreport(project, "sweep", ...)`."""

    def run(project, *words):
        monkeypatch.chdir(project)
        monkeypatch.syspath_prepend(project)
        monkeypatch.setenv("PYTHONPATH", toy.path(project))
        return command(__main__.main, *words)

    return run


@pytest.fixture
def sweep(nbreport):
    return lambda project, *words: nbreport(project, "sweep", "study.yaml", "--jobs", "2", *words)


@pytest.fixture
def single(nbreport):
    return lambda project, parameters: nbreport(project, "run", "toy.ipynb", "--params", parameters)


def test_a_sweep_runs_keeps_and_renews(project, sweep):
    answer = sweep(project)
    assert answer.returncode == 0 and not answer.stderr, answer.stderr
    assert toy.results(project) == {f"count-{n}_word-{w}": w * n for n in (1, 2, 3) for w in "ab"}
    assert "6 run now, 0 kept, 0 failed" in answer.stdout and answer.stdout.count("[") == 6
    assert "[6/6]" in answer.stdout and "left)" in answer.stdout
    folder = project / "runs" / "study" / "count-1_word-a"
    assert sorted(path.name for path in folder.iterdir()) == ["result.json", "run.ipynb", "text.txt"]
    executed = nbformat.read(folder / "run.ipynb", as_version=4)
    assert "runs/study/count-1_word-a" in executed.cells[2].source and "/tmp" not in (folder / "run.ipynb").read_text(
        encoding="utf-8"
    )

    assert "0 run now, 6 kept" in sweep(project).stdout
    (folder / "text.txt").unlink()
    (project / "runs" / "study" / "count-2_word-a" / "result.json").write_text("{", encoding="utf-8")
    assert "2 run now, 4 kept" in sweep(project).stdout
    (project / "toy_code.py").write_text(
        "def repeat(word, count):\n    return 'new ' + word * count\n", encoding="utf-8"
    )
    assert "6 run now, 0 kept" in sweep(project).stdout
    assert toy.results(project)["count-2_word-b"] == "new bb"
    assert "6 run now, 0 kept" in sweep(project, "--force").stdout


def test_a_failed_run_is_kept_apart_and_the_others_go_on(project, sweep):
    toy.make_project(project, work="assert count != 2, 'two is bad'\n" + toy.WORK)
    answer = sweep(project)
    assert answer.returncode == 1 and "4 run now, 0 kept, 2 failed" in answer.stdout
    assert len(toy.results(project)) == 4
    failed = project / "runs" / "study" / "failed" / "count-2_word-a"
    assert "two is bad" in (failed / "traceback.txt").read_text(encoding="utf-8") and (failed / "run.ipynb").is_file()
    assert "FAILED: AssertionError: two is bad" in answer.stdout and str(failed.relative_to(project)) in answer.stdout
    toy.make_project(project)
    assert "6 run now" in sweep(project).stdout and not list(failed.parent.iterdir())


def test_a_notebook_that_does_not_write_its_files_has_failed(project, sweep):
    toy.make_project(project, work="pass")
    answer = sweep(project)
    assert answer.returncode == 1 and "ended without writing result.json, text.txt" in answer.stdout
    assert not toy.results(project)


def test_a_notebook_that_ignores_what_it_is_given_has_failed(project, single):
    work = toy.WORK.replace('"word": word', '"parameters": {"count": 2, "word": word, "pause": str(pause)}')
    toy.make_project(project, work=work)
    answer = single(project, "count=3 word=x")
    said = (
        "FAILED: count was given as 3, and its result.json says 2: what is given is not used (see runs/single/failed/"
    )
    assert answer.returncode == 1 and said in answer.stdout and not (project / "runs/single/count-3_word-x").exists()
    answer = single(project, "count=2 word=x pause=1e-3")
    assert answer.returncode == 0, answer.stdout
    assert answer.stdout.splitlines()[-1] == "runs/single/count-2_word-x_pause-0.001/run.ipynb: xx"


def test_bad_input_starts_nothing(project, sweep):
    toy.make_study(project, "grid:\n  count: [1, 0]\n")
    assert_refused(sweep(project), "count must be an integer from 1 to 9, not 0", "study.yaml")
    assert not (project / "runs").exists()


def test_the_last_line_of_a_single_run(project, single):
    answer = single(project, "count=3 word=x")
    assert answer.stdout.splitlines()[-1] == "runs/single/count-3_word-x/run.ipynb: xxx"
    assert_refused(single(project, "cuont=3"), "'cuont'; did you mean 'count'?")


def test_an_input_that_matches_nothing_is_refused(project, sweep, single):
    toy.make_project(project, inputs=["toy_cood.py"])
    assert_refused(sweep(project), "names the input toy_cood.py, which matches no file")
    assert_refused(single(project, "count=3"), "toy_cood.py")
    assert not toy.results(project)


def hear_interrupts():
    """Undo what a shell does to a command in the background: Ctrl-C would not reach it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@contextlib.contextmanager
def running(project):
    environment = os.environ | {"PYTHONPATH": toy.path(project)}
    words = [sys.executable, "-m", "nbreport", "sweep", "study.yaml", "--jobs", "2"]
    process = subprocess.Popen(
        words,
        cwd=project,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        stderr=subprocess.STDOUT,
        preexec_fn=hear_interrupts,
        encoding="utf-8",
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def wait_for(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)


def descendants(pid):
    """Return the process ids of all descendants of a process."""
    try:
        texts = [path.read_text(encoding="utf-8") for path in Path(f"/proc/{pid}/task").glob("*/children")]
    except (FileNotFoundError, ProcessLookupError):  # it ended meanwhile
        return []
    children = [int(child) for text in texts for child in text.split()]
    return children + [each for child in children for each in descendants(child)]


def command_line(pid):
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_killed_sweep_leaves_no_process_and_resumes(project, sign, sweep):
    toy.make_study(project, "parameters:\n  pause: 0.5\ngrid:\n  count: [1, 2, 3, 4, 5, 6]\n")
    with running(project) as process:
        wait_for(lambda: len(toy.results(project)) >= 2)
        others = descendants(process.pid)
        process.send_signal(sign)
        process.wait(10)
    assert len(others) >= 4  # two workers, and what they started
    wait_for(lambda: not any(map(alive, others)), 20)
    done = toy.results(project)
    assert 2 <= len(done) < 6
    if sign != signal.SIGKILL:
        assert process.returncode == 130
    times = {name: (project / "runs/study" / name / "result.json").stat().st_mtime_ns for name in done}
    answer = sweep(project)
    assert f"{6 - len(done)} run now, {len(done)} kept, 0 failed" in answer.stdout
    assert times == {name: (project / "runs/study" / name / "result.json").stat().st_mtime_ns for name in done}
    assert toy.results(project) == {f"count-{n}": "a" * n for n in range(1, 7)}
    assert not list((project / "runs/study").glob(".partial*"))


def test_a_killed_worker_is_replaced_and_its_run_repeated(project):
    toy.make_study(project, "parameters:\n  pause: 0.5\ngrid:\n  count: [1, 2, 3, 4]\n")
    with running(project) as process:
        wait_for(lambda: len(toy.results(project)) >= 1)
        workers = [pid for pid in descendants(process.pid) if b"spawn_main" in command_line(pid)]
        os.kill(workers[0], signal.SIGKILL)
        output, _ = process.communicate(timeout=60)
    assert process.returncode == 0 and "4 run now, 0 kept, 0 failed" in output
    assert len(toy.results(project)) == 4


POINTS = """
from pathlib import Path

def longest(runs, study):
    found = sorted(path.parent.name for path in Path(runs, study).glob("[!.]*/result.json"))
    return [{"word": f"of-{len(found)}"}]
"""


@pytest.fixture
def three(project, monkeypatch):
    """Three studies: `first`, `second`, which takes its point from it, and `third`."""
    monkeypatch.chdir(project)
    monkeypatch.syspath_prepend(project)
    monkeypatch.setenv("PYTHONPATH", toy.path(project))
    (project / "toy_words.py").write_text(POINTS, encoding="utf-8")
    grids = {
        "first": "parameters: {pause: 0.2}\ngrid:\n  count: [1, 2, 3]\n",
        "second": "points: {function: 'toy_words:longest', study: first}\ngrid:\n  count: [4]\n",
        "third": "parameters: {pause: 0.2}\ngrid:\n  count: [5, 6, 7, 8]\n",
    }
    for name, text in grids.items():
        (project / f"{name}.yaml").write_text(f"notebook: toy.ipynb\n{text}", encoding="utf-8")
    return [read_study(f"{name}.yaml") for name in grids]


def ordered(lines):
    """Return the names of runs in the order in which they were finished."""
    return [line.split("] ")[1].split(":")[0] for line in lines]


def test_a_study_waits_for_those_it_takes_points_from_and_no_worker_waits(three, project):
    lines, started = [], []

    def pool(jobs):
        started.append(jobs)
        return process_pool(jobs)

    with Workers(1, pool) as workers:
        found = run_studies(three, project / "runs", workers, say=lines.append)
        again = run_studies(three, project / "runs", workers, say=lambda line: None)
    runs = ordered(lines)
    assert runs[:3] == [f"first/count-{n}" for n in (1, 2, 3)]  # the first study's come first
    assert runs[3:5] == ["third/count-5", "second/count-4_word-of-3"]  # one was under way when the second was ready
    assert runs[5:] == [f"third/count-{n}" for n in (6, 7, 8)]
    assert [len(one.done) for one in found.values()] == [3, 1, 4]
    assert [len(one.kept) for one in again.values()] == [3, 1, 4] and started == [1]  # the same process for all
    assert "left)" in lines[0] and "left)" not in lines[-1] and lines[-1].startswith("[8/8]")


def test_several_studies_are_swept_together(three, project, nbreport):
    """As `make frontier` does; a line for each says what became of it."""
    plans = [f"{plan.name}.yaml" for plan in three]
    answer = nbreport(project, "sweep", "--jobs", "2", *plans[::-1])
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.splitlines()[-3:] == [
        "third: 4 runs: 4 run now, 0 kept, 0 failed; in runs/third",
        "second: 1 runs: 1 run now, 0 kept, 0 failed; in runs/second",
        "first: 3 runs: 3 run now, 0 kept, 0 failed; in runs/first",
    ]
    toy.make_project(project, work="assert count != 2\n" + toy.WORK)
    answer = nbreport(project, "sweep", "--jobs", "2", *plans)
    assert answer.returncode == 1 and "second: left out; in runs/second" in answer.stdout
    assert_refused(nbreport(project, "sweep", plans[0], ""), "GRID= is empty")


def test_what_needs_a_failed_study_is_left_out_and_the_rest_goes_on(three, project):
    broken = project / "broken"
    broken.touch()
    toy.make_project(project, work=f"import os\nassert count != 2 or not os.path.exists('{broken}')\n" + toy.WORK)
    lines, three = [], [read_study(f"{plan.name}.yaml") for plan in three]
    with Workers(2) as workers:
        found = run_studies(three, project / "runs", workers, say=lines.append)
    assert found["first"].failed == ["count-2"] and len(found["third"].done) == 4
    assert found["second"].left_out and not found["second"].done
    assert "second: left out: it takes points from first, of which runs have failed" in lines
    broken.unlink()
    with Workers(2) as workers:
        mended = run_studies(three, project / "runs", workers, say=lines.append)
    assert [one.done for one in mended.values()] == [["count-2"], ["count-4_word-of-3"], []]


@pytest.mark.parametrize("order", [(1, 0, 2), (2, 1, 0)])
def test_the_order_of_studies_does_not_decide_which_are_run(three, project, order):
    plans = [three[place] for place in order]
    with Workers(2) as workers:
        run_studies([three[0]], project / "runs", workers)
        found = run_studies(plans, project / "runs", workers)
    assert {name: len(one.done) for name, one in found.items()} == {"first": 0, "second": 1, "third": 4}


def test_a_study_without_points_is_left_out_and_the_rest_goes_on(three, project, capsys):
    text = POINTS.replace("    return", "    if found:\n        raise KeyError('accuracy')\n    return")
    (project / "toy_words.py").write_text(text, encoding="utf-8")
    sys.modules.pop("toy_words", None)
    plans, lines = [read_study(f"{plan.name}.yaml") for plan in three], []
    with Workers(2) as workers:
        found = run_studies(plans, project / "runs", workers, say=lines.append)
    assert len(found["third"].done) == 4 and "second: left out: KeyError: 'accuracy'" in lines
    assert failures(run_missing(plans, project / "runs", workers, say=lines.append)) == ["second"]
    assert "Traceback" in capsys.readouterr().err  # a mistake of the function's is shown as one


def test_studies_that_cannot_be_ordered_are_refused(three, project):
    (project / "circle.yaml").write_text(
        "notebook: toy.ipynb\npoints: {function: 'toy_words:longest', study: circle}\ngrid:\n  count: [4]\n",
        encoding="utf-8",
    )
    workers = Workers(1)
    with pytest.raises(InputError, match="in a circle: circle, circle"):
        run_studies([read_study("circle.yaml")], project / "runs", workers)
    with pytest.raises(InputError, match="two studies of the name first"):
        run_studies([three[0], *three], project / "runs", workers)
    assert workers.executor is None and not (project / "runs").exists()


def test_a_result_that_is_no_object_is_a_failure(project, sweep):
    toy.make_project(project, work=toy.WORK + "Path(output, 'result.json').write_text('[1')\n")
    answer = sweep(project)
    assert answer.returncode == 1 and answer.stdout.count("FAILED: its result.json is not an object in JSON") == 6
    assert "Traceback" not in answer.stderr


def test_all_studies_are_held_from_the_start(three, project):
    toy.make_study(project, "parameters:\n  pause: 9.0\ngrid:\n  count: [1]\n")
    with running(project):
        wait_for((project / "runs/study/.lock").exists)
        time.sleep(0.5)
        with Workers(1) as workers, pytest.raises(InputError, match="runs/study is being written"):
            run_studies([*three, read_study("study.yaml")], project / "runs", workers)
    assert workers.executor is None and not list((project / "runs" / "first").glob("count*"))


def test_a_run_whose_worker_dies_every_time_fails_alone(project, monkeypatch):
    monkeypatch.chdir(project)
    monkeypatch.syspath_prepend(project)
    monkeypatch.setenv("PYTHONPATH", toy.path(project))
    kill = "import os, signal, psutil\nif count == 2:\n    for one in psutil.Process().parents():\n"
    kill += "        if 'spawn_main' in ' '.join(one.cmdline()):\n            one.kill()\n"
    toy.make_project(project, work=kill + toy.WORK)
    toy.make_study(project, "grid:\n  count: [2, 1, 3]\n")
    with Workers(2) as workers:
        found = run_studies([read_study("study.yaml")], project / "runs", workers)["study"]
    assert (sorted(found.done), found.failed) == (["count-1", "count-3"], ["count-2"])
    text = (project / "runs/study/failed/count-2/traceback.txt").read_text(encoding="utf-8")
    assert text == "the worker process died, again and again"


def test_a_half_written_run_does_not_count(project, sweep):
    half = project / "runs" / "study" / ".partial-count-1_word-a"
    half.mkdir(parents=True)
    (half / "result.json").write_text("{}", encoding="utf-8")
    assert "6 run now, 0 kept" in sweep(project).stdout
    assert not half.exists()


def test_two_sweeps_of_one_study_do_not_mix(project, sweep):
    toy.make_study(project, "parameters:\n  pause: 9.0\ngrid:\n  count: [1]\n")
    with running(project) as process:
        wait_for((project / "runs/study/.lock").exists)
        time.sleep(0.5)
        answer = sweep(project)
        assert_refused(answer, "runs/study is being written by process", str(process.pid))


SEPARATE = """
import os, random, signal, sys
import json, numpy
from pathlib import Path
import toy_code
assert not hasattr(sys, "seen") and not hasattr(numpy, "seen"), "another run was here"
sys.seen = numpy.seen = True
if word == "die":
    os.kill(os.getpid(), signal.SIGKILL)
numbers = f"{random.random()} {numpy.random.random()}"
Path(output, "text.txt").write_text(f"{numbers} {os.getcwd()} {'wave' in sys.modules}")
Path(output, "result.json").write_text(json.dumps({"summary": "done"}))
"""


def test_runs_share_nothing_and_one_that_dies_takes_none_with_it(tmp_path, sweep):
    toy.make_project(tmp_path, SEPARATE, preload=["numpy", "wave", "no.such.module"])
    toy.make_study(tmp_path, 'grid:\n  count: [1, 2, 3]\n  word: ["a", "die"]\n')
    answer = sweep(tmp_path, "--jobs", "1")
    assert answer.returncode == 1 and "3 run now, 0 kept, 3 failed" in answer.stdout, answer.stdout
    assert answer.stdout.count("FAILED: the kernel died in cell ") == 3
    texts = [
        path.read_text(encoding="utf-8").split() for path in (tmp_path / "runs/study").glob("[!.]*_word-a/text.txt")
    ]
    assert len({text[0] for text in texts}) == len({text[1] for text in texts}) == 3  # no common random numbers
    assert all(not Path(text[2]).exists() for text in texts)  # each in a scratch folder of its own
    assert len({text[2] for text in texts}) == 3
    assert {text[3] for text in texts} == {str(sys.platform == "linux")}


@pytest.fixture
def adopting():
    """Make this process adopt orphans, as service managers do: their parent is then not process 1."""
    prctl = ctypes.CDLL(None).prctl
    prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER
    yield
    prctl(36, 0, 0, 0, 0)


@pytest.mark.skipif(sys.platform != "linux", reason="kernels are forked on Linux only")
def test_a_kernel_whose_server_dies_at_once_ends_too(tmp_path, monkeypatch, adopting):
    """Before the kernel is up, when its own watch over its parent has not begun."""
    environment = os.environ | {"JUPYTER_RUNTIME_DIR": str(tmp_path), "IPYTHONDIR": str(tmp_path)}
    monkeypatch.setattr(forkserver.Server, "process", None)
    pid = forkserver.Server.fork([], str(tmp_path), environment)
    forkserver.Server.process.kill()
    assert alive(pid)
    wait_for(lambda: not alive(pid), 10)
