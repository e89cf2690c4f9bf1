"""Processes and folders end with what they belong to: a run, a worker, a command, its make."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest
from filelock import FileLock

import toy
from nbreport.kernels import lifetime, pool, scratch
from nbreport.kernels.pool import Workers
from nbreport.studies.planfile import read_study
from nbreport.studies.sweep import run_studies
from test_sweeps import alive, descendants, running, wait_for

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs /proc, and kernels that are forked")
DETACHED = """
import os, subprocess, sys
own = "import os, sys, time; open(sys.argv[1], 'w').write(str(os.getpid())); time.sleep(600)"
more = "start_new_session=True"
twice = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {own!r}, sys.argv[1]], {more})"
for code, name in ((own, "child"), (twice, "orphan")):
    subprocess.Popen([sys.executable, "-c", code, os.path.join(PLACE, name)], start_new_session=True)
while not all(os.path.exists(path) and open(path).read() for path in (f"{PLACE}/child", f"{PLACE}/orphan")):
    time.sleep(0.02)
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYTHONPATH", toy.path(tmp_path))
    toy.make_study(tmp_path, "parameters:\n  pause: 0.0\ngrid:\n  count: [1]\n")
    return tmp_path


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    """A folder for temporary files of the test's own."""
    folder = tmp_path / "t"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def detached(project):
    """Return the numbers of the processes that a run has started in sessions of their own."""
    return [int((project / name).read_text(encoding="utf-8")) for name in ("child", "orphan")]


@pytest.mark.parametrize("end", ["", "assert False", "import signal\nos.kill(os.getpid(), signal.SIGKILL)"])
def test_what_a_run_has_started_in_another_session_ends_with_it(project, end):
    toy.make_project(project, work=f"import time\nPLACE = {str(project)!r}{DETACHED}{end}\n{toy.WORK}")
    with Workers(1) as workers:
        found = run_studies([read_study("study.yaml")], project / "runs", workers)["study"]
        assert not any(map(alive, detached(project)))  # the worker is still there
    assert len(found.failed) == bool(end)


@pytest.mark.parametrize("whose", ["driver", "worker", "server"])
def test_what_a_run_has_started_ends_when_what_runs_it_is_killed(project, whose):
    toy.make_project(project, work=f"import time\nPLACE = {str(project)!r}{DETACHED}time.sleep(600)")
    with running(project) as process:
        wait_for(lambda: (project / "orphan").exists() and (project / "orphan").read_text(encoding="utf-8"))
        child = detached(project)[0]
        above = ancestors(child)
        place = above.index(process.pid)
        killed = {"driver": process.pid, "worker": above[place - 1], "server": above[place - 2]}[whose]
        first = detached(project)
        os.kill(killed, signal.SIGKILL)
        wait_for(lambda: not any(map(alive, first)))


def ancestors(pid):
    """Return the parents of a process, its own parent first."""
    found = []
    while pid > 1:
        pid = int(Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[1])
        found.append(pid)
    return found


def test_what_is_told_to_end_is_gone_with_all_that_it_has_started():
    code = (
        "import subprocess; subprocess.Popen(['sleep', '600'], start_new_session=True); print(1, flush=True); input()"
    )
    started = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
    )
    assert started.stdout.readline()
    (sleeping,) = descendants(started.pid)
    lifetime.end_descendants(started.pid)
    assert not alive(sleeping) and started.poll() is None
    started.communicate("\n")
    lifetime.end_descendants(started.pid)  # it is gone: nothing to do


def test_a_worker_that_is_ended_does_not_begin_with_what_waits_for_it(temporary, monkeypatch):
    def thoroughly(pid):
        lifetime.end_descendants(pid)
        time.sleep(0.5)

    monkeypatch.setattr(pool, "end_descendants", thoroughly)
    first, second = temporary / "first", temporary / "second"
    with pytest.raises(KeyboardInterrupt), pool.process_pool(1) as executor:
        for mark in (first, second):
            executor.submit(subprocess.call, ["sh", "-c", f"touch {mark}; exec sleep 600"])
        wait_for(first.exists)
        raise KeyboardInterrupt
    assert not second.exists()


EARLY = """
import os, runpy, signal, sys
class Early:
    def find_spec(self, name, *_):
        if name == "nbreport.kernels.surroundings":
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Early())
sys.argv[1:] = ["--help"]
runpy.run_module("nbreport", run_name="__main__", alter_sys=True)
"""


def test_ctrl_c_in_the_first_imports_is_a_sentence():
    answer = subprocess.run([sys.executable, "-c", EARLY], capture_output=True, encoding="utf-8")
    assert (answer.returncode, answer.stdout, answer.stderr) == (130, "", f"\n{lifetime.SENTENCE}\n")


