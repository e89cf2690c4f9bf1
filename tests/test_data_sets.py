"""Another data set than MNIST: of another size, with other classes, through the whole report in small."""

import base64
import json
import re

import nbformat
import numpy as np
import pytest
from filelock import FileLock

from conftest import assert_refused, make
from nbreport import __main__ as nbreport
from nbreport.notebook import NOTEBOOK
from twolayer.analysis import homework
from twolayer.data import mnist
from twolayer.data.dataset import Dataset
from twolayer.data.idx import encode
from twolayer.network.model_file import load_model
from twolayer.page import drawing, papers, picture, picture_file
from twolayer.runs import records

NAME, HEIGHT, WIDTH, LABELS = "quarters", 12, 10, (2, 3, 5, 7)  # of the classes; nothing is 28, 10 or 784
TRAIN, TEST = 1000, 300


def quarters(count, seed):
    """Return images in which one quarter of the field is bright, and the labels: the third class is rare."""
    rng = np.random.default_rng(seed)
    places = rng.choice(4, count, p=[0.3, 0.4, 0.05, 0.25])
    images = rng.integers(0, 120, (count, HEIGHT, WIDTH), dtype=np.uint8)
    for image, place in zip(images, places, strict=True):
        top, left = HEIGHT // 2 * (place // 2), WIDTH // 2 * (place % 2)
        image[top : top + HEIGHT // 2, left : left + WIDTH // 2] += 12
    return images, np.array(LABELS, np.uint8)[places]


@pytest.fixture(scope="module")
def built(shared):
    """The small report on the made data set, built once for all workers: the folder of runs, build and data."""
    folder = shared / "quarters"
    with FileLock(shared / "quarters.lock"):
        if not (folder / "done").exists():
            (folder / "files").mkdir(parents=True)
            arrays = [array for part in ((TRAIN, 0), (TEST, 1)) for array in quarters(*part)]
            for file, array in zip(mnist.FILES, arrays, strict=True):
                (folder / "files" / file).write_bytes(encode(array))
            answer = small("report", folder, f"DATA_DIR={folder / 'files'}", "JOBS=2", "BROWSER=none")
            assert answer.returncode == 0, answer.stdout + answer.stderr
            (folder / "said").write_text(answer.stdout, encoding="utf-8")
            (folder / "done").touch()
    return folder


def small(target, folder, *words):
    places = (f"RUNS={folder / 'runs'}", f"BUILD={folder / 'build'}")
    return make(target, f"DATASET={NAME}", "PROFILE=smoke", *places, *words, TWOLAYER_DATA=str(folder / "data"))


@pytest.fixture
def page(built):
    return built / "build" / f"dataset-{NAME}" / "homework1.html"


def text(page):
    """Return the words of a page without scripts, styles, formulas and code, in one line."""
    html = re.sub(r"<(script|style|math|pre)\b.*?</\1>", " ", page.read_text(encoding="utf-8"), flags=re.S)
    return " ".join(re.sub(r"<[^>]*>", " ", html).split())


def outputs(built, name):
    """Return what a chapter displays."""
    notebook = nbformat.read(built / "build" / f"dataset-{NAME}" / "chapters" / name / NOTEBOOK, as_version=4)
    found = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    return [output for output in found if output.output_type == "display_data"]


def chapter(built, name):
    """Return what a chapter displays in words, figures' alternative texts included."""
    return "\n".join(one.data.get("text/markdown", one.data.get("text/plain", "")) for one in outputs(built, name))


def test_all_runs_learned_it(built):
    said = (built / "said").read_text(encoding="utf-8")
    assert f"{NAME}: 1000 training and 300 test images of 12 x 10 pixels, 4 classes" in said
    folders = [path.parent for path in (built / "runs" / f"dataset-{NAME}" / "smoke").glob("*/*/result.json")]
    results = [records.read_result(folder) for folder in folders]
    assert len(folders) > 30 and {result["parameters"]["dataset"] for result in results} == {NAME}
    models = [load_model(folder / "model.npz") for folder in folders if (folder / "model.npz").exists()]
    assert {(model.origin.name, model.origin.classes) for model in models} == {(NAME, ("2", "3", "5", "7"))}
    assert {model.net.params["W1"].shape[0] for model in models} == {120}
    assert [path.name for path in (built / "runs").iterdir()] == [f"dataset-{NAME}"]


def test_the_page_names_it_and_says_what_has_no_counterpart(built, page):
    said = text(page)
    assert f"A two-layer network on {NAME}" in said and "A two-layer network on MNIST" not in said
    assert said.count(f"{NAME}, not MNIST.") == 5  # chapters 3, 4, 6, 7, appendix D
    assert "Reproduce this" in said and "What was easy" not in said and "Reproducibility checklists" not in said
    assert f"applied to {NAME}, on which nothing of the homework is published" in said
    assert f"dataset {NAME}" in said  # in the foot
    assert not (built / "build" / "homework1.html").exists()


def test_the_page_asserts_nothing_that_only_mnist_has(page):
    said = text(page)
    for words in (
        "1135", "handwritten", "one digit", "each digit", "most frequent digit", "test digit", "Draw a digit",
        "28 by 28", "48,000 and", "60,000",
        "census bureau", "Some sevens", "its log has for", "its table", "Published test errors",
        "in brackets the published", "the published 20", "ours at the left and the published",
        "dotted line is the homework", "parameters that the homework published",
    ):  # fmt: skip
        assert not re.search(rf"(?<![\d.,]){re.escape(words)}", said), words  # digits of another number do not count
    assert '"published":' not in page.read_text(encoding="utf-8")  # nor does the replay


def test_facts_of_the_data_are_its_own(built):
    data, test = chapter(built, "01_data"), quarters(TEST, 1)[1]
    often = np.bincount(test).max()
    assert "There are 1,000 images to learn from and 300 to be tested\non, in 4 classes." in data
    assert (
        f"The most frequent class of the test set is 3, with {often:,}" in data
        and f"right in {often / TEST:.4f}" in data
    )
    assert "known" not in data or "noted: there are none to compare them with" in data
    share = np.bincount(quarters(TRAIN, 0)[1]).max() / TRAIN
    collapse = chapter(built, "05_collapse")
    assert f"In {NAME} the most frequent class is 3, with a share of {share:.4f}" in collapse
    assert f"gives the accuracy {often / TEST:.4f}." in collapse and "distance from 1/4" in collapse
    assert "each of the 4 classes the same probability has log 4 = 1.39" in chapter(built, "04_training")


def test_only_the_reports_own_claims_are_judged(built):
    verdicts = json.loads((built / "build" / f"dataset-{NAME}" / "claims.json").read_text(encoding="utf-8"))
    assert set(verdicts) == {"rules", "our runs"} and set(verdicts["our runs"]) == {f"R{k}" for k in range(1, 9)}
    headline = json.loads((built / "build" / f"dataset-{NAME}" / "headline.json").read_text(encoding="utf-8"))
    assert headline["settings"] == 4 and not [name for name in headline if "published" in name]
    said = chapter(built, "06_claims")
    assert said.count(f"The homework's claim is about MNIST; it is not judged on {NAME}.") == 6
    assert "R9 is about times that were measured on MNIST, and is not judged" in said and "**R9**" not in said


def test_no_number_is_missing_or_absurd(page):
    said = text(page)
    assert not re.findall(r"\bnan\b|\d{20}", said)
    assert "5,000 of the" not in said and "of 5,000 images" not in said and "on 5,000 images" not in said


def test_the_saved_model_scores_what_its_run_says(built, real_mnist):
    folder = built / "runs" / f"dataset-{NAME}" / "smoke" / "sound_final"
    (path, *_) = sorted(folder.glob("*/model.npz"))
    answer = make("evaluate", f"MODEL={path}", TWOLAYER_DATA=str(built / "data"))
    accuracy = records.read_result(path.parent)["accuracy"]["test"]
    assert answer.stdout.splitlines()[-1] == f"test accuracy {accuracy:.4f} (300 images)", answer.stderr


def test_verify_looks_at_it(built):
    answer = small("verify", built)
    assert answer.returncode == 0, answer.stdout
    lines = answer.stdout.splitlines()
    assert "sound_search: 4 fresh" in lines and "homework_grid: 4 fresh" in lines
    assert re.fullmatch(r"none of \d+ runs is among the published ones", lines[-1])


def drawn(built):
    """Return the data of the widget to draw in."""
    (widget,) = (one for one in outputs(built, "08_draw") if one.metadata.get("nbreport", {}).get("widget") == "draw")
    return widget.metadata["nbreport"]["data"]


def test_a_drawing_is_shrunk_and_not_centred(built, page, show):
    said = chapter(built, "08_draw")
    assert "Each of the 12 by 10 pixels" in said and "accuracy after centring" not in said
    with_pen = np.zeros((280, 280), np.uint8)
    with_pen[20:90, 30:200] = 255
    live = show(page)
    shrunk = live.run(
        "values => [...digits.shrunk({ values: Uint8Array.from(values), side: 280 }, 12, 10).values]",
        with_pen.ravel().tolist(),
    )
    assert shrunk == drawing.shrunk(with_pen, 12, 10).ravel().tolist()
    stage = live.page.locator('[data-widget="draw"] .stage')
    buttons = stage.locator(".draw-stored button")
    assert buttons.count() == 4 and buttons.first.get_attribute("aria-label") == "Test image 2"
    buttons.nth(1).click()
    images, labels = quarters(TEST, 1)
    (first,) = np.flatnonzero(labels == 3)[:1]
    assert live.run("stage => [...stage.network.input]", stage.element_handle()) == images[first].ravel().tolist()
    logits = live.run("stage => [...stage.network.logits]", stage.element_handle())
    data = drawn(built)
    expected = drawing.dequantised(data).forward((images[first].reshape(1, -1) - data["shift"]) * data["factor"])[0][0]
    np.testing.assert_allclose(logits, expected, rtol=1e-9)
    assert f"Most likely a {LABELS[expected.argmax()]}, " in stage.locator(".draw-sentence").inner_text()
    assert not live.said, live.said


def test_a_picture_is_shrunk_and_not_centred(page, show, tmp_path):
    """In the page; `make predict` makes pictures as MNIST's images are, and refuses a network of others."""
    kind = papers.KINDS["red ink on green"]
    image = np.zeros((28, 28), np.uint8)
    image[5:20, 12:16] = 255
    papers.picture(image, kind, np.random.default_rng(1)).save(tmp_path / f"bar.{kind.ending}")
    live = show(page)
    stage = live.page.locator('[data-widget="draw"] .stage')
    stage.locator("input[type=file]").set_input_files(tmp_path / f"bar.{kind.ending}")
    live.page.wait_for_function("stage => stage.picture?.ink", arg=stage.element_handle())
    ink = picture.steps(picture_file.read(tmp_path / f"bar.{kind.ending}")).ink
    above, left = ((max(ink.shape) - side) // 2 for side in ink.shape)
    square = np.zeros((max(ink.shape),) * 2, np.uint8)
    square[above : above + ink.shape[0], left : left + ink.shape[1]] = ink
    seen = live.run("stage => [...stage.network.input]", stage.element_handle())
    assert seen == drawing.shrunk(square, HEIGHT, WIDTH).ravel().tolist() and max(seen) > 50
    assert not live.said, live.said


def test_predict_refuses_a_network_of_other_images(built):
    (path, *_) = sorted((built / "runs" / f"dataset-{NAME}" / "smoke" / "sound_final").glob("*/model.npz"))
    answer = make("predict", "IMAGE=README.md", f"MODEL={path}", f"BUILD={built / 'predicted'}")
    assert_refused(answer, f"{path} takes 120 pixels, but a picture is made 28 x 28, 784")


def test_what_the_replay_says_has_nothing_published(page, show):
    live = show(page)
    said = live.page.locator('[data-widget="replay"] .replay-sentence').first.inner_text()
    assert re.search(r"test accuracy \d\.\d{4}, kept at update \d+; .* of the hidden units end dead$", said), said


@pytest.mark.parametrize(
    ("words", "fragment"),
    [
        (("report", "report/report.yaml", "--profile", "smoke"), "run `make data DATASET=nowhere DATA_DIR=FOLDER`"),
        (("verify", "report/report.yaml"), "run `make data DATASET=nowhere DATA_DIR=FOLDER`"),
        (("sweep", "configs/sound_search.yaml"), "run `make data DATASET=nowhere DATA_DIR=FOLDER`"),
        (("run", "notebooks/train.ipynb"), "run `make data DATASET=nowhere DATA_DIR=FOLDER`"),
    ],
)
def test_a_data_set_that_is_not_there_is_refused(tmp_path, command, words, fragment):
    places = ("--runs", tmp_path / "runs", *(("--build", tmp_path / "build") if "report/report.yaml" in words else ()))
    assert_refused(command(nbreport.main, *words, "--set", "dataset=nowhere", *places), fragment)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("target", ["report", "sweep", "run"])
def test_an_unknown_data_set_is_refused_by_make(tmp_path, target):
    places = [f"RUNS={tmp_path / 'runs'}"] + [f"BUILD={tmp_path / 'build'}"] * (target == "report")
    answer = make(target, "DATASET=fashion", *places)
    assert_refused(answer, "dataset 'fashion' is not among mnist, fashion-mnist")
    assert not list(tmp_path.iterdir())


def test_the_sentence_about_what_is_published():
    def named(name):
        arrays = [np.zeros((2, 3, 3), np.uint8), np.arange(2, dtype=np.uint8)] * 2
        return Dataset(name, *arrays, {}, (0, 1))

    assert homework.nothing_published(named("mnist")) == "" and named("mnist").noun == "digit"
    assert homework.nothing_published(named("fashion-mnist")).startswith("> **Fashion-MNIST, not MNIST.** ")
    assert named("fashion-mnist").noun == "image" and named("kana").title == "kana"


def test_the_widget_has_images_of_its_size(built):
    data = drawn(built)
    assert (data["height"], data["width"], data["centred"], data["noun"]) == (HEIGHT, WIDTH, False, "image")
    assert [one["label"] for one in data["digits"]] == [0, 1, 2, 3] and data["classes"] == ["2", "3", "5", "7"]
    assert {len(base64.b64decode(one["pixels"])) for one in data["digits"]} == {HEIGHT * WIDTH}
