"""Proof that the tests can fail: mistakes are put into a copy of the library, and must be noticed.

First the hand-made mutants of `tests/mutants.toml`. Each meets the test that is known to kill it, and all others
only if that one lets it live; the list is then renewed. After them all that mutmut makes of the layers and the
network; `--general MODULE ...` makes it mutate other modules instead (`twolayer/analysis/claims`), which takes
minutes each. Ends 1 if one survives that is not listed as equivalent, with its reason.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from trials import FIXED, PATIENCE, ROOT, DidNotRun, Trials, copy_project

SLOW = {
    "bench",
    "browser",
    "environment",
    "forkserver",
    "live_draw",
    "live_page",
    "live_replay",
    "make",
    "mutants",
    "notebooks",
    "page",
}
SLOW |= {"arithmetic", "failures", "lifetime", "options", "papermill", "paths", "references", "rooms", "surroundings"}
SLOW |= {"sweeps", "verify"}
TESTS = sorted(f"tests/{path.name}" for path in ROOT.glob("tests/test_*.py") if path.stem[5:] not in SLOW)
MUTATED = ("twolayer/network/layers", "twolayer/network/net")  # by mutmut, with these tests:
QUICK = tuple(f"tests/test_{name}.py" for name in ("layers", "network", "cost"))
MUTMUT = """[tool.mutmut]
source_paths = ["src/"]
only_mutate = {files}
also_copy = ["tests"]
pytest_add_cli_args_test_selection = {tests}
pytest_add_cli_args = ["-p", "no:unraisableexception", "-p", "no:cacheprovider", "--assert=plain"]
[tool.pytest.ini_options]
pythonpath = ["tests"]
"""
SHOW = """
import sys
from mutmut.__main__ import cli
for name in sys.argv[1:]:
    cli(["show", name], standalone_mode=False)
"""
LITERAL = re.compile(r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'')
NEEDED = {"mutant": {"name", "file", "before", "after"}, "equivalent": {"why"}}
OPTIONAL = {"mutant": {"equation", "killed_by"}, "equivalent": {"file", "before", "after", "pattern"}}


class BadInput(Exception):
    """The list of mutants does not fit the code; the message says where."""


def mutated(mutant):
    """Return the text of the mutant's file with the mistake in it."""
    path = ROOT / "lib" / mutant["file"]
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    if text.count(mutant["before"]) != 1:
        raise BadInput(f"mutant '{mutant['name']}': its `before` stands {text.count(mutant['before'])} times in {path}")
    text = text.replace(mutant["before"], mutant["after"])
    compile(text, mutant["file"], "exec")
    return text


def verdict(mutant, tests, trials):
    """Return the test that kills a mutant, or None: the known one, if it does, else the first of all."""
    likely = sorted(tests, key=lambda test: Path(mutant["file"]).stem not in test)
    for some in ([mutant["killed_by"]] if "killed_by" in mutant else [], likely):
        if some and (found := trials(some, mutant["file"], mutated(mutant))):
            return found
    return None


def own_mutants(path, mutants, tests, jobs):
    """Print the table of the hand-made mutants, renew the tests that kill them; return the names of survivors."""
    for mutant in mutants:
        mutated(mutant)
    killers = {}
    print(f"{'equation':9}{'file':36}{'mutant':64}killed by")
    with Trials() as trials, ThreadPoolExecutor(jobs) as pool:
        for mutant, killer in zip(mutants, pool.map(lambda one: verdict(one, tests, trials), mutants), strict=True):
            killers[mutant["name"]] = killer
            number = f"({mutant['equation']})" if "equation" in mutant else ""
            print(f"{number:9}{mutant['file']:36}{mutant['name']:64}{killer or 'SURVIVED'}", flush=True)
        used = sorted({killer for killer in killers.values() if killer and "::" in killer})
        if used and (failed := trials(used)):
            raise BadInput(f"the tests fail without any mutant: {failed}")
    known = {one["name"]: one.get("killed_by") for one in mutants}
    renew(path, {name: killer for name, killer in killers.items() if killer in used and killer != known[name]})
    survivors = [name for name, killer in killers.items() if not killer]
    print(f"{len(mutants) - len(survivors)} of {len(mutants)} hand-made mutants killed")
    return survivors


def renew(path, killers):
    """Write which test kills a mutant into the list, a line below its name."""
    text = path.read_text(encoding="utf-8")
    for name, killer in killers.items():
        print(f"{path.name} is renewed: '{name}' is killed by {killer}")
        place = text.index(f'name = "{name}"\n') + len(f'name = "{name}"\n')
        rest = re.sub(r"\Akilled_by = .*\n", "", text[place:])
        text = f'{text[:place]}killed_by = "{killer}"\n{rest}'
    if killers:
        path.write_text(text, encoding="utf-8")


