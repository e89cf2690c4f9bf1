"""What is typed to make acts, or is refused in a sentence, and then nothing is started."""

import json
import re
import sys

import pytest

from conftest import ROOT, assert_refused, call
from twolayer.training.parameters import PARAMETERS

MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
OPTIONS = [name for line in re.findall(r"^OPTIONS [:+]= (.*)", MAKEFILE, flags=re.M) for name in line.split()]
TARGETS = re.findall(r"^\.PHONY: (\w+)$", MAKEFILE, flags=re.M)
ALWAYS = {"PYTHON", "VENV"}  # whichever environment it is in
# What acts in the make, the tests or the script that a target starts, and no recipe names.
PASSED_ON = {"report": {"CHROME"}, "lab": {"LAB"}, "test": {"CHROME"}, "publish": {"JOBS", "CHROME"}}


def typed(*words, **environment):
    """Run make as from a shell. There is no such Python: what starts ends with a sentence of its own."""
    names = ("MAKEFLAGS", "MAKEOVERRIDES", "MFLAGS", "MAKELEVEL", *OPTIONS)
    unset = [word for name in names for word in ("-u", name)]
    given = [f"{name}={value}" for name, value in ({"PYTHON": "/no/python", "VENV": "/no/venv"} | environment).items()]
    return call("env", *unset, *given, "make", *words)


def takes(target):
    """Return the options that the Makefile says a target takes, PYTHON and VENV aside."""
    found = re.search(rf"^{target}\.takes = (.*)", MAKEFILE, flags=re.M)
    names = set(found[1].split()) if found else set()
    return names - {"$(data.takes)"} | (takes("data") if "$(data.takes)" in names else set())


def recipe(target):
    """Return what a target comes after, and the options that its recipe names."""
    head, body = re.search(rf"^{target}: ?([^#\n]*)[^\n]*\n((?:\t.*\n|  .*\n)*)", MAKEFILE, flags=re.M).groups()
    short = {"HELD": "ARITHMETIC", "SET": "DATASET", "ELSEWHERE": "SCHEDULER", "ASKED": "BROWSER", "COMPILE": "UPGRADE"}
    for name, option in short.items():
        body = body.replace(f"$({name})", f"$${option}")
    return head.split(), {name for name in OPTIONS if re.search(rf"\$\$?[({{]?{name}\b", body)}


