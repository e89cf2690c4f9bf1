"""Parameters: declared once, refused in a sentence, and each does something."""

import ast

import nbformat
import numpy as np
import papermill
import pytest

from conftest import ROOT, made_files
from twolayer.curvature import census, chaos, follow
from twolayer.data import mnist
from twolayer.data.idx import DataError
from twolayer.training import experiment
from twolayer.training.configuration import PROTOCOLS, Configuration, ParameterError, check
from twolayer.training.parameters import PARAMETERS


def test_the_protocol_fills_in_what_is_none():
    config = Configuration.resolve(protocol="homework", hidden=64, lr=None)
    assert (config.lr, config.updates, config.batch, config.init) == (0.005, 2340, 256, "homework")
    assert config.decay_biases and config.sampling == "replacement" and config.epochs is None
    assert config.total_updates(48000) == 2340 and config.evaluation_interval(48000) == 100


def test_the_projects_own_search_has_the_homeworks_budget():
    sizes = {name: Configuration.resolve(protocol=name) for name in ("homework", "search", "final")}
    assert {(one.batch, one.total_updates(48000)) for one in sizes.values()} == {(256, 2340)}


def test_given_values_win_and_numbers_get_their_type():
    config = Configuration.resolve(lr=1, updates=7)
    assert config.lr == 1.0 and type(config.lr) is float
    assert config.epochs is None and config.total_updates(1000) == 7
    assert Configuration.resolve(epochs=3, batch=100).total_updates(1050) == 30
    assert Configuration.resolve(epochs=3, batch=100).total_updates(99) == 3  # an epoch has an update at least
    sizes = {count: Configuration.resolve(batch=100).evaluation_interval(count) for count in (99, 199, 1050)}
    assert sizes == {99: 1, 199: 1, 1050: 10} and type(sizes[1050]) is int


def test_every_protocol_resolves_completely():
    for name in PROTOCOLS:
        values = Configuration.resolve(protocol=name).as_dict()
        assert {key for key, value in values.items() if value is None} <= {"epochs", "updates", "eval_every"}


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("hidden", -3, "integer from 1 to 65536, not -3"),
        ("hidden", 0, "integer"),
        ("hidden", 64.0, "integer"),
        ("hidden", True, "integer"),
        ("lr", "fast", "number above 0 to 1000, not 'fast'"),
        ("lr", float("nan"), "number"),
        ("lr", float("inf"), "number"),
        ("lr", 0, "above 0"),
        ("lr", False, "number"),
        ("l2", -0.1, "from 0"),
        ("momentum", 1, "below 1"),
        ("warmup", 1.0, "below 1"),
        ("batch", 0, "integer"),
        ("seed", -1, "integer"),
        ("schedule", "linear", "constant, step, cosine"),
        ("init", 3, "he, glorot, homework, small_biases"),
        ("input_scale", "log", "raw, unit, standard, centred"),
        ("protocol", "mine", "standard, homework, search, final"),
        ("dtype", "float16", "float32, float64"),
        ("decay_biases", 1, "true or false"),
        ("dataset", 7, "name of a data set"),
    ],
)
def test_bad_values_are_named_with_what_is_allowed(name, value, words):
    with pytest.raises(ParameterError, match=f"^{name} must be") as caught:
        Configuration.resolve(**{name: value})
    assert words in str(caught.value)


def test_unknown_names_and_two_lengths_are_refused():
    with pytest.raises(ParameterError, match="'hiden'.*hidden"):
        Configuration.resolve(hiden=3)
    with pytest.raises(ParameterError, match="epochs and updates"):
        Configuration.resolve(epochs=1, updates=1)


def test_none_stands_for_the_protocol_and_for_nothing_else():
    for name, parameter in PARAMETERS.items():
        if parameter.has_protocols:
            assert Configuration.resolve(**{name: None}) == Configuration.resolve()
        else:
            with pytest.raises(ParameterError, match=f"^{name} must be .*, not None$"):
                Configuration.resolve(**{name: None})


