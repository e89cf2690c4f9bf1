"""Hostile input at all front doors: `python tools/fuzz.py 10000`, or `--again FILE` for one that was kept.

Hypothesis makes files and texts, valid ones with edits as well as such as never were valid; a process with bounded
memory gives them to what reads them. Refused by a declared error, an InputError, is right, and so is accepted with what
a door must then hold. Anything else is counted by its kind, and the smallest input of each is kept in `.fuzz/`. Where
atheris is installed, `--guided DOOR` prefers inputs that reach new lines, and stops at the first that does wrong.
"""

import argparse
import hashlib
import json
import multiprocessing
import os
import random
import shutil
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path

os.environ["OPENBLAS_NUM_THREADS"] = "1"
ROOT = Path(__file__).resolve().parents[1]
KEPT = ROOT / ".fuzz"
CHUNK = 1000  # inputs to one run of Hypothesis, which remembers all of them
NO_INPUT = 70  # exit code where an input could not be made: a mistake of this program's
COLUMNS = {"inputs": 9, "accepted": 10, "declared": 10, "undeclared": 12}


def child(name, folder, count, number):
    """Try inputs at a door, in this process; leave what came out in `folder` as JSON, a line for each thousand."""
    from fuzzing import doors, trying

    path = folder / f"input{doors.DOORS[name].suffix}"
    with open(folder / "said", "w", encoding="utf-8") as said, open(folder / "found", "w", encoding="utf-8") as file:
        os.dup2(said.fileno(), 2)
        trying.bounded()
        for start in range(0, count, CHUNK):
            try:
                outcome = trying.many(doors.DOORS[name], path, min(CHUNK, count - start), number + start)
            except Exception:
                traceback.print_exc(file=said)
                sys.exit(NO_INPUT)
            kept = {kind: [content.hex(), words] for kind, (content, words) in outcome.kept.items()}
            print(json.dumps({"counts": outcome.counts, "kept": kept}), file=file, flush=True)


def campaign(shares, total, number):
    """Try `total` inputs at doors, names to how much of the whole each has; return the number of undeclared ones."""
    found, every, start, name = {}, Counter(), 0, ""
    print(f"{'door':<12}{''.join(f'{key:>{width}}' for key, width in COLUMNS.items())}{'seconds':>9}")
    for place, name in enumerate(shares, 1):
        end = round(total * sum(list(shares.values())[:place]) / sum(shares.values()))
        began = time.monotonic()
        counts, kept = at_door(name, end - start, number)
        counts["inputs"] = sum(counts[key] for key in list(COLUMNS)[1:])
        columns = "".join(f"{counts[key]:>{width}}" for key, width in COLUMNS.items())
        print(f"{name:<12}{columns}{time.monotonic() - began:>9.1f}", flush=True)
        found |= {(name, kind): (counts[kind], keep(name, content, said)) for kind, (content, said) in kept.items()}
        every, start = every + counts, end
    for (name, kind), (count, path) in found.items():
        print(f"{name}: {count} {kind}: python tools/fuzz.py --again {os.path.relpath(path)}")
    print(f"{every['inputs']} inputs, {every['undeclared']} undeclared")
    return every["undeclared"]


def at_door(name, count, number):
    """Try `count` inputs at a door; return what became of them, and of what none may do, the smallest inputs."""
    from fuzzing import doors

    counts, kept = Counter(), {}
    while count > 0:
        with tempfile.TemporaryDirectory() as folder:
            folder = Path(folder)
            doors.prepare(folder)
            process = multiprocessing.get_context("fork").Process(target=child, args=(name, folder, count, number))
            process.start()
            process.join()
            lines = (folder / "found").read_text(encoding="utf-8").splitlines()
            for found in map(json.loads, lines):
                counts.update(found["counts"])
                for kind, (content, said) in found["kept"].items():
                    if kind not in kept or len(content) < 2 * len(kept[kind][0]):
                        kept[kind] = bytes.fromhex(content), said
            if process.exitcode:
                _of_dead(process.exitcode, folder, counts, kept)
            done = CHUNK * (len(lines) + (process.exitcode != 0))
        count, number = count - done, number + done
    return counts, kept


