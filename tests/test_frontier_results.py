"""From the runs of recipes to what is kept of them, and to the chapter's tables."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import yaml
from scipy import stats

import examples
from conftest import ROOT
from nbreport.studies.planfile import read_study
from twolayer import InputError
from twolayer import __main__ as twolayer
from twolayer.__main__ import main
from twolayer.analysis import ablation, reach, recorded, recording, spread
from twolayer.frontier import committee, normal, record, studies, training
from twolayer.frontier import recipe as recipes
from twolayer.frontier.recipe import Recipe, check
from twolayer.network.model_file import load_model
from twolayer.training.parameters import ParameterError

SMALL = {"dataset": "bars", "hidden": 8, "epochs": 2, "batch": 30, "lr": 0.05, "look_every": 1}
OPEN = {"fit_on": "all", "open_test": True}
BASE = {"turn": 12.0, "elastic": 1.0, "stretch": 0.1, "shear": 0.1, "average": 1.0}
BASE |= {"adversarial": 0.05, "drop_hidden": 0.1, "norm": 2.0, "momentum": 0.95}
VARIED = {"plain": {}, "distorted": {"turn": 10}, "long": {"hidden": 16, "turn": 10}, "pupil": {"drop_hidden": 0.2}}
VARIED["untaught"] = {"turn": 5}


def written(runs, study, rows, bars):
    """Write the runs of a study, one for each dict of parameters."""
    for place, row in enumerate(rows):
        record.write(training.run(Recipe.resolve(**SMALL | row), bars), runs / study / f"run-{place}")
    listed = json.dumps({"runs": [f"run-{place}" for place in range(len(rows))]})
    (runs / study / "study.json").write_text(listed, encoding="utf-8")


@pytest.fixture(scope="module")
def bars():
    return examples.bars()


@pytest.fixture(scope="module")
def runs(tmp_path_factory, bars):
    """Small runs of all studies of chapter 9."""
    folder = tmp_path_factory.mktemp("runs")
    for name, changed in VARIED.items():
        written(folder, recorded.RECIPES[name], [OPEN | changed | {"seed": seed} for seed in range(4)], bars)
    prepared = [OPEN | {"turn": 10, "prepared": how} for how in ("upright", "width10", "width12", "width14")]
    written(folder, recorded.RECIPES["prepared"], [one | {"seed": seed} for seed, one in enumerate(prepared)], bars)
    for study, table in recording.ABLATIONS.values():
        rows = [BASE | row | {"seed": seed} for row in table.values() for seed in range(4)]
        written(folder, study, rows, bars)
    return folder


@pytest.fixture
def known(monkeypatch, bars):
    monkeypatch.setattr(recording.mnist, "load", lambda name: bars)


@pytest.fixture
def full(runs, known):
    return recording.collect(runs, "bars")


def test_what_is_kept_is_what_the_runs_found(full, runs, bars):
    for name, study in recorded.RECIPES.items():
        frame = studies.load(study, runs)
        np.testing.assert_allclose(full.wrong[name].mean(axis=1), frame["test_error"], atol=1e-9)
        assert full.about["recipes"][name]["training"] == frame["training"].tolist()
    members = [studies.history(runs / "frontier_distorted" / f"run-{k}")["test_probabilities"] for k in range(4)]
    mean = np.mean(np.float32(members), axis=0)
    assert full.wrong["ten alike"].tolist() == (mean.argmax(axis=1) != bars.test_labels).tolist()
    assert full.about["committees"]["all"]["members"] == 4 + 4 + 4
    every = np.concatenate([full.wrong[name] for name in ("distorted", "long", "prepared")])
    hard = np.flatnonzero(every.all(axis=0))
    assert [one[:2] for one in full.about["hard"]] == [[i, bars.test_labels[i]] for i in hard]
    assert reach.disagreements(full).sum() == 100 and reach.disagreements(full)[12] == len(hard)


def test_it_is_read_as_it_was_written(full, runs, tmp_path):
    for path in recording.write(full, recording.pupil(runs), tmp_path / "kept"):
        assert path.stat().st_size < 1e6
    again = recorded.load("bars", tmp_path / "kept")
    assert again.about == full.about and again.wrong.keys() == full.wrong.keys()
    assert all(np.array_equal(again.wrong[name], full.wrong[name]) for name in full.wrong)
    kept, own = load_model(tmp_path / "kept" / "bars-pupil.npz"), load_model(runs / "frontier_pupil/run-0/model.npz")
    for name, value in own.net.params.items():
        np.testing.assert_allclose(kept.net.params[name], value, rtol=2**-8)
        assert not (kept.net.params[name].view(np.uint32) & 0xFFFF).any()
    assert kept.origin == own.origin and kept.scaling == own.scaling


def shaped(name, shape):
    """Return a change of the text: the shape of a recipe's answers."""
    return lambda about: about["shapes"].update({name: shape})


