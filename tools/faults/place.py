"""A small study in a folder of its own, that sweeps run and faults hit; what must hold of it afterwards."""

import contextlib
import io
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import psutil

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "lib")]

import toy  # noqa: E402
from nbreport.studies.seal import damage  # noqa: E402

RUNS = [f"count-{count}_word-{word}" for count in (1, 2, 3, 4) for word in "ab"]
STUDY = 'parameters:\n  pause: 0.1\ngrid:\n  count: [1, 2, 3, 4]\n  word: ["a", "b"]\n'
FILES = ["result.json", "text.txt", "numbers.npz"]
WORK = """
import json, os, shutil, signal, subprocess, sys, time
from pathlib import Path
import numpy as np
import toy_code
where = Path(toy_code.__file__).with_name(f"fault-{count}-{word}")
fault = where.read_text() if where.exists() else ""
where.unlink(missing_ok=True)
time.sleep(pause)
if fault == "hangs":
    time.sleep(3600)
if fault == "kills its kernel":
    os.kill(os.getpid(), signal.SIGKILL)
if fault == "exits":
    os._exit(3)
if fault == "leaves a process":
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(3600)", os.getcwd()], start_new_session=True)
text = toy_code.repeat(word, count)
Path(output, "text.txt").write_text(text)
np.savez(Path(output, "numbers.npz"), numbers=np.random.default_rng(count).normal(size=500))
Path(output, "result.json").write_text(json.dumps({"summary": text, "word": word}))
if fault == "removes its folder":
    shutil.rmtree(output)
if fault == "puts a file in its folder's place":
    shutil.rmtree(output)
    Path(output).write_text("no folder")
if fault == "nests its result":
    Path(output, "result.json").write_text("[" * 100_000)
"""
PATIENCE = 120  # seconds that a sweep may take before it counts as stuck
# What Python's own tracker of semaphores says when it was killed and is started anew: nothing that we could catch.
TRACKER = r"Traceback \(most recent call last\):\n  File \".*/resource_tracker.py\", .*\n.*\nKeyError: .*\n"
# What Python says that is interrupted while it starts, or whose parent is gone by then, before a line of ours: nor is
# that ours to catch.
STARTING = r"Traceback \(most recent call last\):\n(?:  (?!.*(?:nbreport|<string>)).*\n)+KeyboardInterrupt\n"
PARENTLESS = (
    r"Traceback \(most recent call last\):\n  File \"<string>\", line 1, in <module>\n"
    r"(?:  File \".*/multiprocessing/spawn.py\".*\n(?:    .*\n)+)+EOFError: .*\n"
)
TIMEOUT = 6  # seconds that a run may take


def without_pythons_own(text):
    """Return what was said without tracebacks of Python alone, none of whose lines is ours."""
    return re.sub(f"{TRACKER}|{STARTING}|{PARENTLESS}", "", text)


class Lost(Exception):
    """Something is not there any more, or not what it was; the message says what."""


class LeftBehind(Exception):
    """Something is still there; the message says what."""


@dataclass
class Place:
    """A project of its own with the study, its scratch space, and what an undisturbed sweep makes."""

    folder: Path
    wanted: dict = field(default_factory=dict)  # run id to arrays and text

    @property
    def study(self):
        """The folder of the study's runs."""
        return self.folder / "runs" / "study"

    @property
    def scratch(self):
        """Where all temporary files go."""
        return self.folder / "scratch"

    def start(self, under_make=False):
        """Start a sweep; return the process, whose group is its own. `under_make`: as make does, as a child."""
        words = [sys.executable, "-m", "nbreport", "sweep", "study.yaml", "--jobs", "2", "--timeout", str(TIMEOUT)]
        variables = os.environ | {"PYTHONPATH": toy.path(self.folder), "TMPDIR": str(self.scratch)}
        variables |= {"MAKELEVEL": "1"} if under_make else {}
        words = ["sh", "-c", '"$@"; exit $?', "sh", *words] if under_make else words
        output = open(self.folder / "said", "a+", encoding="utf-8")  # noqa: SIM115 -- the process has it
        return subprocess.Popen(
            words, cwd=self.folder, env=variables, stdout=output, stderr=subprocess.STDOUT, start_new_session=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )  # fmt: skip

    def finished(self, process):
        """Wait for a sweep; return its exit code."""
        try:
            return process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            for one in self.processes():
                one.kill()
            raise Lost(f"the sweep was stuck for {PATIENCE} seconds") from None

    def said(self):
        """Return what sweeps have said since this was asked, and forget it."""
        path = self.folder / "said"
        text = path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
        path.unlink(missing_ok=True)
        return text

    def processes(self):
        """Return the processes that belong to this place: their command or folder names it."""
        found, mark = [], str(self.folder)
        for one in psutil.process_iter():
            with contextlib.suppress(psutil.Error, OSError):
                if one.pid != os.getpid() and one.status() != psutil.STATUS_ZOMBIE and mark in _speaking(one):
                    found.append(one)
        return found

    def kept(self):
        """Return run id to the bytes of each file of the finished runs."""
        return {
            run_id: {path.name: path.read_bytes() for path in (self.study / run_id).iterdir()}
            for run_id in RUNS
            if (self.study / run_id).is_dir()
        }


