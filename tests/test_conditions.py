"""What chapter 2 and appendix C say under a condition holds where the condition does, and fails where it does not."""

from math import sqrt
from types import SimpleNamespace

import numpy as np
import pytest

from formula import Formula
from test_formulas import EQUATIONS, update_matrix
from twolayer.curvature.spectrum import highest_rate
from twolayer.data.scaling import Scaling
from twolayer.network import TwoLayerNet
from twolayer.training.fast import FastSgd
from twolayer.training.pruning import PruningSgd
from twolayer.training.sgd import Sgd
from twolayer.training.sparsity import extents


def assign(tag, names):
    """Do the assignments of a printed equation, on `names`."""
    for line in EQUATIONS[tag].split(r"\\"):
        left, right = line.split(r"\leftarrow")
        names[left.strip("& \\\n")] = Formula(right, names).value()


@pytest.mark.parametrize("mu", [0.0, 0.1, 0.5, 0.9])
@pytest.mark.parametrize(("share", "shrinks"), [(0.01, True), (0.5, True), (0.99, True), (1.01, False), (-0.01, False)])
def test_descent_with_momentum_shrinks_up_to_the_limit_and_not_beyond(mu, share, shrinks):
    """(A.5), by updates of the library; a negative share is a direction that curves downwards."""
    update = update_matrix(mu, abs(share) * highest_rate(8.0, mu), np.sign(share) * 8.0)
    place, velocity = np.linalg.matrix_power(update, 2000) @ [1.0, 0.0]
    assert (max(abs(place), abs(velocity)) < 1e-3) == shrinks
    assert (np.abs(np.linalg.eigvals(update)).max() < 1) == shrinks


def dead_unit(rng, bias):
    """A network whose only hidden unit is off for all of 20 inputs, and these."""
    X = rng.standard_normal((20, 3))
    W1 = rng.standard_normal((3, 1))
    X -= np.maximum(X @ W1 + bias + 0.01, 0) * W1.T / np.sum(W1**2)  # no further than it takes
    params = {"W1": W1, "b1": np.array([bias]), "W2": rng.standard_normal((1, 2)), "b2": np.zeros(2)}
    assert (X @ W1 + bias < 0).all()
    return params, X


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(
    ("bias", "penalty", "comes_back"),
    [
        (0.3, {"l2": 0.5}, True),
        (0.0, {"l2": 0.5}, False),
        (-0.3, {"l2": 0.5}, False),
        (0.3, {"l2": 0.0}, False),
        (0.3, {"l2": 0.5, "decay_biases": True}, False),
    ],
)
def test_a_dead_unit_comes_back_if_its_weights_alone_decay_and_its_bias_is_positive(seed, bias, penalty, comes_back):
    params, X = dead_unit(np.random.default_rng(seed), bias)
    step, back = Sgd(TwoLayerNet(params, **penalty)), False
    for _ in range(300):
        step(X, np.arange(20) % 2, 0.1)
        back = back or (X @ params["W1"] + params["b1"] > 0).any()
    assert back == comes_back


@pytest.mark.parametrize("mu", [0.3, 0.5, 0.9])
@pytest.mark.parametrize(("share", "stays"), [(0.2, True), (0.9999, True), (1.05, False), (3.0, False)])
def test_the_factor_of_the_parameters_stays_away_from_0_under_a_weak_decay(mu, share, stays):
    """(C.2): never below the root of mu while eta lambda <= (1 - sqrt(mu))^2; else it comes to 0 or below."""
    names = {"mu": mu, "eta": 0.1, "lambda": share * (1 - sqrt(mu)) ** 2 / 0.1, "xi": 0.0, "delta": 0.0, "g": 0.0}
    names["theta"], lowest = 1.0, 1.0
    for _ in range(1000):
        assign("C.2", names)
        lowest = min(lowest, names["rho"])
    assert (lowest >= sqrt(mu)) == stays == (lowest > 0)


