"""The page's "Replay the search" and "Look at mistakes" in a real browser, beside the files that the runs wrote."""

import base64
import re
from dataclasses import dataclass
from pathlib import Path

import nbformat
import numpy as np
import pytest

import live
from conftest import ROOT
from nbreport.notebook import NOTEBOOK
from nbreport.page import document, references
from twolayer.analysis import homework, selection
from twolayer.data import mnist
from twolayer.network.model_file import load_model
from twolayer.runs import records, studies

CHAPTERS = ("03_search", "07_protocol")
MOST = 400  # images of mistakes in a page
TOP = 0.998  # the plot's highest accuracy


@dataclass(frozen=True)
class Built:
    """The page of two chapters, and the folder of the runs that they read."""

    path: Path
    runs: Path

    @property
    def searched(self):
        return homework.beside_published(studies.load("homework_grid", self.runs))

    def run(self, **setting):
        """Return a row of the search, by hidden and lr."""
        frame = self.searched
        (place,) = frame.index[np.logical_and.reduce([frame[name] == value for name, value in setting.items()])]
        return frame.loc[place]

    def answers(self):
        """Return labels and probabilities of the test images, by the network in the middle of the final ones."""
        tested = studies.load("sound_final", self.runs)
        model = load_model(Path(tested.loc[selection.median_run(tested), "folder"], "model.npz"))
        pixels, labels = mnist.load("mnist").part("test")
        return labels, model.net.probabilities(model.scaling(pixels))


@pytest.fixture(scope="module")
def built(smoke, tmp_path_factory):
    """Make a page of the two chapters, as the small report has executed them."""
    executed = [smoke / "build" / "chapters" / name / NOTEBOOK for name in CHAPTERS]
    chapters = {path.parent.name: nbformat.read(path, as_version=4) for path in executed}
    limit = nbformat.v4.new_markdown_cell(
        "# A limit\n\n\\begin{equation}\\begin{aligned} x \\end{aligned}\\tag{5.2}\\end{equation}"
    )
    chapters["limit"] = nbformat.v4.new_notebook(cells=[limit])  # captions refer to it
    entries = references.load(ROOT / "report" / "references.yaml")
    path = tmp_path_factory.mktemp("replay") / "page.html"
    path.write_text(
        document.build(chapters, ROOT / "report" / "template", "A title", {}, entries=entries), encoding="utf-8"
    )
    return Built(path, smoke / "runs" / "smoke")


class Widget:
    """A widget on an open page."""

    def __init__(self, opened, name):
        self.live, self.page = opened, opened.page
        self.figure = opened.page.locator(f'figure[data-widget="{name}"]')
        self.stage = self.figure.locator(".stage")
        self.stage.evaluate("stage => stage.scrollIntoView()")

    def said(self):
        return self.stage.locator("[aria-live]").inner_text()


class Replay(Widget):
    """Replay the search: one of its two sides, and what both have in common."""

    def __init__(self, opened, side=0):
        super().__init__(opened, "replay")
        self.side = self.stage.locator(".replay-side").nth(side)

    def said(self):
        return self.side.locator("[aria-live]").inner_text()

    def radio(self, name, value):
        return self.side.get_by_role("group", name=name, exact=True).get_by_label(str(value), exact=True)

    def chosen(self):
        """Return the checked radio button of each group."""
        read = """groups => groups.map(group => [
            group.querySelector("legend").textContent, Number(group.querySelector(":checked").value)
        ])"""
        return dict(self.side.locator("fieldset").evaluate_all(read))

    def points(self, plot, name, to_axis):
        """Return updates and values at the corners of a line, read off the ticks; `to_axis` maps values to the axis."""
        svgs = self.side.locator("svg")
        across, bottom = grid(svgs.nth(plot), "x"), svgs.last.locator('[data-axis="x"]').all_text_contents()
        up, side = grid(svgs.nth(plot), "y"), svgs.nth(plot).locator('[data-axis="y"]').all_text_contents()
        path = svgs.nth(plot).locator(f'[data-line="{name}"]').get_attribute("d")
        x, y = np.array(re.findall(r"(-?[\d.]+),(-?[\d.]+)", path), float).T
        updates = np.polynomial.Polynomial.fit(across, np.sqrt(numbers(bottom)), 1)(x) ** 2
        return updates, np.polynomial.Polynomial.fit(up, to_axis(numbers(side)), 1)(y)


