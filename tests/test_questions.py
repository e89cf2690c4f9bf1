"""Exercises and predictions: what they accept and refuse in Chromium, and their answers by other computations."""

import base64
import json
from collections import Counter
from math import comb, exp, log, sqrt
from pathlib import Path
from types import SimpleNamespace

import nbformat
import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

from conftest import NOTEBOOKS, ROOT
from live import violations
from nbreport.exercises import exercise, in_words, predict
from nbreport.notebook import NOTEBOOK
from nbreport.page import document
from test_notebooks import asks
from twolayer.analysis import ledger
from twolayer.data import mnist
from twolayer.network.model_file import load_model
from twolayer.runs import records, studies

TEMPLATE = ROOT / "report" / "template"


def asked(ask, *given, **options):
    """Return what an exercise or a prediction displays."""
    InteractiveShell.instance()
    with capture_output() as captured:
        ask(*given, **options)
    (output,) = captured.outputs
    return output


# What is displayed


def test_in_a_notebook_a_question_is_text_with_its_solution_folded():
    output = asked(exercise, "Which *one*?", "b", "choice", ["a", "b"], solution="Since $x$.")
    text = output.data["text/markdown"]
    assert text.startswith("**Exercise.** Which *one*?\n\n- a\n- b\n")
    assert text.endswith("<details><summary>Solution</summary>\n\n**b.** Since $x$.\n\n</details>")
    said = asked(predict, "Which?", "b", ["a", "b"], "It is b: [there](#fig:x).").data["text/markdown"]
    assert said.startswith("**Before you read.** Which?") and "**b.**" not in said and "It is b: [there]" in said


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (("?", 1, "numbers"), "kind must be one of number, shape, choice, not 'numbers'"),
        (("?", "a", "choice", ["a"]), "two or more, all different"),
        (("?", "a", "choice", ["a", "a"]), "two or more, all different"),
        (("?", 1, "number", ["a", "b"]), "choices are for the kind"),
        (("?", "c", "choice", ["a", "b"]), "one of the choices, not 'c'"),
        (("?", float("nan")), "must be finite"),
        (("?", 1.0, "number", (), -1), "at least 0"),
    ],
)
def test_what_cannot_be_asked_is_refused(given, words):
    with pytest.raises(ValueError, match=words):
        exercise(*given, solution="So.")
    with pytest.raises(ValueError, match="needs a solution"):
        exercise("?", 1.0, solution=" ")


def test_answers_in_words():
    assert [in_words(value, "number") for value in (-0.5, 1889.0, 1 / 3, -57.60001)] == [
        "−0.5",
        "1,889",
        "0.33333",
        "−57.6",
    ]
    assert in_words((128,), "shape") == "(128,)" and in_words("on none.", "choice") == "on none"


# On the page

QUARTER, EIGHT, LARGE, SHAPE, ROW, CHOICE, GUESS = range(7)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """A page with an exercise of each kind."""
    outputs = [
        asked(exercise, r"What is $\frac14 - \frac12$?", -1 / 4, solution="It is below 0."),
        asked(exercise, "Eight?", 8, solution="Counted.", tolerance=0.0),
        asked(exercise, "How many?", 1_605_632.0, solution="Multiplied."),
        asked(exercise, "Which shape?", (128, 10), "shape", solution="As the variable."),
        asked(exercise, "Which shape?", (10,), "shape", solution="As the biases."),
        asked(exercise, "Which?", "$b_2$", "choice", ["$W_2$", "$b_2$", "<b>none</b>"], solution="See."),
        asked(predict, "Which?", "many", ["few", "many"], "Many were found, said the chapter."),
    ]
    outputs = [nbformat.v4.new_output("display_data", one.data, metadata=one.metadata) for one in outputs]
    code = nbformat.v4.new_code_cell("exercise()", outputs=outputs)
    code.metadata["tags"] = ["remove-input"]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# A chapter"), code])
    path = tmp_path_factory.mktemp("exercises") / "page.html"
    path.write_text(document.build({"one.ipynb": notebook}, TEMPLATE, "A title", {}), encoding="utf-8")
    return path


