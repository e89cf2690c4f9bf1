"""The ledger of this report: which runs judge which claims, in which column."""

import json
from dataclasses import dataclass

import pandas as pd

from .. import paths
from ..runs import studies
from . import artefacts, homework, ledger, own, replication

ITS_FILES, OUR_RUNS = "its own files", "our runs"  # the ledger's columns


@dataclass(frozen=True)
class Evidence:
    """What judges the claims: runs under the homework's protocol, at our finalists, at our choice, and more."""

    homework: replication.Runs
    finalists: pd.DataFrame
    tested: pd.DataFrame
    censuses: tuple  # of networks: where rules for collapse are found, where they are judged, without the mean image
    speed: dict  # what `make bench` measured


def gather(runs, more=False):
    """Read the Evidence from a folder of runs; with `more` also the runs that the full profile adds.

    Raises
    ------
    studies.NoRunsError
        If a study has none.
    """
    one_each = ("homework_grid", "homework_rivals", "sound_finalists", "sound_final")
    repeated = ["homework_repeats"] + ["homework_more"] * more
    of_networks = ("census_homework", "census_new", "census_centred")
    runs = studies.holding(runs, *one_each, *repeated, *of_networks)
    grid, rivals, finalists, tested = (studies.load(name, runs) for name in one_each)
    repeats = pd.concat([studies.load(name, runs) for name in repeated])
    found = (homework.beside_published(frame) for frame in (grid, repeats, rivals))
    censuses = tuple(studies.load_census(name, runs) for name in of_networks)
    speed = json.loads((paths.ROOT / "benchmarks" / "results.json").read_text(encoding="utf-8"))
    return Evidence(replication.Runs(*found), finalists, tested, censuses, speed)


def judge(evidence):
    """Return by column the Verdicts, each a dict by claim."""
    return {name: ledger.judge(*column) for name, column in columns(evidence).items()}


def columns(evidence):
    """Return by column what is judged in it: the declared Rules, and the samples, each a dict by claim.

    On another data set than the homework's its claims are not judged, nor what was measured on MNIST: there is one
    column, of the report's own.
    """
    declared, _ = ledger.rules()
    of_homework = {name: rule for name, rule in declared.items() if name.startswith("C")}
    compared = homework.has_counterpart(evidence.homework.grid)
    if not compared:
        of_mnist = {*of_homework, *own.speed(evidence.speed)}
        declared = {name: rule for name, rule in declared.items() if name not in of_mnist}
    theirs = replication.samples(evidence.homework) if compared else {}
    theirs |= own.samples(evidence.homework, evidence.finalists, evidence.tested)
    theirs |= own.collapse(*evidence.censuses) | (own.speed(evidence.speed) if compared else {})
    its_files = {ITS_FILES: (of_homework, artefacts.samples())} if compared else {}
    return its_files | {OUR_RUNS: (declared, theirs)}


def errata():
    """Return the rows of the homework's Tables 2 to 4 that its own log contradicts: `entry`, `printed`, `log`."""
    printed, log, found = homework.published_tables(), homework.published_grid(), []
    for name, key in (("best per hidden", "hidden"), ("best per l2", "l2")):
        for _, row in printed[printed["table"] == name].iterrows():
            best = log[log[key] == row[key]]["published"].max()
            found.append((f"best of {key} {row[key]:g}", row["published"], best))
    others = printed[printed["table"].isin(["learning rates", "best"])].merge(log, on=homework.SETTING)
    found += [
        (f"lr {row['lr']:g}, hidden {row['hidden']}, l2 {row['l2']:g}", row["published_x"], row["published_y"])
        for _, row in others.iterrows()
    ]
    table = pd.DataFrame(found, columns=["entry", "printed", "log"])
    return table[(table["printed"] - table["log"]).abs() > 5e-5]
