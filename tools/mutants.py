"""Proof that the tests can fail: mistakes are put into a copy of the library, and must be noticed.

First the hand-made mutants of `tests/mutants.toml`, then all that mutmut makes of the layers and
the network. Ends 1 if one survives that is not listed there as equivalent, with its reason.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TESTS = [f"tests/test_{name}.py" for name in ("layers", "network", "curvature", "cost", "training", "autodiff")]
TESTS += [
    "tests/test_statistics.py",
    "tests/test_selection.py",
    "tests/test_fast.py",
    "tests/test_spectrum.py",
    "tests/test_follow.py",
    "tests/test_properties.py",
]
MUTATED = ["network/layers", "network/net"]  # by mutmut
PATIENCE = 300  # seconds for the tests of one mutant
MUTMUT = """[tool.mutmut]
source_paths = ["src/"]
only_mutate = {files}
also_copy = ["tests", "data"]
pytest_add_cli_args_test_selection = {tests}
[tool.pytest.ini_options]
pythonpath = ["tests"]
"""


class BadInput(Exception):
    """The list of mutants does not fit the code; the message says where."""


def copy_project(folder, source):
    """Copy what the tests of the mathematics need; the packages go into `folder/source`."""
    ignore = shutil.ignore_patterns("__pycache__", "*.ipynb_checkpoints")
    shutil.copytree(ROOT / "lib", folder / source, ignore=ignore)
    shutil.copytree(ROOT / "tests", folder / "tests", ignore=ignore)
    (folder / "data").mkdir()
    for table in (ROOT / "data").glob("*.csv"):
        shutil.copy(table, folder / "data")


def run(folder, *words, **environment):
    """Run Python in `folder` with the copied packages before the installed ones."""
    variables = os.environ | {"OPENBLAS_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"} | environment
    options = {"cwd": folder, "env": variables, "capture_output": True, "encoding": "utf-8", "timeout": PATIENCE}
    return subprocess.run([sys.executable, "-m", *words], **options)


def mutated(mutant):
    """Return the text of the mutant's file with the mistake in it."""
    path = ROOT / "lib" / "twolayer" / mutant["file"]
    text = path.read_text(encoding="utf-8")
    if text.count(mutant["before"]) != 1:
        raise BadInput(f"mutant '{mutant['name']}': its `before` stands {text.count(mutant['before'])} times in {path}")
    text = text.replace(mutant["before"], mutant["after"])
    compile(text, mutant["file"], "exec")
    return text


def verdict(mutant):
    """Return what became of a mutant: the test that killed it, or None."""
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        copy_project(folder, "lib")
        if mutant:
            (folder / "lib" / "twolayer" / mutant["file"]).write_text(mutated(mutant), encoding="utf-8")
        try:
            answer = run(folder, "pytest", "-xq", "-p", "no:cacheprovider", *TESTS, PYTHONPATH=str(folder / "lib"))
        except subprocess.TimeoutExpired:
            return "no end"
    if answer.returncode not in (0, 1):  # 1: tests ran and failed; others: they did not run
        raise BadInput(f"pytest ended {answer.returncode}: {answer.stdout[-2000:]}{answer.stderr[-500:]}")
    failed = re.search(r"^(?:FAILED|ERROR) (?:tests/)?(\S+)", answer.stdout, flags=re.M)
    return failed[1] if answer.returncode else None


def own_mutants(mutants, jobs):
    """Print the table of the hand-made mutants; return the names of those that survive."""
    for mutant in mutants:
        mutated(mutant)
    if failed := verdict(None):
        raise BadInput(f"the tests fail without any mutant: {failed}")
    survivors = []
    print(f"{'equation':9}{'file':26}{'mutant':64}killed by")
    with ThreadPoolExecutor(jobs) as pool:
        for mutant, killer in zip(mutants, pool.map(verdict, mutants), strict=True):
            print(f"({mutant['equation']})".ljust(9), end="")
            print(f"{mutant['file']:26}{mutant['name']:64}{killer or 'SURVIVED'}", flush=True)
            survivors += [] if killer else [mutant["name"]]
    print(f"{len(mutants) - len(survivors)} of {len(mutants)} hand-made mutants killed")
    return survivors


def general_mutants(equivalent, jobs):
    """Run mutmut; print its score and what survives; return survivors that are not explained."""
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        copy_project(folder, "src")
        files = [f"src/twolayer/{name}.py" for name in MUTATED]
        (folder / "pyproject.toml").write_text(MUTMUT.format(files=files, tests=TESTS), encoding="utf-8")
        answer = run(folder, "mutmut", "run", "--max-children", str(jobs), PYTHONPATH="")
        states = dict(
            re.findall(r"^\s*(\S+): (.+)$", run(folder, "mutmut", "results", "--all", "true").stdout, flags=re.M)
        )
        if answer.returncode or not states:
            raise BadInput(f"mutmut ended {answer.returncode}: {answer.stdout[-2000:]}{answer.stderr[-500:]}")
        alive = [name for name, state in states.items() if state not in ("killed", "timeout")]
        changes = {name: change(run(folder, "mutmut", "show", name).stdout) for name in alive}
    print(f"{len(states) - len(alive)} of {len(states)} mutants by mutmut killed; the others:")
    return explain(changes, {(entry["before"], entry["after"]): entry["why"] for entry in equivalent})


def explain(changes, reasons):
    """Print the survivors with the reasons why they are equivalent; return those that have none."""
    for name, pair in changes.items():
        print(f"  {name}: {pair[0]} -> {pair[1]}\n    {reasons.get(pair, 'SURVIVED')}")
    if stale := set(reasons) - set(changes.values()):
        raise BadInput(f"listed as equivalent, but killed or gone: {stale}")
    return [name for name, pair in changes.items() if pair not in reasons]


def change(diff):
    """Return the lines before and after of a diff, without indentation."""
    sides = {sign: re.findall(rf"^\{sign}(?!{re.escape(sign * 2)})\s*(.*)$", diff, flags=re.M) for sign in "-+"}
    return " ".join(sides["-"]), " ".join(sides["+"])


def read_list(path):
    """Read the mutants and the list of equivalent ones."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadInput(f"{path} cannot be read: {error}") from error
    wanted = {"mutant": {"name", "equation", "file", "before", "after"}, "equivalent": {"before", "after", "why"}}
    for kind, keys in wanted.items():
        for number, entry in enumerate(content.setdefault(kind, []), start=1):
            if set(entry) != keys:
                raise BadInput(f"{path}: {kind} {number} must have {', '.join(sorted(keys))}, not {sorted(entry)}")
    return content


def positive(text):
    """Read a number of processes."""
    if not text.isdecimal() or not 1 <= int(text) <= 256:
        raise BadInput(f"JOBS must be an integer from 1 to 256, not {text!r}")
    return int(text)


def main(words=None):
    """Run both; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--list", type=Path, default=ROOT / "tests" / "mutants.toml")
    parser.add_argument("--jobs", default=str(os.cpu_count()))
    parser.add_argument("--own", action="store_true", help="leave mutmut out")
    options = parser.parse_args(words)
    try:
        jobs, content = positive(options.jobs), read_list(options.list)
        survivors = own_mutants(content["mutant"], jobs)
        if not options.own:
            survivors += general_mutants(content["equivalent"], jobs)
    except BadInput as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except subprocess.TimeoutExpired as error:
        print(f"error: mutmut did not end within {error.timeout} s", file=sys.stderr)
        return 1
    if survivors:
        print("survivors: " + "; ".join(survivors), file=sys.stderr)
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
