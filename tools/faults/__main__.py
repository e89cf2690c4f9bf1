"""Things go wrong with a sweep on purpose, again and again: nothing may be lost, nothing may stay behind.

A small study is run; while it runs, or before, one fault is made: a signal to one of its processes, a disk that is
full or read-only, a damaged file, a run that hangs, dies or writes nonsense, a second sweep. Then the sweep is called
again without a fault. Every run that was finished before must still be there, byte for byte; all must be there in the
end, with the arrays of an undisturbed sweep; and no process, scratch folder or half-written run may be left.
"""

import argparse
import contextlib
import multiprocessing
import os
import random
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import psutil
from kinds import FAULTS, REFUSED, SHARES, can_mount
from place import LeftBehind, Lost, healed, made


def campaign(number, seed, folder, say=print, kinds=(), first=0, step=1):
    """Make so many faults; return what was lost and what was left behind, a sentence each.

    Parameters
    ----------
    number, seed : int
        The k-th fault of a seed is always the same, as far as its moment can be.
    folder : Path
        To work in; made here.
    say : callable
        Told a line a fault.
    kinds : sequence of str
        Those of `FAULTS` to make, in place of all.
    first, step : int
        Of all faults, each step-th from the first on is made, counted from 0.
    """
    place, lost, left = made(folder), [], []
    kinds = [kind for kind in kinds or FAULTS if kind != "disk" or can_mount()]
    if "disk" not in kinds:
        say("no disk is made full: this process may not mount one")
    for k in range(first, number, step):
        chance = random.Random(f"{seed} {k}")
        (kind,) = chance.choices(kinds, [SHARES[one] for one in kinds])
        what = ""
        try:
            what = FAULTS[kind](place, chance)
            healed(place)
            say(f"[{k + 1}/{number}] {what}", flush=True)
        except (Lost, LeftBehind) as error:
            (lost if isinstance(error, Lost) else left).append(f"fault {k + 1} of seed {seed}, {what or kind}: {error}")
            say(f"[{k + 1}/{number}] {what or kind}: {type(error).__name__.upper()}: {error}", flush=True)
            place = _again(place)
    return lost, left


def _counts(text):
    return text.isascii() and text.isdecimal() and int(text) > 0


def _again(place):
    """Return a new Place beside one in which something went wrong, so that later faults are judged by themselves."""
    for one in place.processes():
        with contextlib.suppress(psutil.Error):
            one.kill()
    number = int(place.folder.name.rpartition("-")[2]) + 1
    return made(place.folder.with_name(f"place-{number}"))


def side_by_side(jobs, number, seed, folder, kinds):
    """Have several processes make faults, each in a place of its own; return what `campaign` does."""
    folder.mkdir()
    share = partial(campaign, number, seed, kinds=kinds, step=jobs)
    with ProcessPoolExecutor(jobs, mp_context=multiprocessing.get_context("fork")) as pool:
        shares = [pool.submit(share, folder / f"job-{job}" / "place-0", first=job) for job in range(jobs)]
        found = [one.result() for one in shares]
    return [line for lost, _ in found for line in lost], [line for _, left in found for line in left]


def main(arguments=None):
    """Run the command line; return 0, or 1 where anything was lost or left behind."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--number", default="", help="of faults; without: 100")
    parser.add_argument("--seed", default="", help="the same seed makes the same faults; without: 0")
    parser.add_argument("--jobs", default="1", help="processes that make faults side by side")
    parser.add_argument("--only", default="", help=f"kinds: {' '.join(FAULTS)}")
    options = parser.parse_args(arguments)
    unknown = [kind for kind in options.only.split() if kind not in FAULTS]
    number = options.number or "100"
    counts = {"N": number, "JOBS": options.jobs}
    wrong = [f"{name} must be an integer from 1, not {text!r}" for name, text in counts.items() if not _counts(text)]
    wrong += [f"ONLY must be of {', '.join(FAULTS)}, not {one!r}" for one in unknown]
    if wrong:
        print(f"error: {wrong[0]}", file=sys.stderr)
        return REFUSED
    with tempfile.TemporaryDirectory(prefix="faults-", ignore_cleanup_errors=True) as folder:
        folder = Path(os.path.realpath(folder))
        kinds = options.only.split()
        lost, left = side_by_side(int(options.jobs), int(number), options.seed or "0", folder / "jobs", kinds)
    for line in (*lost, *left):
        print(line)
    print(f"{number} faults, {len(lost)} lost, {len(left)} left behind")
    return 1 if lost or left else 0


if __name__ == "__main__":
    sys.exit(main())
