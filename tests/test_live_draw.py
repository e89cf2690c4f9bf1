"""The page's "Draw a digit" in a real browser, beside the same arithmetic in NumPy."""

import asyncio
import base64
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import nbformat
import numpy as np
import pytest
from PIL import Image
from playwright import async_api, sync_api

import live
from conftest import ROOT
from examples import list_runs
from nbreport.kernels import worker
from nbreport.notebook import Notebook
from nbreport.page import browser, document, references
from twolayer.analysis import drawn
from twolayer.data import mnist
from twolayer.network.model import Model
from twolayer.page import drawing, flip, papers, picture, picture_file
from twolayer.runs import records
from twolayer.training import experiment
from twolayer.training.configuration import Configuration

COUNT = 40  # test digits that are drawn
CELL = 10  # pixels of the canvas for one of MNIST: the thin pen's width


@dataclass(frozen=True)
class Chapter:
    """The chapter's page, and the network that it shows."""

    path: Path
    model: Model
    packed: dict


@pytest.fixture(scope="module")
def chapter(real_mnist, tmp_path_factory):
    """Return the chapter, executed with a small network that is trained here."""
    folder = tmp_path_factory.mktemp("draw")
    run = experiment.run(Configuration.resolve(hidden=64, updates=300, lr=0.2), mnist.load("mnist"))
    records.write(run, folder / "runs" / "sound_final" / "one")
    list_runs(folder / "runs" / "sound_final")
    notebook = Notebook(ROOT / "notebooks" / "08_draw.ipynb")
    parameters = notebook.complete({"runs": str(folder / "runs")})
    source = nbformat.writes(notebook.content)
    outcome = worker.execute(source, parameters, str(folder), notebook.declared["files"])
    assert outcome.error is None
    executed = nbformat.reads(outcome.files["run.ipynb"].decode(), as_version=4)
    entries = references.load(ROOT / "report" / "references.yaml")
    front = {"top.ipynb": nbformat.v4.new_notebook(cells=[top_of_the_page()])}
    html = document.build(
        {"draw.ipynb": executed}, ROOT / "report" / "template", "A title", {}, entries=entries, front=front
    )
    path = folder / "page.html"
    path.write_text(html, encoding="utf-8")
    model = drawn.network(folder / "runs", "mnist")
    return Chapter(path, model, drawing.quantised(model))


def top_of_the_page():
    """Return an executed cell with the compact field, as the abstract has it."""
    about = {
        "kind": "figure",
        "widget": "draw-first",
        "data": {"of": "draw"},
        "caption": "What one sees.",
        "alt": "A digit",
    }
    png = base64.b64encode(b"not looked at").decode()
    shown = nbformat.v4.new_output("display_data", {"image/png": png}, metadata={"nbreport": about | {"inches": 5}})
    return nbformat.v4.new_code_cell("widget()", metadata={"tags": ["remove-input"]}, outputs=[shown])


@pytest.fixture(scope="module")
def chromium():
    with sync_api.sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=browser.find_or_install(), args=root())
        yield launched
        launched.close()


# What the network got and said, the canvas's ink, the sentence, the time.
STATE = """stage => {
    const canvas = stage.querySelector(".draw-surface"), { width, height } = canvas;
    const pixels = canvas.getContext("2d").getImageData(0, 0, width, height).data;
    let ink = "";
    for (let at = 3; at < pixels.length; at += 4) ink += String.fromCharCode(pixels[at]);
    const { input, logits } = stage.network, said = stage.querySelector(".draw-sentence").textContent;
    return { input: [...input], logits: [...logits], ink: btoa(ink), said, milliseconds: stage.dataset.milliseconds };
}"""


def state_of(answer):
    return np.array(answer["input"], np.uint8).reshape(28, 28), np.array(answer["logits"])


def bitmap_of(answer):
    values = np.frombuffer(base64.b64decode(answer["ink"]), np.uint8)
    return values.reshape(2 * [round(values.size**0.5)])


