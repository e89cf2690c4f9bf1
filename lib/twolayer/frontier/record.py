"""A run of a recipe on disk: `result.json`, and beside it `frontier.npz` and `model.npz`."""

import json
import math
import platform
from pathlib import Path

import numpy as np

from ..data.scaling import Scaling
from ..network.model import Origin
from ..network.model_file import save_model
from ..runs import records

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
    ended = math.isfinite(run.history["loss"][-1])
    # Whoever looks for the best network by its accuracy asks it for images as they are.
    plain = {"accuracy": {part: 1 - value for part, value in errors.items()}} if run.recipe.prepared == "plain" else {}
    return plain | {
        "summary": ", ".join(f"{part} error {100 * value:.2f}%" for part, value in errors.items()),
        "parameters": run.recipe.as_dict(),
        "status": "finished" if ended else "diverged",
        "error": errors,
        "seconds": {name: round(value, 3) for name, value in run.seconds.items()},
        "data": run.dataset.hashes,
        "versions": {"python": platform.python_version(), "numpy": np.__version__},
        "arithmetic": records.arithmetic(),
    }