def run(folder, *words):
    """Run Python in `folder`, with nothing but the copied packages."""
    fixed = FIXED | {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": ""}
    options = {"cwd": folder, "env": os.environ | fixed, "capture_output": True, "encoding": "utf-8"}
    return subprocess.run([sys.executable, *words], timeout=12 * PATIENCE, **options)


def general_mutants(modules, tests, equivalent, jobs):
    """Run mutmut; print its score and what survives; return survivors that are not explained."""
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        copy_project(folder, "src", "mutants")  # where mutmut puts its own copy
        files = [f"src/{name}.py" for name in modules]
        (folder / "pyproject.toml").write_text(MUTMUT.format(files=files, tests=[*tests]), encoding="utf-8")
        answer = run(folder, "-m", "mutmut", "run", "--max-children", str(jobs))
        results = run(folder, "-m", "mutmut", "results", "--all", "true").stdout
        states = dict(re.findall(r"^\s*(\S+): (.+)$", results, flags=re.M))
        if answer.returncode or not states:
            raise BadInput(f"mutmut ended {answer.returncode}: {answer.stdout[-2000:]}{answer.stderr[-500:]}")
        alive = [name for name, state in states.items() if state not in ("killed", "timeout")]
        _, *shown = re.split(r"^# (\S+): .*\n", run(folder, "-c", SHOW, *alive).stdout, flags=re.M)
    changes = {name: change(diff) for name, diff in zip(shown[::2], shown[1::2], strict=True)}
    if set(changes) != set(alive):
        raise BadInput(f"mutmut does not show {set(alive) ^ set(changes)}")
    worded = [name for name, pair in changes.items() if wording(*pair)]
    for module in modules:
        of = [name for name in states if name.startswith(module.replace("/", ".") + ".") and name not in worded]
        killed = len(of) - len(set(of) & set(alive))
        print(f"{module}: {killed} of {len(of)} mutants by mutmut killed")
    if worded:
        print(f"{len(worded)} more change the wording of a sentence, which no test repeats")
    left = {name: pair for name, pair in changes.items() if name not in worded}
    return explain(left, [one for one in equivalent if one.get("file", ".py")[:-3] in ("", *modules)])


def wording(before, after):
    """Return whether a change is nothing but mutmut's of a sentence: all capitals, none, or XX at both ends."""
    pairs = list(zip(LITERAL.findall(before), LITERAL.findall(after), strict=False))
    alike = [old.lower() == new.replace("XX", "").lower() and " " in old for old, new in pairs if old != new]
    return LITERAL.sub("", before) == LITERAL.sub("", after) and all(alike)


def explain(changes, equivalent):
    """Print the survivors with the reasons why they are equivalent; return those that have none."""
    used, unexplained = [], []
    for name, pair in changes.items():
        entry = next((one for one in equivalent if fits(one, pair)), None)
        (unexplained if entry is None else used).append(name if entry is None else entry)
        print(f"  {name}: {pair[0]} -> {pair[1]}\n    {entry['why'] if entry else 'SURVIVED'}")
    if stale := [entry["before"] for entry in equivalent if "before" in entry and entry not in used]:
        raise BadInput(f"listed as equivalent, but killed or gone: {'; '.join(stale)}")
    return unexplained


def fits(entry, pair):
    """Return whether an entry of the equivalent ones is about a change: this one, or all of a pattern."""
    if "pattern" in entry:
        return re.search(entry["pattern"], " -> ".join(pair)) is not None
    return (entry["before"], entry["after"]) == pair


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
    for kind, keys in NEEDED.items():
        for number, entry in enumerate(content.setdefault(kind, []), start=1):
            more = f" and may have {', '.join(sorted(OPTIONAL[kind]))}" if OPTIONAL[kind] else ""
            if not keys <= set(entry) <= keys | OPTIONAL[kind]:
                raise BadInput(
                    f"{path}: {kind} {number} must have {', '.join(sorted(keys))}{more}, not {sorted(entry)}"
                )
    return content


def exists(kind, names):
    """Refuse names of modules, as below lib, or of test files that are none."""
    for name in names:
        if not (ROOT / "lib" / f"{name}.py" if kind.startswith("module") else ROOT / name).is_file():
            raise BadInput(f"{name} is no {kind}")


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
    parser.add_argument("--general", nargs="+", metavar="MODULE", help="nothing but mutmut, on these, as below lib")
    parser.add_argument("--tests", nargs="+", help="test files, in place of all that are quick")
    options = parser.parse_args(words)
    survivors = []
    try:
        jobs, content, tests = positive(options.jobs), read_list(options.list), options.tests or TESTS
        for kind, names in (("module below lib", options.general), ("test file", options.tests)):
            exists(kind, names or ())
        if not options.general:
            survivors += own_mutants(options.list, content["mutant"], tests, jobs)
            tests = options.tests or QUICK
        if not options.own:
            survivors += general_mutants(options.general or MUTATED, tests, content["equivalent"], jobs)
    except (BadInput, DidNotRun) as error:
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
