"""The page's collapse laboratory in a real browser, beside the same network in NumPy, from the same draws."""

import base64
import re
import zlib
from dataclasses import replace
from itertools import islice
from types import SimpleNamespace

import nbformat
import numpy as np
import pandas as pd
import pytest

import live
from conftest import ROOT
from nbreport.page import document, fonts
from twolayer.curvature import products, spectrum
from twolayer.data import mnist
from twolayer.figures import laboratory as pictures
from twolayer.network import TwoLayerNet
from twolayer.network.layers import affine_backward, affine_forward, softmax_cross_entropy
from twolayer.page import laboratory
from twolayer.page.draws import Draws
from twolayer.page.laboratory import PRESETS, Setting

SCALES, SCHEMES = ("raw", "unit", "centred"), ("homework", "small_biases", "he", "glorot")
BREAKS = ("biases", "zeros", "labels", "rectifier")
BORDERS = pd.DataFrame(
    {
        "input_scale": ["raw", "raw", "unit"],
        "init": ["homework", "homework", "he"],
        "hidden": [64, 256, 64],
        "works": [0.003, 0.005, np.nan],
        "collapses": [0.005, 0.0055, 3.0],
        "limit": [0.0042, 0.0035, 1.2],
    }
).set_index(["input_scale", "init", "hidden"])


@pytest.fixture(scope="module")
def images(real_mnist):
    return laboratory.chosen(mnist.load("mnist"))


def page_of(*outputs):
    """Return the page of a chapter that shows these outputs, in the browser's own fonts."""
    cells = [nbformat.v4.new_markdown_cell("# A chapter"), nbformat.v4.new_code_cell("show()", outputs=list(outputs))]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fonts, "css", lambda *characters: "")
        return document.build({"one.ipynb": nbformat.v4.new_notebook(cells=cells)}, ROOT / "report/template", "T", {})


def shown(widget, data):
    """Return the output that `display.widget` makes of a picture that does not matter."""
    about = {"kind": "figure", "caption": "c", "alt": "a", "inches": 7, "widget": widget, "data": data, "label": widget}
    picture = base64.b64encode(b"not looked at").decode()
    return nbformat.v4.new_output("display_data", {"image/png": picture}, metadata={"nbreport": about})


@pytest.fixture(scope="module")
def path(images, tmp_path_factory):
    path = tmp_path_factory.mktemp("lab") / "page.html"
    path.write_text(page_of(shown("lab", laboratory.packed(images, BORDERS))), encoding="utf-8")
    return path


# The arithmetic alone, in the page's own thread.

BEGIN = """async () => {
    const data = JSON.parse(document.querySelector("figure[data-widget] script").textContent);
    const unpacked = async (packed) => {
        const stream = new Blob([decoded(packed)]).stream().pipeThrough(new DecompressionStream("deflate"));
        return new Uint8Array(await new Response(stream).arrayBuffer());
    };
    window.images = { ...data, pixels: await unpacked(data.pixels), labels: await unpacked(data.labels) };
    window.lab = laboratory();
    window.curvature = labCurvature();
    window.plain = (values) => Object.fromEntries(Object.entries(values).map(([name, part]) => [name, [...part]]));
}"""


@pytest.fixture(scope="module")
def arithmetic(chromium, path):
    with live.opened(chromium, path) as opened:
        opened.run(BEGIN)
        yield opened
        assert opened.said == []


def words(setting, *broken):
    """Return a setting as the page's scripts have it."""
    return vars(setting) | {"broken": dict.fromkeys(broken, True)}


def shaped(values, net):
    return {name: np.array(values[name]).reshape(array.shape) for name, array in net.params.items()}


def in_float64(net, params):
    """Return the network of parameters that the page had, which are float32, to compute with more digits."""
    return TwoLayerNet({name: array.astype(np.float64) for name, array in params.items()}, net.l2, decay_biases=True)


def close(found, expected, tolerance):
    """No entry is farther off than that share of the largest."""
    np.testing.assert_allclose(found, expected, rtol=0, atol=tolerance * np.abs(expected).max() + 1e-300)