MAKEFILE = """
THIS_MAKE := $(shell echo $$PPID)
sweep:
\t@NBREPORT_PARENT=$(THIS_MAKE) exec {python} -EPB -m nbreport sweep study.yaml
"""


def made(project):
    """Start a sweep by a make of its own."""
    toy.make_project(project, work="import time\ntime.sleep(600)")
    (project / "Makefile").write_text(MAKEFILE.format(python=sys.executable), encoding="utf-8")
    return subprocess.Popen(["make", "sweep"], cwd=project, stderr=subprocess.PIPE, encoding="utf-8")


def test_the_driver_ends_with_a_make_that_is_killed_at_once(project):
    process = made(project)
    wait_for(lambda: descendants(process.pid))
    (driver,) = descendants(process.pid)[:1]
    process.kill()
    wait_for(lambda: not alive(driver), 20)
    process.communicate()


def test_who_is_told_of_a_parent_that_is_gone_ends_at_once():
    """It was killed before one could ask who it was; then it may be anybody's child."""
    gone = subprocess.Popen(["true"])
    gone.wait()
    code = "from nbreport.kernels.lifetime import end_with_parent; end_with_parent(); print('goes on')"
    environment = os.environ | {"NBREPORT_PARENT": str(gone.pid)}
    answer = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, encoding="utf-8")
    assert (answer.returncode, answer.stdout) == (1, "")


def test_every_recipe_of_nbreport_says_whose_it_is():
    words = ["make", "-n", "VENV=", f"PYTHON={sys.executable}", "report", "run", "sweep", "verify"]
    process = subprocess.Popen(words, cwd=toy.LIB.parent, stdout=subprocess.PIPE, encoding="utf-8")
    made_by, recipe = process.pid, process.communicate()[0].splitlines()
    started = [line for line in recipe if '"$PY" -EPB -m nbreport ' in line]
    assert len(started) == 4 and all(line.startswith(f"NBREPORT_PARENT={made_by} exec ") for line in started)


