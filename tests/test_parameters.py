"""What a declaration allows, to the last value, and how it is put in words."""

import pytest

from twolayer.training import parameters
from twolayer.training.parameters import Parameter, by_protocol, choice, integer, number

INFINITE = float("inf")


@pytest.mark.parametrize(
    ("allowed", "words", "kind", "good", "bad"),
    [
        (integer(1, 3), "an integer from 1 to 3", int, (1, 2, 3), (0, 4, 2.0, True, "2", None)),
        (number(1, 3), "a number from 1 to 3", float, (1, 2, 2.5, 3), (0.9, 3.1, True, "2", float("nan"), -INFINITE)),
        (number(1, 3, low_open=True), "a number above 1 to 3", float, (1.1, 3), (1, 1.0, 3.1, 0)),
        (number(1, 3, high_open=True), "a number from 1 and below 3", float, (1, 2.9), (3, 3.0, 0.9, 4)),
        (number(1, 3, True, True), "a number above 1 and below 3", float, (2,), (1, 3)),
        (number(0, INFINITE), "a number from 0 to inf", float, (1e300,), (-1,)),
        (choice("a", "b"), "one of a, b", str, ("a", "b"), ("c", "", "A", None, ("a", "b"), 1)),
    ],
)
def test_what_is_allowed(allowed, words, kind, good, bad):
    assert allowed.words == words and allowed.type is kind
    assert all(allowed.check(value) for value in good) and not any(allowed.check(value) for value in bad)


def test_a_default_by_protocol():
    wanted = {"standard": 1, "homework": None, "search": 1, "final": 2}
    assert by_protocol(1, homework=None, final=2) == wanted and list(wanted) == list(parameters.PROTOCOL_NAMES)


def test_documentation_has_three_lines_a_parameter():
    table = {
        "size": Parameter(integer(1, 3), 2, "how large"),
        "rate": Parameter(number(0, 1), by_protocol(0.1, search=0.5), "how fast"),
    }
    assert parameters.documentation(table).splitlines() == [
        "Attributes",
        "----------",
        "size : int",
        "    How large: an integer from 1 to 3.",
        "    Default: 2.",
        "rate : float",
        "    How fast: a number from 0 to 1.",
        "    Default: standard 0.1, homework 0.1, search 0.5, final 0.1.",
    ]
