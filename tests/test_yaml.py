"""YAML that people write, and worse: read as YAML 1.2 says, or refused in a sentence, soon."""

import os
from pathlib import Path

import pytest

import toy
from conftest import ROOT, assert_refused
from nbreport import InputError, __main__, yamlfile
from nbreport.description import load_report
from nbreport.page import references
from nbreport.studies import study as studies
from nbreport.studies.planfile import read_study
from nbreport.yamlfile import read_yaml


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    toy.make_project(tmp_path)
    return tmp_path


def read(text):
    """Return what a file with this text says."""
    Path("some.yaml").write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_yaml("some.yaml", None)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *[(word, word) for word in ("yes", "No", "on", "OFF", "y", "n", "tRUE", "none", "1:30", "1:30:30", "12:30:45")],
        *[
            (word, word)
            for word in ("1_000", "0b11", "0o8", "0xg", "1,000", "2020-01-31", "2020-13-45", "=", "<<", ".")
        ],
        *[(word, True) for word in ("true", "True", "TRUE")],
        *[(word, False) for word in ("false", "False", "FALSE")],
        *[(word, None) for word in ("null", "Null", "NULL", "~", "")],
        *[("0100", 100), ("0o17", 15), ("0x10", 16), ("0xfF", 255), ("+3", 3), ("-07", -7), ("0", 0)],
        *[("1e-3", 1e-3), ("1E3", 1e3), ("+.5e-3", 5e-4), ("5.", 5.0), (".5", 0.5), ("0.10", 0.1), ("010.5", 10.5)],
        *[(".inf", float("inf")), ("-.INF", -float("inf")), ("1e999", float("inf"))],
        *[("'0100'", "0100"), ('"true"', "true"), ('"1e-3"', "1e-3"), ("'~'", "~"), ("|-\n  3", "3")],
    ],
)
def test_a_scalar_means_what_yaml_1_2_says(project, text, value):
    found = read(f"a: {text}\n")["a"]
    assert found == value and type(found) is type(value)


def test_no_number_is_none(project):
    found = read("a: [.nan, .NaN]\n")["a"]
    assert all(isinstance(one, float) and one != one for one in found)


BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
WRONG = {
    "bomb": (BOMB, "is not valid YAML: aliases are not read"),
    "recursive": ("a: &a [*a]\n", "is not valid YAML: aliases are not read"),
    "merge": ("a: &a {b: 1}\nc:\n  <<: *a\n", "is not valid YAML: aliases are not read"),
    "tag": ("a: !!int x\n", "is not valid YAML: tags are not read"),
    "tag of ours": ("a: !mine x\n", "is not valid YAML: tags are not read"),
    "object": ("a: !!python/object/apply:os.system [ls]\n", "is not valid YAML: tags are not read"),
    "set": ("a: !!set {x}\n", "is not valid YAML: tags are not read"),
    "brackets": ("a: " + "[" * 5000, "is not valid YAML: there are more than 20 levels"),
    "braces": ("a: " + "{" * 5000, "is not valid YAML: there are more than 20 levels"),
    "dashes": ("a:\n  " + "- " * 5000, "is not valid YAML: there are more than 20 levels"),
    "questions": ("? " * 5000, "is not valid YAML: there are more than 20 levels"),
    "steps": ("".join(f"{' ' * step}a:\n" for step in range(500)), "is not valid YAML: there are more than 20 levels"),
    "large": ("a: " + "x" * 200_000, "has more than 200000 bytes"),
    "digits": ("a: " + "9" * 5000, "is not valid YAML: Exceeds the limit"),
    "twice": ("a: 1\na: 2\n", "the key 'a' comes twice"),
    "twice below": ("b:\n  - {a: 1, 'a': 2}\n", "the key 'a' comes twice"),
    "number": ("1: 2\n", "the key 1 must be a word"),
    "true": ("true: 2\n", "the key True must be a word"),
    "nothing": ("~: 2\n", "the key None must be a word"),
    "list": ("[1]: 2\n", "the key [1] must be a word"),
    "mapping": ("{a: 1}: 2\n", "the key {'a': 1} must be a word"),
    "two": ("a: 1\n---\nb: 2\n", "is not valid YAML: expected a single document"),
    "tab": ("\ta: 1\n", "is not valid YAML: while scanning for the next token"),
    "nul": ("a: \0\n", "is not valid YAML: unacceptable character #x0000"),
    "half": ('a: "\\ud800"\n', "is not valid YAML: half a character is not read"),
    "bytes": (b"a: \xff\n", "is not valid YAML: 'utf-8' codec can't decode"),
    "utf-16": ("a: 1\n".encode("utf-16"), "is not valid YAML: 'utf-8' codec can't decode"),
    "empty": ("", "must be a mapping"),
    "word": ("word", "must be a mapping"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_takes_long_or_is_no_yaml_is_refused_in_a_sentence(project, name):
    text, sentence = WRONG[name]
    with pytest.raises(InputError) as caught:
        read(text)
    said = str(caught.value)
    assert said.startswith("some.yaml") and sentence in said and "\n" not in said and len(said) < 500


def test_what_is_no_file_is_not_waited_for(project):
    os.mkfifo("fifo.yaml")
    for path, sentence in {
        "fifo.yaml": "fifo.yaml cannot be read (it is no file)",
        "/dev/zero": "/dev/zero cannot be read (it is no file)",
        ".": ". cannot be read (it is no file)",
        "none.yaml": "none.yaml cannot be read (No such file or directory)",
        "x" * 300: "cannot be read (File name too long)",
        "a\0b": "cannot be read (embedded null byte)",
    }.items():
        with pytest.raises(InputError) as caught:
            read_yaml(path, None)
        assert str(caught.value).endswith(sentence)


def test_an_empty_key_is_unknown_too(project):
    Path("some.yaml").write_text('"": 1\n', encoding="utf-8")
    with pytest.raises(InputError, match="unknown key ''"):
        read_yaml("some.yaml", ("a", "b"))


def test_a_mark_at_the_files_beginning_is_no_part_of_a_key(project):
    assert read("\ufeffa: 1\n") == {"a": 1}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("grid: {count: [1:3]}", "count must be an integer from 1 to 9, not '1:3'"),
        ("grid: {count: [0_7]}", "count must be an integer from 1 to 9, not '0_7'"),
        ("grid: {count: [yes]}", "count must be an integer from 1 to 9, not 'yes'"),
        ("grid: {count: [0100]}", "count must be an integer from 1 to 9, not 100"),
        ("grid: {pause: [.inf]}", "pause must be a finite number"),
        ("grid: {count: [3, 03]}", "the grid has the point count-3 twice"),
        ("grid: {pause: [0.5, 5e-1]}", "the grid has the point pause-0.5 twice"),
        ("grid: {pause: [1, 1.0]}", "the grid has the point pause-1 twice, the second time as pause-1.0"),
        ("grid: {pause: [0, -0.0]}", "the grid has the point pause-0 twice, the second time as pause--0.0"),
        ("grid: {pause: [1, '1']}", "the grid has the point pause-1 twice"),
        ("grid: {word: [a b, ab]}", "the grid has the point word-ab twice"),
        (
            "grid: {count: [1], word: [a]}\nnumbered: {parameter: pause, times: 1000000000000}",
            "1,000,000,000,000 points",
        ),
        ("grid: {'': [1]}", "unknown parameter ''"),
    ],
)
def test_a_study_that_means_something_else_is_refused(project, command, text, sentence):
    toy.make_study(project, f"{text}\n")
    assert_refused(command(__main__.main, "sweep", "study.yaml"), "study.yaml: ", sentence)
    assert not Path("runs").exists()


