"""What a notebook was given: by what it means, and where its files go."""

from pathlib import Path

import pytest

from twolayer import paths
from twolayer.curvature import census, chaos, follow
from twolayer.training import given
from twolayer.training.configuration import Configuration
from twolayer.training.parameters import PARAMETERS, ParameterError

KNOWN = {"train": PARAMETERS, "census": census.KNOWN, "chaos": chaos.KNOWN, "curvature": follow.KNOWN}


def namespace(*cells, **names):
    """Return what a notebook's `globals()` would be after the cells of these sources."""
    return {"In": ["", *cells], "Out": {}} | names


@pytest.mark.parametrize(
    ("value", "number"),
    [("1e-3", 1e-3), ("64", 64), (" 0.10 ", 0.1), ("-3", -3), ("fast", "fast"), ("", ""), (64, 64), (1e-3, 1e-3)],
)
@pytest.mark.parametrize("name", ["lr", "hidden"])
def test_a_word_that_says_a_number_is_one(name, value, number):
    found = given.meant(value, PARAMETERS[name])
    assert found == number and type(found) is type(number)


def test_words_for_true_false_and_none_are_these_and_a_word_stays_a_word():
    words = {"true": True, "False": False, "none": None, "null": None, "yes": "yes"}
    assert {word: given.meant(word, PARAMETERS["draw"]) for word in words} == words
    assert [given.meant(word, PARAMETERS["dataset"]) for word in ("64", "none")] == ["64", "none"]
    assert given.meant("1e-3", census.OWN["rates"]) == "1e-3"


def test_values_get_their_types_and_limits():
    found = given.values({"lr": "1e-3", "hidden": "64", "draw": "false", "l2": "none", "other": 3}, PARAMETERS)
    assert found == {"hidden": 64, "lr": 0.001, "l2": None, "draw": False}
    assert Configuration.from_namespace({"lr": "1e-3", "hidden": "64"}) == Configuration.resolve(lr=0.001, hidden=64)
    for text, said in (("fast", "'fast'"), ("-1", "-1"), ("1e-3", "0.001")):
        with pytest.raises(ParameterError, match=f"^hidden must be an integer from 1 to 65536, not {said}$"):
            given.values({"hidden": text}, PARAMETERS)


def test_only_papermills_own_last_cell_gives_names():
    """Other names are a reader's: a cell may be run again after any others."""
    cells = ("lr = 0.1", "# Parameters\nhiden = 64\n", "params = 3", "# Parameters\nhidden = 64\nlr = -1\n", "x = 2")
    assert given.injected(namespace(*cells)) == ["hidden", "lr"]
    assert given.injected(namespace("hiden = 64")) == given.injected({}) == []
    assert given.values(namespace("hiden = 64", hiden=64, hidden=3), PARAMETERS) == {"hidden": 3}


@pytest.mark.parametrize("name", KNOWN)
def test_an_unknown_name_is_refused_with_the_likely_and_the_allowed(name):
    with pytest.raises(ParameterError) as caught:
        given.values(namespace("# Parameters\nseed = 1\nhiden = 64\n", hidden=3, hiden=64, seed=1), KNOWN[name])
    allowed = ", ".join([*KNOWN[name], "output"])
    assert str(caught.value) == f"unknown parameter 'hiden'; did you mean 'hidden'? (known are {allowed})"


def test_the_folder_is_where_papermill_was_called_or_else_below_the_root(tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setattr(paths, "ROOT", tmp_path / "root")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    cell = "# Parameters\noutput = 'x'\n"
    for output, gives, wanted in (
        ("runs/mine", cell, "here/runs/mine"),
        ("../mine", cell, "mine"),
        ("runs/mine", "output = 'runs/mine'", "root/runs/mine"),
        ("runs/mine", "# Parameters\nlr = 0.1\n", "root/runs/mine"),
        ("~/mine", cell, "home/mine"),
        ("~/mine", "", "home/mine"),
        (str(tmp_path / "there"), cell, "there"),
    ):
        found = given.folder(namespace(gives, output=output))
        assert found.resolve() == tmp_path / wanted and found.is_dir(), output
    assert paths.resolve("~/runs") == tmp_path / "home" / "runs"


def test_what_can_be_no_folder_is_refused_at_once(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("file").touch()
    for output, why in (
        ("file", "File exists"),
        ("file/more", "Not a directory"),
        ("~no such user/x", "determine home"),
    ):
        with pytest.raises(ParameterError, match=f"^output={output} cannot be a folder \\(.*{why}"):
            given.folder(namespace("# Parameters\noutput = 'x'\n", output=output))
