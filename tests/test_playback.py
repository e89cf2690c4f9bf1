"""What the page plays back: the runs' own numbers, as plain values."""

import base64
import json

import numpy as np
import pytest

from examples import list_runs
from twolayer.analysis import homework, selection
from twolayer.curvature import follow
from twolayer.data import mnist
from twolayer.figures import playback as figures
from twolayer.page import playback
from twolayer.runs import records, studies
from twolayer.training import experiment
from twolayer.training.configuration import Configuration

RATES, STRENGTHS, SIZES = (0.001, 0.005), (0.01, 0.05), (64, 128)


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """A folder of runs on made images: the study "grid" with six settings, and "followed" with two."""
    rng, folder = np.random.default_rng(0), tmp_path_factory.mktemp("runs")
    labels = (np.arange(300) % 3).astype(np.uint8)
    images = rng.integers(0, 60, (300, 6, 6), dtype=np.uint8)
    images[np.arange(300), :, labels] += 150
    made = mnist.Dataset("made", images[:240], labels[:240], images[240:], labels[240:], {}, (0, 1, 2))
    for hidden in SIZES:
        for lr in RATES:
            for l2 in STRENGTHS[: 1 + (hidden == 64)]:
                curves = hidden == 64  # the others were looked at on validation images alone
                config = Configuration.resolve(
                    protocol="homework", hidden=hidden, lr=lr, l2=l2, updates=25, eval_every=10, batch=8, curves=curves
                )
                records.write(experiment.run(config, made), folder / "grid" / f"{hidden}-{lr}-{l2}")
    for lr in RATES:
        config = Configuration.resolve(protocol="homework", hidden=64, lr=lr, l2=0.01, updates=25, batch=8)
        records.write_followed(config, 20, False, follow.follow(config, made, 20), folder / "followed" / f"64-{lr}")
    list_runs(folder / "grid")
    list_runs(folder / "followed")
    return folder


@pytest.fixture(scope="module")
def frame(study):
    return homework.beside_published(studies.load("grid", study))


@pytest.fixture(scope="module")
def data(study, frame):
    searched = playback.searched(frame, studies.load_followed("followed", study))
    return json.loads(json.dumps(searched, allow_nan=False))


def test_each_run_is_as_on_disk(data, frame):
    assert (data["hidden"], data["lr"], data["l2"]) == ([64, 128], [0.001, 0.005], [0.01, 0.05])
    assert len(data["runs"]) == len(frame) == 6 and data["updates"] == [[0, 10, 20, 25]]
    for one, row in zip(data["runs"], frame.to_dict("records"), strict=True):
        history, result = records.read_history(row["folder"]), records.read_result(row["folder"])
        assert all(one[name] == result["parameters"][name] for name in selection.SETTING)
        assert data["updates"][one["at"]] == history["update"].tolist()
        looked_at = {part for part in playback.PARTS if part in one}
        assert looked_at == set(playback.PARTS if row["curves"] else ["validation"])
        for part in looked_at:
            np.testing.assert_allclose(one[part], history[f"{part}_accuracy"], rtol=0, atol=5.1e-5)
        np.testing.assert_allclose(one["dead"], history["dead_fraction"], rtol=0, atol=5.1e-4)
        assert one["kept"] == result["best_update"]
        assert one["tested"] == round(result["accuracy"]["test"], 4)
        if row["curves"]:
            assert one["tested"] == one["test"][history["update"].tolist().index(one["kept"])]
        assert one["published"] == row["published"]


def test_followed_runs_are_as_on_disk(data, study):
    frame = studies.load_followed("followed", study)
    assert [(one["hidden"], one["lr"], one["l2"]) for one in data["followed"]] == [(64, lr, 0.01) for lr in RATES]
    for one, row in zip(data["followed"], frame.to_dict("records"), strict=True):
        assert one["update"] == row["trace"]["update"].tolist()
        np.testing.assert_allclose(one["ratio"], row["lr"] * row["trace"]["largest"] / 2, rtol=5.1e-4)


def test_a_curvature_that_is_not_finite_is_left_out(frame, study):
    followed = studies.load_followed("followed", study)
    followed["trace"].iloc[0]["largest"][2:4] = np.nan, np.inf
    one = playback.searched(frame, followed)["followed"][0]
    assert len(one["update"]) == len(one["ratio"]) == len(followed["trace"].iloc[0]["update"]) - 2