@pytest.mark.parametrize("seed", [0, 1, 9999])
@pytest.mark.parametrize("stream", [0, 3])
def test_python_and_the_page_draw_the_same(arithmetic, seed, stream):
    found = arithmetic.run(
        """([seed, stream]) => {
            const draws = new lab.Draws(seed, stream);
            const whole = Array.from({ length: 100 }, () => draws.word());
            const below = Array.from({ length: 100 }, () => draws.below(3000));
            const order = draws.permutation(50), normal = [...draws.normal(101, 0.5)];
            return { whole, below, order, normal, last: draws.word() };
        }""",
        [seed, stream],
    )
    draws = Draws(seed, stream)
    assert found["whole"] == draws.words(100).tolist() and found["below"] == draws.integers(100, 3000).tolist()
    assert found["order"] == draws.permutation(50).tolist()
    np.testing.assert_allclose(found["normal"], 0.5 * draws.standard_normal(101), rtol=2e-7)
    assert found["last"] == int(draws.words(1)[0])  # both have left the second number of the last pair


def test_draws_are_what_they_are_said_to_be():
    draws = Draws(0, 0)
    draws.state = 0
    assert draws.words(2).tolist() == [1144304738, 1416247]  # of mulberry32 from 0, by its author's function
    normal = Draws(7, 0).standard_normal((500, 200))
    assert abs(normal.mean()) < 0.02 and abs(normal.std() - 1) < 0.01 and abs((normal**4).mean() - 3) < 0.1
    assert len({Draws(seed, stream).state for seed in range(1000) for stream in range(4)}) > 3990
    assert sorted(Draws(3, 2).permutation(500)) == list(range(500))
    counts = np.bincount(Draws(3, 1).integers(30_000, 3), minlength=3)
    assert abs(counts - 10_000).max() < 400


@pytest.mark.parametrize("init", SCHEMES)
@pytest.mark.parametrize("hidden", [16, 64])
def test_first_parameters_are_the_librarys(arithmetic, images, init, hidden):
    setting = Setting(lr=0.01, init=init, hidden=hidden, seed=5)
    net, *_ = laboratory.prepared(images, setting)
    found = arithmetic.run("setting => plain(new lab.Network(images, setting).params)", words(setting))
    for name, array in shaped(found, net).items():
        np.testing.assert_allclose(array, net.params[name], rtol=1e-6)


def reference(net, X, y, broken):
    """Return loss and gradient as the library has them, with what is broken broken."""
    if broken == "rectifier":
        Z1, first = affine_forward(X, net.params["W1"], net.params["b1"])
        Z2, second = affine_forward(Z1, net.params["W2"], net.params["b2"])
        loss, dZ2 = softmax_cross_entropy(Z2, y)
        dZ1, dW2, db2 = affine_backward(dZ2, second)
        _, dW1, db1 = affine_backward(dZ1, first)
        grads = {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2}
        squares = sum((array**2).sum() for array in net.params.values())
        return loss + net.l2 / 2 * squares, {name: grads[name] + net.l2 * array for name, array in net.params.items()}
    loss, grads = net.loss(X, y)
    if broken == "biases":
        assert not net.params["b1"].any() and not net.params["b2"].any()
        grads |= {name: np.zeros_like(grads[name]) for name in ("b1", "b2")}
    return loss, grads


def labels_of(images, setting, broken):
    labels = images.labels.astype(int)
    return labels[Draws(setting.seed, 2).permutation(len(labels))] if broken == "labels" else labels


LOSS = """([setting, updates]) => {
    const network = new lab.Network(images, setting);
    for (let at = 0; at < updates; at += 1) network.update(images.batch, setting.lr);
    const params = plain(network.params), rows = network.batch(images.batch), { loss, grads } = network.loss(rows);
    return { params, rows, loss, grads: plain(grads) };
}"""


@pytest.mark.parametrize("updates", [0, 20])
@pytest.mark.parametrize("broken", [None, *BREAKS])
@pytest.mark.parametrize(("scale", "init"), [(one, "homework") for one in SCALES] + [("unit", one) for one in SCHEMES])
def test_loss_and_gradients_are_the_librarys(arithmetic, images, scale, init, broken, updates):
    lr = 0.2 if scale == "unit" else 1e-6 if broken == "rectifier" else 0.002
    setting = Setting(lr=lr, init=init, input_scale=scale, hidden=32, seed=4)
    found = arithmetic.run(LOSS, [words(setting, *filter(None, [broken])), updates])
    net, scaling, batches = laboratory.prepared(images, setting)
    assert found["rows"] == next(islice(batches, updates, None)).tolist()
    net = in_float64(net, shaped(found["params"], net))
    if broken == "zeros" and not updates:
        assert not any(array.any() for array in net.params.values())
    rows = found["rows"]
    X, y = scaling(images.pixels[rows], np.float64), labels_of(images, setting, broken)[rows]
    loss, grads = reference(net, X, y, broken)
    assert found["loss"] == pytest.approx(loss, rel=1e-5)
    for name, array in shaped(found["grads"], net).items():
        close(array, grads[name], 1e-5)


