"""What `make bench` writes, and that its baseline computes what it claims. Nothing here measures speed."""

import importlib.util
import json
import os
import platform
import re
import statistics
import sys

import numpy as np
import pytest

from conftest import ROOT, assert_refused, call
from nbreport.kernels import arithmetic
from twolayer.data import mnist
from twolayer.figures.speed import growth, time_by_width
from twolayer.network import TwoLayerNet
from twolayer.training import sgd

sys.path.append(str(ROOT / "benchmarks"))
import common
import compiled
import networks
import summary

MACHINE = platform.machine(), platform.system(), arithmetic.processor_flags()
RESULTS = json.loads((ROOT / "benchmarks" / "results.json").read_text(encoding="utf-8"))


def bench(folder, *words, **environment):
    return call(sys.executable, ROOT / "benchmarks", "--output", folder / "results.json", *words, **environment)


def test_it_measures_what_is_asked_for_and_keeps_the_rest(tmp_path, real_mnist, monkeypatch):
    held = {"OPENBLAS_CORETYPE": "Sandybridge", "OPENBLAS_L2_SIZE": "512", "NPY_ENABLE_CPU_FEATURES": "X86_V3"}
    answer = bench(tmp_path, "--only", "loading", "--repetitions", "2", **held)
    assert answer.returncode == 0 and "loading MNIST the second time" in answer.stdout, answer.stderr
    found = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    assert found["versions"]["numpy"] == np.__version__ and found["machine"]["cores"] > 0
    with monkeypatch.context() as free:
        for name in [name for name in os.environ if name.startswith(arithmetic.DECIDE)]:
            free.delenv(name)
        assert found["native"] == arithmetic.in_use()  # the machine's own, whatever is set
    assert found["portable"]["core"] == "Haswell" or arithmetic.why_native(*MACHINE)
    assert all(row["arithmetic"] == "native" for row in found["rows"])
    assert all(len(row["repetitions"]) == 2 and row["value"] > 0 for row in found["rows"])
    found["rows"].append(found["rows"][0] | {"measurement": "goal", "what": "kept"})
    del found["versions"]["papermill"]  # a package that was not there when the rest was measured
    (tmp_path / "results.json").write_text(json.dumps(found), encoding="utf-8")
    again = bench(tmp_path, "--only", "loading", "--repetitions", "1")
    assert "kept" in again.stdout
    assert {
        len(row["repetitions"]) for row in json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))["rows"]
    } == {1, 2}
    found["versions"]["numpy"] = "1.0"
    (tmp_path / "results.json").write_text(json.dumps(found), encoding="utf-8")
    assert "kept" not in bench(tmp_path, "--only", "loading", "--repetitions", "1").stdout


@pytest.mark.skipif(compiled.missing() is not None, reason=str(compiled.missing()))
@pytest.mark.parametrize(("momentum", "l2"), [(0.0, 0.0), (0.0, 0.01), (0.9, 5e-4)])
def test_the_loop_in_c_does_the_updates_of_the_reference(real_mnist, momentum, l2):
    pixels, labels = (array[:1280] for array in mnist.load().part("train"))
    loop = compiled.c_epoch(pixels, labels, 32, 64, 0.1, momentum, l2)
    rng = np.random.default_rng(0)
    net = TwoLayerNet.initialized(pixels.shape[1], 32, 10, rng, l2=l2)
    step = sgd.Sgd(net, momentum)
    for _ in range(2):
        loop()
        for index in rng.permutation(len(labels)).reshape(-1, 64):
            step(networks.UNIT(pixels[index]), labels[index], 0.1)
    for name, array in net.params.items():
        assert np.abs(loop.net.params[name] - array).max() < 1e-5 * np.abs(array).max()
    assert np.float32(1e-38) / np.float32(10) > 0  # it has left this process's arithmetic alone


@pytest.mark.skipif(importlib.util.find_spec("jax") is None, reason="JAX is an optional extra")
@pytest.mark.parametrize("scanned", [True, False])
def test_jax_does_the_updates_of_the_reference(real_mnist, scanned):
    pixels, labels = (array[:1280] for array in mnist.load().part("train"))
    epoch, rng = networks.jax_epoch(pixels, labels, 32, 64, scanned), np.random.default_rng(0)
    net = TwoLayerNet.initialized(pixels.shape[1], 32, 10, rng, l2=networks.L2)
    step = sgd.Sgd(net)
    epoch()
    for index in rng.permutation(len(labels)).reshape(-1, 64):
        step(networks.UNIT(pixels[index]), labels[index], networks.LR)
    (W1, W2), (b1, b2) = epoch.state()
    for name, array in {"W1": W1, "b1": b1, "W2": W2, "b2": b2}.items():
        assert np.abs(np.asarray(array) - net.params[name]).max() < 1e-5 * np.abs(net.params[name]).max()


@pytest.mark.skipif(importlib.util.find_spec("torch") is not None, reason="PyTorch is installed here")
def test_a_rival_that_is_not_installed_has_rows_that_say_so(tmp_path, real_mnist):
    answer = bench(tmp_path, "--only", "pytorch", "--repetitions", "1")
    assert answer.returncode == 0 and "PyTorch is not installed: pip install" in answer.stdout, answer.stderr
    rows = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))["rows"]
    assert len(rows) == 12 and all(row["value"] is None and row["repetitions"] is None for row in rows)


@pytest.mark.parametrize(
    ("words", "fragment"),
    [
        (["--only", "stesp"], "ONLY must be some of loading, steps,"),
        (["--repetitions", "none"], "REPETITIONS must be an integer from 1 to 100, not 'none'"),
    ],
)
def test_bad_input_starts_nothing(tmp_path, words, fragment):
    assert_refused(bench(tmp_path, *words), fragment)
    assert not list(tmp_path.iterdir())