def test_it_starts_at_the_homeworks_best_or_at_the_best_by_validation(data, frame, study):
    assert frame.index[data["start"]] == selection.select(frame)
    best = homework.published_tables().query("table == 'best'").iloc[0]
    changed = frame.copy()
    changed.loc[changed.index[3], selection.SETTING] = best[selection.SETTING].tolist()
    assert playback.searched(changed, studies.load_followed("followed", study))["start"] == 3


def test_runs_that_ended_early_have_updates_of_their_own(frame, study, tmp_path):
    row = frame.iloc[1]
    history = {name: values[:2] for name, values in records.read_history(row["folder"]).items()}
    with open(tmp_path / "history.npz", "wb") as file:
        np.savez(file, **history)
    changed = frame.copy()
    changed.loc[frame.index[1], "folder"] = str(tmp_path)
    data = playback.searched(changed, studies.load_followed("followed", study))
    assert data["updates"] == [[0, 10, 20, 25], [0, 10]] and data["runs"][1]["at"] == 1
    assert len(data["runs"][1]["dead"]) == 2


def test_the_whole_grid_is_small_enough_for_a_page(data):
    """A hundred runs with 25 evaluations each, every number as long as numbers get."""
    one = data["runs"][0] | {part: 25 * [0.9876] for part in playback.PARTS} | {"dead": 25 * [0.987]}
    assert len(json.dumps(100 * [one], separators=(",", ":"))) < 100_000


def test_the_figure_shows_the_run(data):
    drawn = figures.run(data, data["start"])
    one = data["runs"][data["start"]]
    lines = {line.get_label(): line for line in drawn.axes[0].get_lines()}
    np.testing.assert_allclose(lines["test"].get_ydata(), np.minimum(one["test"], figures.HIGHEST))
    assert lines["kept"].get_xdata()[0] == one["kept"]
    assert np.array_equal(drawn.axes[1].get_lines()[0].get_ydata(), one["dead"])
    drawn.draw_without_rendering()


def test_a_run_that_was_not_followed_has_only_the_limit(data):
    index = next(at for at, one in enumerate(data["runs"]) if one["hidden"] == 128)
    assert [line.get_label() for line in figures.run(data, index).axes[2].get_lines()] == ["limit (5.2)"]


def answers(count=200, classes=3):
    rng = np.random.default_rng(1)
    P = rng.dirichlet(np.ones(classes), count)
    return rng.integers(0, 256, (count, 6, 5), dtype=np.uint8), rng.integers(0, classes, count).astype(np.uint8), P


def test_mistakes_are_counted_and_sorted():
    images, labels, P = answers()
    found = json.loads(json.dumps(playback.mistakes(images, labels, P, "abc"), allow_nan=False))
    predictions = P.argmax(axis=1)
    matrix = [[int(((labels == k) & (predictions == j)).sum()) for j in range(3)] for k in range(3)]
    assert found["matrix"] == matrix and found["classes"] == ["a", "b", "c"]
    wrong = sorted(np.flatnonzero(predictions != labels), key=lambda place: -P[place].max())
    assert found["wrong"] == len(wrong) == len(found["labels"]) > 100
    assert found["labels"] == labels[wrong].tolist() and found["predictions"] == predictions[wrong].tolist()
    pixels = np.frombuffer(base64.b64decode(found["pixels"]), np.uint8).reshape(-1, found["height"], found["width"])
    assert np.array_equal(pixels, images[wrong])
    wanted = [(P[place].max(), P[place, labels[place]]) for place in wrong]
    np.testing.assert_allclose(found["given"], wanted, rtol=0, atol=5.1e-5)


def test_only_the_surest_mistakes_are_returned_where_there_are_too_many():
    images, labels, P = answers()
    every, some = (playback.mistakes(images, labels, P, "abc", most) for most in (400, 20))
    assert some["wrong"] == every["wrong"] and some["matrix"] == every["matrix"]
    assert some["given"] == every["given"][:20] and some["labels"] == every["labels"][:20]
    assert len(base64.b64decode(some["pixels"])) == 20 * 30


def test_no_mistakes_are_an_empty_list():
    images, _, P = answers()
    found = playback.mistakes(images, P.argmax(axis=1), P, "abc")
    assert found["wrong"] == 0 and found["labels"] == [] and found["pixels"] == ""