def test_the_labels_that_are_shuffled_are_the_same_ones_elsewhere(arithmetic, images):
    setting = Setting(lr=0.01, seed=8)
    found = arithmetic.run("setting => [...new lab.Network(images, setting).labels]", words(setting, "labels"))
    assert found[: len(images.labels)] == labels_of(images, setting, "labels").tolist() != images.labels.tolist()
    assert found[len(images.labels) :] == images.held_labels.tolist()


@pytest.mark.parametrize("broken", [None, *BREAKS])
@pytest.mark.parametrize("lr", [0.002, 0.01])
def test_accuracy_and_units_that_are_positive_are_numpys(arithmetic, images, lr, broken):
    setting = Setting(lr=1e-6 if broken == "rectifier" else lr, hidden=48, seed=2)
    found = arithmetic.run(
        """setting => {
            const network = new lab.Network(images, setting);
            for (let at = 0; at < 30; at += 1) network.update(images.batch, setting.lr);
            const { accuracy, positive } = network.look();
            return { params: plain(network.params), accuracy, positive: [...positive] };
        }""",
        words(setting, *filter(None, [broken])),
    )
    net, scaling, _ = laboratory.prepared(images, setting)
    net.params.update(shaped(found["params"], net))
    X = scaling(images.held_pixels, np.float64)
    Z1 = X @ net.params["W1"] + net.params["b1"]
    Z2 = (Z1 if broken == "rectifier" else np.maximum(Z1, 0)) @ net.params["W2"] + net.params["b2"]
    unsure = (np.abs(Z1) < 1e-4 * np.abs(Z1).max()).sum(axis=0) if broken != "zeros" else 0  # float32 may round to 0
    assert (np.abs(np.array(found["positive"]) - (Z1 > 0).sum(axis=0)) <= unsure).all()
    assert ((np.array(found["positive"]) == 0) == (Z1 <= 0).all(axis=0)).all()
    assert found["accuracy"] == (Z2.argmax(axis=1) == images.held_labels).mean()


PRODUCTS = """([setting, whole, seed]) => {
    const network = new lab.Network(images, setting), rows = Array.from({ length: 60 }, (_, at) => at);
    for (let at = 0; at < 20; at += 1) network.update(images.batch, setting.lr);
    const params = plain(network.params), size = Object.values(params).reduce((sum, part) => sum + part.length, 0);
    const vector = new lab.Draws(seed, 3).normal(size, 1);
    return { params, vector: [...vector], product: [...curvature.product(network, rows, whole)(vector)] };
}"""


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("scale", SCALES)
def test_products_with_the_hessian_are_the_librarys(arithmetic, images, scale, whole):
    setting = Setting(lr=0.1 if scale == "unit" else 0.002, input_scale=scale, hidden=16, seed=3)
    found = arithmetic.run(PRODUCTS, [words(setting), whole, 11])
    net, scaling, _ = laboratory.prepared(images, setting)
    net = in_float64(net, shaped(found["params"], net))
    times = products.hessian_vector_product if whole else products.gauss_newton_vector_product
    X, y = scaling(images.pixels[:60], np.float64), images.labels[:60].astype(int)
    expected = spectrum.flat_product(net, X, y, times)[0](np.array(found["vector"]))
    close(found["product"], expected, 1e-5)


@pytest.mark.parametrize("setting", [Setting(lr=0.002, hidden=16), Setting(0.002, "small_biases", "centred", 32)])
def test_limits_are_the_librarys(arithmetic, images, setting):
    found = arithmetic.run(
        """setting => {
            const network = new lab.Network(images, setting), rows = Array.from({ length: 100 }, (_, at) => at);
            const going = curvature.limits(network, rows, new lab.Draws(0, 3));
            for (;;) { const { done, value } = going.next(); if (done) return value; }
        }""",
        words(setting),
    )
    net, scaling, _ = laboratory.prepared(images, setting)
    net = in_float64(net, net.params)
    X, y, rng = scaling(images.pixels[:100], np.float64), images.labels[:100].astype(int), np.random.default_rng(0)
    for limit, times in zip(
        found, (products.hessian_vector_product, products.gauss_newton_vector_product), strict=True
    ):
        _, largest, _ = spectrum.extreme_eigenvalues(net, X, y, rng, tolerance=1e-6, times=times)
        assert limit == pytest.approx(spectrum.highest_rate(largest), rel=1e-3)


