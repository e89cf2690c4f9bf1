"""Pictures of digits: files of all kinds, paper and ink, the answers of `make predict`."""

import json
import sys
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from conftest import ROOT, assert_refused, call, make
from twolayer import __main__ as twolayer
from twolayer.analysis import recorded
from twolayer.data import mnist
from twolayer.data.scaling import Scaling
from twolayer.network import TwoLayerNet
from twolayer.network.model_file import load_model, save_model
from twolayer.page import drawing, paper, papers, picture, picture_file
from twolayer.runs import records, studies
from twolayer.runs.studies import NoRunsError, best_model
from twolayer.training import experiment
from twolayer.training.configuration import Configuration

sys.path.append(str(ROOT / "tools"))
import pictures  # noqa: E402


def ring(side=28):
    """Return the image of a thick ring, 255 is ink: a digit where none of MNIST's is needed."""
    y, x = np.mgrid[:side, :side] - (side - 1) / 2
    return (255 * (np.abs(np.hypot(x * 1.2, y) - side * 0.27) < side * 0.08)).astype(np.uint8)


@pytest.fixture(scope="module")
def trained(real_mnist, tmp_path_factory):
    """A run's folder, as a user's would be: a network that gets 95 of 100 digits right, in seconds."""
    folder = tmp_path_factory.mktemp("runs") / "single" / "one"
    records.write(experiment.run(Configuration.resolve(hidden=64, updates=600, lr=0.2), mnist.load("mnist")), folder)
    return folder


def written(folder, kind=papers.KINDS["white paper"], image=None, name="one"):
    path = folder / f"{name}.{kind.ending}"
    papers.picture(ring() if image is None else image, kind, np.random.default_rng(1)).save(path)
    return path


@pytest.mark.parametrize("name", papers.KINDS)
def test_digits_on_all_kinds_of_paper_are_recognised(trained, name):
    """A small trial of `tools/pictures.py`: no more than 1 of 20 digits is lost beside MNIST's own images."""
    data = mnist.load("mnist")
    images, labels = data.test_images[:20], data.test_labels[:20]
    model = load_model(trained / "model.npz")
    as_they_are = np.mean(model.net.predict(model.scaling(images.reshape(20, -1))) == labels)
    ((_, right, otsu),) = pictures.trial(model, images, labels, [name])
    assert as_they_are > 0.9 and right >= as_they_are - 1 / 20 - 1e-9
    assert "shadow" not in name or name.startswith("light") or otsu < 0.5


def test_otsus_threshold_parts_two_levels():
    grey = np.array([[10, 10, 12, 200], [11, 198, 202, 10]], np.uint8)
    assert 12 <= pictures.otsu_threshold(grey) < 198
    levels = np.random.default_rng(0).integers(0, 256, (20, 20), dtype=np.uint8)
    within = [
        sum(part.size * part.var() for part in (levels[levels <= t], levels[levels > t]) if part.size)
        for t in range(255)
    ]
    assert pictures.otsu_threshold(levels) == np.argmin(within)  # by its other definition


@pytest.mark.parametrize(
    ("mode", "ending"),
    [("L", "png"), ("RGB", "png"), ("RGBA", "png"), ("LA", "png"), ("P", "gif"), ("1", "png"), ("CMYK", "jpg"),
     ("I;16", "png"), ("RGB", "webp"), ("RGB", "bmp"), ("L", "tif"), ("F", "tif")],
)  # fmt: skip
def test_files_of_all_modes_show_the_same(tmp_path, mode, ending):
    grey = np.pad(255 - np.kron(ring(), np.ones((4, 4), np.uint8)), 20, constant_values=255)
    values = {"I;16": grey.astype(np.uint16) * 257, "F": grey.astype(np.float32)}.get(mode, grey)
    made = Image.fromarray(values)
    made = made if made.mode == mode else made.convert(mode)
    made.save(tmp_path / f"one.{ending}")
    pixels = picture_file.read(tmp_path / f"one.{ending}")
    assert pixels.shape == (*grey.shape, 3) and pixels.dtype == np.uint8
    assert np.abs(pixels.astype(int) - grey[..., None]).mean() < 3
    assert np.abs(picture.steps(pixels).image.astype(int) - drawing.centred(255 - grey)).max() < 40


def test_a_photo_is_turned_as_its_camera_says(tmp_path):
    upright = np.full((40, 30), 255, np.uint8)
    upright[5:20, 5:10] = 0
    turned = Image.fromarray(np.rot90(upright))
    exif = turned.getexif()
    exif[0x0112] = 6  # to be turned by a quarter, clockwise
    turned.save(tmp_path / "one.png", exif=exif)
    assert np.array_equal(picture_file.read(tmp_path / "one.png")[..., 0], upright)


