"""One place for versions, and everything else agrees with it."""

import ast
import os
import re
import subprocess
import sys
import tomllib
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import distributions, packages_distributions, version

import nbformat
import pytest
import yaml
from packaging.requirements import Requirement

from conftest import NOTEBOOKS, ROOT

LOCKS = {name: (ROOT / name).read_text(encoding="utf-8") for name in ("requirements.lock", "requirements-dev.lock")}


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
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    # What benchmarks compare with is left to those who want it.
    assert set(extras) == {"build", "dev", "export", "cluster", "bench"}
    needed = {
        "requirements.lock": project["dependencies"] + extras["build"],
        "requirements-dev.lock": extras["dev"] + extras["export"] + extras["cluster"],
    }
    for name, entries in needed.items():
        versions = locked(name)
        for entry in entries:
            requirement = Requirement(entry)
            if requirement.marker is not None and not requirement.marker.evaluate():
                continue
            assert requirement.specifier.contains(versions[requirement.name.lower()]), entry
    assert not locked("requirements.lock").keys() & locked("requirements-dev.lock").keys()


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_has_hashes_and_no_addresses(name):
    text = LOCKS[name]
    entries = len(re.findall(r"^\S+==", text, flags=re.M))
    assert len(re.findall(r"^\S+==[^\n]*\\\n    --hash=sha256:", text, flags=re.M)) == entries > 20
    assert "://" not in text


# ONNX Runtime, which only tests need, asks for macOS 14; the report does with uv's default, 13.
PLATFORMS = {
    "Linux x86-64": ("x86_64-unknown-linux-gnu", {}),
    "Linux aarch64": ("aarch64-unknown-linux-gnu", {}),
    "macOS Intel": ("x86_64-apple-darwin", {}),
    "macOS Apple": ("aarch64-apple-darwin", {"MACOSX_DEPLOYMENT_TARGET": "14.0"}),
    "Windows x86-64": ("x86_64-pc-windows-msvc", {}),
}


def resolve(platform, python, locks, folder):
    """Ask the package index for wheels of all that the locks name and need on a platform; none is fetched."""
    target, variables = PLATFORMS[platform]
    command = [sys.executable, "-m", "uv", "pip", "install", "--dry-run", "--no-config", "--target", str(folder)]
    command += ["--python", sys.executable, "--python-platform", target, "--python-version", python]
    command += ["--only-binary", ":all:", "--require-hashes"]
    command += [word for lock in locks for word in ("-r", str(lock))]
    return subprocess.run(
        command, cwd=folder, env=os.environ | variables, capture_output=True, text=True, encoding="utf-8", check=False
    )


@pytest.mark.parametrize("platform", PLATFORMS)
def test_the_locks_have_wheels_for(platform, tmp_path):
    """`argon2-cffi-bindings` 26 had none for Intel Macs, and `tools/environment` builds nothing."""
    versions = ("3.11", "3.12", "3.13", "3.14")
    with ThreadPoolExecutor(len(versions)) as side_by_side:  # they wait for the index, not for a processor
        locks = [ROOT / name for name in LOCKS]
        answers = side_by_side.map(lambda python: resolve(platform, python, locks, tmp_path), versions)
    for python, answer in zip(versions, answers, strict=True):
        if re.search(r"[Ff]ailed to fetch|error sending request|dns error", answer.stderr):
            pytest.skip("no package index can be reached")
        assert answer.returncode == 0, f"Python {python}: {answer.stderr}"
        assert " + numpy==" in answer.stderr and " + pytest==" in answer.stderr


def test_a_lock_without_a_wheel_is_noticed(tmp_path):
    lines = LOCKS["requirements.lock"].splitlines(keepends=True)
    (start,) = (i for i, line in enumerate(lines) if line.startswith("argon2-cffi-bindings==26"))
    end = next(i for i in range(start + 1, len(lines)) if not lines[i].startswith("    "))
    lock = tmp_path / "one.lock"
    lock.write_text(re.sub(" ;.*?(?= .$)", "", lines[start]) + "".join(lines[start + 1 : end]), encoding="utf-8")
    answer = resolve("macOS Intel", "3.11", [lock], tmp_path)
    if re.search(r"[Ff]ailed to fetch|error sending request|dns error", answer.stderr):
        pytest.skip("no package index can be reached")
    assert answer.returncode != 0 and "argon2-cffi-bindings" in answer.stderr


def imported():
    """Return the top-level names that the library, the notebooks and the benchmarks import."""
    texts = [path.read_text(encoding="utf-8") for room in ("lib", "benchmarks") for path in (ROOT / room).rglob("*.py")]
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
    # ONNX is imported when `make export` is asked for it, Dask's package with SCHEDULER=tcp://...
    tests_only = locked("requirements-dev.lock").keys() - {"onnx", "distributed"}
    assert not {name for name in names if belongs[name] & tests_only}


def test_what_is_imported_is_declared():
    """What another package happens to bring may go with its next version."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = [entry for name in ("bench", "export", "cluster") for entry in project["optional-dependencies"][name]]
    declared = {Requirement(entry).name.lower() for entry in project["dependencies"] + extras}
    belongs = {
        name: {one.lower().replace("_", "-") for one in found} for name, found in packages_distributions().items()
    }
    names = imported() & belongs.keys() - {"twolayer", "nbreport"}
    assert len(names) > 15 and {name for name in names if not belongs[name] & declared} == set()


def test_conda_takes_its_versions_from_the_lock():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    python, *others = environment["dependencies"]
    assert python == "python=3.11"
    assert [one for one in others if not isinstance(one, dict)] == ["make", "pip"]
    assert others[-1] == {"pip": ["-r requirements.lock"]}


def test_versions_named_elsewhere_agree():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert project["version"] == citation["version"] == version("two-layer-report")
    assert project["requires-python"] == ">=3.11"


def test_text_is_read_and_written_in_a_stated_encoding():
    """Elsewhere the locale decides, and a page's dash is an error."""
    found = []
    for path in (path for room in ("lib", "tools", "benchmarks", "tests") for path in (ROOT / room).rglob("*.py")):
        for call in (node for node in ast.walk(ast.parse(path.read_bytes())) if isinstance(node, ast.Call)):
            name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            words = {keyword.arg for keyword in call.keywords}
            binary = any(isinstance(one, ast.Constant) and "b" in str(one.value) for one in call.args[1:2])
            as_text = name in ("read_text", "write_text") or ("text" in words and name in ("run", "Popen", "call"))
            as_text = as_text or (isinstance(call.func, ast.Name) and name == "open" and not binary)
            if as_text and "encoding" not in words:
                found.append(f"{path.relative_to(ROOT)}:{call.lineno}")
    assert not found
