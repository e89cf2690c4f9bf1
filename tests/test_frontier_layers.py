"""What the recipes of chapter 9 add to the layers, and their updates."""

import numpy as np
import pytest

from twolayer.checking.gradient_check import numerical_gradient, relative_error
from twolayer.frontier import adversarial, layers, updates
from twolayer.frontier.recipe import PARAMETERS, Recipe, check
from twolayer.network.initialization import initial_parameters
from twolayer.training.parameters import ParameterError


@pytest.fixture
def rng():
    return np.random.default_rng(1)


def test_dropout_by_hand():
    A, mask = np.array([[1.0, 2.0, 3.0]]), np.array([[True, False, True]])
    out, cache = layers.dropout_forward(A, mask, 0.5)
    assert out.tolist() == [[2, 0, 6]]
    assert layers.dropout_backward(np.array([[1.0, 5.0, -1.0]]), cache).tolist() == [[2, 0, -2]]


def test_dropout_is_right_on_average(rng):
    A, keep = rng.standard_normal((1, 4)), 0.7
    outs = [layers.dropout_forward(A, rng.random(A.shape) < keep, keep)[0] for _ in range(20_000)]
    deviation = np.abs(A) * ((1 - keep) / keep / len(outs)) ** 0.5
    assert (np.abs(np.mean(outs, axis=0) - A) < 5 * deviation).all()


def test_targets_by_hand():
    assert layers.targets(np.array([1, 0]), 2).tolist() == [[0, 1], [1, 0]]
    np.testing.assert_allclose(layers.targets(np.array([2]), 4, 0.2), [[0.05, 0.05, 0.85, 0.05]])
    assert layers.targets(np.array([0]), 3, 0.1, np.float32).dtype == np.float32


def test_mixing_by_hand():
    X, T, order = np.array([[0.0, 8.0], [4.0, 0.0]]), np.eye(2), np.array([1, 0])
    mixed, targets = layers.mixed(X, T, np.array([0.75, 1.0]), order)
    assert mixed.tolist() == [[1, 6], [4, 0]] and targets.tolist() == [[0.75, 0.25], [0, 1]]


def test_columns_are_held_to_a_norm():
    W = np.array([[3.0, 0.3, 0.0], [4.0, 0.4, 0.0]])
    np.testing.assert_allclose(layers.limited(W, 2.0), [[1.2, 0.3, 0], [1.6, 0.4, 0]])


def test_gradient_for_the_pixels(rng):
    params = initial_parameters("he", 6, 9, 4, rng, np.float64)
    X, T = rng.random((5, 6)), rng.dirichlet(np.ones(4), 5)

    def loss():
        A1 = np.maximum(X @ params["W1"] + params["b1"], 0)
        return layers.soft_cross_entropy(A1 @ params["W2"] + params["b2"], T)[0]

    dX = adversarial.input_gradient(params, X, T)
    assert relative_error(dX, numerical_gradient(loss, X, 1e-5)) < 1e-6
    before, size = loss(), 1e-4
    inside = np.clip(X, size, 1 - size)
    X[:] = adversarial.hardened(inside, dX, size)
    assert loss() - before == pytest.approx(size * np.abs(dX).sum(), rel=0.01)  # as much as so small a change can do


def test_hardened_by_hand():
    X, dX = np.array([[0.5, 0.95, 0.05, 0.5]]), np.array([[3.0, 0.1, -9.0, 0.0]])
    np.testing.assert_allclose(adversarial.hardened(X, dX, 0.1), [[0.6, 1, 0, 0.5]])


def test_half_of_a_batch_is_hardened(rng):
    params = initial_parameters("he", 6, 9, 4, rng, np.float64)
    X, T = rng.random((5, 6)), rng.dirichlet(np.ones(4), 5)
    batch = updates.Batch(X.copy(), T, (None, None))
    adversarial.harden_half(params, batch, 0.1)
    assert (batch.X[3:] == X[3:]).all() and (batch.X[:3] != X[:3]).all() and np.abs(batch.X - X).max() <= 0.1 + 1e-12


@pytest.mark.parametrize("size", [0, 1, 1000])
def test_gradient_of_the_cross_entropy_with_any_targets(rng, size):
    Z, T = size * rng.standard_normal((5, 4)), rng.dirichlet(np.ones(4), 5)
    _, dZ = layers.soft_cross_entropy(Z, T)
    numeric = numerical_gradient(lambda: layers.soft_cross_entropy(Z, T)[0], Z, 1e-5)
    assert relative_error(dZ, numeric) < 1e-6


@pytest.mark.parametrize("temperature", [0.5, 1, 4])
@pytest.mark.parametrize("share", [0, 0.3, 1])
def test_gradient_of_a_pupils_loss(rng, temperature, share):
    Z, T, Q = rng.standard_normal((5, 4)), np.eye(4)[rng.integers(0, 4, 5)], rng.dirichlet(np.ones(4), 5)
    _, dZ = layers.distillation(Z, T, Q, temperature, share)
    numeric = numerical_gradient(lambda: layers.distillation(Z, T, Q, temperature, share)[0], Z, 1e-5)
    assert relative_error(dZ, numeric) < 1e-6