async def draw_all(path, images):
    """Draw images of MNIST with the mouse, one stroke for each horizontal run of ink; return what each led to.

    Playwright's asynchronous interface: waiting for the answer to every move would take ten times as long.
    """
    answers, messages = [], []
    async with async_api.async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=browser.find_or_install(), args=root())
        opened = await launched.new_page(viewport={"width": 1280, "height": 900})
        opened.on("console", lambda message: messages.append(message.text))
        await opened.goto(path.as_uri())
        stage = opened.locator('[data-widget="draw"] .stage')
        await stage.evaluate("stage => stage.scrollIntoView()")
        await stage.get_by_role("radio", name="thin").check()
        frame = await stage.locator(".draw-surface").bounding_box()
        for image in images:
            await stage.get_by_role("button", name="Clear").click()
            await asyncio.gather(*strokes(opened.mouse, frame, image))
            answers.append(await stage.evaluate(STATE))
        await launched.close()
    assert messages == []
    return answers


def strokes(mouse, frame, image):
    for row, pixels in enumerate(image > 127):
        y = frame["y"] + CELL * (row + 0.5)
        for first, behind in np.flatnonzero(np.diff(np.r_[0, pixels, 0])).reshape(-1, 2).tolist():
            yield from (mouse.move(frame["x"] + CELL * (first + 0.5), y), mouse.down())
            yield from (mouse.move(frame["x"] + CELL * (behind - 0.5), y), mouse.up())


def root():
    return ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []


class Widget:
    """The widget on an open page: what a reader can do with it, and what it says."""

    def __init__(self, opened, name="draw"):
        self.page = opened
        self.stage = opened.locator(f'[data-widget="{name}"] .stage')
        self.surface = self.stage.locator(".draw-surface")
        self.stage.evaluate("stage => stage.scrollIntoView()")  # all of it: a click must not scroll
        self.frame = self.surface.bounding_box()

    def state(self):
        """Return the 28x28 input and the logits."""
        return state_of(self.stage.evaluate(STATE))

    def bitmap(self):
        """Return the ink of the canvas as a drawing, (N, N) uint8."""
        return bitmap_of(self.stage.evaluate(STATE))

    def place(self, x, y):
        """Return where a pixel of a 280 by 280 canvas is on the page."""
        scale = self.frame["width"] / 280
        return self.frame["x"] + x * scale, self.frame["y"] + y * scale

    def line(self, start, end):
        self.page.mouse.move(*self.place(*start))
        self.page.mouse.down()
        if end != start:
            self.page.mouse.move(*self.place(*end))
        self.page.mouse.up()

    def said(self):
        return self.stage.locator(".draw-sentence").inner_text()


@pytest.fixture
def opened(chapter, chromium):
    """Return a function that opens the page; at the end, it must have printed nothing."""
    messages, contexts = [], []

    def open_page(address="", name="draw", **options):
        contexts.append(chromium.new_context(viewport={"width": 1280, "height": 900}, **options))
        made = contexts[-1].new_page()
        made.on("console", lambda message: messages.append(message.text))
        made.on("pageerror", lambda error: messages.append(str(error)))
        made.goto(chapter.path.as_uri() + address)
        return Widget(made, name)

    yield open_page
    for context in contexts:
        context.close()
    assert messages == []


@pytest.fixture
def widget(opened):
    return opened()


def logits_of(chapter, image):
    """Return the logits of the page's network in NumPy."""
    x = chapter.model.scaling(image.reshape(1, -1), np.float64)
    return drawing.dequantised(chapter.packed).forward(x)[0][0]


def test_drawn_test_digits_are_prepared_and_classified_as_numpy_does(chapter):
    data = mnist.load("mnist")
    answers = in_a_thread(draw_all(chapter.path, data.test_images[:COUNT]))
    inputs, predictions = [], []
    for answer in answers:
        seen, logits = state_of(answer)
        assert np.array_equal(seen, drawing.centred(bitmap_of(answer)))
        assert np.abs(logits - logits_of(chapter, seen)).max() < 1e-4
        assert logits.argmax() == logits_of(chapter, seen).argmax()
        assert f" {logits.argmax()}, " in answer["said"]
        inputs.append(seen)
        predictions.append(logits.argmax())
    whole = chapter.model.net.predict(chapter.model.scaling(np.array(inputs).reshape(COUNT, -1)))
    same, right = int((whole == predictions).sum()), int((data.test_labels[:COUNT] == predictions).sum())
    median = np.median([float(answer["milliseconds"]) for answer in answers])
    print(f"{COUNT} drawn: {same} predicted as without rounding, {right} right; median time {median:.2f} ms")
    assert same >= COUNT - 1 and right >= 0.9 * COUNT


