import pytest

from twolayer.data.idx import DataError
from twolayer.training.configuration import PROTOCOLS, Configuration, ParameterError, check


def test_the_protocol_fills_in_what_is_none():
    config = Configuration.resolve(protocol="homework", hidden=64, lr=None)
    assert (config.lr, config.updates, config.batch, config.init) == (0.005, 2340, 256, "homework")
    assert config.decay_biases and config.sampling == "replacement" and config.epochs is None
    assert config.total_updates(48000) == 2340 and config.evaluation_interval(48000) == 100


def test_given_values_win_and_numbers_get_their_type():
    config = Configuration.resolve(lr=1, updates=7)
    assert config.lr == 1.0 and type(config.lr) is float
    assert config.epochs is None and config.total_updates(1000) == 7
    assert Configuration.resolve(epochs=3, batch=100).total_updates(1050) == 30


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
        ("init", 3, "he, glorot, homework"),
        ("input_scale", "log", "raw, unit, standard"),
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
