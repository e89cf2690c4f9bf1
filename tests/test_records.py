"""The files of a run, to the letter, and the table that is made of them."""

import json
import platform
from types import SimpleNamespace

import numpy as np
import pytest

from examples import list_runs
from twolayer import paths
from twolayer.data.scaling import Scaling
from twolayer.network import TwoLayerNet
from twolayer.runs import records, studies
from twolayer.training.configuration import Configuration

HISTORY = {
    "update": np.array([0, 10, 20]), "lr": np.array([0.1] * 20), "dead_fraction": np.array([0.0, 0.25, 0.5]),
    "train_accuracy": np.array([0.1, 0.5, 0.6]), "train_loss": np.array([2.0, 1.0, 0.9]),
    "validation_accuracy": np.array([0.2, 0.7, 0.4]), "validation_loss": np.array([2.5, 1.5, 1.25]),
    "test_accuracy": np.array([0.3, 0.8, 0.5]), "test_loss": np.array([3.0, 2.0, 1.75]),
}  # fmt: skip


COMPUTED = {
    "versions": {"python": platform.python_version(), "numpy": np.__version__}, "arithmetic": records.arithmetic(),
}  # fmt: skip


DATASET = SimpleNamespace(name="made", hashes=["a"], class_names=("0", "1"), sha256="ab")


def made(history=HISTORY, **different):
    """Return a run whose best look is the second of three."""
    params = TwoLayerNet.initialized(3, 2, 2, np.random.default_rng(0)).params
    parts = [name.removesuffix("_loss") for name in history if name.endswith("_loss")]
    kept = {part: (history[f"{part}_loss"][1], history[f"{part}_accuracy"][1]) for part in parts}
    known = {"status": "ok", "reason": None, "dataset": DATASET, "best_index": 1, "kept": kept}
    known |= {"seconds": 1.23456, "products": 0.98765}
    config, scaling = Configuration.resolve(hidden=2, lr=0.5), Scaling("unit", 0.0, 1.0)
    return SimpleNamespace(config=config, history=history, params=params, scaling=scaling, **known | different)


def test_a_result_by_hand():
    result = records.result(made())
    assert result.pop("parameters")["hidden"] == 2
    assert result == {
        "summary": "test 0.8000, validation 0.7000", "status": "ok", "reason": None,
        "accuracy": {"train": 0.5, "validation": 0.7, "test": 0.8},
        "loss": {"train": 1.0, "validation": 1.5, "test": 2.0},
        "final_accuracy": {"train": 0.6, "validation": 0.4, "test": 0.5}, "best_update": 10, "updates": 20,
        "dead_fraction": 0.5, "seconds": {"training": 1.235, "matrix_products": 0.988}, "data": ["a"],
    }  # fmt: skip


def test_a_summary_names_what_was_looked_at_and_why_it_ended():
    closed = {name: values for name, values in HISTORY.items() if "test" not in name}
    assert records.result(made(closed, reason="all dead"))["summary"] == "validation 0.7000; all dead"
    everything = {name: values for name, values in HISTORY.items() if "validation" not in name}
    assert records.result(made(everything))["summary"] == "test 0.8000"


def test_a_runs_files(tmp_path):
    for _ in range(2):  # into a folder that is there as into one that is not
        records.write(made(), tmp_path / "some" / "run")
    assert sorted(path.name for path in (tmp_path / "some/run").iterdir()) == [
        "history.npz",
        "model.npz",
        "result.json",
    ]
    text = (tmp_path / "some/run/result.json").read_text(encoding="utf-8")
    assert text.startswith('{\n "summary": "test') and text.endswith("}\n") and '\n  "train": 0.5' in text
    assert records.read_result(tmp_path / "some/run") == json.loads(json.dumps(records.result(made()) | COMPUTED))
    history = records.read_history(tmp_path / "some/run")
    assert history.keys() == HISTORY.keys() and all(np.array_equal(history[name], HISTORY[name]) for name in HISTORY)