def _speaking(process):
    return " ".join([*process.cmdline(), process.cwd(), process.environ().get("TMPDIR", "")])


def made(folder):
    """Make a Place in a folder, with what an undisturbed sweep makes."""
    place = Place(folder)
    folder.mkdir(parents=True)
    toy.make_project(folder, work=WORK, files=FILES)
    toy.make_study(folder, STUDY)
    place.scratch.mkdir()
    begin(place, random.Random(0), at_least=0, at_most=0)
    seconds = time.monotonic()
    code = place.finished(place.start())
    if code:
        raise SystemExit(f"an undisturbed sweep ended with {code}:\n{place.said()}")
    place.seconds = time.monotonic() - seconds
    place.wanted = {run_id: contents(files) for run_id, files in place.kept().items()}
    return place


def contents(files):
    """Return what a run's files say, times and machine aside: text and arrays as bytes."""
    with np.load(io.BytesIO(files["numbers.npz"])) as arrays:
        return files["text.txt"], {name: arrays[name].tobytes() for name in arrays}


def begin(place, chance, at_least=0, at_most=8):
    """Remove runs as chance has it, so that so many are there; return the bytes of these."""
    there = [run_id for run_id in RUNS if (place.study / run_id).is_dir()]
    chance.shuffle(there)
    for run_id in there[chance.randint(at_least, at_most) :]:
        shutil.rmtree(place.study / run_id)
    return place.kept()


def unchanged(place, before):
    """Raise Lost unless the runs of `before` are there, byte for byte, and no other is half there."""
    now = place.kept()
    for run_id, files in before.items():
        if now.get(run_id) != files:
            raise Lost(f"{run_id} was finished, and is {'another' if run_id in now else 'gone'}")
    for run_id in now:
        if broken := damage(place.study / run_id):
            raise Lost(f"{run_id}: {broken}")


def healed(place):
    """Run the sweep without a fault; raise unless all runs are there as they should be, and nothing else is."""
    text = without_pythons_own(place.said())
    if "Traceback (most recent call last)" in text:
        raise Lost(f"a traceback in place of a sentence: {text[-700:]!r}")
    before = place.kept()
    for path in place.folder.glob("fault-*"):  # of a run that was never started
        path.unlink()
    code, text = place.finished(place.start()), place.said()
    if code:
        raise Lost(f"the next sweep ended with {code}: {text[-500:]!r}")
    unchanged(place, before)
    for run_id, files in place.kept().items():
        if contents(files) != place.wanted[run_id]:
            raise Lost(f"{run_id} is not what an undisturbed sweep makes")
    if missing := set(RUNS) - set(place.kept()):
        raise Lost(f"after the next sweep {sorted(missing)} are missing")
    wait(lambda: not place.processes(), "processes are still there")
    stay = [path.name for path in place.scratch.iterdir()]
    stay += [path.name for path in place.study.iterdir() if path.name.startswith(".partial")]
    stay += [f"failed/{path.name}" for path in place.study.glob("failed/*")]
    if stay:
        raise LeftBehind(", ".join(stay))


def wait(condition, what, seconds=20):
    """Wait until a condition holds; raise LeftBehind, which says `what`, where it does not come to that."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise LeftBehind(what)
        time.sleep(0.05)
