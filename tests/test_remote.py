"""What a Dask worker makes sure of before it runs something; with real workers: test_cluster.py."""

import platform

import nbformat
import pytest

import toy
from nbreport.kernels import arithmetic
from nbreport.notebook import Notebook
from nbreport.studies import remote

PARAMETERS = {"count": 2, "word": "a", "pause": 0.0}


@pytest.fixture
def source(tmp_path, monkeypatch):
    """The notebook of a project, as text; the project is that of driver and worker."""
    path = toy.make_project(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(remote, "ROOT", tmp_path)
    monkeypatch.setattr(remote, "Workers", never)
    monkeypatch.setattr(remote, "_idle", [])
    return nbformat.writes(Notebook(path).content)


def never(*arguments):
    raise AssertionError("it was run")


def test_what_would_be_made_otherwise_is_not_made(source):
    answer = remote.run("something else", "portable", never, source, PARAMETERS)
    assert isinstance(answer, remote.Refused) and "toy_code.py" in answer.record["code"]


def test_what_the_check_refuses_is_not_made(source):
    answer = remote.run("something else", "portable", never, source, PARAMETERS | {"count": 0})
    assert answer == remote.Refused("count must be an integer from 1 to 9, not 0")


def test_a_checkout_that_has_changed_under_its_worker_is_refused(source, monkeypatch):
    monkeypatch.setattr(remote, "LOADED", {})
    answer = remote.run("something else", "portable", never, source, PARAMETERS)
    assert answer == remote.Refused("its checkout has changed since it was started: start it again")


def test_what_a_run_is_made_by_is_part_of_what_it_is(source):
    record = remote.described(source, PARAMETERS, ".")
    assert "lib/nbreport/kernels/worker.py" in record["plumbing"]
    same = remote.described(source, dict(PARAMETERS), ".")
    assert remote.identity(same) == remote.identity(record)
    for name in ("plumbing", "digest"):
        assert remote.identity(record | {name: "another"}) != remote.identity(record)


def test_code_that_changes_is_seen(source, tmp_path):
    before = remote.described(source, PARAMETERS, ".")
    (tmp_path / "toy_code.py").write_text(
        "import toy_more\n\n\ndef repeat(word, count):\n    return word\n", encoding="utf-8"
    )
    (tmp_path / "toy_more.py").write_text("", encoding="utf-8")
    after = remote.described(source, PARAMETERS, ".")
    assert after["code"].keys() - before["code"].keys() == {"toy_more.py"}
    assert remote.differences(before, after) == "its toy_code.py and 1 more are not the driver's"


@pytest.mark.skipif(
    bool(arithmetic.why_native(platform.machine(), platform.system(), arithmetic.processor_flags())),
    reason="there is no portable arithmetic here",
)
def test_a_worker_holds_the_arithmetic_of_the_driver(source, monkeypatch):
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Sandybridge")
    answer = remote.run("something else", "portable", never, source, PARAMETERS)
    assert (answer.record["arithmetic"]["core"], answer.record["arithmetic"]["threads"]) == ("Haswell", 1)


def test_each_difference_has_its_words():
    here = {name: {} for name in ("packages", "code", "plumbing", "inputs", "facts")}
    here |= {"arithmetic": {"openblas": "1", "core": "Haswell", "features": "X86_V3", "threads": 1}}
    others = {
        "its numpy is 2.5, the driver's None": {"packages": {"numpy": "2.5"}},
        "its a.py is not the driver's": {"code": {"a.py": "x"}},
        "its lib/b.py is not the driver's": {"plumbing": {"lib/b.py": "x"}},
        "its c.csv is not the driver's": {"inputs": {"c.csv": "x"}},
        "its data are not the driver's": {"facts": {"data": "x"}},
        "it computes with OpenBLAS 1 for Zen, 1 thread, NumPy for X86_V3, the driver with OpenBLAS 1 for Haswell, "
        "1 thread, NumPy for X86_V3": {"arithmetic": here["arithmetic"] | {"core": "Zen"}},
    }
    for sentence, change in others.items():
        assert remote.differences(here, here | change) == sentence
