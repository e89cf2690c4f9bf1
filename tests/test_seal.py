"""Who reads runs without a sweep is not given a damaged one: every kind of reader, on runs that a driver has kept."""

import json
import warnings

import numpy as np
import pytest

from nbreport.studies.store import Store
from test_records import made
from twolayer import InputError
from twolayer.runs import records, seal, studies
from twolayer.training.configuration import Configuration

FILES = {
    "load": "model.npz",
    "load_followed": "curvature.npz",
    "load_census": "census.npz",
    "load_compared": "chaos.npz",
}


def write(reader, folder, lr):
    """Write a run of the kind that a reader reads."""
    config = Configuration.resolve(lr=lr, hidden=2)
    if reader == "load":
        records.write(made(), folder)
    if reader == "load_followed":
        found = {"largest": np.array([4.0, 5.0]), "smallest": np.array([-1.0, 2.0])}
        records.write_followed(config, 100, True, found, folder)
    if reader == "load_census":
        found = {"collapsed": np.zeros(3, bool), "seed": np.arange(3), "lr": np.full(3, lr)}
        records.write_census(config, {"rates": "0.1"}, found, folder)
    if reader == "load_compared":
        records.write_compared(config, {"seeds": 3}, {"collapsed": np.zeros((2, 3), bool)}, folder)


def kept(folder, reader="load"):
    """Keep two runs as a sweep does, in `runs/some`; return the store."""
    store = Store(folder / "runs" / "some")
    store.folder.mkdir(parents=True)
    for name, lr in (("one", 0.5), ("two", 0.25)):
        write(reader, folder / name, lr)
        files = {path.name: path.read_bytes() for path in (folder / name).iterdir()} | {"run.ipynb": b"{}"}
        store.keep(name, files, {"digest": name})
    store.list_runs(["one", "two"])
    return store


@pytest.fixture(params=FILES)
def reader(request):
    return request.param


@pytest.mark.parametrize("how", ["emptied", "cut", "changed", "swapped", "gone"])
def test_no_reader_takes_a_damaged_run(tmp_path, reader, how):
    store, read = kept(tmp_path, reader), getattr(studies, reader)
    before = read("some", tmp_path / "runs")
    assert len(before) == (6 if reader == "load_census" else 2)
    path = store.path("two") / FILES[reader]
    content = path.read_bytes()
    ends = {"emptied": b"", "cut": content[:-9], "changed": content[:60] + b"~" + content[61:], "swapped": b"other"}
    path.unlink() if how == "gone" else path.write_bytes(ends[how])
    with pytest.raises(studies.DamagedRunError) as caught:
        read("some", tmp_path / "runs")
    what = "is gone" if how == "gone" else "is not what the run has written"
    assert (
        str(caught.value)
        == f"{path} {what}: `make sweep GRID=configs/some.yaml`, with the same DATASET and RUNS, runs it again"
    )
    assert isinstance(caught.value, InputError)
    path.write_bytes(content)
    assert read("some", tmp_path / "runs").astype(str).equals(before.astype(str))


@pytest.mark.parametrize("lacking", ["parameters", "lr"])
def test_each_reader_says_which_run_lacks_what_it_asks_for(tmp_path, reader, lacking):
    if (reader, lacking) == ("load", "lr"):
        lacking = "status"
    kept(tmp_path, reader)
    for name in ("one", "two"):  # as a notebook leaves them that ran by itself: without hashes
        folder = tmp_path / "runs" / "some" / name
        result = json.loads((tmp_path / name / "result.json").read_text(encoding="utf-8"))
        for part in (result, result.get("parameters", {})):
            part.pop(lacking, None)
        (folder / "result.json").write_text(json.dumps(result), encoding="utf-8")
        if reader == "load_census":
            arrays = {key: one for key, one in np.load(tmp_path / name / "census.npz").items() if key != lacking}
            np.savez(folder / "census.npz", **arrays)
    with pytest.raises(records.RecordError, match="run the study again") as caught:
        getattr(studies, reader)("some", tmp_path / "runs")
    assert str(tmp_path / "runs" / "some" / "one") in str(caught.value)


def test_each_byte_of_a_result_counts(tmp_path):
    path = kept(tmp_path).path("two") / "result.json"
    whole = path.read_bytes()
    for place in range(0, len(whole), 7):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert seal.damage(path.parent) or b'"hashes"' not in path.read_bytes(), whole[place - 10 : place + 10]
    for text in (b"", b"[]", b"3", b"{", b"[" * 100_000, b"\xff", whole + b" ", b'{"hashes": 3}'):
        path.write_bytes(text)
        assert seal.damage(path.parent), text
    path.write_bytes(whole.replace(b'"test": 0.8', b'"test": 0.5'))
    with pytest.raises(studies.DamagedRunError, match=r"two/result.json is not what the run has written"):
        studies.load("some", tmp_path / "runs")


def test_a_run_that_nobody_has_sealed_is_read(tmp_path):
    """Who calls the library, or papermill itself, has no hashes."""
    records.write(made(), tmp_path / "one")
    assert seal.damage(tmp_path / "one") is None


def test_a_notebook_that_somebody_has_saved_again_keeps_nobody_from_the_numbers(tmp_path):
    store = kept(tmp_path)
    (store.path("two") / "run.ipynb").write_text("other", encoding="utf-8")
    assert len(studies.load("some", tmp_path / "runs")) == 2


LONG = json.dumps({"runs": ["x" * 3000]})  # no file system has such a name


@pytest.mark.parametrize("text", ["{", "[]", "[" * 100_000, '{"runs": 3}', '{"runs": [3]}', "\xff", LONG])
def test_a_damaged_list_is_named(tmp_path, text):
    store = kept(tmp_path)
    (store.folder / "study.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(studies.DamagedRunError, match=r"study.json is damaged: `make sweep GRID=configs/some.yaml`"):
        studies.load("some", tmp_path / "runs")


@pytest.mark.parametrize("text", ["{}", '{"accuracy": 3}', '{"loss": null}', '{"seconds": [1]}'])
def test_what_a_result_that_nobody_has_sealed_lacks_is_said(tmp_path, text):
    path = kept(tmp_path).path("one") / "result.json"
    result = {name: value for name, value in json.loads(path.read_bytes()).items() if name != "hashes"}
    path.write_text(json.dumps(result | json.loads(text) if text != "{}" else {"parameters": {}}), encoding="utf-8")
    with pytest.raises(
        records.RecordError, match="one/result.json is not the result of such a run .*run the study again"
    ):
        studies.load("some", tmp_path / "runs")


def test_the_best_model_is_a_whole_one(tmp_path):
    store = kept(tmp_path)
    result = json.loads((store.path("one") / "result.json").read_text(encoding="utf-8"))
    dataset = result["parameters"]["dataset"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert studies.best_model(tmp_path / "runs", dataset) == store.path("one") / "model.npz"
    (store.path("one") / "model.npz").write_bytes((store.path("two") / "model.npz").read_bytes() + b" ")
    with pytest.warns(UserWarning, match=r"one/model.npz is not what the run has written: it is left out"):
        assert studies.best_model(tmp_path / "runs", dataset) == store.path("two") / "model.npz"
    (store.path("two") / "result.json").write_text("{", encoding="utf-8")
    with pytest.warns(UserWarning), pytest.raises(studies.NoRunsError):
        studies.best_model(tmp_path / "runs", dataset)
