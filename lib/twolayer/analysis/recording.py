"""From the finished runs of chapter 9's recipes to the files that `recorded` reads."""

import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np

from .. import InputError, arrays, paths
from ..data import mnist
from ..frontier import committee
from ..frontier import studies as recipes
from ..network import TwoLayerNet
from ..network.model_file import load_model, save_model
from ..runs import records, studies
from . import ablation
from .recorded import COMMITTEES, FOLDER, RECIPES, Recorded, pupils

ABLATIONS = {
    "plain": ("frontier_ablation", ablation.PLAIN),
    "distorted": ("frontier_ablation_distorted", ablation.DISTORTED),
}
SEED = 0  # of the choices of members


def collect(runs, dataset):
    """Return a Recorded of the finished runs below `runs` that have learned `dataset`.

    Its `about` has `dataset`, its `title` and the `sha256` of its files, `made` (with what), `recipes`, `ablations`,
    `committees` and `hard`, the test images that no member of the last committee gets right: place, label and the
    committee's answer.

    Raises
    ------
    InputError
        If runs are missing, not finished, have diverged or are of other data; the message names the study.
    """
    data = mnist.load(dataset)
    labels = data.test_labels
    frames = {name: _whole(study, runs, data) for name, study in RECIPES.items()}
    parts = {name: (_whole(study, runs, data), table) for name, (study, table) in ABLATIONS.items()}
    answers = {name: _probabilities(frame) for name, frame in frames.items()}
    wrong = {name: committee.errors(found, labels) for name, found in answers.items()}
    members = {name: np.concatenate([answers[one] for one in some]) for name, some in COMMITTEES.items()}
    together = {name: committee.mean_probabilities(found) for name, found in members.items()}
    *_, last = members
    hard = np.flatnonzero(committee.errors(members[last], labels).all(axis=0))
    rng = np.random.default_rng(SEED)
    about = {
        "dataset": dataset,
        "title": data.title,
        "sha256": data.sha256,
        "made": _made(frames["distorted"]),
        "recipes": {name: _recipe(frame) for name, frame in frames.items()},
        "ablations": {name: _ablation(*one) for name, one in parts.items()},
        "committees": {
            name: {"members": len(found), "gain": committee.gain(found, labels, rng).round(6).tolist()}
            for name, found in members.items()
        },
        "hard": [[int(i), int(labels[i]), int(together[last][i].argmax())] for i in hard],
    }
    return Recorded(about, wrong | {name: committee.errors(found, labels) for name, found in together.items()})


def _whole(study, runs, data):
    """Return the runs of a study, of which none is missing, has diverged, or has learned other data."""
    frame, listed = recipes.load(study, runs), Path(studies.holding(runs, study), study, "study.json")
    count = len(json.loads(listed.read_bytes())["runs"])
    if count != len(frame):
        raise InputError(f"{runs}/{study} has {len(frame)} of {count} runs finished: `make frontier` runs the others")
    for folder in frame["folder"]:
        result = records.read_result(folder)
        if result.get("status") != "finished":
            raise InputError(f"{folder} has not come to its end: {result.get('status')}")
        if result["data"] != data.hashes:
            raise InputError(f"{folder} has learned other data than {data.name} as it is here")
    return frame


def _probabilities(frame):
    found = [recipes.history(folder)["test_probabilities"] for folder in frame["folder"]]
    return np.array(found)


def _recipe(frame):
    """Return what is kept of a recipe's runs."""
    first = frame.iloc[0]
    varied = [name for name in ("seed", "prepared") if frame[name].nunique() > 1]
    parameters = records.read_result(first["folder"])["parameters"]
    looks = [recipes.history(folder) for folder in frame["folder"]]
    return {
        "parameters": {name: value for name, value in parameters.items() if name not in (*varied, "teacher")},
        "varied": {name: frame[name].tolist() for name in varied},
        "test_error": frame["test_error"].round(6).tolist(),
        "training": frame["training"].tolist(),
        "distorting": frame["distorting"].tolist(),
        "epochs": looks[0]["epoch"].tolist(),
        "test_error_by_epoch": [look["test_error"].round(6).tolist() for look in looks],
        "digests": [records.read_result(folder).get("provenance", {}).get("digest", "") for folder in frame["folder"]],
    }


def _ablation(frame, table):
    """Return the parameters of the whole recipe, its seeds, and validation errors by row of a table, in their order."""
    found = ablation.rows(frame, table)
    seeds = {name: rows["seed"].tolist() for name, rows in found.items()}
    first = next(iter(seeds.values()))
    if odd := next((name for name, one in seeds.items() if one != first), None):
        raise InputError(f"the row {odd!r} has the seeds {seeds[odd]}, and the recipe {first}")
    parameters = records.read_result(next(iter(found.values())).iloc[0]["folder"])["parameters"]
    errors = {name: rows["validation_error"].round(6).tolist() for name, rows in found.items()}
    return {
        "parameters": {name: one for name, one in parameters.items() if name != "seed"},
        "seeds": first,
        "errors": errors,
    }


def _made(frame):
    """Return with what runs were made, by the first of them."""
    result = records.read_result(frame.iloc[0]["folder"])
    return {"versions": result["versions"], "arithmetic": result["arithmetic"], "cores": os.cpu_count()}


def pupil(runs):
    """Return the Model of the first run of the pupil's study, its numbers rounded to 8 significant bits: `rounded`."""
    model = load_model(Path(studies.folders(RECIPES["pupil"], runs)[0], "model.npz"))
    return replace(model, net=TwoLayerNet({name: rounded(value) for name, value in model.net.params.items()}))


def rounded(values):
    """Return float32 numbers with 8 significant bits, the nearest: a file of such can be packed to a third."""
    bits = np.ascontiguousarray(values, np.float32).view(np.uint32)
    return ((bits + np.uint32(0x8000)) & np.uint32(0xFFFF0000)).view(np.float32)


def write(found, model, folder=FOLDER):
    """Write a Recorded and the pupil's Model into `folder`; return the paths, DATASET.json, .npz and -pupil.npz.

    The text is the last, and takes its place whole: what has it has all.
    """
    folder, name = Path(folder), found.about["dataset"]
    folder.mkdir(parents=True, exist_ok=True)
    text, packed, taught = folder / f"{name}.json", folder / f"{name}.npz", pupils(name, folder)
    shapes = {name: list(wrong.shape) for name, wrong in found.wrong.items()}
    content = json.dumps(found.about | {"shapes": shapes}, indent=1, allow_nan=False) + "\n"
    text.unlink(missing_ok=True)
    _pack(packed, {name: np.packbits(wrong, axis=-1) for name, wrong in found.wrong.items()})
    save_model(taught, model.net.params, model.scaling, model.origin)
    _pack(taught, arrays.npz(taught))
    partial = text.with_suffix(".partial")
    partial.write_text(content, encoding="utf-8")
    partial.replace(text)
    return text, packed, taught


def _pack(path, values):
    with open(path, "wb") as file:
        np.savez_compressed(file, **values)


def folder_of(runs, dataset):
    """Return the folder below `runs` with the runs that have learned a data set, where a sweep has put them.

    Raises
    ------
    InputError
        If there is no folder `runs`.
    """
    root = paths.resolve(Path(runs).expanduser())
    if not root.is_dir():
        raise InputError(f"RUNS={runs} is no folder")
    own = root / f"dataset-{dataset}"
    return own if own.is_dir() else root