def test_a_matrix_that_can_be_written_down_has_that_eigenvalue(arithmetic):
    rng = np.random.default_rng(0)
    square = rng.standard_normal((40, 40))
    square = square + square.T - 3 * np.eye(40)
    found = arithmetic.run(
        """square => {
            const along = (row, vector) => row.reduce((sum, x, at) => sum + x * vector[at], 0);
            const times = (vector) => Float64Array.from(square, (row) => along(row, vector));
            const going = curvature.eigenvalue(times, 40, new lab.Draws(0, 3), { tolerance: 1e-9 });
            for (;;) { const { done, value } = going.next(); if (done) return value; }
        }""",
        square.tolist(),
    )
    assert found == pytest.approx(np.linalg.eigvalsh(square)[-1], rel=1e-5)


# The widget, trained in its worker.


class Lab:
    """The laboratory on an open page."""

    def __init__(self, opened):
        self.live, self.page = opened, opened.page
        self.stage = opened.page.locator('figure[data-widget="lab"] .stage')
        self.stage.evaluate("stage => stage.scrollIntoView()")
        opened.page.wait_for_function("() => document.querySelector('.stage').past.looks.length > 0")

    def button(self, name):
        return self.stage.get_by_role("button", name=name, exact=True)

    def said(self):
        return self.stage.locator("[aria-live]").inner_text()

    def past(self):
        return SimpleNamespace(**self.stage.evaluate("({ past }) => past"))

    def rate(self):
        return self.stage.get_by_role("slider", name="learning rate")

    def choice(self, name):
        return self.stage.get_by_role("combobox", name=name)

    def run_to(self, update):
        """Train from the first parameters to an update, as a link to it does, and stop there."""
        address = self.page.evaluate("location.href").partition("#")[0]
        self.button("Copy link").click()
        self.page.wait_for_function("() => location.hash.startsWith('#lab?')")
        words = re.sub(r"&update=\d+", f"&update={update}", self.page.evaluate("location.hash"))
        self.page.goto(f"{address}{words}")
        return self.wait(update)

    def wait(self, update):
        self.stage.get_by_text(re.compile(rf"^Update {update:,}: .*dead\.")).wait_for(timeout=120_000)
        return self.past()


@pytest.fixture
def lab(path, show):
    opened = show(path)
    yield Lab(opened)
    blobs = [address for address in opened.asked if address.startswith("blob:")]
    assert (
        opened.said == []
        and len(blobs) == 1
        and set(opened.asked)
        == {path.as_uri(), *blobs} | {address for address in opened.asked if address.startswith(path.as_uri() + "#")}
    )


def test_what_it_has_are_training_images(images, path):
    data = laboratory.packed(images, BORDERS)
    pixels = np.frombuffer(zlib.decompress(base64.b64decode(data["pixels"])), np.uint8).reshape(-1, 28 * 28)
    labels = np.frombuffer(zlib.decompress(base64.b64decode(data["labels"])), np.uint8)
    known, named = mnist.load("mnist").part("train")
    assert len(pixels) == data["train"] + data["held"] == 3500 and data["held"] == 500
    assert np.array_equal(pixels, known[:3500]) and np.array_equal(labels, named[:3500])
    assert np.array_equal(pixels[:3000], images.pixels) and np.array_equal(labels[3000:], images.held_labels)
    assert sum(len(data[name]) for name in ("pixels", "labels")) < 1_000_000
    assert data["borders"][2] == {
        "input_scale": "unit", "init": "he", "hidden": 64, "works": None, "collapses": 3.0, "limit": 1.2,
    }  # fmt: skip


def test_of_few_images_a_seventh_is_held_out(made):
    few = laboratory.chosen(mnist.load("made"))
    assert (len(few.labels), len(few.held_labels), few.classes) == (138, 22, 3)


# Rounding differs in the seventh digit, and grows with the rate; the collapse is chaos, and its first updates are not.
CURVES = {"the homework": (50, 1e-3), "the cure": (50, 1e-2), "its collapse": (5, 1e-3)}


