"""Studies on a Dask cluster: scheduler and workers as separate processes, each worker from a checkout of its own."""

import contextlib
import ctypes
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

import toy
from conftest import ROOT, assert_refused
from nbreport import __main__

pytest.importorskip("distributed")

STUDY = 'parameters: {pause: 0.2}\ngrid:\n  count: [1, 2, 3, 4]\n  word: ["a", "b"]\n'
# Arrays that depend on code, data and arithmetic, and on nothing else.
WORK = """
import json, os, time
from pathlib import Path
import numpy as np
import toy_code
time.sleep(pause)
rng = np.random.default_rng(count)
product = rng.normal(size=(90, 70)).astype(np.float32) @ rng.normal(size=(70, 50)).astype(np.float32)
np.savez(Path(output, "arrays.npz"), product=product, exp=np.exp(product / 90))
Path(output, "text.txt").write_text(toy_code.repeat(word, count))
threads = os.environ["OPENBLAS_NUM_THREADS"], os.environ["OPENBLAS_CORETYPE"]
Path(output, "result.json").write_text(json.dumps({"summary": toy_code.repeat(word, count), "threads": threads}))
"""
# Data below the checkout, which are got where they are missing.
CHECK = """

import hashlib
from pathlib import Path

DATA = Path(__file__).with_name("data.txt")


def check(parameters):
    if not DATA.exists():
        raise InputError("data.txt is missing: run `make data`")
    return {"data": hashlib.sha256(DATA.read_bytes()).hexdigest()}


def fetch(parameters):
    source = Path(__file__).with_name("source.txt")
    if not source.exists():
        raise InputError("no source of data.txt could be used")
    DATA.write_bytes(source.read_bytes())
"""


def make_checkout(folder, data="data"):
    """Write a small project with a copy of this package into `folder`, as a clone would be; return the folder."""
    shutil.copytree(
        ROOT / "lib" / "nbreport", folder / "lib" / "nbreport", ignore=shutil.ignore_patterns("__pycache__")
    )
    files = ["result.json", "text.txt", "arrays.npz"]
    toy.make_project(folder, WORK, files=files, check="toy_check:check", fetch="toy_check:fetch", preload=["numpy"])
    (folder / "toy_check.py").write_text(toy.CHECK + CHECK, encoding="utf-8")
    (folder / "source.txt").write_text(data, encoding="utf-8")
    toy.make_study(folder, STUDY)
    return folder


def surroundings(folder):
    """Return the environment of what runs from a checkout; an arithmetic that somebody asked for must not count."""
    return os.environ | {"PYTHONPATH": f"{folder}{os.pathsep}{folder / 'lib'}", "OPENBLAS_CORETYPE": "Sandybridge"}


def wait_for(condition, seconds=300):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)


def end_with_parent():
    """Have this process killed when the tests are: they would not end it any more."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


class Machines:
    """Processes that the test starts, and ends."""

    def __init__(self, folder):
        self.folder, self.started = folder, []
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.address = f"tcp://127.0.0.1:{probe.getsockname()[1]}"

    def start(self, name, *words, cwd=None, env=None):
        log = self.folder / f"{name}.log"
        with open(log, "ab") as output:
            process = subprocess.Popen(
                list(map(str, words)), cwd=cwd or self.folder, env=env, stdout=output, stderr=output,
                start_new_session=True, preexec_fn=end_with_parent,
            )  # fmt: skip
        process.log = log
        self.started.append(process)
        return process

    def dask(self, name, *words, cwd=None, env=None):
        return self.start(name, sys.executable, "-m", "dask", *words, cwd=cwd, env=env)

    def scheduler(self):
        words = ("--host", "127.0.0.1", "--port", self.address.rpartition(":")[2], "--no-dashboard", "--no-show")
        process = self.dask("scheduler", "scheduler", *words)
        wait_for(lambda: "Scheduler at" in process.log.read_text(encoding="utf-8"))
        return process

    def worker(self, checkout, *words):
        words = ("worker", self.address, "--no-dashboard", *(words or ("--no-nanny", "--nthreads", "1")))
        folder = self.folder / f"{checkout.name}-elsewhere"  # it works wherever it is started
        folder.mkdir(exist_ok=True)
        return self.dask(checkout.name, *words, cwd=folder, env=surroundings(checkout))

    def sweep(self, checkout, *words):
        words = ("sweep", "study.yaml", "--scheduler", self.address, *words)
        return self.start("driver", sys.executable, "-m", "nbreport", *words, cwd=checkout, env=surroundings(checkout))

    def kill(self, process):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.fixture
def machines(tmp_path):
    found = Machines(tmp_path)
    yield found
    for process in found.started:
        found.kill(process)


@pytest.fixture(scope="module")
def local(tmp_path_factory):
    """The hashes of the arrays of each run of the study, run on this machine without a cluster."""
    folder = make_checkout(tmp_path_factory.mktemp("local"))
    (folder / "data.txt").write_text("data", encoding="utf-8")
    words = [sys.executable, "-m", "nbreport", "sweep", "study.yaml", "--jobs", "2"]
    subprocess.run(words, cwd=folder, env=surroundings(folder), check=True)
    return arrays(folder)


@pytest.fixture
def driver(tmp_path):
    folder = make_checkout(tmp_path / "driver")
    (folder / "data.txt").write_text("data", encoding="utf-8")
    return folder


def results(folder):
    found = Path(folder, "runs", "study").glob("[!.]*/result.json")
    return {path.parent.name: json.loads(path.read_text(encoding="utf-8")) for path in found}


def arrays(folder):
    """Return run id to what its run came out as: arrays' hashes, what it was made from, and what its files are."""
    keys = ("code", "inputs", "packages", "arithmetic", "parameters", "facts", "digest")
    return {
        run_id: (
            result["hashes"]["arrays"],
            result["threads"],
            {key: result["provenance"][key] for key in keys},
            sorted(path.name for path in Path(folder, "runs", "study", run_id).iterdir()),
        )
        for run_id, result in results(folder).items()
    }