def _of_dead(code, folder, counts, kept):
    """Count the input with which a process died; what the others of its thousand did is lost."""
    said = (folder / "said").read_text(encoding="utf-8", errors="replace")
    inputs = [path for path in folder.glob("input*") if path.is_file()]
    if not inputs or code == NO_INPUT:
        sys.exit(f"error: inputs could not be made\n{said}")
    kind = f"process ended with {code}{', a hang' if 'Timeout' in said else ''}"
    counts.update({"undeclared": 1, kind: 1})
    kept[kind] = inputs[0].read_bytes(), said


def keep(name, content, said):
    """Write an input to a file whose name says its door, and beside it what was said; return the input's path."""
    from fuzzing.doors import DOORS

    KEPT.mkdir(exist_ok=True)
    path = KEPT / f"{name}-{hashlib.sha256(content).hexdigest()[:10]}{DOORS[name].suffix}"
    path.write_bytes(content)
    path.with_name(f"{path.name}.said.txt").write_text(said, encoding="utf-8", errors="replace")
    return path


def again(path):
    """Let an input that was kept in at its door, and show what it does; return the number of undeclared errors."""
    from fuzzing import doors, trying

    with tempfile.TemporaryDirectory() as folder:
        doors.prepare(Path(folder))
        trying.bounded()
        door, outcome = doors.DOORS[path.name.partition("-")[0]], trying.Outcome()
        trying.attempt(door, Path(folder, f"input{door.suffix}"), path.read_bytes(), outcome)
    for kind, (_, said) in outcome.kept.items():
        print(f"{said}\n{kind}")
    print(", ".join(f"{outcome.counts[key]} {key}" for key in list(COLUMNS)[1:]))
    return outcome.counts["undeclared"]


def guided(name, count):
    """Try inputs at a door that reach new lines, as atheris finds them; it ends the process itself."""
    import atheris

    with atheris.instrument_imports(include=["twolayer", "nbreport"]):
        from fuzzing import doors, trying
    folder = Path(tempfile.mkdtemp())
    doors.prepare(folder)
    outcome = trying.Outcome()
    test = trying.test(doors.DOORS[name], folder / f"input{doors.DOORS[name].suffix}", outcome)

    def one(content):
        test.hypothesis.fuzz_one_input(content)
        for kind, (found, said) in outcome.kept.items():
            print(f"{said}\n{kind}: python tools/fuzz.py --again {keep(name, found, said)}", flush=True)
            os._exit(1)

    atheris.Setup([sys.argv[0], f"-runs={count}", "-max_len=8192", "-len_control=0"], one)
    atheris.Fuzz()


def main(words=None):
    """Run the command line; return 0 if all errors were declared, else 1; 2 after a sentence about bad input."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("count", nargs="?", default="", help="how many inputs; without: 10000")
    parser.add_argument("--doors", nargs="+", help="only these")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--again", type=Path, help="an input that was kept")
    parser.add_argument("--guided", help="a door, for inputs that atheris makes")
    options = parser.parse_args(words)
    options.count = options.count or "10000"
    if not options.count.isdecimal() or not 1 <= int(options.count) <= 10**9:
        print(f"error: N must be an integer from 1, not {options.count!r}", file=sys.stderr)
        return 2
    if options.guided:
        return guided(options.guided, int(options.count))
    if options.again:
        return 1 if again(options.again) else 0
    from fuzzing.doors import DOORS

    shutil.rmtree(KEPT, ignore_errors=True)
    print(f"seed {options.seed}")
    shares = {name: door.share for name, door in DOORS.items() if not options.doors or name in options.doors}
    return 1 if campaign(shares, int(options.count), options.seed) else 0


if __name__ == "__main__":
    sys.exit(main())