def test_a_point_that_is_written_in_two_ways_is_one(project):
    toy.make_study(project, "grid:\n  pause: [1, 1.0]\n")
    with pytest.raises(InputError, match="the grid has the point pause-1 twice, the second time as pause-1.0"):
        read_study("study.yaml")
    toy.make_study(project, "grid:\n  count: [1]\n  word: ['true', x]\n")  # true and 1 are not the same
    assert len(read_study("study.yaml").find("runs")) == 2


def test_a_name_that_is_too_long_for_a_folder_is_cut_and_stays_its_own(project):
    words = ["a" * 300, "a" * 300 + "b"]
    names = [studies.run_id({"word": word}, ["word"]) for word in words]
    assert [len(name) for name in names] == [200, 200] and names[0][:183] == names[1][:183] and names[0] != names[1]
    assert studies.run_id({"word": "a" * 195}, ["word"]) == "word-" + "a" * 195


REPORT = """
title: Toy
subtitle: A test
name: toy
template: template
references: references.yaml
front: toy.ipynb
chapters: [toy.ipynb]
studies: [study.yaml]
profiles: {default: {}}
"""


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("title: 3", "title must be a word, not 3"),
        ("name: [a]", "name must be a word, not ['a']"),
        ("template: {a: 1}", "template must be a word, not {'a': 1}"),
        ("references: true", "references must be a word, not True"),
        ("front: 3", "front must be a word or a list of words, not 3"),
        ("chapters: [1]", "chapters must be a word or a list of words, not [1]"),
        ("studies: study.yaml", "studies must be a list of words, not 'study.yaml'"),
        ("studies: [[a]]", "studies must be a list of words, not [['a']]"),
        ("profiles: [default]", "profiles must be a mapping, not ['default']"),
        ("profiles: {default: 3}", "profile default must be a mapping"),
        ("profiles: {default: {studies: 3}}", "profile default: studies must be a list of words, not 3"),
        ("profiles: {default: {parameters: [a]}}", "profile default: parameters must be a mapping, not ['a']"),
        ("profiles: {default: {runs: 3}}", "profile default: runs must be a word, not 3"),
        ("profiles: {default: {overrides: [a]}}", "profile default: overrides must be a mapping, not ['a']"),
        ("profiles: {default: {overrides: {study: 3}}}", "overrides: study must be a mapping, not 3"),
    ],
)
def test_a_report_of_other_kinds_is_refused(project, line, sentence):
    key = line.partition(":")[0]
    text = "".join(f"{one}\n" for one in REPORT.strip().splitlines() if not one.startswith(f"{key}:")) + line
    Path("report.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_report(Path("report.yaml"), "default")
    assert str(caught.value).startswith("report.yaml: ") and sentence in str(caught.value)


def test_a_report_of_these_kinds_is_read(project):
    Path("report.yaml").write_text(REPORT, encoding="utf-8")
    assert load_report(Path("report.yaml"), "default").title == "Toy"


def test_a_bibliographys_words_are_words(project):
    entry = "{authors: A, year: 2020, title: T, where: W, url: 3}"
    Path("references.yaml").write_text(f"one: {entry}\n", encoding="utf-8")
    with pytest.raises(InputError, match="one: url must be a word, not 3"):
        references.load(Path("references.yaml"))


def test_our_files_are_far_from_the_limits():
    files = [*(ROOT / "configs").glob("*.yaml"), ROOT / "report/report.yaml", ROOT / "report/references.yaml"]
    assert len(files) > 10
    for path in files:
        assert read_yaml(path, None) and path.stat().st_size < yamlfile.LARGEST / 10
