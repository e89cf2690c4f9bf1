"""Runs of recipes on disk: `result.json`, and beside it `frontier.npz` and `model.npz`; those of a study as a table."""

import json
import platform
from pathlib import Path

import numpy as np
import pandas as pd

from ..data.scaling import Scaling
from ..network.model import Origin
from ..network.model_file import save_model
from ..runs import records, studies

ARRAYS = "frontier.npz"


def write(run, folder):
    """Write the files of a `training.Run` into `folder`, which is made if need be; return what `result.json` says.

    The arrays are those of its history, and `PART_probabilities` (N, C) of each part that it has looked at.
    """
    folder, data = Path(folder), run.dataset
    folder.mkdir(parents=True, exist_ok=True)
    answers = {f"{part}_probabilities": found for part, found in run.probabilities.items()}
    with open(folder / ARRAYS, "wb") as file:
        np.savez_compressed(file, **run.history, **answers)
    origin = Origin(data.name, data.class_names, data.sha256)
    save_model(folder / "model.npz", run.params, Scaling("unit", 0.0, 1 / 255), origin)
    result = _result(run)
    text = json.dumps(result, indent=1, allow_nan=False)
    (folder / "result.json").write_text(text + "\n", encoding="utf-8")  # the last: a run that has it is finished
    return result


def _result(run):
    errors = {part: float(run.history[f"{part}_error"][-1]) for part in run.probabilities}
    return {
        "summary": ", ".join(f"{part} error {100 * value:.2f}%" for part, value in errors.items()),
        "parameters": run.recipe.as_dict(),
        "error": errors,
        "seconds": {name: round(value, 3) for name, value in run.seconds.items()},
        "data": run.dataset.hashes,
        "versions": {"python": platform.python_version(), "numpy": np.__version__},
        "arithmetic": records.arithmetic(),
    }


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
