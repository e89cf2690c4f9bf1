"""The homework's claims, each with a verdict that a stated rule computes from runs."""

import json
from dataclasses import asdict, dataclass

import numpy as np

from . import results
from .evidence import NORMAL_95, wilson_interval

HOLDS, IN_PART, FAILS, UNTESTED = "holds", "holds in part", "fails", "not tested"


@dataclass(frozen=True)
class Verdict:
    """What became of a claim.

    Attributes
    ----------
    claim : str
        "C1" to "C8".
    says : str
        The claim, in the homework's words where they are quoted.
    rule : str
        What would make it hold, hold in part, or fail.
    verdict : str
        "holds", "holds in part", "fails", or "not tested" where runs are missing.
    evidence : str
        One sentence with the numbers.
    """

    claim: str
    says: str
    rule: str
    verdict: str
    evidence: str


def graded(*passed):
    """Return "holds" if all tests are passed, "holds in part" if some are, else "fails"."""
    return HOLDS if all(passed) else IN_PART if any(passed) else FAILS


def best_setting(frame, more=None, held_out=12_000, images=10_000):
    """C1, from runs of its grid as `results.beside_published` returns them.

    `more` has further seeds at its best setting.
    """
    printed = results.published_tables().query("table == 'best'").iloc[0]
    published = printed["published"]
    where = f"lr {printed['lr']:g}, hidden {printed['hidden']}, l2 {printed['l2']:g}"
    says = f"The best setting is {where}; it reaches {published:.4f}."
    rule = (
        "Two tests: our test accuracy there, the mean over the seeds, is not below the published one's 95% Wilson "
        "interval; by validation no setting of our grid is better by more than the sampling error of both."
    )
    run = results.homework_best(frame)
    if run is None or len(frame) < len(results.published_grid()):
        return Verdict("C1", says, rule, UNTESTED, "The study has not all runs of the grid.")
    low, high = wilson_interval(round(published * images), images)
    best = results.select(frame)
    seeds = [frame.loc[run, "test"]] + ([] if more is None else more["test"].tolist())
    ours, first = frame.loc[run], frame.loc[best, "validation"]
    error = NORMAL_95 * np.sqrt((first * (1 - first) + ours["validation"] * (1 - ours["validation"])) / held_out)
    evidence = (
        f"Ours reaches {np.mean(seeds):.4f} on the test set (mean of {len(seeds)}, from {min(seeds):.4f} to "
        f"{max(seeds):.4f}; the interval is {low:.4f} to {high:.4f}) and {ours['validation']:.4f} on validation with "
        f"the grid's seed; the best by validation is {results.setting(frame, best)} with {first:.4f}, and the sampling "
        f"error of their difference is {error:.4f}."
    )
    return Verdict("C1", says, rule, graded(np.mean(seeds) >= low, first - ours["validation"] <= error), evidence)


def size_and_penalty(frame, most=0.02):
    """C2, from runs of its grid."""
    says = '"The size of the hidden layer and l2 does not greatly affect the performance."'
    rule = (
        f"At each learning rate at which most runs work, the test accuracies lie within {most:g}: holds if at all, in "
        "part if at some."
    )
    works = frame.groupby("lr")["test"].agg(lambda test: (test >= results.COLLAPSED).mean() > 0.5)
    spread = frame.groupby("lr")["test"].agg(["min", "max"])[works]
    if not len(spread):
        return Verdict("C2", says, rule, UNTESTED, "At no learning rate do most runs work.")
    evidence = "; ".join(f"at lr {lr:g} from {row['min']:.4f} to {row['max']:.4f}" for lr, row in spread.iterrows())
    return Verdict(
        "C2", says, rule, graded(*(spread["max"] - spread["min"] <= most)), f"Test accuracies lie {evidence}."
    )


def learning_rate(frame, high=0.01):
    """C3, from runs of its grid."""
    says = (
        '"When the learning rate is too large, the model performance drops significantly": from 0.01 on it collapses.'
    )
    rule = "Two tests: all runs from lr 0.01 on collapse (test accuracy below 0.5); most runs below do not."
    above, below = frame[frame["lr"] >= high]["test"], frame[frame["lr"] < high]["test"]
    if not len(above) or not len(below):
        return Verdict("C3", says, rule, UNTESTED, "The study has learning rates on one side only.")
    lost, kept = (above < results.COLLAPSED).sum(), (below >= results.COLLAPSED).sum()
    evidence = (
        f"{lost} of {len(above)} runs from lr {high:g} on collapse, the best of them reaches {above.max():.4f}; "
        f"{kept} of {len(below)} runs below do not collapse."
    )
    return Verdict("C3", says, rule, graded(lost == len(above), kept > len(below) / 2), evidence)