def boxes(live):
    return live.page.locator(".exercise")


def told(box, answer):
    """Type an answer or choose it, and return what is said of it."""
    field = box.locator("[type=text]")
    if field.count():
        field.fill(answer)
    else:
        box.get_by_role("radio").nth(int(answer)).check()
    box.locator("[type=submit]").click()
    return box.locator("[aria-live]").inner_text()


@pytest.mark.parametrize(
    ("place", "right", "wrong", "none"),
    [
        (
            QUARTER,
            [
                "-0.25",
                "−1/4",
                "-.25",
                "-25%",
                "-1 / 4",
                "-2.5e-1",
                "-2^-2",
                "-2**-2",
                "-0,25",
                " -0.250 ",
                "-25*10^-2",
                "-2.5 x 10^-1",
            ],
            ["0.24", "-0.2501", "-4", "0", "-1/40", "25"],
            ["a quarter", "-1/4/1", "1/0", "--1", "0.2.5", "1,2,3", "()", "1e", "NaN", "Infinity", "alert(1)"],
        ),
        (EIGHT, ["8", "8.0", "+8", "2^3", "16/2", "800%", "0.8e1"], ["7.999", "9", "80"], ["eight"]),
        (LARGE, ["1605632", "1,605,632", "1 605 632", "1.605632e6", "784*512*4"], ["1605631", "1,605"], ["1,60,5632"]),
        (
            SHAPE,
            [
                "(128, 10)",
                "(128,10)",
                "128,10",
                "[128, 10]",
                "128 x 10",
                "128×10",
                "( 128 , 10 )",
                "128 10",
                "(128, 10,)",
            ],
            ["(128,)", "(128, 10, 1)", "(128, 1)", "1280"],
            ["", "128 by 10", "(128, ten)", "(-128, 10)", "128.0, 10"],
        ),
        (ROW, ["(10,)", "10", "[10]", "10,", "(10)"], ["(1, 10)", "(10, 1)", "(11,)"], ["ten"]),
    ],
)
def test_right_answers_are_accepted_and_wrong_ones_refused(show, path, place, right, wrong, none):
    live = show(path)
    box = boxes(live).nth(place)
    assert {answer: told(box, answer) for answer in right} == dict.fromkeys(right, "Right.")
    for answer in wrong:
        assert told(box, answer).startswith("No."), answer
    for answer in none:
        assert told(box, answer).startswith("Write "), answer
    assert live.said == []


def test_a_sign_and_an_order_are_told_apart(show, path):
    live = show(path)
    assert told(boxes(live).nth(QUARTER), "1/4") == "The size is right, the sign is not."
    assert told(boxes(live).nth(SHAPE), "(10, 128)") == "These are its sizes, but not in this order."


def test_a_choice(show, path):
    box = boxes(show(path)).nth(CHOICE)
    box.locator("[type=submit]").click()
    assert box.locator("[aria-live]").inner_text() == "Choose one first."
    assert [told(box, place)[:3] for place in "012"] == ["No.", "Rig", "No."]
    assert "<b>none</b>" in box.inner_text() and box.locator("label math").count() == 2


def test_a_prediction_is_told_what_the_chapter_finds_whatever_it_was(show, path):
    for place, words in (("0", "The chapter finds something else."), ("1", "That is what the chapter finds.")):
        box = boxes(show(path)).nth(GUESS)
        assert not box.get_by_text("Many were found").is_visible()
        assert told(box, place) == words and box.get_by_text("Many were found").is_visible()


def test_what_is_right_is_not_beside_the_question(show, path):
    live = show(path)
    assert "0.25" not in live.run("document.querySelector('main').innerText")
    source = path.read_text(encoding="utf-8")
    before_solution = [part.split("<details")[0] for part in source.split('class="exercise"')[1:]]
    assert len(before_solution) == 7 and "0.25" not in before_solution[0] and "128, 10" not in before_solution[SHAPE]


