"""A run on disk: `result.json`, and beside it `history.npz` and `model.npz`, or the arrays of another kind of run."""

import contextlib
import json
import platform
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_info

from .. import InputError, arrays, files
from ..network.model import Origin
from ..network.model_file import save_model

LARGEST = 1 << 24  # bytes of a `result.json`


class RecordError(InputError):
    """A file of a run is missing, or not what a run writes; the message names it."""


def result(run):
    """Return what `result.json` says of a run: plain numbers, strings and dicts."""
    config, best, history = run.config, run.best_index, run.history
    parts = [part for part in ("train", "validation", "test") if part in run.kept]
    accuracy = {part: float(run.kept[part][1]) for part in parts}
    outcome = ", ".join(f"{part} {accuracy[part]:.4f}" for part in ("test", "validation") if part in parts)
    return {
        "summary": outcome if run.reason is None else f"{outcome}; {run.reason}",
        "status": run.status,
        "reason": run.reason,
        "parameters": config.as_dict(),
        "accuracy": accuracy,
        "loss": {part: float(run.kept[part][0]) for part in parts},
        "final_accuracy": {
            part: float(history[f"{part}_accuracy"][-1]) for part in parts if f"{part}_accuracy" in history
        },
        "best_update": int(history["update"][best]),
        "updates": len(history["lr"]),
        "dead_fraction": float(history["dead_fraction"][-1]),
        "seconds": {"training": round(run.seconds, 3), "matrix_products": round(run.products, 3)},
        "data": run.dataset.hashes,
    }


def arithmetic():
    """Return what NumPy computes with here.

    Returns
    -------
    dict
        `openblas`, its version, and `core`, the processor that its code is for (None where NumPy has another
        library for products), `features`, those of the processor that NumPy uses, and `threads`.
    """
    loaded = [one for one in threadpool_info() if one["user_api"] == "blas"]  # SciPy has one of its own
    blas = next(iter(sorted(loaded, key=lambda one: "numpy" not in one["filepath"])), {})
    known = np.show_config("dicts")["SIMD Extensions"]
    return {
        "openblas": blas.get("version"),
        "core": blas.get("architecture"),
        "features": " ".join(known.get("baseline", []) + known.get("found", [])),
        "threads": blas.get("num_threads"),
    }


def write(run, folder):
    """Write the run's three files into `folder`, which is made if need be."""
    folder = _write_arrays(folder, "history.npz", run.history)
    data = run.dataset
    save_model(folder / "model.npz", run.params, run.scaling, Origin(data.name, data.class_names, data.sha256))
    _write_result(folder, result(run))


def write_followed(config, images, full_batch, found, folder):
    """Write `result.json` and `curvature.npz` of a run into `folder`; return the result."""
    folder = _write_arrays(folder, "curvature.npz", found)
    largest = float(found["largest"][0])
    result = {
        "summary": f"largest eigenvalue {largest:.4g} at the start, 2 / kappa {2 / largest:.3g}, lr {config.lr:g}",
        "parameters": config.as_dict() | {"images": images, "full_batch": full_batch},
        "largest_at_start": largest,
        "smallest_at_start": float(found["smallest"][0]),
    }
    _write_result(folder, result)
    return result


def write_census(config, own, found, folder):
    """Write `result.json` and `census.npz` of what `census.census` found into `folder`; return the result.

    `own` has the census's parameters beside those of `config`.
    """
    folder = _write_arrays(folder, "census.npz", found)
    parameters = config.as_dict() | own
    del parameters["lr"]  # each network has its own
    lost, count = int(found["collapsed"].sum()), len(found["collapsed"])
    result = {"summary": f"{lost} of {count} networks collapse", "parameters": parameters}
    _write_result(folder, result)
    return result


def write_compared(config, own, found, folder):
    """Write `result.json` and `chaos.npz` of what `chaos.compare` found into `folder`; return the result.

    `own` has the parameters beside those of `config`.
    """
    folder = _write_arrays(folder, "chaos.npz", found)
    other = int(np.not_equal(*found["collapsed"]).sum())
    summary = f"lr {config.lr:g}: another end under another kernel for {other} of {own['seeds']} seeds"
    result = {"summary": summary, "parameters": config.as_dict() | own}
    _write_result(folder, result)
    return result


def _write_arrays(folder, name, values):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / name, "wb") as file:
        np.savez_compressed(file, **values)
    return folder


def _write_result(folder, content):
    """Write `result.json`, the last of the files: a run that has it is finished. It also says what computed it."""
    versions = {"python": platform.python_version(), "numpy": np.__version__}
    made = content | {"versions": versions, "arithmetic": arithmetic()}
    text = json.dumps(made, indent=1, allow_nan=False)
    (folder / "result.json").write_text(text + "\n", encoding="utf-8")


def read_result(folder):
    """Return `result.json` of a run's folder as a dict.

    Raises
    ------
    RecordError
        If there is none, or it is no text of JSON with the run's parameters.
    """
    path = Path(folder) / "result.json"
    try:
        with files.opened(path) as file:
            content = json.loads(file.read(LARGEST), parse_constant=_no_number)
    except OSError as error:
        raise RecordError(f"{path} cannot be read ({error.strerror})") from error
    except (ValueError, RecursionError) as error:
        raise RecordError(f"{path} is damaged ({error}): remove it and run the study again") from error
    if not isinstance(content, dict) or not isinstance(content.get("parameters"), dict):
        raise RecordError(f"{path} is not the result of a run: remove it and run the study again")
    return content


@contextlib.contextmanager
def asked(folder):
    """Yield the result of a run, as `read_result`, for questions of which it may lack the answer.

    Raises
    ------
    RecordError
        As `read_result`, and for a KeyError, TypeError or AttributeError of what is done with it.
    """
    result = read_result(folder)
    try:
        yield result
    except (KeyError, TypeError, AttributeError) as error:
        path = Path(folder) / "result.json"
        raise RecordError(f"{path} is not the result of such a run ({error}): run the study again") from error


def _no_number(word):
    raise ValueError(f"{word} is no number")


def read_history(folder, file="history.npz"):
    """Return the arrays of a run's `history.npz`, or of another such file, by name.

    Raises
    ------
    RecordError
        If there is none, or it does not hold arrays.
    """
    path = Path(folder) / file
    try:
        return arrays.npz(path)
    except OSError as error:
        raise RecordError(f"{path} cannot be read ({error.strerror})") from error
    except arrays.ArrayError as error:
        raise RecordError(f"{path} is damaged ({error}): remove its folder and run the study again") from error
