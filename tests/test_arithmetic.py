"""One arithmetic: what holds it, what a user's environment may not change, and that runs come out the same."""

import json
import os
import platform
import sys
from importlib.metadata import version

import pytest

import golden
import toy
from conftest import ROOT, assert_refused, call, make
from nbreport import InputError, __main__
from nbreport.kernels import arithmetic
from twolayer.runs import records

HERE = platform.machine(), platform.system(), arithmetic.processor_flags()
needs_avx2 = pytest.mark.skipif(arithmetic.why_native(*HERE) is not None, reason="portable arithmetic needs AVX2")
PORTABLE = {"core": "Haswell", "features": "X86_V2 X86_V3", "threads": 1}
# What a user may have set: other code for products, other features, more threads, other blocks.
THEIRS = {"OPENBLAS_CORETYPE": "SkylakeX", "OMP_NUM_THREADS": "2", "GOTO_NUM_THREADS": "2", "OPENBLAS_L2_SIZE": "512"}


@pytest.fixture(autouse=True)
def free(monkeypatch):
    """Variables as a user has them who has set none."""
    for name in list(os.environ):
        if name.startswith(arithmetic.DECIDE) or name in arithmetic.THREADS:
            monkeypatch.delenv(name)


FLAGS = [*arithmetic.FLAGS, "sse2"]


@pytest.mark.parametrize(
    ("machine", "system", "flags", "why"),
    [
        ("x86_64", "Linux", FLAGS, None),
        ("x86_64", "Linux", ["sse2", "avx"], "this processor has no avx2"),
        ("x86_64", "Linux", [flag for flag in FLAGS if flag != "fma"], "this processor has no fma"),
        ("aarch64", "Linux", ["asimd"], "this is Linux on aarch64"),
        ("arm64", "Darwin", [], "this is Darwin on arm64"),
        ("x86_64", "Darwin", FLAGS, "this is Darwin on x86_64"),
        ("AMD64", "Windows", [], "this is Windows on AMD64"),
    ],
)
def test_where_portable_arithmetic_cannot_be_had_is_known_without_numpy(machine, system, flags, why):
    assert arithmetic.why_native(machine, system, flags) == why


def test_without_avx2_native_is_used_and_said(monkeypatch):
    monkeypatch.setattr(arithmetic, "processor_flags", lambda: ["sse2"])
    monkeypatch.setattr(platform, "system", lambda: "Linux")
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Nehalem")
    needs = "portable needs Linux and an x86-64 processor with AVX2"
    words, said = [f"arithmetic: native, as {needs}, and this processor has no avx2"], []
    with arithmetic.held("portable", said.append):
        assert os.environ["OPENBLAS_CORETYPE"] == "Nehalem" and "NPY_ENABLE_CPU_FEATURES" not in os.environ
        assert os.environ["OPENBLAS_NUM_THREADS"] == "1" and said == words
    with arithmetic.held("native", said.append):
        assert said == words


def test_a_users_variables_count_under_native_alone_and_all_are_back_at_the_end(monkeypatch):
    theirs = THEIRS | {"NPY_DISABLE_CPU_FEATURES": "X86_V4", "OTHER": "1"}
    for name, value in theirs.items():
        monkeypatch.setenv(name, value)
    before = dict(os.environ)
    kept = arithmetic.environment("portable", before)
    assert kept["OTHER"] == "1" and not {"NPY_DISABLE_CPU_FEATURES", "OPENBLAS_L2_SIZE", "GOTO_NUM_THREADS"} & set(kept)
    assert {name: kept[name] for name in arithmetic.HELD} == arithmetic.HELD
    native = arithmetic.environment("native", before)
    assert native == before | arithmetic.THREADS
    with arithmetic.held("native"):
        assert dict(os.environ) == native
    assert dict(os.environ) == before


def test_the_features_that_are_held_are_numpys_names_of_what_is_asked_of_the_processor():
    """Were they not, NumPy would warn and use all: its own words are compared."""
    words = call(sys.executable, "-W", "error", "-c", "import numpy", **arithmetic.HELD)
    assert words.returncode == 0 or arithmetic.why_native(*HERE), words.stderr


