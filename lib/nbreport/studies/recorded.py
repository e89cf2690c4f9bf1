"""What a run says its parameters were, beside those that it was given."""

from ..notebook import parse_value
from .seal import RESULT


def unlike(given, result):
    """Say in a sentence which parameter a run has recorded otherwise than it was given; None if there is none.

    Parameters
    ----------
    given : dict
        A point's parameters, complete. One that is None leaves its value to the notebook.
    result : dict
        What the notebook wrote as `result.json`. Names that its `parameters` lack are not compared; values are by
        what they mean: 1, 1.0 and "1e0" are the same, true and 1 are not.
    """
    recorded = result.get("parameters", {})
    if not isinstance(recorded, dict):
        return f"parameters in its {RESULT} must be an object of values by name, not {recorded!r}"
    for name, value in given.items():
        if value is not None and name in recorded and not _same(value, recorded[name]):
            return f"{name} was given as {value!r}, and its {RESULT} says {recorded[name]!r}: what is given is not used"
    return None


def _same(first, second):
    if type(first) is type(second) and first == second:
        return True  # a word such as "nan" means no number that would be equal to itself
    first, second = (parse_value(value.strip()) if isinstance(value, str) else value for value in (first, second))
    return first == second and isinstance(first, bool) == isinstance(second, bool)
