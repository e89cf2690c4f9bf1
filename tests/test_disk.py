"""Disks that are full or only read, and files where folders should be: a sentence, and what is there stays."""

import contextlib
import errno
import os
import shutil
import subprocess
from concurrent.futures import Future
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest

import toy
from conftest import assert_refused
from nbreport import __main__, commands, files
from nbreport.kernels.worker import Outcome
from nbreport.studies import seal, store
from nbreport.studies.store import Store
from twolayer import InputError, predictions
from twolayer import __main__ as twolayer

FULL, READ_ONLY = os.strerror(errno.ENOSPC), os.strerror(errno.EROFS)


class Fake:
    """Workers of which each run ends at once with what its notebook would write, a megabyte if `large`."""

    jobs, ahead, begun, large = 1, 0, [], False

    def __init__(self, *_):
        pass

    def submit(self, function, source, parameters, place, wanted, limit):
        self.begun.append(place)
        written = {name: b"{}" if name == "result.json" else b"x" * 1_000_000 * self.large for name in wanted}
        future = Future()
        future.set_result(Outcome({"run.ipynb": source.encode()} | written, None, 0.1))
        return future

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A toy report of two runs and two chapters, that one is in."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    toy.make_project(tmp_path)
    toy.make_study(tmp_path, "grid:\n  count: [1, 2]\n")
    toy.make_report(tmp_path)
    for name in ("front", "chapter"):
        cells = [
            nbformat.v4.new_code_cell("runs = 'runs'", metadata={"tags": ["parameters"]}),
            nbformat.v4.new_markdown_cell("# Text"),
        ]
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        metadata = {"kernelspec": kernel, "nbreport": {"studies": ["study"]}}
        nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=metadata), f"{name}.ipynb")
    monkeypatch.setattr(commands, "Workers", Fake)
    monkeypatch.setattr(Fake, "begun", [])
    monkeypatch.setattr(Fake, "large", False)
    return tmp_path


@pytest.fixture
def disk(tmp_path_factory):
    """A disk of 3 MB: `disk.only_read()`, `disk.fill()`, `disk.free()`."""
    folder = tmp_path_factory.mktemp("disk")
    answer = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", folder], capture_output=True)
    if answer.returncode:
        pytest.skip("no disk may be mounted here")
    yield Disk(folder)
    subprocess.run(["umount", folder], check=True)


