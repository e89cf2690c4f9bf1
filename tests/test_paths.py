"""What is typed to make: spaces, quotes and dollar signs in it, and folders that must stay."""

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from conftest import ROOT, assert_refused, call

# Stands in for Python: notes the arguments of modules it is to run, and makes environments of itself.
STAND_IN = """#!/bin/sh
case "$1 $2" in
"-c "*) exec '{python}' "$@" ;;
"-m venv") mkdir -p "$4/bin" && ln -sf "$0" "$4/bin/python" && exec touch "$4/pyvenv.cfg" ;;
esac
exec '{python}' -c 'import json, sys; print(json.dumps(sys.argv[2:]), file=open(sys.argv[1], "a"))' '{log}' "$@"
"""
FOLDERS = ("lib", "tools", "tests", "notebooks", "configs", "report/template")
FILES = ("Makefile", "pyproject.toml", "requirements.lock", "requirements-dev.lock", "README.md", "LICENSE")


class Project:
    """A copy of the project in a folder with a space in its name, its Python a stand-in."""

    def __init__(self, folder):
        self.root, self.log = folder / "a b", folder / "log"
        for name in FOLDERS:
            shutil.copytree(ROOT / name, self.root / name, ignore=shutil.ignore_patterns("__pycache__"))
        for name in FILES:
            shutil.copy(ROOT / name, self.root / name)
            os.utime(self.root / name, (0, 0))  # older than any environment: nothing is installed from here
        self.python = folder / "its python"
        self.python.write_text(STAND_IN.format(python=sys.executable, log=self.log), encoding="utf-8")
        self.python.chmod(0o755)

    def make(self, *words, **environment):
        """Run make with what `words` and `environment` say, and with nothing that was said to the tests' own make."""
        text = (ROOT / "Makefile").read_text(encoding="utf-8")
        options = " ".join(re.findall(r"^OPTIONS [:+]= (.*)", text, flags=re.M))
        names = (*options.split(), "MAKEFLAGS", "MAKEOVERRIDES", "MFLAGS", "PYTHONDONTWRITEBYTECODE", "MAKELEVEL")
        unset = [word for name in names for word in ("-u", name)]
        given = [f"{name}={value}" for name, value in environment.items()]
        return call("env", *unset, *given, "make", *words, cwd=self.root)

    def called(self, *first):
        """Return the arguments of all calls so far that begin with `first`, but for what keeps settings from them.

        `--name=value` counts as two.
        """
        lines = self.log.read_text(encoding="utf-8").splitlines() if self.log.exists() else []
        calls = [words[words[:1] == ["-EPB"] :] for words in map(json.loads, lines)]
        calls = [words[2 * (words[1:2] == ["nbreport.kernels.surroundings"]) :] for words in calls]
        calls = [[part for word in words for part in _option(word)] for words in calls]
        return [words for words in calls if words[: len(first)] == list(first)]


def _option(word):
    name, equals, value = word.partition("=")
    return (name, value) if equals and name.startswith("--") else (word,)


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path)


@pytest.fixture
def fresh(project):
    """The project with an environment in which nothing is left to do."""
    assert project.make("dev", f"PYTHON={project.python}").returncode == 0
    project.log.unlink()
    return project


@pytest.mark.parametrize(
    ("target", "name", "option"),
    [
        ("run", "PARAMS", "--params"),
        ("run", "RUNS", "--runs"),
        ("sweep", "GRID", "--"),
        ("sweep", "RUNS", "--runs"),
        ("sweep", "JOBS", "--jobs"),
        ("sweep", "TIMEOUT", "--timeout"),
        ("report", "BUILD", "--build"),
        ("report", "RUNS", "--runs"),
        ("report", "PROFILE", "--profile"),
        ("report", "DATA_DIR", "--data-dir"),
        ("report", "DATASET", "--dataset"),
        ("data", "DATASET", "--dataset"),
        ("data", "DATA_DIR", "--data-dir"),
        ("evaluate", "MODEL", "--model"),
        ("evaluate", "DATASET", "--dataset"),
        ("bench", "ONLY", "--only"),
        ("bench", "REPETITIONS", "--repetitions"),
        ("mutants", "JOBS", "--jobs"),
    ],
)
@pytest.mark.parametrize("typed", [True, False], ids=["typed", "in the environment"])
def test_a_value_arrives_as_it_is(fresh, target, name, option, typed):
    bad = fresh.root / "bad"
    value = f"x 'y\" $HOME $$ \\ # *; touch '{bad}'; `touch \"{bad}\"` $(touch \"{bad}\") $(shell touch '{bad}') z"
    answer = fresh.make(target, f"{name}={value}") if typed else fresh.make(target, **{name: value})
    assert answer.returncode == 0, answer.stderr
    calls = [words for words in fresh.called() if option in words]
    assert calls and all(words[words.index(option) + 1] == value for words in calls)
    assert not bad.exists()


