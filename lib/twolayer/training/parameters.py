"""The parameters of a training run, each declared once: what is allowed, its default, a sentence."""

import difflib
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from .. import InputError
from ..data.mnist import KNOWN
from ..data.scaling import SCALINGS
from ..network.initialization import INITIALIZATIONS
from .schedules import SCHEDULES


class ParameterError(InputError):
    """A parameter has a value outside what is allowed; the message names both."""


class Allowed(NamedTuple):
    """What a value must be: in words, as a check, and the type that it is given."""

    words: str
    check: Callable
    type: type


def integer(low, high):
    """Allow the integers from `low` to `high`."""
    return Allowed(f"an integer from {low} to {high}", lambda value: type(value) is int and low <= value <= high, int)


def number(low, high, low_open=False, high_open=False):
    """Allow the finite numbers from `low` to `high`, which do not count themselves where they are open."""

    def check(value):
        inside = type(value) in (int, float) and low <= value <= high
        return inside and not (low_open and value == low) and not (high_open and value == high)

    words = f"{'above' if low_open else 'from'} {low:g} {'and below' if high_open else 'to'} {high:g}"
    return Allowed(f"a number {words}", check, float)


def choice(*names):
    """Allow some words."""
    return Allowed(f"one of {', '.join(names)}", lambda value: isinstance(value, str) and value in names, str)


BOOLEAN = Allowed("true or false", lambda value: type(value) is bool, bool)
NAME = Allowed(
    f"the name of a data set, {', '.join(KNOWN)} or one given to make data", lambda value: isinstance(value, str), str
)

# "homework" is the protocol that the homework's code shows; "search" and "final" are the standard
# recipe at the homework's budget, before and after a choice.
PROTOCOL_NAMES = ("standard", "homework", "search", "final")


def by_protocol(standard, **others):
    """Return the default that each protocol has: that of the standard, unless it is among `others`."""
    return dict.fromkeys(PROTOCOL_NAMES, standard) | others


@dataclass(frozen=True)
class Parameter:
    """The declaration of one parameter."""

    allowed: Allowed
    default: object  # a value; or a dict with that of each protocol: None is then allowed, and stands for it
    sentence: str  # what it is
    only: tuple | None = None  # name and value of the other parameter without which it does nothing
    looks: bool = False  # it is about looks along training and what is kept: a followed run has none

    @property
    def has_protocols(self):
        """Whether the protocol decides the default, and None is allowed."""
        return isinstance(self.default, dict)

    @property
    def comment(self):
        """What it is, and what is allowed."""
        return f"{self.sentence}: {self.allowed.words}"

    def read(self, name, value):
        """Return `value` in the parameter's type; `name` is what messages call it.

        Raises
        ------
        ParameterError
        """
        if value is None and self.has_protocols:
            return None
        if not self.allowed.check(value):
            raise ParameterError(f"{name} must be {self.allowed.words}, not {value!r}")
        return self.allowed.type(value)


