"""Made data and small helpers; real MNIST where a test needs it."""

import hashlib
import os
import shutil
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest
from filelock import FileLock

import live
from twolayer.data import mnist, sources
from twolayer.data.idx import encode

ROOT = Path(__file__).resolve().parents[1]
# Test files that take more than a few seconds, in the order in which workers begin them: the short ones at the end
# even out, and while the first builds the small report, those that need it have not begun.
LONG = (
    "live_page",
    "data_sets",
    "live_formulas",
    "sweeps",
    "failures",
    "lifetime",
    "surroundings",
    "live_draw",
    "live_byhand",
    "picture",
    "verify",
    "mutants",
    "exercises",
    "make",
    "diagnosis",
    "live_replay",
    "live_lab",
    "hostile_page",
    "sources",
    "page",
    "notebooks",
    "references",
    "bench",
    "fuzz",
)
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def made_files(seed=0, train=200, test=60, size=6, classes=3):
    """Return the four IDX files of a made data set, in which class k lights up column k."""
    rng = np.random.default_rng(seed)
    files = []
    for count in (train, test):
        labels = np.arange(count, dtype=np.uint8) % classes
        images = rng.integers(0, 60, (count, size, size), dtype=np.uint8)
        images[np.arange(count), :, labels] += 150
        files += [encode(images), encode(labels)]
    return dict(zip(mnist.FILES, files, strict=True))


@pytest.fixture
def made(tmp_path, monkeypatch):
    """A data folder of its own with the made data set "made" in it; returns the folder of the set."""
    monkeypatch.setenv("TWOLAYER_DATA", str(tmp_path / "data"))
    folder = tmp_path / "data" / "made"
    folder.mkdir(parents=True)
    for name, content in made_files().items():
        (folder / name).write_bytes(content)
    return folder


@pytest.fixture
def known(monkeypatch):
    """Make "made" a known data set; returns its files."""
    files = made_files()
    hashes = tuple(hashlib.sha256(content).hexdigest() for content in files.values())
    monkeypatch.setitem(mnist.KNOWN, "made", hashes)
    return files


def pytest_collection_modifyitems(items):
    """Put the tests of long files first; all others keep their order."""
    places = {f"test_{name}": place for place, name in enumerate(LONG)}
    items.sort(key=lambda item: places.get(item.path.stem, len(LONG)))


@pytest.fixture(autouse=True)
def own_toys():
    """Forget the modules of a test's toy project: the next test has others of the same names."""
    yield
    for name in [name for name in sys.modules if name.startswith("toy_")]:
        del sys.modules[name]


@pytest.fixture(scope="session")
def shared(tmp_path_factory):
    """The folder that all workers of the session have in common."""
    folder = tmp_path_factory.getbasetemp()
    return folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder


@pytest.fixture(scope="session", autouse=True)
def no_bytecode_of_scratch(tmp_path_factory):
    """Remove what Python keeps, apart from sources, of modules that tests have made and that are gone soon."""
    yield
    if sys.pycache_prefix:
        shutil.rmtree(Path(sys.pycache_prefix, *tmp_path_factory.getbasetemp().parts[1:]), ignore_errors=True)


@pytest.fixture(scope="session")
def real_mnist(shared):
    """Real MNIST, fetched as a user's would be."""
    with FileLock(shared / "mnist.lock"):
        return sources.fetch("mnist")


def call(*words, cwd=ROOT, **environment):
    """Run a command; return it with its output as text."""
    return subprocess.run(
        [str(word) for word in words],
        cwd=cwd,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=600,
        encoding="utf-8",
    )


def make(*words, **environment):
    """Run make with the environment that the tests run in."""
    return call("make", "VENV=", f"PYTHON={sys.executable}", *words, **environment)


@pytest.fixture
def command(capfd):
    """Call a command line in this process, `command(main, "run", ...)`; it returns what `call` would."""

    def run(main, *words):
        capfd.readouterr()
        try:
            code = main([str(word) for word in words])
        except SystemExit as end:
            code = end.code
        said = capfd.readouterr()
        return subprocess.CompletedProcess(words, code, said.out, said.err)

    return run


def assert_refused(answer, *fragments):
    """The command ended with exit code 2 and one clear sentence that has `fragments`."""
    lines = [line for line in answer.stderr.splitlines() if line.startswith("error: ")]
    assert answer.returncode == 2, answer.stdout + answer.stderr
    assert len(lines) == 1 and "Traceback" not in answer.stderr, answer.stderr
    for fragment in fragments:
        assert fragment in lines[0], lines[0]


@pytest.fixture(scope="session")
def smoke(shared, real_mnist):
    """The whole report in small: runs through papermill, chapters, HTML and PDF; built once for all workers."""
    folder = shared / "smoke"
    with FileLock(shared / "smoke.lock"):
        if not (folder / "done").exists():
            answer = make("report", "PROFILE=smoke", "JOBS=2", f"RUNS={folder / 'runs'}", f"BUILD={folder / 'build'}")
            assert answer.returncode == 0, answer.stdout + answer.stderr
            (folder / "done").touch()
    return folder


@pytest.fixture(scope="module")
def chromium():
    """The browser; not for the whole session, as its event loop is in the way of tests that run notebooks."""
    with live.chromium() as browser:
        yield browser


@pytest.fixture
def show(chromium):
    """Open a file: `show(path, width=390, scheme="dark")`, see `live.opened`; closed when the test ends."""
    with ExitStack() as stack:
        yield lambda path, **options: stack.enter_context(live.opened(chromium, path, **options))