@pytest.mark.parametrize("target", TARGETS)
def test_a_target_takes_the_options_that_it_uses(target):
    before, used = recipe(target)
    beside = set().union(*(recipe(one)[1] for one in before), PASSED_ON.get(target, set()))
    assert used - ALWAYS <= takes(target) <= used | beside
    assert takes(target) <= set(OPTIONS)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("run", "hidden=64"), "hidden=64 is a parameter of a run: make run PARAMS='hidden=64'"),
        (("hidden=64", "run"), "hidden=64 is a parameter of a run: make run PARAMS='hidden=64'"),
        (("hidden=64",), "hidden=64 is a parameter of a run: make run PARAMS='hidden=64'"),
        (("run", "lr=1", "hidden=64"), "hidden=64, lr=1 are parameters of a run: make run PARAMS='hidden=64 lr=1'"),
        (("run", "hiden=64"), "hiden is no option; did you mean the parameter hidden of a run: make run PARAMS='"),
        (("run", "dataset=mnist"), "dataset=mnist is a parameter of a run: make run PARAMS='dataset=mnist'"),
        (("data", "dataset=mnist"), "dataset is no option; did you mean DATASET? (make data takes "),
        (("run", "PARAM=hidden=64"), "PARAM is no option; did you mean PARAMS? (make run takes "),
        (("run", "params=hidden=64"), "params is no option; did you mean PARAMS? "),
        (("run", "PRAAMS=hidden=64"), "PRAAMS is no option; did you mean PARAMS? "),
        (("report", "profile=smoke"), "profile is no option; did you mean PROFILE? "),
        (("verify", "PROFIL=full"), "PROFIL is no option; did you mean PROFILE? "),
        (("sweep", "grid=configs/chaos.yaml"), "grid is no option; did you mean GRID? "),
        (("bench", "REPETITION=3"), "REPETITION is no option; did you mean REPETITIONS? "),
        (("sweep", "PARAMS=lr=0.1"), "PARAMS is no option of make sweep, but make run takes it (make sweep takes "),
        (("run", "GRID=configs/chaos.yaml"), "GRID is no option of make run, but make sweep takes it "),
        (("report", "MODEL=x"), "MODEL is no option of make report, but make evaluate, export, predict take it "),
        (("run", "PROFILE=smoke"), "PROFILE is no option of make run, but make report, verify take it "),
        (("lint", "JOBS=2"), "JOBS is no option of make lint, but make report, "),
        (("run", "JOB=2"), "JOB is no option; did you mean JOBS, which make report, "),
        (("help", "FORCE=1"), "but make run, sweep, frontier take it (make help takes PYTHON, VENV)"),
        (("run", "HTTPS_PROXY=x"), "stands before make: HTTPS_PROXY=... make run"),
        (("run", "PARAMS=lr=0.1", "SHELL=/bin/false"), "SHELL is no option (make run takes "),
    ],
)  # fmt: skip
@pytest.mark.parametrize("how", [(), ("-n",), ("-k", "-i", "-j3")], ids=["", "-n", "-k -i -j3"])
def test_what_no_target_takes_is_refused_with_the_likely_name(words, sentence, how):
    answer = typed(*how, *words)
    assert_refused(answer, sentence)
    assert not answer.stdout
    assert re.fullmatch(r"error: .*\nMakefile:\d+: \*\*\* nothing is started\.  Stop\.\n", answer.stderr)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ('lr=it\'s "0.1"', "lr=... is a parameter of a run: make run PARAMS='lr=...'"),
        ("lr=$(touch {bad})", "lr=... is"),
        ("lr=$$(touch {bad}) `touch {bad}`; touch {bad}", "lr=... is"),
        ("lr=$(shell touch {bad})", "lr=... is"),
        ("lr='; touch {bad} '", "lr=... is"),
        ("lr=\\$HOME \\\\ # *", "lr=... is"),
        ("lr=", "lr=... is"),
        ("lr=0.1\ntouch {bad}", "lr=... is"),
        ("FO'O=1", "FO'O is no option (make run takes "),
        ("F*;touch=1", "F*;touch is no option (make run takes "),
    ],
)
def test_what_a_shell_would_read_is_only_a_value(tmp_path, words, sentence):
    bad = tmp_path / "bad"
    assert_refused(typed("run", words.replace("{bad}", str(bad))), sentence)
    assert not bad.exists()


HOSTILE = [
    "it's",
    'a"b\\c\\',
    "`touch BAD`$(touch BAD); touch BAD & touch BAD |",
    "$(shell touch BAD)",
    "$$(touch BAD) ${HOME} $HOME $ % @",
    "a\nb\ttouch BAD",
    "-x",
    "--help",
    "--force -n -- *",
    "ü#→é !",
    "$(",
    "~/*",
    "a\udcffb",
]
RUN = ("report", "run", "sweep", "verify", "evaluate", "export", "predict", "data", "bench")


