"""Reading finished runs: tables of a study, the homework's published numbers, the choice of a run."""

import pandas as pd

from . import mnist, paths
from .experiment import read_result

SETTING = ["lr", "l2", "hidden"]  # what the homework searches over
STUDIES = {
    "study",
    "more_seeds",
    "best_seeds",
    "preferred",
    "search",
    "repeats",
    "final",
}  # parameters of chapters that name a study
COLLAPSED = 0.5  # test accuracy below which a run of the homework's grid counts as collapsed


class NoRunsError(ValueError):
    """A study's folder holds no finished run."""


def load_study(study, runs="runs"):
    """Return one row for every finished run of a study.

    Parameters
    ----------
    study : str
        Name of the folder below `runs`.
    runs : path
        Taken from the project's root unless absolute.

    Returns
    -------
    pandas.DataFrame
        Indexed by run id: the parameters, `status`, `reason`, `train`, `validation` and `test`
        accuracy of the kept parameters, as far as runs looked at those parts, `validation_loss`,
        `best_update`, `updates`, `dead_fraction`, `seconds`, `folder`.

    Raises
    ------
    NoRunsError
    """
    rows = {folder.name: _row(folder) for folder in run_folders(study, runs)}
    return pd.DataFrame.from_dict(rows, orient="index")


def run_folders(study, runs="runs"):
    """Return the folders of a study's finished runs, sorted; arguments and errors as `load_study`."""
    folder = paths.resolve(runs) / study
    # A leading dot marks a run that is being written; pathlib's `*` would match it.
    found = [path.parent for path in sorted(folder.glob("[!.]*/result.json"))]
    if not found:
        raise NoRunsError(f"{folder} holds no finished run: run `make sweep GRID=configs/{study}.yaml`")
    return found


def _row(folder):
    result = read_result(folder)
    row = dict(result["parameters"]) | result["accuracy"]
    row |= {name: result[name] for name in ("status", "reason", "best_update", "updates", "dead_fraction")}
    return row | {
        "validation_loss": result["loss"].get("validation"),
        "seconds": result["seconds"]["training"],
        "folder": str(folder),
    }


def ranked(frame):
    """Return the rows without test scores, best validation accuracy first, then lowest validation loss.

    Test scores play no part: the column is dropped before anything is compared.
    """
    seen = frame.drop(columns="test", errors="ignore")
    return seen.sort_values(["validation", "validation_loss"], ascending=[False, True], kind="stable")


def select(frame):
    """Return the id of the run to prefer, the first that is `ranked`."""
    return ranked(frame).index[0]


def best_by(frame, key, column):
    """Return the rows with the largest `column` for each value of `key`, in the order of the values."""
    return frame.loc[frame.groupby(key)[column].idxmax()]


def published_grid():
    """Return the homework's search log: lr, l2, hidden and its test accuracy as `published`."""
    frame = pd.read_csv(paths.ROOT / "data" / "homework_grid.csv")
    return frame.rename(columns={"test_accuracy": "published"})


def published_tables():
    """Return the rows of the homework's Tables 2 to 4: `table`, lr, l2, hidden, `published`."""
    frame = pd.read_csv(paths.ROOT / "data" / "homework_tables.csv")
    return frame.rename(columns={"test_accuracy": "published"})


def beside_published(frame):
    """Return the runs whose setting the homework published, with its accuracy as `published`.

    Parameters
    ----------
    frame : pandas.DataFrame
        As `load_study` returns it.
    """
    return frame.reset_index(names="run").merge(published_grid(), on=SETTING).set_index("run")


def by_seed(frame, more):
    """Return how each seed's runs agree with the published accuracies.

    Parameters
    ----------
    frame, more : pandas.DataFrame
        Runs of the homework's settings with further seeds, as `beside_published` returns them.

    Returns
    -------
    pandas.DataFrame
        A row a seed: how many settings it has, how many are within a point (0.01), collapse here,
        collapse there (in the published log), and collapse in both.
    """
    runs = pd.concat([frame, more])
    ours, theirs = runs["test"] < COLLAPSED, runs["published"] < COLLAPSED
    facts = {"settings": 1, "within a point": (runs["test"] - runs["published"]).abs() <= 0.01}
    facts |= {"collapse here": ours, "collapse there": theirs, "in both": ours & theirs}
    return runs[["seed"]].assign(**facts).groupby("seed").sum().astype(int).reset_index()


def over_seeds(frame, more):
    """Return the range of test accuracies of every setting that has several seeds.

    Parameters
    ----------
    frame, more : pandas.DataFrame
        As for `by_seed`.

    Returns
    -------
    pandas.DataFrame
        Indexed by lr, l2 and hidden: `lowest`, `median`, `highest`, `seeds` and `published`.
    """
    groups = pd.concat([frame, more]).groupby(SETTING)
    found = groups["test"].agg(lowest="min", median="median", highest="max", seeds="size")
    return found.join(groups["published"].first())[found["seeds"] > 1]


def at_homework_best(frame):
    """Return the runs at the homework's best setting."""
    best = published_tables().query("table == 'best'").iloc[0]
    return frame[(frame[SETTING] == best[SETTING].astype(float)).all(axis=1)]


def homework_best(frame):
    """Return the id of the first run at the homework's best setting, or None where the study has none."""
    found = at_homework_best(frame)
    return found.index[0] if len(found) else None


def setting(frame, run):
    """Return a run's setting in words: "hidden 512, lr 0.005, l2 0.01"."""
    row = frame.loc[run]
    return f"hidden {row['hidden']}, lr {row['lr']:g}, l2 {row['l2']:g}"


def check_chapter(parameters):
    """Check that the studies a chapter reads have runs; return the hashes of its data.

    Raises
    ------
    NoRunsError, mnist.DataError
    """
    for name in STUDIES & set(parameters):
        load_study(parameters[name], parameters["runs"])
    return {"data": mnist.load(parameters.get("dataset", "mnist")).hashes}