def in_a_thread(coroutine):
    """Return what a coroutine returns; this thread may have an event loop of Playwright's already."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, coroutine).result()


def test_a_stored_digit_is_shown_before_anybody_draws(chapter, widget):
    data = mnist.load("mnist")
    seen, logits = widget.state()
    assert np.array_equal(seen, data.test_images[0])  # MNIST's images are what the preprocessing makes
    assert np.abs(logits - logits_of(chapter, seen)).max() < 1e-4
    assert (
        widget.stage.get_by_role("button", pressed=True).get_attribute("aria-label") == f"Test digit {labels(data)[0]}"
    )
    widget.line((100, 40), (100, 200))  # the first stroke clears it
    assert widget.stage.get_by_role("button", pressed=True).count() == 0
    assert np.array_equal(widget.state()[0], drawing.centred(widget.bitmap()))
    assert (np.ptp(np.flatnonzero(widget.bitmap().any(axis=0)))) < 25


def labels(data):
    return data.test_labels.tolist()


def test_stored_digits_load_and_say_what_numpy_says(chapter, widget):
    data = mnist.load("mnist")
    for label, place in enumerate(drawing.first_of_each(data.test_labels, 10)):
        widget.stage.get_by_role("button", name=f"Test digit {label}").click()
        seen, _ = widget.state()
        assert np.array_equal(seen, data.test_images[place]) and np.array_equal(widget.bitmap(), seen)
        x = chapter.model.scaling(seen.reshape(-1), np.float64)
        P, units, shares = drawing.explained(drawing.dequantised(chapter.packed), x)
        article = "an" if P.argmax() == 8 else "a"
        assert widget.said() == f"Most likely {article} {P.argmax()}, {P.max():.1%}"
        assert widget.stage.locator(".draw-bars .draw-number").all_inner_texts() == [f"{p:.1%}" for p in P]
        assert widget.stage.locator(".draw-bars .winner").inner_text().split()[0] == str(P.argmax())
        told = [text for text in widget.stage.locator(".draw-units span").all_inner_texts() if text]
        assert told == [f"unit {unit}: {share:.1%}" for unit, share in zip(units, shares, strict=True)]


def test_keys_draw_lift_and_clear(widget):
    widget.surface.focus()
    press = widget.page.keyboard.press
    press("ArrowUp")  # the pen is up: the stored digit stays
    assert widget.stage.get_by_role("button", pressed=True).count() == 1
    press("Space")
    for key in 5 * ["ArrowDown"] + 3 * ["ArrowRight"]:
        press(key)
    press("Space")
    rows, columns = (np.flatnonzero(widget.bitmap().any(axis=axis)) for axis in (1, 0))
    assert (len(rows), len(columns)) == (50 + 20, 30 + 20)  # the pen is 20 wide
    before = widget.bitmap()
    press("ArrowLeft")
    assert np.array_equal(widget.bitmap(), before)
    assert widget.stage.locator(".draw-status").inner_text() == "Pen up, column 17, row 19 of 28"
    assert np.array_equal(widget.state()[0], drawing.centred(before))
    press("Delete")
    assert not widget.bitmap().any() and not widget.state()[0].any()
    assert widget.said() == "Nothing is drawn yet"
    how = widget.page.locator("#" + widget.surface.get_attribute("aria-describedby"))
    assert "Space" in how.inner_text() and "Delete" in how.inner_text()


def test_the_pen_can_be_seen_and_scrolls_nothing(widget):
    pen = widget.stage.locator(".draw-pen")
    assert not pen.is_visible()
    widget.surface.focus()
    above = widget.page.evaluate("scrollY")
    for key in ("ArrowDown", "Space", "ArrowDown", "Backspace"):
        widget.page.keyboard.press(key)
    assert pen.is_visible() and widget.page.evaluate("scrollY") == above
    widget.page.keyboard.press("Tab")
    assert not pen.is_visible()


def test_a_finger_draws_and_does_not_scroll(opened):
    widget = opened(has_touch=True)
    session = widget.page.context.new_cdp_session(widget.page)
    above = widget.page.evaluate("scrollY")

    def touch(kind, *points):
        points = [dict(zip("xy", widget.place(*point), strict=True)) for point in points]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", (140, 50))
    for y in range(70, 240, 20):
        touch("touchMove", (140, y))
    touch("touchEnd")
    assert widget.page.evaluate("scrollY") == above
    rows, columns = (np.flatnonzero(widget.bitmap().any(axis=axis)) for axis in (1, 0))
    assert len(rows) > 150 and 18 <= len(columns) <= 24
    assert np.array_equal(widget.state()[0], drawing.centred(widget.bitmap()))


def test_pens_differ_in_width_and_a_stroke_updates_as_it_goes(widget):
    widths = []
    for name in ("thin", "medium", "thick"):
        widget.stage.get_by_role("button", name="Clear").click()
        widget.stage.get_by_role("radio", name=name).check()
        widget.line((40, 140), (240, 140))
        widths.append(len(np.flatnonzero(widget.bitmap().any(axis=1))))
    assert widths == [10, 20, 30]
    widget.page.mouse.move(*widget.place(140, 20))
    widget.page.mouse.down()
    before = widget.state()[0]
    widget.page.mouse.move(*widget.place(140, 200), steps=3)
    assert not np.array_equal(widget.state()[0], before)  # the button is still down
    assert widget.stage.locator(".draw-sentence").get_attribute("aria-busy") == "true"
    widget.page.mouse.up()
    assert widget.stage.locator(".draw-sentence").get_attribute("aria-busy") == "false"


def test_dark_pages_have_light_ink(opened):
    colour = "canvas => [...canvas.getContext('2d').getImageData(0, 0, 280, 280).data].find(Boolean)"
    found = []
    for scheme in ("light", "dark"):
        widget = opened(color_scheme=scheme)
        widget.line((100, 100), (200, 100))
        found.append(widget.surface.evaluate(colour))
    assert found[0] < 60 and found[1] > 180


def test_a_phone_shows_all_of_it(opened):
    widget = opened(is_mobile=True, has_touch=True)
    widget.page.set_viewport_size({"width": 390, "height": 800})
    assert widget.page.evaluate("document.documentElement.scrollWidth") <= 390
    boxes = [widget.surface.bounding_box(), widget.stage.locator(".draw-units").bounding_box()]
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= 390 for box in boxes)


def shown_sum(widget):
    """Return what the page adds up: labels, texts and values."""
    rows = widget.stage.locator(".draw-sum li:visible")
    numbers = rows.locator(".draw-number")
    values = numbers.evaluate_all("numbers => numbers.map(one => Number(one.dataset.value))")
    return rows.locator(":scope > span:first-child").all_inner_texts(), numbers.all_inner_texts(), values


@pytest.mark.parametrize("wanted", ["the answer", "3"])
def test_contributions_add_up_to_the_logit(chapter, widget, wanted):
    widget.stage.get_by_label("Logit of").select_option(wanted)
    net = drawing.dequantised(chapter.packed)
    for place in drawing.first_of_each(mnist.load("mnist").test_labels, 10)[:4]:
        widget.stage.get_by_role("button", name=f"Test digit {mnist.load('mnist').test_labels[place]}").click()
        seen, _ = widget.state()
        Z, caches = net.forward(chapter.model.scaling(seen.reshape(1, -1), np.float64))
        k = int(Z[0].argmax()) if wanted == "the answer" else int(wanted)
        parts = caches[2][0][0] * net.params["W2"][:, k]
        labels, texts, values = shown_sum(widget)
        first = np.argsort(-np.abs(parts), kind="stable")[:7]
        assert labels[:-1] == [*(f"unit {unit}" for unit in first), f"{len(parts) - 7} other units", "bias"]
        assert values[:7] == pytest.approx(parts[first], abs=1e-6) and values[8] == net.params["b2"][k]
        assert values[7] == pytest.approx(np.delete(parts, first).sum(), abs=1e-6)
        assert sum(values[:-1]) == pytest.approx(Z[0, k], abs=1e-4) == values[-1]
        assert texts == [f"{value:+.2f}".replace("-", "\u2212") for value in values]
        assert labels[-1] == f"logit of {'an' if k == 8 else 'a'} {k}"


def test_counts_of_confused_digits_are_those_of_the_test_set(chapter, widget):
    pixels, labels = mnist.load("mnist").part("test")
    said = drawing.dequantised(chapter.packed).predict(chapter.model.scaling(pixels, np.float64))
    for button in ("Test digit 4", "Test digit 8"):
        widget.stage.get_by_role("button", name=button).click()
        k = widget.state()[1].argmax()
        taken, given = (np.bincount(one, minlength=10) for one in (said[labels == k], labels[said == k]))
        (shown, answered), right = (taken.sum(), given.sum()), taken[k]
        taken[k] = given[k] = 0
        a = ["a 0", "a 1", "a 2", "a 3", "a 4", "a 5", "a 6", "a 7", "an 8", "a 9"]
        first = f"{shown:,} test images show {a[k]}; the network takes {shown - right} of them for another digit, "
        first += f"most often for {a[taken.argmax()]} ({taken.max()})."
        second = f"Of the {answered:,} test images that it takes for {a[k]}, {answered - right} show another digit, "
        second += f"most often {a[given.argmax()]} ({given.max()})."
        assert widget.stage.locator(":scope > .draw-confused").inner_text() == f"{first} {second}"


def found_flip(widget):
    """Wait for the search to end; return the change, and the classes without and with it."""
    busy = "stage => stage.querySelector('.draw-change').getAttribute('aria-busy') === 'false'"
    widget.page.wait_for_function(busy, arg=widget.stage.element_handle())
    found = widget.stage.evaluate("stage => { const f = stage.flip(); return f && { ...f, change: [...f.change] }; }")
    return np.array(found["change"]), found["was"], found["label"]


def test_the_smallest_change_flips_the_answer_and_less_of_it_does_not(chapter, widget):
    net, scaling = drawing.dequantised(chapter.packed), chapter.model.scaling
    for label in (7, 4, 8):
        widget.stage.get_by_role("button", name=f"Test digit {label}").click()
        change, was, becomes = found_flip(widget)
        seen = widget.state()[0].reshape(-1).astype(float)

        def answer(share, image=seen, change=change):
            return int(net.predict(scaling((image + share * change)[None], np.float64))[0])

        assert answer(0) == was != becomes == answer(1) and answer(0.9) == answer(0.5) == was
        assert (seen + change).min() >= -1e-9 and (seen + change).max() <= 255 + 1e-9
        expected = flip.smallest(flip.folded(net, scaling), seen)
        assert (expected.was, expected.label) == (was, becomes)
        np.testing.assert_allclose(change, expected.change, atol=1e-4)
        told = widget.stage.locator(".draw-change p.draw-confused:visible").inner_text()
        length = np.linalg.norm(change)
        assert f"Its length is {length / 255:.3f} ({length / np.linalg.norm(seen):.1%} of the image's)" in told
        slider = widget.stage.get_by_role("slider", name="How much of it")
        for share, wanted in ((90, was), (100, becomes), (0, was)):
            slider.fill(str(share))
            text = widget.stage.locator(".draw-readout").inner_text()
            assert text.startswith(f"{share}% of it: ") and f" {wanted}, " in text == slider.get_attribute(
                "aria-valuetext"
            )


def test_where_nothing_is_drawn_nothing_is_explained(widget):
    found_flip(widget)
    widget.stage.get_by_role("button", name="Clear").click()
    found = widget.stage.locator(".draw-sum, .draw-change .draw-steps, .draw-stage > .draw-confused")
    assert not any(one.is_visible() for one in found.all())
    assert widget.stage.evaluate("stage => stage.flip()") is None


def test_the_empty_box_of_units_shrinks_and_the_field_stays_where_it_is(widget):
    def tops():
        return [widget.stage.locator(name).bounding_box()["y"] for name in (".draw-surface", ".draw-because")]

    widget.line((100, 40), (100, 200))
    drawn = tops()
    widget.stage.get_by_role("button", name="Clear").click()
    empty = tops()
    assert empty[0] == drawn[0] and empty[1] < drawn[1] - 60
    widget.line((100, 40), (100, 200))
    assert tops() == drawn


def test_a_tick_says_where_the_answer_flips(widget):
    found_flip(widget)
    box = widget.stage.get_by_role("slider", name="How much of it").bounding_box()
    texts = widget.stage.locator(".draw-ticks span")
    assert texts.all_inner_texts() == ["0%", "100%, it flips"]
    middle = texts.last.evaluate("one => (({ left, right }) => (left + right) / 2)(one.getBoundingClientRect())")
    assert middle == pytest.approx(box["x"] + 8 + 100 / 150 * (box["width"] - 16), abs=1)


def test_a_pictures_name_stands_on_a_line_of_its_own(widget, tmp_path):
    heights = []
    for name in ("photo.png", f"{'a very long name ' * 8}.png"):
        path = made_picture(tmp_path, "red ink on green", 3).rename(tmp_path / name)
        choose(widget, path)
        Shown(widget)
        line, button = (
            widget.stage.locator(f".draw-file {one}").first.bounding_box() for one in ("p > span", "button")
        )
        assert line["y"] >= button["y"] + button["height"] and line["width"] <= 280
        heights.append(line["height"])
    assert heights[0] == heights[1] < 20


def test_a_link_restores_what_is_drawn(opened):
    widget = opened()
    widget.line((60, 60), (200, 90))
    widget.line((190, 90), (120, 250))
    widget.stage.get_by_label("Logit of").select_option("2")
    drawn, texts = widget.state(), shown_sum(widget)
    widget.stage.get_by_role("button", name="Copy link").click()
    address = widget.page.url.partition("#")[2]
    assert address.startswith("draw?image=") and address.endswith("&logit=2") and len(address) < 700
    again = opened(f"#{address}")
    assert all(np.array_equal(one, other) for one, other in zip(again.state(), drawn, strict=True))
    assert shown_sum(again) == texts and again.stage.get_by_role("button", pressed=True).count() == 0
    assert again.stage.locator("..").bounding_box()["y"] < 100  # the page has gone there
    again.line((100, 40), (100, 200))  # the first stroke clears it
    assert (np.ptp(np.flatnonzero(again.bitmap().any(axis=0)))) < 25


@pytest.mark.parametrize(
    "query", ["", "image=", "image=AP8A", "image=%22%3E", "image=A", "logit=x", "image=" + 2000 * "A"]
)
def test_a_link_that_says_nothing_changes_nothing(opened, query):
    widget = opened(f"#draw?{query}")
    assert np.array_equal(widget.state()[0], mnist.load("mnist").test_images[0])
    assert widget.stage.get_by_label("Logit of").input_value() == ""


def test_all_images_go_into_an_address_and_come_back(widget):
    rng = np.random.default_rng(0)
    images = [
        *mnist.load("mnist").test_images[:50],
        rng.integers(0, 256, (28, 28)),
        np.zeros((28, 28)),
        np.full((28, 28), 255),
    ]
    back = """values => {
        const text = digits.packed(Uint8Array.from(values));
        return [text, [...digits.unpacked(text, 784)]];
    }"""
    for image in images:
        text, values = widget.page.evaluate(back, image.ravel().tolist())
        assert values == image.ravel().tolist() and set(text) <= set(LETTERS)
    assert len(text) < 20


LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def test_both_fields_of_a_page_say_the_same_and_share_the_data(chapter, opened):
    widget = opened()
    top = Widget(widget.page, "draw-first")
    assert np.array_equal(top.state()[0], mnist.load("mnist").test_images[0])
    for one in (widget, top):
        one.stage.evaluate("stage => stage.scrollIntoView()")
        one.frame = one.surface.bounding_box()
        one.line((60, 60), (200, 90))
        one.line((190, 90), (120, 250))
    assert all(np.array_equal(one, other) for one, other in zip(top.state(), widget.state(), strict=True))
    assert np.abs(top.state()[1] - logits_of(chapter, top.state()[0])).max() < 1e-4
    assert top.said() == widget.said()
    numbers = [one.stage.locator(".draw-bars .draw-number").all_inner_texts() for one in (top, widget)]
    assert numbers[0] == numbers[1] and len(numbers[0]) == 10
    ids = widget.page.evaluate("[...document.querySelectorAll('[id]')].map(one => one.id)")
    assert len(ids) == len(set(ids))
    html = chapter.path.read_text(encoding="utf-8")
    assert html.count(chapter.packed["W1"][:2000]) == 1


def test_the_field_at_the_top_works_by_keyboard_and_leads_on_with_the_drawing(opened):
    top = opened(name="draw-first")
    top.surface.focus()
    for key in ("Space", *5 * ["ArrowDown"], *3 * ["ArrowRight"], "Space"):
        top.page.keyboard.press(key)
    drawn = top.state()
    top.stage.get_by_role("link").focus()
    for _ in range(2):  # the second time the address is there already
        top.page.keyboard.press("Enter")
        whole = Widget(top.page)
        assert all(np.array_equal(one, other) for one, other in zip(whole.state(), drawn, strict=True))
        assert whole.surface.evaluate("surface => surface === document.activeElement")
        assert 0 <= whole.surface.bounding_box()["y"] < 600
        top.stage.get_by_role("link").focus()
    top.surface.focus()
    top.page.keyboard.press("Delete")
    assert top.said() == "Nothing is drawn yet" and not top.state()[0].any()


def test_a_page_without_the_network_keeps_the_picture(chromium, tmp_path):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# A chapter"), top_of_the_page()])
    path = tmp_path / "page.html"
    path.write_text(document.build({"one.ipynb": notebook}, ROOT / "report" / "template", "T", {}), encoding="utf-8")
    made = chromium.new_page()
    said = []
    made.on("pageerror", lambda error: said.append(str(error)))
    made.goto(path.as_uri())
    assert (
        not made.locator("figure.alive").count()
        and made.locator("figure img").evaluate("one => getComputedStyle(one).display") == "block"
    )
    made.close()
    assert said == []


WITHIN = """options => axe.run({ include: [[".stage"]] }, options)
    .then(found => found.violations.map(one => `${one.id}: ${one.nodes.map(node => node.html)}`))"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280, 1920])
