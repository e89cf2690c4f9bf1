"""`make bench`: every measurement in a process of its own, then the table, results.json and the figure."""

import argparse
import datetime
import json
import os
import subprocess
import sys
from pathlib import Path

import common
import summary

from twolayer.figures.speed import time_by_width
from twolayer.figures.style import save_svg

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results.json"


def main():
    """Measure what is asked for; of an earlier file of the same machine and versions keep the rest."""
    options = parse()
    before = json.loads(options.output.read_text(encoding="utf-8")) if options.output.exists() else {"rows": []}
    about = common.about()
    rows = [row for row in before["rows"] if fits(before, about) and row["measurement"] not in options.only]
    for name in options.only:
        told = {"measurement": name, "arithmetic": common.MEASUREMENTS[name][-1]}
        rows += [row | told for row in measure(name, options.repetitions)]
        rows.sort(key=lambda row: list(common.MEASUREMENTS).index(row["measurement"]))
        results = about | {"date": datetime.date.today().isoformat(), "rows": rows}
        common.write(options.output, results)  # what is measured is kept
    print(summary.table(results))
    print(f"written: {options.output}")
    if {row["measurement"] for row in results["rows"]} == set(common.MEASUREMENTS):
        publish(results, options.output)


def fits(before, about):
    """Return whether what was measured before goes with what is measured now, apart from packages new since."""
    same = all(before.get(key) == about[key] for key in ("machine", "native", "portable"))
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
    options.only = options.only.replace(",", " ").split() or list(common.MEASUREMENTS)
    unknown = [name for name in options.only if name not in common.MEASUREMENTS]
    if unknown:
        common.refuse(f"ONLY must be some of {', '.join(common.MEASUREMENTS)}, not {unknown[0]!r}")
    common.counted(options.repetitions, "REPETITIONS")
    return options


def measure(name, repetitions):
    """Run a measurement in a process of its own, with its number of threads; return its rows."""
    module, function, threads, choice = common.MEASUREMENTS[name]
    arguments = f"{repetitions}, threads={threads}" if module == "steps" and function == "steps" else repetitions
    code = f"import json, {module}\nprint(json.dumps({module}.{function}({arguments})))"
    print(f"measuring {name} ...", file=sys.stderr)
    cores = os.cpu_count() if module == "system" else threads  # it starts processes of its own
    answer = common.answer(code, threads, choice, cores)
    if answer.returncode:
        print(f"error: measuring {name} failed, see above; what was measured before it is kept", file=sys.stderr)
        sys.exit(1)
    return json.loads(answer.stdout.splitlines()[-1])


if __name__ == "__main__":
    main()
