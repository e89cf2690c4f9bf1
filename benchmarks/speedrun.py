"""`make speedrun`: seconds from files on disk to a network of a certain test accuracy, in five hands.

The rules
---------
- The clock runs from opening the files until the classifier is there: reading, scaling, drawing batches, training.
  Importing libraries and compiling are off it.
- 784 inputs, one hidden layer, 10 classes; MNIST's 60,000 training images as they are.
- A hand's settings for a goal are those of `speedrun.toml`, chosen on 12,000 held-out images of the training set
  before the test set was looked at. Their number of epochs is fixed: nothing is stopped by looking.
- A hand has reached a goal if its mean test accuracy over the seeds is not below it. The median time counts.
- The hands take turns, seed by seed, each in a process of its own with the same number of threads.
"""

import argparse
import datetime
import json
import statistics
import subprocess
import sys
import tomllib
from contextlib import ExitStack
from pathlib import Path

import common
from rivals import missing

HERE = Path(__file__).resolve().parent
MODULES = {"PyTorch": "torch", "JAX": "jax", "scikit-learn": "sklearn"}


def settings():
    """Return what `speedrun.toml` says: goal to hand to settings."""
    return tomllib.loads((HERE / "speedrun.toml").read_text(encoding="utf-8"))


def begin(stack, hand, given, threads, part="all"):
    """Start a hand's process; return the function that asks it for (seconds, accuracy) of a seed."""
    code = f"import hands; hands.serve({hand!r}, {part!r}, {given!r})"
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "encoding": "utf-8"}
    process = stack.enter_context(subprocess.Popen([sys.executable, "-c", code], **common.process(threads), **pipes))
    stack.callback(process.stdin.close)
    if process.stdout.readline() != "ready\n":
        raise SystemExit(f"error: {hand} did not start, see above")

    def ask(seed):
        process.stdin.write(f"{seed}\n")
        process.stdin.flush()
        return json.loads(process.stdout.readline())

    return ask


def measure(goal, hands, threads, seeds):
    """Return a row for each hand of a goal, the hands in turn."""
    found = {hand: [] for hand in hands}
    with ExitStack() as stack:
        asks = {hand: begin(stack, hand, given["settings"], threads) for hand, given in hands.items()}
        for seed in range(seeds):
            for hand, ask in asks.items():
                found[hand].append(ask(seed))
                seconds, accuracy = found[hand][-1]
                print(f"{goal} {hand}, seed {seed}: {seconds:.2f} s, {accuracy:.4f}", file=sys.stderr, flush=True)
    return [row(goal, hand, threads, hands[hand], found[hand]) for hand in hands]


def row(goal, hand, threads, given, found):
    """Return what was measured of a hand, as it is stored."""
    seconds, accuracy = map(list, zip(*found, strict=True))
    return {
        "goal": float(goal), "hand": hand, "threads": threads, **given, "seconds": seconds, "accuracy": accuracy,
        "value": statistics.median(seconds), "mean_accuracy": statistics.fmean(accuracy),
    }  # fmt: skip


def table(rows):
    """Return the lines of a table: a goal and a number of threads, a hand, its median time, its mean accuracy."""
    lines = ["| goal | threads | hand | median | fastest to slowest | mean accuracy | reached |"]
    lines += ["|---:|---:|:---|---:|---:|---:|:---|"]
    for one in rows:
        ends = f"{min(one['seconds']):.2f} to {max(one['seconds']):.2f} s"
        reached = "yes" if one["mean_accuracy"] >= one["goal"] else "no"
        lines.append(
            f"| {one['goal']:.1%} | {one['threads']} | {one['hand']} | {one['value']:.2f} s | {ends} | "
            f"{one['mean_accuracy']:.2%} | {reached} |"
        )
    return "\n".join(lines)


def main():
    """Measure, write `speedrun.json` after each goal and number of threads, print the table."""
    parser = argparse.ArgumentParser(prog="speedrun")
    parser.add_argument("--repetitions", default="20")
    parser.add_argument("--output", type=Path, default=HERE / "speedrun.json")
    options = parser.parse_args()
    seeds = common.counted(options.repetitions, "REPETITIONS")
    there = {hand for hand in MODULES if missing(MODULES[hand]) is None}
    for hand in MODULES.keys() - there:
        print(f"{hand} is left out: {missing(MODULES[hand])}", file=sys.stderr)
    rows, about = [], common.about()
    for threads in (1, 2):
        for goal, hands in settings().items():
            taking_part = {hand: given for hand, given in hands.items() if hand in there or hand not in MODULES}
            rows += measure(goal, taking_part, threads, seeds)
            results = about | {"date": datetime.date.today().isoformat(), "rows": rows}
            common.write(options.output, results)
    print(table(rows))
    print(f"written: {options.output}")


if __name__ == "__main__":
    main()
