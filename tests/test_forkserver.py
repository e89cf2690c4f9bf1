"""The process that kernels are forked from: what its imports do does not reach those who ask it."""

import os
import sys
import time
from pathlib import Path

import nbformat
import psutil
import pytest

import toy
from nbreport.kernels import forkserver, worker

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="kernels are forked on Linux only")
LOUD = "import os, sys\nprint('hello')\nos.write(1, b'42\\n')\nos.system('echo 43')\nsys.stdin.read()\n"
BAD = {
    "loud": LOUD,
    "broken": "1 / 0\n",
    "misspelt": "def\n",
    "leaving": "raise SystemExit(3)\n",
    "skipped": "class Skipped(BaseException):\n    pass\nraise Skipped\n",
}


@pytest.fixture(autouse=True)
def fresh(tmp_path, monkeypatch):
    """A server of the test's own, which finds modules in `tmp_path`."""
    monkeypatch.setenv("PYTHONPATH", toy.path(tmp_path))
    monkeypatch.setattr(forkserver.Server, "process", None)
    monkeypatch.setattr(forkserver.Server, "modules", ())
    for name, text in BAD.items():
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
    yield
    if forkserver.Server.process is not None:
        forkserver.Server.end()


def fork(folder):
    """Fork a kernel that has nobody to talk to; return its process."""
    environment = os.environ | {"JUPYTER_RUNTIME_DIR": str(folder), "IPYTHONDIR": str(folder)}
    return psutil.Process(forkserver.Server.fork([], str(folder), environment))


@pytest.mark.parametrize("name", BAD)
def test_a_preload_may_print_read_fail_and_leave(tmp_path, name):
    forkserver.Server.modules = [name, "wave"]
    kernels = [fork(tmp_path), fork(tmp_path)]  # again where the module is imported already, or has failed
    assert {kernel.ppid() for kernel in kernels} == {forkserver.Server.process.pid}
    assert len({kernel.pid for kernel in kernels}) == 2


def held(pid, *numbers):
    """Return what a process has open, under the given file descriptors or all."""
    folder = Path(f"/proc/{pid}/fd")
    paths = [folder / str(number) for number in numbers] if numbers else list(folder.iterdir())
    return {os.readlink(path) for path in paths if path.is_symlink()}


def test_a_kernel_does_not_hold_the_servers_socket(tmp_path):
    kernel, server = fork(tmp_path), forkserver.Server.process
    (socket,) = held(server.pid, int(psutil.Process(server.pid).cmdline()[-1]))
    assert socket.startswith("socket:")
    deadline = time.monotonic() + 10
    while socket in held(kernel.pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert held(kernel.pid) and socket not in held(kernel.pid)


def test_what_is_printed_when_python_starts_is_no_answer(tmp_path, monkeypatch):
    """Such as by a module that the environment's administrator has Python import."""
    loud = f"echo hello; echo 42; cat\nexec '{sys.executable}' \"$@\""
    monkeypatch.setattr(sys, "executable", program(tmp_path, loud))
    assert fork(tmp_path).ppid() == forkserver.Server.process.pid


def test_the_notebook_says_that_its_import_fails(tmp_path, monkeypatch):
    monkeypatch.setenv("JUPYTER_DEFAULT_PROVISIONER_NAME", forkserver.NAME)
    path = toy.make_project(tmp_path, "import broken", preload=["broken"], files=[])
    source = nbformat.writes(nbformat.read(path, as_version=4))
    error = worker.execute(source, {}, str(tmp_path), []).error
    assert "ZeroDivisionError" in error and "broken.py" in error, error


def program(folder, text):
    """Make a program that stands in for Python; return its path."""
    path = Path(folder, "python")
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)
    return str(path)


ANSWERS = f"exec '{sys.executable}' -c 'import os, sys; os.write(int(sys.argv[-1]), b\"%s\\n\")' \"$@\""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("exit 3", "ended"),
        ("echo 42", "ended"),  # what is printed is no answer
        (ANSWERS % "hello", "said 'hello'"),
        (ANSWERS % "\\xff", "said "),
    ],
)
def test_a_server_that_dies_or_babbles_is_an_error_in_a_sentence(tmp_path, monkeypatch, text, said):
    monkeypatch.setattr(sys, "executable", program(tmp_path, f"echo >> '{tmp_path}/started'; {text}"))
    forkserver.Server.modules = ["numpy"]
    with pytest.raises(RuntimeError, match=f"no kernel could be forked: .*imports ipykernel, numpy for it {said}"):
        fork(tmp_path)
    assert (tmp_path / "started").read_text(encoding="utf-8") == "\n\n"  # a second one was tried


def test_a_module_that_ends_the_process_is_named(tmp_path):
    (tmp_path / "deadly.py").write_text("import os\nos._exit(3)\n", encoding="utf-8")
    forkserver.Server.modules = ["deadly"]
    with pytest.raises(RuntimeError, match="imports ipykernel, deadly for it ended, twice"):
        fork(tmp_path)


def test_a_killed_server_is_replaced(tmp_path, monkeypatch):
    once = f"mkdir '{tmp_path}/once' 2>/dev/null && exit 3\nexec '{sys.executable}' \"$@\""
    monkeypatch.setattr(sys, "executable", program(tmp_path, once))
    first = fork(tmp_path)
    psutil.Process(forkserver.Server.process.pid).kill()
    assert fork(tmp_path).pid != first.pid


STUCK = """
import os, shutil, tempfile
from ipykernel.kernelapp import IPKernelApp

def initialize(self, argv=None):
    if os.path.basename(os.getcwd()) == "gone":
        shutil.rmtree(os.getcwd())
    tempfile.mkdtemp()  # as IPython does
    raise OSError("no such file")

IPKernelApp.initialize = initialize
"""


@pytest.mark.parametrize(("name", "said"), [("gone", False), ("there", True)])
def test_a_kernel_whose_folder_is_gone_before_it_is_ready_says_and_leaves_nothing(
    tmp_path, monkeypatch, capfd, name, said
):
    """Its worker was killed, and the folder removed; nobody wants to know what the kernel could not open in it."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    (tmp_path / "stuck.py").write_text(STUCK, encoding="utf-8")
    forkserver.Server.modules, folder = ["stuck"], tmp_path / name
    folder.mkdir()
    psutil.wait_procs([fork(folder)], timeout=10)
    assert ("OSError: no such file" in capfd.readouterr().err) == said and folder.exists() == said
    assert list(temporary.iterdir()) == []


def test_a_kernels_temporary_files_are_where_its_user_has_them(tmp_path, monkeypatch):
    monkeypatch.setenv("JUPYTER_DEFAULT_PROVISIONER_NAME", forkserver.NAME)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    work = "import tempfile\nassert tempfile.gettempdir() == " + repr(str(tmp_path))
    path = toy.make_project(tmp_path, work, files=[])
    assert worker.execute(nbformat.writes(nbformat.read(path, as_version=4)), {}, str(tmp_path), []).error is None
