"""Runs on disk: whole or not there, held by one command at a time, and listed."""

import errno
import json
import os
from pathlib import Path

import pytest

from nbreport import InputError, files
from nbreport.studies import lock
from nbreport.studies.seal import damage
from nbreport.studies.store import Store


@pytest.fixture
def single(tmp_path):
    return Store(tmp_path / "single")


def test_a_run_is_held_by_itself_a_study_as_a_whole(single):
    with single.locked("a"), single.locked("b"):
        for name, held in (("a", single.path("a")), ("b", single.path("b"))):
            with pytest.raises(InputError) as caught, single.locked(name, patience=0.1):
                pass
            assert str(caught.value) == f"{held} is being written by process {os.getpid()}"
    with single.locked("a"):  # it is free again
        pass
    with single.locked(), pytest.raises(InputError, match="single is being written"), single.locked(patience=0.1):
        pass


def test_what_a_killed_command_left_is_removed_by_who_holds_it(single):
    for name in (".partial-a", ".partial-old-a", ".partial-b"):
        (single.folder / name).mkdir(parents=True)
    with single.locked("a"):
        assert [path.name for path in single.folder.glob(".partial*")] == [".partial-b"]
    with single.locked():
        assert not list(single.folder.glob(".partial*"))


@pytest.mark.parametrize("code", [errno.ENOLCK, errno.EOPNOTSUPP])
def test_a_file_system_without_locks_gets_a_lock_file(single, monkeypatch, code):
    def acquire(*_, **__):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(lock.FileLock, "acquire", acquire)
    refused = pytest.raises(InputError, match="a is being written")
    with single.locked("a"), single.locked("b"), refused, single.locked("a", patience=0.1):
        pass
    assert not list(single.folder.glob("*-soft"))


def test_an_error_of_the_disk_is_no_lock(single, monkeypatch):
    def acquire(*_, **__):
        raise OSError(errno.EIO, "broken")

    monkeypatch.setattr(lock.FileLock, "acquire", acquire)
    with pytest.raises(OSError, match="broken"), single.locked("a"):
        pass


def test_the_list_of_runs_is_written_once_and_in_order(single):
    single.folder.mkdir()
    single.list_runs(["b", "a"])
    target = single.folder / "study.json"
    before = target.stat().st_mtime_ns
    single.list_runs(["b", "a"])
    assert json.loads(target.read_text(encoding="utf-8")) == {"runs": ["b", "a"]}
    assert target.stat().st_mtime_ns == before  # chapters depend on it
    single.list_runs(["a"])
    assert json.loads(target.read_text(encoding="utf-8")) == {"runs": ["a"]}
    assert [path.name for path in single.folder.iterdir()] == ["study.json"]


def test_every_file_is_on_the_disk_before_what_it_is_in_gets_its_name(single, monkeypatch):
    """Else a power cut could leave a run in its place whose files are empty."""
    synced, named = {}, []

    def fsync(file):
        status = os.fstat(file)
        synced[status.st_ino] = status.st_size

    def watched(move):
        def renamed(path, target):
            files = [path] if path.is_file() else sorted(path.iterdir())
            whole = [synced.get(file.stat().st_ino) == file.stat().st_size > 0 for file in files]
            named.append((Path(target).name, whole))
            return move(path, target)

        return renamed

    monkeypatch.setattr(files.os, "fsync", fsync)
    monkeypatch.setattr(Path, "rename", watched(Path.rename))
    monkeypatch.setattr(Path, "replace", watched(Path.replace))
    single.folder.mkdir()
    single.keep("a", {"run.ipynb": b"{}", "more.txt": b"1"}, {"digest": "1"})
    single.keep_failure("a", {}, "it broke")
    single.list_runs(["a"])
    assert named == [("a", [True] * 3), ("a", [True]), ("study.json", [True])]


def test_a_run_takes_the_place_of_the_one_before_it(single):
    single.folder.mkdir()
    files = {"result.json": b'{"summary": "one"}', "run.ipynb": b"{}", "more.txt": b"1"}
    kept = single.keep("a", files, {"digest": "1"})
    assert set(kept.pop("hashes")["files"]) == {"run.ipynb", "more.txt"}
    assert kept == {"summary": "one", "provenance": {"digest": "1"}}
    assert single.made_from("a", ["more.txt"]) == {"digest": "1"}
    assert single.made_from("a", ["less.txt"]) is None and single.made_from("b") is None
    single.keep_failure("a", {}, "it broke")
    assert (single.folder / "failed/a/traceback.txt").read_text(encoding="utf-8") == "it broke"
    single.keep("a", {"run.ipynb": b"{}"}, {"digest": "2"})
    assert sorted(path.name for path in single.path("a").iterdir()) == ["result.json", "run.ipynb"]
    assert single.made_from("a") == {"digest": "2"} and not list((single.folder / "failed").iterdir())