@pytest.mark.parametrize(("decay", "falls_back"), [(0.002, False), (0.1, True), (1.0, True)])
def test_the_code_leaves_the_equation_where_it_would_divide_by_little(decay, falls_back):
    rng, names = np.random.default_rng(0), {"mu": 0.9, "eta": 1.0, "lambda": decay, "g": 0.0, "theta": 1.0}
    net = TwoLayerNet.initialized(5, 4, 3, rng, dtype=np.float64, l2=decay, decay_biases=True)
    step, factors = FastSgd(net, Scaling("raw", 0.0, 1.0), 6, 0.9), []
    for _ in range(30):
        step(np.zeros((6, 5), np.uint8), np.arange(6) % 3, 1.0)
        factors.append(step.descent.factor)
    assert min(factors) >= 0.5 and (1.0 in factors) == falls_back
    if decay == 1.0:  # rho is 0 at once
        with pytest.raises(ZeroDivisionError):
            assign("C.2", names | {"xi": 0.0, "delta": 0.0})


@pytest.mark.parametrize(("scale", "holds"), [("raw", True), ("unit", True), ("standard", False)])
def test_pixels_of_0_may_be_left_out_where_nothing_is_subtracted_from_them(scale, holds):
    rng = np.random.default_rng(0)
    pixels = rng.integers(1, 256, (4, 5), dtype=np.uint8) * (np.arange(5) < np.arange(4)[:, None])
    X, W, b = Scaling.fit(scale, pixels)(pixels, float), rng.standard_normal((5, 3)), rng.standard_normal(3)
    names = {"X": X, "W_1": W, "b_1": b, "K": extents(pixels)}
    right = EQUATIONS["C.3"].split("=", 1)[1]
    printed = [[Formula(right, names, {"i": i, "j": j}).value() for j in range(3)] for i in range(4)]
    assert np.allclose(printed, X @ W + b) == holds


CASES = {  # momentum, l2, biases decay, rate; whether (C.4) holds and the unit stays off
    "the homework's protocol": (0.0, 0.5, True, 0.1, True),
    "no penalty": (0.0, 0.0, False, 0.1, True),
    "momentum": (0.9, 0.5, True, 0.1, False),
    "weights alone decay": (0.0, 0.5, False, 0.1, False),
    "a decay that overshoots": (0.0, 15.0, True, 0.1, False),
}


@pytest.mark.parametrize("case", CASES)
def test_units_are_off_for_good_under_the_conditions_and_are_taken_out_only_then(case):
    momentum, l2, decay_biases, rate, for_good = CASES[case]
    params, X = dead_unit(np.random.default_rng(0), 0.3)
    net = TwoLayerNet(params, l2=l2, decay_biases=decay_biases)
    step, names = Sgd(net, momentum), {"eta": rate, "lambda": l2, "z": X @ params["W1"] + params["b1"]}
    for _ in range(3):  # with momentum the first update is still that of (C.4)
        step(X[:10], np.arange(10) % 2, rate)  # the other ten are not trained on: the equation is for any image
        assign("C.4", names)
    z = X @ params["W1"] + params["b1"]
    assert (np.allclose(z, names["z"]) and bool((z < 0).all())) == for_good
    config = SimpleNamespace(batch=10, momentum=momentum, lr=rate)
    assert PruningSgd(net, Scaling("raw", 0.0, 1.0), config, []).possible == for_good


def test_a_decay_that_overshoots_switches_a_dead_unit_on_for_every_image():
    params, X = dead_unit(np.random.default_rng(0), 0.3)
    names = {"eta": 0.1, "lambda": 15.0, "z": X @ params["W1"] + params["b1"]}
    Sgd(TwoLayerNet(params, l2=15.0, decay_biases=True))(X, np.arange(20) % 2, 0.1)
    assign("C.4", names)
    np.testing.assert_allclose(X @ params["W1"] + params["b1"], names["z"], rtol=1e-12)
    assert (names["z"] > 0).all()


def test_a_velocity_carries_a_unit_back():
    params, X = dead_unit(np.random.default_rng(0), -0.3)
    step = Sgd(TwoLayerNet(params), momentum=0.9)
    step.velocity["b1"][:] = 1.0  # of earlier gradients
    step(X, np.arange(20) % 2, 0.1)
    assert (X @ params["W1"] + params["b1"] > 0).any()