def test_a_pupil_that_answers_as_its_teacher_learns_nothing_from_it(rng):
    Z = rng.standard_normal((5, 4))
    Q = np.exp(Z / 3) / np.exp(Z / 3).sum(axis=1, keepdims=True)
    assert np.abs(layers.distillation(Z, Q, Q, 3, 1)[1]).max() < 1e-16


# Updates

RECIPES = {
    "plain": {},
    "dropout": {"drop_inputs": 0.2, "drop_hidden": 0.5},
    "norm": {"norm": 0.5, "drop_hidden": 0.25},
    "penalty": {"l2": 0.1, "momentum": 0.0},
    "adam": {"optimizer": "adam", "lr": 0.01, "momentum": 0.9},
    "pupil": {"teacher": "committee", "taught": 0.6, "temperature": 3.0},
    "smoothed": {"smoothing": 0.2},
}


def batch_of(recipe, rng, D, C):
    X, T = rng.random((recipe.batch, D)), layers.targets(rng.integers(0, C, recipe.batch), C, recipe.smoothing)
    kept = [None if keep == 1 else rng.random((recipe.batch, width)) < keep
            for keep, width in ((recipe.keep_inputs, D), (recipe.keep_hidden, recipe.hidden))]  # fmt: skip
    return updates.Batch(X, T, tuple(kept), rng.dirichlet(np.ones(C), recipe.batch) if recipe.taught else None)


@pytest.mark.parametrize("name", RECIPES)
def test_gradients_are_those_of_the_loss(name, rng):
    recipe = Recipe.resolve(**RECIPES[name] | {"hidden": 6, "batch": 5})
    params = initial_parameters("he", 7, 6, 3, rng, np.float64)
    batch = batch_of(recipe, rng, 7, 3)
    _, grads = updates.gradients(params, batch, recipe)

    def objective():
        penalty = recipe.l2 / 2 * sum((params[name] ** 2).sum() for name in ("W1", "W2"))
        return updates.gradients(params, batch, recipe)[0] + penalty

    for name_of, value in params.items():
        assert relative_error(grads[name_of], numerical_gradient(objective, value)) < 1e-6


@pytest.mark.parametrize("name", RECIPES)
def test_the_fast_update_is_the_reference(name, rng):
    recipe = Recipe.resolve(**RECIPES[name] | {"hidden": 6, "batch": 5})
    params = initial_parameters("he", 7, 6, 3, rng, np.float64)
    reference = {one: value.copy() for one, value in params.items()}
    moments = {one: [np.zeros_like(value), np.zeros_like(value)] for one, value in params.items()}
    step = updates.Updates(params, recipe)
    for t in range(1, 26):
        batch, rate = batch_of(recipe, rng, 7, 3), recipe.lr / t
        loss, grads = updates.gradients(reference, batch, recipe)
        for one, value in reference.items():
            first, second = moments[one]
            if recipe.optimizer == "adam":
                first[:] = recipe.momentum * first + (1 - recipe.momentum) * grads[one]
                second[:] = updates.BETA2 * second + (1 - updates.BETA2) * grads[one] ** 2
                mean, square = first / (1 - recipe.momentum**t), second / (1 - updates.BETA2**t)
                value -= rate * mean / (np.sqrt(square) + updates.EPSILON)
            else:
                first[:] = recipe.momentum * first - rate * grads[one]
                value += first
        if recipe.norm and t % updates.LIMIT_EVERY == 0:
            reference["W1"][:] = layers.limited(reference["W1"], recipe.norm)
        assert step(batch, rate) == pytest.approx(loss, rel=1e-12)
    for one, value in reference.items():
        np.testing.assert_allclose(step.params[one], value, rtol=1e-9, atol=1e-12)
    assert recipe.norm == 0 or np.linalg.norm(step.params["W1"], axis=0).max() > 0.4


# Recipes


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"hiden": 3}, "unknown parameter 'hiden'; did you mean 'hidden'?"),
        ({"drop_inputs": 1}, "drop_inputs must be a number from 0 and below 1, not 1"),
        ({"fit_on": "all"}, "open_test must be true where fit_on is all"),
        ({"taught": 0.5}, "taught must be above 0 with a teacher and 0 without, not 0.5 where teacher is nobody"),
        ({"temperature": 2}, "temperature acts only with a teacher: leave it out"),
        ({"smooth": 5}, "smooth acts only with elastic above 0"),
        ({"schedule": "constant", "warmup": 0.1}, "warmup acts only with the schedule cosine"),
        ({"drop_hidden": 0.999}, "drop_hidden must be 0, or from 1/256 to 255/256, not 0.999"),
        ({"drop_inputs": 0.001}, "drop_inputs must be 0, or from 1/256 to 255/256, not 0.001"),
        ({"prepared": "width11"}, "prepared must be one of plain, upright, width10"),
    ],
)
def test_what_cannot_be_is_refused(changed, sentence):
    with pytest.raises(ParameterError, match=sentence.replace("?", "\\?")):
        Recipe.resolve(**changed)


def test_every_parameter_is_one_of_the_recipe():
    assert list(Recipe.resolve().as_dict()) == list(PARAMETERS)


def test_the_batch_fits_the_images(real_mnist):
    with pytest.raises(ParameterError, match="batch must be at most the 48000 training images"):
        check({"batch": 50_000})
    assert set(check({})) == {"data"}
