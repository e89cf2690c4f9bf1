"""What a full run of chapter 9's recipes has found, as files that are kept with the project.

`collect` makes it from finished runs, `write` puts it into `data/frontier/`, `load` reads it for the chapter.
"""

import json
import os
from dataclasses import dataclass, replace
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

FOLDER = paths.ROOT / "data" / "frontier"
# A recipe's name to the study that has its runs, all of which look at the test images.
RECIPES = {
    "plain": "frontier_plain",
    "distorted": "frontier_distorted",
    "long": "frontier_long",
    "prepared": "frontier_prepared",
    "pupil": "frontier_pupil",
    "untaught": "frontier_untaught",
}
COMMITTEES = {"ten alike": ["distorted"], "all": ["distorted", "long", "prepared"]}  # by the recipes of their members
ABLATIONS = {
    "plain": ("frontier_ablation", ablation.PLAIN),
    "distorted": ("frontier_ablation_distorted", ablation.DISTORTED),
}
SEED = 0  # of the choices of members


@dataclass(frozen=True)
class Recorded:
    """A full run on one data set."""

    about: dict  # plain values, see `collect`
    wrong: dict  # name of a recipe to (S, N), of a committee to (N,), bool: which test images are answered wrongly


def collect(runs, dataset):
    """Return a Recorded of the finished runs below `runs` that have learned `dataset`.

    Its `about` has `dataset`, its `title`, `made` (with what), `recipes`, `ablations`, `committees` and `hard`, the
    test images that no member of the last committee gets right: place, label and the committee's answer.

    Raises
    ------
    InputError
        If runs are missing or of another data set; the message names the study.
    """
    data = mnist.load(dataset)
    labels = data.test_labels
    frames = {name: recipes.load(study, runs) for name, study in RECIPES.items()}
    for name, frame in frames.items():
        if set(frame["dataset"]) != {dataset}:
            raise InputError(f"{runs}/{RECIPES[name]} has learned {', '.join(set(frame['dataset']))}, not {dataset}")
    answers = {name: _probabilities(frame) for name, frame in frames.items()}
    wrong = {name: committee.errors(found, labels) for name, found in answers.items()}
    members = {name: np.concatenate([answers[one] for one in parts]) for name, parts in COMMITTEES.items()}
    together = {name: committee.mean_probabilities(found) for name, found in members.items()}
    *_, last = members
    hard = np.flatnonzero(committee.errors(members[last], labels).all(axis=0))
    rng = np.random.default_rng(SEED)
    about = {
        "dataset": dataset,
        "title": data.title,
        "made": _made(frames["distorted"]),
        "recipes": {name: _recipe(frame) for name, frame in frames.items()},
        "ablations": {name: _ablation(runs, *one) for name, one in ABLATIONS.items()},
        "committees": {
            name: {"members": len(found), "gain": committee.gain(found, labels, rng).round(6).tolist()}
            for name, found in members.items()
        },
        "hard": [[int(i), int(labels[i]), int(together[last][i].argmax())] for i in hard],
    }
    return Recorded(about, wrong | {name: committee.errors(found, labels) for name, found in together.items()})


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


def _ablation(runs, study, table):
    """Return validation errors by row of a table, in the order of the seeds, and these."""
    found = ablation.rows(recipes.load(study, runs), table)
    seeds = next(iter(found.values()))["seed"].tolist()
    return {
        "seeds": seeds,
        "errors": {name: rows["validation_error"].round(6).tolist() for name, rows in found.items()},
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
    """Write a Recorded and the pupil's Model into `folder`; return the paths, DATASET.json, .npz and -pupil.npz."""
    folder, name = Path(folder), found.about["dataset"]
    folder.mkdir(parents=True, exist_ok=True)
    text, packed, taught = folder / f"{name}.json", folder / f"{name}.npz", pupils(name, folder)
    shapes = {name: list(wrong.shape) for name, wrong in found.wrong.items()}
    text.write_text(json.dumps(found.about | {"shapes": shapes}, indent=1) + "\n", encoding="utf-8")
    _pack(packed, {name: np.packbits(wrong, axis=-1) for name, wrong in found.wrong.items()})
    save_model(taught, model.net.params, model.scaling, model.origin)
    _pack(taught, arrays.npz(taught))
    return text, packed, taught


def _pack(path, values):
    with open(path, "wb") as file:
        np.savez_compressed(file, **values)


def known(dataset, folder=FOLDER):
    """Return whether a full run on a data set is recorded."""
    return Path(folder, f"{dataset}.json").is_file()


def pupils(dataset, folder=FOLDER):
    """Return the path of the pupil's model file of a data set."""
    return Path(folder, f"{dataset}-pupil.npz")


def names(first, folder=FOLDER):
    """Return the names of the data sets on which a full run is recorded, that of `first` before the others."""
    found = sorted(path.stem for path in Path(folder).glob("*.json"))
    return sorted(found, key=lambda name: name != first)


def load(dataset, folder=FOLDER):
    """Return the Recorded of a data set.

    Raises
    ------
    InputError
        If there is none, or its files are damaged.
    """
    text, packed = (Path(folder, f"{dataset}.{ending}") for ending in ("json", "npz"))
    if not text.is_file() or not packed.is_file():
        raise InputError(
            f"no full run on {dataset} is recorded in {folder}: `make frontier DATASET={dataset}` makes one"
        )
    try:
        about = json.loads(text.read_bytes())
        shapes = about.pop("shapes")
        bits = arrays.npz(packed, tuple(shapes))
        return Recorded(about, {name: _unpacked(bits[name], shape) for name, shape in shapes.items()})
    except (OSError, arrays.ArrayError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(
            f"{text} or {packed} is damaged: `make frontier DATASET={dataset}` writes them again"
        ) from error


def _unpacked(bits, shape):
    return np.unpackbits(bits, axis=-1, count=shape[-1]).astype(bool).reshape(shape)
