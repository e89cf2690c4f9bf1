"""`make bench`: every measurement in a process of its own, then the table, results.json and the figure."""

import argparse
import datetime
import importlib.metadata
import json
import os
import platform
import subprocess
import sys
from pathlib import Path

import summary

from nbreport.kernels.arithmetic import DECIDE
from twolayer.figures.speed import time_by_width
from twolayer.figures.style import save_svg

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results.json"
# Name to module, function and BLAS threads. The quick ones come first.
MEASUREMENTS = {
    "loading": ("system", "loading", 1),
    "steps": ("steps", "steps", 1),
    "steps2": ("steps", "steps", 2),
    "growth": ("steps", "growth", 1),
    "pytorch": ("rivals", "torch_epochs", 1),
    "sklearn": ("rivals", "sklearn_epochs", 1),
    "goal": ("rivals", "until_goal", 1),
    "page": ("system", "page", 1),
    "grid": ("system", "grid", 1),
}
PACKAGES = ("numpy", "matplotlib", "papermill", "nbconvert", "ipykernel", "torch", "scikit-learn")


def main():
    """Measure what is asked for; of an earlier file of the same machine and versions keep the rest."""
    options = parse()
    before = json.loads(options.output.read_text(encoding="utf-8")) if options.output.exists() else {"rows": []}
    about = {"machine": machine(), "versions": versions(), "arithmetic": kernels()}
    rows = [row for row in before["rows"] if fits(before, about) and row["measurement"] not in options.only]
    for name in options.only:
        rows += [row | {"measurement": name} for row in measure(name, options.repetitions)]
        rows.sort(key=lambda row: list(MEASUREMENTS).index(row["measurement"]))
        results = about | {"date": datetime.date.today().isoformat(), "rows": rows}
        partial = options.output.with_name(f".{options.output.name}.partial")
        partial.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
        partial.replace(options.output)  # what is measured is kept
    print(summary.table(results))
    print(f"written: {options.output}")
    if {row["measurement"] for row in results["rows"]} == set(MEASUREMENTS):
        publish(results, options.output)


def fits(before, about):
    """Return whether what was measured before goes with what is measured now, apart from packages new since."""
    same = all(before.get(key) == about[key] for key in ("machine", "arithmetic"))
    return same and before.get("versions", {}).items() <= about["versions"].items()


def publish(results, output):
    """Draw the figure beside the complete results; if they are the project's own, renew the README's block."""
    picture = output.with_name("speed.svg")
    save_svg(time_by_width(results), picture)
    print(f"written: {picture}")
    if output == RESULTS:
        subprocess.run([sys.executable, HERE.parent / "tools" / "readme.py"], check=True)


def parse():
    """Return the options; end with a sentence and exit code 2 where they are wrong."""
    parser = argparse.ArgumentParser(prog="benchmarks")
    parser.add_argument("--only", default="")
    parser.add_argument("--repetitions", default="5")
    parser.add_argument("--output", type=Path, default=RESULTS)
    options = parser.parse_args()
    options.only = options.only.replace(",", " ").split() or list(MEASUREMENTS)
    unknown = [name for name in options.only if name not in MEASUREMENTS]
    if unknown:
        refuse(f"ONLY must be some of {', '.join(MEASUREMENTS)}, not {unknown[0]!r}")
    if not options.repetitions.isdigit() or not 1 <= int(options.repetitions) <= 100:
        refuse(f"REPETITIONS must be an integer from 1 to 100, not {options.repetitions!r}")
    return options


def refuse(sentence):
    """End with a sentence about bad input."""
    print(f"error: {sentence}", file=sys.stderr)
    sys.exit(2)


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
    return {"processor": model, "cores": os.cpu_count(), "system": platform.system()}


def versions():
    """Return the versions of Python and of the packages that are there."""
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def measure(name, repetitions):
    """Run a measurement in a process of its own, with its number of threads; return its rows."""
    module, function, threads = MEASUREMENTS[name]
    arguments = f"{repetitions}, threads={threads}" if module == "steps" and function == "steps" else repetitions
    code = f"import json, {module}\nprint(json.dumps({module}.{function}({arguments})))"
    print(f"measuring {name} ...", file=sys.stderr)
    answer = natively(code, threads)
    if answer.returncode:
        print(f"error: measuring {name} failed, see above; what was measured before it is kept", file=sys.stderr)
        sys.exit(1)
    return json.loads(answer.stdout.splitlines()[-1])


def kernels():
    """Return what NumPy computes with where it may choose by the processor, see `records.arithmetic`."""
    code = "import json; from twolayer.runs import records; print(json.dumps(records.arithmetic()))"
    return json.loads(natively(code, threads=1).stdout)


def natively(code, threads):
    """Run Python code in a process of its own that takes the machine's own arithmetic, whatever is set here."""
    free = {name: value for name, value in os.environ.items() if not name.startswith(DECIDE)}
    numbers = {f"{library}_NUM_THREADS": str(threads) for library in ("OPENBLAS", "OMP", "MKL")}
    options = {"cwd": HERE, "env": free | numbers, "stdout": subprocess.PIPE, "encoding": "utf-8"}
    return subprocess.run([sys.executable, "-c", code], **options)


if __name__ == "__main__":
    main()
