"""What surrounds training: loading, memory, a run's overhead, the page; and the grid as a whole."""

import json
import multiprocessing
import re
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import psutil
from networks import homework
from timing import in_turn, row

from twolayer.data import mnist

ROOT = Path(__file__).resolve().parents[1]
RUNS = (4, 8, 16, 32)  # of the study whose time by number of runs is measured
UPDATES, EVALUATIONS, POINTS = 2340, 24, 25  # of a run; points of the grid at each number of hidden units
PART = 10  # the baseline's cost does not depend on the values: a tenth of a run tells it
STUDY = """description: Short runs, to see what each costs.
notebook: {notebook}
parameters: {{hidden: 64, updates: 200, draw: false}}
grid: {{seed: {seeds}}}
"""


def loading(repetitions):
    """Measure a load of the data set that is there, and one that has all its parts in memory."""

    def in_memory():
        dataset = mnist.load()
        return [dataset.part(name) for name in ("train", "validation", "test")]

    times = in_turn({"load": mnist.load, "in memory": in_memory}, repetitions)
    return [
        row("loading", "loading MNIST the second time", [1e3 * t for t in times["load"]], 20, "ms"),
        row(
            "loading", "... with its three parts copied into memory", [1e3 * t for t in times["in memory"]], None, "ms"
        ),
    ]


def nbreport(*words):
    """Run a command of the plumbing; return its seconds, and the peak memory in MiB of its processes (on Linux)."""
    peaks, start = {}, time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "nbreport", *words], cwd=ROOT, stdout=subprocess.PIPE, encoding="utf-8"
    )
    ended = threading.Event()
    threading.Thread(target=_watch, args=(process.pid, peaks, ended), daemon=True).start()
    output, _ = process.communicate()
    ended.set()
    if process.returncode:
        raise RuntimeError(f"nbreport {' '.join(words)} failed:\n{output}")
    return time.perf_counter() - start, peaks


def _watch(pid, peaks, ended):
    while not ended.wait(0.2):
        try:
            for process in psutil.Process(pid).children(recursive=True):
                status = Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8")
                peak = re.search(r"VmHWM:\s+(\d+)", status)
                peaks[process.pid] = int(peak[1]) / 1024 if peak else 0.0
        except (OSError, psutil.Error):  # one has ended meanwhile; there is no /proc but on Linux
            continue


def runs(repetitions, jobs=2):
    """Measure a study by its number of runs, of 200 updates each: what a run costs as they become many."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for count in RUNS:
            study, seconds = Path(folder, f"runs{count}.yaml"), []
            text = STUDY.format(notebook=ROOT / "notebooks" / "train.ipynb", seeds=list(range(count)))
            study.write_text(text, encoding="utf-8")
            for number in range(repetitions):
                words = ("sweep", str(study), "--jobs", str(jobs), "--runs", f"{folder}/{count}-{number}")
                seconds.append(nbreport(*words, "--arithmetic", "native")[0])
            rows.append(row("growth", "a study, by runs", seconds, unit="s", runs=count, jobs=jobs))
    return rows


def grid(repetitions, jobs=2):
    """Measure the homework's 100 points, done as a user does them, against its own arithmetic."""
    rows = []
    with tempfile.TemporaryDirectory() as runs:
        words = ("sweep", "configs/homework_grid.yaml", "--arithmetic", "native")  # as the baseline
        wall, peaks = nbreport(*words, "--jobs", str(jobs), "--runs", runs)
        results = [json.loads(path.read_text(encoding="utf-8")) for path in Path(runs).glob("*/[!.]*/result.json")]
        training = sum(result["seconds"]["training"] for result in results)
    over = [(jobs * wall - training) / len(results)]
    rows.append(row("grid", "what a run costs beyond its training, two workers busy", over, 0.7, "s", wall=wall))
    memory = "peak memory of a training process, the largest of all"
    largest = [max(peaks.values())] if peaks else None
    rows.append(row("grid", memory, largest, 450, "MiB", processes=len(peaks), why="/proc is not there"))
    for input_gradient in (True, False):
        seconds = [baseline(jobs, input_gradient) for _ in range(repetitions)]
        words = "" if input_gradient else ", without the gradient of its pixels"
        what = f"the 100-point grid over the homework's arithmetic{words}"
        ratios, limit = [wall / each for each in seconds], 0.25 if input_gradient else None
        rows.append(row("grid", what, ratios, limit, wall=wall, runs=len(results), baseline=seconds, jobs=jobs))
    return rows


def baseline(jobs, input_gradient):
    """Return the seconds that the homework's arithmetic needs for the grid, on `jobs` busy processes."""
    with multiprocessing.get_context("spawn").Pool(jobs) as pool:
        pool.map(abs, range(jobs))
        tasks = [(H, input_gradient) for H in (512, 512, 256, 256, 128, 128, 64, 64)]
        seconds = pool.starmap(homework_run, tasks, chunksize=1)
    return sum(seconds) / 2 * PART * POINTS / jobs


def homework_run(H, input_gradient):
    """Return the seconds of a tenth of a run: its updates, and looks at the validation images."""
    pixels, labels = mnist.load().part("train")
    images, answers = mnist.load().part("validation")
    step, accuracy = homework(pixels, labels, H, input_gradient=input_gradient)
    start = time.perf_counter()
    for _ in range(UPDATES // PART):
        step()
    trained = time.perf_counter()
    accuracy(images, answers)
    return trained - start + (time.perf_counter() - trained) * EVALUATIONS / PART


def page(repetitions):
    """Measure page and PDF of the short version of the report, from finished runs and chapters."""
    with tempfile.TemporaryDirectory() as build:
        words = ("report", "report/report.yaml", "--profile", "smoke", "--jobs", "2", "--build", build)
        words += ("--runs", f"{build}/runs")
        nbreport(*words)
        seconds = [nbreport(*words)[0] for _ in range(repetitions)]
    return [row("page", "page and PDF of the short version, from finished runs and chapters", seconds, 12, "s")]