def numbers(texts):
    return np.array([float(text.replace(",", "").rstrip("%")) for text in texts])


def grid(svg, axis):
    """Return where the lines of the grid are that belong to the ticks of an axis, in pixels."""
    ends = "lines => lines.map(line => ['x1', 'x2', 'y1', 'y2'].map(name => +line.getAttribute(name)))"
    lines = svg.locator(".replay-grid").evaluate_all(ends)
    return [x1 if axis == "x" else y1 for x1, x2, y1, y2 in lines if (x1 == x2 if axis == "x" else y1 == y2)]


def stretched(accuracy):
    return np.log(1 - np.minimum(accuracy, TOP))


def sentence(row):
    """Return what the page has to say of a run."""
    result = records.read_result(row["folder"])
    dead = round(result["dead_fraction"], 3)
    rounded = int(np.floor(100 * dead + 0.5))
    share = {0: "none", 1: "all"}.get(dead) or ("> 99%" if rounded == 100 else f"{rounded}%")
    return (
        f"hidden {row['hidden']}, lr {row['lr']:g}, l2 {row['l2']:g}: test accuracy {result['accuracy']['test']:.4f}, "
        f"kept at update {result['best_update']:,}; {share} of the hidden units end dead; "
        f"published: {row['published']:.4f}"
    )


@pytest.fixture
def replay(built, show):
    return Replay(show(built.path))


def test_it_starts_with_the_chosen_run(built, replay):
    frame = built.searched
    assert replay.said() == sentence(frame.loc[selection.select(frame)])
    assert not replay.figure.locator("img").is_visible()  # the still picture


def test_every_setting_shows_what_its_run_wrote(built, replay):
    for _, row in built.searched.iterrows():
        for name in ("hidden", "lr", "l2"):
            replay.radio(name, f"{row[name]:g}").check()
        assert replay.said() == sentence(row)
        history = records.read_history(row["folder"])
        assert replay.side.locator("svg").first.locator('[data-line="test"]').count() == 0  # looked at once only
        updates, values = replay.points(0, "validation", stretched)
        np.testing.assert_allclose(updates, history["update"], atol=0.01)
        np.testing.assert_allclose(1 - np.exp(values), history["validation_accuracy"], atol=2e-4)
        updates, values = replay.points(1, "dead", lambda percents: percents / 100)
        np.testing.assert_allclose(updates, history["update"], atol=0.01)
        np.testing.assert_allclose(values, history["dead_fraction"], atol=6e-4)


def test_the_learning_rate_beside_the_curvature(built, replay):
    followed = studies.load_followed("curvature_homework", built.runs).set_index(["hidden", "lr"])
    for _, row in built.searched.iterrows():
        replay.radio("hidden", row["hidden"]).check()
        replay.radio("lr", f"{row['lr']:g}").check()
        below = replay.side.locator("svg").nth(2)
        if (row["hidden"], row["lr"]) not in followed.index:
            assert "not followed at this setting" in below.text_content()
            continue
        assert "followed at l2 0.01 only" in below.text_content()
        trace = followed.loc[(row["hidden"], row["lr"]), "trace"]
        finite = np.isfinite(trace["largest"])
        updates, values = replay.points(2, "ratio", np.log10)
        np.testing.assert_allclose(updates, trace["update"][finite], atol=0.01)
        np.testing.assert_allclose(values, np.log10(row["lr"] * trace["largest"][finite] / 2), atol=1e-3)
        assert f"above the limit 1 at {(row['lr'] * trace['largest'] / 2 > 1).sum()} of" in below.get_attribute(
            "aria-label"
        )
    searched = set(zip(built.searched["hidden"], built.searched["lr"], strict=True))
    assert set(followed.index) & searched == {(64, 0.001), (64, 0.1)}


def test_the_limit_is_drawn_at_one(replay):
    below = replay.side.locator("svg").nth(2)
    ticks = dict(zip(below.locator('[data-axis="y"]').all_text_contents(), grid(below, "y"), strict=True))
    assert float(below.locator(".replay-limit").get_attribute("y1")) == ticks["1"]


