"""What a network says of pictures of digits: the answers of `make predict`, and a page that shows each step."""

import base64
import io
import json
from dataclasses import dataclass
from html import escape
from pathlib import Path

import numpy as np
from PIL import Image

from . import InputError, paths
from .analysis import drawn
from .data import mnist
from .network.layers import softmax
from .network.others import load_any
from .page import picture, picture_file
from .page.drawing import FIELD
from .training import given
from .training.parameters import unknown

PARAMETERS = ("image", "model", "runs", given.OUTPUT)  # of the notebook
SHOWN = 320  # pixels, at most, of a picture on the page

STYLE = """
body { font: 1rem/1.45 system-ui, sans-serif; margin: 1.5rem auto; padding: 0 1rem; max-width: 60rem; color: #222; }
h2 { font-size: 1.05rem; margin: 2rem 0 0.3rem; overflow-wrap: anywhere; }
p { margin: 0.2rem 0 0.8rem; }
ol { list-style: none; margin: 0; padding: 0; display: grid; gap: 0.9rem; align-items: start; }
.steps { grid-template-columns: repeat(auto-fill, minmax(8.5rem, 1fr)); }
.steps img { width: 100%; aspect-ratio: 1; object-fit: contain; background: #f3f3f3; }
.steps img.small { image-rendering: pixelated; }
.steps span { display: block; font-size: 0.8rem; color: #595959; }
.bars { gap: 0.15rem; max-width: 26rem; margin-top: 0.9rem; font-variant-numeric: tabular-nums; font-size: 0.85rem; }
.bars li { display: grid; grid-template-columns: minmax(1.2em, auto) 1fr 3.8em; gap: 0.5rem; align-items: center; }
.bars i { display: block; height: 0.7rem; background: #999; }
.bars b { font-weight: inherit; text-align: right; }
.bars .first { font-weight: bold; } .bars .first i { background: #0072b2; }
"""


@dataclass(frozen=True)
class Prediction:
    """A picture, its steps, and the probability of each class."""

    path: Path
    steps: picture.Steps
    probabilities: np.ndarray  # (C,)
    classes: tuple

    @property
    def ranked(self):
        """Class names and probabilities, the likeliest first."""
        order = np.argsort(-self.probabilities, kind="stable")
        return [(self.classes[k], float(self.probabilities[k])) for k in order]

    @property
    def sentence(self):
        """The likeliest class and the next, in words."""
        (first, p), (second, q) = self.ranked[:2]
        return f"{first} ({p:.1%}), else {second} ({q:.1%})"


def asked_model(name="", input_scale=None, runs=""):
    """Return the path of a model and the Model: the one named, else that of `drawn.path`; errors as `load_any`."""
    path = drawn.path(name, runs)
    model = load_any(path, input_scale)
    if model.net.params["W1"].shape[0] != FIELD * FIELD:
        inputs = model.net.params["W1"].shape[0]
        raise InputError(f"{path} takes {inputs} pixels, but a picture is made {FIELD} x {FIELD}, {FIELD * FIELD}")
    return path, model


def learned(model):
    """Return what a Model has learned in words, "" where it does not say."""
    return f", which has learned {model.origin.name}" if model.origin else ""


def predict(model, path):
    """Return the Prediction of a Model for the picture at `path`.

    Raises
    ------
    PictureError
        If it cannot be read, or there is no ink; the sentence names the picture.
    """
    pixels = picture_file.read(path)
    try:
        steps = picture.steps(pixels)
    except picture_file.PictureError as error:
        raise picture_file.PictureError(f"{path}: {error}") from error
    logits = model.net.forward(model.scaling(steps.image.reshape(1, -1)))[0]
    return Prediction(Path(path), steps, softmax(logits)[0], model.classes)