DAMAGE = {
    "cut": lambda about: b"{",
    "a list": lambda about: b"[]",
    "deep": lambda about: b"[" * 100_000,
    "no shapes": lambda about: about.pop("shapes"),
    "nothing": lambda about: about["shapes"].clear(),
    "no recipes": lambda about: about.pop("recipes"),
    "an older one": lambda about: about.update(more=1),
    "flat": shaped("plain", []),
    "as many bytes": shaped("plain", [4, 104]),
    "huge": shaped("plain", [4, 10**13]),
    "too large": shaped("plain", [4, 2**70]),
    "negative": shaped("plain", [4, -1]),
    "in words": shaped("plain", ["4", 100]),
    "other errors": lambda about: about["recipes"]["plain"].update(test_error=[0, 0, 0, 0]),
}


@pytest.mark.parametrize("change", [*DAMAGE, "bits"])
def test_damage_is_a_sentence(full, runs, tmp_path, change):
    text, packed, _ = recording.write(full, recording.pupil(runs), tmp_path)
    about = json.loads(text.read_bytes())
    found = DAMAGE[change](about) if change in DAMAGE else None
    text.write_bytes(found if isinstance(found, bytes) else json.dumps(about).encode())
    if change == "bits":
        packed.write_bytes(packed.read_bytes()[:-200])
    with pytest.raises(InputError, match="make frontier DATASET=bars"):
        recorded.load("bars", tmp_path)


def test_what_is_not_there_is_a_sentence(tmp_path, known, runs):
    assert not recorded.known("bars", tmp_path)
    with pytest.raises(InputError, match="no full run on bars is recorded"):
        recorded.load("bars", tmp_path)
    with pytest.raises(InputError, match="holds no finished run"):
        recording.collect(tmp_path, "bars")


def test_runs_that_have_learned_other_images_are_not_kept(runs, bars, monkeypatch):
    monkeypatch.setattr(recording.mnist, "load", lambda name: replace(bars, hashes={"made": "0"}))
    with pytest.raises(InputError, match="frontier_plain/run-0 has learned other data than bars as it is here"):
        recording.collect(runs, "bars")


def copied(runs, folder):
    shutil.copytree(runs, folder / "runs")
    return folder / "runs"


def changed(path, **fields):
    path.write_text(json.dumps(json.loads(path.read_bytes()) | fields), encoding="utf-8")


def test_what_is_not_whole_is_not_kept(runs, known, tmp_path):
    runs = copied(runs, tmp_path)
    listed = runs / "frontier_plain" / "study.json"
    changed(listed, runs=[*json.loads(listed.read_bytes())["runs"], "run-4"])
    with pytest.raises(InputError, match="frontier_plain has 4 of 5 runs finished: `make frontier` runs the others"):
        recording.collect(runs, "bars")


@pytest.mark.parametrize(
    ("study", "fields", "sentence"),
    [
        ("frontier_long", {"status": "diverged"}, "frontier_long/run-0 has not come to its end: diverged"),
        ("frontier_ablation", {"data": {}}, "frontier_ablation/run-0 has learned other data than bars as it is here"),
    ],
)
def test_what_has_diverged_or_learned_other_data_is_not_kept(runs, known, tmp_path, study, fields, sentence):
    runs = copied(runs, tmp_path)
    changed(runs / study / "run-0" / "result.json", **fields)
    with pytest.raises(InputError, match=sentence):
        recording.collect(runs, "bars")


