"""The finished runs of a study, as a table."""

import numpy as np
import pandas as pd

from .. import paths
from .records import read_result


class NoRunsError(ValueError):
    """A study's folder holds no finished run."""


def load(study, runs="runs"):
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
    rows = {folder.name: _row(folder) for folder in folders(study, runs)}
    return pd.DataFrame.from_dict(rows, orient="index")


def folders(study, runs="runs"):
    """Return the folders of a study's finished runs, sorted; arguments and errors as `load`."""
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


def load_followed(study, runs="runs"):
    """Return the runs of a study of trajectories; arguments and errors as `load`.

    Returns
    -------
    pandas.DataFrame
        A row a run: its parameters, `largest_at_start`, `smallest_at_start`, and `trace`, the
        arrays that `curvature.follow` returned.
    """
    rows = []
    for folder in folders(study, runs):
        result = read_result(folder)
        with np.load(folder / "curvature.npz", allow_pickle=False) as archive:
            trace = {name: archive[name] for name in archive.files}
        ends = {name: result[name] for name in ("largest_at_start", "smallest_at_start")}
        rows.append(result["parameters"] | ends | {"trace": trace})
    return pd.DataFrame(rows).sort_values(["hidden", "lr"], ignore_index=True)