def test_the_library_that_is_named_is_numpys(monkeypatch):
    """Whatever else has brought one into the process."""
    libraries = [
        {"user_api": "openmp", "filepath": "/numpy.libs/gomp", "version": None},
        {
            "user_api": "blas",
            "filepath": "/scipy.libs/openblas",
            "version": "0.1",
            "architecture": "Zen",
            "num_threads": 2,
        },
        {
            "user_api": "blas",
            "filepath": "/numpy.libs/openblas",
            "version": "0.2",
            "architecture": "Zen",
            "num_threads": 1,
        },
    ]
    monkeypatch.setattr(records, "threadpool_info", lambda: libraries)
    assert records.arithmetic()["openblas"] == "0.2" and records.arithmetic()["threads"] == 1
    monkeypatch.setattr(records, "threadpool_info", lambda: libraries[:2])
    assert records.arithmetic()["openblas"] == "0.1"  # where NumPy's stands elsewhere
    monkeypatch.setattr(records, "threadpool_info", list)
    assert records.arithmetic()["core"] is None


def test_every_kind_of_run_says_what_computed_it(tmp_path):
    config, found = Configuration.resolve(hidden=2), {"collapsed": np.zeros((2, 3), bool)}
    records.write_census(config, {"rates": "0.1"}, {"collapsed": np.zeros(3, bool)}, tmp_path / "census")
    records.write_compared(config, {"seeds": 3}, found, tmp_path / "chaos")
    records.write_followed(config, 10, False, {"largest": np.ones(2), "smallest": np.zeros(2)}, tmp_path / "followed")
    for name in ("census", "chaos", "followed"):
        result = records.read_result(tmp_path / name)
        assert {key: result[key] for key in COMPUTED} == COMPUTED


def test_what_json_has_no_word_for_is_not_written(tmp_path):
    with pytest.raises(ValueError, match="not JSON compliant"):
        records.write(made(HISTORY | {"test_loss": np.array([3.0, np.nan, 2.0])}), tmp_path / "run")
    assert not (tmp_path / "run" / "result.json").exists()


def test_a_history_that_would_run_code_is_refused(tmp_path):
    np.savez(tmp_path / "history.npz", update=np.array([{}], dtype=object))
    with pytest.raises(records.RecordError, match="history.npz is damaged .update: an array of 'O'"):
        records.read_history(tmp_path)


def test_a_followed_run_by_hand(tmp_path):
    found = {"largest": np.array([4.0, 5.0]), "smallest": np.array([-1.0, 2.0]), "update": np.array([0, 3])}
    result = records.write_followed(
        Configuration.resolve(lr=0.5, hidden=2), 100, True, found, tmp_path / "study" / "one"
    )
    records.write_followed(Configuration.resolve(lr=0.25, hidden=2), 100, False, found, tmp_path / "study" / "two")
    assert result["summary"] == "largest eigenvalue 4 at the start, 2 / kappa 0.5, lr 0.5"
    assert (result["largest_at_start"], result["smallest_at_start"]) == (4.0, -1.0)
    assert (result["parameters"]["images"], result["parameters"]["full_batch"]) == (100, True)
    assert records.read_result(tmp_path / "study" / "one") == result | COMPUTED
    list_runs(tmp_path / "study")
    frame = studies.load_followed("study", tmp_path)
    assert frame["lr"].tolist() == [0.25, 0.5] and frame.index.tolist() == [0, 1]
    assert frame.loc[1, "trace"].keys() == found.keys() and frame.loc[0, "largest_at_start"] == 4.0


def test_a_row_a_run(tmp_path):
    for name, seconds in (("one", 1.0), ("two", 2.0)):
        records.write(made(seconds=seconds), tmp_path / "study" / name)
    list_runs(tmp_path / "study")
    frame = studies.load("study", tmp_path)
    assert frame.index.tolist() == ["one", "two"] and frame["seconds"].tolist() == [1.0, 2.0]
    row = frame.loc["two"]
    assert [row[name] for name in ("train", "validation", "test", "validation_loss")] == [0.5, 0.7, 0.8, 1.5]
    assert [row[name] for name in ("status", "reason", "best_update", "updates", "dead_fraction")] == [
        "ok",
        None,
        10,
        20,
        0.5,
    ]
    assert row["folder"] == str(tmp_path / "study" / "two") and row["hidden"] == 2


@pytest.mark.parametrize("read", [studies.load, studies.folders, studies.load_followed])
def test_runs_are_below_the_project_unless_said_otherwise(read):
    folder = paths.ROOT / "runs" / "no-such-study"
    with pytest.raises(studies.NoRunsError) as caught:
        read("no-such-study")
    assert str(caught.value).startswith(f"{folder} ")
