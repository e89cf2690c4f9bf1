"""Models as others have them: the homework's folder, safetensors, and what PyTorch and ONNX Runtime load."""

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from twolayer import __main__ as command
from twolayer.data import mnist
from twolayer.data.scaling import Scaling
from twolayer.network import TwoLayerNet
from twolayer.network.export import write
from twolayer.network.model import Model, ModelFileError, Origin
from twolayer.network.model_file import save_model
from twolayer.network.others import FOLDER, TORCH, load_any

SCALINGS = [Scaling("raw", 0.0, 1.0), Scaling("unit", 0.0, 1 / 255), Scaling("standard", 33.3, 0.0127)]
SCALINGS.append(Scaling("centred", np.linspace(0, 90, 36), 1.0))
ORIGIN = Origin("letters", ("1", "2", "3"), "ab" * 32)


@pytest.fixture
def net():
    return TwoLayerNet.initialized(36, 8, 3, np.random.default_rng(0))


@pytest.fixture
def pixels():
    return np.random.default_rng(1).integers(0, 256, (20, 36)).astype(np.uint8)


def assert_close(found, wanted):
    """Fail unless logits differ by at most 1e-5 of the largest, or of 1."""
    assert np.abs(found - wanted).max() <= 1e-5 * max(1, np.abs(wanted).max())


def logits(model, pixels):
    return model.net.forward(model.scaling(pixels, dtype=model.net.dtype))[0]


def folder_of(path, params, **changed):
    """Write the homework's four files."""
    path.mkdir()
    for name, array in (dict(params) | changed).items():
        np.save(path / FOLDER[name], np.asarray(array))
    return path


def test_the_homeworks_folder_is_a_model_for_pixels_as_they_are(tmp_path, net, pixels):
    params = {name: array.astype(np.float64) for name, array in net.params.items()}
    model = load_any(folder_of(tmp_path / "model_save", params))
    assert model.scaling == Scaling("raw", 0.0, 1.0) and model.net.dtype == np.float64 and model.assumed
    by_hand = np.maximum(pixels @ params["W1"] + params["b1"], 0) @ params["W2"] + params["b2"]
    np.testing.assert_allclose(logits(model, pixels), by_hand, rtol=1e-12)
    rows = {name: params[name][None, :] for name in ("b1", "b2")}
    again = load_any(folder_of(tmp_path / "rows", params, **rows))
    assert all(np.array_equal(again.net.params[name], params[name]) for name in params)


def test_a_folder_with_less_or_worse_is_refused(tmp_path, net):
    folder = folder_of(tmp_path / "model_save", net.params)
    (folder / FOLDER["b2"]).unlink()
    with pytest.raises(ModelFileError, match="model_save is not a model: it has no fc2_Bias.npy"):
        load_any(folder)
    np.save(folder / FOLDER["b2"], np.array([{}], dtype=object), allow_pickle=True)
    with pytest.raises(ModelFileError, match="fc2_Bias.npy is not an array of numbers"):
        load_any(folder)


@pytest.mark.parametrize("scaling", SCALINGS, ids=lambda one: one.name)
def test_an_npz_says_what_it_has_learned(tmp_path, net, scaling):
    save_model(tmp_path / "model.npz", net.params, scaling, ORIGIN)
    model = load_any(tmp_path / "model.npz")
    assert model.origin == ORIGIN and model.classes == ("1", "2", "3") and not model.assumed
    save_model(tmp_path / "model.npz", net.params, scaling)
    assert load_any(tmp_path / "model.npz").origin is None


def test_a_folder_may_have_weights_the_other_way_round_and_a_scaling_that_is_said(tmp_path, net, pixels):
    turned = {name: array.T if name[0] == "W" else array for name, array in net.params.items()}
    model = load_any(folder_of(tmp_path / "turned", turned), "unit")
    assert not model.assumed
    assert_close(logits(model, pixels), net.forward(pixels.astype(np.float32) / 255)[0])


