"""The tests can fail: `make mutants` as it is, and what it does with mutants that nothing notices."""

import re
import sys

import pytest

from conftest import ROOT, assert_refused, call, make

HARMLESS = """[[mutant]]
name = "other order of a sum"
equation = "2.1"
file = "layers.py"
before = "return X @ W + b, (X, W)"
after = "return b + X @ W, (X, W)"
"""


def test_all_mutants_are_killed():
    answer = make("mutants")
    assert answer.returncode == 0, answer.stdout + answer.stderr
    rows = re.findall(r"^\((2\.\d+)\) .* (\S+)$", answer.stdout, flags=re.M)
    assert len(rows) >= 15 and all(killer.startswith("test_") for _, killer in rows)
    assert len({equation for equation, _ in rows}) >= 15
    killed, total = map(int, re.search(r"(\d+) of (\d+) mutants by mutmut killed", answer.stdout).groups())
    assert total > 150 and killed / total > 0.95


def test_a_survivor_makes_it_fail(tmp_path):
    (tmp_path / "mutants.toml").write_text(HARMLESS, encoding="utf-8")
    answer = call(sys.executable, ROOT / "tools/mutants.py", "--own", "--list", tmp_path / "mutants.toml")
    assert answer.returncode == 1
    assert "SURVIVED" in answer.stdout and "survivors: other order of a sum" in answer.stderr


def test_a_mutant_that_does_not_apply_is_refused(tmp_path):
    (tmp_path / "mutants.toml").write_text(HARMLESS.replace("X @ W + b", "X @ W * b"), encoding="utf-8")
    answer = call(sys.executable, ROOT / "tools/mutants.py", "--own", "--list", tmp_path / "mutants.toml")
    assert_refused(answer, "stands 0 times in")


@pytest.mark.parametrize(
    ("text", "words", "fragment"),
    [
        (None, [], "cannot be read"),
        ("[[mutant", [], "cannot be read"),
        ('[[mutant]]\nname = "x"\n', [], "mutant 1 must have after, before, equation, file, name"),
        (HARMLESS, ["--jobs", "none"], "JOBS must be an integer from 1 to 256"),
    ],
)
def test_bad_input_is_refused_in_a_sentence(tmp_path, text, words, fragment):
    if text:
        (tmp_path / "mutants.toml").write_text(text, encoding="utf-8")
    answer = call(sys.executable, ROOT / "tools/mutants.py", "--own", "--list", tmp_path / "mutants.toml", *words)
    assert_refused(answer, fragment)
    assert not answer.stdout