def test_the_committed_results_are_complete_and_medians_of_their_repetitions():
    assert {row["measurement"] for row in RESULTS["rows"]} == set(common.MEASUREMENTS)
    for row in RESULTS["rows"]:
        assert row["value"] == statistics.median(row["repetitions"]), row["what"]
        if row["group"] == "step":
            pairs = zip(row["seconds"], row["products"], strict=True)
            assert row["repetitions"] == [seconds / floor for seconds, floor in pairs]
    for name in ("steps", "steps-portable"):
        sizes = {(row["hidden"], row["batch"]) for row in RESULTS["rows"] if row["measurement"] == name}
        assert sizes == {(H, B) for H in (64, 128, 256, 512, 1024) for B in (64, 128, 256, 512)}


def test_the_readme_says_what_the_results_say():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert summary.block(RESULTS) in readme


def test_the_readme_says_with_which_kernels_and_clock_if_the_results_do():
    used = {"openblas": "0.3", "core": "Zen", "features": "X86_V4", "threads": 1}
    known = RESULTS | {"native": used, "machine": RESULTS["machine"] | {"governor": "performance"}}
    said = summary.block(known)
    assert "; native: OpenBLAS 0.3 for Zen, 1 thread, NumPy for X86_V4; portable: " in said
    assert " cores (governor performance), 20" in said


def test_the_summary_names_the_worst_and_what_was_missed():
    rows = [
        {"group": "a", "what": "x", "value": value, "unit": "ratio", "target": 1, "hidden": hidden}
        for value, hidden in ((0.5, 64), (1.25, 128), (0.75, 256))
    ]
    rows.append({"group": "b", "what": "y", "value": None, "unit": "s", "target": None, "why": "no y here"})
    text = summary.table({"rows": rows}).splitlines()
    assert re.fullmatch(r"x \(worst of 3: 128 hidden units\) +1\.25  at most 1: MISSED", text[0])
    assert re.fullmatch("y +no y here", text[1])


def test_the_readme_marks_the_rows_that_miss_their_target():
    worst = {"group": "a", "what": "x", "value": 1.25, "unit": "ratio", "target": 1}
    met, unknown = worst | {"what": "y", "value": 1.0}, worst | {"what": "z", "value": None, "why": "no z here"}
    lines = summary.block(RESULTS | {"rows": [worst, met, unknown]}).splitlines()
    ends = ["| x | 1.25 | | at most 1: **missed** |", "| y | 1 | | at most 1 |", "| z | no z here | | at most 1 |"]
    assert [line.replace("|  |", "| |") for line in lines[2:5]] == ends


def test_the_readme_has_both_arithmetics_side_by_side():
    row = {"group": "a", "what": "x", "unit": "ratio", "target": 1, "threads": 1}
    rows = [row | {"value": value, "hidden": H, "arithmetic": "native"} for value, H in ((0.5, 64), (0.8, 128))]
    rows += [row | {"value": value, "hidden": H, "arithmetic": "portable"} for value, H in ((1.5, 64), (0.4, 128))]
    assert summary.block(RESULTS | {"rows": rows}).splitlines()[2] == (
        "| x (worst of 2: 128 hidden units) | 0.8 | 1.5 | at most 1 |"
    )
    assert "... portable" in summary.table({"rows": rows})


@pytest.mark.parametrize("input_gradient", [True, False])
def test_the_homeworks_arithmetic_is_sgd_with_decay_of_everything(made, input_gradient):
    pixels, labels = mnist.load("made").part("train")
    pixels = np.pad(pixels, ((0, 0), (0, 784 - pixels.shape[1])))
    step, accuracy = networks.homework(pixels, labels, 7, B=20, lr=1e-4, l2=0.3, input_gradient=input_gradient)
    draws = np.random.default_rng(0)
    for shape in ((784, 7), 7, (7, 10), 10):
        draws.standard_normal(shape)
    params = {name: array.copy() for name, array in zip(("W1", "b1", "W2", "b2"), step.params, strict=True)}
    net = TwoLayerNet(params, l2=0.3, decay_biases=True)
    reference = sgd.Sgd(net)
    for _ in range(5):
        index = draws.integers(0, len(pixels), 20)
        reference(pixels[index].astype(float), labels[index], 1e-4)
        step()
    for name, array in zip(params, step.params, strict=True):
        np.testing.assert_allclose(array, net.params[name], rtol=1e-12, atol=1e-18)
    assert accuracy(pixels, labels) == np.mean(net.predict(pixels.astype(float)) == labels)


def test_without_rivals_the_figures_and_the_block_are_made_all_the_same(tmp_path):
    gone = {"PyTorch", "JAX", "scikit-learn"}
    rows = [
        row | {"value": None, "repetitions": None, "why": "it is not installed"}
        if row["group"] in gone or row.get("hand") in gone
        else row
        for row in RESULTS["rows"]
    ]
    results = RESULTS | {"rows": rows}
    figure = time_by_width(results)
    labels = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert labels == ["five bare products", "ours"] and len(figure.axes[1].patches) == 1
    assert "| it is not installed |  | at most 0.38 |" in summary.block(results)
    assert "it is not installed" in summary.table(results)
    for axis in growth(results).axes:
        points = axis.lines[0].get_xydata()
        assert len(points) >= 4 and axis.get_xlim()[0] == axis.get_ylim()[0] == 0
        assert (points.max(axis=0) < (axis.get_xlim()[1], axis.get_ylim()[1])).all()
