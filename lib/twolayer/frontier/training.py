"""One run of a recipe in memory, from its parameters to what it found."""

import math
import time
from dataclasses import dataclass

import numpy as np

from ..data.dataset import Dataset
from ..network.initialization import initial_parameters
from ..network.layers import affine_forward, relu_forward, softmax
from ..training.schedules import SCHEDULES
from .adversarial import harden_half
from .distortion import Distortion
from .layers import mixed, targets
from .normal import prepare
from .recipe import DISTORTIONS, Recipe
from .updates import Batch, Updates

AVERAGE_EVERY = 10  # updates between two looks of the moving average
INK = 255.0
PART = 2000  # images at a time, where all are looked at


@dataclass(frozen=True)
class Run:
    """A finished run in memory; its history has an entry a look."""

    recipe: Recipe
    history: dict  # name to array: epoch, seconds, loss (mean since the last look), validation_error, test_error
    params: dict  # the moving average, if there is one
    probabilities: dict  # name of a part to (N, C)
    seconds: dict  # training and, of it, distorting
    dataset: Dataset


def run(recipe, dataset, teacher=None, say=None):
    """Train as `recipe` says on `dataset`.

    Parameters
    ----------
    recipe : Recipe
    dataset : Dataset
    teacher : callable, optional
        Takes distorted images (B, D), in levels of grey, and returns probabilities (B, C).
    say : callable, optional
        Told a line a look.
    """
    examples = _Examples(recipe, dataset, teacher)
    D, C = examples.pixels.shape[1], dataset.n_classes
    params = initial_parameters("he", D, recipe.hidden, C, examples.rng["first"], np.float32)
    step, parts = Updates(params, recipe), _parts(recipe, dataset)
    average, history, losses, began = _Average(step, recipe, examples.per_epoch), [], [], time.process_time()
    updates, rate = recipe.epochs * examples.per_epoch, SCHEDULES[recipe.schedule]
    for t, batch in enumerate(examples.batches(updates)):
        if recipe.adversarial:
            harden_half(step.params, batch, recipe.adversarial)
        losses.append(step(batch, rate(recipe.lr, t, updates, recipe)))
        average(t + 1, is_last=t + 1 == updates)
        epoch, left = divmod(t + 1, examples.per_epoch)
        if left == 0 and (epoch % recipe.look_every == 0 or epoch == recipe.epochs):
            seconds = time.process_time() - began
            wrong = {f"{name}_error": _error(average.params, *part) for name, part in parts.items()}
            history.append({"epoch": epoch, "seconds": seconds, "loss": float(np.mean(losses))} | wrong)
            losses = []
            if say:
                say(history[-1])
            if not math.isfinite(history[-1]["loss"]):
                break
    seconds = {"training": time.process_time() - began, "distorting": examples.seconds}
    columns = {name: np.array([row[name] for row in history]) for name in history[0]}
    probabilities = {name: answers(average.params, pixels) for name, (pixels, _) in parts.items()}
    return Run(recipe, columns, average.params, probabilities, seconds, dataset)


def answers(params, pixels):
    """Return the probabilities (N, C) of a network for images (N, D), in levels of grey."""
    found = []
    for start in range(0, len(pixels), PART):
        X = pixels[start : start + PART] * np.float32(1 / INK)
        A1 = relu_forward(affine_forward(X, params["W1"], params["b1"])[0])[0]
        found.append(softmax(affine_forward(A1, params["W2"], params["b2"])[0]))
    return np.concatenate(found)


def _error(params, pixels, labels):
    return float((answers(params, pixels).argmax(axis=1) != labels).mean())


def _parts(recipe, dataset):
    names = ["validation"] * (recipe.fit_on == "train") + ["test"] * recipe.open_test
    parts = {name: dataset.part(name, recipe.seed) for name in names}
    shape = dataset.image_shape
    return {name: (prepare(pixels, shape, recipe.prepared), labels) for name, (pixels, labels) in parts.items()}


class _Average:
    """The moving average of parameters, equation (9.8); without one, the parameters themselves."""

    def __init__(self, step, recipe, per_epoch):
        self.step, self.params, self.memory = step, step.params, recipe.average * per_epoch / AVERAGE_EVERY
        if self.memory:
            self.params = {name: value.copy() for name, value in step.params.items()}

    def __call__(self, done, is_last):
        if not self.memory or (done % AVERAGE_EVERY and not is_last):
            return
        looks = -(-done // AVERAGE_EVERY)
        new = min(1, max(1 / self.memory, 1 / looks))  # a plain mean until there is as much to remember
        for name, value in self.params.items():
            value[...] = averaged(value, self.step.params[name], new)


def averaged(average, newest, share):
    """Return a moving average after a look, equation (9.8); `share` is that of the newest."""
    return average + share * (newest - average)


class _Examples:
    """What a run learns from: its batches, drawn from a generator for each kind of chance."""

    def __init__(self, recipe, dataset, teacher):
        pixels, self.labels = dataset.part(recipe.fit_on, recipe.seed)
        self.pixels = prepare(pixels, dataset.image_shape, recipe.prepared)
        self.recipe, self.teacher, self.classes = recipe, teacher, dataset.n_classes
        self.per_epoch = max(1, len(self.labels) // recipe.batch)
        kinds = ("first", "order", "masks", "distortions", "mixing")
        self.rng = dict(zip(kinds, np.random.default_rng(recipe.seed).spawn(len(kinds)), strict=True))
        strengths = {name: getattr(recipe, name) for name in DISTORTIONS}
        self.distort = Distortion(dataset.image_shape, width=recipe.smooth, **strengths) if recipe.distorted else None
        self.seconds = 0.0

    def batches(self, updates):
        """Yield so many."""
        B = self.recipe.batch
        for t in range(updates):
            if t % self.per_epoch == 0:
                order = self.rng["order"].permutation(len(self.labels))[: self.per_epoch * B].reshape(-1, B)
            yield self._batch(order[t % self.per_epoch])

    def _batch(self, index):
        recipe = self.recipe
        X, T = self._images(index), targets(self.labels[index], self.classes, recipe.smoothing, np.float32)
        if recipe.mixing:
            rng = self.rng["mixing"]
            X, T = mixed(X, T, rng.beta(recipe.mixing, recipe.mixing, len(X)), rng.permutation(len(X)))
        Q = self.teacher(X) if self.teacher else None
        X *= np.float32(1 / INK)
        kept = self._kept(X.shape, recipe.keep_inputs), self._kept((len(X), recipe.hidden), recipe.keep_hidden)
        return Batch(X, T, kept, Q)

    def _images(self, index):
        pixels = self.pixels.take(index, axis=0)
        if self.distort is None:
            return pixels.astype(np.float32)
        began = time.process_time()
        found = self.distort(pixels, self.rng["distortions"])
        self.seconds += time.process_time() - began
        return found

    def _kept(self, shape, share):
        """Return a mask that keeps a share, a multiple of 1/256."""
        if share == 1:
            return None
        drawn = np.frombuffer(self.rng["masks"].bytes(math.prod(shape)), np.uint8).reshape(shape)
        return drawn < 256 * share