def ended(process, seconds=300):
    """Wait for a process; return its exit code and what it said."""
    return process.wait(seconds), process.log.read_text(encoding="utf-8")


def test_runs_elsewhere_are_those_here_though_a_worker_is_killed_and_one_joins_late(machines, tmp_path, driver, local):
    machines.scheduler()
    first, second = (machines.worker(make_checkout(tmp_path / name)) for name in ("one", "two"))
    sweep = machines.sweep(driver)
    wait_for(lambda: len(results(driver)) >= 2)
    machines.kill(first)
    machines.worker(make_checkout(tmp_path / "three"))
    code, said = ended(sweep)
    assert code == 0 and "8 runs: 8 run now, 0 kept, 0 failed" in said, said
    assert "is lost; what it had is run elsewhere" in said
    assert arrays(driver) == local and len(local) == 8
    assert {text for found in local.values() for text in found[1]} <= {"1", "Haswell", "Sandybridge"}
    # Each got its data, and kept nothing of the runs.
    assert (tmp_path / "two" / "data.txt").read_text(encoding="utf-8") == "data"
    assert not (tmp_path / "two" / "runs").exists() and not list((tmp_path / "two-elsewhere").glob("*/*.ipynb"))
    text = (driver / "runs/study/count-1_word-a/run.ipynb").read_text(encoding="utf-8")
    assert "runs/study/count-1_word-a" in text and "/tmp/nb-" not in text
    code, said = ended(machines.sweep(driver))
    assert "0 run now, 8 kept" in said


def test_a_restarted_scheduler_is_found_again(machines, tmp_path, driver, local):
    scheduler = machines.scheduler()
    worker = machines.worker(make_checkout(tmp_path / "one"))
    sweep = machines.sweep(driver)
    wait_for(lambda: len(results(driver)) >= 2)
    done = len(results(driver))
    machines.kill(scheduler)
    machines.kill(worker)
    wait_for(lambda: "the scheduler is lost" in sweep.log.read_text(encoding="utf-8"))
    time.sleep(2)  # long enough to be looked for in vain
    machines.scheduler()
    machines.worker(tmp_path / "one")
    code, said = ended(sweep)
    assert code == 0 and 2 <= done < 8 and "8 run now, 0 kept, 0 failed" in said, said
    assert "Traceback" not in said
    assert arrays(driver) == local


def test_a_worker_with_a_nanny_that_loses_its_process_has_a_new_one(machines, tmp_path, driver, local):
    """Dask's own way to start workers, and that of `dask-jobqueue`: daemons, which may have no processes."""
    machines.scheduler()
    worker = machines.worker(make_checkout(tmp_path / "one"), "--nanny", "--nworkers", "1", "--nthreads", "2")
    sweep = machines.sweep(driver)
    wait_for(lambda: len(results(driver)) >= 2)
    for child in psutil.Process(worker.pid).children():
        child.kill()
    code, said = ended(sweep)
    assert code == 0 and "8 run now, 0 kept, 0 failed" in said and "is lost" in said, said
    assert arrays(driver) == local


def changed(name):
    def change(folder):
        with open(folder / name, "a", encoding="utf-8") as file:
            file.write("\n\nother = 1\n")

    return change


OTHER = {
    "code": (changed("toy_code.py"), "its toy_code.py is not the driver's"),
    "plumbing": (changed("lib/nbreport/kernels/worker.py"), "its lib/nbreport/kernels/worker.py is not the driver's"),
    "data": (changed("source.txt"), "its data are not the driver's"),
    "no data": (lambda folder: (folder / "source.txt").unlink(), "no source of data.txt could be used"),
    "none of it": (lambda folder: shutil.rmtree(folder / "lib/nbreport/studies"), "No module named"),
}