def test_it_is_answered_by_the_keyboard_alone(show, path):
    live = show(path)
    keyboard, box = live.page.keyboard, boxes(live).nth(QUARTER)
    box.locator("[type=text]").focus()
    keyboard.type("-1/4")
    keyboard.press("Enter")
    assert box.locator("[aria-live]").inner_text() == "Right."
    keyboard.press("Tab")
    keyboard.press("Tab")
    keyboard.press("Enter")  # the solution
    assert box.get_by_text("It is below 0.").is_visible()
    box = boxes(live).nth(CHOICE)
    box.get_by_role("radio").first.focus()
    keyboard.press("Space")
    keyboard.press("ArrowDown")
    keyboard.press("Enter")
    assert box.locator("[aria-live]").inner_text() == "Right."


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(show, path, width, scheme):
    live = show(path, width=width, scheme=scheme)
    told(boxes(live).nth(QUARTER), "1")
    told(boxes(live).nth(GUESS), "0")
    assert violations(live) == [] and live.said == []
    assert live.run("document.documentElement.scrollWidth") <= width


def test_in_print_there_are_none(show, path):
    assert "Exercise 1.6. Which?" in show(path).run("document.querySelector('main').innerText")
    text = show(path, media="print").run("document.querySelector('main').innerText")
    assert not any(words in text for words in ("Exercise 1.6", "It is below 0.", "Many were found", "Check"))


def test_without_scripts_all_can_be_read(chromium, path):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(path.as_uri())
    page.locator("summary", has_text="Show the solution").first.click()
    assert page.get_by_text("It is below 0.").is_visible() and page.get_by_text("few").is_visible()
    context.close()


# The answers of the chapters


@pytest.fixture(scope="module")
def chapters(smoke):
    """What the chapters of the small report ask: by cell the question, the answer, and of what kind it is."""
    found = {}
    for path in sorted((smoke / "build" / "chapters").glob(f"*/{NOTEBOOK}")):
        for cell in nbformat.read(path, as_version=4).cells:
            for output in cell.get("outputs", []):
                about = output.get("metadata", {}).get("nbreport", {})
                if about.get("kind") in ("exercise", "prediction"):
                    wanted = json.loads(base64.b64decode(about["key"]))
                    found[cell.id] = SimpleNamespace(**{**about, **wanted, "runs": smoke / "runs" / "smoke"})
    return found


def softmax(row):
    return np.exp(row) / np.exp(row).sum()


def updates_until(done, weight, factor):
    return next(update for update in range(10_000) if done(weight * factor**update))


def shrunk(weight, share):
    """Return after how many updates that each take a share away a weight is at most half as large."""
    return updates_until(lambda now: now <= weight / 2, weight, 1 - share)


def velocity():
    delta = 0.0
    for _ in range(1000):
        delta = 0.9 * delta - 0.1 * 3
    return delta


