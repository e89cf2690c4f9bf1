import json
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest

from examples import list_runs
from nbreport.studies.seal import sealed
from twolayer import __main__ as command
from twolayer import paths
from twolayer.analysis import homework, selection
from twolayer.data import mnist
from twolayer.data.scaling import Scaling
from twolayer.network import TwoLayerNet
from twolayer.network.model_file import KEYS, ModelFileError, load_model, save_model
from twolayer.runs import records, studies
from twolayer.training import experiment
from twolayer.training.configuration import Configuration


@pytest.fixture
def arrays():
    net = TwoLayerNet.initialized(36, 8, 3, np.random.default_rng(0))
    return net.params | {"input_scale": "unit", "input_shift": 0.0, "input_factor": 1 / 255}


def test_round_trip(tmp_path):
    net = TwoLayerNet.initialized(36, 8, 3, np.random.default_rng(0), init="homework")
    save_model(tmp_path / "model.npz", net.params, Scaling("standard", 33.3, 0.0127))
    model = load_model(tmp_path / "model.npz")
    assert model.scaling == Scaling("standard", 33.3, 0.0127)
    assert all(np.array_equal(model.net.params[name], net.params[name]) for name in net.params)
    save_model(tmp_path / "centred.npz", net.params, Scaling("centred", np.arange(36.0), 1.0))
    assert load_model(tmp_path / "centred.npz").scaling.shift.tolist() == list(range(36))
    with np.load(tmp_path / "model.npz", allow_pickle=False) as archive:
        assert set(archive.files) == set(KEYS)


def spoil(arrays, name, value):
    return {key: entry for key, entry in (arrays | {name: value}).items() if entry is not None}


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("W2", None, "it has no 'W2'|it has no W2"),
        ("b1", np.zeros(7), "do not fit"),
        ("W2", np.zeros((9, 3)), "do not fit"),
        ("W1", np.zeros(36), "do not fit"),
        ("W1", np.full((36, 8), np.nan), "finite"),
        ("b2", np.zeros(3, int), "finite floating-point"),
        ("input_scale", "log", "input_scale"),
        ("input_factor", "x", "input_factor"),
        ("input_shift", np.zeros(36), "input_shift"),  # only "centred" has one for each pixel
        ("input_scale", "centred", "input_shift"),
        ("W1", np.array([{}], dtype=object), "is not a model file"),
    ],
)
def test_files_that_are_no_models_are_refused(tmp_path, arrays, name, value, words):
    np.savez(tmp_path / "model.npz", **spoil(arrays, name, value))
    with pytest.raises(ModelFileError, match=words) as caught:
        load_model(tmp_path / "model.npz")
    assert "model.npz" in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"text", b"PK\x03\x04 broken", b"\x93NUMPY\x01\x00", b"\x80\x04."])
def test_other_files_are_refused(tmp_path, content):
    path = tmp_path / "thing.npz"
    path.write_bytes(content)
    with pytest.raises(ModelFileError, match="thing.npz"):
        load_model(path)
    with pytest.raises(ModelFileError, match="does not exist"):
        load_model(tmp_path / "none.npz")
    with pytest.raises(ModelFileError, match="is not a model file"):
        load_model(tmp_path)


def test_a_damaged_archive_is_refused(tmp_path, arrays):
    path = tmp_path / "model.npz"
    np.savez(path, **arrays)
    assert zipfile.is_zipfile(path)
    content = bytearray(path.read_bytes())
    content[200] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(ModelFileError):
        load_model(path)


def test_whatever_byte_is_damaged_there_is_a_model_or_a_sentence(tmp_path, arrays):
    path, refused = tmp_path / "model.npz", 0
    np.savez_compressed(path, **arrays)
    content = path.read_bytes()
    for place in range(0, len(content), 3):
        path.write_bytes(content[:place] + bytes([content[place] ^ 0xFF]) + content[place + 1 :])
        try:
            load_model(path)
        except ModelFileError:
            refused += 1
    assert refused > len(content) / 6


@pytest.fixture
def study(made, tmp_path):
    """Three real runs on the made data, in a study's folder."""
    for seed in range(3):
        config = Configuration.resolve(dataset="made", hidden=4 + seed, batch=20, epochs=1 + 2 * seed, seed=seed)
        folder = tmp_path / "runs" / "some" / f"run-{seed}"
        records.write(experiment.run(config, mnist.load("made")), folder)
    list_runs(folder.parent)
    return studies.load("some", tmp_path / "runs")


def test_evaluate_prints_what_the_result_states(study, capsys):
    for run in study.index:
        path = f"{study.loc[run, 'folder']}/model.npz"
        assert command.main(["evaluate", "--model", path, "--dataset", "made"]) == 0
        assert capsys.readouterr().out.splitlines()[-1] == f"test accuracy {study.loc[run, 'test']:.4f} (60 images)"