@pytest.mark.parametrize("scaling", SCALINGS, ids=lambda one: one.name)
def test_safetensors_hold_the_scaling_and_come_back(tmp_path, net, pixels, scaling):
    model = Model(net, scaling, ORIGIN)
    write(model, tmp_path / "model.safetensors", "safetensors")
    arrays = load_file(tmp_path / "model.safetensors")
    assert {name: array.shape for name, array in arrays.items()} == {
        "0.weight": (8, 36), "0.bias": (8,), "2.weight": (3, 8), "2.bias": (3,),
    }  # fmt: skip
    again = load_any(tmp_path / "model.safetensors")
    assert again.origin == ORIGIN and again.scaling.name == "raw"
    assert_close(logits(again, pixels), logits(model, pixels))


def test_safetensors_of_others_may_leave_the_scaling_open(tmp_path, net, pixels):
    path = tmp_path / "theirs.safetensors"
    save_file({torch: np.ascontiguousarray(net.params[name].T) for name, torch in TORCH.items()}, path)
    model, unit = load_any(path), load_any(path, "unit")
    assert model.assumed and model.scaling.name == "raw" and not unit.assumed
    assert_close(logits(unit, pixels), net.forward(pixels.astype(np.float32) / 255)[0])
    save_file(dict(net.params), path)
    assert all(np.array_equal(load_any(path).net.params[name], net.params[name]) for name in net.params)


@pytest.mark.parametrize(
    ("scale", "words"),
    [("log", "INPUT_SCALE must be one of raw, unit, not 'log'"), ("raw", "are scaled unit, not raw")],
)
def test_a_scaling_that_contradicts_the_file_is_refused(tmp_path, net, scale, words):
    save_model(tmp_path / "model.npz", net.params, SCALINGS[1])
    with pytest.raises(ModelFileError, match=words):
        load_any(tmp_path / "model.npz", scale)


@pytest.mark.parametrize(
    ("tensors", "words"),
    [
        ({"W1": np.zeros((36, 8), np.float32)}, "holds W1, where a two-layer network has W1, b1, W2, b2 or 0.weight"),
        ({}, "holds nothing"),
    ],
)
def test_other_tensors_are_refused_by_name(tmp_path, tensors, words):
    save_file(tensors, tmp_path / "other.safetensors")
    with pytest.raises(ModelFileError, match=words):
        load_any(tmp_path / "other.safetensors")


def test_a_file_that_only_has_the_name_is_refused(tmp_path):
    for content in (b"", b"text", b"\x08" + bytes(7) + b"{broken}"):
        (tmp_path / "thing.safetensors").write_bytes(content)
        with pytest.raises(ModelFileError, match="thing.safetensors is not a safetensors file"):
            load_any(tmp_path / "thing.safetensors")


# Loaded by others


@pytest.mark.parametrize("scaling", SCALINGS, ids=lambda one: one.name)
def test_pytorch_computes_the_same_logits(tmp_path, net, pixels, scaling):
    torch = pytest.importorskip("torch", reason="PyTorch is an optional extra: pip install torch")
    from safetensors.torch import load_file as load_torch

    write(Model(net, scaling), tmp_path / "model.safetensors", "safetensors")
    theirs = torch.nn.Sequential(torch.nn.Linear(36, 8), torch.nn.ReLU(), torch.nn.Linear(8, 3))
    theirs.load_state_dict(load_torch(tmp_path / "model.safetensors"))
    with torch.no_grad():
        found = theirs(torch.from_numpy(pixels).float()).numpy()
    assert_close(found, logits(Model(net, scaling), pixels))