def test_what_is_transparent_lies_on_the_other_colour():
    rgba = np.zeros((2, 2, 4), np.uint8)
    rgba[0, 0] = (10, 20, 30, 255)
    assert picture_file.on_paper(rgba).tolist() == [[[10, 20, 30], [255] * 3], [[255] * 3, [255] * 3]]
    rgba[0, 0] = (210, 220, 230, 128)
    assert picture_file.on_paper(rgba).tolist() == [[[105, 110, 115], [0] * 3], [[0] * 3, [0] * 3]]


def test_reduced_pixels_are_means_of_squares():
    pixels = np.random.default_rng(0).integers(0, 256, (7, 9, 3), dtype=np.uint8)
    found = picture_file.reduced(pixels, 4)
    assert found.shape == (2, 3, 3) and picture_file.reduced(pixels, 1) is pixels
    for row, column in np.ndindex(2, 3):
        mean = pixels[4 * row : 4 * row + 4, 4 * column : 4 * column + 4].mean(axis=(0, 1))
        assert np.abs(found[row, column] - mean).max() <= 0.5


def test_paper_without_strokes_keeps_the_edges_of_a_shadow():
    values = np.full((40, 60), 200.0)
    values[:, 30:] = 120  # a shadow, wider than a stroke
    clean = values.copy()
    values[10:30, 10:13] = values[10:30, 40:43] = 20
    assert np.array_equal(paper.without_strokes(values, 4, dark=True), clean)
    assert np.array_equal(paper.without_strokes(255 - values, 4, dark=False), 255 - clean)


def test_medians_are_those_of_the_pixels_around():
    pixels = np.random.default_rng(0).integers(0, 256, (20, 24, 3), dtype=np.uint8)
    found = paper.medians(pixels, 0.125)  # three pixels around each
    assert found.shape == pixels.shape
    for row, column in ((0, 0), (19, 23)):
        window = pixels[max(0, row - 3) : row + 4, max(0, column - 3) : column + 4].reshape(-1, 3)
        assert found[row, column].tolist() == np.sort(window, axis=0)[(len(window) - 1) // 2].tolist()


@pytest.mark.parametrize("shade", ["dark", "light"])
def test_ink_colour_points_from_paper_to_ink(shade):
    colour = np.array([-180.0, -40, 90]) * (1 if shade == "dark" else -1)
    differences = np.random.default_rng(0).normal(0, 3, (30, 30, 3))
    differences[5:9, 5:25] += colour
    assert np.abs(picture.ink_colour(differences) - colour / np.linalg.norm(colour)).max() < 0.03
    assert np.abs(picture.ink_colour(np.zeros((5, 5, 3))) - 3**-0.5).max() < 0.003  # no ink: grey


def test_pieces_are_those_that_touch():
    mask = np.array([list("##..#"), list("..#.#"), list("....#"), list("#....")]) == "#"
    assert picture.connected(mask).tolist() == [[1, 1, 0, 0, 2], [0, 0, 1, 0, 2], [0, 0, 0, 0, 2], [3, 0, 0, 0, 0]]
    assert set(picture.connected(np.ones((3, 4), bool)).ravel()) == {1}
    snake = np.zeros((31, 31), bool)
    snake[::2] = True
    snake[1::4, -1] = snake[3::4, 0] = True
    assert set(picture.connected(snake).ravel()) == {0, 1}


def test_specks_go_and_the_parts_of_a_digit_stay():
    ink = np.zeros((60, 60), np.uint8)
    ink[10:14, 10:50], ink[20:50, 40:44], ink[55:57, 3:5] = 255, 255, 255  # a bar, a stem apart from it, dust
    kept = picture.cleaned(ink)
    assert kept[12, 20] == kept[40, 42] == 255 and not kept[52:, :10].any()


def test_thin_strokes_become_as_wide_as_mnists():
    ink = np.zeros((300, 300), np.uint8)
    ink[40:260, 150:153] = 255
    assert picture.stroke_width(ink) < 0.02 * 220
    wide = picture.thickened(ink)
    assert 0.09 * 220 <= picture.stroke_width(wide) < 0.13 * 220
    thick = np.kron(ring(), np.ones((8, 8), np.uint8))
    assert np.array_equal(picture.thickened(thick), thick)


def test_a_small_digit_on_a_large_photo_is_looked_at_again():
    sheet = np.full((2000, 3000, 3), 220, np.uint8)
    sheet[700:784, 1900:1984] -= np.kron(ring()[..., None] // 2, np.ones((3, 3, 3), np.uint8))
    steps = picture.steps(sheet)
    assert max(steps.pixels.shape) < 400
    assert np.abs(steps.image.astype(int) - drawing.centred(ring())).mean() < 8


@pytest.mark.parametrize("name", [name for name, kind in papers.KINDS.items() if kind.mode != "RGBA"])
def test_paper_without_ink_is_refused(tmp_path, command, trained, name):
    path = written(tmp_path, papers.KINDS[name], np.zeros((28, 28), np.uint8))
    answer = command(twolayer.main, "predict", path, "--model", trained / "model.npz", "--output", tmp_path / "p.html")
    assert_refused(answer, f"{path}: there is no ink on its paper")
    assert not (tmp_path / "p.html").exists() and answer.stdout == ""


def test_predict_answers_a_line_a_picture_and_shows_each_step(trained, tmp_path, real_mnist):
    data = mnist.load("mnist")
    names = ("white paper", "shadow and noise", "transparent, light ink")
    for place, name in enumerate(names):
        written(tmp_path, papers.KINDS[name], data.test_images[place], f"a {place}")
    words = f"'{tmp_path}/a 0.png' {tmp_path}/a*1.jpg '{tmp_path}/a 2.png'"
    answer = make("predict", f"IMAGE={words}", f"RUNS={trained.parents[1]}", f"BUILD={tmp_path / 'build'}")
    assert answer.returncode == 0, answer.stderr
    first, *lines, last = answer.stdout.splitlines()
    page = tmp_path / "build" / "predictions.html"
    assert first == f"the network is {trained / 'model.npz'}, which has learned mnist" and last == f"{page}: each step"
    for place, line in enumerate(lines):
        assert (
            line.startswith(f"{tmp_path}/a {place}.")
            and f": {data.test_labels[place]} (" in line
            and "%), else " in line
        )
    html = page.read_text(encoding="utf-8")
    assert len(lines) == 3 == html.count("<section>") and html.count("<img ") == 15 and html.count("<i ") == 30
    assert "http" not in html and "a 1.jpg" in html


@pytest.mark.parametrize("width", [390, 1100])
def test_the_page_of_predictions_can_be_read(trained, tmp_path, show, command, width):
    import live

    path, page = written(tmp_path, papers.KINDS["pencil"]), tmp_path / "p.html"
    command(twolayer.main, "predict", path, "--model", trained / "model.npz", "--output", page)
    with_page = show(page, width=width)
    assert with_page.run("document.documentElement.scrollWidth") <= width
    assert with_page.said == [] and live.violations(with_page) == [] and live.complaints(page) == []


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "say which picture: make predict IMAGE=photo.jpg"),
        (("nowhere.png",), "picture nowhere.png does not exist"),
        (("README.md",), "README.md is not a picture that can be read: PNG, JPEG"),
        (("lib",), "lib is a folder, not a picture"),
        (("--image", "it's.png"), "IMAGE=it's.png: No closing quotation"),
    ],
)
def test_what_is_no_picture_is_refused_in_a_sentence(monkeypatch, command, trained, words, sentence):
    monkeypatch.chdir(ROOT)
    assert_refused(command(twolayer.main, "predict", *words, "--model", trained / "model.npz"), sentence)