def test_both_fields_can_be_used_by_everyone(opened, scheme, width):
    widget = opened(color_scheme=scheme)
    widget.page.set_viewport_size({"width": width, "height": 900})
    found_flip(widget)
    # Playwright's own world: the page's policy lets no script in.
    widget.page.evaluate(live.AXE_FILE_PATH.read_text(encoding="utf-8"))
    rules = {rule: {"enabled": True} for rule in live.MORE_RULES}
    assert widget.page.evaluate(WITHIN, {"rules": rules}) == []
    assert widget.page.evaluate("document.documentElement.scrollWidth") <= width


# The steps of the picture that is shown, in base64.
STEPS = """stage => {
    const text = (values) => {
        const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
        let letters = "";
        for (const byte of bytes) letters += String.fromCharCode(byte);
        return btoa(letters);
    };
    const { values, paper, difference, ink, height, width } = stage.picture;
    return { values: text(values), paper: text(paper), difference: text(difference), ink: text(ink), height, width };
}"""


class Shown:
    """What the page has made of a picture, as `picture.Steps` has it."""

    def __init__(self, widget):
        widget.page.wait_for_function("stage => stage.picture?.ink", arg=widget.stage.element_handle())
        found = widget.stage.evaluate(STEPS)
        shape = found["height"], found["width"]
        kinds = {"values": (np.uint8, (*shape, 3)), "paper": (float, (*shape, 3))}
        kinds |= {"difference": (float, shape), "ink": (np.uint8, shape)}
        for name, (kind, wanted) in kinds.items():
            setattr(self, name, np.frombuffer(base64.b64decode(found[name]), kind).reshape(wanted))


