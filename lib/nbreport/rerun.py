"""Finished runs once more, to see that the same inputs still give the same numbers; nothing on disk changes."""

import json
import random

import nbformat

from .kernels import worker
from .studies.seal import RESULT, SEAL, sealed

TIMES = ("seconds", "provenance", SEAL)  # what the same run says otherwise the next time, and what hashes that


def rerun(fresh, count, workers, say=print):
    """Run some of the finished runs again, drawn at random, and compare; return whether all are the same.

    Parameters
    ----------
    fresh : sequence of (store.Store, study.Point)
        Runs as they would be made now.
    count : int
        How many at most.
    workers : pool.Workers
    say : callable
        Told a line a run.
    """
    chosen = random.SystemRandom().sample(list(fresh), min(count, len(fresh)))
    tasks = {workers.submit(worker.execute, *_task(*one)): one for one in chosen}
    same = 0
    for future, (store, point) in tasks.items():
        otherwise = difference(store.result(point.run_id), future.result())
        same += not otherwise
        say(f"rerun {store.folder.name}/{point.run_id}: {otherwise or 'the same'}")
    say(f"rerun: {same} of {len(chosen)} runs are the same again")
    return same == len(chosen)


def _task(store, point):
    source, files = nbformat.writes(point.notebook.content), point.notebook.declared["files"]
    return source, point.parameters, str(store.path(point.run_id)), files


def difference(before, outcome):
    """Say in a phrase in what an Outcome differs from the result that was kept, times aside; "" if in nothing."""
    if outcome.error:
        return f"it failed ({outcome.error.strip().splitlines()[-1]})"
    files = {name: content for name, content in outcome.files.items() if name != RESULT}
    after, _ = sealed(json.loads(outcome.files.get(RESULT, b"{}")), files)
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
