"""The homework's claims, each with a verdict that a stated rule computes from runs."""

import json
from dataclasses import asdict, dataclass
from math import comb
from pathlib import Path

import numpy as np
import pandas as pd

from ..data import mnist
from ..network.model_file import load_model
from ..runs.records import read_history
from . import homework, selection
from .statistics import NORMAL_95, wilson_interval

HOLDS, IN_PART, FAILS, UNTESTED = "holds", "holds in part", "fails", "not tested"


@dataclass(frozen=True)
class Verdict:
    """What became of a claim."""

    claim: str  # C1 to C8
    says: str  # the claim, in the homework's words where they are quoted
    rule: str  # what would make it hold, hold in part, or fail
    verdict: str  # HOLDS, IN_PART, FAILS, or UNTESTED where runs are missing
    evidence: str  # one sentence with the numbers


@dataclass(frozen=True)
class Evidence:
    """What the verdicts are computed from; see `gather`. Runs are as `homework.beside_published` returns them."""

    grid: pd.DataFrame  # one run of each setting
    best: pd.DataFrame  # runs with other seeds at the homework's best setting
    preferred: pd.DataFrame  # runs with other seeds at the setting that validation prefers in `grid`
    histories: list  # of all runs at the homework's best setting, that of the grid first
    params: list  # of the same runs
    held_out: int = 12_000  # size of the validation set
    images: int = 10_000  # size of the test set


def gather(grid, best, preferred):
    """Return the Evidence of three studies, as `studies.load` returns them: the grid, and seeds of two settings."""
    grid, best, preferred = map(homework.beside_published, (grid, best, preferred))
    best = homework.at_best(best)
    at_best = pd.concat([homework.at_best(grid), best])
    data = mnist.load("mnist")
    return Evidence(
        grid, best, preferred,
        [read_history(folder) for folder in at_best["folder"]],
        [load_model(Path(folder, "model.npz")).net.params for folder in at_best["folder"]],
        data.sizes["validation"], data.sizes["test"],
    )  # fmt: skip


def graded(*passed):
    """Return "holds" if all tests are passed, "holds in part" if some are, else "fails"."""
    return HOLDS if all(passed) else IN_PART if any(passed) else FAILS


def best_setting(runs):
    """C1, from the Evidence."""
    printed = homework.published_tables().query("table == 'best'").iloc[0]
    published, grid = printed["published"], runs.grid
    where = f"lr {printed['lr']:g}, hidden {printed['hidden']}, l2 {printed['l2']:g}"
    says = f"The best setting is {where}; it reaches {published:.4f}."
    rule = (
        "Two tests: our test accuracy there, the mean over the seeds, is not below the published one's 95% Wilson "
        "interval; where validation prefers another setting in our grid, new seeds do not put all runs of that one "
        "above all of these."
    )
    run = homework.best_run(grid)
    if run is None or len(grid) < len(homework.published_grid()):
        return Verdict("C1", says, rule, UNTESTED, "The study has not all runs of the grid.")
    low, high = wilson_interval(round(published * runs.images), runs.images)
    seeds, chosen = [grid.loc[run, "test"], *runs.best["test"]], selection.select(grid)
    evidence = (
        f"Ours reaches {np.mean(seeds):.4f} on the test set (mean of {len(seeds)}, from {min(seeds):.4f} to "
        f"{max(seeds):.4f}; the interval is {low:.4f} to {high:.4f}). "
    )
    beaten, compared = _beaten(runs, run, chosen)
    return Verdict("C1", says, rule, graded(np.mean(seeds) >= low, not beaten), evidence + compared)


def _beaten(runs, run, chosen):
    """Return whether new seeds put the setting that validation prefers above the homework's best, and a sentence."""
    if chosen == run:
        return False, "Validation prefers the same setting in our grid."
    name = selection.setting_in_words(runs.grid, chosen)
    theirs, others = runs.best["validation"], runs.preferred["validation"]
    if not len(theirs) or not len(others):
        both = runs.grid.loc[[run, chosen], "validation"]
        return True, f"Validation prefers {name} ({both[chosen]:.4f} to {both[run]:.4f}); there are no further seeds."
    chance = comb(len(theirs) + len(others), len(others))
    return bool(others.min() > theirs.max()), (
        f"Validation prefers {name}: with new seeds it lies from {others.min():.4f} to {others.max():.4f}, the "
        f"homework's best from {theirs.min():.4f} to {theirs.max():.4f} (if both were alike, one would lie above the "
        f"other throughout in 2 of {chance} cases)."
    )


