"""The typed, validated configuration of one training run."""

from dataclasses import asdict, dataclass, make_dataclass

from ..data import mnist
from ..data.idx import DataError
from . import given
from .parameters import PARAMETERS, PROTOCOLS, ParameterError, documentation, read

LENGTHS = ("epochs", "updates")
FIELDS = [(name, parameter.allowed.type) for name, parameter in PARAMETERS.items()]


@dataclass(frozen=True)
class Configuration(make_dataclass("Values", FIELDS, frozen=True, kw_only=True)):
    """One training run, made with `resolve` or `from_namespace`: a value for each of `parameters.PARAMETERS`."""

    @classmethod
    def resolve(cls, **parameters):
        """Check `parameters` and fill those that are left out or None from their defaults.

        Raises
        ------
        ParameterError
            Naming the first parameter that is unknown or out of its range.
        """
        chosen = {name: value for name, value in read(PARAMETERS, parameters).items() if value is not None}
        lengths = dict.fromkeys(LENGTHS) if set(LENGTHS) & set(chosen) else {}
        fixed = {name: one.default for name, one in PARAMETERS.items() if not one.has_protocols}
        config = cls(**(fixed | PROTOCOLS[(fixed | chosen)["protocol"]] | lengths | chosen))
        config._check_together(chosen)
        return config

    @classmethod
    def from_namespace(cls, namespace):
        """Resolve what `namespace` has of the parameters: a notebook's `globals()`, from which none is forgotten."""
        return cls.resolve(**given.values(namespace, PARAMETERS))

    def _check_together(self, chosen):
        if set(LENGTHS) <= set(chosen):
            raise ParameterError("epochs and updates both say how long to train: give one of them")
        if self.fit_on == "all" and not self.open_test:
            raise ParameterError("open_test must be true where fit_on is all: no images are left to judge the run by")
        for name in chosen:
            if PARAMETERS[name].only is not None:
                other, value = PARAMETERS[name].only
                if getattr(self, other) != value:
                    raise ParameterError(f"{name} acts only where {other} is {value}, not {getattr(self, other)}")

    def total_updates(self, n_train):
        """Number of updates of the run, on `n_train` training images."""
        return self.updates if self.updates is not None else self.epochs * max(1, n_train // self.batch)

    def evaluation_interval(self, n_train):
        """Updates between evaluations, on `n_train` training images."""
        return self.eval_every if self.eval_every is not None else max(1, n_train // self.batch)

    def as_dict(self):
        """Return the resolved values by name."""
        return asdict(self)


Configuration.__doc__ += "\n\n" + documentation(PARAMETERS)


def check(parameters):
    """Check the training notebook's parameters but `output` before anything starts; return the hashes of the data.

    Raises
    ------
    ParameterError, DataError
        With one sentence for the person who typed them.
    """
    config = Configuration.resolve(**parameters)
    dataset = load_data(config)
    check_sizes(config, dataset, batch=config.batch)
    return {"data": dataset.hashes}


def load_data(config):
    """Return the data set that `config` names; a DataError says that the parameter `dataset` does so."""
    try:
        return mnist.load(config.dataset)
    except DataError as error:
        raise DataError(f"dataset: {error}") from error


def check_sizes(config, dataset, **sizes):
    """Raise ParameterError if a size, by its parameter's name, is above the number of training images."""
    count = dataset.sizes[config.fit_on]
    for name, size in sizes.items():
        if size > count:
            raise ParameterError(f"{name} must be at most the {count} training images of {dataset.name}, not {size}")