def convergence(history, at=1000, points=0.005):
    """C4, from the history of the run at the homework's best setting, or None."""
    says = '"The model converges at about step 1000."'
    rule = (
        f"The first update at which the validation accuracy is within {points:g} of the best of the whole run is {at} "
        "up to a factor of 1.5; in part up to a factor of 2."
    )
    if history is None or history["update"][-1] < 2 * at:
        return Verdict("C4", says, rule, UNTESTED, "The study has no such run of sufficient length.")
    accuracy, update = history["validation_accuracy"], history["update"]
    reached = int(update[np.argmax(accuracy >= accuracy.max() - points)])
    evidence = (
        f"The best validation accuracy is {accuracy.max():.4f}, at update {int(update[accuracy.argmax()])}; within "
        f"{points:g} of it the run comes at update {reached}."
    )
    close = [at / factor <= reached <= at * factor for factor in (1.5, 2)]
    return Verdict("C4", says, rule, graded(*close), evidence)


def validation_and_test(frame, held_out=12_000, images=10_000):
    """C5, from runs of its grid."""
    says = "It performs similarly on the validation and test sets."
    rule = (
        "Of the runs that work, at least 90% differ by no more than the 95% sampling error of two sets of these sizes; "
        "in part if at least half do."
    )
    working = frame[frame["test"] >= results.COLLAPSED]
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
    """C6, from the parameters of the run at the homework's best setting, or None."""
    says = "The distribution of weights in different layers are close."
    rule = "The standard deviations of W1 and W2 differ by a factor of at most 2; in part if by at most 4."
    if params is None:
        return Verdict("C6", says, rule, UNTESTED, "The study has no such run.")
    first, second = (float(params[name].std()) for name in ("W1", "W2"))
    ratio = max(first, second) / min(first, second)
    evidence = f"The standard deviation is {first:.4f} in W1 and {second:.4f} in W2: a factor of {ratio:.1f}."
    return Verdict("C6", says, rule, graded(ratio <= 2, ratio <= 4), evidence)


def biases(params, rng=None):
    """C7, from the parameters of the run at the homework's best setting, or None."""
    says = "The bias of the second layer is more dispersed than that of the first layer."
    rule = (
        "Two tests: the standard deviation of b2 is larger than that of b1; so it is in 95% of bootstrap samples of "
        "the ten numbers in b2."
    )
    if params is None:
        return Verdict("C7", says, rule, UNTESTED, "The study has no such run.")
    rng = rng or np.random.default_rng(0)
    first, second = float(params["b1"].std()), float(params["b2"].std())
    draws = rng.choice(params["b2"], (4000, len(params["b2"]))).std(axis=1)
    larger = float(np.mean(draws > first))
    evidence = (
        f"The standard deviation is {first:.3f} in b1 ({len(params['b1'])} numbers) and {second:.3f} in b2 "
        f"({len(params['b2'])}); it is larger in {larger:.1%} of the bootstrap samples."
    )
    return Verdict("C7", says, rule, graded(second > first, larger >= 0.95), evidence)


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
    others = printed[printed["table"].isin(["learning rates", "best"])].merge(log, on=results.SETTING)
    for _, row in others[(others["published_x"] - others["published_y"]).abs() > 5e-5].iterrows():
        wrong.append(f"lr {row['lr']:g} ({row['published_x']:.4f} printed, {row['published_y']:.4f} in the log)")
    evidence = f"{len(wrong)} of {len(printed)} entries differ" + (f": {'; '.join(wrong)}." if wrong else ".")
    return Verdict("C8", says, rule, FAILS if wrong else HOLDS, evidence)


def judge(frame, history, params, more=None):
    """Return all verdicts.

    Parameters
    ----------
    frame : pandas.DataFrame
        Runs of the homework's grid, as `results.beside_published` returns them.
    history, params : dict or None
        Of the run at the homework's best setting.
    more : pandas.DataFrame, optional
        Runs at that setting with other seeds.
    """
    return [
        best_setting(frame, more), size_and_penalty(frame), learning_rate(frame), convergence(history),
        validation_and_test(frame), weights(params), biases(params),
        tables(results.published_tables(), results.published_grid()),
    ]  # fmt: skip


def write(verdicts, path):
    """Write the verdicts to `path` as JSON: a list of objects."""
    with open(path, "w", encoding="utf-8") as file:
        json.dump([asdict(verdict) for verdict in verdicts], file, indent=1)
        file.write("\n")
