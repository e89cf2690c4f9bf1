"""The finished runs of a study, as a table."""

import json
import warnings
from pathlib import Path

import pandas as pd

from .. import InputError, paths
from . import seal
from .records import RecordError, asked, read_history, read_result


class NoRunsError(InputError):
    """A study has no finished run."""


class DamagedRunError(InputError):
    """A file of a study is not the one that was written."""


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
    NoRunsError, DamagedRunError
    """
    return pd.DataFrame.from_dict({folder.name: _row(folder) for folder in folders(study, runs)}, orient="index")


def folders(study, runs="runs"):
    """Return the folders of a study's finished runs, in its order; arguments and errors as `load`.

    The study's `study.json` says which runs belong to it: what else is in its folder, of an earlier grid
    or a former choice, counts nowhere.
    """
    found = _finished(holding(runs, study) / study)
    for folder in found:
        if broken := seal.damage(folder):
            raise DamagedRunError(f"{folder}/{broken}: {_again(study)}, runs it again")
    return found


def holding(runs, *names):
    """Return the folder whose runs of these studies are to be read together.

    It is `runs`, or where that lacks one of them, a folder in it that has them all, with a warning: after
    `make report PROFILE=smoke`, which leaves them in `runs/smoke`, a chapter can be executed alone.

    Parameters
    ----------
    runs : path
        As for `load`.
    names : str
        Studies.

    Raises
    ------
    NoRunsError
        If no folder has them all; it names the first that `runs` lacks.
    """
    folder = paths.resolve(runs)
    lacking = [name for name in names if not _finished(folder / name)]
    if not lacking:
        return folder
    profiles = (path for path in folder.glob("*") if not path.name.startswith("dataset-"))  # those have other images
    others = sorted(path for path in profiles if all(_finished(path / name) for name in names))
    sentence = f"{folder / lacking[0]} holds no finished run"
    if not others:
        raise NoRunsError(f"{sentence}: run {_again(lacking[0])}")
    warnings.warn(f"{sentence}: what is read are the runs in {others[0]}, of another profile", stacklevel=2)
    return others[0]


def _finished(folder):
    """Return the folders of a study's finished runs, in its order; an empty list where there are none."""
    listed = folder / "study.json"
    if not listed.is_file():
        return []
    try:
        names = [Path(name).name for name in json.loads(listed.read_bytes())["runs"]]
        return [folder / name for name in names if (folder / name / "result.json").is_file()]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise DamagedRunError(f"{listed} is damaged: {_again(folder.name)}, writes it again") from error


def _again(study):
    """Return the command that runs what is missing of a study."""
    return f"`make sweep GRID=configs/{study}.yaml`, with the same DATASET and RUNS"


def _row(folder):
    with asked(folder) as result:
        row = dict(result["parameters"]) | result["accuracy"]
        row |= {name: result[name] for name in ("status", "reason", "best_update", "updates", "dead_fraction")}
        loss, seconds = result["loss"].get("validation"), result["seconds"]["training"]
        return row | {"validation_loss": loss, "seconds": seconds, "folder": str(folder)}


def load_followed(study, runs="runs"):
    """Return a row for each run of a study of trajectories; arguments and errors as `load`.

    Columns are the parameters, `largest_at_start`, `smallest_at_start`, and `trace`, what `follow.follow` returned.
    """
    rows = []
    for folder in folders(study, runs):
        trace = read_history(folder, "curvature.npz")
        with asked(folder) as result:
            order = {name: result["parameters"][name] for name in ("hidden", "lr")}
            ends = {name: result[name] for name in ("largest_at_start", "smallest_at_start")}
        rows.append(result["parameters"] | order | ends | {"trace": trace})
    return pd.DataFrame(rows).sort_values(["hidden", "lr"], ignore_index=True)


def load_census(study, runs="runs"):
    """Return a row for each network of a study of censuses; arguments and errors as `load`.

    Columns are the parameters of its run, with its own `seed`, and what `census.census` returned.
    """
    order = ["hidden", "lr", "seed"]
    found = [pd.DataFrame(_columns(folder, "census.npz", order)) for folder in folders(study, runs)]
    return pd.concat(found, ignore_index=True).sort_values(order, ignore_index=True)


def load_compared(study, runs="runs"):
    """Return a row for each run of a study of two kernels, by `lr`; arguments and errors as `load`.

    Columns are the parameters and what `chaos.compare` returned.
    """
    rows = (_columns(folder, "chaos.npz", ["lr"]) for folder in folders(study, runs))
    return pd.DataFrame(rows).sort_values("lr", ignore_index=True)


def _columns(folder, file, needed):
    """Return a run's parameters and the arrays of its file, by name; these are among them, or RecordError."""
    found = read_result(folder)["parameters"] | read_history(folder, file)
    if lacking := [name for name in needed if name not in found]:
        raise RecordError(f"{folder} is not such a run, it has no {lacking[0]}: run the study again")
    return found


def best_model(runs="runs", dataset="mnist"):
    """Return the path of the `model.npz` of the best finished run below `runs`, of whatever study and profile.

    The best has the highest accuracy on the validation images, or, where it has learned those, too, on the test
    images; of equal ones it is the first by name.

    Raises
    ------
    NoRunsError
        If no run of that data set is finished.
    """
    root, best = paths.resolve(Path(runs).expanduser()), (0.0, None)
    for path in sorted(root.rglob("result.json")):
        model = path.with_name("model.npz")
        unfinished = any(part.startswith(".") or part == "failed" for part in path.relative_to(root).parts)
        if unfinished or not model.is_file():
            continue
        score = _score(path.parent, dataset)
        if score > best[0] and not _left_out(path.parent):
            best = score, model
    if best[1] is None:
        more = "`make run` trains one; or name MODEL=PATH"
        raise NoRunsError(f"{root} holds no network that has learned {dataset}: {more}")
    return best[1]


def _score(folder, dataset):
    """Return the accuracy by which a run's model is chosen, 0 if it is of another data set or cannot be told."""
    try:
        result = read_result(folder)
        accuracy = result["accuracy"]
        score = accuracy.get("validation", accuracy.get("test", 0.0))
        return float(score) if result["parameters"]["dataset"] == dataset else 0.0
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        _left_out(folder)
        return 0.0


def _left_out(folder):
    """Return whether a run is damaged, with a warning."""
    broken = seal.damage(folder)
    if broken:
        warnings.warn(f"{folder}/{broken}: it is left out", stacklevel=3)
    return bool(broken)