def size_and_penalty(frame, most=0.02):
    """C2, from runs of its grid."""
    says = '"The size of the hidden layer and l2 does not greatly affect the performance."'
    rule = (
        f"At each learning rate at which most runs work, the test accuracies lie within {most:g}: holds if at all, in "
        "part if at some."
    )
    works = frame.groupby("lr")["test"].agg(lambda test: (test >= homework.COLLAPSED).mean() > 0.5)
    spread = frame.groupby("lr")["test"].agg(["min", "max"])[works]
    if not len(spread):
        return Verdict("C2", says, rule, UNTESTED, "At no learning rate do most runs work.")
    ranges = "; ".join(f"at lr {lr:g} from {row['min']:.4f} to {row['max']:.4f}" for lr, row in spread.iterrows())
    alike = round(spread["max"] - spread["min"], 9) <= most  # 0.98 - 0.96 is a little more than 0.02
    return Verdict("C2", says, rule, graded(*alike), f"Test accuracies lie {ranges}.")


def learning_rate(frame, high=0.01):
    """C3, from runs of its grid."""
    says = (
        '"When the learning rate is too large, the model performance drops significantly": '
        f"from {high:g} on it collapses."
    )
    rule = (
        f"Two tests: all runs from lr {high:g} on collapse (test accuracy below {homework.COLLAPSED:g}); most runs "
        "below do not."
    )
    above, below = frame[frame["lr"] >= high]["test"], frame[frame["lr"] < high]["test"]
    if not len(above) or not len(below):
        return Verdict("C3", says, rule, UNTESTED, "The study has learning rates on one side only.")
    lost, kept = (above < homework.COLLAPSED).sum(), (below >= homework.COLLAPSED).sum()
    evidence = (
        f"{lost} of {len(above)} runs from lr {high:g} on collapse, the best of them reaches {above.max():.4f}; "
        f"{kept} of {len(below)} runs below do not collapse."
    )
    return Verdict("C3", says, rule, graded(lost == len(above), kept > len(below) / 2), evidence)


def convergence(histories, at=1000, points=0.005):
    """C4, from the histories of runs at the homework's best setting."""
    says = '"The model converges at about step 1000."'
    rule = (
        f"The first update at which the validation accuracy is within {points:g} of the best of the whole run, in the "
        f"median over the seeds, is {at} up to a factor of 1.5; in part up to a factor of 2."
    )
    long = [history for history in histories if history["update"][-1] >= 2 * at]
    if not long:
        return Verdict("C4", says, rule, UNTESTED, "The study has no such run of sufficient length.")
    curves = [(history["update"], history["validation_accuracy"]) for history in long]
    reached = [int(update[np.argmax(accuracy >= accuracy.max() - points)]) for update, accuracy in curves]
    peak, middle = [int(update[accuracy.argmax()]) for update, accuracy in curves], float(np.median(reached))
    evidence = (
        f"Of {len(long)} runs, each its own seed, the best validation accuracy comes at updates {min(peak)} to "
        f"{max(peak)}; within {points:g} of it they come at updates {min(reached)} to {max(reached)}, in the median at "
        f"{middle:g}."
    )
    close = [at / factor <= middle <= at * factor for factor in (1.5, 2)]
    return Verdict("C4", says, rule, graded(*close), evidence)


