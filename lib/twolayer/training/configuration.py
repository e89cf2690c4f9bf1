"""The typed, validated configuration of one training run."""

import math
from dataclasses import asdict, dataclass, fields

from .. import InputError
from ..data import mnist
from ..data.idx import DataError
from ..data.scaling import SCALINGS
from ..network.initialization import INITIALIZATIONS
from .schedules import SCHEDULES


class ParameterError(InputError):
    """A parameter has a value outside what is allowed; the message names both."""


# What a parameter that is None becomes. "homework" is the protocol that the homework's code shows;
# "search" and "final" are the standard recipe at the homework's budget, before and after a choice.
STANDARD = {
    "lr": 0.1, "l2": 5e-4, "batch": 128, "epochs": 10, "eval_every": None, "schedule": "cosine", "warmup": 0.0,
    "momentum": 0.9, "init": "he", "input_scale": "unit", "sampling": "shuffle", "decay_biases": False,
    "fit_on": "train", "open_test": True,
}  # fmt: skip
BUDGET = {"batch": 256, "epochs": None, "updates": 2340, "warmup": 0.1}
PROTOCOLS = {
    "standard": STANDARD,
    "homework": STANDARD | {
        "lr": 0.005, "l2": 0.01, "batch": 256, "epochs": None, "updates": 2340, "eval_every": 100,
        "schedule": "constant", "momentum": 0.0, "init": "homework", "input_scale": "raw",
        "sampling": "replacement", "decay_biases": True,
    },
    "search": STANDARD | BUDGET | {"open_test": False, "eval_every": 390},  # a look costs as much as twenty updates
    "final": STANDARD | BUDGET | {"fit_on": "all"},
}  # fmt: skip


def _integer(low, high):
    def check(value):
        return type(value) is int and low <= value <= high

    return f"an integer from {low} to {high}", check, int


def _number(low, high, low_open=False, high_open=False):
    def check(value):
        if type(value) not in (int, float) or not math.isfinite(value):
            return False
        return (low < value or (value == low and not low_open)) and (value < high or (value == high and not high_open))

    words = f"{'above' if low_open else 'from'} {low:g} {'and below' if high_open else 'to'} {high:g}"
    return f"a number {words}", check, float


def _choice(*names):
    return f"one of {', '.join(names)}", lambda value: isinstance(value, str) and value in names, str