@pytest.mark.parametrize("text", ["{", "[]", '{"provenance": 3}', "{}", "[" * 100_000], ids=lambda text: text[:9])
def test_a_damaged_result_is_made_from_nothing(single, text):
    single.path("a").mkdir(parents=True)
    (single.path("a") / "run.ipynb").write_text("{}", encoding="utf-8")
    (single.path("a") / "result.json").write_text(text, encoding="utf-8")
    assert single.made_from("a") is None


def test_a_run_may_fail_again_and_nothing_of_former_runs_stays(single):
    single.folder.mkdir()
    for message in ("first", "second"):
        folder = single.keep_failure("a", {f"{message}.txt": b""}, message)
    assert sorted(path.name for path in folder.iterdir()) == ["second.txt", "traceback.txt"]
    (single.folder / ".partial-a").mkdir()
    (single.folder / ".partial-a" / "half.txt").touch()
    for number in (b"1", b"2"):
        single.keep("a", {"run.ipynb": number}, {})
    assert [path.name for path in single.folder.iterdir() if path.name.startswith(".")] == []
    assert sorted(path.name for path in single.path("a").iterdir()) == ["result.json", "run.ipynb"]


def test_what_people_may_read_is_a_line_a_fact(single):
    single.folder.mkdir()
    single.list_runs(["a"])
    single.keep("a", {"result.json": b'{"summary": "fine"}'}, {"digest": "1"})
    assert (single.folder / "study.json").read_bytes() == b'{\n "runs": [\n  "a"\n ]\n}\n'
    text = (single.path("a") / "result.json").read_bytes()
    assert text.startswith(b'{\n "summary": "fine",\n "provenance": {\n  "digest": "1"\n },\n "hashes": {\n  "files"')
    assert text.endswith(b'"\n }\n}\n')


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "holds no finished run of the study single: run it first"),
        ('{"runs": []}', "holds no finished run of the study single: run it first"),
        ('{"runs": ["b"]}', "holds no finished run of the study single: run it first"),
        ("{", "study.json is damaged: delete it and run the study again"),
        ("{}", "study.json is damaged: delete it and run the study again"),
        ('{"runs": 3}', "study.json is damaged: delete it and run the study again"),
    ],
)
def test_a_list_that_leads_nowhere_is_refused(single, text, words):
    (single.path("a")).mkdir(parents=True)
    (single.path("a") / "result.json").touch()
    if text:
        (single.folder / "study.json").write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        single.listed()
    assert str(caught.value).startswith(str(single.folder)) and str(caught.value).endswith(words)


def test_who_holds_a_lock_may_be_unknown(single, monkeypatch):
    with single.locked("a"):
        for content in (b"", b" \n"):
            (single.folder / ".lock-a").write_bytes(content)
            with pytest.raises(InputError, match="by process unknown$"), single.locked("a", patience=0.1):
                pass
        monkeypatch.setattr(Path, "read_text", lambda *_, **__: (_ for _ in ()).throw(OSError("gone")))
        with pytest.raises(InputError, match="by process unknown$"), single.locked("a", patience=0.1):
            pass


def test_a_result_is_one_of_a_run_with_all_its_files(single):
    single.folder.mkdir()
    single.keep("a", {"run.ipynb": b"{}"}, {})
    assert single.result("a")["provenance"] == {} and single.result("a", ["more.txt"]) is None
    (single.path("a") / "result.json").write_text("[1]", encoding="utf-8")
    assert single.result("a") is None


def test_files_in_subfolders_are_kept_hashed_and_looked_at(single):
    single.folder.mkdir()
    kept = single.keep("a", {"run.ipynb": b"{}", "x/y/z.txt": b"1"}, {"digest": "1"})
    assert (single.path("a") / "x/y/z.txt").read_bytes() == b"1" and set(kept["hashes"]["files"]) == {
        "run.ipynb",
        "x/y/z.txt",
    }
    assert single.result("a", ["x/y/z.txt"]) and single.result("a", ["x/z.txt"]) is None
    assert damage(single.path("a")) is None
    (single.path("a") / "x/y/z.txt").write_bytes(b"2")
    assert damage(single.path("a")) == "x/y/z.txt is not what was written"
    (single.path("a") / "result.json").write_text("[" * 100_000, encoding="utf-8")
    assert damage(single.path("a")) == "result.json has no hashes, or is not what was written"