def test_the_browser_counts_where_it_is_typed(fresh):
    """In the environment it may be the desktop's."""
    for words, environment in ((["BROWSER=a b"], {}), ([], {"BROWSER": "a b"}), ([], {})):
        assert fresh.make("report", *words, **environment).returncode == 0
    words = [words[words.index("--build") :] for words in fresh.called("-m", "nbreport")]
    assert words == [["--build", "report/build", "--browser", "a b"], *[["--build", "report/build"]] * 2]


@pytest.mark.parametrize("target", ["run", "sweep", "report", "verify"])
def test_a_data_set_acts_on_all_that_is_run(fresh, target):
    assert fresh.make(target, "DATASET=fashion-mnist", PARAMS="lr=0.1").returncode == 0
    [words] = fresh.called("-m", "nbreport")
    assert words[2] == target and words[words.index("--set") + 1] == "dataset=fashion-mnist"
    made = [words[2:5] for words in fresh.called("-m", "twolayer")]
    assert made == [["data", "--dataset", "fashion-mnist"]] * (target != "verify")  # which runs nothing


def test_without_a_data_set_nothing_is_said_of_it(fresh):
    fresh.make("run", "PARAMS=lr=0.1", "FORCE=1")
    [words] = fresh.called("-m", "nbreport")
    assert words[2:] == [
        "run", "notebooks/train.ipynb", "--params", "lr=0.1", "--timeout", "", "--arithmetic", "portable",
        "--runs", "runs", "--force",
    ]  # fmt: skip


@pytest.mark.parametrize("target", ["bench", "export", "test", "mutants", "publish", "clean"])
def test_what_has_no_data_set_refuses_one(fresh, target):
    (fresh.root / "runs").mkdir()
    answer = fresh.make(target, "DATASET=fashion-mnist", MODEL="x", FORMAT="onnx")
    assert_refused(answer, f"DATASET is no option of make {target}, but make report, run, ")
    assert not fresh.called() and (fresh.root / "runs").exists()


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ([], ["tests"]),
        (["TESTS=tests/test_a.py -k 'one or two'"], ["tests/test_a.py", "-k", "one or two"]),
        (["TESTS=a;b $(touch bad) $HOME"], ["a;b", "$(touch", "bad)", "$HOME"]),
    ],
)
def test_tests_are_words(fresh, typed, words):
    assert fresh.make("test", "JOBS=3", *typed).returncode == 0
    (called,) = fresh.called("-m", "pytest", "-n", "3")
    assert called[called.index("20") + 1 :] == words  # what comes before are make's own
    assert not (fresh.root / "bad").exists()


def test_the_environment_is_made_once_and_again_after_a_change(project):
    words = ("-j4", "env", "dev", "data", "lint", f"PYTHON={project.python}", "VENV=it's new")
    answer = project.make(*words)
    assert answer.returncode == 0 and answer.stdout.count("making the environment in it's new ...") == 1
    locks = [words[words.index("-r") + 1] for words in project.called("-m", "pip") if "-r" in words]
    assert locks == ["requirements.lock", "requirements-dev.lock"]
    assert (project.root / "it's new" / ".two-layer-report").exists()

    def installed_by(*targets):
        project.log.unlink(missing_ok=True)
        assert project.make(*targets, *words[-2:]).returncode == 0
        return [words[words.index("-r") + 1] for words in project.called("-m", "pip") if "-r" in words]

    assert installed_by("test", "data", "-j4") == []
    for name, changed in (
        ("requirements-dev.lock", [locks[1]]),
        ("requirements.lock", [locks[0]]),
        ("pyproject.toml", locks),
    ):
        soon = (project.root / "it's new" / ".two-layer-report-dev").stat().st_mtime + 1
        os.utime(project.root / name, (soon, soon))
        assert installed_by("dev") == changed
        os.utime(project.root / name, (0, 0))
        assert installed_by("dev") == []


