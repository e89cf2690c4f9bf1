"""What a page is made from, in words: code, kernels and data of its chapters and of the studies that they read."""

import json

from . import facts, record
from .kernels.arithmetic import in_words
from .page.sources import Made
from .studies.seal import sha256
from .yamlfile import read_yaml

DIGITS = 12  # of a hash


def made(report, runs, build, told):
    """Return what a report's page is made from, as `page.sources.Made`.

    Parameters
    ----------
    report : description.Description
    runs, build : Path
    told : dict
        Name to value of what the page says that it was built with.
    """
    executed = record.finished(["chapters"], build)["chapters"]
    finished = record.finished(record.studies(report), runs)
    notebooks = {path.stem: read_yaml(path, None)["notebook"] for path in report.studies}
    studies = {name: _described(list(found.values())) for name, found in finished.items() if found}
    for name, about in studies.items():
        parameters = {run_id: _parameters(result) for run_id, result in finished[name].items()}
        about |= {"notebook": notebooks[name], "runs": parameters}
    chapters = {
        str(one.path): _described([executed[one.path.stem]]) for one in report.notebooks if one.path.stem in executed
    }
    results = [result for found in (executed, *finished.values()) for result in found.values()]
    return Made(chapters, studies, told | {"packages": _packages()} | _data(results))


def _described(results):
    """Return `code`, `kernel` and `data` of runs in words; where they differ, each of them."""
    words = {"code": [], "kernel": [], "data": []}
    for result in results:
        provenance = result.get("provenance", {})
        code = [provenance.get(key) for key in ("notebook", "code")]
        versions = {"python": provenance.get("python")} | provenance.get("packages", {})
        used = in_words(result.get("arithmetic") or provenance.get("arithmetic"))
        kernel = [f"{name} {versions[name]}" for name in ("python", "numpy") if versions.get(name)]
        words["code"].append(_short(code))
        words["kernel"].append(", ".join([*kernel, used]))
        words["data"] += [_short(found) for found in provenance.get("facts", {}).values()]
    return {key: "; ".join(dict.fromkeys(found)) for key, found in words.items()}


def _parameters(result):
    found = result.get("parameters")
    return found if isinstance(found, dict) else {}


def _data(results):
    """Return what is behind each short hash of data: its files, each with the beginning of its hash."""
    found = {}
    for result in results:
        for name, value in result.get("provenance", {}).get("facts", {}).items():
            files = value.items() if isinstance(value, dict) else [(name, value)]
            found[f"{name} {_short(value)}"] = ", ".join(f"{file} {str(digest)[:DIGITS]}" for file, digest in files)
    return found


def _packages():
    return ", ".join(f"{name} {version}" for name, version in facts.installed().items())


def _short(value):
    return sha256(json.dumps(value, sort_keys=True).encode())[:DIGITS]
