"""Runs do not see the user's settings: of Python, matplotlib and IPython, in variables, folders and modules."""

import json
import os
import subprocess
import sys

import pytest

import toy
from conftest import call
from nbreport.kernels import surroundings

SEEN = """
import json, os, sys
from pathlib import Path
import random, string, matplotlib
from matplotlib import pyplot
kept = ("TOY_CHECK_DATA", "https_proxy", "HOME", "PYTHONPATH", "MARKED", "PYTHONHASHSEED")
seen = {
    "debug": __debug__, "optimize": sys.flags.optimize, "random": random.__file__, "string": string.__file__,
    "backend": matplotlib.get_backend(), "width": matplotlib.rcParams["lines.linewidth"],
    "size": matplotlib.rcParams["font.size"], "colour": matplotlib.rcParams["axes.edgecolor"],
    "style": matplotlib.rcParams["lines.linestyle"], "startup": [name for name in dir() if name.startswith("my_")],
    "variables": {name: os.environ.get(name) for name in kept},
    "custom": [name for name in ("sitecustomize", "usercustomize") if hasattr(sys.modules.get(name), "mine")],
}
import toy_code
Path(output, "text.txt").write_text("x")
Path(output, "result.json").write_text(json.dumps({"summary": "fine", "seen": seen}))
"""
BROKEN = "raise SystemExit('another module of this name')\n"


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def settings(project, home):
    """Write the settings of a user into files, and return the variables that name some of them."""
    write(project / "matplotlibrc", "lines.linewidth: 11\n")
    write(home / ".config/matplotlib/matplotlibrc", "font.size: 33\n")
    write(home / "xdg/matplotlib/matplotlibrc", "axes.edgecolor: red\n")
    write(home / "rc/matplotlibrc", "lines.linestyle: --\n")
    for folder in (home / ".ipython", home / "other"):
        write(folder / "profile_default/startup/mine.py", "my_startup = 1\n")
        write(folder / "profile_default/ipython_kernel_config.py", "c.IPKernelApp.exec_lines = ['my_line = 1']\n")
    loud = "mine = True\nprint('hello')\nimport os\nos.write(1, b'42\\n')\n"
    write(home / "modules/sitecustomize.py", loud)
    write(home / "modules/random.py", BROKEN)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    write(home / f"base/lib/{version}/site-packages/usercustomize.py", loud)
    write(project / "string.py", BROKEN)
    write(home / "start.py", "my_start = 1\n")
    return {
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / "xdg"),
        "MATPLOTLIBRC": str(home / "rc"),
        "MPLBACKEND": "no such backend",
        "IPYTHONDIR": str(home / "other"),
        "PYTHONPATH": os.pathsep.join([str(home / "modules"), toy.path(project / "code")]),
        "PYTHONUSERBASE": str(home / "base"),
        "PYTHONSTARTUP": str(home / "start.py"),
        "PYTHONOPTIMIZE": "2",
        "PYTHONHASHSEED": "3",
        "PYTHONWARNINGS": "error",
        "MARKED": "1",
        "TOY_CHECK_DATA": "here",
        "https_proxy": "http://localhost:1",
        "XDG_CACHE_HOME": os.environ.get("XDG_CACHE_HOME", os.path.expanduser("~/.cache")),
    }


@pytest.fixture
def project(tmp_path):
    """A study whose code is not in its folder, with nothing but the environment's own settings."""
    folder = tmp_path / "project"
    (folder / "code").mkdir(parents=True)
    path = toy.make_project(folder / "code", work=SEEN)
    path.rename(folder / path.name)
    toy.make_study(folder, "grid:\n  count: [1]\n")
    return folder


def swept(project, **variables):
    """Run the study as from a shell; return what was said, and what its run has seen."""
    answer = call(sys.executable, "-m", "nbreport", "sweep", "study.yaml", "--force", cwd=project, **variables)
    path = project / "runs/study/count-1/result.json"
    return answer, json.loads(path.read_text(encoding="utf-8"))["seen"] if path.is_file() else None


def test_a_run_sees_no_setting_of_the_users(project, tmp_path):
    _, calm = swept(project, PYTHONPATH=toy.path(project / "code"), TOY_CHECK_DATA="here")
    answer, seen = swept(project, **settings(project, tmp_path / "home"))
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert (seen["debug"], seen["optimize"], seen["startup"], seen["custom"]) == (True, 0, [], [])
    for name in ("random", "string"):
        assert not seen[name].startswith(str(tmp_path))
    variables, before = seen.pop("variables"), calm.pop("variables")
    assert seen == calm
    assert variables["MARKED"] is None and variables["TOY_CHECK_DATA"] == "here" == before["TOY_CHECK_DATA"]
    assert variables["https_proxy"] == "http://localhost:1" and variables["HOME"] == str(tmp_path / "home")
    assert variables["PYTHONPATH"] == before["PYTHONPATH"] == toy.path(project / "code")
    assert variables["PYTHONHASHSEED"] == before["PYTHONHASHSEED"] == "0"
    modules = tmp_path / "home/modules"
    said = f"PYTHONPATH: {modules} is left out, as its random would take the place of the environment's own\n"
    assert answer.stderr.count("PYTHONPATH") == 1 and said in answer.stderr


