"""Diagrams and pictures of descent: what is drawn is what the library computes, fits, and can be read on a phone."""

from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.patches import Rectangle, StepPatch
from matplotlib.text import Annotation, Text

from twolayer.checking.gradient_check import numerical_gradient
from twolayer.curvature import toy
from twolayer.figures import curvature, descent, diagram, graph, network, nudge, trace
from twolayer.network import TwoLayerNet, layers
from twolayer.training.sgd import Sgd, train

PHONE, SMALLEST = 350, 8.4  # CSS pixels: the width of a figure on a phone, and of letters that one reads there


def integers():
    """The chapter's network of integers, and its two examples."""
    params = {"W1": [[1, -1], [2, 1]], "b1": [1, 1], "W2": [[1, 0], [-1, 1]], "b2": [0, 2]}
    net = TwoLayerNet({name: np.array(array, float) for name, array in params.items()}, l2=1 / 4)
    return net, np.array([[1.0, 2.0], [3.0, -1.0]]), np.array([0, 1])


def drawn_at_random():
    rng = np.random.default_rng(2)
    net = TwoLayerNet.initialized(2, 2, 2, rng, dtype=np.float64, l2=0.3)
    net.params["b1"] += rng.standard_normal(2)
    net.params["b2"] += rng.standard_normal(2)
    return net, rng.standard_normal((2, 2)), np.array([1, 0])


NETWORKS = {"integers": integers, "random": drawn_at_random}
PATHS = {rate: [toy.descend(begin, rate, 40) for begin in [(0.06, 0.02), (-0.6, 0.75)]] for rate in (0.2, 0.9, 1.2)}


def texts(figure, name=None):
    """Return the texts of a figure that have words, or those with this id."""
    found = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]
    found = [text for text in found if not isinstance(text, Annotation) and text not in beyond(figure)]
    return [text for text in found if name in (None, text.get_gid())]


def beyond(figure):
    """Return the labels of ticks that lie beyond the ends of their axis, and are not drawn."""
    axes = [one for axis in figure.axes for one in (axis.xaxis, axis.yaxis)]
    ticks = [(tick, *sorted(one.get_view_interval())) for one in axes for tick in one.get_major_ticks()]
    return {tick.label1 for tick, low, high in ticks if not low <= tick.get_loc() <= high}


def read(text):
    """Return the number that a text says."""
    return float(Fraction(text.replace("−", "-")))


def numbers(figure, name):
    return [read(text.get_text()) for text in texts(figure, name)]


def patch(figure, name):
    (found,) = figure.findobj(lambda artist: isinstance(artist, Rectangle) and artist.get_gid() == name)
    return found


def ridges():
    values = np.random.default_rng(0).normal([[3], [0], [-40]], [[1], [5], [9]], (3, 1000))
    return curvature.ridges({"raw": values, "centred": values[:, ::-1] / 9})


def kernels():
    apart = np.concatenate([[np.nan], np.geomspace(1e-7, 1, 60)])
    losses = np.cos(np.arange(60.0)) + [[2.0], [2.2]]
    return trace.kernels(
        {rate: {"distance": apart * scale, "losses": losses} for rate, scale in ((0.1, 1), (0.2, 1e-4))}
    )


DRAWINGS = {
    "unit": lambda: network.unit(integers()[1], np.array([-1.0, 1.0]), 1.0),
    "shapes": lambda: network.shapes(784, 10),
    "graph": lambda: graph.objective(*integers()),
    "nudge": lambda: nudge.steps(integers()[0], integers()[1][1], 1, (0, 0), 0.1),
    "valley": lambda: descent.valley((0.5, 1.5, 2.1)),
    "saddle": lambda: descent.saddle(toy.loss, PATHS),
    "ridges": ridges,
    "kernels": kernels,
}


@pytest.mark.parametrize("name", DRAWINGS)
def test_words_lie_side_by_side_in_the_picture(name):
    figure = DRAWINGS[name]()
    FigureCanvasAgg(figure).draw()
    boxes = {text: text.get_window_extent() for text in texts(figure)}
    for text, box in boxes.items():
        assert figure.bbox.padded(1).containsx(box.x0) and figure.bbox.padded(1).containsx(box.x1), text
        assert figure.bbox.padded(1).containsy(box.y0) and figure.bbox.padded(1).containsy(box.y1), text
    over = [(one, other) for one, other in combinations(boxes, 2) if boxes[one].padded(-1).overlaps(boxes[other])]
    assert over == [] and len(boxes) > 8