def test_without_venv_the_environment_of_python_is_used(project):
    answer = project.make("env", "VENV=", "PYTHON=/nowhere/a python")
    assert_refused(answer, "/nowhere/a python is not found", "PYTHON=PATH")
    assert not project.called() and not (project.root / ".venv").exists()


PROGRAMS = {
    "id": "echo 0",
    "apt-get": """echo "apt-get $*" >> '{log}'; [ "{works}" ]""",
    "python3": """case $2 in *ensurepip*) exit 1 ;; esac
[ "$2" != venv ] || grep -q install '{log}' || exit 1
exec '{python}' "$@" """,
}


@pytest.mark.parametrize("works", ["yes", ""])
def test_what_debian_installs_for_an_environment_is_said_before(project, tmp_path, works):
    folder = tmp_path / "programs"
    folder.mkdir()
    for name, text in PROGRAMS.items():
        text = text.format(log=tmp_path / "installed", python=project.python, works=works)
        (folder / name).write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
        (folder / name).chmod(0o755)
    answer = project.make("env", "VENV=new one", PATH=os.pathsep.join([str(folder), os.environ["PATH"]]))
    said = answer.stdout.splitlines()
    assert said[0] == "making the environment in new one ..."
    for words in ("python3 lacks its venv module", "installing Debian's package python3-venv", "VENV= "):
        assert words in said[1]
    commands = (tmp_path / "installed").read_text(encoding="utf-8").splitlines()
    assert commands == ["apt-get update -qq", *["apt-get install -y -qq python3-venv"] * bool(works)]
    if works:
        assert answer.returncode == 0
    else:
        assert_refused(answer, "python3 cannot make a virtual environment", "apt-get install python3-venv")


@pytest.mark.parametrize("name", [".", "lib", "my things"])
def test_an_environment_takes_no_folders_place(project, name):
    (project.root / "my things").mkdir()
    (project.root / "my things" / "letter").touch()
    before = sorted(project.root.rglob("*"))
    assert_refused(
        project.make("env", f"PYTHON={project.python}", f"VENV={name}"), f"VENV={name} is no virtual environment"
    )
    assert sorted(project.root.rglob("*")) == before