def choose(widget, *paths):
    widget.stage.evaluate("stage => { stage.picture = null; }")
    widget.stage.locator("input[type=file]").set_input_files(paths)


def made_picture(folder, name, place=0, image=None):
    """Write a test digit as a picture of a kind; return its path."""
    kind = papers.KINDS[name]
    image = mnist.load("mnist").test_images[place] if image is None else image
    path = folder / f"a {'-'.join(name.replace(',', '').split())}.{kind.ending}"
    papers.picture(image, kind, np.random.default_rng(place)).save(path)
    return path


@pytest.mark.parametrize("place, name", list(enumerate(papers.KINDS)))
def test_pictures_go_through_the_same_steps_as_in_python(chapter, widget, tmp_path, name, place):
    path = made_picture(tmp_path, name, place)
    choose(widget, path)
    shown, steps = Shown(widget), picture.steps(picture_file.read(path))
    assert shown.ink.shape == steps.ink.shape
    lossless = papers.KINDS[name].mode != "RGBA" and path.suffix != ".jpg"
    # A canvas keeps colours times opacity in 8 bits, and browsers decode JPEG as they like.
    assert np.abs(shown.values.astype(int) - steps.pixels).max() <= (0 if lossless else 8)
    assert np.abs(shown.paper - steps.paper).max() <= (1e-9 if lossless else 8)
    seen, logits = widget.state()
    if lossless:
        assert np.abs(shown.difference - steps.difference).max() < 1e-9
        assert np.array_equal(shown.ink, steps.ink) and np.array_equal(seen, steps.image)
    assert np.abs(seen.astype(int) - steps.image).mean() <= (0 if lossless else 2)
    assert np.abs(logits - logits_of(chapter, seen)).max() < 1e-4
    assert logits.argmax() == logits_of(chapter, steps.image).argmax()
    assert widget.stage.locator(".draw-file p").inner_text() == path.name
    titles = widget.stage.locator(".draw-steps span").all_inner_texts()
    assert titles[:4] == ["pixels", "paper", "difference", "ink"]