@pytest.mark.parametrize("name", DRAWINGS)
def test_letters_are_large_enough_on_a_phone(name):
    figure = DRAWINGS[name]()
    pixels = PHONE / figure.get_figwidth() / 72
    assert min(text.get_fontsize() for text in texts(figure)) * pixels >= SMALLEST


@pytest.mark.parametrize("value", [-1 / 4, 0, 5, 11 / 16, np.log(2), -1e-9, 1.2345])
def test_a_number_is_a_fraction_or_three_decimals(value):
    said = diagram.number(value)
    assert abs(read(said) - value) <= 5e-4 and len(said) <= 6
    assert ("." in said) == (value * 16 % 1 != 0)


def test_a_unit_has_its_numbers_on_its_edges():
    rng = np.random.default_rng(1)
    X, w, b = rng.integers(-3, 4, (3, 4)).astype(float), np.array([1.0, -2.0, 3.0, 0.5]), -1.0
    figure = network.unit(X, w, b)
    Z = [sum(x * weight for x, weight in zip(row, w, strict=True)) + b for row in X]
    assert numbers(figure, "bias") == [b] * 3
    for k, weight in enumerate(w):
        assert numbers(figure, f"weight {k}") == [weight] * 3
    for name, values in (("z", Z), ("a", [max(z, 0) for z in Z])):
        assert [read(text.get_text().removeprefix(f"{name} = ")) for text in texts(figure, name)] == values
    said = [text.get_text() for text in texts(figure)]
    assert (said.count("on"), said.count("off")) == (sum(z > 0 for z in Z), sum(z <= 0 for z in Z))
    for text, z in zip(texts(figure, "sum"), Z, strict=True):
        terms = text.get_text().replace("−", "-").replace("·", "*").removeprefix("z = ").split(" = ")
        assert [eval(term) for term in terms] == [z, z]


def test_shapes_are_those_of_the_arrays():
    sizes = {"B": 6, "H": 5}
    net, X = TwoLayerNet.initialized(7, 5, 3, np.random.default_rng(0)), np.ones((6, 7), np.float32)
    Z2, (_, Z1, (A1, _)) = net.forward(X)
    arrays = {"X": X, **net.params, "Z1": Z1, "A1": A1, "Z2": Z2, "P": net.probabilities(X)}
    said = {name: tuple(sizes.get(side, side) for side in shape) for name, shape in network.array_shapes(7, 3).items()}
    assert said == {name: array.shape for name, array in arrays.items()}


def test_sides_that_meet_in_a_product_are_equally_long():
    figure = network.shapes(784, 10)
    arrays = {name: patch(figure, name) for name in ("X", "W1", "b1", "Z1", "A1", "W2", "b2", "Z2")}
    sides = {name: (one.get_height(), one.get_width()) for name, one in arrays.items()}
    for X, W, b, Z in (("X", "W1", "b1", "Z1"), ("A1", "W2", "b2", "Z2")):
        assert sides[X][1] == sides[W][0] and sides[Z] == (sides[X][0], sides[W][1])
        assert sides[b][1] == sides[Z][1] and sides[b][0] < sides[Z][0]
    assert sides["A1"] == sides["Z1"]
    said = [text.get_text() for text in texts(figure)]
    assert all(shape in said for shape in ("(B, 784)", "(784, H)", "(H,)", "(B, H)", "(H, 10)", "(10,)", "(B, 10)"))