def test_rows_of_other_seeds_are_no_pairs(runs, known, tmp_path):
    runs = copied(runs, tmp_path)
    path = runs / "frontier_ablation" / "run-5" / "result.json"
    changed(path, parameters=json.loads(path.read_bytes())["parameters"] | {"seed": 7})
    with pytest.raises(
        InputError, match=r"the row 'constant rate' has the seeds \[0, 2, 3, 7\], and the recipe \[0, 1"
    ):
        recording.collect(runs, "bars")


def test_what_other_seeds_would_do_is_open_where_there_are_none(full):
    found = reach.errors(full)
    for name in ("prepared", "all", "ten alike"):
        assert np.isnan([*found.loc[name, "seeds"], *found.loc[name, "both"]]).all()
        low, high = found.loc[name, "images"]
        assert low < found.loc[name, "error"] < high


def test_numbers_are_rounded_to_the_nearest_of_eight_bits():
    values = np.float32([1, 1 + 2**-7, 1 + 2**-9, 1 + 3 * 2**-9, -0.3, 0])
    expected = [1, 1 + 2**-7, 1, 1 + 2**-7, -0.30078125, 0]
    assert recording.rounded(values).tolist() == expected


def test_what_no_cheaper_recipe_equals():
    points = {"a": ([1, 3], [0.5, 0.3]), "b": ([3], [0.4]), "c": ([4], [0.2]), "d": ([1], [0.6]), "e": ([5], [0.2])}
    assert reach.frontier(points).tolist() == [[1, 0.6], [2, 0.4], [4, 0.2]]


def test_a_committee_costs_what_its_members_do(full):
    found, recipes = reach.costs(full), full.about["recipes"]
    together = [sum(recipes[name]["training"]) for name in ("distorted", "long", "prepared")]
    assert found["all"][0] == pytest.approx(sum(together)) and found["ten alike"][0] == pytest.approx(together[0])
    assert found["all"][1] == full.wrong["all"].mean() and found["pupil"][1].tolist() == recipes["pupil"]["test_error"]
    teachers = sum(recipes["long"]["training"])
    assert found["pupil"][0] == pytest.approx(np.array(recipes["pupil"]["training"]) + teachers)


def test_errors_and_aims(full):
    found = reach.errors(full)
    assert found.loc["plain", "networks"] == 4 and found.loc["all", "networks"] == 1
    assert np.isnan(found.loc["all", "seconds"]) and found.loc["long", "seconds"] > 0
    low, high = found.loc["distorted", "both"]
    assert low < found.loc["distorted", "error"] < high
    judged = reach.aims(found)
    assert set(judged.index) == set(reach.AIMS) and set(judged["here"]) <= {"holds", "fails", "undecided"}
    assert judged.loc["all", "here"] == ("holds" if found.loc["all", "error"] <= 0.0035 else "fails")
    assert judged.loc["all", "like"] == spread.verdict(found.loc["all", "images"], 0.0035)
    assert judged["published"].tolist() == pytest.approx([0.0114, 0.007, 0.007, 0.0039, 0.007])
    words = reach.interval_columns(found)
    assert words["both"][0].endswith("%") and words["other seeds"][found.index.get_loc("all")] == ""
    assert reach.share_of_distorting(full).keys() == {"distorted", "long", "prepared", "untaught"}
    assert "Meier, 2011: elastic distortions, normalised widths" in reach.published()


def test_the_headline_has_a_row_for_each_recipe_and_committee(full):
    table = reach.shown(full)
    assert list(table.columns) == [
        "images",
        "recipe",
        "networks",
        "error",
        "other seeds",
        "other images",
        "both",
        "seconds",
    ]
    assert len(table) == len(full.wrong) and set(table["images"]) == {"bars"}
    assert "distorted images" in set(table["recipe"])
    assert reach.recipes(full).loc["distorted images", ["networks", "H", "turn"]].tolist() == [4, 8, 10]


def test_the_data_set_of_the_report_comes_first(tmp_path):
    for name in ("fashion-mnist", "letters", "mnist"):
        (tmp_path / f"{name}.json").touch()
    assert recorded.names("mnist", tmp_path) == ["mnist", "fashion-mnist", "letters"]


