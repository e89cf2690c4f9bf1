"""The reproduction in short: what the homework shows beside what came out, what it cost, and checklists filled in."""

import hashlib
import re

import numpy as np
import pandas as pd
import yaml

from .. import paths
from ..network.model_file import load_model
from ..runs import records, studies
from ..training.experiment import TRAIN_SAMPLE
from . import claims, homework, replication

FILE = paths.ROOT / "report" / "reproduction.yaml"
LOCK = paths.ROOT / "requirements.lock"
NONE = "none: "  # begins the answer to what does not apply
STUDIES = (  # those of the report, but for what one profile adds
    "homework_grid", "homework_repeats", "homework_rivals", "homework_curves", "sound_search", "sound_finalists",
    "sound_final", "census_homework", "census_new", "census_end", "census_centred", "census_small_biases",
    "census_scaled", "chaos", "curvature_homework", "curvature_full_batch", "frontier_short",
)  # fmt: skip


def cost(names, runs):
    """Return what studies cost, a row each: seconds as the runs recorded them.

    Parameters
    ----------
    names : sequence of str
    runs : path
        As for `studies.load`.

    Returns
    -------
    pandas.DataFrame
        `study`, `runs`; `minutes` of one core for all of them, `training`, that part of it that trained a network
        (NaN for studies of another kind), and the `longest` run in seconds.
    """
    rows = []
    for name in names:
        results = [records.read_result(folder) for folder in studies.folders(name, runs)]
        trained = [one["seconds"]["training"] if "seconds" in one else np.nan for one in results]
        taken = [one["provenance"]["seconds"] for one in results]
        rows.append([name, len(results), sum(taken) / 60, sum(trained) / 60, max(taken)])
    return pd.DataFrame(rows, columns=["study", "runs", "minutes", "training", "longest"])


def environment(names, runs):
    """Return what the runs of studies say that computed them: each distinct answer, with the number of its runs.

    A frame with the columns `python`, `numpy`, `openblas`, `core`, `features`, `threads` and `runs`.
    """
    results = [records.read_result(folder) for name in names for folder in studies.folders(name, runs)]
    answers = pd.DataFrame([one["versions"] | one["arithmetic"] for one in results])
    return answers.groupby(list(answers.columns), dropna=False).size().reset_index(name="runs")


def shown(found, curves):
    """Return what the homework shows, and what came of it here: `what`, `where` in this report, `published`, `here`.

    Parameters
    ----------
    found : claims.Evidence
    curves : dict
        Runs looked at in all parts, at one setting, as `homework.together` returns them.
    """
    grid, best, log = found.homework.grid, found.homework.best, homework.published_grid()
    counts = homework.agreement(grid).set_index("outcome")
    settings, within = counts["settings"], counts["within a point"]
    printed, wrong = len(homework.published_tables()), len(claims.errata())
    described, looks = homework.published_parameters(), homework.published_looks()
    reached = [replication.first_within(curves["update"], one) for one in curves["validation_accuracy"]]
    its_own = replication.first_within(looks.index, looks["validation_accuracy"])
    theirs = {name: array["std"] for name, array in described["arrays"].items()}
    ours = [widths(folder) for folder in best["folder"]]
    rows = [
        ("Gradients, by hand", "chapter 2", "formulas", "derived again, each beside its code and a check"),
        ("Table 1, the search", "chapter 3", f"{len(log)} settings", f"{len(grid)} settings run"),
        (
            "Its log of the search", "chapter 3",
            f"{(log['published'] < homework.COLLAPSED).sum()} settings collapse",
            f"{(grid['test'] < homework.COLLAPSED).sum()}, {settings['collapse in both']} of them as there; of "
            f"{settings['work in both']} that work in both, {within['work in both']} within one point",
        ),
        ("Tables 2 to 4", "chapters 3 and 6", f"{printed} entries", f"{wrong} contradict its own log"),
        ("Test accuracy at its best setting", "chapters 3 and 6", f"{homework.at_best(log)['published'].iloc[0]:.4f}",
         _spread(best["test"], ".4f")),
        ("Learning curves: within half a point of the best", "chapter 4", f"update {its_own:,}",
         _spread(reached, ",.0f")),
        ("Histograms: sd of W2 over W1", "chapter 4", f"{theirs['W2'] / theirs['W1']:.2f}",
         _spread([one["W2"] / one["W1"] for one in ours], ".2f")),
        ("Histograms: sd of b2 over b1", "chapter 4", f"{theirs['b2'] / theirs['b1']:.2f}",
         _spread([one["b2"] / one["b1"] for one in ours], ".2f")),
        ("A saved model, tested", "chapter 7", f"{described['test_accuracy']:.4f}",
         f"{grid['test'][grid['validation'].idxmax()]:.4f}, of the setting chosen by validation"),
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["what", "where", "published", "here"])