def test_a_small_digit_on_a_large_photo_is_looked_at_again(widget, tmp_path):
    sheet = Image.new("L", (2400, 1800), 255)
    digit = Image.fromarray(255 - mnist.load("mnist").test_images[0]).resize((84, 84))
    sheet.paste(digit, (1300, 400))
    sheet.save(tmp_path / "page.png")
    steps = picture.steps(picture_file.read(tmp_path / "page.png"))
    assert max(steps.pixels.shape) < 250  # around the digit alone
    choose(widget, tmp_path / "page.png")
    shown = Shown(widget)
    assert np.array_equal(shown.values, steps.pixels) and np.array_equal(widget.state()[0], steps.image)


READ = "() => !document.querySelector('[data-widget=draw] .draw-file p').textContent.startsWith('Reading')"


def test_what_shows_no_digit_is_said_and_changes_nothing(widget, tmp_path):
    before, _ = widget.state()
    blank = made_picture(tmp_path, "shadow and noise", image=np.zeros((28, 28), np.uint8))
    (text := tmp_path / "text.png").write_text("no picture", encoding="utf-8")
    for path, words in ((blank, "There is no ink on its paper"), (text, "This is no picture that can be read")):
        choose(widget, path)
        widget.page.wait_for_function(READ)
        said = widget.stage.locator(".draw-file p").inner_text()
        assert said == f"{path.name}\n{words}. What is shown is what was there before."
        assert np.array_equal(widget.state()[0], before)
    assert not widget.stage.locator(".draw-photo").is_visible()