def test_plots_share_the_axis_and_say_what_they_show(built, replay):
    svgs = replay.side.locator("svg")
    assert svgs.count() == 3 and len({tuple(grid(svgs.nth(at), "x")) for at in range(3)}) == 1
    labels = [svgs.nth(at).get_attribute("aria-label") for at in range(3)]
    assert all(svgs.nth(at).get_attribute("role") == "img" for at in range(3))
    history = records.read_history(built.searched.loc[selection.select(built.searched), "folder"])
    first, last = history["validation_accuracy"][[0, -1]]
    assert f"validation {first:.4f} at update 0, {last:.4f} at update {history['update'][-1]}" in labels[0]
    assert labels[1].startswith("Share of dead") and labels[2].startswith("Learning rate")


def test_arrow_keys_choose(built, replay):
    replay.radio("hidden", 64).check()
    replay.radio("lr", "0.001").check()
    replay.radio("hidden", 64).focus()
    replay.page.keyboard.press("ArrowRight")
    assert replay.chosen() == {"hidden": 128, "lr": 0.001, "l2": 0.01}
    replay.page.keyboard.press("Tab")
    replay.page.keyboard.press("ArrowRight")
    assert replay.chosen() == {"hidden": 128, "lr": 0.1, "l2": 0.01}
    assert replay.said() == sentence(built.run(hidden=128, lr=0.1))


def test_the_map_shows_all_accuracies_and_chooses(built, replay):
    cells = replay.side.locator(".replay-map button")
    for hidden in (64, 128):
        replay.radio("hidden", hidden).check()
        rows = [built.run(hidden=hidden, lr=lr) for lr in (0.001, 0.1)]
        assert cells.all_inner_texts() == [f"{row['test']:.2f}" for row in rows]
        names = [f"{row['test']:.4f} at lr {row['lr']:g}, l2 0.01" for row in rows]
        assert [cells.nth(at).get_attribute("aria-label") for at in range(2)] == names
    cells.nth(1).click()
    assert replay.chosen()["lr"] == 0.1 and replay.said() == sentence(built.run(hidden=128, lr=0.1))
    replay.page.keyboard.press("ArrowLeft")
    assert replay.chosen()["lr"] == 0.001 and replay.said() == sentence(built.run(hidden=128, lr=0.001))
    assert [cells.nth(at).get_attribute("aria-pressed") for at in range(2)] == ["true", "false"]
    assert [cells.nth(at).get_attribute("tabindex") for at in range(2)] == ["0", "-1"]
    assert cells.nth(0).evaluate("cell => cell === document.activeElement")
    replay.page.keyboard.press("ArrowLeft")  # there is nothing
    assert replay.chosen()["lr"] == 0.001


def test_the_slider_steps_through_the_evaluations(built, replay):
    slider, readout = replay.stage.get_by_role("slider", name="Update"), replay.side.locator(".replay-readout")
    frame = built.searched
    history = records.read_history(frame.loc[selection.select(frame), "folder"])
    slider.focus()
    replay.page.keyboard.press("Home")
    for place, update in enumerate(history["update"]):
        assert slider.get_attribute("aria-valuetext") == f"update {update:,}"
        told = f"validation {history['validation_accuracy'][place]:.4f}"
        assert readout.inner_text().startswith(f"update {update:,}: {told}; ")
        veiled = replay.side.locator(".replay-veil").evaluate_all(
            "veils => veils.map(veil => veil.style.display !== 'none')"
        )
        assert veiled == 3 * [update < history["update"][-1]]
        replay.page.keyboard.press("ArrowRight")


def test_nothing_moves_where_that_is_not_wanted(replay):
    assert replay.stage.get_by_role("button", name="Play").count() == 0