@pytest.fixture(scope="module")
def recorder(tmp_path_factory):
    """An environment whose Python only notes how it is called; returns its folder and the file of the notes."""
    folder = tmp_path_factory.mktemp("venv")
    (folder / "bin").mkdir()
    noting = (
        f"#!{sys.executable}\nimport json, os, sys\n"
        "if sys.argv[1:3] != ['-m', 'pip']:\n"
        f"    print(json.dumps([sys.argv[1:], dict(os.environ)]), file=open({str(folder / 'notes')!r}, 'a'))\n"
    )
    (folder / "bin" / "python").write_text(noting, encoding="utf-8")
    (folder / "bin" / "python").chmod(0o755)
    (folder / "pyvenv.cfg").touch()
    for stamp in (".two-layer-report", ".two-layer-report-dev"):
        (folder / stamp).write_text(f"{folder}\n{ROOT}\n", encoding="utf-8")
    return folder, folder / "notes"


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize("target", RUN)
def test_what_an_option_says_reaches_python_as_it_is(recorder, target, value):
    """Each option of the target at once; no shell and no make reads them, and none is taken for another option."""
    folder, notes = recorder
    notes.unlink(missing_ok=True)
    options = takes(target)
    answer = typed(target, *(f"{name}={value}" for name in options), VENV=str(folder), PYTHON=sys.executable)
    assert answer.returncode == 0 and not (ROOT / "BAD").exists(), answer.stderr
    called = [json.loads(line) for line in notes.read_text(encoding="utf-8").splitlines()]
    assert called
    for words, environment in called:
        assert {name: environment[name] for name in options} == dict.fromkeys(options, value)
        said = [word for word in words if value in word]
        assert said and all(
            word in (value, f"--set=dataset={value}") or re.fullmatch(r"--[a-z-]+=", word.removesuffix(value))
            for word in said
        )
        if value in words:  # alone it stands where Python takes it for no option
            assert words[words.index(value) - 1] in ("--", "nbreport.kernels.arithmetic")


@pytest.mark.parametrize("target", TARGETS)
def test_what_a_target_takes_is_no_mistake(target):
    for name in (*takes(target), "VENV"):
        answer = typed("-n", target, f"{name}=x 'y' $$z")
        assert answer.returncode == 0, f"{target} {name}: {answer.stderr}"


def test_targets_together_take_what_each_takes():
    assert typed("-n", "data", "run", "sweep", "PARAMS=lr=0.1", "GRID=x").returncode == 0
    assert_refused(typed("data", "run", "GRID=x"), "GRID is no option of make data run, but make sweep takes it")


def test_the_environment_may_speak_of_other_targets():
    """It may be exported for another command, and be anything."""
    everything = dict.fromkeys((*OPTIONS, *PARAMETERS, "PARAM", "profile"), "x y") | {"VENV": "/no/venv"}
    for target in TARGETS:
        assert typed("-n", target, **everything).returncode == 0, target
    assert typed("help", PROFILE="smoke", hidden="64").returncode == 0


def test_what_is_typed_to_one_make_is_not_typed_to_those_that_its_recipes_start(tmp_path):
    (tmp_path / "more.mk").write_text("probe:\n\t@$(MAKE) -n run; env | grep -c '^TESTS=it'\n", encoding="utf-8")
    answer = typed("-f", "Makefile", "-f", tmp_path / "more.mk", "probe", "TESTS=it's", "JOBS=3")
    assert answer.returncode == 0 and "-m nbreport run" in answer.stdout, answer.stderr
    assert answer.stdout.splitlines()[-1] == "1"  # it is in their environment, as all options are


def commands():
    """Return the make commands with options that the documents print."""
    texts = [path.read_text(encoding="utf-8") for path in (ROOT / "README.md", ROOT / "CONTRIBUTING.md")]
    texts += [path.read_text(encoding="utf-8") for path in (ROOT / "notebooks").glob("*.ipynb")]
    return sorted(set(re.findall(r"make [a-z]+(?: [A-Z_]+=(?:'[^'\n]*'|[^\s'`,;:)\"]+))+", "\n".join(texts))))


@pytest.mark.parametrize("command", commands())
def test_what_the_documents_print_is_taken(command):
    assert typed("-n", *re.findall(r"(?:[^\s']|'[^']*')+", command)[1:]).returncode == 0


def test_the_documents_print_such_commands():
    assert len(commands()) > 5


def test_the_names_of_parameters_are_found():
    for name in PARAMETERS:
        assert_refused(typed("bench", f"{name}=1"), f"{name}=1 is a parameter of a run: make run PARAMS='{name}=1'")