def validation_and_test(frame, held_out, images):
    """C5, from runs of its grid; `held_out` and `images` are the sizes of the two sets."""
    says = "It performs similarly on the validation and test sets."
    rule = (
        "Of the runs that work, at least 90% differ by no more than the 95% sampling error of two sets of these sizes; "
        "in part if at least half do."
    )
    working = frame[frame["test"] >= homework.COLLAPSED]
    if not len(working):
        return Verdict("C5", says, rule, UNTESTED, "No run of the study works.")
    p, q = working["validation"], working["test"]
    inside = (p - q).abs() <= NORMAL_95 * np.sqrt(p * (1 - p) / held_out + q * (1 - q) / images)
    evidence = (
        f"In {int(inside.sum())} of {len(working)} working runs the difference is within the sampling error; its "
        f"median is {(p - q).abs().median():.4f}, its largest {(p - q).abs().max():.4f}."
    )
    return Verdict("C5", says, rule, graded(inside.mean() >= 0.9, inside.mean() >= 0.5), evidence)


def weights(params):
    """C6, from the parameters of runs at the homework's best setting."""
    says = "The distribution of weights in different layers are close."
    rule = (
        "The standard deviations of W1 and W2 differ by a factor of at most 2, in the median over the seeds; in part "
        "if by at most 4."
    )
    if not params:
        return Verdict("C6", says, rule, UNTESTED, "The study has no such run.")
    first, second = ([float(one[name].std()) for one in params] for name in ("W1", "W2"))
    ratio = float(np.median([max(pair) / min(pair) for pair in zip(first, second, strict=True)]))
    evidence = (
        f"The standard deviation is {np.median(first):.4f} in W1 and {np.median(second):.4f} in W2 (medians of "
        f"{len(params)}): a factor of {ratio:.1f}."
    )
    return Verdict("C6", says, rule, graded(ratio <= 2, ratio <= 4), evidence)


def biases(params):
    """C7, from the parameters of runs at the homework's best setting."""
    says = "The bias of the second layer is more dispersed than that of the first layer."
    rule = "Two tests: the standard deviation of b2 is larger than that of b1 with most seeds; with every seed."
    if not params:
        return Verdict("C7", says, rule, UNTESTED, "The study has no such run.")
    first, second = (np.array([one[name].std() for one in params]) for name in ("b1", "b2"))
    larger = int((second > first).sum())
    evidence = (
        f"b2 has the larger standard deviation in {larger} of {len(params)} runs, each its own seed: from "
        f"{second.min():.3f} to {second.max():.3f}, and b1 from {first.min():.3f} to {first.max():.3f}."
    )
    return Verdict("C7", says, rule, graded(larger > len(params) / 2, larger == len(params)), evidence)


def tables(printed, log):
    """C8, from the published tables and the published log, as `results` reads them."""
    says = "Tables 2 to 4 summarise its search log."
    rule = (
        "Every printed best is the log's best for its question, and every other entry the log's; fails if one is not."
    )
    wrong = []
    for name, key in (("best per hidden", "hidden"), ("best per l2", "l2")):
        for _, row in printed[printed["table"] == name].iterrows():
            best = log[log[key] == row[key]]["published"].max()
            if abs(best - row["published"]) > 5e-5:
                wrong.append(f"{key} {row[key]:g} ({row['published']:.4f} printed, {best:.4f} in the log)")
    others = printed[printed["table"].isin(["learning rates", "best"])].merge(log, on=selection.SETTING)
    for _, row in others[(others["published_x"] - others["published_y"]).abs() > 5e-5].iterrows():
        wrong.append(f"lr {row['lr']:g} ({row['published_x']:.4f} printed, {row['published_y']:.4f} in the log)")
    evidence = f"{len(wrong)} of {len(printed)} entries differ" + (f": {'; '.join(wrong)}." if wrong else ".")
    return Verdict("C8", says, rule, FAILS if wrong else HOLDS, evidence)


def judge(runs):
    """Return all verdicts on the Evidence."""
    return [
        best_setting(runs), size_and_penalty(runs.grid), learning_rate(runs.grid), convergence(runs.histories),
        validation_and_test(runs.grid, runs.held_out, runs.images), weights(runs.params), biases(runs.params),
        tables(homework.published_tables(), homework.published_grid()),
    ]  # fmt: skip


def write(verdicts, path):
    """Write the verdicts to `path` as JSON: a list of objects."""
    text = json.dumps([asdict(verdict) for verdict in verdicts], indent=1)
    Path(path).write_text(text + "\n", encoding="utf-8")