@pytest.mark.parametrize("name", NETWORKS)
def test_gradients_on_the_edges_are_slopes_of_the_objective(name):
    net, X, y = NETWORKS[name]()
    values, gradients = graph.edges(net, X, y)
    of_P = {"P": lambda: -np.log(values["P"][np.arange(2), y]).mean()}
    of_Z2 = {"Z2": lambda: layers.softmax_cross_entropy(values["Z2"], y)[0]}

    def above(A1):
        return layers.softmax_cross_entropy(A1 @ net.params["W2"] + net.params["b2"], y)[0]

    below = {"A1": lambda: above(values["A1"]), "Z1": lambda: above(np.maximum(values["Z1"], 0))}
    for edge, objective in (of_P | of_Z2 | below).items():
        slopes = numerical_gradient(objective, values[edge], 1e-6)
        np.testing.assert_allclose(gradients[edge], slopes, atol=1e-8)
    loss, grads = net.loss(X, y)
    assert values["L"] == pytest.approx(loss) and values["L"] == values["entropy"] + values["penalty"]
    for parameter, whole in grads.items():
        np.testing.assert_allclose(gradients[parameter] + gradients.get(f"{parameter} penalty", 0), whole, atol=1e-15)


@pytest.mark.parametrize("name", NETWORKS)
def test_the_graph_shows_the_numbers_of_its_edges(name):
    case = NETWORKS[name]()
    figure, (values, gradients) = graph.objective(*case), graph.edges(*case)
    shown = values | {f"d{edge}": gradient for edge, gradient in gradients.items()}
    for edge, array in shown.items():
        np.testing.assert_allclose(numbers(figure, edge), np.ravel(array), atol=5.1e-4, err_msg=edge)
    assert len(texts(figure, "W1")) == len(texts(figure, "W1 penalty")) == 4


def test_values_stand_above_or_left_and_gradients_below_or_right():
    net, X, y = integers()
    figure, (_, gradients) = graph.objective(net, X, y), graph.edges(net, X, y)

    def middle(edge):
        return np.mean([text.get_position() for text in texts(figure, edge)], axis=0)

    for edge in gradients:
        (x, height), (dx, dheight) = middle(edge), middle(f"d{edge}")
        upright = edge in ("W1", "b1", "W2", "b2", "penalty")
        assert (x < dx and height == dheight) if upright else (height > dheight and x == pytest.approx(dx)), edge


@pytest.mark.parametrize("weight", [(0, 0), (1, 1)])
@pytest.mark.parametrize("name", NETWORKS)
def test_a_nudge_is_followed(name, weight):
    net, X, y = NETWORKS[name]()
    found = nudge.follow(net, X[1], y[1], weight, 0.1)

    def values(shift):
        W1 = net.params["W1"].copy()
        W1[weight] += shift
        z = X[1] @ W1 + net.params["b1"]
        logits = np.maximum(z, 0) @ net.params["W2"] + net.params["b2"]
        loss = np.log(np.exp(logits).sum()) - logits[y[1]]
        return np.array([W1[weight], z[weight[1]], max(z[weight[1]], 0), *logits, loss])

    assert list(found) == ["weight", "z", "a", "logit 0", "logit 1", "loss"]
    np.testing.assert_allclose([one["before"] for one in found.values()], values(0), atol=1e-14)
    np.testing.assert_allclose([one["after"] for one in found.values()], values(0.1), atol=1e-14)
    slopes = (values(1e-6) - values(-1e-6)) / 2e-6
    np.testing.assert_allclose([one["slope"] for one in found.values()], slopes, atol=1e-8)


@pytest.mark.parametrize("size", [0.1, -0.2])
@pytest.mark.parametrize("name", NETWORKS)
def test_bars_are_as_long_as_changes(name, size):
    net, X, y = NETWORKS[name]()
    found, figure = nudge.follow(net, X[1], y[1], (0, 0), size), nudge.steps(net, X[1], y[1], (0, 0), size)
    changes, bars = [], []
    for quantity, one in found.items():
        both = {"change": one["after"] - one["before"], "derivative": one["slope"] * size}
        for kind, value in both.items():
            assert numbers(figure, f"{quantity} {kind}") == [pytest.approx(value, abs=5.1e-4)]
            changes.append(value)
            bars.append(patch(figure, f"{quantity} {kind} bar"))
    lengths = [bar.get_width() for bar in bars]
    np.testing.assert_allclose(lengths, np.abs(changes) * max(lengths) / np.abs(changes).max(), atol=1e-12)
    ends = np.array([(bar.get_x(), bar.get_x() + bar.get_width()) for bar in bars]) - np.tile([[2.5], [3.55]], (6, 1))
    zeros = [end[0] if change > 0 else end[1] for end, change in zip(ends, changes, strict=True)]
    np.testing.assert_allclose(zeros, zeros[0], atol=1e-12)  # up goes to the right of one line, down to the left
    assert ends.min() > -0.01 and ends.max() < 0.9


