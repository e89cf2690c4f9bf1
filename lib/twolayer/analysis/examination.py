"""A run's files, read for the numbers by which it is judged."""

from pathlib import Path

import numpy as np

from ..data.scaling import Scaling
from ..network.layers import l2_penalty
from ..network.model_file import load_model
from ..network.others import FACTORS
from ..runs import records, seal
from ..training.configuration import Configuration
from ..training.parameters import PARAMETERS, ParameterError, read
from ..training.start import first_parameters
from .vitals import Measures

AROUND = 20  # a loss is averaged over one in so many updates, on both sides of the one that is asked for
LOOKS = ("update", "dead_fraction", "{0}_accuracy", "{0}_loss")  # arrays with a number a look, of images held out
UPDATES = ("batch_loss", "lr")  # ... and a number an update
WEIGHTS = ("W1", "W2")


def measures(folder):
    """Return the Measures of a run.

    Parameters
    ----------
    folder : path
        With `result.json`, `history.npz` and `model.npz`.

    Raises
    ------
    RecordError, ModelFileError
        If one of the files is missing, damaged, or not of such a run.
    """
    folder = Path(folder).expanduser()
    if not folder.is_dir():
        raise records.RecordError(f"{folder} is not the folder of a run, such as runs/single/hidden-256_lr-0.1")
    with records.asked(folder) as result:
        if broken := seal.damage(folder):
            raise records.RecordError(f"{folder}/{broken}: these are not the files of that run")
        config, model = _configuration(folder, result["parameters"]), load_model(folder / "model.npz")
        if model.net.params["W1"].shape[1] != config.hidden:
            raise records.RecordError(
                f"{folder / 'model.npz'} is not the network of that run, of hidden {config.hidden}"
            )
        history = _history(folder)
        return Measures(
            classes=len(model.classes),
            hidden=config.hidden,
            lr=config.lr,
            l2=config.l2,
            momentum=config.momentum,
            **_losses(history["batch_loss"], history["lr"]),
            **_looks(history, result["accuracy"]),
            **_weights(config, model.net.params, history["lr"].sum(), result["best_update"] == 0),
            trained_scale=config.input_scale,
            model_scale=model.scaling.name,
            model_factor=model.scaling.factor,
            scale_fits=_fits(model.scaling, config.input_scale),
        )


def _configuration(folder, parameters):
    try:
        return Configuration(**read(PARAMETERS, parameters))
    except ParameterError as error:
        raise records.RecordError(f"{folder / 'result.json'} is not the result of such a run: {error}") from error


def _history(folder):
    """Return the arrays of `history.npz`; a RecordError if they are not rows of numbers, as long as they must be."""
    found = records.read_history(folder)
    looks = [name.format(_held_out(found)) for name in LOOKS] + ["train_accuracy"] * ("train_accuracy" in found)
    for names in (looks, UPDATES):
        for name in names:
            row = found.get(name, np.array(None))
            if row.dtype.kind not in "fiu" or row.shape != found[names[0]].shape or row.ndim != 1 or not len(row):
                raise records.RecordError(f"{folder / 'history.npz'} is no learning curve: {name} is no row of numbers")
    return found


def _held_out(history):
    """Return the part by which the run was looked at along the way."""
    return "validation" if "validation_accuracy" in history else "test"


def _losses(by_update, rates):
    """Return the measures of the losses by update, of which none need be finite."""
    finite = np.isfinite(by_update)
    good = by_update[finite] if finite.any() else np.full(1, np.nan)
    way, around = np.cumsum(rates[finite] if finite.any() else [1.0]), max(1, len(good) // AROUND)
    half = int(np.searchsorted(way, way[-1] / 2))
    return {
        "updates": len(by_update),
        "broke_at": None if finite.all() else int(np.argmin(finite)),
        "first_loss": float(by_update[0]),
        "half_loss": float(good[max(0, half - around) : half + around].mean()),
        "end_loss": float(good[-around:].mean()),
    }


def _looks(history, kept):
    """Return the measures of the looks; `kept` are the accuracies of the kept parameters, by part."""
    part = _held_out(history)
    held_out, dead = history[f"{part}_accuracy"], history["dead_fraction"]
    along = history.get("train_accuracy")
    train, beside = (kept["train"], kept[part]) if along is None else (along[-1], held_out[-1])
    return {
        "train": train + 0.0,
        "held_out": beside + 0.0,
        "fit": float(held_out[-1] if along is None else along[-1]),
        "final": float(held_out[-1]),
        "best": float(held_out.max()),
        "first_held_out": float(history[f"{part}_loss"][0]),
        "last_held_out": float(history[f"{part}_loss"][-1]),
        "dead_first": float(dead[0]),
        "dead": float(dead[-1]),
    }


def _weights(config, params, way, kept_first):
    """Return the measures of kept parameters beside the first, which are drawn again; `way` is the sum of all rates."""
    (D, H), C = params["W1"].shape, len(params["b2"])
    drawn, decayed = first_parameters(config, D, C), params if config.decay_biases else WEIGHTS
    first, kept = ({name: params_of[name].astype(float) for name in WEIGHTS} for params_of in (drawn, params))
    size = max(_size(first.values()), np.finfo(float).tiny)
    by_penalty = float(np.exp(-config.l2 * way / (1 - config.momentum)))  # of a weight that nothing else moves
    return {
        "moved": _size(kept[name] - first[name] for name in WEIGHTS) / size,
        "left": by_penalty if kept_first else _size(kept.values()) / size,
        "kept_first": kept_first,
        "start": size / (2 * (H + C)) ** 0.5,
        "alike": H > 1 and not (np.ptp(first["W1"], axis=1).any() or np.ptp(first["W2"], axis=0).any()),
        "penalty": float(l2_penalty((params[name].astype(float) for name in decayed), config.l2)),
    }


def _size(arrays):
    return float(sum(np.square(array).sum() for array in arrays) ** 0.5)


def _fits(scaling, name):
    """Return whether a scaling can be that of a run with this `input_scale`; others than these depend on its images."""
    return scaling == Scaling(name, 0.0, FACTORS[name]) if name in FACTORS else scaling.name == name