@pytest.mark.parametrize("name", CURVES)
def test_the_learning_curve_is_the_librarys(lab, images, name):
    updates, tolerance = CURVES[name]
    lab.button(name).click()
    past, expected = lab.run_to(updates), laboratory.followed(images, PRESETS[name], updates)
    np.testing.assert_allclose(past.losses, expected["loss"], rtol=tolerance)
    looks = {look["update"]: look for look in past.looks}
    for update, accuracy, share in zip(expected["update"], expected["accuracy"], expected["share"], strict=True):
        assert looks[update]["accuracy"] == pytest.approx(accuracy, abs=0.005)
        assert abs(looks[update]["dead"] - (share == 0).sum()) <= 1
    assert lab.stage.locator(".lab-tiles .dead").count() == looks[updates]["dead"] == past.positive.count(0)
    words = f"Update {updates}: accuracy {looks[updates]['accuracy']:.3f} on 500 images held out"
    assert lab.said().startswith(words) and f", {looks[updates]['dead']} of 64 units dead." in lab.said()


def test_the_collapse_collapses_and_the_cure_cures(lab):
    ends = {}
    for name in PRESETS:
        lab.button(name).click()
        past = lab.run_to(200)
        ends[name] = past.looks[-1]["accuracy"], past.looks[-1]["dead"] / 64
        assert lab.button(name).get_attribute("aria-pressed") == "true"
        assert lab.stage.locator(".lab-tiles > i").count() == 64
        assert lab.stage.locator(".lab-tiles .dead").count() == past.looks[-1]["dead"]
    assert ends["the homework"][0] > 0.85 and ends["the homework"][1] < 0.2
    assert ends["its collapse"][0] < 0.3 and ends["its collapse"][1] > 0.8
    assert ends["the cure"][0] > 0.85 and ends["the cure"][1] < 0.2


def test_broken_networks_break(lab):
    for name, least, most in (("all start at zero", 0, 0.25), ("labels shuffled", 0, 0.5), ("no biases", 0.7, 1)):
        lab.button("the homework").click()
        lab.stage.get_by_label(name).check()
        assert lab.button("the homework").get_attribute("aria-pressed") == "false"
        past = lab.run_to(100)
        assert lab.stage.get_by_label(name).is_checked() and least <= past.looks[-1]["accuracy"] <= most
    lab.button("the homework").click()
    lab.stage.get_by_label("all start at zero").check()
    lab.stage.get_by_text("64 of 64 units dead").wait_for()


def test_a_rate_beyond_all_bounds_diverges_and_says_so(lab):
    lab.stage.get_by_label("ReLU off").check()
    lab.rate().fill("100")
    lab.button("Start").click()
    lab.stage.get_by_text("the network has diverged").wait_for()
    assert lab.button("Start").is_disabled() and lab.button("Step").is_disabled()
    lab.button("Reset").click()
    lab.wait(0)
    assert lab.button("Start").is_enabled() and "diverged" not in lab.said()


def test_it_works_by_keyboard(lab):
    press = lab.page.keyboard.press
    lab.button("its collapse").focus()
    press("Enter")
    lab.rate().focus()
    assert lab.rate().get_attribute("aria-valuetext") == "0.01"
    press("ArrowRight")
    assert lab.rate().get_attribute("aria-valuetext") == "0.011"
    lab.button("Step").focus()
    press("Space")
    lab.wait(1)
    press("Space")
    lab.wait(2)
    lab.button("Start").focus()
    press("Enter")
    lab.button("Pause").wait_for()
    press("Enter")
    lab.button("Start").wait_for()
    assert lab.button("Start").evaluate("one => one === document.activeElement")
    update = len(lab.past().losses)
    assert update >= 2 and lab.said().startswith(f"Update {update}: ")
    lab.choice("hidden units").focus()
    press("ArrowDown")
    lab.wait(0)
    assert lab.stage.locator(".lab-tiles > i").count() == 128


def test_rate_and_penalty_act_at_once_and_all_else_begins_anew(lab):
    lab.button("Step").click()
    lab.wait(1)
    lab.rate().fill("60")
    lab.choice("L2 penalty").select_option("0.1")
    lab.button("Step").click()
    lab.wait(2)
    lab.stage.get_by_label("seed").fill("12")
    lab.stage.get_by_label("seed").press("Enter")
    lab.wait(0)
    assert lab.past().losses == []


def test_slowly_is_slow(lab):
    lab.stage.get_by_label("slowly").check()
    lab.button("Start").click()
    lab.page.wait_for_function("() => document.querySelector('.stage').past.losses.length >= 3")
    assert lab.button("Pause").is_visible() and len(lab.past().looks) <= 2