def test_play_moves_to_the_end_and_can_be_stopped(built, show):
    replay = Replay(show(built.path, motion="no-preference"))
    slider = replay.stage.get_by_role("slider", name="Update")
    slider.fill("0")
    replay.stage.get_by_role("button", name="Play").click()
    replay.stage.get_by_role("button", name="Stop").click()
    assert replay.stage.get_by_role("button", name="Play").is_visible()
    replay.stage.get_by_role("button", name="Play").click()
    replay.stage.get_by_role("button", name="Play").wait_for()  # it has stopped by itself
    assert slider.input_value() == slider.get_attribute("max") == "2"
    replay.stage.get_by_role("button", name="Play").click()
    replay.radio("lr", "0.1").check()  # another run: it stops
    assert replay.stage.get_by_role("button", name="Play").is_visible() and not replay.live.said


def test_the_sides_differ_and_each_has_a_choice_of_its_own(built, show):
    first = Replay(show(built.path))
    second = Replay(first.live, 1)
    names = [first.stage.get_by_role("group", name=f"Setting {name}").count() for name in "AB"]
    assert names == [1, 1] and first.stage.get_by_role("slider").count() == 1
    assert first.chosen() == {"hidden": 128, "lr": 0.001, "l2": 0.01}
    assert second.chosen() == {"hidden": 64, "lr": 0.1, "l2": 0.01}  # whose curvature was followed
    assert second.said() == sentence(built.run(hidden=64, lr=0.1))
    second.radio("hidden", 128).check()
    assert second.said() == sentence(built.run(hidden=128, lr=0.1))
    second.radio("hidden", 64).check()
    assert first.said() == sentence(built.run(hidden=128, lr=0.001)) and first.chosen()["hidden"] == 128
    for side, row in ((first, built.run(hidden=128, lr=0.001)), (second, built.run(hidden=64, lr=0.1))):
        updates, values = side.points(1, "dead", lambda percents: percents / 100)
        history = records.read_history(row["folder"])
        np.testing.assert_allclose(updates, history["update"], atol=0.01)
        np.testing.assert_allclose(values, history["dead_fraction"], atol=6e-4)
    tops = [side.side.locator("svg").first.bounding_box()["y"] for side in (first, second)]
    assert tops[0] == pytest.approx(tops[1], abs=1)  # side by side, at one height


def test_one_time_moves_both_and_stays_where_another_run_is_chosen(built, show):
    first = Replay(show(built.path))
    second, slider = Replay(first.live, 1), first.stage.get_by_role("slider", name="Update")
    slider.fill("1")
    second.radio("hidden", 64).check()
    assert slider.input_value() == "1"
    for side, row in ((first, built.run(hidden=128, lr=0.001)), (second, built.run(hidden=64, lr=0.1))):
        history = records.read_history(row["folder"])
        told = f"update {history['update'][1]:,}: validation {history['validation_accuracy'][1]:.4f}; "
        assert side.side.locator(".replay-readout").inner_text().startswith(told)