# In the order of the notebooks' cells and of `result.json`.
# fmt: off
PARAMETERS = {
    "protocol": Parameter(choice(*PROTOCOL_NAMES), "standard", "decides what is None below"),
    "dataset": Parameter(NAME, "mnist", "images to learn"),
    "hidden": Parameter(integer(1, 65536), 512, "hidden units, H"),
    "lr": Parameter(
        number(0, 1000, low_open=True), by_protocol(0.1, homework=0.005), "learning rate, peak of the schedule"),
    "l2": Parameter(number(0, 1000), by_protocol(5e-4, homework=0.01), "strength of the penalty in (2.6)"),
    "batch": Parameter(
        integer(1, 1_000_000), by_protocol(128, homework=256, search=256, final=256), "examples per update, B"),
    "epochs": Parameter(
        integer(1, 100_000), by_protocol(10, homework=None, search=None, final=None),
        "length of the run in passes over the training images"),
    "updates": Parameter(
        integer(1, 100_000_000), by_protocol(None, homework=2340, search=2340, final=2340),
        "length of the run in updates, where epochs is None"),
    "eval_every": Parameter(  # a look costs as much as twenty updates
        integer(1, 100_000_000), by_protocol(None, homework=100, search=390),
        "updates between two looks (standard and final: an epoch)", looks=True),
    "seed": Parameter(integer(0, 2**32 - 1), 0, "of split, first parameters and batches"),
    "schedule": Parameter(choice(*SCHEDULES), by_protocol("cosine", homework="constant"), "course of the rate"),
    "warmup": Parameter(
        number(0, 1, high_open=True), by_protocol(0.0, search=0.1, final=0.1),
        "share of the run with a rising rate, where schedule is cosine", only=("schedule", "cosine")),
    "step_factor": Parameter(
        number(0, 1, low_open=True), by_protocol(0.1),
        "what each step multiplies the rate by, where schedule is step", only=("schedule", "step")),
    "step_every": Parameter(
        number(0, 1, low_open=True), by_protocol(0.4),
        "share of the run between steps, where schedule is step", only=("schedule", "step")),
    "momentum": Parameter(number(0, 1, high_open=True), by_protocol(0.9, homework=0.0), "0 is plain SGD"),
    "init": Parameter(choice(*INITIALIZATIONS), by_protocol("he", homework="homework"), "first parameters"),
    "input_scale": Parameter(choice(*SCALINGS), by_protocol("unit", homework="raw"), "what becomes of the pixels"),
    "sampling": Parameter(
        choice("replacement", "shuffle"), by_protocol("shuffle", homework="replacement"),
        "how batches are drawn; shuffle takes each image once an epoch"),
    "decay_biases": Parameter(
        BOOLEAN, by_protocol(False, homework=True), "whether the penalty has the biases in it"),
    "fit_on": Parameter(
        choice("train", "all"), by_protocol("train", final="all"),
        "what to train on; all has the validation images, too, and the last parameters"),
    "open_test": Parameter(
        BOOLEAN, by_protocol(True, search=False), "whether the test images are looked at", looks=True),
    "curves": Parameter(  # without, a run of the homework's is a quarter shorter
        BOOLEAN, by_protocol(True, homework=False, search=False),
        "whether training and test images are looked at along the way, not once at the end", looks=True),
    "draw": Parameter(BOOLEAN, True, "whether the notebook draws its figures", looks=True),
    "dtype": Parameter(choice("float32", "float64"), "float32", "of all arithmetic; float64 is to check"),
}
# fmt: on

# Name to the defaults that a protocol decides, by name.
PROTOCOLS = {
    protocol: {name: one.default[protocol] for name, one in PARAMETERS.items() if one.has_protocols}
    for protocol in PROTOCOL_NAMES
}


def read(table, given):
    """Return the values of `given`, by name, in the types that `table` declares; None where the protocol decides.

    Raises
    ------
    ParameterError
        Naming the first parameter that is unknown or out of its range.
    """
    others = set(given) - set(table)
    if others:
        raise unknown(min(others), table)
    return {name: table[name].read(name, value) for name, value in given.items()}


def unknown(name, names):
    """Return the ParameterError that says that `name` is none of `names`, and which of them is most like it."""
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    meant = f"; did you mean {close[0]!r}?" if close else ""
    return ParameterError(f"unknown parameter {name!r}{meant} (known are {', '.join(names)})")


def documentation(table):
    """Return the attributes section of a docstring."""
    lines = ["Attributes", "----------"]
    for name, one in table.items():
        default = one.default
        if one.has_protocols:
            default = ", ".join(f"{protocol} {value}" for protocol, value in one.default.items())
        lines += [f"{name} : {one.allowed.type.__name__}", f"    {one.comment[0].upper()}{one.comment[1:]}."]
        lines += [f"    Default: {default}."]
    return "\n".join(lines)