def test_limits_are_marked_where_the_slider_would_stand(lab, images):
    lab.stage.get_by_text("2 / κ of the Hessian, at update 0").wait_for(timeout=120_000)
    marks = lab.stage.locator(".lab-marks i").evaluate_all(
        "marks => marks.map(one => [one.className, +one.dataset.value, one.getBoundingClientRect()])"
    )
    found = {name: (value, box["x"] + box["width"] / 2) for name, value, box in marks}
    assert found["lab-mark-works"][0] == 0.003 and found["lab-mark-lost"][0] == 0.005
    net, scaling, _ = laboratory.prepared(images, PRESETS["the homework"])
    X, y = scaling(images.pixels[:300]), images.labels[:300].astype(int)
    for name, times in (("hessian", "hessian"), ("part", "gauss_newton")):
        times = getattr(products, f"{times}_vector_product")
        largest = spectrum.extreme_eigenvalues(net, X, y, np.random.default_rng(0), times=times)[1]
        assert found[f"lab-mark-{name}"][0] == pytest.approx(2 / largest, rel=0.005)
    box = lab.rate().bounding_box()
    for value, middle in found.values():  # the thumb is 16 pixels wide
        assert middle == pytest.approx(box["x"] + 8 + (np.log10(value) + 4) / 5 * (box["width"] - 16), abs=1)
    lab.choice("hidden units").select_option("256")
    lab.stage.get_by_text("census, 256 units: more than half collapse from: 0.0055").wait_for()
    lab.choice("pixels").select_option("centred")
    assert lab.stage.get_by_text("census").count() == 0  # it had none such
    lab.choice("pixels").select_option("unit")
    lab.choice("first weights and biases").select_option("he")
    lab.stage.get_by_text("census, 64 units: at most half collapse up to: none").wait_for()


def test_a_limit_beyond_the_slider_is_said_and_has_no_mark(lab):
    lab.live.run(
        """() => {
            const marks = labPicture.makeMarks((rate) => (Math.log10(rate) + 4) / 5, [0.0001, 1, 10]);
            document.querySelector(".stage").append(marks.track, marks.list);
            const beyond = ", hardly any curvature is left";
            const [values, kinds] = [[10.1, 10, 0.00009, 0.0001, null, undefined], ["a", "b", "c", "d", "e", "f"]];
            marks.show(values.map((value, at) => ({ kind: kinds[at], value, text: kinds[at], beyond })), "waits");
        }"""
    )
    made = lab.stage.locator(".lab-limits").last.locator("li").all_inner_texts()
    assert [one.strip() for one in made] == [
        "a: beyond 10, hardly any curvature is left", "b: 10", "c: below 0.0001", "d: 0.0001", "e: none", "f: waits",
    ]  # fmt: skip
    drawn = lab.stage.locator(".lab-marks").last.locator("i").evaluate_all("all => all.map(one => one.className)")
    assert drawn == ["lab-mark-b", "lab-mark-d"]


def test_where_no_unit_is_on_both_limits_are_beyond_the_slider(lab):
    lab.choice("L2 penalty").select_option("0")
    lab.stage.get_by_label("all start at zero").check()
    for part in ("the Hessian", "its Gauss-Newton part"):
        words = f"2 / κ of {part}, at update 0: beyond 10, hardly any curvature is left"
        lab.stage.get_by_text(words).wait_for(timeout=120_000)
    marks = lab.stage.locator(".lab-marks i").evaluate_all("all => all.map(one => one.className)")
    assert marks == ["lab-mark-works", "lab-mark-lost"]


def test_what_is_measured_and_when_is_said(lab, images):
    lab.stage.get_by_text("2 / κ of the Hessian, at update 0").wait_for(timeout=120_000)  # before training
    lab.stage.get_by_label("slowly").check()
    lab.button("Reset").click()
    lab.button("Start").click()
    at_first = re.compile("2 / κ of the Hessian(: measured when training stops|, at update 0)")  # if it was quick
    lab.stage.get_by_text(at_first).wait_for()
    lab.page.wait_for_function("() => document.querySelector('.stage').past.losses.length > 0")
    lab.button("Pause").click()
    lab.stage.get_by_text(re.compile("2 / κ of the Hessian, at update [1-9]")).wait_for(timeout=120_000)
    data = laboratory.packed(images, BORDERS)
    assert lab.stage.get_by_text(f"a batch of {data['batch']} of the {data['train']:,} training images").is_visible()


