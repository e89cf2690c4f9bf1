"""Runs of recipes: what they learn, keep and repeat."""

import numpy as np
import pytest

import examples
from twolayer.frontier import committee, record, studies, training
from twolayer.frontier.recipe import PARAMETERS, Recipe

SMALL = {"hidden": 16, "epochs": 4, "batch": 20, "look_every": 2, "lr": 0.05, "momentum": 0.9}
OTHERS = {
    "hidden": 8, "epochs": 6, "batch": 30, "optimizer": "adam", "lr": 0.02, "warmup": 0.5, "momentum": 0.5, "l2": 0.1,
    "norm": 0.5, "drop_inputs": 0.2, "drop_hidden": 0.5, "smoothing": 0.2, "mixing": 0.4, "average": 1.0,
    "adversarial": 0.1, "elastic": 1, "turn": 20, "stretch": 0.2, "shear": 0.2, "shift": 1, "seed": 3, "fit_on": "all",
    "prepared": "width10", "schedule": "constant",
}  # fmt: skip
BUT = {"dataset", "smooth", "teacher", "temperature", "taught", "look_every", "open_test"}  # tested below, or no part


@pytest.fixture(scope="module")
def bars():
    return examples.bars()


def made(bars, **changed):
    return training.run(Recipe.resolve(**SMALL | changed), bars)


def test_it_learns_and_says_what_it_found(bars):
    lines = []
    run = training.run(Recipe.resolve(**SMALL | {"epochs": 40, "open_test": True}), bars, say=lines.append)
    assert run.history["epoch"].tolist() == list(range(2, 41, 2)) and len(lines) == 20
    assert run.history["validation_error"][-1] < 0.1 < run.history["validation_error"][0]
    wrong = committee.errors(run.probabilities["test"], bars.test_labels)
    assert wrong.mean() == pytest.approx(run.history["test_error"][-1])
    np.testing.assert_allclose(run.probabilities["test"].sum(axis=1), 1, rtol=1e-5)
    assert 0 == run.seconds["distorting"] < run.seconds["training"]


def test_the_test_set_stays_closed(bars):
    run = made(bars)
    assert set(run.probabilities) == {"validation"} and "test_error" not in run.history


@pytest.mark.parametrize("name", OTHERS)
def test_with_another_value_a_run_comes_out_otherwise(bars, name):
    options = {"open_test": True} if name == "fit_on" else {}
    first, again, other = made(bars), made(bars), made(bars, **{name: OTHERS[name]}, **options)
    assert all(np.array_equal(first.params[one], again.params[one]) for one in first.params)
    shapes = [value.shape for run in (first, other) for value in run.params.values()]
    same = shapes[:4] == shapes[4:] and all(
        np.array_equal(first.params[one], other.params[one]) for one in first.params
    )
    assert not same and set(OTHERS) == set(PARAMETERS) - BUT


def test_the_average_is_the_mean_of_what_was_looked_at(bars):
    recipe, looks = Recipe.resolve(**SMALL | {"average": 1000, "epochs": 12}), []
    with pytest.MonkeyPatch.context() as patch:
        before = training.averaged
        patch.setattr(
            training, "averaged", lambda mean, new, share: looks.append(new.copy()) or before(mean, new, share)
        )
        run = training.run(recipe, bars)
    first = [look for look in looks if look.shape == (144, 16)]
    assert len(first) == 12 * 12 // training.AVERAGE_EVERY + 1  # and the last update
    np.testing.assert_allclose(run.params["W1"], np.mean(first, axis=0), rtol=1e-4, atol=1e-6)


def test_an_average_that_remembers_less_than_a_look_is_the_newest(bars):
    short, none = (made(bars, average=memory) for memory in (0.01, 0.0))
    for name, value in short.params.items():
        np.testing.assert_allclose(value, none.params[name], rtol=1e-5, atol=1e-8)


def test_a_run_of_fewer_updates_than_a_look_is_averaged(bars):
    run = made(bars, epochs=1, batch=60, average=1.0)  # four updates
    assert not np.array_equal(run.params["W1"], made(bars, epochs=1, batch=60, average=1.0, lr=0.2).params["W1"])


def test_the_width_of_the_smoothing_acts(bars):
    one, other = (made(bars, elastic=1.0, smooth=width) for width in (3.0, 6.0))
    assert not np.array_equal(one.params["W1"], other.params["W1"])


def test_a_teacher_is_asked_about_mixed_images(bars):
    asked = []

    def teacher(X):
        asked.append(X.copy())
        return np.full((len(X), 3), 1 / 3, np.float32)

    recipe = Recipe.resolve(**SMALL | {"teacher": "model.npz", "taught": 0.5, "mixing": 0.4, "epochs": 1})
    training.run(recipe, bars, teacher)
    before = {row.tobytes() for row in bars.train_images.reshape(len(bars.train_images), -1).astype(np.float32)}
    assert np.mean([row.tobytes() in before for row in np.concatenate(asked)]) < 0.5


def test_a_diverged_run_says_so(bars, tmp_path):
    with np.errstate(all="ignore"):
        run = made(bars, lr=1000, epochs=40, l2=1000)
    assert record.write(run, tmp_path / "one")["status"] == "diverged" and len(run.history["epoch"]) < 20
    assert record.write(made(bars), tmp_path / "two")["status"] == "finished"


def test_a_pupil_sees_what_its_teacher_is_asked_and_answers_like_it(bars):
    asked = []

    def teacher(X):
        asked.append((X.min(), X.max()))
        return np.tile(np.array([0.5, 0.3, 0.2], np.float32), (len(X), 1))

    recipe = Recipe.resolve(**SMALL | {"teacher": "model.npz", "taught": 1.0, "epochs": 40, "turn": 10})
    run = training.run(recipe, bars, teacher)
    assert len(asked) == 40 * 12 and max(high for _, high in asked) > 100  # in levels of grey
    np.testing.assert_allclose(run.probabilities["validation"].mean(axis=0), [0.5, 0.3, 0.2], atol=0.03)


def test_a_run_on_disk_can_be_read(bars, tmp_path):
    run = made(bars, open_test=True)
    folder = tmp_path / "runs" / "study" / "one"
    result = record.write(run, folder)
    arrays = studies.history(folder)
    assert result["summary"].startswith("validation error ") and arrays["test_probabilities"].shape == (100, 3)
    (folder.parent / "study.json").write_text('{"runs": ["one"]}', encoding="utf-8")
    frame = studies.load("study", tmp_path / "runs")
    assert frame.loc[0, "test_error"] == run.history["test_error"][-1] and frame.loc[0, "hidden"] == 16


def test_the_gain_of_a_committee(bars):
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, 400)
    members = np.array([np.eye(3)[labels] + rng.normal(size=(400, 3)) for _ in range(5)])
    found = committee.gain(members, labels, rng)
    assert found.shape == (5, 3) and (found[:, 1] <= found[:, 0]).all() and (found[:, 0] <= found[:, 2]).all()
    each = [committee.errors(one, labels).mean() for one in members]
    assert found[0].tolist() == pytest.approx([np.mean(each), min(each), max(each)])
    assert found[4, 0] == committee.errors(committee.mean_probabilities(members), labels).mean() < min(each)