def test_a_project_in_a_folder_with_a_space_runs(project, tmp_path, real_mnist):
    """In an environment of its own with the tests' packages, by a name with a space."""
    venv.create(tmp_path / "an environment")
    (site,) = (tmp_path / "an environment").glob("lib/python*/site-packages")
    (site / "packages.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    own = ("VENV=", f"PYTHON={tmp_path / 'an environment' / 'bin' / 'python'}")
    assert "  make report " in project.make("help", *own).stdout
    answer = project.make("run", "PARAMS=hidden=16 updates=2", "RUNS=its runs", *own)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    folder = Path("its runs", "single", "hidden-16_updates-2")
    assert answer.stdout.splitlines()[-1].startswith(f"{folder / 'run.ipynb'}: test ")
    answer = project.make("evaluate", f"MODEL={folder / 'model.npz'}", *own)
    assert answer.stdout.splitlines()[-1].startswith("test accuracy ")
    assert project.make("test", "TESTS=tests/test_rooms.py -k 'no_rooms_but'", *own).returncode == 0
    assert not (project.root / ".venv").exists()
    code = json.loads((project.root / folder / "result.json").read_text(encoding="utf-8"))["provenance"]["code"]
    assert "lib/twolayer/training/sgd.py" in code and not any(name.startswith("/") for name in code)


def renewed(project, *words):
    """Make an environment; return how often the project was installed, whether it was made, and for its place."""
    project.log.unlink(missing_ok=True)
    answer = project.make(*words, f"PYTHON={project.python}")
    assert answer.returncode == 0, answer.stderr
    installed = [words for words in project.called("-m", "pip") if "--editable" in words]
    return len(installed), "making the environment" in answer.stdout, "was made elsewhere" in answer.stdout


@pytest.mark.parametrize("how", ["copied", "moved"])
def test_an_environment_that_was_made_elsewhere_is_made_again(project, how):
    """It would start the programs, and import the code, of the checkout that it was copied from."""
    assert renewed(project, "dev") == (2, True, False) and renewed(project, "dev") == (0, False, False)
    first, second = project.root, project.root.parent / "c d"
    subprocess.run(["cp", "-r", first, second] if how == "copied" else ["mv", first, second], check=True)
    project.root = second
    assert renewed(project, "env") == (1, True, True)
    stamp = (second / ".venv" / ".two-layer-report").read_text(encoding="utf-8").splitlines()
    assert stamp == [str(second / ".venv"), str(second)]
    assert renewed(project, "env") == (0, False, False)
    if how == "copied":
        project.root = first
        assert renewed(project, "dev") == (0, False, False)


def test_an_environment_of_two_checkouts_is_of_the_one_that_is_at_work(project, tmp_path):
    first, second, shared = project.root, project.root.parent / "c d", f"VENV={tmp_path / 'one for all'}"
    shutil.copytree(first, second)
    assert renewed(project, "env", shared) == (1, True, False)
    for root, counts in ((second, 1), (second, 0), (first, 1), (first, 0)):
        project.root = root
        assert renewed(project, "env", shared) == (counts, False, False)


def test_an_environment_of_before_its_place_was_remembered_is_made_again(project):
    assert renewed(project, "env") == (1, True, False)
    (project.root / ".venv" / ".two-layer-report").write_text("", encoding="utf-8")
    assert renewed(project, "env") == (1, True, True)
    assert renewed(project, "env") == (0, False, False)


# What is removed


def test_clean_removes_what_was_built(project, tmp_path):
    for folder in ("runs/study", "report/build", "its build", ".pytest_cache", ".bytecode"):
        (project.root / folder).mkdir(parents=True)
    (tmp_path / "elsewhere").mkdir()
    assert project.make("clean", f"RUNS={tmp_path / 'elsewhere'}", "BUILD=its build").returncode == 0
    left = {path.name for path in project.root.iterdir()}
    assert not (tmp_path / "elsewhere").exists() and "runs" in left
    assert not left & {"its build", ".pytest_cache", ".bytecode"}
    assert project.make("clean").returncode == project.make("clean").returncode == 0
    assert not (project.root / "runs").exists() and [path.name for path in (project.root / "report").iterdir()] == [
        "template"
    ]


@pytest.mark.parametrize("name", ["RUNS", "BUILD"])
@pytest.mark.parametrize(
    ("folder", "words"),
    [
        ("", "= is empty"),
        ("/", "=/ holds "),
        (".", "=. holds "),
        ("..", "=.. holds "),
        ("lib/../../a b/", " holds "),
        ("{home}", " holds "),
        ("{home}/..", " holds "),
        ("report", "=report holds files of the project"),
        ("README.md", "=README.md is no folder"),
    ],
)
def test_clean_leaves_everything_where_a_folder_is_none_of_its_own(project, tmp_path, name, folder, words):
    call("git", "init", "--quiet", cwd=project.root)
    call("git", "add", "--all", cwd=project.root)
    home, programs = tmp_path / "my home", tmp_path / "programs"
    home.mkdir()
    programs.mkdir()
    (programs / "rm").write_text(f"#!/bin/sh\ntouch '{tmp_path}/removed'\n", encoding="utf-8")  # nothing is, here
    (programs / "rm").chmod(0o755)
    path = os.pathsep.join([str(programs), os.environ["PATH"]])
    typed = {"RUNS": "runs", "BUILD": "report/build"} | {name: folder.format(home=home)}
    answer = project.make("clean", *(f"{key}={value}" for key, value in typed.items()), HOME=str(home), PATH=path)
    assert_refused(answer, name, words)
    assert not (tmp_path / "removed").exists()
    project.make("clean", PATH=path)
    assert (tmp_path / "removed").exists()  # the check can fail