ALLOWED = {
    "protocol": _choice(*PROTOCOLS),
    "dataset": ("the name of a data set", lambda value: isinstance(value, str), str),
    "hidden": _integer(1, 65536),
    "lr": _number(0, 1000, low_open=True),
    "l2": _number(0, 1000),
    "batch": _integer(1, 1_000_000),
    "epochs": _integer(1, 100_000),
    "updates": _integer(1, 100_000_000),
    "eval_every": _integer(1, 100_000_000),
    "seed": _integer(0, 2**32 - 1),
    "schedule": _choice(*SCHEDULES),
    "warmup": _number(0, 1, high_open=True),
    "step_factor": _number(0, 1, low_open=True),
    "step_every": _number(0, 1, low_open=True),
    "momentum": _number(0, 1, high_open=True),
    "init": _choice(*INITIALIZATIONS),
    "input_scale": _choice(*SCALINGS),
    "sampling": _choice("replacement", "shuffle"),
    "decay_biases": ("true or false", lambda value: type(value) is bool, bool),
    "fit_on": _choice("train", "all"),
    "open_test": ("true or false", lambda value: type(value) is bool, bool),
    "dtype": _choice("float32", "float64"),
}
OPTIONAL = {"epochs", "updates", "eval_every"}


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """One training run. Make it with `resolve`, which fills in what the protocol decides.

    Attributes
    ----------
    protocol : str
        A name in `PROTOCOLS`: where the values left at None come from.
    dataset : str
    hidden : int
        H, number of hidden units.
    lr, l2 : float
        Peak learning rate; strength of the penalty in (2.6).
    batch : int
        B, examples per update.
    epochs, updates : int or None
        Length of the run: passes over the training images, or updates; one of the two.
    eval_every : int or None
        Updates between two looks at train, validation and test; None is once an epoch.
    seed : int
        Of initialisation and batches; the split is the same for all.
    schedule : str
        "constant", "step" (times `step_factor` after each share `step_every` of the run) or
        "cosine" (linear warm-up over the share `warmup` of the run, then down to 0).
    momentum : float
    init, input_scale : str
    sampling : str
        "shuffle" (each image once an epoch) or "replacement".
    decay_biases : bool
        Whether the penalty has the biases in it.
    fit_on : str
        "train" keeps the parameters that are best on validation; "all" trains on the validation
        images too, and keeps the last parameters.
    open_test : bool
        Whether the test set is looked at. A search that does not need it leaves it closed.
    dtype : str
        "float32" to train, "float64" to check.
    """

    protocol: str = "standard"
    dataset: str = "mnist"
    hidden: int = 512
    lr: float | None = None
    l2: float | None = None
    batch: int | None = None
    epochs: int | None = None
    updates: int | None = None
    eval_every: int | None = None
    seed: int = 0
    schedule: str | None = None
    warmup: float | None = None
    step_factor: float = 0.1
    step_every: float = 0.4
    momentum: float | None = None
    init: str | None = None
    input_scale: str | None = None
    sampling: str | None = None
    decay_biases: bool | None = None
    fit_on: str | None = None
    open_test: bool | None = None
    dtype: str = "float32"

    @classmethod
    def resolve(cls, **parameters):
        """Check `parameters` and fill those that are None from the protocol.

        Raises
        ------
        ParameterError
            Naming the first parameter that is unknown or out of its range.
        """
        unknown = set(parameters) - {field.name for field in fields(cls)}
        if unknown:
            raise ParameterError(f"unknown parameter {min(unknown)!r}; known are {', '.join(ALLOWED)}")
        given = {name: value for name, value in parameters.items() if value is not None}
        for name, value in given.items():
            words, check, _ = ALLOWED[name]
            if not check(value):
                raise ParameterError(f"{name} must be {words}, not {value!r}")
        if "epochs" in given and "updates" in given:
            raise ParameterError("epochs and updates both say how long to train: give one of them")
        defaults = dict(PROTOCOLS[given.get("protocol", cls.protocol)])
        if "epochs" in given or "updates" in given:
            defaults = {name: value for name, value in defaults.items() if name not in ("epochs", "updates")}
        merged = defaults | given
        if merged["fit_on"] == "all" and not merged["open_test"]:
            raise ParameterError("open_test must be true where fit_on is all: no images are left to judge the run by")
        return cls(**{name: value if value is None else ALLOWED[name][2](value) for name, value in merged.items()})

    def total_updates(self, n_train):
        """Number of updates of the run, on `n_train` training images."""
        return self.updates if self.updates is not None else self.epochs * max(1, n_train // self.batch)

    def evaluation_interval(self, n_train):
        """Updates between evaluations, on `n_train` training images."""
        return self.eval_every if self.eval_every is not None else max(1, n_train // self.batch)

    def as_dict(self):
        """Return the resolved values by name."""
        return asdict(self)


def check(parameters):
    """Check the training notebook's parameters before anything starts.

    Parameters
    ----------
    parameters : dict
        All of the notebook's parameters but `output`.

    Returns
    -------
    dict
        What a run depends on besides its parameters and code: the hashes of the data.

    Raises
    ------
    ParameterError, DataError
        With one sentence for the person who typed them.
    """
    config = Configuration.resolve(**parameters)
    try:
        dataset = mnist.load(config.dataset)
    except DataError as error:
        raise DataError(f"dataset: {error}") from error
    n_train = len(dataset.split[0]) + (len(dataset.split[1]) if config.fit_on == "all" else 0)
    if config.batch > n_train:
        raise ParameterError(
            f"batch must be at most the {n_train} training images of {config.dataset}, not {config.batch}"
        )
    return {"data": dataset.hashes}
