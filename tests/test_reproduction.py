"""The reproduction in short, by hand; the checklists are complete, and no number is typed into them."""

import json
import re
from string import Formatter
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import yaml

from conftest import ROOT
from nbreport.description import load_report
from nbreport.notebook import Notebook
from twolayer.analysis import homework, reproduction
from twolayer.data import mnist
from twolayer.data.scaling import Scaling
from twolayer.figures import published
from twolayer.network.model_file import save_model

FILE = ROOT / "report" / "reproduction.yaml"
CONTENT = yaml.safe_load(FILE.read_text(encoding="utf-8"))
# What is asked for. An answer may stand for all that is below it if it says why nothing applies.
RESCIENCE = """
title, authors name, authors orcid, authors email, authors affiliations, affiliations code, affiliations name,
affiliations address, keywords, code url, code doi, code swh, data url, data doi, replication cite, replication bib,
replication url, replication doi, abstract, bibliography, type, domain, language, review url, contributors name,
contributors orcid, contributors role, dates received, dates accepted, dates published, article number, article doi,
article url, journal name, journal issn, journal volume, journal issue
"""
ACM = """
available, documented, consistent, complete, exercisable, evidence of validation, reusable, reproduced, replicated
"""
CHECKLIST = """
models mathematical setting, models assumptions, models complexity, theory statement of claims, theory proofs,
datasets statistics, datasets splits, datasets exclusions and preprocessing, datasets download, datasets collection,
code dependencies, code training, code evaluation, code trained models, code readme with results,
results hyperparameters, results number of runs, results measures, results central tendency and variation,
results runtime, results infrastructure
"""
SUMMARY = "scope, methodology, results, easy, difficult, communication"
ASKED = {"rescience": RESCIENCE, "acm": ACM, "checklist": CHECKLIST, "summary": SUMMARY}


def leaves(content):
    if isinstance(content, dict | list):
        for one in content.values() if isinstance(content, dict) else content:
            yield from leaves(one)
    else:
        yield str(content)


def missing(part, asked):
    """Return what is asked for and has no answer."""
    found = reproduction.fields(part).set_index("item")["answer"]
    given = {
        item
        for item, answer in found.items()
        if not pd.isna(answer) and str(answer).strip() not in ("", reproduction.NONE.strip())
    }
    reasons = {item for item in given if str(found[item]).startswith(reproduction.NONE)}
    items = [" ".join(item.split()) for item in asked.split(",")]
    return [one for one in items if one not in given and not any(one.startswith(f"{item} ") for item in reasons)]


@pytest.mark.parametrize("part", ASKED)
def test_every_field_and_item_has_an_answer(part):
    assert missing(CONTENT[part], ASKED[part]) == []


@pytest.mark.parametrize(
    ("change", "gone"),
    [
        ({"type": None}, ["type"]),
        ({"type": "none: "}, ["type"]),
        ({"code": [{"url": "x"}, {"doi": ""}]}, ["code doi", "code swh"]),
        ({"journal": "to be seen"}, ["journal name", "journal issn", "journal volume", "journal issue"]),
        ({"journal": "none: not submitted"}, []),
    ],
)
def test_a_missing_answer_is_noticed(change, gone):
    assert missing(CONTENT["rescience"] | change, RESCIENCE) == gone


def test_each_deviation_has_its_reason_and_the_other_lists_are_not_empty():
    assert len(CONTENT["deviations"]) > 5
    for one in CONTENT["deviations"]:
        assert set(one) == {"what", "original", "here", "reason"} and all(one.values())
    assert all(len(CONTENT[part]) > 1 for part in ("easy", "difficult", "not_reproduced"))


def test_no_number_is_typed():
    named = r"https://\S+|\{\w+\}|\(2\.\d\)|[Cc]hapters? \d+( and \d+)?|Tables? \d( to \d)?|[Hh]omework 1|HW1"
    named += r"|DATA620004|, 2022|chengzhong2022|\bb[12]\b|float(32|64)|\bl2\b"
    typed = {one: re.findall(r"\S*\d\S*", re.sub(named, "", one)) for one in leaves(CONTENT)}
    assert {one: numbers for one, numbers in typed.items() if numbers} == {}


def test_numbers_take_the_place_of_their_names(tmp_path):
    file = tmp_path / "a.yaml"
    file.write_text('a: "{x} of {y}"\nb: [{c: "{y}"}, 3]\n', encoding="utf-8")
    assert reproduction.answers({"x": "1", "y": "2,000"}, file=file) == {"a": "1 of 2,000", "b": [{"c": "2,000"}, "3"]}
    assert reproduction.answers({"y": "1"}, ["b"], file) == {"b": [{"c": "1"}, "3"]}
    with pytest.raises(KeyError, match="y"):
        reproduction.answers({"x": "1"}, file=file)


