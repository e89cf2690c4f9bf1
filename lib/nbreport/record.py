"""What a page was built from, kept beside it as `runs.json`: of every run what says whether another is the same."""

import json
from collections import Counter

from . import InputError
from .kernels.arithmetic import in_words
from .notebook import NOTEBOOK
from .studies.seal import SEAL, sha256
from .studies.store import Store

RECORD = "runs.json"


def finished(names, runs):
    """Return study to run id to `result.json`, of the finished runs that each study's list names."""
    found = {}
    for name in names:
        try:
            found[name] = Store(runs / name).finished()
        except InputError:  # there are none
            found[name] = {}
    return found


def recorded(names, runs):
    """Return study to run id to what is recorded of its finished runs.

    `parameters`, a hash; `arrays`, a hash over the hashes of all its arrays; and `summary`, what came out in words.
    """
    return {
        study: {run_id: _identity(result) for run_id, result in results.items() if SEAL in result}
        for study, results in finished(names, runs).items()
    }


def _identity(result):
    arrays = json.dumps(result[SEAL]["arrays"], sort_keys=True).encode()
    parameters = result["provenance"].get("parameters", "")
    return {"parameters": parameters[:16], "arrays": sha256(arrays)[:32], "summary": result.get("summary", "")}


def arithmetics(report, runs, build):
    """Return how many of the report's runs and chapters were computed with which arithmetic, in words: a Counter.

    What a notebook writes of it, as `arithmetic` in its `result.json`, counts more than what its driver asked for.
    """
    every = finished(studies(report), runs) | finished(["chapters"], build)
    results = [result for found in every.values() for result in found.values()]
    used = [result.get("arithmetic") or result.get("provenance", {}).get("arithmetic") for result in results]
    return Counter(map(in_words, used))


def studies(report):
    """Return the names of a report's studies."""
    return [path.stem for path in report.studies]


def chapters(report, build):
    """Return the hash of each executed chapter that is there, by its name."""
    names = [one.path.stem for one in report.notebooks]
    paths = {name: build / "chapters" / name / NOTEBOOK for name in names}
    return {name: sha256(path.read_bytes()) for name, path in paths.items() if path.is_file()}


def built(report, build):
    """Return the paths of page and PDF, whether they are there or not."""
    return [build / f"{report.name}{suffix}" for suffix in (".html", ".pdf")]


def write(report, runs, build):
    """Write what the page and the PDF in `build`, made a moment ago, were built from."""
    content = {
        "profile": report.profile,
        "set": report.changed,
        "arithmetic": list(arithmetics(report, runs, build)),
        "files": {path.name: sha256(path.read_bytes()) for path in built(report, build) if path.is_file()},
        "chapters": chapters(report, build),
        "studies": recorded(studies(report), runs),
    }
    partial = build / f".{RECORD}.partial"
    partial.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    partial.replace(build / RECORD)


def read(path):
    """Return `files`, `chapters` and `studies` of a record as dicts, empty where there is no such file.

    Raises
    ------
    InputError
        If it is something else.
    """
    keys = ("files", "chapters", "studies")
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return {key: dict(content[key]) for key in keys}
    except FileNotFoundError:
        return {key: {} for key in keys}
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path} is no record of runs: delete it, or build the report again") from error


def compare(found, published, damaged=()):
    """Compare runs with published ones.

    Parameters
    ----------
    found, published : dict
        As `recorded` returns it.
    damaged : collection of (study, run id)
        What is recorded of these is not what is on disk.

    Returns
    -------
    line : str
        How many are the same, of those that are in both with the same parameters.
    differing : list of str
        A line for each of these whose arrays are others: what came out here and there.
    """
    runs = {(study, run_id): run for study, each in found.items() for run_id, run in each.items()}
    theirs = {(study, run_id): run for study, each in published.items() for run_id, run in each.items()}
    both = [key for key, run in runs.items() if key in theirs and theirs[key]["parameters"] == run["parameters"]]
    same = [key for key in both if theirs[key]["arrays"] == runs[key]["arrays"] and key not in damaged]
    if not both:
        return f"none of {len(runs)} runs is among the published ones", []
    more = f"; {len(runs) - len(both)} more are not among these" if len(runs) > len(both) else ""
    line = f"{len(same)} of {len(both)} runs are bit for bit the published ones{more}"
    others = [key for key in both if key not in same and key not in damaged]
    said = [f"{'/'.join(key)}: {runs[key]['summary']}; published: {theirs[key]['summary']}" for key in others]
    return line, said