def test_a_damaged_picture_is_refused_and_the_others_are_not_answered(tmp_path, command, trained):
    good, bad = written(tmp_path), tmp_path / "half.jpg"
    whole = written(tmp_path, papers.KINDS["JPEG"], name="whole").read_bytes()
    bad.write_bytes(whole[: len(whole) // 2])
    answer = command(twolayer.main, "predict", good, bad, "--model", trained / "model.npz")
    assert_refused(answer, f"{bad} is not a picture that can be read (", "truncated")
    assert answer.stdout == ""


def test_a_model_for_other_images_is_refused(tmp_path, command):
    net = TwoLayerNet.initialized(36, 8, 3, np.random.default_rng(0))
    save_model(tmp_path / "m.npz", net.params, Scaling("unit", 0.0, 1 / 255))
    answer = command(twolayer.main, "predict", written(tmp_path), "--model", tmp_path / "m.npz")
    assert_refused(answer, "takes 36 pixels, but a picture is made 28 x 28, 784")


def finished(folder, accuracy, dataset="mnist"):
    folder.mkdir(parents=True)
    content = {"parameters": {"dataset": dataset}, "accuracy": accuracy}
    (folder / "result.json").write_text(json.dumps(content), encoding="utf-8")
    (folder / "model.npz").touch()


def test_the_best_run_is_found_by_validation(tmp_path, command):
    finished(tmp_path / "a" / "one", {"validation": 0.97, "test": 0.99})
    finished(tmp_path / "smoke" / "b" / "two", {"validation": 0.98, "test": 0.96})
    finished(tmp_path / "c" / "fashion", {"validation": 0.999}, "fashion-mnist")
    finished(tmp_path / "c" / "failed" / "three", {"validation": 0.999})
    finished(tmp_path / "c" / ".partial-four", {"validation": 0.999})
    assert best_model(tmp_path) == tmp_path / "smoke" / "b" / "two" / "model.npz"
    finished(tmp_path / "d" / "five", {"test": 0.985})  # has learned the validation images
    assert best_model(tmp_path) == tmp_path / "d" / "five" / "model.npz"
    with pytest.raises(NoRunsError):
        best_model(tmp_path / "a" / "one" / "nothing")
    answer = command(twolayer.main, "predict", written(tmp_path), "--runs", tmp_path / "empty")
    assert_refused(answer, f"{tmp_path / 'empty'} holds no network", "`make run` trains one")


def test_without_a_name_the_network_of_the_drawing_field_answers(tmp_path, command, monkeypatch):
    answer = command(twolayer.main, "predict", written(tmp_path))
    assert answer.stdout.startswith(f"the network is {recorded.pupils('mnist')}, which has learned mnist\n")
    best = []
    monkeypatch.setattr(studies, "best_model", lambda runs, _: best.append(runs) or recorded.pupils("mnist"))
    command(twolayer.main, "predict", written(tmp_path), "--runs", "mine")
    monkeypatch.setattr(recorded, "known", lambda dataset: False)
    command(twolayer.main, "predict", written(tmp_path))
    assert best == ["mine", "runs"]


def test_names_of_pictures(tmp_path, monkeypatch):
    for name in ("a b.png", "c.png", "d.png"):
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))

    def found(words):
        return [str(path) for path in picture_file.named(words)]

    assert found("a b.png") == found("'a b.png'") == ["a b.png"]
    assert found("c.png d.png") == found("[cd].png") == found(" c.png  d.png ") == ["c.png", "d.png"]
    assert found("~/c.png") == [str(tmp_path / "c.png")] and found("e*.png") == ["e*.png"]


