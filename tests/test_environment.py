"""One place for versions, and everything else agrees with it."""

import ast
import re
import tomllib
from importlib.metadata import distributions, packages_distributions, version

import nbformat
import pytest
import yaml
from packaging.requirements import Requirement

from conftest import NOTEBOOKS, ROOT

LOCKS = {name: (ROOT / name).read_text() for name in ("requirements.lock", "requirements-dev.lock")}


def locked(*names):
    """Name to version of the locks' entries that apply here; of all locks if none is named."""
    text = "".join(LOCKS[name] for name in names or LOCKS)
    entries = re.findall(r"^(\S+==\S+(?: ;[^\\]+)?)", text, flags=re.M)
    requirements = [Requirement(entry) for entry in entries]
    applying = [one for one in requirements if one.marker is None or one.marker.evaluate()]
    return {one.name.lower().replace("_", "-"): next(iter(one.specifier)).version for one in applying}


def test_what_is_installed_is_what_is_locked():
    versions = locked()
    assert len(versions) > 80
    installed = {
        dist.metadata["Name"].lower().replace("_", "-").replace(".", "-"): dist.version for dist in distributions()
    }
    assert {name: installed.get(name) for name in versions} == versions


def test_the_locks_satisfy_the_project():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    assert set(extras) == {"build", "dev", "bench"}  # what benchmarks compare with is left to those who want it
    needed = {"requirements.lock": project["dependencies"] + extras["build"], "requirements-dev.lock": extras["dev"]}
    for name, entries in needed.items():
        versions = locked(name)
        for entry in entries:
            requirement = Requirement(entry)
            assert requirement.specifier.contains(versions[requirement.name.lower()]), entry
    assert not locked("requirements.lock").keys() & locked("requirements-dev.lock").keys()


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_has_hashes_and_no_addresses(name):
    text = LOCKS[name]
    entries = len(re.findall(r"^\S+==", text, flags=re.M))
    assert len(re.findall(r"^\S+==[^\n]*\\\n    --hash=sha256:", text, flags=re.M)) == entries > 20
    assert "://" not in text


def imported():
    """Return the top-level names that the library, the notebooks and the benchmarks import."""
    texts = [path.read_text() for room in ("lib", "benchmarks") for path in (ROOT / room).rglob("*.py")]
    for path in NOTEBOOKS:
        cells = nbformat.read(path, as_version=4).cells
        texts.append("\n".join(cell.source for cell in cells if cell.cell_type == "code"))
    nodes = [node for text in texts for node in ast.walk(ast.parse(text))]
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module for node in nodes if isinstance(node, ast.ImportFrom) and not node.level}
    return {name.split(".")[0] for name in names}


def test_a_report_needs_nothing_that_only_tests_need():
    belongs = {name: {one.lower() for one in found} for name, found in packages_distributions().items()}
    names = imported() & belongs.keys()
    assert {"numpy", "papermill", "nbconvert", "math_core"} <= names
    tests_only = locked("requirements-dev.lock").keys()
    assert not {name for name in names if belongs[name] & tests_only}


def test_conda_takes_its_versions_from_the_lock():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    python, *others = environment["dependencies"]
    assert python == "python=3.11"
    assert [one for one in others if not isinstance(one, dict)] == ["make", "pip"]
    assert others[-1] == {"pip": ["-r requirements.lock"]}


def test_versions_named_elsewhere_agree():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert project["version"] == citation["version"] == version("two-layer-report")
    assert project["requires-python"] == ">=3.11"


def test_the_rooms_do_not_import_each_other():
    forbidden = {"twolayer": ("nbreport", "papermill", "nbconvert", "IPython", "nbformat"), "nbreport": ("twolayer",)}
    for room, names in forbidden.items():
        for path in (ROOT / "lib" / room).rglob("*.py"):
            for line in path.read_text().splitlines():
                found = re.match(r"\s*(?:from|import)\s+([\w.]+)", line)
                assert not found or found[1].split(".")[0] not in names, f"{path}: {line}"


def test_modules_and_functions_fit_on_a_few_screens():
    for path in (ROOT / "lib").rglob("*.py"):
        assert len(path.read_text().splitlines()) <= 300, path