def caught(pid):
    """Return the signals for which a process has handlers."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    mask = next((int(line.split()[1], 16) for line in lines if line.startswith("SigCgt")), 0)
    return {number for number in range(1, 65) if mask >> (number - 1) & 1}


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_while_modules_are_imported_is_a_sentence(project, sign):
    toy.make_project(project)
    with running(project) as process:
        wait_for(lambda: signal.SIGTERM in caught(process.pid))  # the first thing that it does
        process.send_signal(sign)
        output, _ = process.communicate(timeout=60)
    assert process.returncode == 130 and output == f"\n{lifetime.SENTENCE}\n"
    assert not (project / "runs").exists()


def test_ctrl_c_before_that_waits_until_it_can_be_a_sentence():
    code = (
        "import os, signal; from nbreport.kernels import lifetime, surroundings\n"
        "signal.pthread_sigmask(signal.SIG_BLOCK, lifetime.INTERRUPTS)\n"
        "os.kill(os.getpid(), signal.SIGINT)\n"
        "lifetime.heed()\nprint('goes on')"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8")
    assert (answer.returncode, answer.stdout, answer.stderr) == (130, "", f"\n{lifetime.SENTENCE}\n")


def test_ctrl_c_reaches_no_worker_that_is_starting(project):
    """A terminal sends it to all: a worker that imports would print a traceback."""
    toy.make_project(project, work="import time\ntime.sleep(600)")
    with running(project) as process:
        wait_for(lambda: len(descendants(process.pid)) > 1)
        for pid in (*descendants(process.pid), process.pid):
            os.kill(pid, signal.SIGINT)
        output, _ = process.communicate(timeout=60)
    assert process.returncode == 130 and output == f"\n{lifetime.SENTENCE}\n"


def test_the_next_start_removes_what_a_killed_one_has_left(project, temporary):
    toy.make_project(project, work="import time\ntime.sleep(600)")
    with running(project) as process:
        wait_for(lambda: list(temporary.glob("nb-*/*/ipython/*")))
        others = descendants(process.pid)
        process.kill()
        process.wait()
        wait_for(lambda: not any(map(alive, others)))
    (left,) = temporary.glob("nb-*")
    (temporary / "nb-other").mkdir()  # somebody else's
    toy.make_project(project)
    with Workers(1) as workers:
        assert not left.exists()
        assert run_studies([read_study("study.yaml")], project / "runs", workers)["study"].done == ["count-1"]
        (own,) = (path for path in temporary.glob("nb-*") if path.name != "nb-other")
        scratch.clear()
        assert own.exists()  # it is in use
    assert [path.name for path in temporary.glob("nb-*")] == ["nb-other"]


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_sweep_leaves_no_scratch_folder(project, temporary, sign):
    toy.make_project(project, work="import time\ntime.sleep(600)")
    with running(project) as process:
        wait_for(lambda: list(temporary.glob("nb-*/*/ipython/*")))
        others = descendants(process.pid)
        process.send_signal(sign)
        process.communicate(timeout=60)
        assert not list(temporary.glob("nb-*"))
        wait_for(lambda: not any(map(alive, others)))
    assert not list(temporary.glob("nb-*"))  # no kernel has made it again


def test_only_folders_of_ours_that_nobody_holds_are_removed(temporary):
    for name in ("nb-left", "nb-held", "nb-link", "other"):
        (temporary / name).mkdir()
        (temporary / name / scratch.LOCK).touch()
    (temporary / "nb-link" / scratch.LOCK).unlink()
    (temporary / "precious").write_text("x", encoding="utf-8")
    (temporary / "nb-link" / scratch.LOCK).symlink_to(temporary / "precious")
    with FileLock(temporary / "nb-held" / scratch.LOCK):
        scratch.clear()
    assert sorted(path.name for path in temporary.iterdir()) == ["nb-held", "nb-link", "other", "precious"]
    assert (temporary / "precious").read_text(encoding="utf-8") == "x"


def test_a_folder_whose_process_died_before_it_was_held_is_removed(temporary):
    class Killed(BaseException):
        pass

    def killed(*_, **__):
        raise Killed

    for function in (Path, FileLock):
        name = {Path: "touch", FileLock: "acquire"}[function]
        with pytest.MonkeyPatch.context() as patch, pytest.raises(Killed):
            patch.setattr(function, name, killed)
            with scratch.folder():
                pass
        assert len(list(temporary.iterdir())) == 1
        scratch.clear()
        assert not list(temporary.iterdir())


@pytest.mark.parametrize("moment", ["touch", "acquire"])
def test_a_folder_that_is_removed_before_it_is_held_is_made_anew(temporary, monkeypatch, moment):
    of, taken = {"touch": Path, "acquire": FileLock}[moment], []
    after = getattr(of, moment)

    def first_removed(self, *arguments, **options):
        if not taken:
            taken.extend(temporary.iterdir())
            shutil.rmtree(*taken)
        return after(self, *arguments, **options)

    monkeypatch.setattr(of, moment, first_removed)
    with scratch.folder() as place:
        assert Path(place).stat().st_mode & 0o777 == 0o700 and taken
        scratch.clear()
        assert Path(place).is_dir()  # it is in use
    assert not list(temporary.iterdir())


def test_what_still_writes_into_a_folder_for_a_while_does_not_keep_it(temporary):
    ended = threading.Event()

    def write():
        while not ended.is_set():
            with contextlib.suppress(OSError):
                Path(tempfile.mkdtemp(dir=place), "file").touch()

    with scratch.folder() as place:
        writer = threading.Thread(target=write)
        writer.start()
        threading.Timer(0.3, ended.set).start()
    writer.join()
    assert not list(temporary.iterdir())


def test_what_cannot_be_removed_is_left_to_the_next_command(temporary, monkeypatch):
    def refused(*_):
        raise OSError

    with monkeypatch.context() as patch:
        patch.setattr(scratch, "PATIENCE", 0)
        patch.setattr(Path, "rmdir", refused)
        with scratch.folder() as place:
            pass
    assert (Path(place) / scratch.LOCK).exists()
    scratch.clear()
    assert not list(temporary.iterdir())


def test_a_folder_is_gone_at_the_end_whatever_is_in_it(temporary):
    with scratch.folder() as place:
        Path(place, "more").mkdir()
        Path(place, "more", "file").touch()
        assert Path(place).parent == temporary
    assert not list(temporary.iterdir())
    with scratch.folder() as place:
        shutil.rmtree(place)
    assert not list(temporary.iterdir())


@pytest.mark.parametrize("sign", lifetime.INTERRUPTS)
def test_what_interrupts_the_start_of_a_process_waits_for_it(sign):
    code = (
        "import os, signal, threading\nfrom nbreport.kernels import lifetime\n"
        "def start():\n    with lifetime.spared():\n"
        f"        threading.Thread(target=os.kill, args=(os.getpid(), {sign:d})).start()\n"
        "        sum(range(10**7))\n        print('started', flush=True)\n    print('goes on')\n"
        "lifetime.interruptible(start)"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8")
    assert (answer.returncode, answer.stdout, answer.stderr) == (130, "started\n", f"\n{lifetime.SENTENCE}\n")