def test_runs_of_other_updates_share_one_time(built, show):
    """A run that was looked at elsewhere shows its last look until then."""
    first = Replay(show(built.path))
    made = first.live.run("""() => {
        const figure = document.createElement("figure"), stage = document.createElement("div");
        figure.append(stage);
        document.querySelector("main").append(figure);
        const found = { validation: [0.1, 0.2, 0.3], dead: [0, 0, 0], kept: 0, tested: 0.5 };
        const run = (lr, at) => ({ hidden: 1, lr, l2: 0, at, ...found });
        const data = { hidden: [1], lr: [1, 2], l2: [0], updates: [[0, 10, 20], [0, 15, 40]], start: 0, followed: [] };
        widgets.replay(stage, { ...data, runs: [run(1, 0), run(2, 1)] });
        const slider = stage.querySelector("input[type=range]"), told = [];
        for (let at = 0; at <= Number(slider.max); at += 1) {
            slider.value = at;
            slider.dispatchEvent(new Event("input"));
            const readouts = [...stage.querySelectorAll(".replay-readout")];
            told.push(readouts.map(one => one.textContent.split(";")[0]));
        }
        figure.remove();
        return told;
    }""")
    looks = [(0, 0), (10, 0), (10, 15), (20, 15), (20, 40)]
    accuracy = {0: 0.1, 10: 0.2, 20: 0.3, 15: 0.2, 40: 0.3}
    assert made == [[f"update {one}: validation {accuracy[one]:.4f}" for one in pair] for pair in looks]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A page of this widget with made runs, of whose curvature none was followed; the page of no report."""
    runs = [{"hidden": hidden, "lr": lr, "l2": 0.01} for hidden in (8, 16) for lr in (0.1, 0.3, 0.9)]
    found = {"at": 0, "validation": [0.1, 0.9], "dead": [0, 0], "kept": 10, "tested": 0.9}
    data = {"hidden": [8, 16], "lr": [0.1, 0.3, 0.9], "l2": [0.01], "updates": [[0, 10]], "start": 0, "followed": []}
    about = {"kind": "figure", "caption": "c", "alt": "a", "inches": 7, "widget": "replay", "label": "replay"}
    about["data"] = data | {"runs": [run | found for run in runs]}
    image = base64.b64encode(b"not looked at").decode()
    output = nbformat.v4.new_output("display_data", {"image/png": image}, metadata={"nbreport": about})
    cells = [nbformat.v4.new_markdown_cell("# A chapter"), nbformat.v4.new_code_cell("show()", outputs=[output])]
    path = tmp_path_factory.mktemp("made") / "page.html"
    chapters = {"one.ipynb": nbformat.v4.new_notebook(cells=cells)}
    path.write_text(document.build(chapters, ROOT / "report" / "template", "T", {}), encoding="utf-8")
    return path


def test_the_second_setting_is_one_that_was_followed(made, show):
    first = Replay(show(made))
    found = first.live.run("""() => {
        const data = dataOf(figureOf("replay")), start = (followed) => {
            const stage = document.createElement("div");
            document.querySelector("main").append(stage);
            widgets.replay(stage, { ...data, followed });
            const [, side] = stage.querySelectorAll(".replay-side");
            const chosen = [...side.querySelectorAll("input:checked")].map((one) => Number(one.value));
            stage.remove();
            return chosen;
        };
        const one = (hidden, lr, ratio = [1]) => ({ hidden, lr, l2: 0.01, update: ratio.map(() => 0), ratio });
        return [
            start([]), start([one(8, 0.1), one(16, 0.1), one(16, 0.3)]), start([one(16, 0.3), one(8, 0.3)]),
            start([one(16, 0.9, []), one(8, 0.3)]), start([one(8, 0.1)]), start([{ ...one(16, 0.3), l2: 1 }]),
        ];
    }""")
    fallback = [8, 0.9, 0.01]
    assert found == [fallback, [16, 0.3, 0.01], [8, 0.3, 0.01], [8, 0.3, 0.01], fallback, fallback]


def test_on_a_phone_nothing_sticks_over_headings(made, show):
    position = "one => getComputedStyle(one).position"
    for width, expected in ((1280, "sticky"), (390, "static")):
        player = Replay(show(made, width=width)).stage.locator(".replay-player")
        assert player.evaluate(position) == expected


def test_a_link_restores_settings_and_time(built, show):
    first = Replay(show(built.path))
    second = Replay(first.live, 1)
    first.radio("hidden", 64).check()
    first.radio("lr", "0.1").check()
    second.radio("lr", "0.001").check()
    first.stage.get_by_role("slider", name="Update").fill("1")
    first.stage.get_by_role("button", name="Copy link").click()
    address = first.page.url.partition("#")[2]
    update = records.read_history(built.run(hidden=64, lr=0.1)["folder"])["update"][1]
    assert address == f"replay?a=64+0.1+0.01&b=64+0.001+0.01&update={update}"
    first.page.goto("about:blank")
    first.page.goto(f"{built.path.as_uri()}#{address}")
    first.live.settle()
    assert first.chosen() == {"hidden": 64, "lr": 0.1, "l2": 0.01}
    assert second.chosen() == {"hidden": 64, "lr": 0.001, "l2": 0.01}
    assert first.stage.get_by_role("slider", name="Update").input_value() == "1"
    assert first.side.locator(".replay-readout").inner_text().startswith(f"update {update}: ") and not first.live.said


@pytest.mark.parametrize("query", ["", "a=", "a=64+0.1", "a=1+2+3&b=x+y+z", "update=-1", "a=64+0.1+0.01+9&update=1e9"])
def test_a_link_that_says_nothing_known_leaves_what_was_run(built, show, query):
    replay = Replay(show(built.path))
    replay.page.goto("about:blank")
    replay.page.goto(f"{built.path.as_uri()}#replay?{query}")
    replay.live.settle()
    assert {**replay.chosen(), "hidden": 0, "lr": 0} == {"hidden": 0, "lr": 0, "l2": 0.01}
    assert not replay.live.said
    slider = replay.stage.get_by_role("slider", name="Update")
    assert slider.input_value() == slider.get_attribute("max")


@dataclass(frozen=True)
class Wrong:
    """The mistakes of the network that the chapter shows: the confusion matrix, and images in the page's order."""

    matrix: np.ndarray
    labels: np.ndarray
    predictions: np.ndarray
    given: np.ndarray
    images: np.ndarray