def widths(folder):
    """Return the standard deviation of each array of parameters that a run kept, by name."""
    params = load_model(paths.resolve(folder) / "model.npz").net.params
    return {name: float(array.std(dtype=float)) for name, array in params.items()}


def _spread(values, specification):
    """Return median, smallest and largest in words, with a format; of one value that, of none a dash."""
    values = np.asarray(values, dtype=float)
    if len(values) < 2:
        return "".join(format(value, specification) for value in values) or "–"
    middle, low, high = (format(one, specification) for one in np.quantile(values, [0.5, 0, 1]))
    return f"{middle} ({low} to {high}, {len(values)} runs)"


def numbers(found, costs, data):
    """Return the numbers that the words of `report/reproduction.yaml` take in, as text by name.

    Parameters
    ----------
    found : claims.Evidence
        What is beside published numbers is there where its runs have them.
    costs : pandas.DataFrame
        As `cost` returns it.
    data : Dataset
        What the runs have learned.
    """
    grid, log, sizes = found.homework.grid, homework.published_grid(), data.sizes
    values = {name: ", ".join(f"{one:g}" for one in sorted(log[name].unique())) for name in ("hidden", "lr", "l2")}
    own = {
        "looks": f"{homework.LOOKS}", "sample": f"{min(TRAIN_SAMPLE, sizes['train']):,}",
        "updates": f"{grid['updates'].max():,.0f}",
        "train": f"{sizes['train']:,}", "validation": f"{sizes['validation']:,}", "test": f"{sizes['test']:,}",
        "sizes": values["hidden"], "rates": values["lr"], "penalties": values["l2"],
        "best_seeds": f"{len(found.homework.best)}", "runs": f"{costs['runs'].sum():,}",
        "studies": f"{len(costs)}", "minutes": f"{costs['minutes'].sum():,.1f}",
        "seconds": f"{grid['seconds'].mean():.1f}", "packages": f"{len(locked())}",
    }  # fmt: skip
    return own | (_compared(grid) if homework.has_counterpart(grid) else {})


def _compared(grid):
    counts = homework.agreement(grid).set_index("outcome")
    settings, within = counts["settings"], counts["within a point"]
    return {
        "work_both": f"{settings['work in both']}",
        "within": f"{within['work in both']}",
        "collapsed_both": f"{settings['collapse in both']}",
    }


def locked():
    """Return the names of the packages of the lock file, each once whatever it has for several platforms."""
    return sorted(set(re.findall(r"^(\S+)==", LOCK.read_text(encoding="utf-8"), flags=re.M)))


def lock_hash():
    """Return the SHA-256 of the lock file."""
    return hashlib.sha256(LOCK.read_bytes()).hexdigest()


def answers(computed, parts=None, file=FILE):
    """Return the content of `report/reproduction.yaml` with numbers in place of their names in braces.

    Parameters
    ----------
    computed : dict
        As `numbers` returns it.
    parts : sequence of str, optional
        Only these.
    file : path

    Raises
    ------
    KeyError
        If a name in braces is none of these.
    """
    content = yaml.load(file.read_text(encoding="utf-8"), yaml.BaseLoader)  # words as they stand: no is not False
    return {part: _filled(content[part], computed) for part in parts or content}


def _filled(content, computed):
    if isinstance(content, dict):
        return {name: _filled(one, computed) for name, one in content.items()}
    if isinstance(content, list):
        return [_filled(one, computed) for one in content]
    return str(content).format_map(computed)


def fields(content, above=""):
    """Return the answers in a part of the file as a frame of `item` and `answer`, nested names joined by spaces."""
    found = {}
    for name, one in content.items():
        item = f"{above} {name}".strip().replace("_", " ")
        for part in one if isinstance(one, list) else [one]:
            found |= (
                fields(part, item).set_index("item")["answer"].to_dict() if isinstance(part, dict) else {item: part}
            )
    return pd.DataFrame(list(found.items()), columns=["item", "answer"])
