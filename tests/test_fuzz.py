"""Hostile input at all front doors, a little of it; and that the campaign notices what no door may do."""

import re
import sys
import time

import pytest
from hypothesis import strategies as st

from conftest import ROOT, assert_refused, call, make

sys.path.append(str(ROOT / "tools"))
import fuzz  # noqa: E402
from fuzzing import doors, trying  # noqa: E402

from twolayer import InputError  # noqa: E402

FEW = 360  # inputs; `make fuzz N=10000` tries more, and other ones each time


@pytest.mark.parametrize("name", doors.DOORS)
def test_only_declared_errors_come_out_of_a_door(name):
    door = doors.DOORS[name]
    count = FEW * door.share // sum(one.share for one in doors.DOORS.values())
    counts, kept = fuzz.at_door(name, count, 1)
    assert not kept, "\n".join(f"{kind}: {content[:200]!r}\n{said}" for kind, (content, said) in kept.items())
    assert counts["accepted"] + counts["declared"] == count


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    """What doors are prepared with ends with each test."""
    monkeypatch.setenv("TWOLAYER_DATA", "")


@pytest.mark.parametrize("name", doors.DOORS)
def test_a_door_accepts_some_of_what_it_is_given(name, tmp_path):
    """What only refuses would pass, too."""
    doors.prepare(tmp_path)
    door = doors.DOORS[name]
    outcome = trying.many(door, tmp_path / f"input{door.suffix}", 40 if name != "set" else 100, 3)
    assert outcome.counts["accepted"] > 0 and outcome.counts["declared"] > 0


# What no door may do


def fault(content):
    raise RuntimeError("no")


def declared(content):
    raise InputError("a sentence")


def wrong(content):
    doors._must(not content, "bytes that are none")


def endless(content):
    while True:
        pass


def hangs(content):
    time.sleep(1000)


def dies(content):
    import os
    import signal

    os.kill(os.getpid(), signal.SIGKILL)


def greedy(content):
    return len(bytearray(8 << 30))


def greedy_and_polite(content):
    try:
        greedy(content)
    except MemoryError as error:
        raise InputError("a sentence") from error


def large(content):
    return bytearray(40 << 20).count(1)


@pytest.fixture
def door(monkeypatch):
    """Make a function the only door; return what becomes of three inputs, and what is kept."""

    def at(function, count=3):
        made = doors.Door(lambda: st.binary(min_size=1, max_size=9), lambda path: function(path.read_bytes()))
        monkeypatch.setitem(doors.DOORS, "made", made)
        return fuzz.at_door("made", count, 1)

    monkeypatch.setattr(trying, "SECONDS", 0.3)
    monkeypatch.setattr(trying, "GROWN", 20 << 20)
    return at


@pytest.mark.parametrize(
    ("function", "kind", "times"),
    [
        (fault, "RuntimeError at test_fuzz.py:", 3),
        (wrong, "WrongAcceptance (bytes that are none)", 3),
        (endless, "TooLong", 3),
        (greedy, "MemoryError", 3),
        (greedy_and_polite, "MemoryError, declared", 3),
        (large, "too much memory", 1),  # what it has had, it has had
        (dies, "process ended with -9", 1),
    ],
)
def test_what_no_door_may_do_is_counted_and_kept(door, function, kind, times):
    counts, kept = door(function)
    ((found, (content, said)),) = kept.items()
    assert found.startswith(kind.removesuffix(" at test_fuzz.py:")) and counts["undeclared"] == counts[found] == times
    assert 1 <= len(content) <= 9 and (said or function is dies)


def test_what_hears_no_signal_ends_with_its_process(door, monkeypatch):
    monkeypatch.setattr(trying, "PATIENCE", 1)
    counts, kept = door(hangs)
    assert list(kept) == ["process ended with 1, a hang"] and counts["undeclared"] == 1
    assert "hangs" in kept["process ended with 1, a hang"][1]


def test_after_a_process_that_died_the_next_thousand_is_tried(door, monkeypatch):
    monkeypatch.setattr(fuzz, "CHUNK", 2)
    counts, _ = door(dies, 6)
    assert counts["undeclared"] == 3


def test_a_declared_error_is_right(door):
    assert door(declared) == ({"declared": 3}, {})


def test_what_is_kept_can_be_tried_again(door, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(fuzz, "KEPT", tmp_path / "kept")
    door(fault)
    assert fuzz.campaign({"made": 1}, 5, 1) == 5
    said = capsys.readouterr().out.splitlines()
    assert said[-1] == "5 inputs, 5 undeclared" and re.fullmatch(r"made +5 +0 +0 +5 +[\d.]+", said[-3])
    path = tmp_path / "kept" / said[-2].rpartition("/")[2]
    assert path.read_bytes() and "RuntimeError: no" in path.with_name(f"{path.name}.said.txt").read_text(
        encoding="utf-8"
    )
    monkeypatch.setattr(trying, "bounded", lambda: None)  # this process is not to stay so
    assert fuzz.again(path) == 1 and "RuntimeError: no" in capsys.readouterr().out


def test_the_command_says_how_many_and_ends_with_1_where_one_is_undeclared(door, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(fuzz, "KEPT", tmp_path / "kept")
    door(declared)
    assert fuzz.main(["7", "--doors", "made", "--seed", "4"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "seed 4" and said[-1] == "7 inputs, 0 undeclared"
    door(fault)
    assert fuzz.main(["7", "--doors", "made"]) == 1


@pytest.mark.parametrize("count", ["0", "-1", "many", " ", "1.5"])
def test_a_number_that_is_none_is_refused(count):
    assert_refused(call(sys.executable, ROOT / "tools" / "fuzz.py", f"{count}"), "N must be an integer from 1")


def test_make_passes_the_number_on():
    answer = make("-n", "fuzz", "N=12")
    assert answer.returncode == 0 and 'tools/fuzz.py -- "$N"' in answer.stdout
