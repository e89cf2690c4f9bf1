"""The campaign of faults in small; and that it notices what is lost and what stays behind."""

import contextlib
import random
import re
import sys

import pytest

from conftest import ROOT, call

sys.path.append(str(ROOT / "tools" / "faults"))

import kinds  # noqa: E402
import place as places  # noqa: E402


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return places.made(tmp_path_factory.mktemp("faults") / "place-0")


def test_no_fault_loses_anything_or_leaves_anything_behind():
    answer = call(sys.executable, ROOT / "tools" / "faults", "--number", "6", "--seed", "1")
    assert answer.returncode == 0, answer.stdout + answer.stderr
    lines = answer.stdout.splitlines()
    assert lines[-1] == "6 faults, 0 lost, 0 left behind"
    assert len([line for line in lines if re.match(r"\[\d+/6\] ", line)]) == 6


def test_a_lost_run_is_noticed(place):
    before = place.kept()
    (run_id, *_) = before
    (place.study / run_id / "text.txt").write_text("other", encoding="utf-8")
    with pytest.raises(places.Lost, match=f"{run_id} was finished, and is another"):
        places.unchanged(place, before)
    places.begin(place, random.Random(0), at_most=0)
    with pytest.raises(places.Lost, match="was finished, and is gone"):
        places.unchanged(place, before)
    place.finished(place.start())
    assert set(place.kept()) == set(places.RUNS)


def test_a_run_of_another_content_is_noticed(place):
    place.wanted["count-1_word-a"] = ("other", {})
    with pytest.raises(places.Lost, match="count-1_word-a is not what an undisturbed sweep makes"):
        places.healed(place)
    place.wanted["count-1_word-a"] = places.contents(place.kept()["count-1_word-a"])
    places.healed(place)


def test_what_stays_behind_is_noticed(place):
    (place.scratch / "nb-left").mkdir()
    with pytest.raises(places.LeftBehind, match="nb-left"):
        places.healed(place)
    (place.scratch / "nb-left").rmdir()
    process = place.start()
    with pytest.raises(places.LeftBehind, match="still there"):
        places.wait(lambda: not place.processes(), "it is still there", seconds=0)
    assert place.finished(process) == 0


@pytest.mark.parametrize("frame", ['"<frozen site>", line 5', '"/lib/nbreport/a.py", line 2', '"<string>", line 1'])
def test_a_traceback_is_noticed_unless_python_had_not_come_to_a_line_of_ours(place, frame):
    said = f"Traceback (most recent call last):\n  File {frame}\n    import re\nKeyboardInterrupt\n"
    (place.folder / "said").write_text(f"[1/8] one\n{said}[2/8] two\n", encoding="utf-8")
    with contextlib.nullcontext() if "site" in frame else pytest.raises(places.Lost, match="a traceback in place of"):
        places.healed(place)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--only", "sun"), "ONLY must be of signal, damage, run, another, disk, not 'sun'"),
        (("--number", "0"), "N must be an integer from 1, not '0'"),
        (("--number", "many"), "N must be an integer from 1, not 'many'"),
    ],
)
def test_bad_input_is_refused(words, sentence):
    answer = call(sys.executable, ROOT / "tools" / "faults", *words)
    assert answer.returncode == 2 and answer.stderr == f"error: {sentence}\n"


def test_every_kind_has_a_share():
    assert set(kinds.FAULTS) == set(kinds.SHARES)


HEAD = "Traceback (most recent call last):\n"
SPAWNED = f'{HEAD}  File "<string>", line 1, in <module>\n'
SPAWNED += '  File "/usr/lib/python3.11/multiprocessing/spawn.py", line 122, in spawn_main\n    exitcode = _main(fd)\n'


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (f"one\n{SPAWNED}               ^^^^^^^^^\nEOFError: Ran out of input\ntwo\n", "one\ntwo\n"),
        (f'{HEAD}  File "<frozen site>", line 1, in main\nKeyboardInterrupt\ntwo\n', "two\n"),
        (f'{SPAWNED}  File "/x/nbreport/pool.py", line 1, in f\n    g()\nEOFError: x\n', None),
        (f"{SPAWNED}ValueError: x\n", None),
        (f'{HEAD}  File "/x/nbreport/__main__.py", line 1, in f\nKeyboardInterrupt\n', None),
    ],
)
def test_only_what_python_says_by_itself_is_overlooked(text, left):
    assert places.without_pythons_own(text) == (text if left is None else left)
