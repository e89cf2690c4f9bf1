"""MNIST's preprocessing of drawings, and the network in 8 bits."""

import json

import numpy as np
import pytest

from twolayer.data import mnist
from twolayer.data.scaling import Scaling
from twolayer.figures import drawing as figures
from twolayer.network import TwoLayerNet
from twolayer.network.model import Model
from twolayer.page import drawing


def strokes(seed, side=280):
    """Return a made drawing: a few filled rectangles, of grey and black."""
    rng, made = np.random.default_rng(seed), np.zeros((side, side), np.uint8)
    for _ in range(rng.integers(1, 6)):
        top, left = rng.integers(0, side - 10, 2)
        height, width = rng.integers(1, side // 2, 2)
        made[top : top + height, left : left + width] = rng.integers(1, 256)
    return made


def centre(image):
    return np.array([image.sum(axis=1 - axis) @ np.arange(size) for axis, size in enumerate(image.shape)]) / image.sum()


@pytest.mark.parametrize("seed", range(20))
def test_the_centre_of_mass_is_in_the_middle(seed):
    box = drawing.boxed(strokes(seed))
    field = drawing.placed(box)
    assert field.shape == (28, 28) and field.dtype == np.uint8 and max(box.shape) == 20
    assert field.sum(dtype=int) == box.sum(dtype=int)  # nothing falls off
    reach = np.abs(centre(box) + 0.5 - np.array(box.shape) / 2).max() < 3.5  # else the field's edge stops it
    if reach:
        assert np.abs(centre(field) - 14).max() <= 0.5


def test_a_lopsided_drawing_stays_in_the_field():
    box = np.zeros((20, 20), np.uint8)
    box[0], box[:, 0] = 255, 255
    box[0, 19] = box[19, 0] = 1
    field = drawing.placed(box)
    assert (field[8:, 8:] == box).all() and field.sum(dtype=int) == box.sum(dtype=int)


@pytest.mark.parametrize("height, width", [(200, 100), (60, 180), (7, 7), (250, 10), (1, 1), (3, 280), (20, 13)])
def test_the_box_keeps_the_proportions(height, width):
    made = np.zeros((280, 280), np.uint8)
    made[15 : 15 + height, : min(width, 280)] = 255
    longer = max(height, width)
    box = drawing.boxed(made)
    wanted = [max(1, np.floor(20 * side / longer + 0.5)) for side in (height, width)]
    assert list(box.shape) == wanted and (box == 255).all()


def test_averages_are_those_of_areas():
    made = np.zeros((64, 64), np.uint8)
    made[3:53, 8:48] = np.random.default_rng(1).integers(1, 256, (50, 40))
    fine = np.kron(made[3:53, 8:48], np.ones((20, 16)))  # 1000 by 640: whole blocks of 50 by 40
    exact = fine.reshape(20, 50, 16, 40).mean(axis=(1, 3))
    assert np.array_equal(drawing.boxed(made), np.floor(exact + 0.5))


def test_a_centre_of_mass_between_two_pixels_is_put_before_the_middle():
    field = drawing.centred(np.pad(np.full((20, 19), 255, np.uint8), 4))
    assert list(centre(field)) == [13.5, 14]  # as MNIST has it


def test_an_empty_drawing_gives_zeros():
    assert not drawing.centred(np.zeros((280, 280), np.uint8)).any()
    assert drawing.boxed(np.zeros((28, 28), np.uint8)).shape == (0, 0)


def test_faint_ink_that_averages_to_nothing_gives_zeros():
    made = np.zeros((280, 280), np.uint8)
    made[0, 0] = made[-1, -1] = 1
    assert not drawing.centred(made).any()


def test_place_and_size_do_not_matter():
    digit = drawing.centred(strokes(3))
    moved = np.pad(np.kron(digit, np.ones((4, 4), np.uint8)), ((0, 60), (47, 13)))
    assert np.array_equal(drawing.centred(moved), digit)


def test_mnist_is_left_as_it_is(real_mnist):
    images = mnist.load("mnist").test_images[::5]
    changed = sum(not np.array_equal(drawing.centred(image), image) for image in images)
    assert changed <= 2  # of 2,000; a few are 19 pixels high


@pytest.fixture
def model():
    net = TwoLayerNet.initialized(36, 16, 3, np.random.default_rng(0))
    net.params["W1"][:, 4] = 0  # a unit without weights has no scale
    net.params["b1"][:] = np.linspace(-1, 1, 16)
    return Model(net, Scaling("standard", 33.0, 1 / 78))


def test_quantised_round_trip(model):
    packed = json.loads(json.dumps(drawing.quantised(model, ("a", "b", "c")), allow_nan=False))
    assert packed["hidden"] == 16 and packed["classes"] == ["a", "b", "c"]
    assert packed["shift"] == 33 and packed["factor"] == 1 / 78
    net, params = drawing.dequantised(packed), model.net.params
    assert net.dtype == np.float64
    step = np.abs(params["W1"]).max(axis=0) / 127
    assert (np.abs(net.params["W1"] - params["W1"]) <= step * (0.5 + 1e-5)).all()
    assert (np.abs(net.params["W1"]).max(axis=0) == pytest.approx(127 * step)) and not net.params["W1"][:, 4].any()
    for name in ("b1", "W2", "b2"):
        assert np.array_equal(net.params[name], params[name])
    again = drawing.quantised(Model(net, model.scaling), ("a", "b", "c"))
    assert again == packed  # what 8 bits can say stays as it is


def test_classes_have_numbers_where_they_have_no_names(model):
    assert drawing.quantised(model)["classes"] == ["0", "1", "2"]


def test_quantisation_hardly_changes_logits(model):
    pixels = np.random.default_rng(2).integers(0, 256, (50, 36), dtype=np.uint8)
    net = drawing.dequantised(drawing.quantised(model))
    exact = model.net.forward(model.scaling(pixels))[0]
    Z = net.forward(model.scaling(pixels, np.float64))[0]
    assert np.abs(Z - exact).max() < 0.02 * np.abs(exact).max()


def test_the_loudest_units(model):
    x = model.scaling(np.random.default_rng(3).integers(0, 256, 36, dtype=np.uint8))
    P, units, shares = drawing.explained(model.net, x, count=16)
    Z, caches = model.net.forward(x[None])
    parts = [caches[2][0][0, h] * model.net.params["W2"][h, Z.argmax()] for h in range(16)]
    positive = [part for part in parts if part > 0]
    assert P.sum() == pytest.approx(1) and P.argmax() == Z.argmax()
    assert [parts[h] for h in units] == sorted(positive, reverse=True) and len(positive) > 1
    assert shares == pytest.approx([parts[h] / sum(positive) for h in units]) and shares.sum() == pytest.approx(1)
    assert len(drawing.explained(model.net, x, count=1)[1]) == 1


def test_first_of_each():
    assert list(drawing.first_of_each(np.array([2, 0, 2, 1, 0]), 3)) == [1, 3, 0]
    assert list(drawing.first_of_each(np.array([2, 0, 2, 0]), 3)) == [1, 0]  # the second class has no image


def test_shrinking_takes_the_means_of_areas_and_moves_nothing():
    image = np.arange(120, dtype=np.uint8).reshape(12, 10)
    assert np.array_equal(drawing.shrunk(image, 12, 10), image)
    assert np.array_equal(drawing.shrunk(np.kron(image, np.ones((5, 7), np.uint8)), 12, 10), image)
    by_hand = [[(2 * 10 + 20) / 3, (20 + 2 * 30) / 3], [(2 * 40 + 50) / 3, (50 + 2 * 60) / 3]]  # 13.3, 26.7, 43.3, 56.7
    assert drawing.shrunk(np.array([[10, 20, 30], [40, 50, 60]], np.uint8), 2, 2).tolist() == [[13, 27], [43, 57]]
    assert np.abs(by_hand - np.array([[13, 27], [43, 57]])).max() < 0.5


def test_which_images_centring_leaves_alone():
    field = drawing.centred(np.pad(np.full((40, 30), 255, np.uint8), 20))
    moved = np.roll(field, 2, axis=1)
    assert drawing.left_alone(np.array([field, moved, np.zeros_like(field)])) == 2
    assert drawing.left_alone(np.zeros((5, 12, 10), np.uint8)) == 0


def test_colours_of_weights():
    colours = figures.colour_table()
    blue, red = colours[0].astype(int), colours[-1].astype(int)
    assert colours.shape == (256, 3) and colours.dtype == np.uint8
    assert blue[2] > blue[0] + 50 and red[0] > red[2] + 50 and colours[128].min() > 230
    assert figures.colour_limit(np.zeros((3, 2))) == 1 and figures.colour_limit(np.full((3, 2), -2.0)) == 2


def test_figures_draw(model):
    x = np.random.default_rng(3).integers(0, 256, 36, dtype=np.uint8)
    found = drawing.explained(model.net, model.scaling(x))
    drawn = figures.answer(x.reshape(6, 6), *found, model.net.params["W1"], "abc")
    titles = [axis.get_title() for axis in drawn.axes]
    assert "what the network sees" in titles and f"unit {found[1][0]}: {found[2][0]:.1%}" in titles
    made = strokes(3)
    drawn = figures.preprocessing(made, drawing.boxed(made), drawing.centred(made))
    assert [axis.get_title() for axis in drawn.axes][0] == "drawing, 280 by 280"