def test_the_rows_of_a_table_are_found_by_what_is_changed(runs):
    for study, table in recording.ABLATIONS.values():
        found = ablation.rows(studies.load(study, runs), table)
        assert list(found) == list(table)
        for name, changed in table.items():
            assert found[name]["seed"].tolist() == [0, 1, 2, 3], name
            for parameter, value in changed.items():
                assert set(found[name][parameter]) == {value}


def test_effects_are_differences_seed_by_seed():
    errors = {"whole": [0.02, 0.03, 0.04, 0.05], "worse": [0.03, 0.045, 0.05, 0.065], "same": [0.02, 0.03, 0.04, 0.05]}
    each, all_of_them = ablation.effects(errors), ablation.effects(errors, together=True)
    assert each.loc["worse", "change"] == pytest.approx(0.0125) and each.loc["same", "change"] == 0
    assert 0 < each.loc["worse", "low"] < 0.0125 < each.loc["worse", "high"]
    change = np.subtract(errors["worse"], errors["whole"])
    for found, level in ((each, 0.95), (all_of_them, 1 - 0.05 / 2)):
        wanted = stats.t.interval(level, 3, change.mean(), stats.sem(change))
        assert found.loc["worse", ["low", "high"]].tolist() == pytest.approx(wanted)
    assert np.isnan(each.loc["same", "low"])


def test_what_makes_a_recipe_better_is_told_only_where_that_is_sure():
    noise = np.array([0.0, 0.001, -0.001, 0.0005])
    errors = {"the recipe": 0.02 + noise, "worse": 0.03 - noise, "as good": 0.02 - noise}
    assert ablation.told(errors) == "none of 2 changes is shown to make it better"
    errors["better"] = 0.01 + noise * 1.1
    assert ablation.told(errors).startswith('1 of 3 changes makes it better, "better", with')
    errors["a little"] = 0.018 + noise * 1.1
    best = '2 of 4 changes make it better, most of all "better", with 1.00% of the validation images fewer wrong (0.98%'
    assert ablation.told(errors).startswith(best)


@pytest.mark.parametrize("study", ["frontier_ablation", "frontier_ablation_distorted", "frontier_short"])
def test_each_row_of_a_study_changes_the_recipe(study):
    """A row that is the recipe itself would be a point twice, or say nothing."""
    plan = yaml.safe_load((ROOT / "configs" / f"{study}.yaml").read_text(encoding="utf-8"))
    module, name = plan["points"]["function"].split(":")
    assert module == "twolayer.analysis.ablation"
    recipes = [Recipe.resolve(**plan["parameters"] | row) for row in getattr(ablation, name)("runs")]
    assert len(set(recipes)) == len(recipes) > 2


def test_a_pupils_teachers_are_the_networks_of_a_study(runs):
    (taught,) = ablation.taught(runs, "frontier_long", 0.5, 2)
    recipe = Recipe.resolve(**taught)
    assert [path.parent.name for path in recipe.teachers] == [f"run-{place}" for place in range(4)]
    with pytest.raises(InputError, match="has a space in it"):
        spaced = runs / "a b"
        (spaced / "frontier_long").mkdir(parents=True)
        for path in (runs / "frontier_long").rglob("*"):
            target = spaced / path.relative_to(runs)
            target.mkdir() if path.is_dir() else target.write_bytes(path.read_bytes())
        ablation.taught(spaced, "frontier_long", 0.5, 2)


def test_a_teacher_is_the_mean_of_softened_probabilities(runs, bars):
    folders = [runs / "frontier_long" / f"run-{place}" for place in range(2)]
    models = [load_model(folder / "model.npz") for folder in folders]
    pixels = bars.test_images.reshape(100, -1)
    asked = [model.net.forward(model.scaling(pixels))[0] for model in models]
    for temperature in (1, 3):
        each = [np.exp(Z / temperature) / np.exp(Z / temperature).sum(axis=1, keepdims=True) for Z in asked]
        found = committee.Teacher(models, temperature)(pixels.astype(np.float32))
        np.testing.assert_allclose(found, np.mean(each, axis=0), rtol=1e-3, atol=1e-6)
        assert found.dtype == np.float32