@pytest.mark.parametrize("scaling", SCALINGS, ids=lambda one: one.name)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_onnx_runtime_computes_the_same_logits(tmp_path, net, pixels, scaling, dtype):
    pytest.importorskip("onnx", reason="ONNX is an optional extra: pip install onnx onnxruntime")
    runtime = pytest.importorskip("onnxruntime", reason="ONNX Runtime is an optional extra")
    net = TwoLayerNet({name: array.astype(dtype) for name, array in net.params.items()})
    write(Model(net, scaling, ORIGIN), tmp_path / "model.onnx", "onnx")
    session = runtime.InferenceSession(str(tmp_path / "model.onnx"), providers=["CPUExecutionProvider"])
    (found,) = session.run(["logits"], {"pixels": pixels.astype(dtype)})
    assert_close(found, logits(Model(net, scaling), pixels))
    assert session.get_modelmeta().custom_metadata_map["classes"] == "1\n2\n3"


# The commands


def trained(made, tmp_path):
    """Write a network that solves the made data set without training: class k lights up column k."""
    W1 = np.tile(np.eye(6, 3), (6, 1))
    params = {"W1": W1, "b1": np.zeros(3), "W2": np.eye(3), "b2": np.zeros(3)}
    return folder_of(tmp_path / "model_save", params)


def test_evaluate_takes_the_homeworks_folder(made, tmp_path, capsys):
    assert command.main(["evaluate", "--model", str(trained(made, tmp_path)), "--dataset", "made"]) == 0
    assert (said := capsys.readouterr().out).splitlines()[-1] == "test accuracy 1.0000 (60 images)"
    assert "does not say how its inputs are scaled: taken as pixels from 0 to 255" in said


def test_evaluate_tests_a_model_on_what_it_has_learned_and_says_when_not(made, tmp_path, capsys):
    data, params = mnist.load("made"), load_any(trained(made, tmp_path)).net.params
    path = tmp_path / "model.npz"
    save_model(path, params, SCALINGS[0], Origin("made", ("0", "1", "2"), data.sha256))
    assert command.main(["evaluate", "--model", str(path)]) == 0
    assert capsys.readouterr().out.splitlines()[0].startswith("made: test loss")
    save_model(path, params, SCALINGS[0], Origin("made", ("0", "1", "2"), "another"))
    assert command.main(["evaluate", "--model", str(path)]) == 0
    assert "has learned another made" in capsys.readouterr().out
    save_model(path, params, SCALINGS[0], Origin("other", ("0", "1", "2"), "another"))
    assert command.main(["evaluate", "--model", str(path), "--dataset", "made"]) == 0
    assert "the network has learned other; it is tested on made" in capsys.readouterr().out


def test_export_says_where_and_never_overwrites_the_model(made, tmp_path, capsys):
    folder, target = trained(made, tmp_path), tmp_path / "out.safetensors"
    words = ["export", "--model", str(folder), "--format", "safetensors", "--output", str(target)]
    assert command.main(words) == 0 and target.is_file()
    assert capsys.readouterr().out.startswith(f"{target}: 36-3-3, takes pixels from 0 to 255")
    below = tmp_path / "new" / "folder" / "out.safetensors"
    assert command.main([*words[:-1], str(below)]) == 0 and set(load_file(below)) == set(load_file(target))
    capsys.readouterr()
    assert command.main([*words[:-1], str(tmp_path)]) == 2
    assert f"OUTPUT={tmp_path} is a folder: name the file to write" in capsys.readouterr().err
    assert command.main([*words[:-1], str(target / "x")]) == 2
    assert f"{target / 'x'} cannot be written" in capsys.readouterr().err
    assert command.main(["export", "--model", str(target), "--format", "safetensors"]) == 2
    assert "is the model itself" in capsys.readouterr().err
    assert command.main(["export", "--model", str(target), "--format", "pickle"]) == 2
    assert "FORMAT must be one of safetensors, onnx, not 'pickle'" in capsys.readouterr().err
    assert command.main(["export", "--model", str(target)]) == 2
    assert "say what for" in capsys.readouterr().err