@needs_avx2
@pytest.mark.parametrize("theirs", [{}, THEIRS, {"NPY_DISABLE_CPU_FEATURES": "X86_V3 X86_V4 AVX512_ICL AVX512_SPR"}])
def test_what_is_in_use_is_asked_of_a_process(monkeypatch, theirs):
    for name, value in theirs.items():
        monkeypatch.setenv(name, value)
    with arithmetic.held("portable"):
        assert arithmetic.in_use() == PORTABLE | {"openblas": arithmetic.in_use()["openblas"]}
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Sandybridge")
    with arithmetic.held("native"):
        assert arithmetic.in_use()["core"].upper() == "SANDYBRIDGE" and arithmetic.in_use()["threads"] == 1


def test_what_numpy_refuses_is_a_sentence(monkeypatch, command):
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("NPY_ENABLE_CPU_FEATURES", "X86_V3")
    monkeypatch.setenv("NPY_DISABLE_CPU_FEATURES", "X86_V4")
    words = ("run", "notebooks/train.ipynb", "--arithmetic", "native")
    assert_refused(command(__main__.main, *words), "NumPy cannot be used", "NPY_DISABLE_CPU_FEATURES")


def test_who_is_asked_and_killed_without_a_word_is_a_sentence(monkeypatch):
    monkeypatch.setattr(arithmetic, "ASK", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    arithmetic._asked.cache_clear()
    with pytest.raises(InputError, match="NumPy cannot be used: its process ended with -9 and without a word"):
        arithmetic.in_use()


@pytest.mark.parametrize("words", [("run", "toy.ipynb"), ("sweep", "study.yaml"), ("report", "report.yaml")])
def test_another_arithmetic_is_refused_and_nothing_started(tmp_path, monkeypatch, command, words):
    toy.make_project(tmp_path)
    toy.make_study(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    answer = command(__main__.main, *words, "--arithmetic", "fast")
    assert_refused(answer, "ARITHMETIC must be portable or native, not 'fast'")
    assert not (tmp_path / "runs").exists()


def test_make_passes_the_option_on(tmp_path):
    for target in ("run", "sweep", "evaluate"):
        answer = make(target, "ARITHMETIC=fast", RUNS=str(tmp_path / "runs"), MODEL="none.npz")
        assert_refused(answer, "ARITHMETIC must be portable or native, not 'fast'")
    assert not (tmp_path / "runs").exists()


def test_the_command_line_holds_its_arithmetic_before_numpy_is_there():
    """Checks and choices of points are computed in its own process."""
    ask = "import sys, nbreport.__main__; print('numpy' in sys.modules)"
    assert call(sys.executable, "-c", ask).stdout == "False\n"


LOOK = """
import json, os, numpy, threadpoolctl
from pathlib import Path
(blas,) = threadpoolctl.threadpool_info()
names = ("OPENBLAS_CORETYPE", "NPY_ENABLE_CPU_FEATURES", "NPY_DISABLE_CPU_FEATURES", "OPENBLAS_L2_SIZE")
said = {"core": blas["architecture"], "threads": blas["num_threads"]} | {name: os.environ.get(name) for name in names}
Path(output, "text.txt").write_text("done")
said["features"] = numpy.show_config("dicts")["SIMD Extensions"]["found"]
Path(output, "result.json").write_text(json.dumps(said))
"""


@needs_avx2
@pytest.mark.parametrize("preload", [[], ["numpy"]])
def test_kernels_compute_as_was_asked_whatever_the_user_has_set(tmp_path, monkeypatch, command, preload):
    """Forked from a server that has NumPy already, too."""
    toy.make_project(tmp_path, LOOK, preload=preload)
    toy.make_study(tmp_path, "grid:\n  count: [1]\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYTHONPATH", toy.path(tmp_path))
    for name, value in THEIRS.items():
        monkeypatch.setenv(name, value)
    seen = []
    for choice in ("portable", "portable", "native"):
        answer = command(__main__.main, "sweep", "study.yaml", "--arithmetic", choice)
        assert answer.returncode == 0, answer.stdout + answer.stderr
        text = (tmp_path / "runs/study/count-1/result.json").read_text(encoding="utf-8")
        seen.append((answer.stdout, json.loads(text)))
    first, second, third = (content for _, content in seen)
    assert first["core"] == "Haswell" and first["threads"] == 1 and first["features"] == ["X86_V3"]
    assert first["NPY_DISABLE_CPU_FEATURES"] is None and first["OPENBLAS_L2_SIZE"] is None
    assert second == first and "0 run now, 1 kept" in seen[1][0]
    assert third["OPENBLAS_CORETYPE"] == "SkylakeX" and third["threads"] == 1 and third["OPENBLAS_L2_SIZE"] == "512"
    if "avx512bw" in HERE[2]:
        assert "stale: made with OpenBLAS" in seen[2][0] and "Haswell" in seen[2][0]
        assert third["core"] == "SkylakeX" and third["provenance"]["digest"] != first["provenance"]["digest"]


@needs_avx2
def test_a_run_says_what_it_was_computed_with(tmp_path, real_mnist):
    """In the words of the driver, which asks another process: what it expects is what the kernel has."""
    words = ("run", "notebooks/train.ipynb", "--params", "hidden=8 updates=2", "--runs", tmp_path)
    answer = call(sys.executable, "-m", "nbreport", *words, **THEIRS)
    assert answer.returncode == 0, answer.stderr
    result = json.loads((tmp_path / "single/hidden-8_updates-2/result.json").read_text(encoding="utf-8"))
    assert result["arithmetic"] == result["provenance"]["arithmetic"]
    assert result["arithmetic"] == PORTABLE | {"openblas": records.arithmetic()["openblas"]}
    assert result["versions"]["numpy"] == version("numpy")


@needs_avx2
@pytest.mark.parametrize(
    "theirs", [{}, THEIRS | {"NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR"}], ids=["free", "set"]
)
def test_three_short_runs_are_the_same_to_the_bit(real_mnist, theirs):
    """If a change meant to change runs, renew the hashes: the docstring of `golden` says how."""
    held = (sys.executable, "-m", "nbreport.kernels.arithmetic", "portable")
    answer = call(*held, sys.executable, ROOT / "tests" / "golden.py", **theirs)
    assert answer.returncode == 0, answer.stderr
    assert json.loads(answer.stdout) == json.loads(golden.FILE.read_text(encoding="utf-8"))


@needs_avx2
def test_without_avx512_numpy_itself_gives_the_same(real_mnist):
    """As on a processor that lacks it: here NumPy is told so, and not what to enable."""
    theirs = {"NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR", "OPENBLAS_CORETYPE": "Haswell"}
    answer = call(sys.executable, ROOT / "tests" / "golden.py", **theirs, **arithmetic.THREADS)
    assert answer.returncode == 0, answer.stderr
    assert json.loads(answer.stdout) == json.loads(golden.FILE.read_text(encoding="utf-8"))


def test_the_lock_keeps_the_library_whose_bits_were_compared():
    """OpenBLAS held to one core gave the same bits on processors of two makers up to 0.3.33, and in 0.3.34 not.

    So says its report 6021. A newer NumPy brings a newer OpenBLAS: before the lock takes it, the golden runs have to
    be compared on, or under an emulator of, processors of several makers, and the number here raised.
    """
    number = records.arithmetic()["openblas"]
    if number is not None:
        assert tuple(map(int, number.split(".")[:3])) <= (0, 3, 33)
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert f"\nnumpy=={version('numpy')} " in lock


def test_words_for_an_arithmetic():
    used = {"openblas": "0.3.31", "core": "Zen", "features": "X86_V2 X86_V3", "threads": 2}
    assert arithmetic.in_words(used) == "OpenBLAS 0.3.31 for Zen, 2 threads, NumPy for X86_V2 X86_V3"
    other = used | {"openblas": None, "core": None, "threads": None}
    assert arithmetic.in_words(other) == "no OpenBLAS, NumPy for X86_V2 X86_V3"
    assert arithmetic.in_words(None) == "an arithmetic that was not recorded"


def test_notebooks_opened_by_make_lab_compute_the_same():
    assert "$(HELD) -m jupyter lab" in (ROOT / "Makefile").read_text(encoding="utf-8")
    ask = "import json; from twolayer.runs.records import arithmetic; print(json.dumps(arithmetic()))"
    held = (sys.executable, "-m", "nbreport.kernels.arithmetic")
    found = json.loads(call(*held, "portable", sys.executable, "-c", ask, **THEIRS).stdout)
    assert found["core"] == "Haswell" or arithmetic.why_native(*HERE)
    assert_refused(call(*held, "fast", sys.executable, "-c", ask), "ARITHMETIC must be portable or native")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([], "a command are needed"),
        (["portable"], "a command are needed"),
        (["portable", "no-such"], "no-such cannot be"),
    ],
)
def test_a_command_that_cannot_be_held_gets_a_sentence(words, sentence):
    assert_refused(call(sys.executable, "-m", "nbreport.kernels.arithmetic", *words), sentence)
