"""The tests can fail: `make mutants` as it is, and what it does with mutants that nothing notices."""

import re
import sys
import tomllib
import warnings

import pytest

from conftest import ROOT, assert_refused, call, make

sys.path.append(str(ROOT / "tools"))
import mutants  # noqa: E402

HARMLESS = """[[mutant]]
name = "other order of a sum"
equation = "2.1"
file = "twolayer/network/layers.py"
before = "return X @ W + b, (X, W)"
after = "return b + X @ W, (X, W)"
"""
LIST = ROOT / "tests" / "mutants.toml"


@pytest.fixture
def listed(tmp_path):
    """Write a list of mutants, and return its path."""

    def write(text):
        (tmp_path / "mutants.toml").write_text(text, encoding="utf-8")
        return tmp_path / "mutants.toml"

    return write


def test_all_mutants_are_killed(listed, real_mnist):
    path = listed(LIST.read_text(encoding="utf-8"))
    answer = call(sys.executable, ROOT / "tools" / "mutants.py", "--list", path)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    killed, total = map(int, re.search(r"^(\d+) of (\d+) hand-made mutants killed$", answer.stdout, re.M).groups())
    assert killed == total == len(tomllib.loads(LIST.read_text(encoding="utf-8"))["mutant"])
    assert len(set(re.findall(r"^\(((?:\d+|[A-Z])\.\d+)\) .* tests/test_\S+$", answer.stdout, flags=re.M))) >= 30
    counts = re.findall(r"^\S+: (\d+) of (\d+) mutants by mutmut killed", answer.stdout, flags=re.M)
    killed, total = (sum(map(int, column)) for column in zip(*counts, strict=True))
    assert len(counts) == 2 and total > 150 and killed / total > 0.95
    if path.read_text(encoding="utf-8") != LIST.read_text(encoding="utf-8"):
        warnings.warn("tests/mutants.toml is out of date, which takes time: `make mutants` renews it", stacklevel=1)


def test_a_survivor_makes_it_fail_and_a_known_test_that_kills_no_more_is_replaced(listed):
    """Of three mutants no test notices the first; the other two are known to be killed by tests that do not."""
    deadly = HARMLESS.replace("b + X @ W, (", "b - X @ W, (").replace("other order", "other sign")
    known = ("tests/test_layers.py::test_gone", "tests/test_layers.py::test_penalty_by_hand")
    text = HARMLESS + "".join(
        deadly.replace("sign", f"sign {place}").replace("equation", f'killed_by = "{test}"\nequation')
        for place, test in enumerate(known)
    )
    path = listed(text)
    words = ("--own", "--list", path, "--tests", "tests/test_layers.py", "--jobs", "1")
    answer = call(sys.executable, ROOT / "tools" / "mutants.py", *words)
    assert answer.returncode == 1, answer.stdout + answer.stderr
    assert "SURVIVED" in answer.stdout and answer.stderr == "survivors: other order of a sum\n"
    killer = "tests/test_layers.py::test_affine_by_hand"
    for place, test in enumerate(known):
        assert f"mutants.toml is renewed: 'other sign {place} of a sum' is killed by {killer}" in answer.stdout
        text = text.replace(test, killer)
    assert path.read_text(encoding="utf-8") == text


@pytest.mark.parametrize(
    ("text", "words", "fragment"),
    [
        (None, [], "cannot be read"),
        ("[[mutant", [], "cannot be read"),
        ('[[mutant]]\nname = "x"\n', [], "mutant 1 must have after, before, file, name"),
        (HARMLESS.replace("equation", "equal"), [], "may have equation, killed_by, not"),
        (HARMLESS.replace("X @ W + b", "X @ W * b"), [], "stands 0 times in"),
        (HARMLESS.replace("twolayer/network", "network"), [], "stands 0 times in"),
        (HARMLESS, ["--jobs", "none"], "JOBS must be an integer from 1 to 256"),
        (HARMLESS, ["--general", "twolayer/nowhere"], "twolayer/nowhere is no module below lib"),
        (HARMLESS, ["--tests", "tests/test_nothing.py"], "tests/test_nothing.py is no test file"),
    ],
)
def test_bad_input_is_refused_in_a_sentence(listed, tmp_path, command, text, words, fragment):
    path = listed(text) if text else tmp_path / "none.toml"
    answer = command(mutants.main, "--list", path, *words)
    assert_refused(answer, fragment)
    assert not answer.stdout


def test_make_passes_its_options_on():
    assert_refused(make("mutants", "JOBS=none"), "JOBS must be an integer from 1 to 256, not 'none'")


@pytest.mark.parametrize(
    ("before", "after", "equivalent"),
    [
        ("zip(a, b, strict=True)", "zip(a, b, )", True),
        ("zip(a, b, strict=True)", "zip(a, None, strict=True)", False),
        ('(path.read_text(encoding="utf-8"))["runs"]', '(path.read_text(encoding="UTF-8"))["runs"]', True),
        ('(path.read_text(encoding="utf-8"))["runs"]', '(path.read_text(encoding="utf-8"))["RUNS"]', False),
        ("x = round(y, 9) <= POINT", "x = round(y, 10) <= POINT", True),
        ("x = round(y, 9) <= POINT", "x = round(y, 9) < POINT", False),
        ("np.load(path, allow_pickle=False) as archive", "np.load(path, allow_pickle=None) as archive", True),
        ("np.load(path, allow_pickle=False) as archive", "np.load(path, allow_pickle=True) as archive", False),
        ('(["a"], ascending=[False, True], kind="stable")', '(["a"], ascending=[False, True], )', True),
        ('(["a"], ascending=[False, True], kind="stable")', '(["a"], ascending=[True, True], kind="stable")', False),
    ],
)
def test_the_listed_patterns_are_no_wider_than_they_say(before, after, equivalent):
    listed = mutants.read_list(LIST)["equivalent"]
    assert any(mutants.fits(one, (before, after)) for one in listed) == equivalent


@pytest.mark.parametrize(
    ("before", "after", "words_alone"),
    [
        ('raise E("no such thing")', 'raise E("XXno such thingXX")', True),
        ('raise E("No such thing")', 'raise E("NO SUCH THING")', True),
        ('raise E("No such thing")', "raise E(None)", False),
        ('row["name"] + "a b"', 'row["NAME"] + "a b"', False),
        ('f(X, "a b")', 'f(x, "a b")', False),
        ('if a: return "a b"', 'if not a: return "a b"', False),
    ],
)
def test_wording_is_a_change_of_a_sentence_alone(before, after, words_alone):
    assert mutants.wording(before, after) == words_alone