def write_page(path, predictions, model_path, model):
    """Write an HTML page, complete in one file, that shows each step of each Prediction."""
    if (path := Path(path).expanduser()).is_dir():
        raise InputError(f"OUTPUT={path} is a folder: name the page to write")
    sections = "\n".join(map(_section, predictions))
    count = "one picture" if len(predictions) == 1 else f"{len(predictions)} pictures"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise InputError(f"{path} cannot be written: {path.parent} is no folder") from error
    text = (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>Predictions</title><style>{STYLE}</style></head>\n<body><main><h1>Predictions</h1>\n"
        f"<p>Asked of {count}: the network <code>{escape(str(model_path))}</code>{escape(learned(model))}. Each "
        "picture is made like MNIST's images: the paper is looked for and taken away; what differs enough from it is "
        f"ink; the ink is scaled and centred in {FIELD} x {FIELD} pixels.</p>\n{sections}\n</main></body></html>\n"
    )
    partial = path.with_name(f".{path.name}.partial")
    try:
        partial.write_text(text, encoding="utf-8")
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return path


def _section(one):
    steps = one.steps
    shade = 255 - 255 * steps.difference.clip(0) / max(steps.difference.max(), 1)
    images = {
        "pixels": steps.pixels,
        "paper": steps.paper,
        "difference": shade,
        "ink": 255 - steps.ink,
        f"{FIELD} x {FIELD}, as the network sees it": 255 - steps.image,
    }
    items = "".join(_step(name, values, f"{one.path.name}: {name}") for name, values in images.items())
    bars = "".join(
        f"<li{' class=first' if name == one.ranked[0][0] else ''}><span>{escape(name)}</span>"
        f'<i style="width:{100 * p:.1f}%"></i><b>{p:.1%}</b></li>'
        for name, p in zip(one.classes, one.probabilities, strict=True)
    )
    return (
        f"<section><h2>{escape(str(one.path))}</h2><p>{escape(one.sentence)}</p>\n"
        f'<ol class="steps">{items}</ol>\n<ol class="bars" aria-label="Probabilities">{bars}</ol></section>'
    )


def _step(name, values, alt):
    buffer, image = io.BytesIO(), Image.fromarray(np.rint(values).clip(0, 255).astype(np.uint8))
    small = ' class="small"' if max(image.size) < SHOWN else ""
    image.thumbnail((SHOWN, SHOWN))
    image.save(buffer, format="PNG")
    data = base64.b64encode(buffer.getvalue()).decode()
    return f'<li><img{small} src="data:image/png;base64,{data}" alt="{escape(alt)}"><span>{name}</span></li>'


def place(name):
    """Return the path of a picture that a notebook is given: from where it runs, or from the project's root.

    Raises
    ------
    InputError
        If it is no path.
    """
    if not isinstance(name, str | Path):
        raise InputError(f"image must be the path of one picture, not {name!r}")
    path = Path(name).expanduser()
    return next((one for one in (path, paths.resolve(path)) if one.exists()), path)


def folder(namespace):
    """Return the folder for the files of the notebook with these `globals()`; errors as `given.folder`.

    Raises
    ------
    ParameterError
        Also where papermill was given a parameter that the notebook does not have.
    """
    for name in given.injected(namespace):
        if name not in PARAMETERS:
            raise unknown(name, PARAMETERS)
    return given.folder(namespace)


def check(parameters):
    """Return what the notebook `predict.ipynb` depends on; errors as `asked_model` and `picture_file.read`."""
    image, model = parameters["image"], parameters["model"]
    for name in ("image", "model"):
        if parameters[name] is not None and not isinstance(parameters[name], str):
            raise InputError(f"{name} must be the path of a file, not {parameters[name]!r}")
    facts = {"model": mnist.sha256(asked_model(model or "", runs=parameters["runs"])[0])}
    if image is None:
        return facts | {"data": mnist.load("mnist").hashes}
    picture.steps(picture_file.read(place(image)))
    return facts | {"image": mnist.sha256(place(image))}


def write_result(path, one, model_path):
    """Write what the network says of a picture as JSON: summary, picture, model, and the probability of each class."""
    content = {"summary": one.sentence, "picture": str(one.path), "model": str(model_path)}
    content["probabilities"] = dict(zip(one.classes, map(float, one.probabilities), strict=True))
    Path(path).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