def test_evaluate_says_that_a_model_is_not_the_one_of_its_run(study, capsys):
    one, other = (Path(study.loc[run, "folder"]) for run in ("run-0", "run-1"))
    result = json.loads((one / "result.json").read_text(encoding="utf-8"))
    contents = {name: (one / name).read_bytes() for name in ("model.npz", "history.npz")}
    (one / "result.json").write_bytes(sealed(result, contents)[1])
    evaluate = ["evaluate", "--model", str(one / "model.npz"), "--dataset", "made"]
    assert command.main(evaluate) == 0 and "not the numbers" not in capsys.readouterr().out
    (one / "model.npz").write_bytes((other / "model.npz").read_bytes())
    assert command.main(evaluate) == 0
    line = f"{one}/model.npz is not what the run has written: these are not the numbers of that run"
    assert line in capsys.readouterr().out.splitlines()


def test_evaluate_refuses_a_data_set_of_another_size(study, real_mnist, monkeypatch, capsys):
    monkeypatch.delenv("TWOLAYER_DATA")
    assert command.main(["evaluate", "--model", f"{study['folder'].iloc[0]}/model.npz", "--dataset", "mnist"]) == 2
    assert "is for 36 pixels and 3 classes, but mnist has 784 and 10" in capsys.readouterr().err


def test_selection_goes_by_validation_and_never_by_test(study):
    chosen = selection.select(study)
    assert study.loc[chosen, "validation"] == study["validation"].max()
    worst = study.assign(test=[1.0 if run != chosen else 0.0 for run in study.index])
    assert selection.select(worst) == chosen
    tie = study.assign(validation=0.5, validation_loss=[0.3, 0.1, 0.2])
    assert selection.select(tie) == "run-1"


def test_only_what_the_study_lists_is_read_in_its_order(study):
    """A former choice's runs stay on disk, and a run may be on its way."""
    folder = paths.resolve(study["folder"].iloc[0]).parent
    for name in (".partial-run-9", "run-of-a-former-winner"):
        shutil.copytree(folder / "run-0", folder / name)
    assert list(studies.load("some", folder.parent).index) == ["run-0", "run-1", "run-2"]
    (folder / "study.json").write_text('{"runs": ["run-2", "run-0", "not-yet-there"]}', encoding="utf-8")
    assert list(studies.load("some", folder.parent).index) == ["run-2", "run-0"]
    (folder / "study.json").unlink()
    with pytest.raises(studies.NoRunsError, match="some holds no finished run"):
        studies.load("some", folder.parent)


def finished(folder, *names):
    """Make studies with a finished run each, as far as their folders say."""
    for name in names:
        (folder / name / "run-0").mkdir(parents=True)
        (folder / name / "run-0" / "result.json").write_text("{}", encoding="utf-8")
        (folder / name / "study.json").write_text('{"runs": ["run-0"]}', encoding="utf-8")


def test_a_chapter_alone_reads_what_a_small_report_has_left_all_from_one_folder(tmp_path):
    """After `make report PROFILE=smoke` the chapters' `runs` has no studies, or an older one, and `runs/smoke` all."""
    finished(tmp_path / "dataset-fashion-mnist", "one", "two", "three")
    finished(tmp_path / "smoke", "one", "two")
    with pytest.warns(UserWarning, match="one holds no finished run: what is read are the runs in .*smoke"):
        assert studies.folders("one", tmp_path) == [tmp_path / "smoke" / "one" / "run-0"]
    finished(tmp_path, "one")
    assert studies.holding(tmp_path, "one") == tmp_path and studies.folders("one", tmp_path)[0].parts[-2:-1] == ("one",)
    with pytest.warns(UserWarning, match="two holds no finished run"):
        assert studies.holding(tmp_path, "one", "two") == tmp_path / "smoke"
    with pytest.raises(studies.NoRunsError, match="make sweep GRID=configs/three.yaml"):
        studies.holding(tmp_path, "one", "three")
    finished(tmp_path, "two")
    assert studies.holding(tmp_path, "one", "two") == tmp_path


def test_a_study_without_runs_says_what_to_do(tmp_path):
    with pytest.raises(studies.NoRunsError, match="make sweep GRID=configs/none.yaml"):
        studies.load("none", tmp_path)


def test_the_homeworks_facts_hang_together():
    grid, tables = homework.published_grid(), homework.published_tables()
    assert len(grid) == 100 and not grid.duplicated(selection.SETTING).any()
    assert grid["published"].max() == 0.9794
    both = tables.merge(grid, on=selection.SETTING, suffixes=("", "_log"))
    assert len(both) == len(tables)
    # Its tables quote its log rightly, setting by setting (whether they quote the best is another matter).
    assert (both["published"] == both["published_log"]).all()


def test_results_are_plain_json(study):
    text = (paths.resolve(study["folder"].iloc[0]) / "result.json").read_text(encoding="utf-8")
    content = json.loads(text, parse_constant=lambda word: pytest.fail(f"{word} is not JSON"))
    assert content["status"] == "ok" and content["versions"]["numpy"] == np.__version__
