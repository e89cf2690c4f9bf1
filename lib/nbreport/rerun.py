"""Finished runs once more, to see that the same inputs still give the same numbers; nothing on disk changes."""

import random
from concurrent.futures import BrokenExecutor

from . import InputError
from .kernels import worker
from .studies.call import SAMPLE, arguments, last_line, longest, result_of
from .studies.seal import RESULT, SEAL, sealed

TIMES = ("seconds", "provenance", SEAL)  # what the same run says otherwise the next time, and what hashes that


def rerun(fresh, count, workers, limit=None, say=print):
    """Run some of the finished runs again, drawn at random, and compare; return whether all are the same.

    Parameters
    ----------
    fresh : sequence of (store.Store, study.Point)
        Runs as they would be made now.
    count : int
        How many at most.
    workers : pool.Workers
    limit : float, optional
        Seconds that a run may take, 0 for any number; without it as `sweep.run_studies`.
    say : callable
        Told a line a run.
    """
    chosen = random.SystemRandom().sample(list(fresh), min(count, len(fresh)))
    seconds = {store: longest(_known(fresh, store)) if limit is None else limit for store, _ in chosen}
    tasks = [(workers.submit(worker.execute, *arguments(*one, seconds[one[0]])), *one) for one in chosen]
    same = 0
    for future, store, point in tasks:
        otherwise = difference(store.result(point.run_id), _outcome(future))
        same += not otherwise
        say(f"rerun {store.folder.name}/{point.run_id}: {otherwise or 'the same'}")
    say(f"rerun: {same} of {len(chosen)} runs are the same again")
    return same == len(chosen)


def _known(fresh, store):
    """Return the seconds that runs of a store have taken."""
    took = (store.took(point.run_id) for other, point in fresh if other is store)
    return [seconds for seconds in took if seconds][:SAMPLE]


def _outcome(future):
    """Return a run's Outcome, also where nothing has come back."""
    try:
        return future.result()
    except BrokenExecutor:
        return worker.Outcome({}, "the worker process died", 0.0)
    except Exception as error:  # what came back cannot be read
        return worker.Outcome({}, f"{type(error).__name__}: {error}", 0.0)


def difference(before, outcome):
    """Say in a phrase in what an Outcome differs from the result that was kept, times aside; "" if in nothing."""
    if outcome.error:
        return f"it failed ({outcome.line or last_line(outcome.error)})"
    files = {name: content for name, content in outcome.files.items() if name != RESULT}
    try:
        after, _ = sealed(result_of(outcome.files), files)
    except InputError as reason:
        return str(reason)
    arrays, now = before[SEAL]["arrays"], after[SEAL]["arrays"]
    if other := sorted(name for name in arrays.keys() | now.keys() if arrays.get(name) != now.get(name)):
        return f"the arrays {', '.join(other)} are others"
    before, after = _timeless(before), _timeless(after)
    if other := sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name)):
        return f"{', '.join(other)} in {RESULT} {'is' if len(other) == 1 else 'are'} other"
    return ""


def _timeless(value):
    """Return what a result says without times, at whatever depth."""
    if isinstance(value, dict):
        return {name: _timeless(one) for name, one in value.items() if name not in TIMES}
    return [_timeless(one) for one in value] if isinstance(value, list) else value