def test_an_answer_to_an_earlier_order_is_not_taken_for_one_to_the_last(lab):
    lab.stage.get_by_label("slowly").check()
    seen = lab.live.run(
        """async () => {
            const stage = document.querySelector(".stage"), seen = [];
            const button = (text) => [...stage.querySelectorAll("button")].find((one) => one.textContent === text);
            button("Reset").click();
            const start = button("Start");
            start.click(); // the answer to Reset comes after this
            while (stage.past.losses.length < 2) {
                seen.push(start.textContent + "; " + stage.querySelector(".lab-limits").textContent);
                await new Promise((next) => setTimeout(next, 5));
            }
            return seen;
        }"""
    )
    assert len(seen) > 10
    assert all(one.startswith("Pause; ") and "the Hessian: measured when training stops" in one for one in seen)


def test_lines_are_seen_in_the_dark(path, show):
    lab = Lab(show(path, scheme="dark"))
    lab.run_to(20)
    line, paper = lab.live.run(
        """() => [getComputedStyle(document.querySelector(".lab-loss")).stroke,
            getComputedStyle(document.body).backgroundColor]"""
    )

    def luminance(colour):
        shares = np.array([int(one) for one in re.findall(r"\d+", colour)]) / 255
        return np.where(shares <= 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4) @ (0.2126, 0.7152, 0.0722)

    assert (luminance(line) + 0.05) / (luminance(paper) + 0.05) > 6


def test_what_is_being_typed_is_not_overwritten(lab):
    lab.stage.get_by_label("seed").fill("7")
    lab.stage.get_by_text("2 / κ of the Hessian, at update 0").wait_for(timeout=120_000)
    assert lab.stage.get_by_label("seed").input_value() == "7"
    lab.stage.get_by_label("seed").press("Enter")
    lab.wait(0)
    lab.stage.get_by_label("seed").fill("123456")
    lab.stage.get_by_label("seed").press("Enter")
    assert lab.stage.get_by_label("seed").input_value() == "9999"


def test_a_link_brings_back_what_one_sees(lab, path, show, images):
    lab.button("the cure").click()
    lab.stage.get_by_label("seed").fill("7")
    lab.stage.get_by_label("seed").press("Enter")
    lab.stage.get_by_label("no biases").check()
    past = lab.run_to(20)
    lab.button("Copy link").click()
    lab.page.wait_for_function("() => location.hash.includes('update=20')")
    address = lab.page.evaluate("location.hash")
    other = show(path)
    other.run("hash => { location.hash = hash; }", address)
    again = Lab(other)
    assert again.wait(20).losses == past.losses  # bit for bit
    assert again.stage.get_by_label("no biases").is_checked() and again.stage.get_by_label("seed").input_value() == "7"
    assert again.rate().get_attribute("aria-valuetext") == "0.01"


def test_a_link_that_says_nothing_sensible_changes_nothing(lab):
    bad = "#lab?lr=fast&l2=x&init=__proto__&input_scale=toString&hidden=1e9&seed=-1&broken=constructor+x&update=-3"
    lab.live.run("hash => { location.hash = hash; }", bad)
    lab.wait(0)
    assert lab.button("the homework").get_attribute("aria-pressed") == "true"
    lab.live.run("hash => { location.hash = hash; }", "#lab?lr=0.0123&hidden=32&seed=12345")
    lab.stage.locator(".lab-tiles > i").nth(31).wait_for()
    assert lab.rate().get_attribute("aria-valuetext") == "0.013" and lab.stage.get_by_label("seed").input_value() == "1"


def test_curves_and_tiles_have_a_text(lab):
    past = lab.run_to(30)
    look = past.looks[-1]
    accuracy, losses = [one.get_attribute("aria-label") for one in lab.stage.locator("svg").all()]
    assert f"{look['accuracy']} at update 30; dead units: 0, then {look['dead']} of 64" in accuracy
    assert losses == f"Loss on each batch: {past.losses[0]:.3g} at first, {past.losses[-1]:.3g} at last"
    assert f"64 hidden units: {look['dead']} are dead" in lab.stage.locator(".lab-tiles").get_attribute("aria-label")
    points = re.findall(r"[\d.]+,([\d.]+)", lab.stage.locator('[data-line="accuracy"]').get_attribute("d"))
    shares = 1 - (np.array(points, float) - 22) / 130
    np.testing.assert_allclose(shares, [one["accuracy"] for one in past.looks], atol=1e-3)