def clopper_pearson(count):
    """Return the probability at which none of `count` has the probability 2.5%, by bisection."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if (1 - middle) ** count > 0.025 else (low, middle)
    return low


def smallest_of_saddle(w):
    """Return the smallest curvature of (w2 w1 - 1)^2 / 2 over directions at (w, w), by second differences."""
    loss = lambda a, b: (a * b - 1) ** 2 / 2  # noqa: E731
    angles, h = np.linspace(0, np.pi, 721), 1e-3
    around = [(h * np.cos(angle), h * np.sin(angle)) for angle in angles]
    return min((loss(w + a, w + b) - 2 * loss(w, w) + loss(w - a, w - b)) / h**2 for a, b in around)


def rise():
    return 3 * np.polyfit([0, 1, 2, 3], [0.960, 0.970, 0.975, 0.975], 1)[0]


ANSWERS = {  # by cell
    "09-frontier-ask-dropout": 3 / (3 / 4),
    "09-frontier-ask-targets": 1 - 9 * 0.2 / 10,
    "09-frontier-ask-norm": 3 * 2 / 5,
    "09-frontier-ask-adversarial": 0.1 * 0.2 + 0.1 * 0.1 + 0.1 * 0.3,
    "09-frontier-ask-committee": 2,
    "09-frontier-ask-temperature": exp(2),
    "01_data-ask-images": lambda: len(str(256**784)),
    "01_data-ask-step": lambda: 1 / 12_000,
    "02_derivation-ask-notation": (128,),
    "02_derivation-ask-forward": 1 * 3 + 2 * -1 + 4,
    "02_derivation-ask-softmax": lambda: softmax(np.array([0.0, -log(3)]))[0],
    "02_derivation-ask-objective": "$L$ stays as it is",
    "02_derivation-ask-logits": (0.2 - 1) / 4,
    "02_derivation-ask-affine": (128, 784),
    "02_derivation-ask-kink": 2,
    "02_derivation-ask-dead": lambda: updates_until(lambda weight: 0.5 - weight > 0, 2, 1 - 0.1 * 0.5),
    "02_derivation-ask-decay": lambda: shrunk(1.0, 0.1 * 0.01),
    "02_derivation-ask-backward": "that of $dZ_2$ alone",
    "02_derivation-ask-cost": 784 / (2 * 784 + 3 * 10),
    "02_derivation-ask-small": -1 / 2,
    "02_derivation-ask-central": lambda: 1.19e-7 ** (1 / 3),
    "02_derivation-ask-complex": "`np.abs(theta)**2`",
    "02_derivation-ask-momentum": velocity,
    "02_derivation-ask-begin": 1 / 1024,
    "02_derivation-ask-broadcast": (64, 128),
    "a-curvature-ask-hessian": (784 * 512 + 512 + 512 * 10 + 10) ** 2 * 4 / 1e9,
    "a-curvature-ask-limit": 1 - 0.03 * 50,
    "02_derivation-ask-slope": 0.02 * 1000,
    "02_derivation-predict": "about twice as much",
    "03-search-ask-batches": lambda: exp(-1),
    "03-search-ask-luck": "between 1 and 3 standard deviations",
    "03-search-ask-dead": "on $b_2$ alone",
    "05-collapse-ask-none": lambda: clopper_pearson(20),
    "05-collapse-ask-limit": 1 - 0.5 * (2 / 40) * 1,
    "04-training-ask-empty": r"$\operatorname{relu}((b_1)_j)$",
    "05-collapse-ask-units": 255 * 255,
    "05-collapse-ask-doubling": 23,
    "05-collapse-ask-toy": 2 / (2**2 + 0.5**2),
    "a-curvature-ask-rest": lambda: smallest_of_saddle(1 / 2),
    "05-collapse-ask-ratchet": -0.01 * (2400**2 + 1) * 0.001,
    "05-collapse-ask-odds": 2**4,
    "05-collapse-ask-end": 1.5 * log(2),
    "06-claims-ask-holm": 1,
    "06-claims-ask-margin": "from fails to undecided, and from undecided to holds",
    "06-claims-ask-next": 1.96 * 0.001 * sqrt(21 / 20),
    "06-claims-ask-trend": rise,
    "06-claims-ask-border": 1000 * 1.25 * 1.2,
    "06-claims-ask-sets": sqrt(0.977 * 0.023 / 12_000 + 0.977 * 0.023 / 10_000),
    "06-claims-ask-rate": lambda: 1 - 0.95 ** len(ledger.rules()[0]),
    "07-protocol-ask-seeds": 20,
    "07-protocol-ask-bytes": (785 * 256 + 257 * 10) * 4,
    "07-protocol-ask-mean": 0.0008 / 4,
    "07-protocol-ask-budget": (0.92 + 2 * 0.95 + 3 * 0.98) / 6,
    "07-protocol-ask-coins": 2 * sum(comb(10, heads) for heads in range(3)) / 2**10,
    "07-protocol-ask-wilson": 1 / (1 + 1.96**2 / 100),
    "07-protocol-ask-calibration": 0.5 * (0.9 - 3 / 5) + 0.5 * (1 - 0.6),
}


def constant_answer(one):
    best = max(Counter(mnist.load("mnist").test_labels.tolist()).values()) / 10_000
    assert f"{best:.4f}" in one.solution
    return "a little more than 10.0%" if 0.1 < best < 0.2 else None


def inked(one):
    pixels = mnist.load("mnist").part("train")[0].astype(float)
    return (255 - pixels.mean()) / pixels.std()


def results_of(one, study):
    return [records.read_result(row["folder"]) for row in studies.load(study, one.runs).to_dict("records")]


def among(share, choices, borders):
    """Return the choice into which a share falls, borders included below."""
    return choices[sum(share > border for border in borders)]


def collapsing(one):
    share = np.mean([result["accuracy"]["test"] < 0.5 for result in results_of(one, "homework_grid")])
    return one.choices[0 if share <= 0.1 else 1 if share < 0.5 else 2]


def budget(one):
    frame = studies.load("homework_grid", one.runs)
    return len(frame) * 10 * int(frame["updates"].iloc[0])  # the small grid is complete


def replayed(one):
    words = one.question.replace(",", "").split()
    size, rate = int(words[words.index("hidden") + 1]), float(words[words.index("lr") + 1])
    frame = studies.load("homework_grid", one.runs)
    (folder,) = frame[(frame["hidden"] == size) & (frame["lr"] == rate)]["folder"]
    return records.read_result(folder)["best_update"]


def first_close(one):
    frame = studies.load("homework_curves", one.runs)
    frame = frame[frame["lr"] == frame["lr"].min()]
    shares = set()
    for folder in frame["folder"]:
        history = records.read_history(folder)
        near = history["validation_accuracy"] >= history["validation_accuracy"].max() - 0.01
        shares.add(among(history["update"][near][0] / history["update"][-1], one.choices, (0.1, 0.5)))
    assert len(shares) == 1  # whichever of the seeds it is
    return shares.pop()


def units_off(one):
    frame = studies.load("homework_grid", one.runs)
    params = load_model(Path(frame.loc[frame["validation"].idxmax(), "folder"], "model.npz")).net.params
    pixels = mnist.load("mnist").part("train")[0].astype(np.float32)
    off = ~(pixels @ params["W1"] + params["b1"] > 0).any(axis=0)
    assert f"{off.mean():.1%} of them" in one.solution
    return among(off.mean(), one.choices, (0.02, 0.25))


def living(one):
    centred, small = (studies.load_census(f"census_{name}", one.runs) for name in ("centred", "small_biases"))
    centred = centred[centred["init"] == "homework"]
    shares = [1 - some[some["lr"] == some["lr"].max()]["collapsed"].mean() for some in (small, centred)]
    return one.choices[int(np.argmax(shares)) if max(shares) > 0.5 else 2]


def holding(one):
    written = json.loads((one.runs.parents[1] / "build" / "claims.json").read_text(encoding="utf-8"))
    words = [verdict["verdict"] for name, verdict in written["our runs"].items() if name.startswith("C")]
    assert one.solution.startswith(f"{words.count('holds')} hold, {words.count('fails')} fail") and len(words) == 13
    return among(words.count("holds") / len(words), one.choices, (0.25, 0.75))


def avoided(one):
    ours, theirs = (1 - studies.load(name, one.runs)["test"].mean() for name in ("sound_final", "homework_rivals"))
    frame = studies.load("homework_rivals", one.runs)
    theirs = 1 - frame[frame["l2"] == 0.01]["test"].mean()
    return among(1 - ours / theirs, one.choices, (0.1, 0.5))


def middle_network(one):
    frame = studies.load("sound_final", one.runs).sort_values("test")
    return load_model(Path(frame["folder"].iloc[(len(frame) - 1) // 2], "model.npz"))


def confused(one):
    model, (pixels, labels) = middle_network(one), mnist.load("mnist").part("test")
    said = model.net.predict(model.scaling(pixels))
    pairs = Counter(zip(labels[said != labels].tolist(), said[said != labels].tolist(), strict=True))
    (true, other), _ = pairs.most_common(1)[0]
    assert f"class {true}, which this network takes for class {other}" in " ".join(one.question.split())
    return int((said != labels)[labels == true].sum())


def moved(one):
    model, data = load_model(ROOT / "data" / "frontier" / "mnist-pupil.npz"), mnist.load("mnist")
    images = np.zeros((1000, 28, 28), np.uint8)
    images[:, :, 4:] = data.test_images[:1000, :, :-4]
    right = np.mean(model.net.predict(model.scaling(images.reshape(1000, -1))) == data.test_labels[:1000])
    return one.choices[0 if right > 0.9 else 1 if right >= 0.5 else 2]


def fewest_mistakes(one):
    found = {name: [] for name in one.choices}
    for path in (one.runs / "frontier_short").glob("*/result.json"):
        result = json.loads(path.read_text(encoding="utf-8"))
        kind = 2 if result["parameters"]["elastic"] else 1 if result["parameters"]["drop_hidden"] else 0
        found[one.choices[kind]].append(result["error"]["validation"])
    return min(found, key=lambda name: np.mean(found[name]))


COMPUTED = {  # from the data and the runs
    "01_data-predict": constant_answer,
    "01_data-ask-scaling": inked,
    "03-search-predict": collapsing,
    "03-search-ask-budget": budget,
    "03-search-ask-replay": replayed,
    "04-curve-predict": first_close,
    "04-parameters-predict": units_off,
    "05-collapse-predict": living,
    "06-claims-predict": holding,
    "07-protocol-predict": avoided,
    "07-protocol-ask-confused": confused,
    "08-draw-predict": moved,
    "09-frontier-predict": fewest_mistakes,
}


def test_every_question_has_an_independent_answer(chapters):
    written = {
        cell.id
        for path in NOTEBOOKS
        for cell in nbformat.read(path, as_version=4).cells
        if cell.cell_type == "code" and asks(cell.source)
    }
    assert set(chapters) == written == {*ANSWERS, *COMPUTED}
    opened = {cell.split("-predict")[0][:2] for cell in chapters if cell.endswith("-predict")}
    assert opened >= {"01", "02", "03", "04", "05", "06", "07", "08", "09"}


@pytest.mark.parametrize("cell", [*ANSWERS, *COMPUTED])
def test_an_answer_is_what_another_computation_gives(chapters, cell):
    one = chapters[cell]
    wanted = COMPUTED[cell](one) if cell in COMPUTED else ANSWERS[cell]
    wanted = wanted() if callable(wanted) else wanted
    if one.asks == "number":
        assert one.answer == pytest.approx(wanted, abs=max(one.tolerance / 4, 1e-9 * abs(wanted)))
        assert one.tolerance < max(abs(one.answer), 1e-9)  # nothing, and the wrong sign, are refused
    else:
        assert (tuple(one.answer) if one.asks == "shape" else one.answer) == wanted
    assert one.asks != "choice" or one.answer in one.choices


def test_the_page_accepts_each_answer_and_refuses_others(show, smoke, chapters):
    live = show(smoke / "build" / "homework1.html")
    live.unfold(False)
    found = boxes(live)
    assert found.count() == len(chapters)
    for box, one in zip(found.all(), chapters.values(), strict=True):
        if one.asks == "choice":
            verdicts = [told(box, str(place)) for place in range(len(one.choices))]
            assert [words.startswith(("Right", "That")) for words in verdicts] == [x == one.answer for x in one.choices]
            continue
        right, wrong = (
            (str(tuple(one.answer)), "(3, 7)")
            if one.asks == "shape"
            else (repr(one.answer), repr(one.answer * 1.7 + 1))
        )
        assert told(box, right) == "Right." and told(box, wrong).startswith("No."), one.question
    assert live.said == []