@pytest.mark.parametrize("what", OTHER)
def test_a_worker_that_would_make_something_else_is_refused(machines, tmp_path, driver, local, what):
    change, sentence = OTHER[what]
    machines.scheduler()
    other = make_checkout(tmp_path / "other")
    change(other)
    worker = machines.worker(other)
    wait_for(lambda: "Registered to" in (tmp_path / "other.log").read_text(encoding="utf-8"))
    code, said = ended(machines.sweep(driver))
    assert code == 2 and "Traceback" not in said, said
    assert re.search(rf"^error: worker tcp://\S+ is refused: .*{re.escape(sentence)}", said, flags=re.M), said
    assert not results(driver) and worker.poll() is None  # it may have other work
    if what == "code":  # another one joins: that one is used, and nothing comes from the first
        machines.worker(make_checkout(tmp_path / "one"))
        wait_for(lambda: "Registered to" in (tmp_path / "one.log").read_text(encoding="utf-8"))
        code, said = ended(machines.sweep(driver))
        assert code == 0 and arrays(driver) == local and said.count(sentence) == 2, said


def test_a_run_that_fails_elsewhere_is_kept_apart(machines, tmp_path, driver):
    work = "import psutil\nif count == 2:\n    for one in psutil.Process().parents():\n"
    work += "        if 'spawn_main' in ' '.join(one.cmdline()):\n            one.kill()\n"
    work += "    time.sleep(9)\nassert count != 3, 'three is bad'\n"
    for folder in driver, make_checkout(tmp_path / "one"):
        toy.make_project(folder, "import time\n" + work + toy.WORK)
        toy.make_study(folder, "grid:\n  count: [1, 2, 3, 4]\n")
    machines.scheduler()
    machines.worker(tmp_path / "one")
    code, said = ended(machines.sweep(driver))
    assert code == 1 and "2 run now, 0 kept, 2 failed" in said, said
    sentence = "count-2: FAILED: it was begun 3 times and never finished; the last time its process died"
    assert "three is bad" in said and sentence in said
    assert sorted(results(driver)) == ["count-1", "count-4"]


def test_a_notebook_that_reads_other_runs_is_executed_here(machines, driver):
    machines.scheduler()
    (driver / "runs" / "before" / "only").mkdir(parents=True)
    (driver / "runs/before/study.json").write_text('{"runs": ["only"]}', encoding="utf-8")
    (driver / "runs/before/only/result.json").write_text("{}", encoding="utf-8")
    toy.make_project(driver, toy.WORK, toy.PARAMETERS + '\nruns = "runs"', studies=["before"])
    toy.make_study(driver, "grid:\n  count: [1]\n")
    code, said = ended(machines.sweep(driver))
    assert code == 0 and "1 run now" in said, said


@pytest.mark.parametrize("address", ["localhost", "http://a:1", "tcp://a", "tcp://a b:1", "tcp://:8786", "tcp://a:1/x"])
def test_what_is_no_address_is_refused(driver, monkeypatch, command, address):
    monkeypatch.chdir(driver)
    monkeypatch.syspath_prepend(driver)
    answer = command(__main__.main, "sweep", "study.yaml", "--scheduler", address)
    assert_refused(answer, f"SCHEDULER must be an address such as tcp://host:8786, not '{address}'")


def test_a_scheduler_that_does_not_answer_is_said(machines, driver):
    code, said = ended(machines.sweep(driver))
    assert code == 2 and f"error: SCHEDULER={machines.address}: no Dask scheduler answers there" in said, said
    assert "Traceback" not in said and not results(driver)


def test_a_report_without_its_scheduler_starts_nothing(machines, tmp_path, monkeypatch, command, real_mnist):
    monkeypatch.chdir(ROOT)
    words = ("report/report.yaml", "--profile", "smoke", "--browser", "none", "--scheduler", machines.address)
    answer = command(__main__.main, "report", *words, "--runs", tmp_path / "runs", "--build", tmp_path / "build")
    assert_refused(answer, f"SCHEDULER={machines.address}: no Dask scheduler answers there")
    assert not (tmp_path / "runs").exists()


ANSWERING = """
import socket, sys
server = socket.create_server(("127.0.0.1", int(sys.argv[1])))
print("ready", flush=True)
taken = []
while True:
    taken.append(server.accept()[0])
    taken[-1].sendall(sys.argv[2].encode())
"""


@pytest.mark.parametrize("words", ["", "\1" * 99, "HTTP/1.1 400 Bad Request\r\n" * 9], ids=["nothing", "bytes", "http"])
def test_what_answers_and_is_no_scheduler_is_said(machines, driver, words):
    server = machines.start("server", sys.executable, "-c", ANSWERING, machines.address.rpartition(":")[2], words)
    wait_for(lambda: "ready" in server.log.read_text(encoding="utf-8"))
    code, said = ended(machines.sweep(driver))
    assert code == 2 and "no Dask scheduler answers there" in said and "Traceback" not in said, said


def test_without_dask_the_sentence_has_the_command_that_installs_it(driver, monkeypatch, command):
    monkeypatch.chdir(driver)
    monkeypatch.syspath_prepend(driver)
    monkeypatch.setitem(sys.modules, "distributed", None)
    answer = command(__main__.main, "sweep", "study.yaml", "--scheduler", "tcp://localhost:8786")
    assert_refused(answer, "SCHEDULER needs Dask's package distributed", "-m pip install distributed")