def test_teachers_are_checked_before_anything_starts(runs, tmp_path, real_mnist):
    path = runs / "frontier_long" / "run-0" / "model.npz"
    for wrong, said in (
        ({"teacher": "", "taught": 0.5}, "teacher must be nobody, or the paths"),
        ({"teacher": str(path)}, "taught must be above 0 with a teacher"),
        ({"taught": 0.5}, "taught must be above 0 with a teacher"),
        ({"teacher": f"{tmp_path}/none.npz", "taught": 0.5}, "does not exist"),
        ({"teacher": str(path), "taught": 0.5}, "for 144 pixels and 3 classes, not for mnist"),
    ):
        with pytest.raises(InputError, match=said):
            check(wrong)
    assert issubclass(ParameterError, InputError) and "teacher" not in check({})


def test_a_teacher_has_learned_images_prepared_alike(runs, known, monkeypatch):
    monkeypatch.setattr(recipes, "load_data", lambda recipe: examples.bars())
    upright, plain = (runs / name / "run-0" / "model.npz" for name in ("frontier_prepared", "frontier_long"))
    taught = {"taught": 0.5, "batch": 30, "dataset": "bars"}
    with pytest.raises(InputError, match="has learned images prepared as upright, not plain"):
        check(taught | {"teacher": str(upright)})
    facts = check(taught | {"teacher": str(plain)})["teacher"]
    assert list(facts) == [str(plain)] and len(facts[str(plain)]) == 64
    assert check(taught | {"teacher": str(upright), "prepared": "upright"})["teacher"]


def test_how_images_were_prepared_is_told_by_the_run(tmp_path):
    for text, how in (
        ('{"parameters": {"prepared": "width10"}}', "width10"),
        ("[", "plain"),
        ('{"parameters": 3}', "plain"),
    ):
        (tmp_path / "result.json").write_text(text, encoding="utf-8")
        assert normal.prepared_for(tmp_path / "model.npz") == how
    assert normal.prepared_for(tmp_path / "nowhere" / "model.npz") == "plain"


def test_a_network_of_prepared_images_is_tested_on_such(runs, monkeypatch, capsys, bars):
    monkeypatch.setattr(twolayer.sources, "fetch", lambda *names: bars)
    for place, how in enumerate(("upright", "width10")):
        path = runs / "frontier_prepared" / f"run-{place}" / "model.npz"
        assert main(["evaluate", "--model", str(path)]) == 0
        said = capsys.readouterr().out
        error = studies.load("frontier_prepared", runs).loc[place, "test_error"]
        assert f"prepared as {how}: so are the test images" in said and f"test accuracy {1 - error:.4f}" in said
        assert main(["predict", "--model", str(path), "a.png"]) == 2
        assert f"has learned images prepared as {how}" in capsys.readouterr().err
    path = runs / "frontier_long" / "run-0" / "model.npz"
    assert main(["evaluate", "--model", str(path)]) == 0 and "prepared" not in capsys.readouterr().out


def test_the_command(runs, known, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(recording.write, "__defaults__", (tmp_path,))
    assert main(["record", "--runs", str(runs), "--dataset", "bars"]) == 0
    assert [line.split("/")[-1] for line in capsys.readouterr().out.split()] == [
        "bars.json",
        "bars.npz",
        "bars-pupil.npz",
    ]
    assert main(["record", "--runs", str(tmp_path), "--dataset", "bars"]) == 2
    assert "holds no finished run" in capsys.readouterr().err
    assert main(["record", "--runs", str(tmp_path / "runz"), "--dataset", "bars"]) == 2
    assert "runz is no folder" in capsys.readouterr().err


def test_the_studies_of_the_frontier_can_be_read(real_mnist):
    """What is known of their points is checked before any run."""
    for path in sorted((ROOT / "configs").glob("frontier_*.yaml")):
        assert read_study(path).name == path.stem


@pytest.mark.parametrize("table", [ablation.PLAIN, ablation.DISTORTED, ablation.SHORT])
def test_no_row_is_taken_for_another(table):
    every = [Recipe.resolve(**BASE | row | {"seed": seed}).as_dict() for row in table.values() for seed in range(2)]
    found = ablation.rows(pd.DataFrame(every), table)
    assert [len(runs) for runs in found.values()] == [2] * len(table)
