"""The front doors: what is called with each input, and what must hold of what comes out."""

import functools
import json
import math
import os
import shlex
import shutil
import struct
from collections.abc import Callable
from dataclasses import dataclass
from unittest import mock

import numpy as np
from hypothesis.strategies import SearchStrategy
from papermill.translators import PythonTranslator

import nbreport
import twolayer
from nbreport.description import load_report
from nbreport.notebook import Notebook, parse_assignments
from nbreport.studies import planfile
from nbreport.studies.study import all_points
from twolayer.analysis import diagnosis
from twolayer.data import idx, mnist, sources
from twolayer.network import others
from twolayer.page import picture, picture_file
from twolayer.runs import records, studies
from twolayer.training.configuration import Configuration
from twolayer.training.parameters import PARAMETERS

from . import files, models, texts

DECLARED = (twolayer.InputError, nbreport.InputError)  # what a door may refuse with


class WrongAcceptance(Exception):
    """A door has accepted what it must refuse; the message says why."""


@dataclass(frozen=True)
class Door:
    """A front door."""

    inputs: Callable[[], SearchStrategy]  # of bytes
    enter: Callable  # called with the path of the input's file
    suffix: str = ""
    share: int = 1  # of all inputs, in proportion


def prepare(folder):
    """Put a data set into `folder` that studies and parameters can name: "made"."""
    os.environ["TWOLAYER_DATA"] = str(folder / "data")
    (folder / "data" / "made").mkdir(parents=True)
    for name, content in files.made_set().items():
        (folder / "data" / "made" / name).write_bytes(content)
    mnist.load("made")


def _must(holds, words):
    if not holds:
        raise WrongAcceptance(words)


def _sizes(content):
    """Return what the header of IDX bytes says: its sizes, and how many bytes they ask for."""
    try:
        sizes = struct.unpack(f">{content[3]}I", content[4 : 4 + 4 * content[3]])
        return sizes, 4 + 4 * len(sizes) + math.prod(sizes) * {8: 1, 12: 4}[content[2]]
    except (struct.error, IndexError, KeyError) as error:
        raise WrongAcceptance("what has no header") from error


def _enter_idx(path):
    mapped = idx.memory_map(path)
    sizes, expected = _sizes(path.read_bytes())
    _must(mapped.shape == sizes and path.stat().st_size == expected and mapped.size, f"{sizes} in {expected} bytes")
    mapped.sum()


def _enter_gzip(path):
    content = idx.read_bytes(path)
    sizes, expected = _sizes(content)
    _must(len(content) == expected and math.prod(sizes), f"{len(content)} bytes, where {sizes} ask for {expected}")
    single = idx.class_column(content, path)
    _must(single[2] == 8, "a column that is no bytes")
    if len(sizes) == 3:
        _must(idx.transposed(content, path).shape == (sizes[0], sizes[2], sizes[1]), "another shape")


def _enter_set(path):
    place, *content = path.read_bytes()
    folder = path.with_name("set")
    _fill(folder, files.made_set() | {mnist.FILES[place]: bytes(content)})
    shutil.rmtree(path.parent / "data" / "own", ignore_errors=True)
    data = sources.fetch("own", folder, say=lambda sentence: None)
    _must(len(data.train_labels) == len(data.train_images) and data.train_images[0].size, "parts of other lengths")
    _must(max(data.train_labels) < data.n_classes > max(data.test_labels), "labels that are no class")


def _fill(folder, contents):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, content in contents.items():
        (folder / name).write_bytes(content)


def _enter_model(path):
    model = others.load_any(path)
    W1, b1, W2, b2 = (model.net.params[name] for name in ("W1", "b1", "W2", "b2"))
    _must(W1.shape[1:] == b1.shape == W2.shape[:1] and W2.shape[1:] == b2.shape and W1.size and W2.size, "shapes")
    _must(all(np.isfinite(array).all() and array.dtype.kind == "f" for array in (W1, b1, W2, b2)), "parameters")
    scale = np.asarray(model.scaling.factor, W1.dtype), np.asarray(model.scaling.shift, W1.dtype)
    _must(0 < scale[0] < np.inf and np.isfinite(scale[1]).all(), f"scaling {model.scaling}")
    words = (*model.classes, model.scaling.name, *((model.origin.name,) if model.origin else ()))
    _must(len(model.classes) == len(b2) and all(word.isprintable() for word in words), "words that cannot be printed")


def _enter_folder(path):
    place, *content = path.read_bytes()
    arrays = dict(zip(others.FOLDER.values(), map(models.npy_of, models.network().values()), strict=True))
    folder = path.with_name("model_save")
    _fill(folder, arrays | {list(arrays)[place]: bytes(content)})
    _enter_model(folder)


