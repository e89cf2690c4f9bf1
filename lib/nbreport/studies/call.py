"""A run as a call of a worker: what it is given, how long it may take, and what is wrong with what comes back."""

import json
import statistics

import nbformat

from .. import InputError
from ..files import parsed_json
from ..kernels.failure import with_words
from ..notebook import NOTEBOOK
from .recorded import unlike
from .seal import RESULT

# Seconds that a run may take where nobody says: many times what the study's runs take, of which some are known.
LEAST, TIMES, UNKNOWN = 300, 10, 3600
SAMPLE = 50  # runs that are asked how long they took


def longest(known):
    """Return the seconds that a study's run may take, by what others of it have taken."""
    return max(LEAST, TIMES * statistics.median(known)) if known else UNKNOWN


def arguments(store, point, seconds):
    """Return the arguments of `worker.execute` for a run that may take so many seconds, 0 for any number."""
    source, files = nbformat.writes(point.notebook.content), point.notebook.declared["files"]
    return source, point.parameters, str(store.path(point.run_id)), files, seconds or None


def result_of(files):
    """Return what the `result.json` among a run's files says, name to bytes.

    Raises
    ------
    InputError
        If it is not an object in JSON that can be written again.
    """
    try:
        result = parsed_json(files.get(RESULT, b"{}"))
        json.dumps(result, indent=1)  # as it will be written
    except (ValueError, RecursionError) as reason:
        raise InputError(f"its {RESULT} is not an object in JSON ({reason})") from reason
    if not isinstance(result, dict):
        raise InputError(f"its {RESULT} is not an object in JSON ({result!r:.80})")
    return result


def fault(point, files):
    """Say in a sentence what is wrong with what a notebook wrote; None if nothing is."""
    if odd := next((name for name in (RESULT, NOTEBOOK) if any(one.startswith(f"{name}/") for one in files)), None):
        return f"its {odd} is a folder"
    try:
        return unlike(point.parameters, result_of(files))
    except InputError as reason:
        return str(reason)


def last_line(error):
    """Return the last line of a traceback that has words."""
    return with_words("\n".join(reversed(error.splitlines()))) or "it failed without a word"
