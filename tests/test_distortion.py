"""Images that are distorted, and made alike."""

import numpy as np
import pytest

from twolayer.frontier import normal
from twolayer.frontier.distortion import LOST, Distortion, looked_up, smoothing_roots

SHAPE = (28, 28)


@pytest.fixture
def rng():
    return np.random.default_rng(1)


def far_smoothed(width, length, rng, count):
    """Return white noise on a long line, smoothed by a sampled Gaussian and scaled to variance 1; its middle."""
    reach = np.arange(-int(5 * width), int(5 * width) + 1)
    weights = np.exp(-(reach**2) / (2 * width**2))
    noise = rng.standard_normal((count, length + 2 * (len(reach) // 2)))
    smooth = np.array([np.convolve(line, weights, "valid") for line in noise])
    return smooth / np.sqrt((weights**2).sum())


@pytest.mark.parametrize("width", [2, 4, 8])
def test_roots_have_the_correlations_of_smoothed_noise(width, rng):
    roots = smoothing_roots(28, width)
    lines = far_smoothed(width, 28, rng, 4000)
    measured = lines.T @ lines / len(lines)
    assert np.abs(roots @ roots.T - measured).max() < 6 * (2 / len(lines)) ** 0.5
    assert abs(1 - (roots**2).sum() / 28) <= LOST / 2 and roots.shape[1] < 28


def test_the_elastic_field_is_as_strong_as_it_says_everywhere(rng):
    distort = Distortion(SHAPE, elastic=1.5, width=4)
    down, across = distort.displacements(distort.coefficients(4000, rng))
    for field in (down, across):
        strength = np.sqrt((field**2).mean(axis=0))
        assert np.abs(strength - 1.5).max() < 0.12 and np.sqrt((field**2).mean()) == pytest.approx(1.5, rel=0.02)
    assert abs((down * across).mean()) < 0.05  # rows and columns are drawn apart


@pytest.mark.parametrize("strength", ["turn", "stretch", "shear", "shift"])
def test_the_affine_field_is_its_matrix(strength, rng):
    distort = Distortion(SHAPE, **{strength: 0.1 if strength != "turn" else 10})
    down, across = distort.displacements(distort.coefficients(50, rng))
    rows, columns = (axis.ravel() - 13.5 for axis in np.indices(SHAPE))
    places = np.stack([rows, columns, np.ones_like(rows)])
    for field, of in ((down, 0), (across, 1)):
        found, *_ = np.linalg.lstsq(places.T, field.T, rcond=None)
        assert np.abs(places.T @ found - field.T).max() < 1e-4  # nothing but such a map
        matrix = found.T + np.eye(3)[of]
        if strength == "turn":
            assert np.abs(np.linalg.norm(matrix[:, :2], axis=1) - 1).max() < 1e-4
            assert np.abs(matrix[:, 1 - of]).max() <= np.sin(np.radians(10)) + 1e-5
        if strength == "shift":
            assert np.abs(found[2]).max() <= 0.1 and np.abs(found[:2]).max() < 1e-6
        if strength == "stretch":
            assert 0.02 < np.abs(found[of]).max() <= 0.1 + 1e-6 and np.abs(found[1 - of]).max() < 1e-6
        if strength == "shear":
            assert np.abs(found[1 - of]).max() <= (0.1 if of else 0) + 1e-6


def test_looking_elsewhere_by_hand():
    image = np.array([[10, 20], [30, 40]], np.uint8).reshape(1, 4)
    still = [np.zeros((1, 4), np.float32) for _ in range(2)]
    assert looked_up(image, (2, 2), *still).tolist() == [[10, 20, 30, 40]]
    down, across = np.array([[0, 1, 0, 0.5]], np.float32), np.array([[0.5, 0, -0.25, 0]], np.float32)
    # between 10 and 20; one lower; a quarter of paper; half of paper below
    assert looked_up(image, (2, 2), down, across).tolist() == [[15, 40, 22.5, 20]]
    far = np.array([[-9, 9, 9, -9]], np.float32)
    assert looked_up(image, (2, 2), far, -far).tolist() == [[0, 0, 0, 0]]


def test_nothing_is_distorted_by_nothing(rng):
    pixels = rng.integers(0, 256, (6, 784), dtype=np.uint8)
    np.testing.assert_allclose(Distortion(SHAPE)(pixels, rng), pixels, atol=1e-2)


def bar(slant, width=3):
    """Return an image of a bar that leans by so many columns a row."""
    rows, columns = np.indices(SHAPE)
    inside = (np.abs(columns - 13.5 - slant * (rows - 13.5)) < width / 2) & (rows > 4) & (rows < 23)
    return (255 * inside).astype(np.uint8).reshape(1, -1)


def slant_of(image):
    rows, columns = np.nonzero(image.reshape(SHAPE) > 100)
    return np.polyfit(rows, columns, 1)[0]


@pytest.mark.parametrize("slant", [-0.4, 0, 0.3])
def test_digits_are_put_upright(slant):
    assert slant_of(bar(slant)) == pytest.approx(slant, abs=0.03)
    assert abs(slant_of(normal.prepare(bar(slant), SHAPE, "upright"))) < 0.03


@pytest.mark.parametrize("width", normal.WIDTHS)
def test_digits_get_one_width(width):
    found = normal.prepare(bar(0.3), SHAPE, f"width{width}").reshape(SHAPE)
    columns = np.flatnonzero(found.max(axis=0) > 127)
    assert abs(columns[-1] - columns[0] + 1 - width) <= 1 and abs((columns[-1] + columns[0]) / 2 - 13.5) <= 0.5


@pytest.mark.parametrize("how", normal.PREPARED)
def test_an_empty_image_stays_empty(how):
    assert not normal.prepare(np.zeros((2, 784), np.uint8), SHAPE, how).any()