def test_nested_fields_are_joined():
    frame = reproduction.fields({"a_b": [{"c": 1}, {"d": 2}], "e": {"f": {"g": 3}}, "h": 4})
    assert dict(zip(frame["item"], frame["answer"], strict=True)) == {"a b c": 1, "a b d": 2, "e f g": 3, "h": 4}


def write_run(runs, study, run, **result):
    folder = runs / study / run
    folder.mkdir(parents=True)
    made = {"parameters": {}, "versions": {"python": "3.11"}, "arithmetic": {"core": "Haswell"}}
    (folder / "result.json").write_text(json.dumps(made | result), encoding="utf-8")
    listed = [path.name for path in sorted(folder.parent.iterdir()) if path.is_dir()]
    (folder.parent / "study.json").write_text(json.dumps({"runs": listed}), encoding="utf-8")


def test_cost_and_environment_by_hand(tmp_path):
    write_run(tmp_path, "one", "a", seconds={"training": 30}, provenance={"seconds": 60})
    write_run(tmp_path, "one", "b", seconds={"training": 90}, provenance={"seconds": 120})
    write_run(tmp_path, "two", "c", provenance={"seconds": 30}, arithmetic={"core": "Zen"})
    cost = reproduction.cost(["one", "two"], tmp_path)
    assert cost.iloc[0].tolist() == ["one", 2, 3.0, 2.0, 120]
    assert cost.iloc[1].drop("training").tolist() == ["two", 1, 0.5, 30] and np.isnan(cost.loc[1, "training"])
    found = reproduction.environment(["one", "two"], tmp_path)
    assert found.to_dict("list") == {"python": ["3.11", "3.11"], "core": ["Haswell", "Zen"], "runs": [2, 1]}


@pytest.fixture
def found(tmp_path):
    """Evidence of three runs of the grid and two at the best setting."""
    grid = homework.published_grid().query("l2 == 0.01 and hidden == 512 and lr < 0.05").reset_index(drop=True)
    grid = grid.assign(
        dataset="mnist", test=[0.971, 0.9, 0.2], validation=[0.98, 0.9, 0.2], updates=2340, seconds=[1.0, 2.0, 6.0]
    )
    for name, width in (("a", 2.0), ("b", 4.0)):
        (tmp_path / name).mkdir()
        params = {"W1": [[-1.0, 1.0]], "b1": [-1.0, 1.0], "W2": [[-width], [width]], "b2": [0.0]}
        params = {key: np.array(array, dtype=np.float32) for key, array in params.items()}
        save_model(tmp_path / name / "model.npz", params, Scaling.fit("raw", np.zeros((1, 1), np.uint8)))
    best = pd.DataFrame({"test": [0.97, 0.98], "folder": [str(tmp_path / name) for name in "ab"]})
    return SimpleNamespace(homework=SimpleNamespace(grid=grid, best=best))


def test_what_the_homework_shows_beside_ours_by_hand(found):
    curves = {"update": np.array([0, 100, 200]), "validation_accuracy": np.array([[0.1, 0.9, 0.902], [0.1, 0.2, 0.9]])}
    here = reproduction.shown(found, curves).set_index("what")
    assert here.loc["Its log of the search"].tolist() == [
        "chapter 3", "62 settings collapse", "1, 1 of them as there; of 2 that work in both, 1 within one point",
    ]  # fmt: skip
    assert here.loc["Test accuracy at its best setting", ["published", "here"]].tolist() == [
        "0.9794", "0.9750 (0.9700 to 0.9800, 2 runs)",
    ]  # fmt: skip
    assert (
        here["published"]["Learning curves: within half a point of the best"] == "update 1,300"
    )  # by all its values 1,002
    assert here["here"]["Learning curves: within half a point of the best"] == "150 (100 to 200, 2 runs)"
    assert here["published"]["Histograms: sd of W2 over W1"] == "5.18"
    assert here["here"]["Histograms: sd of W2 over W1"] == "3.00 (2.00 to 4.00, 2 runs)"
    assert here["here"]["A saved model, tested"] == "0.9710, of the setting chosen by validation"
    assert not here.map(lambda text: bool(re.search(r"\b\d+\.0 ", text))).to_numpy().any()