def test_defaults_are_allowed_values():
    for name, parameter in PARAMETERS.items():
        defaults = parameter.default if parameter.has_protocols else {"standard": parameter.default}
        assert set(defaults) <= set(PROTOCOLS)
        for value in defaults.values():
            read = parameter.read(name, value)
            assert read == value and type(read) is type(value), name


def test_what_has_no_effect_is_refused():
    with pytest.raises(ParameterError, match="^warmup acts only where schedule is cosine, not step"):
        Configuration.resolve(warmup=0.1, schedule="step")
    for name in ("step_factor", "step_every"):
        with pytest.raises(ParameterError, match=f"^{name} acts only where schedule is step, not constant"):
            Configuration.resolve(**{name: 0.5}, protocol="homework")
        assert getattr(Configuration.resolve(**{name: 0.5}, schedule="step"), name) == 0.5
    assert Configuration.resolve(protocol="search", schedule="constant").warmup == 0.1  # not given, but there


def test_a_namespace_is_asked_for_every_name():
    given = {"hidden": 3, "dtype": "float64", "decay_biases": True, "batch": None}
    assert Configuration.from_namespace(given | {"In": [], "mnist": mnist}) == Configuration.resolve(**given)


def test_a_configuration_is_a_frozen_value_that_knows_its_documentation():
    config = Configuration.resolve()
    assert config == Configuration.resolve() and hash(config) == hash(Configuration.resolve())
    for name in ("lr", "other"):
        with pytest.raises(AttributeError):
            setattr(config, name, 0.5)
    for name, parameter in PARAMETERS.items():
        assert f"\n{name} : {parameter.allowed.type.__name__}\n" in Configuration.__doc__
        assert parameter.comment[1:] in Configuration.__doc__


def cell(notebook):
    """Return name to (default, comment) of a notebook's parameters cell, in its order, without `output`."""
    found = papermill.inspect_notebook(ROOT / "notebooks" / notebook)
    lines = {name: (ast.literal_eval(entry["default"]), entry["help"]) for name, entry in found.items()}
    assert lines.pop("output") and list(found)[-1] == "output"
    return lines


def wanted(table):
    return {name: (None if one.has_protocols else one.default, one.comment) for name, one in table.items()}


def test_the_training_notebook_has_the_parameters_as_they_are_declared():
    assert list(cell("train.ipynb").items()) == list(wanted(PARAMETERS).items())


@pytest.mark.parametrize("module", [follow, census, chaos], ids=["curvature", "census", "chaos"])
def test_the_other_notebooks_have_parameters_as_they_are_declared(made, module, request):
    found, declared = cell(f"{request.node.callspec.id}.ipynb"), wanted(module.KNOWN)
    for name, own in (("protocol", "homework"), ("hidden", 64)):
        declared[name] = own, declared[name][1]
    assert list(found.items()) == [(name, declared[name]) for name in declared if name in found]
    assert set(module.OWN) < set(found)
    small = SMALL | ({"images": 20} if "images" in module.OWN else {})
    assert module.check({name: default for name, (default, _) in found.items()} | small)["data"]


SMALL = {"dataset": "made", "hidden": 6, "batch": 20, "seed": 0}
# Another value of each parameter, and what must be beside it; a new one needs a line here.
OTHERS = {
    "protocol": ("homework", {}),
    "dataset": ("other", {}),
    "hidden": (7, {}),
    "lr": (0.01, {}),
    "l2": (0.1, {}),
    "batch": (10, {"updates": 16}),
    "epochs": (2, {}),
    "updates": (9, {}),
    "eval_every": (3, {"updates": 16}),
    "seed": (1, {}),
    "schedule": ("constant", {}),
    "warmup": (0.5, {}),
    "step_factor": (0.9, {"schedule": "step"}),
    "step_every": (0.1, {"schedule": "step"}),
    "momentum": (0.5, {}),
    "init": ("glorot", {}),
    "input_scale": ("standard", {}),
    "sampling": ("replacement", {}),
    "decay_biases": (True, {}),
    "fit_on": ("all", {"updates": 16}),
    "open_test": (False, {}),
    "curves": (False, {}),
    "dtype": ("float64", {}),
    "images": (30, {}),
    "full_batch": (True, {"batch": None, "updates": 16}),
}


