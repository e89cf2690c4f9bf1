"""Help by symptom: runs made ill on purpose, each with its own diagnosis; healthy ones without."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest

from conftest import ROOT, assert_refused, make
from nbreport.studies.seal import sealed
from twolayer import __main__ as twolayer
from twolayer.analysis import diagnosis, symptoms
from twolayer.data.scaling import Scaling
from twolayer.network import initialization
from twolayer.network.model_file import load_model, save_model
from twolayer.runs import records
from twolayer.training import experiment, parameters
from twolayer.training.configuration import Configuration

FEW = 300  # training images, where they are to be learned by heart


def few(data):
    return replace(data, train_images=data.train_images[:FEW], train_labels=data.train_labels[:FEW])


def shuffled(data):
    return replace(data, train_labels=np.random.default_rng(0).permutation(data.train_labels))


def few_shuffled(data):
    return few(shuffled(data))


# Name to what the run is given, what becomes of its images, and the symptom.
ILL = {
    "a rate far too high for raw pixels": ({"protocol": "homework", "lr": 0.5}, None, "dead"),
    "a rate too high for pixels in [0, 1]": ({"lr": 3.0}, None, "dead"),
    "a rate that overflows": ({"lr": 1000.0}, None, "overflow"),
    "a rate far too low": ({"lr": 1e-7}, None, "rate"),
    "a rate somewhat low": ({"lr": 2e-3}, None, "slow"),
    # The rate grows to the end: at a constant one the loss falls or rises in the second half by chance.
    "a rate too high for one image at a time": (
        {"lr": 0.2, "momentum": 0.0, "batch": 1, "warmup": 0.99, "updates": 3000, "eval_every": 1000},
        None,
        "noise",
    ),
    "weights of 0": ({"init": "zeros"}, None, "alike"),
    "weights that are all equal": ({"init": "same"}, None, "alike"),
    "weights near 0": ({"init": "small_biases", "lr": 1e-3}, None, "start"),
    "raw pixels with the usual rate": ({"input_scale": "raw"}, None, "scale"),
    "raw pixels with a tiny rate": ({"input_scale": "raw", "lr": 1e-6}, None, "scale"),
    "few images": ({"updates": 500, "l2": 0.0, "batch": 32}, few, "gap"),
    "labels in another order": ({"updates": 400}, shuffled, "labels"),
    "few images, labels in another order": ({"updates": 600, "l2": 0.0, "batch": 32}, few_shuffled, "labels"),
    "a penalty without anything beside it": ({"l2": 10.0, "lr": 0.01}, None, "penalty"),
    "a strong penalty": ({"l2": 0.3, "lr": 0.1}, None, "penalty"),
    "a penalty that overflows": ({"l2": 1000.0, "lr": 0.1}, None, "decay"),
    "one hidden unit": ({"hidden": 1, "lr": 0.02}, None, "hidden"),
}  # fmt: skip
WELL = {
    "standard": {"updates": 600},
    "a constant rate": {"schedule": "constant", "lr": 0.05, "updates": 600},
    "the homework's, calm": {"protocol": "homework", "lr": 0.002, "updates": 600},
    "search": {"protocol": "search", "lr": 0.4, "l2": 2e-4, "updates": 600},
    "final": {"protocol": "final", "lr": 0.4, "l2": 2e-4, "updates": 150},
}
STARTS = {  # that no run can be given
    "zeros": lambda rng, n, m: (np.zeros((n, m)), np.zeros(m)),
    "same": lambda rng, n, m: (np.full((n, m), 0.01), np.full(m, 0.01)),
}


@pytest.fixture(scope="module")
def images(real_mnist):
    """A sixth of MNIST: looks are short."""
    few_of = {name: getattr(real_mnist, name)[:10_000] for name in ("train_images", "train_labels")}
    return replace(
        real_mnist, **few_of, test_images=real_mnist.test_images[-1000:], test_labels=real_mnist.test_labels[-1000:]
    )


@pytest.fixture
def starts(monkeypatch):
    for name, draw in STARTS.items():
        monkeypatch.setitem(initialization.INITIALIZATIONS, name, draw)
    allowed = parameters.choice(*initialization.INITIALIZATIONS)
    monkeypatch.setitem(parameters.PARAMETERS, "init", replace(parameters.PARAMETERS["init"], allowed=allowed))


def trained(folder, images, given, change=None):
    """Train and write a run; return it."""
    settings = {"hidden": 64, "updates": 200, "eval_every": 200} | given
    run = experiment.run(Configuration.resolve(**settings), change(images) if change else images)
    records.write(run, folder)
    return run


@pytest.fixture(scope="module")
def well(tmp_path_factory, images):
    """The folder of a healthy run, to be read only."""
    folder = tmp_path_factory.mktemp("well")
    trained(folder, images, WELL["standard"])
    return folder


@pytest.mark.parametrize("name", ILL)
def test_each_ill_run_has_its_own_symptom(name, tmp_path, images, starts):
    given, change, expected = ILL[name]
    run = trained(tmp_path, images, given, change)
    measured, symptom = diagnosis.diagnose(tmp_path)
    assert symptom is not None and symptom.name == expected, measured
    lines = diagnosis.sentences(measured, symptom)
    assert [line.partition(":")[0] for line in lines] == ["symptom", "measured", "what it means", "what to change"]
    assert "nan" not in lines[1] and "{" not in "".join(lines)
    assert measured.broken == (run.reason is not None and "not finite" in run.reason)


@pytest.mark.parametrize("name", WELL)
def test_healthy_runs_have_none(name, tmp_path, images):
    run = trained(tmp_path, images, WELL[name])
    measured, symptom = diagnosis.diagnose(tmp_path)
    assert symptom is None, symptom.name
    lines = diagnosis.sentences(measured, symptom)
    held_out = "test" if name == "final" else "validation"
    assert lines[0] == f"healthy: none of {len(symptoms.TABLE)} symptoms"
    assert f"accuracy {run.history[f'{held_out}_accuracy'][-1]:.4f} on images that are held out" in lines[1]


def test_every_row_of_the_table_is_somebodys():
    names = [one.name for one in symptoms.TABLE]
    assert len(set(names)) == len(names) >= 12 and {expected for _, _, expected in ILL.values()} | {"picture"} == set(
        names
    )


def test_a_model_file_with_another_scaling_is_noticed(tmp_path, well):
    model = load_model(well / "model.npz")
    for name in ("history.npz", "result.json"):
        (tmp_path / name).write_bytes((well / name).read_bytes())
    for scaling, wrong in {
        Scaling("raw", 0.0, 1.0): True,
        Scaling("unit", 0.0, 1 / 256): True,
        Scaling("unit", 1.0, 1 / 255): True,
        model.scaling: False,
    }.items():
        save_model(tmp_path / "model.npz", model.net.params, scaling)
        measured, symptom = diagnosis.diagnose(tmp_path)
        assert (symptom is not None and symptom.name == "picture") == wrong, scaling
        assert not wrong or f"the file says {scaling.name}" in diagnosis.sentences(measured, symptom)[1]


def test_what_is_measured_is_what_the_run_has(tmp_path, images):
    run = trained(tmp_path, images, {"hidden": 16, "updates": 300, "momentum": 0.5, "lr": 0.2, "l2": 0.01})
    m, _ = diagnosis.diagnose(tmp_path)
    first = initialization.initial_parameters("he", 784, 16, 10, np.random.default_rng(0).spawn(3)[0])
    both = {name: (first[name].astype(float), run.params[name].astype(float)) for name in ("W1", "W2")}
    size = np.sqrt(sum(np.sum(a**2) for a, _ in both.values()))
    assert m.moved == pytest.approx(np.sqrt(sum(np.sum((b - a) ** 2) for a, b in both.values())) / size)
    assert m.left == pytest.approx(np.sqrt(sum(np.sum(b**2) for _, b in both.values())) / size)
    assert m.penalty == pytest.approx(0.005 * sum(np.sum(b**2) for _, b in both.values()), rel=1e-5)
    assert m.start == pytest.approx(1, abs=0.05)  # these are He's
    assert (m.first_loss, m.updates, m.highest_decay) == (run.history["batch_loss"][0], 300, 3)
    assert m.end_loss == pytest.approx(run.history["batch_loss"][-15:].mean())
    half = next(t for t in range(300) if run.history["lr"][: t + 1].sum() >= run.history["lr"].sum() / 2)
    assert 70 < half < 100  # of a cosine half of the way is gone before half of the updates
    assert m.half_loss == pytest.approx(run.history["batch_loss"][half - 15 : half + 15].mean())
    assert m.fit == m.train == run.history["train_accuracy"][-1] and m.final == run.history["validation_accuracy"][-1]
    assert (m.guessed, m.knows_nothing) == (0.1, pytest.approx(np.log(10)))


def test_weights_kept_from_the_start_say_nothing_of_the_end(tmp_path, images):
    """A strong penalty took the weights away, but the look before any update was the best."""
    run = trained(tmp_path, images, {"l2": 10.0, "lr": 0.01})
    first = initialization.initial_parameters("he", 784, 64, 10, np.random.default_rng(0).spawn(3)[0])
    save_model(tmp_path / "model.npz", first, run.scaling)
    result = json.loads((tmp_path / "result.json").read_text(encoding="utf-8")) | {"best_update": 0}
    (tmp_path / "result.json").write_text(json.dumps(result), encoding="utf-8")
    measured, symptom = diagnosis.diagnose(tmp_path)
    assert symptom.name == "penalty" and measured.moved == 0 and measured.kept_first
    assert measured.left == pytest.approx(np.exp(-10 * run.history["lr"].sum() / 0.1))


@pytest.mark.parametrize(
    ("name", "ill", "well_still"),
    [
        ("gap", {"train": 0.999, "held_out": 0.94}, {"train": 0.999, "held_out": 0.96}),
        ("dead", {"fit": 0.89, "dead": 0.67}, {"fit": 0.91, "dead": 0.99}),
        ("dead", {"fit": 0.89, "dead": 0.67}, {"fit": 0.89, "dead": 0.66, "half_loss": 1.0, "end_loss": 0.95}),
        ("slow", {"fit": 0.89, "half_loss": 1.0, "end_loss": 0.89}, {"fit": 0.89, "half_loss": 1.0, "end_loss": 0.91}),
        ("noise", {"fit": 0.89, "half_loss": 1.0, "end_loss": 1.01}, {"fit": 0.91, "half_loss": 1.0, "end_loss": 1.01}),
        ("scale", {"first_loss": 7.0}, {"first_loss": 6.8}),
        ("decay", {"broke_at": 3, "lr": 1.0, "l2": 3.8}, {}),
        ("overflow", {"broke_at": 3, "lr": 1.0, "l2": 3.7}, {}),
        ("overflow", {"broke_at": 0}, {"broke_at": None}),
        ("penalty", {"left": 0.009}, {"left": 0.011}),
        ("penalty", {"left": 0.009, "kept_first": True}, {"left": 0.009, "kept_first": True, "dead": 0.7}),
        ("penalty", {"left": 0.9, "fit": 0.8, "penalty": 0.3, "end_loss": 0.9}, {"left": 0.9, "penalty": 0.3}),
        ("hidden", {"hidden": 9, "fit": 0.8}, {"hidden": 9, "fit": 0.95}),
        ("rate", {"final": 0.18, "first_held_out": 2.4, "last_held_out": 2.38}, {"final": 0.2}),
        ("start", {"final": 0.1, "start": 0.09, "moved": 0.9}, {"start": 0.09, "moved": 0.9}),
        ("labels", {"final": 0.1, "start": 0.09, "moved": 1.1}, {"final": 0.2}),
        ("labels", {"final": 0.1, "first_held_out": 2.4, "last_held_out": 2.3}, {"final": 0.2}),
    ],
)  # fmt: skip
def test_a_symptom_begins_where_the_table_says(name, ill, well_still, well):
    measured, _ = diagnosis.diagnose(well)
    assert symptoms.first(replace(measured, **ill)).name == name
    assert symptoms.first(replace(measured, **well_still)) is None


def test_the_thresholds_stand_in_the_table():
    rules = {one.name: one.rule for one in symptoms.TABLE}
    assert f"above {symptoms.LOUD} log C" in rules["scale"] and f"{symptoms.GAP:g} above" in rules["gap"]
    for name, share in {"penalty": "1%", "dead": "67%", "slow": "10%", "rate": "1%", "start": "10%"}.items():
        assert share in rules[name], name
    frame = diagnosis.frame()
    assert (
        frame.shape == (len(symptoms.TABLE), 4)
        and not frame.map(lambda text: "{" in text or not text.strip()).any().any()
    )


def test_what_no_symptom_explains_is_not_called_healthy(well):
    measured, _ = diagnosis.diagnose(well)
    poor = replace(measured, fit=0.85, half_loss=1.0, end_loss=0.95)
    assert symptoms.first(poor) is None
    assert diagnosis.sentences(poor, None)[0].startswith(f"undecided: none of {len(symptoms.TABLE)} symptoms, but")


def test_the_command_says_the_tables_words(tmp_path, images, command):
    trained(tmp_path, images, {"lr": 3.0})
    answer = command(twolayer.main, "diagnose", tmp_path)
    (dead,) = (one for one in symptoms.TABLE if one.name == "dead")
    said = answer.stdout.splitlines()
    assert answer.returncode == 0 and said[0] == f"symptom: {dead.seen}"
    result = json.loads((tmp_path / "result.json").read_text(encoding="utf-8"))
    assert said[1].startswith(
        f"measured: {result['dead_fraction']:.0%} of the hidden units dead at the end, 0% at the start"
    )
    assert said[3] == f"what to change: {dead.change}".replace("`", "")


def test_make_diagnoses(well):
    answer = make("diagnose", f"RUN={well}")
    assert answer.returncode == 0 and answer.stdout.startswith("healthy: "), answer.stderr
    assert_refused(make("diagnose"), "RUN=runs/STUDY/RUN")


def copied(well, folder):
    for name in ("history.npz", "result.json", "model.npz"):
        (folder / name).write_bytes((well / name).read_bytes())
    return folder


def result_with(folder, **parameters):
    result = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    result["parameters"] |= parameters
    (folder / "result.json").write_text(json.dumps(result), encoding="utf-8")


def history_with(folder, **changed):
    history = records.read_history(folder) | changed
    np.savez(folder / "history.npz", **{name: array for name, array in history.items() if array is not None})


SPOILED = {
    "no result": (lambda folder: (folder / "result.json").unlink(), "result.json cannot be read"),
    "no curve": (lambda folder: (folder / "history.npz").unlink(), "history.npz cannot be read"),
    "no model": (lambda folder: (folder / "model.npz").unlink(), "model.npz does not exist"),
    "a damaged result": (lambda folder: (folder / "result.json").write_bytes(b"{"), "result.json is damaged"),
    "a damaged curve": (lambda folder: (folder / "history.npz").write_bytes(b"PK\3\4 no"), "history.npz is damaged"),
    "a damaged model": (lambda folder: (folder / "model.npz").write_bytes(b"PK\3\4 no"), "model.npz is not a model"),
    "a curve without dead units": (lambda folder: history_with(folder, dead_fraction=None), "dead_fraction is no row"),
    "a curve of words": (lambda folder: history_with(folder, batch_loss=np.array(["a"])), "batch_loss is no row"),
    "a curve of another length": (lambda folder: history_with(folder, lr=np.ones(3)), "lr is no row of numbers"),
    "an empty curve": (lambda folder: history_with(folder, update=np.ones(0)), "update is no row of numbers"),
    "a curve without looks": (
        lambda folder: history_with(folder, validation_accuracy=None, test_accuracy=None), "test_accuracy is no row"),
    "a curve without losses": (lambda folder: history_with(folder, validation_loss=None), "validation_loss is no row"),
    "another network": (lambda folder: result_with(folder, hidden=32), "not the network of that run, of hidden 32"),
    "a wrong parameter": (lambda folder: result_with(folder, lr=-1), "lr must be a number above 0"),
    "an unknown parameter": (lambda folder: result_with(folder, images=5), "unknown parameter 'images'"),
    "a parameter without its value": (lambda folder: result_with(folder, l2=None), "not the result of such a run"),
}  # fmt: skip


@pytest.mark.parametrize("name", SPOILED)
def test_what_is_no_run_is_refused_in_a_sentence(name, tmp_path, well, command):
    spoil, words = SPOILED[name]
    spoil(copied(well, tmp_path))
    assert_refused(command(twolayer.main, "diagnose", tmp_path), words, str(tmp_path))


@pytest.mark.parametrize("name", ["none", "", "README.md"])
def test_a_folder_that_is_none_is_refused(name, command, monkeypatch):
    monkeypatch.chdir(ROOT)
    assert_refused(command(twolayer.main, "diagnose", name), name or "RUN=runs/STUDY/RUN")


def test_a_run_whose_files_were_changed_is_refused(tmp_path, well, command):
    copied(well, tmp_path)
    files = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    result = json.loads(files.pop("result.json"))
    (tmp_path / "result.json").write_bytes(sealed(result, files)[1])
    assert command(twolayer.main, "diagnose", tmp_path).returncode == 0
    history_with(tmp_path, batch_loss=np.ones(600))
    assert_refused(command(twolayer.main, "diagnose", tmp_path), "history.npz is not what the run has written")


def test_the_page_has_the_table(smoke):
    html = (smoke / "build" / "homework1.html").read_text(encoding="utf-8")
    words = re.sub(r"<[^>]+>", "", html)
    for one in symptoms.TABLE:
        assert one.seen in words, one.name