def test_steps_on_a_parabola_are_those_of_descent():
    class Valley:
        def __init__(self):
            self.params = {"x": np.array([1.0])}

        def loss(self, X, y):
            return 25 * self.params["x"][0] ** 2, {"x": 50 * self.params["x"]}

    for product in (0.5, 1.5, 2.1):
        path = descent.on_parabola(product, 6)
        for updates in range(7):
            valley = Valley()
            train(Sgd(valley), [(None, None)] * updates, [product / 50] * updates)
            np.testing.assert_allclose(path[updates], valley.params["x"][0], rtol=1e-13)


def test_the_valley_shows_what_the_product_decides():
    figure = descent.valley((0.5, 1.5, 2.1))
    for axis, factor in zip(figure.axes, (0.5, -0.5, -1.1), strict=True):
        (dots,) = (line for line in axis.lines if line.get_gid() == "path")
        x, height = dots.get_data()
        np.testing.assert_allclose(x, factor ** np.arange(6), rtol=1e-13)
        np.testing.assert_allclose(height, x**2 / 2)
        arrows = [one for one in axis.texts if isinstance(one, Annotation)]
        np.testing.assert_allclose([one.xyann for one in arrows], np.transpose([x, height])[:-1])
        np.testing.assert_allclose([one.xy for one in arrows], np.transpose([x, height])[1:])
        assert axis.get_title().endswith(f"distance times {factor}".replace("-", "−"))
        assert axis.get_xlim()[0] < x.min() and x.max() < axis.get_xlim()[1] and height.max() < axis.get_ylim()[1]


def test_the_saddle_shows_each_path_and_its_loss():
    *panels, along = descent.saddle(toy.loss, PATHS).axes
    for axis, curve, (rate, lines) in zip(panels, along.lines, PATHS.items(), strict=True):
        assert axis.get_title() == curve.get_label() == f"lr {rate:g}"
        shown = [line.get_xydata() for line in axis.lines if len(line.get_xdata()) > 1]
        np.testing.assert_array_equal(shown, lines)
        np.testing.assert_allclose(curve.get_ydata(), [(w1 * w2 - 1) ** 2 / 2 for w1, w2 in lines[1]])
    assert len({line.get_linestyle() for line in along.lines}) == 3


def test_ridges_are_filled_where_the_unit_is_on():
    rng = np.random.default_rng(0)
    values = rng.normal([[3], [0], [-40]], [[1], [5], [9]], (3, 1000))
    for axis, row in zip(curvature.ridges({"one": values}).axes, values, strict=True):
        on, off = (one.get_data() for one in axis.findobj(StepPatch))
        assert on.values.sum() == (row > 0).sum() and off.values.sum() == (row <= 0).sum()
        assert not on.values[on.edges[:-1] < -1e-9].any() and not off.values[off.edges[:-1] > -1e-9].any()
        assert axis.findobj(StepPatch)[1].get_hatch() and not axis.findobj(StepPatch)[0].get_hatch()
        share = f"{np.mean(row > 0):.0%} on" if row.max() > 0 else "off for all"
        assert [text.get_text() for text in axis.texts] == [share]


def test_a_line_stands_where_the_kernels_part():
    _, parted, together = kernels().axes
    apart = np.geomspace(1e-7, 1, 60)
    first = 1 + np.argmax(apart > trace.PARTED)
    assert [list(line.get_xdata()) for line in parted.lines[2:]] == [[first, first]]
    assert len(together.lines) == 2
    widths = [line.get_linewidth() for line in parted.lines[:2]]
    assert widths[0] > 3 * widths[1]  # one is seen below the other
    shift = parted.lines[1].get_ydata() - parted.lines[0].get_ydata()
    np.testing.assert_allclose(shift, 0.2)