@pytest.fixture
def two(made):
    """A second made data set, "other", beside "made"."""
    (made.parent / "other").mkdir()
    for name, content in made_files(seed=1).items():
        (made.parent / "other" / name).write_bytes(content)


def same(first, second):
    return first.keys() == second.keys() and all(np.array_equal(first[name], second[name]) for name in first)


def pair(name):
    assert name in OTHERS, f"OTHERS has no other value of {name}"
    value, beside = OTHERS[name]
    usual = SMALL | beside
    return [{key: given for key, given in each.items() if given is not None} for each in (usual, usual | {name: value})]


@pytest.mark.parametrize("name", sorted(PARAMETERS.keys() - {"draw"}))  # which acts in the notebook, see below
def test_each_parameter_of_a_training_run_acts(two, name):
    def run(parameters):
        assert check(parameters)["data"]
        config = Configuration.resolve(**parameters)
        found = experiment.run(config, mnist.load(config.dataset))
        return found.history | found.params

    usual, other = pair(name)
    assert same(run(usual), run(usual))
    assert not same(run(usual), run(other)), f"{name} changes nothing: is it used?"


@pytest.mark.parametrize("draw, figures", [(True, 3), (False, 0)])
def test_draw_decides_whether_the_notebook_draws(made, tmp_path, monkeypatch, draw, figures):
    drawn = []
    monkeypatch.setattr("nbreport.display.figure", lambda *arguments, **named: drawn.append(arguments))
    content = nbformat.read(ROOT / "notebooks/train.ipynb", as_version=4)
    given = {"dataset": "made", "hidden": 4, "updates": 2, "batch": 16, "draw": draw, "output": str(tmp_path / "run")}
    names = {}
    for cell in content.cells:
        if cell.cell_type == "code":
            exec(cell.source, names)
            if "parameters" in cell.metadata.get("tags", []):
                names.update(given)
    assert len(drawn) == figures and (tmp_path / "run/result.json").is_file()


@pytest.mark.parametrize("name", follow.KNOWN)
def test_each_parameter_of_a_followed_run_acts(two, name):
    def run(parameters):
        own = {"images": 20, "full_batch": False} | {key: parameters[key] for key in parameters if key in follow.OWN}
        assert follow.check(parameters | own)["data"]
        config = Configuration.from_namespace(parameters)
        return follow.follow(config, mnist.load(config.dataset), **own)

    usual, other = pair(name)
    assert same(run(usual), run(usual))
    assert not same(run(usual), run(other)), f"{name} changes nothing: is it used?"


OTHERS |= {"rates": ("0.02", {}), "seeds": (2, {}), "to_the_end": (False, {"updates": 60})}


@pytest.mark.parametrize("name", census.KNOWN)
def test_each_parameter_of_a_census_acts(two, name):
    def run(parameters):
        own = {"images": 20, "rates": "0.01", "seeds": 1, "to_the_end": True}
        own |= {key: parameters[key] for key in parameters if key in own}
        parameters = ({} if "epochs" in parameters else {"updates": 10}) | parameters  # soon all are perfect
        assert census.check(parameters | own)["data"]
        config = Configuration.from_namespace(parameters)
        found = census.census(config, mnist.load(config.dataset), **own)
        return str({name: array.tolist() for name, array in found.items()})  # NaN is not equal to itself, "nan" is

    usual, other = pair(name)
    assert run(usual) == run(usual)
    assert run(usual) != run(other), f"{name} changes nothing: is it used?"


def test_check_looks_at_the_data_too(made):
    hashes = check({"dataset": "made", "batch": 20})["data"]
    assert len(hashes) == 4
    with pytest.raises(ParameterError, match="at most the 160 training images of made"):
        check({"dataset": "made", "batch": 161})
    with pytest.raises(DataError, match="make data DATASET=mnist"):
        check({"dataset": "mnist"})


def test_a_run_on_all_images_must_open_the_test_set():
    with pytest.raises(ParameterError, match="^open_test must be true where fit_on is all"):
        Configuration.resolve(fit_on="all", open_test=False)
    assert Configuration.resolve(protocol="search").open_test is False
    assert Configuration.resolve(protocol="final").fit_on == "all"