class Disk:
    """A mounted disk."""

    def __init__(self, folder):
        self.folder, self.filling = folder, folder / "filling"

    def only_read(self):
        subprocess.run(["mount", "-o", "remount,ro", self.folder], check=True)

    def fill(self):
        with contextlib.suppress(OSError), open(self.filling, "wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))

    def free(self):
        self.filling.unlink()


def contents(folder):
    """Return the bytes of all files in a folder but those of locks, by path."""
    paths = [path for path in sorted(Path(folder).rglob("*")) if path.is_file()]
    return {path: path.read_bytes() for path in paths if not path.name.startswith(".lock") and path.name != "filling"}


def said(answer, *fragments):
    """The command ended with exit code 1 and one sentence that has `fragments`."""
    lines = [line for line in answer.stderr.splitlines() if line.startswith("error: ")]
    assert answer.returncode == 1 and len(lines) == 1, answer.stdout + answer.stderr
    assert "Traceback" not in answer.stderr + answer.stdout
    for fragment in fragments:
        assert fragment in lines[0], lines[0]


COMMANDS = {
    "run": ("run", "toy.ipynb"),
    "sweep": ("sweep", "study.yaml"),
    "report": ("report", "report.yaml", "--browser", "none"),
    "verify": ("verify", "report.yaml"),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_a_file_is_no_folder_of_runs(project, command, name):
    Path("file").write_text("mine", encoding="utf-8")
    Path("link").symlink_to("file")
    for runs, sentence in {
        "file": "RUNS=file is no folder: file is a file",
        "file/below/it": "RUNS=file/below/it is no folder: file is a file",
        "link": "RUNS=link is no folder: link is a file",
        "": "RUNS= is empty: name a folder",
        " ": "RUNS= is empty: name a folder",
        "x" * 300: "is no folder (File name too long)",
        "a\udcffb": "is no folder (not UTF-8)",
    }.items():
        assert_refused(command(__main__.main, *COMMANDS[name], "--runs", runs), sentence)
    assert Path("file").read_text(encoding="utf-8") == "mine" and not Fake.begun


def test_a_folder_of_runs_that_has_no_name_is_not_searched(command):
    assert_refused(command(twolayer.main, "predict", "--image", "a.png", "--runs", ""), "RUNS= is empty")


@pytest.mark.parametrize("name", ["report", "verify"])
def test_a_file_is_no_folder_of_a_page(project, command, name):
    Path("file").write_text("mine", encoding="utf-8")
    for build, sentence in {"file/x": "BUILD=file/x is no folder: file is a file", "": "BUILD= is empty"}.items():
        assert_refused(command(__main__.main, *COMMANDS[name], "--build", build), sentence)
    assert not Fake.begun


def test_a_file_in_the_place_of_a_study_is_told_and_stays(project, command):
    Path("runs").mkdir()
    Path("runs/study").write_text("mine", encoding="utf-8")
    said(command(__main__.main, "sweep", "study.yaml"), "runs/study: ")
    assert Path("runs/study").read_text(encoding="utf-8") == "mine" and not Fake.begun


def test_runs_on_a_full_disk_stay_and_those_to_come_are_run_when_there_is_space(project, command, disk):
    sweep = ("sweep", "study.yaml", "--runs", disk.folder / "runs")
    assert command(__main__.main, *sweep).returncode == 0
    before = contents(disk.folder)
    disk.fill()
    Fake.large = True
    said(command(__main__.main, *sweep, "--force"), FULL, "runs/study/")
    assert contents(disk.folder) == before and len(before) == 7
    toy.make_study(project, "grid:\n  count: [1, 2, 3]\n")
    said(command(__main__.main, *sweep), FULL)
    kept = contents(disk.folder)
    assert {path: kept[path] for path in before if path.name != "study.json"} == {
        path: content for path, content in before.items() if path.name != "study.json"
    }
    disk.free()
    Fake.large = False
    answer = command(__main__.main, *sweep)
    assert answer.returncode == 0 and "3 runs: 1 run now, 2 kept, 0 failed" in answer.stdout


def test_a_page_on_a_full_disk_stays(project, command, disk):
    report = (*COMMANDS["report"], "--build", disk.folder / "build")
    assert command(__main__.main, *report).returncode == 0
    (disk.folder / "build" / "toy.pdf").write_bytes(b"%PDF-")
    before = contents(disk.folder)
    assert {path.name for path in before} >= {"toy.html", "runs.json"}
    disk.fill()
    said(command(__main__.main, *report), FULL, "toy.html")
    assert contents(disk.folder) == before
    shutil.rmtree(disk.folder / "build" / "chapters")
    disk.fill()
    said(command(__main__.main, *report), FULL)
    disk.free()
    assert command(__main__.main, *report).returncode == 0


def test_finished_runs_on_a_disk_that_is_only_read_are_reported(project, command, disk):
    runs = ("--runs", disk.folder / "runs")
    assert command(__main__.main, "sweep", "study.yaml", *runs).returncode == 0
    disk.only_read()
    before, begun = contents(disk.folder), len(Fake.begun)
    answer = command(__main__.main, "sweep", "study.yaml", *runs)
    assert answer.returncode == 0 and "2 runs: 0 run now, 2 kept, 0 failed" in answer.stdout, answer.stderr
    assert len(Fake.begun) == begun
    answer = command(__main__.main, *COMMANDS["report"], *runs)
    assert answer.returncode == 0 and Path("report/build/toy.html").is_file(), answer.stderr
    answer = command(__main__.main, *COMMANDS["verify"], *runs)
    assert answer.returncode == 0 and answer.stdout.startswith("study: 2 fresh"), answer.stderr
    assert contents(disk.folder) == before


def test_what_cannot_be_kept_is_not_run(project, command, disk):
    runs = ("--runs", disk.folder / "runs")
    assert command(__main__.main, "sweep", "study.yaml", *runs).returncode == 0
    disk.only_read()
    toy.make_study(project, "grid:\n  count: [1, 2, 3]\n")
    Fake.begun.clear()
    said(command(__main__.main, "sweep", "study.yaml", *runs), f"runs/study: {READ_ONLY}")
    said(command(__main__.main, "sweep", "study.yaml", "--force", *runs), f"runs/study: {READ_ONLY}")
    said(command(__main__.main, "run", "toy.ipynb", *runs), READ_ONLY, "runs/single")
    answer = command(__main__.main, *COMMANDS["report"], *runs)
    assert f"study: left out: {disk.folder}/runs/study: {READ_ONLY}" in answer.stdout
    said(answer, "1 failed (study): the report is not built")
    assert not Fake.begun


def test_a_page_on_a_disk_that_is_only_read_stays(project, command, disk):
    build = ("--build", disk.folder / "build")
    assert command(__main__.main, *COMMANDS["report"], *build).returncode == 0
    before = contents(disk.folder)
    disk.only_read()
    said(command(__main__.main, *COMMANDS["report"], *build), f"toy.html.partial: {READ_ONLY}")
    assert contents(disk.folder) == before
    said(command(__main__.main, *COMMANDS["report"], "--build", disk.folder / "other"), f"other: {READ_ONLY}")


def refusing(code, after=0):
    """Return a function that writes like `files.write`, and fails from the call number `after` on, half way."""
    calls = []

    def write(path, content):
        calls.append(path)
        if len(calls) <= after:
            return path.write_bytes(content)
        path.write_bytes(content[: len(content) // 2])
        raise OSError(code, os.strerror(code), str(path))

    return write


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EFBIG, errno.EROFS])
@pytest.mark.parametrize("after", [0, 1, 2])
def test_whatever_a_disk_says_a_run_is_whole_or_as_it_was(project, command, monkeypatch, code, after):
    """Also where no disk may be mounted."""
    assert command(__main__.main, "sweep", "study.yaml").returncode == 0
    before = contents("runs")
    with monkeypatch.context() as broken:
        broken.setattr(store, "write", refusing(code, after))
        said(command(__main__.main, "sweep", "study.yaml", "--force"), "runs/study/", os.strerror(code))
    assert contents("runs") == before
    assert not list(Path("runs/study").glob(".partial*"))
    assert [seal.damage(Path("runs/study", name)) for name in ("count-1", "count-2")] == [None, None]


def test_a_run_that_cannot_take_its_place_leaves_the_one_before_it_there(tmp_path, monkeypatch):
    single = Store(tmp_path)
    single.keep("a", {"run.ipynb": b"1"}, {})
    before, rename = contents(tmp_path), Path.rename

    def failing(path, target):
        if path.name == ".partial-a":
            raise OSError(errno.ENOSPC, FULL, str(path))
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", failing)
    with pytest.raises(OSError, match=FULL):
        single.keep("a", {"run.ipynb": b"2"}, {})
    assert contents(tmp_path) == before and [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_file_is_replaced_by_a_whole_one_or_stays(tmp_path, monkeypatch):
    path = tmp_path / "file"
    files.write_whole(path, b"one")
    monkeypatch.setattr(files, "write", refusing(errno.ENOSPC))
    with pytest.raises(OSError, match=FULL):
        files.write_whole(path, b"another")
    assert path.read_bytes() == b"one" and [one.name for one in tmp_path.iterdir()] == ["file"]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full")
def test_a_full_disk_has_a_name():
    with pytest.raises(OSError, match=FULL) as caught:
        files.write(Path("/dev/full"), b"x")
    assert files.in_words(caught.value) == f"/dev/full: {FULL}"
    assert files.in_words(OSError("no number")) == "no number"


def test_a_lock_on_a_full_disk_holds(tmp_path, monkeypatch):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, FULL)

    monkeypatch.setattr(Path, "write_text", full)
    with Store(tmp_path).locked("a"), pytest.raises(store.InputError), Store(tmp_path).locked("a", patience=0.1):
        pass


def test_a_page_of_predictions_is_whole_or_as_it_was(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    for place in ("file/page.html", "file/below/page.html"):
        with pytest.raises(InputError, match=r"page.html cannot be written: .* is no folder"):
            predictions.write_page(tmp_path / place, [], "model.npz", SimpleNamespace(origin=None))
    page = predictions.write_page(tmp_path / "page.html", [], "model.npz", SimpleNamespace(origin=None))
    before = page.read_bytes()

    def full(path, *_, **__):
        path.write_bytes(b"half")
        raise OSError(errno.ENOSPC, FULL)

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(OSError, match=FULL):
        predictions.write_page(page, [], "other.npz", SimpleNamespace(origin=None))
    assert page.read_bytes() == before and sorted(os.listdir(tmp_path)) == ["file", "page.html"]


def test_a_full_disk_is_a_sentence_of_the_other_commands_too(command, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, FULL, "model.onnx")

    monkeypatch.setattr(twolayer, "asked_model", full)
    said(command(twolayer.main, "export", "--model", "a.npz", "--format", "onnx"), f"model.onnx: {FULL}")