@pytest.fixture(scope="module")
def wrong(built):
    labels, P = built.answers()
    predictions = P.argmax(axis=1)
    matrix = np.histogram2d(labels, predictions, bins=[np.arange(11)] * 2)[0].astype(int)
    places = np.flatnonzero(labels != predictions)
    places = places[np.argsort(-P[places, predictions[places]], kind="stable")][:MOST]
    given = P[places, predictions[places]]
    return Wrong(matrix, labels[places], predictions[places], given, mnist.load("mnist").test_images[places])


class Mistakes(Widget):
    """Look at mistakes."""

    def cell(self, row, column):
        return self.stage.locator("tbody tr").nth(row).locator("td").nth(column)

    def head(self, row=None, column=None):
        heads = self.stage.locator("thead th" if row is None else "tbody th")
        return heads.nth(column if row is None else row).get_by_role("button")

    def shown(self):
        """Return true and predicted class of the visible images."""
        texts = self.stage.locator("li:visible").all_inner_texts()
        return [tuple(map(int, re.fullmatch(r"true (\d):.*\nsaid (\d):.*", text).groups())) for text in texts]

    def pressed(self):
        return self.stage.locator('[aria-pressed="true"]').evaluate_all(
            "buttons => buttons.map(one => one.getAttribute('aria-label') ?? one.textContent)"
        )


@pytest.fixture
def mistakes(wrong, built, show):
    return Mistakes(show(built.path), "mistakes")


def chosen(wrong, label=None, predicted=None):
    """Return the pairs that a filter leaves, and the sentence that goes with them."""
    pairs = list(zip(wrong.labels.tolist(), wrong.predictions.tolist(), strict=True))
    kept = [(k, j) for k, j in pairs if label in (None, k) and predicted in (None, j)]
    errors = wrong.matrix - np.diag(np.diag(wrong.matrix))
    total = errors[slice(None) if label is None else label, slice(None) if predicted is None else predicted].sum()
    words = ("" if label is None else f", true class {label}") + (
        "" if predicted is None else f", predicted {predicted}"
    )
    capped = f"; shown are the {len(kept)} that it was surest of" if len(kept) < total else ""
    return kept, f"{'' if words else 'All '}{total} mistake{'' if total == 1 else 's'}{words}{capped}"


def test_the_table_is_the_confusion_matrix(wrong, mistakes):
    texts = mistakes.stage.locator("tbody td").all_inner_texts()
    assert np.array_equal(np.array(texts, int).reshape(10, 10), wrong.matrix)
    buttons = mistakes.stage.locator("tbody td").evaluate_all(
        "cells => cells.map(cell => !!cell.querySelector('button'))"
    )
    assert np.array_equal(np.array(buttons).reshape(10, 10), (wrong.matrix > 0) & ~np.eye(10, dtype=bool))


def test_all_mistakes_are_shown_first_the_surest_before_others(wrong, mistakes):
    pairs, said = chosen(wrong)
    assert mistakes.shown() == pairs and mistakes.said() == said and mistakes.pressed() == ["Show all"]
    assert len(pairs) == MOST and "surest" in said  # so small a network makes more mistakes than a page has room for
    sure = mistakes.stage.locator("li span:last-child").all_inner_texts()
    assert [float(text.split()[-1].rstrip("%")) for text in sure] == pytest.approx(100 * wrong.given, abs=0.11)


