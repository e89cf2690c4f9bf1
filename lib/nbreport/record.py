"""What a page was built from, kept beside it as `runs.json`: of every run what says whether another is the same."""

import json
from collections import Counter

from . import InputError
from .files import parsed_json, write_whole
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
        study: {run_id: identity for run_id, result in results.items() if (identity := _identity(result))}
        for study, results in finished(names, runs).items()
    }


def _identity(result):
    """Return what is recorded of a run; None where its result has no hashes, or is damaged."""
    try:
        arrays = json.dumps(result[SEAL]["arrays"], sort_keys=True).encode()
        parameters = result["provenance"].get("parameters", "")[:16]
    except (KeyError, TypeError, AttributeError):
        return None
    return {"parameters": parameters, "arrays": sha256(arrays)[:32], "summary": result.get("summary", "")}


def arithmetics(report, runs, build):
    """Return how many of the report's runs and chapters were computed with which arithmetic, in words: a Counter.

    What a notebook writes of it, as `arithmetic` in its `result.json`, counts more than what its driver asked for.
    """
    every = finished(studies(report), runs) | finished(["chapters"], build)
    results = [result for found in every.values() for result in found.values()]
    return Counter(in_words(_arithmetic(result)) for result in results)


def _arithmetic(result):
    """Return what a run says of its arithmetic, or its driver; None where that is something else."""
    for said in (result, result.get("provenance")):
        used = said.get("arithmetic") if isinstance(said, dict) else None
        if isinstance(used, dict) and {"openblas", "core", "features", "threads"} <= used.keys():
            return used
    return None


def studies(report):
    """Return the names of a report's studies."""
    return [path.stem for path in report.studies]


def chapters(report, build):
    """Return the hash of each executed chapter that is there, by its name."""
    names = [one.path.stem for one in report.notebooks]
    paths = {name: build / "chapters" / name / NOTEBOOK for name in names}
    return {name: sha256(path.read_bytes()) for name, path in paths.items() if path.is_file()}


def built(report, build):
    """Return the paths of page, PDF and what chapters have beside them, whether they are there or not."""
    beside = [name for chapter in report.notebooks for name in chapter.declared["files"]]
    return [build / name for name in (f"{report.name}.html", f"{report.name}.pdf", *beside)]


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
    write_whole(build / RECORD, (json.dumps(content, indent=1) + "\n").encode())


def read(path):
    """Return `files`, `chapters` and `studies` of a record as dicts, empty where there is no such file.

    Raises
    ------
    InputError
        If it is something else.
    """
    keys = ("files", "chapters", "studies")
    try:
        content = parsed_json(path.read_bytes())
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