def _enter_picture(path):
    pixels = picture_file.read(path)
    _must(pixels.ndim == 3 and pixels.shape[2] == 3 and pixels.size and pixels.dtype == np.uint8, "no pixels")
    _must(picture.steps(pixels).image.shape == (28, 28), "another size")


_notebook = functools.cache(Notebook)  # the same few are read by thousands of studies


def _enter_study(path):
    with mock.patch.object(planfile, "Notebook", _notebook):
        study = planfile.read_study(path)
    _must(study.name == path.stem, "another name")


def _enter_report(path):
    description = load_report(path, "default")
    words = (description.title, description.subtitle, description.name, description.runs)
    _must(all(isinstance(word, str) for word in words), "words that are none")
    _must(isinstance(description.parameters, dict) and isinstance(description.overrides, dict), "no mappings")


@functools.cache
def _train():
    return Notebook(texts.ROOT / "notebooks" / "train.ipynb")


def _enter_assignments(path):
    text = path.read_bytes().decode("utf-8", "surrogatepass")
    try:
        words = shlex.split(text)
    except ValueError:
        return  # what the command line refuses itself
    given = {"dataset": "made"} | parse_assignments(words)
    (point,) = all_points(_train(), {}, {name: [value] for name, value in given.items()})
    _must_fit(Configuration.resolve(**point.parameters))


def _must_fit(config):
    for name, one in PARAMETERS.items():
        value = getattr(config, name)
        fits = value is None or isinstance(value, one.allowed.type) or one.allowed.type is float and type(value) is int
        _must(fits and (not isinstance(value, float) or math.isfinite(value)), f"{name} = {value!r}")


def _enter_papermill(path):
    cell = f"# Parameters\n{_assigned(json.loads(path.read_bytes()))}"
    namespace = {"In": ["", cell], "output": str(path.with_name("output"))}
    try:
        exec(cell, namespace)
    except Exception:
        return  # what papermill makes of it stops in its own cell
    namespace["In"] = ["", cell]
    config = Configuration.from_namespace(namespace)
    _must_fit(config)


def _assigned(given):
    return PythonTranslator.codify(given, "made up")


def _enter_results(path):
    place, *content = path.read_bytes()
    runs = path.with_name("runs")
    valid = {"result.json": json.dumps(texts.RESULT).encode(), "model.npz": b"x", "history.npz": b"x"}
    listed = json.dumps(texts.LISTED).encode()
    if place == 1:
        listed = bytes(content)
    else:
        valid["history.npz" if place == 2 else "result.json"] = bytes(content)
    shutil.rmtree(runs, ignore_errors=True)
    _fill(runs, {})
    _fill(runs / "study", {"study.json": listed})
    _fill(runs / "study" / "one", valid)
    if place == 2:
        found = records.read_history(runs / "study" / "one")
        _must(found and all(array.dtype != object for array in found.values()), "no arrays")
    if place == 0:
        _must(isinstance(records.read_result(runs / "study" / "one"), dict), "no result")
    frame = studies.load("study", runs)
    _must(set(frame.index) <= {"one"} and len(frame), f"runs {list(frame.index)}")
    studies.best_model(runs, "made")


def _enter_examined(path):
    place, *content = path.read_bytes()
    result = json.dumps(texts.RESULT | {"parameters": texts.EXAMINED}).encode()
    valid = {"result.json": result, "history.npz": texts.rows(), "model.npz": models.valid()}
    _fill(path.with_name("run"), valid | {list(valid)[place]: bytes(content)})
    with np.errstate(all="ignore"):
        measured, symptom = diagnosis.diagnose(path.with_name("run"))
    lines = diagnosis.sentences(measured, symptom)
    _must(len(lines) == (2 if symptom is None else 4) and all(map(str.isprintable, lines)), f"the lines {lines}")


DOORS = {
    "idx": Door(files.idx, _enter_idx, share=15),
    "gzip": Door(files.gzipped, _enter_gzip, ".gz", share=10),
    "set": Door(files.idx_folder, _enter_set, share=4),
    "npz": Door(models.npz, _enter_model, ".npz", share=15),
    "npy": Door(models.npy_folder, _enter_folder, share=10),
    "safetensors": Door(models.safetensors, _enter_model, ".safetensors", share=10),
    "picture": Door(files.pictures, _enter_picture, share=8),
    "study": Door(texts.study, _enter_study, ".yaml", share=5),
    "report": Door(texts.report, _enter_report, ".yaml", share=3),
    "parameters": Door(texts.assignments, _enter_assignments, share=8),
    "papermill": Door(texts.papermill, _enter_papermill, ".json", share=8),
    "results": Door(texts.results, _enter_results, share=4),
    "diagnosis": Door(texts.examined, _enter_examined, share=4),
}