def test_the_numbers_of_the_file_are_those_that_are_computed(found, real_mnist):
    costs = pd.DataFrame({"runs": [1000, 234], "minutes": [61.2, 10.0]})
    computed = reproduction.numbers(found, costs, mnist.load("mnist"))
    named = {name for text in leaves(CONTENT) for _, name, _, _ in Formatter().parse(text) if name}
    assert named <= set(computed)
    assert computed["runs"] == "1,234" and computed["minutes"] == "71.2" and computed["seconds"] == "3.0"
    assert (computed["train"], computed["validation"], computed["test"]) == ("48,000", "12,000", "10,000")
    assert (computed["work_both"], computed["within"], computed["collapsed_both"]) == ("2", "1", "1")
    assert computed["sizes"] == "64, 128, 256, 512" and int(computed["packages"]) > 50
    assert "{" not in "".join(leaves(reproduction.answers(computed)))


def test_the_deviations_need_nothing_published(found, real_mnist):
    grid = found.homework.grid.drop(columns="published").assign(dataset="fashion-mnist")
    elsewhere = SimpleNamespace(homework=SimpleNamespace(grid=grid, best=found.homework.best))
    costs = pd.DataFrame({"runs": [1000, 234], "minutes": [61.2, 10.0]})
    computed = reproduction.numbers(elsewhere, costs, mnist.load("mnist"))
    assert "work_both" not in computed and computed["best_seeds"] == "2"
    (part,) = reproduction.answers(computed, ["deviations"]).values()
    assert [one["what"] for one in part] == [one["what"] for one in CONTENT["deviations"]]


def test_its_studies_are_those_of_the_report():
    report = load_report(ROOT / "report" / "report.yaml", "full")
    names = {path.stem for path in report.studies}
    assert {*reproduction.STUDIES, "homework_more"} == names
    for name in ("D_reproduce", "F_checklists"):
        assert set(Notebook(ROOT / "notebooks" / f"{name}.ipynb").studies(report.parameters)) == names


def test_runs_together_have_the_looks_that_all_have():
    one = {"update": np.arange(3), "train_loss": np.ones(3), "train_accuracy": np.zeros(3), "batch_loss": np.ones(9)}
    two = {name: 2 * array[:2] for name, array in one.items()} | {"update": np.arange(2)}
    found = homework.together([one, two])
    assert set(found) == {"update", "train_loss", "train_accuracy"} and found["update"].tolist() == [0, 1]
    assert found["train_loss"].tolist() == [[1, 1], [2, 2]]


def test_values_beyond_the_published_bins_get_bins_of_that_width():
    histogram = {"counts": [1, 2], "from": 0.0, "to": 1.0}
    edges, counts = published.in_bins(histogram, np.array([-0.6, 0.2, 1.4]))
    assert edges.tolist() == [-1, -0.5, 0, 0.5, 1, 1.5] and counts.tolist() == [0, 0, 1, 2, 0]
    edges, counts = published.in_bins(histogram, np.array([0.2]))
    assert edges.tolist() == [0, 0.5, 1] and counts.tolist() == [1, 2]


def test_the_figure_of_curves_has_both_and_marks_the_place():
    log = homework.published_curve()
    looks = np.array([0, 1000, 2340])
    parts = [f"{part}_{what}" for part in ("train", "validation", "test") for what in ("loss", "accuracy")]
    ours = {"update": looks} | {name: np.array([[1, 0.9, 0.9], [1, 0.96, 0.98]]) for name in parts}
    figure = published.curves(log, ours, 1000)
    for axis in figure.axes:
        middle, theirs, place = axis.lines
        assert middle.get_ydata().tolist() == pytest.approx([1, 0.93, 0.94]) and place.get_xdata() == [1000, 1000]
        assert theirs.get_xdata()[0] == 1 and set(np.diff(theirs.get_xdata()[1:])) == {published.STEP}
        assert set(theirs.get_ydata()) <= set(log.to_numpy().ravel())
    assert "step 1000" in figure.axes[4].texts[0].get_text()


def test_ten_values_are_strokes_and_no_histogram():
    """Each at its value, below the name of its class; the published beside ours."""
    arrays = homework.published_parameters()["arrays"]
    params = {name: np.linspace(-1, 1, np.prod(arrays[name]["shape"])) for name in ("W1", "b1", "W2", "b2")}
    axis = published.parameters(arrays, params, "abcdefghij").axes[3]
    ours, theirs = axis.lines
    assert theirs.get_xdata().tolist() == arrays["b2"]["values"] and ours.get_xdata().tolist() == params["b2"].tolist()
    assert not axis.patches and [text.get_text() for text in axis.texts[:10]] == list("abcdefghij")
    assert [text.get_position()[0] for text in axis.texts[10:]] == sorted(arrays["b2"]["values"])
