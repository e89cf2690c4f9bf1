"""What the measurements have in common: what is recorded of the machine, processes of native arithmetic, files."""

import importlib.metadata
import json
import os
import platform
import subprocess
import sys
from functools import partial
from pathlib import Path

from nbreport.kernels.arithmetic import CHOICES, DECIDE, HELD

HERE = Path(__file__).resolve().parent
PACKAGES = ("numpy", "matplotlib", "papermill", "nbconvert", "ipykernel", "torch", "jax", "jaxlib", "scikit-learn")
# Name to module, function, BLAS threads and arithmetic. The quick ones come first.
MEASUREMENTS = {
    "loading": ("system", "loading", 1, "native"),
    "steps": ("steps", "steps", 1, "native"),
    "steps2": ("steps", "steps", 2, "native"),
    "growth": ("steps", "growth", 1, "native"),
    "runs": ("system", "runs", 1, "native"),
    "pytorch": ("rivals", "torch_epochs", 1, "native"),
    "jax": ("rivals", "jax_epochs", 1, "native"),
    "c": ("rivals", "c_epochs", 1, "native"),
    "sklearn": ("rivals", "sklearn_epochs", 1, "native"),
    "steps-portable": ("steps", "steps", 1, "portable"),
    "pytorch-portable": ("rivals", "torch_epochs", 1, "portable"),
    "sklearn-portable": ("rivals", "sklearn_epochs", 1, "portable"),
    "goal": ("rivals", "until_goal", 1, "native"),
    "page": ("system", "page", 1, "native"),
    "grid": ("system", "grid", 1, "native"),
}
GOVERNOR = Path("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")  # whether the clock follows the load


def about():
    """Return what measurements depend on: the machine, versions, and both arithmetics, the portable one if there is."""
    return {"machine": machine(), "versions": versions()} | {choice: kernels(choice) for choice in CHOICES}


def machine():
    """Return what the numbers depend on besides the software."""
    model = platform.processor() or platform.machine()
    if Path("/proc/cpuinfo").exists():
        named = [
            line
            for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
            if line.startswith("model name")
        ]
        model = named[0].split(":", 1)[1].strip() if named else model
    try:
        governor = {"governor": GOVERNOR.read_text(encoding="utf-8").strip()}
    except OSError:  # of a virtual machine, mostly, the host's
        governor = {}
    return {"processor": model, "cores": os.cpu_count(), "system": platform.system()} | governor


def versions():
    """Return the versions of Python and of the packages that are there."""
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def kernels(choice):
    """Return what NumPy computes with in an arithmetic, native or portable, see `records.arithmetic`."""
    code = "import json; from twolayer.runs import records; print(json.dumps(records.arithmetic()))"
    return json.loads(answer(code, 1, choice).stdout)


def answer(code, threads, choice="native", cores=None):
    """Run Python code in a process of its own that takes an arithmetic, whatever is set here."""
    options = process(threads, choice, cores) | {"stdout": subprocess.PIPE, "encoding": "utf-8"}
    return subprocess.run([sys.executable, "-c", code], **options)


def process(threads, choice="native", cores=None):
    """Return the folder and the environment of such a process; without `cores` it has as many as threads."""
    free = {name: value for name, value in os.environ.items() if not name.startswith(DECIDE)}
    numbers = {f"{library}_NUM_THREADS": str(threads) for library in ("OPENBLAS", "OMP", "MKL")}
    numbers |= {"XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false"} if threads == 1 else {}
    held = HELD if choice == "portable" else {}
    return {"cwd": HERE, "env": free | numbers | held, "preexec_fn": partial(keep_to, cores or threads)}


def keep_to(cores):
    """Let this process, and what it starts, run on so many cores: some libraries heed no variable."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:cores])


def write(path, results):
    """Write results as JSON, whole or not at all."""
    partial = path.with_name(f".{path.name}.partial")
    partial.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    partial.replace(path)


def counted(text, name):
    """Return a number of repetitions; end with a sentence and exit code 2 where it is none."""
    if not text.isdigit() or not 1 <= int(text) <= 100:
        refuse(f"{name} must be an integer from 1 to 100, not {text!r}")
    return int(text)


def refuse(sentence):
    """End with a sentence about bad input."""
    print(f"error: {sentence}", file=sys.stderr)
    sys.exit(2)