def test_the_notebook_gives_the_same_answer(trained, tmp_path, command):
    path, runs = written(tmp_path, papers.KINDS["hard shadow"], mnist.load("mnist").test_images[7]), trained.parents[1]
    words = f"image='{path}' model={trained / 'model.npz'} runs={runs}"
    answer = call(
        sys.executable, "-m", "nbreport", "run", "notebooks/predict.ipynb", "--params", words, "--runs", tmp_path
    )
    assert answer.returncode == 0, answer.stderr
    (folder,) = [found.parent for found in (tmp_path / "single").glob("*/result.json")]
    result = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    said = command(twolayer.main, "predict", path, "--model", trained / "model.npz").stdout.splitlines()[-1]
    assert said == f"{path}: {result['summary']}" and (folder / "predictions.html").exists()
    assert sum(result["probabilities"].values()) == pytest.approx(1)
    wrong = (
        (words.replace(str(path), "nowhere.png"), "nowhere.png does not exist"),
        ("image=3", "image must be the path"),
    )
    for words, sentence in wrong:
        asked = ("run", "notebooks/predict.ipynb", "--params", words, "--runs", tmp_path / "none")
        assert_refused(call(sys.executable, "-m", "nbreport", *asked), sentence)
    assert not (tmp_path / "none").exists()


def test_kinds_differ_in_what_they_say():
    image = ring()
    made = {name: np.asarray(papers.picture(image, kind, np.random.default_rng(0)).convert("RGB"))
            for name, kind in papers.KINDS.items()}  # fmt: skip
    assert made["1200 x 1600"].shape == (1200, 1600, 3) and made["white paper"].shape == (300, 400, 3)
    assert made["cut out"].shape == (28, 28, 3)
    assert np.median(made["grey paper, 235"]) == 235 and np.median(made["light ink on dark paper"]) < 40
    dark = replace(papers.KINDS["hard shadow"], noise=0.0)
    tones = np.unique(np.asarray(papers.picture(0 * image, dark, np.random.default_rng(0)))[..., 0])
    assert tones.min() == round(228 * 0.6) and tones.max() == 228


def test_papermill_itself_gives_the_notebook_paths_from_where_it_is_called(trained, tmp_path):
    written(tmp_path, name="mine")
    words = ("-p", "image", "mine.png", "-p", "runs", trained.parents[1], "-p", "output", "here")
    notebook = (sys.executable, "-m", "papermill", ROOT / "notebooks" / "predict.ipynb", "out.ipynb")
    assert call(*notebook, *words, cwd=tmp_path).returncode == 0
    result = json.loads((tmp_path / "here" / "result.json").read_text(encoding="utf-8"))
    assert result["picture"] == "mine.png" and result["model"] == str(trained / "model.npz")
    answer = call(*notebook, "-p", "imag", "mine.png", cwd=tmp_path)
    assert answer.returncode == 1 and "unknown parameter 'imag'; did you mean 'image'?" in answer.stderr