WITHIN = """options => axe.run({ include: [[".stage"]] }, options)
    .then(found => found.violations.map(one => `${one.id}: ${one.nodes.map(node => node.html)}`))"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_it_can_be_used_by_everyone(path, show, tmp_path, scheme, width):
    above = tmp_path / "above.html"  # a page of which one has not seen the widget yet: it has not begun
    html = path.read_text(encoding="utf-8")
    above.write_text(html.replace("</header>", "</header><p style='height: 3000px'></p>", 1), encoding="utf-8")
    opened = show(above, width=width, scheme=scheme, touch=width == 390)
    opened.run(live.AXE_FILE_PATH.read_text(encoding="utf-8"))
    rules = {rule: {"enabled": True} for rule in live.MORE_RULES}
    assert opened.run(WITHIN, {"rules": rules}) == [] and len(opened.asked) == 1
    lab = Lab(opened)
    lab.button("its collapse").click()
    lab.run_to(20)
    assert opened.run(WITHIN, {"rules": rules}) == []
    assert opened.run("document.documentElement.scrollWidth") <= width and opened.said == []


def test_where_no_thread_may_be_started_it_says_so(path, show, tmp_path):
    plain = tmp_path / "plain.html"
    plain.write_text(path.read_text(encoding="utf-8").replace("new Worker(", "new NoSuch("), encoding="utf-8")
    html = plain.read_text(encoding="utf-8")
    plain.write_text(re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", html), encoding="utf-8")
    opened = show(plain)
    opened.page.locator(".stage").evaluate("stage => stage.scrollIntoView()")
    opened.page.get_by_text("This browser lets the page start no thread of its own").wait_for()
    assert opened.page.get_by_role("button", name="Start").is_disabled() and opened.said == []


# What it is allowed


def policy_of(html):
    (policy,) = re.findall(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">', html)
    return {name: values for name, *values in (rule.split() for rule in policy.split("; "))}


WORKER = """() => new Promise(done => {
    document.addEventListener("securitypolicyviolation", event => done(event.effectiveDirective));
    const worker = new Worker(ADDRESS);
    worker.onmessage = () => done("it runs");
})"""
ADDRESSES = {
    "blob": "URL.createObjectURL(new Blob(['postMessage(1)']))",
    "data": "'data:text/javascript,postMessage(1)'",
}


def test_only_a_page_with_such_a_widget_may_have_workers_of_its_own(path, show, tmp_path):
    rules, others = policy_of(path.read_text(encoding="utf-8")), policy_of(page_of(shown("none", {})))
    assert rules.pop("worker-src") == ["blob:"] and "worker-src" not in others
    assert {name: rules[name] for name in rules if name[-3:] != "src"} == {
        name: others[name] for name in others if name[-3:] != "src"
    }
    assert rules["default-src"] == rules["connect-src"] == ["'none'"] and rules["script-src"] == others["script-src"]
    plain = tmp_path / "plain.html"
    plain.write_text(page_of(shown("none", {})), encoding="utf-8")
    told = {
        (page, kind): show(page).run(WORKER.replace("ADDRESS", address))
        for page in (path, plain)
        for kind, address in ADDRESSES.items()
    }
    assert told == {
        (path, "blob"): "it runs",
        (path, "data"): "worker-src",
        (plain, "blob"): "worker-src",
        (plain, "data"): "worker-src",
    }


def test_the_still_picture_crosses_out_the_dead(images):
    followed = {name: laboratory.followed(images, replace(PRESETS[name], hidden=24), 20) for name in PRESETS}
    figure = pictures.presets(followed)
    for axis, found in zip(figure.axes, followed.values(), strict=False):
        (crosses,) = axis.lines
        x, y = crosses.get_data()
        assert sorted(np.array(y) * 16 + np.array(x)) == np.flatnonzero(found["share"][-1] == 0).tolist()
        assert axis.images[0].get_array().shape == (2, 16, 4)


def test_the_chapter_has_it_with_its_own_borders(smoke, images):
    executed = nbformat.read(smoke / "build/chapters/05_collapse/run.ipynb", as_version=4)
    outputs = [output for cell in executed.cells for output in cell.get("outputs", [])]
    (data,) = [one["metadata"]["nbreport"]["data"] for one in outputs if _widget(one) == "lab"]
    expected = laboratory.packed(images, BORDERS)
    assert {name: data[name] for name in data if name != "borders"} == {
        name: expected[name] for name in expected if name != "borders"
    }
    assert {"raw", "centred", "unit"} == {row["input_scale"] for row in data["borders"]}


def _widget(output):
    return output.get("metadata", {}).get("nbreport", {}).get("widget")
