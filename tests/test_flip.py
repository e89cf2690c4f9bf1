"""The smallest change of an image that flips an answer."""

import numpy as np
import pytest

from twolayer.data.scaling import Scaling
from twolayer.network import TwoLayerNet
from twolayer.page import flip


def network(seed, pixels=9, hidden=20, classes=4):
    """Return W1, b1, W2 and b2 of a made network of pixels as they are."""
    rng = np.random.default_rng(seed)
    W1 = rng.normal(size=(pixels, hidden)) / 255
    return W1, 0.3 * rng.normal(size=hidden), rng.normal(size=(hidden, classes)), rng.normal(size=classes)


def answer(parameters, image):
    return int(flip.forward(parameters, image)[1].argmax())


@pytest.mark.parametrize("seed", range(20))
def test_the_nearest_change_is_the_clipped_slope_that_gives_what_is_needed(seed):
    rng = np.random.default_rng(seed)
    x, slope = rng.integers(0, 256, 30).astype(float), rng.normal(size=30) * (rng.random(30) < 0.8)
    most = np.where(slope > 0, slope * (255 - x), -slope * x).sum()
    change = flip.nearest(x, slope, need := rng.uniform(0.01, 0.99) * most)
    assert slope @ change == pytest.approx(need) and (x + change).min() >= 0 and (x + change).max() <= 255
    free = (x + change > 1e-9) & (x + change < 255 - 1e-9) & (slope != 0)
    t = (change[free] / slope[free]).mean()
    assert change[free] == pytest.approx(t * slope[free])  # as Lagrange has it: one multiplier where nothing ends
    assert (np.abs(change[~free]) <= np.abs(t * slope[~free]) + 1e-9).all()
    assert flip.nearest(x, slope, 1.01 * most) is None and not flip.nearest(x, slope, -1).any()


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize(("hidden", "classes"), [(20, 4), (2, 30)])  # of many classes several pass on one linear piece
def test_where_an_answer_first_changes_on_the_way(seed, hidden, classes):
    parameters, rng = network(seed, hidden=hidden, classes=classes), np.random.default_rng(seed)
    x = rng.uniform(0, 255, 9)
    change = rng.uniform(0, 255, 9) - x
    was = answer(parameters, x)
    shares = np.linspace(0, 1, 20_001)
    found = np.array([answer(parameters, x + share * change) for share in shares])
    share, label = flip.crossing(parameters, x, change, was)
    if (found == was).all():
        assert (share, label) == (np.inf, was)
        return
    first = int((found != was).argmax())
    assert shares[first - 1] <= share <= shares[first] and label == found[first]


def test_of_a_linear_network_it_is_the_projection_on_the_nearest_class():
    W1, b1, W2, b2 = network(1)
    b1 = b1 + 100  # all units are on, everywhere
    x = np.full(9, 127.0)
    W = W1 @ W2
    logits = x @ W + b1 @ W2 + b2
    b2 = b2 - logits + [0, 0.05, 0.04, 0.03]  # so that the range of pixels does not matter
    found = flip.smallest((W1, b1, W2, b2), x)
    gaps, slopes = 0.05 - np.array([0, 0.05, 0.04, 0.03]), W - W[:, [1]]
    others = [0, 2, 3]
    lengths = gaps[others] / np.linalg.norm(slopes[:, others], axis=0)
    assert (found.was, found.label) == (1, others[lengths.argmin()])
    assert found.length == pytest.approx(lengths.min(), rel=1e-5)
    np.testing.assert_allclose(
        found.change / found.length, slopes[:, found.label] / np.linalg.norm(slopes[:, found.label])
    )


def test_of_two_pixels_what_is_found_is_the_shortest():
    levels = np.linspace(0, 255, 256)
    grid, ratios = np.stack(np.meshgrid(levels, levels), axis=-1).reshape(-1, 2), []
    for seed in range(20):
        W1, b1, W2, b2 = parameters = network(seed, pixels=2, hidden=6)
        x = np.random.default_rng(seed).integers(60, 196, 2).astype(float)
        others = (np.maximum(grid @ W1 + b1, 0) @ W2 + b2).argmax(axis=1) != answer(parameters, x)
        found = flip.smallest(parameters, x)
        if not others.any():
            assert found is None
            continue
        shortest = np.linalg.norm(grid[others] - x, axis=1).min()
        assert found is None or found.length > shortest - 1.5  # from one point of the grid to the next
        ratios.append(np.inf if found is None else found.length / shortest)
    ratios = np.array(ratios)
    assert np.isfinite(ratios).mean() > 0.7 and ratios[np.isfinite(ratios)].max() < 1.05


@pytest.mark.parametrize("seed", range(10))
def test_it_flips_and_less_of_it_does_not(seed):
    parameters = network(seed, pixels=50)
    x = np.random.default_rng(seed).integers(0, 256, 50).astype(float)
    found = flip.smallest(parameters, x)
    assert answer(parameters, x) == found.was and answer(parameters, x + found.change) == found.label != found.was
    assert all(answer(parameters, x + share * found.change) == found.was for share in (0.1, 0.5, 0.9, 0.9999))
    assert (x + found.change).min() >= -1e-9 and (x + found.change).max() <= 255 + 1e-9


def test_where_nothing_flips_there_is_none():
    W1, b1, W2, b2 = network(0)
    assert flip.smallest((W1, b1, 0 * W2, b2), np.full(9, 100.0)) is None


def test_a_folded_network_takes_pixels_as_they_are():
    W1, b1, W2, b2 = network(3)
    net, scaling = TwoLayerNet({"W1": W1, "b1": b1, "W2": W2, "b2": b2}), Scaling("standard", 33.0, 1 / 78)
    pixels = np.random.default_rng(4).integers(0, 256, 9, dtype=np.uint8)
    expected = net.forward(scaling(pixels[None], np.float64))[0][0]
    np.testing.assert_allclose(flip.forward(flip.folded(net, scaling), pixels.astype(float))[1], expected)