@pytest.mark.parametrize("how", [{"PYTHONOPTIMIZE": "1"}, {}], ids=["variable", "flag"])
def test_an_assertion_that_fails_is_a_failure_however_python_is_told_to_optimize(project, how):
    toy.make_project(project / "code", work="assert False, 'never'").rename(project / "toy.ipynb")
    flags = [] if how else ["-O"]
    words = [sys.executable, *flags, "-m", "nbreport", "sweep", "study.yaml"]
    answer = call(*words, cwd=project, PYTHONPATH=toy.path(project / "code"), **how)
    assert answer.returncode == 1 and "FAILED: AssertionError: never" in answer.stdout, answer.stdout + answer.stderr


def test_what_make_starts_is_python_without_settings(tmp_path):
    write(tmp_path / "random.py", BROKEN)
    write(tmp_path / "sitecustomize.py", BROKEN)
    code = "import sys, random; print(sys.flags.optimize, sys.flags.safe_path, random.__file__)"
    words = [sys.executable, "-EPB", "-m", "nbreport.kernels.surroundings", "-c", code]
    answer = call(*words, cwd=tmp_path, PYTHONPATH=str(tmp_path), PYTHONOPTIMIZE="1")
    assert answer.stdout.startswith("0 True ") and str(tmp_path) not in answer.stdout, answer.stderr
    assert f"PYTHONPATH: {tmp_path} is left out, as its " in answer.stderr


@pytest.mark.parametrize("target", ["report", "run", "sweep", "verify", "data", "evaluate", "export", "predict"])
def test_make_starts_it_so(target):
    recipe = call("make", "-n", "VENV=", f"PYTHON={sys.executable}", target).stdout.splitlines()
    started = [line for line in recipe if " -m nbreport" in line or " -m twolayer" in line]
    assert started and all('"$PY" -EPB -m nbreport' in line for line in started)


@pytest.mark.parametrize(
    ("name", "kept"),
    [("PYTHONOPTIMIZE", False), ("PYTHONWARNINGS", False), ("PYTHONSTARTUP", False), ("PYTHONHOME", False),
     ("PYTHONPYCACHEPREFIX", True), ("PYTHONDONTWRITEBYTECODE", True), ("PYTHON", True), ("MPLBACKEND", True),
     ("CHROME", True)],
)  # fmt: skip
def test_of_pythons_variables_those_stay_that_change_nothing(name, kept):
    assert (name in surroundings.without_settings({name: "1"})) == kept


@pytest.mark.parametrize(
    ("name", "kept"),
    [("PATH", True), ("HTTP_PROXY", True), ("no_proxy", True), ("OPENBLAS_CORETYPE", True), ("OMP_NUM_THREADS", True),
     ("NPY_ENABLE_CPU_FEATURES", True), ("TWOLAYER_DATA", True), ("OTHER_DATA", False), ("PYTHONPYCACHEPREFIX", True),
     ("MPLBACKEND", False), ("PYTHONOPTIMIZE", False), ("PYTHON", False), ("FORCE_COLOR", False), ("COLUMNS", False),
     ("LC_ALL", False), ("JUPYTER_PATH", False), ("JUPYTER_CONFIG_DIR", False), ("GLIBC_TUNABLES", False)],
)  # fmt: skip
def test_a_run_gets_what_it_needs_and_no_more(name, kept):
    assert (name in surroundings.of_runs({name: "1"}, "twolayer")) == kept
    assert "TWOLAYER_DATA" not in surroundings.of_runs({"TWOLAYER_DATA": "1"})


def test_folders_of_pythonpath_stay_where_they_hide_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("own/mine", "own/wave", "packed/numpy", "late"):
        (tmp_path / name).mkdir(parents=True)
    write(tmp_path / "packed/numpy/__init__.py", "")
    write(tmp_path / "late/usercustomize.py", "")
    said = []
    places = ["own", "", str(tmp_path / "packed"), "late", "gone"]
    found = surroundings.without_settings({"PYTHONPATH": os.pathsep.join(places)}, said.append)
    assert found == {"PYTHONPATH": os.pathsep.join([str(tmp_path / "own"), str(tmp_path / "gone")])}
    assert [line.split()[1] for line in said] == [str(tmp_path / "packed"), "late"]
    assert surroundings.without_settings({"PYTHONPATH": "late"}) == {}


def test_variables_are_held_and_come_back(monkeypatch):
    monkeypatch.setenv("MINE", "1")
    before = dict(os.environ)
    with pytest.raises(KeyError), surroundings.held({"ONLY": "2"}):
        assert dict(os.environ) == {"ONLY": "2"}
        words = [sys.executable, "-c", "import os; print(os.environ['ONLY'], os.environ.get('MINE'))"]
        assert subprocess.run(words, capture_output=True, text=True, encoding="utf-8").stdout == "2 None\n"
        raise KeyError
    assert dict(os.environ) == before