def test_the_images_are_those_of_the_test_set(wrong, mistakes):
    opacity = """canvases => canvases.map(canvas => {
        const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
        return btoa(String.fromCharCode(...pixels.filter((_, at) => at % 4 === 3)));
    })"""
    drawn = mistakes.stage.locator("canvas").evaluate_all(opacity)
    drawn = np.frombuffer(b"".join(map(base64.b64decode, drawn)), np.uint8)
    assert np.array_equal(drawn.reshape(-1, 28, 28), wrong.images)


def test_a_count_chooses_its_images(wrong, mistakes):
    order = np.argsort(-(wrong.matrix - np.diag(np.diag(wrong.matrix))), axis=None)
    for row, column in zip(*np.unravel_index(order[[0, 5, 30]], (10, 10)), strict=True):
        mistakes.cell(row, column).get_by_role("button").click()
        pairs, said = chosen(wrong, row, column)
        assert mistakes.shown() == pairs and mistakes.said() == said
        assert mistakes.pressed() == [f"{wrong.matrix[row, column]} of true {row} predicted {column}"]
    mistakes.stage.get_by_role("button", name="Show all").click()
    assert mistakes.shown() == chosen(wrong)[0] and mistakes.pressed() == ["Show all"]


def test_heads_choose_rows_and_columns(wrong, mistakes):
    errors = wrong.matrix - np.diag(np.diag(wrong.matrix))
    mistakes.head(row=4).click()
    assert (mistakes.shown(), mistakes.said()) == chosen(wrong, label=4)
    assert mistakes.pressed() == [f"true 4, {errors[4].sum()} mistakes"]
    mistakes.head(column=9).click()
    assert (mistakes.shown(), mistakes.said()) == chosen(wrong, predicted=9)
    assert mistakes.pressed() == [f"predicted 9, {errors[:, 9].sum()} wrongly"]


def test_the_table_works_by_keyboard(wrong, mistakes):
    press = mistakes.page.keyboard.press
    assert mistakes.stage.locator('table button[tabindex="0"]').count() == 1
    mistakes.stage.locator('table button[tabindex="0"]').focus()
    for key in ("ArrowRight", "ArrowRight", "Enter"):  # along the heads of the columns
        press(key)
    assert (mistakes.shown(), mistakes.said()) == chosen(wrong, predicted=2)
    press("ArrowDown")
    row = int(np.flatnonzero((wrong.matrix[:, 2] > 0) & (np.arange(10) != 2))[0])
    press("Space")
    assert (mistakes.shown(), mistakes.said()) == chosen(wrong, row, 2)
    assert mistakes.stage.locator('table button[tabindex="0"]').count() == 1
    press("Tab")
    press("Enter")
    assert mistakes.pressed() == ["Show all"]
    press("Tab")  # the images, which scroll
    assert mistakes.stage.locator(".mistakes-box").evaluate("box => box === document.activeElement")


WITHIN = """options => axe.run({ include: [[".stage"]] }, options)
    .then(found => found.violations.map(one => `${one.id}: ${one.nodes.map(node => node.html)}`))"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_both_can_be_used_by_everyone(built, show, scheme, width):
    opened = show(built.path, width=width, scheme=scheme, touch=width == 390)
    for name, button in (("replay", ".replay-map button >> nth=0"), ("mistakes", "tbody td button >> nth=3")):
        Widget(opened, name).stage.locator(button).click()
    opened.run(live.AXE_FILE_PATH.read_text(encoding="utf-8"))
    rules = {rule: {"enabled": True} for rule in live.MORE_RULES}
    assert opened.run(WITHIN, {"rules": rules}) == []
    assert opened.run("document.documentElement.scrollWidth") <= width
    ids = opened.run("[...document.querySelectorAll('[id]')].map(one => one.id)")
    assert len(ids) == len(set(ids)) and not opened.said


def test_plots_follow_the_width(built, show):
    replay = Replay(show(built.path))
    replay.page.set_viewport_size({"width": 390, "height": 800})
    replay.live.settle()
    box = replay.side.locator("svg").first.bounding_box()
    assert 300 < box["width"] <= 390
    replay.radio("lr", "0.1").check()
    history = records.read_history(built.run(hidden=replay.chosen()["hidden"], lr=0.1)["folder"])
    np.testing.assert_allclose(replay.points(0, "validation", stretched)[0], history["update"], atol=0.01)