# A file arrives as it does from another window.
ARRIVE = """([where, name, bytes]) => {
    const data = new DataTransfer();
    data.items.add(new File([Uint8Array.from(bytes)], "mine.png", { type: "image/png" }));
    const event = name === "drop" ? new DragEvent(name, { dataTransfer: data, bubbles: true, cancelable: true })
        : new ClipboardEvent(name, { clipboardData: data, bubbles: true, cancelable: true });
    document.querySelector(where).dispatchEvent(event);
}"""


@pytest.mark.parametrize("name, where", [("drop", "[data-widget=draw] .draw-surface"), ("paste", "body")])
def test_a_picture_can_be_dropped_and_pasted(widget, tmp_path, name, where):
    path = made_picture(tmp_path, "red ink on green", 3)
    widget.page.evaluate(ARRIVE, [where, name, list(path.read_bytes())])
    Shown(widget)
    assert np.array_equal(widget.state()[0], picture.steps(picture_file.read(path)).image)
    assert widget.stage.locator(".draw-photo").is_visible()
    assert widget.stage.locator(".draw-file p").inner_text() == "mine.png"


def test_a_picture_is_chosen_by_keyboard_and_the_first_stroke_clears_it(widget, tmp_path):
    path = made_picture(tmp_path, "white paper", 1)
    with widget.page.expect_file_chooser() as chooser:
        widget.stage.get_by_role("button", name="Open a picture").focus()  # by now the browser knows who is to choose
        widget.page.keyboard.press("Enter")
    chooser.value.set_files(path)
    Shown(widget)
    assert np.array_equal(widget.state()[0], picture.steps(picture_file.read(path)).image)
    widget.line((100, 40), (100, 200))
    assert (np.ptp(np.flatnonzero(widget.bitmap().any(axis=0)))) < 25
    assert not widget.stage.locator(".draw-photo").is_visible()
    assert widget.stage.locator(".draw-file p").inner_text() == ""


def test_a_phone_shows_a_pictures_steps(opened, tmp_path):
    widget = opened(is_mobile=True, has_touch=True)
    widget.page.set_viewport_size({"width": 390, "height": 800})
    choose(widget, made_picture(tmp_path, "shadow and noise", 2))
    Shown(widget)
    assert widget.page.evaluate("document.documentElement.scrollWidth") <= 390
    for found in (".draw-photo", ".draw-tools", ".draw-file"):
        box = widget.stage.locator(found).bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= 390


def test_the_pictures_script_weighs_little():
    assert len((ROOT / "report" / "template" / "draw-picture.js").read_bytes()) < 20_000
