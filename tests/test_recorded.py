"""Parameters that a run has recorded, beside those that it was given."""

import pytest

from nbreport.studies.recorded import unlike


@pytest.mark.parametrize(
    ("given", "recorded"),
    [
        (0.1, 0.10),
        (1, 1.0),
        (1e-3, "1e-3"),
        ("0.10", 0.1),
        ("0.005", "5e-3"),
        ("0.1 0.2", "0.1 0.2"),
        (" 3 ", 3),
        (True, True),
        (True, "true"),
        ("nan", "nan"),
        (2**53 + 1, 2**53 + 1),
        (None, 512),  # the notebook decides
        (None, None),
        ("none", None),
    ],
)
def test_what_means_the_same_is_the_same(given, recorded):
    assert unlike({"a": given}, {"parameters": {"a": recorded}}) is None


@pytest.mark.parametrize(
    ("given", "recorded"),
    [
        (64, 512),
        (0.1, 0.1000001),
        (True, 1),
        (0, False),
        (True, False),
        (64, None),
        ("mnist", "fashion-mnist"),
        ("0.1 0.2", "0.1"),
        ("a", 3),
        (2**53 + 1, float(2**53)),
        (3, [3]),
    ],
)
def test_another_value_is_named_with_both(given, recorded):
    sentence = f"a was given as {given!r}, and its result.json says {recorded!r}: what is given is not used"
    assert unlike({"b": 1, "a": given}, {"parameters": {"b": 1, "a": recorded}}) == sentence


def test_what_is_not_recorded_is_not_compared():
    assert unlike({"a": 1}, {}) is None
    assert unlike({"a": 1}, {"parameters": {"b": 2}}) is None
    assert unlike({"a": 1}, {"parameters": [1]}) == (
        "parameters in its result.json must be an object of values by name, not [1]"
    )
