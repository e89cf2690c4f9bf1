"""The finished runs of recipes: those of a study as a table, and the arrays of each."""

import pandas as pd

from ..runs import records, studies
from .record import ARRAYS


def load(study, runs="runs"):
    """Return a row for each run of a study of recipes, by seed; arguments and errors as `studies.load`.

    Columns are the parameters, `PART_error` of the parts that were looked at, `training` and `distorting`, in seconds,
    and `folder`; `history` has the rest.
    """
    rows = []
    for folder in studies.folders(study, runs):
        with records.asked(folder) as result:
            errors = {f"{part}_error": value for part, value in result["error"].items()}
            rows.append(result["parameters"] | errors | result["seconds"] | {"folder": str(folder)})
    return pd.DataFrame(rows).sort_values("seed", kind="stable", ignore_index=True)


def history(folder):
    """Return the arrays of a run by name; errors as `records.read_history`."""
    return records.read_history(folder, ARRAYS)
