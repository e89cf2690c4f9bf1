"""Things go wrong with a sweep on purpose, again and again: nothing may be lost, nothing may stay behind.

A small study is run; while it runs, or before, one fault is made: a signal to one of its processes, a disk that is
full or read-only, a damaged file, a run that hangs, dies or writes nonsense, a second sweep. Then the sweep is called
again without a fault. Every run that was finished before must still be there, byte for byte; all must be there in the
end, with the arrays of an undisturbed sweep; and no process, scratch folder or half-written run may be left.
"""

import argparse
import contextlib
import os
import random
import sys
import tempfile
from pathlib import Path

import psutil
from kinds import FAULTS, REFUSED, SHARES, can_mount
from place import LeftBehind, Lost, healed, made


def campaign(number, seed, folder, say=print, kinds=()):
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
    """
    place, lost, left = made(folder), [], []
    kinds = [kind for kind in kinds or FAULTS if kind != "disk" or can_mount()]
    if "disk" not in kinds:
        say("no disk is made full: this process may not mount one")
    for k in range(number):
        chance = random.Random(f"{seed} {k}")
        (kind,) = chance.choices(kinds, [SHARES[one] for one in kinds])
        what = ""
        try:
            what = FAULTS[kind](place, chance)
            healed(place)
            say(f"[{k + 1}/{number}] {what}")
        except (Lost, LeftBehind) as error:
            (lost if isinstance(error, Lost) else left).append(f"fault {k + 1} of seed {seed}, {what or kind}: {error}")
            say(f"[{k + 1}/{number}] {what or kind}: {type(error).__name__.upper()}: {error}")
            place = _again(place)
    return lost, left


def _again(place):
    """Return a new Place beside one in which something went wrong, so that later faults are judged by themselves."""
    for one in place.processes():
        with contextlib.suppress(psutil.Error):
            one.kill()
    number = int(place.folder.name.rpartition("-")[2]) + 1
    return made(place.folder.with_name(f"place-{number}"))


def main(arguments=None):
    """Run the command line; return 0, or 1 where anything was lost or left behind."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--number", default="", help="of faults; without: 100")
    parser.add_argument("--seed", default="", help="the same seed makes the same faults; without: 0")
    parser.add_argument("--only", default="", help=f"kinds: {' '.join(FAULTS)}")
    options = parser.parse_args(arguments)
    unknown = [kind for kind in options.only.split() if kind not in FAULTS]
    number = options.number or "100"
    if unknown or not number.isdecimal() or not int(number):
        what = (
            f"ONLY must be of {', '.join(FAULTS)}, not {unknown[0]!r}"
            if unknown
            else f"N must be an integer from 1, not {number!r}"
        )
        print(f"error: {what}", file=sys.stderr)
        return REFUSED
    with tempfile.TemporaryDirectory(prefix="faults-", ignore_cleanup_errors=True) as folder:
        folder = Path(os.path.realpath(folder))
        lost, left = campaign(int(number), options.seed or "0", folder / "place-0", kinds=options.only.split())
    for line in (*lost, *left):
        print(line)
    print(f"{number} faults, {len(lost)} lost, {len(left)} left behind")
    return 1 if lost or left else 0


if __name__ == "__main__":
    sys.exit(main())
