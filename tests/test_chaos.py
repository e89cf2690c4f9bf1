"""The same runs under two kernels: in processes of their own, and how far they are apart."""

import subprocess

import numpy as np
import pytest

from examples import list_runs
from twolayer.curvature import census, chaos
from twolayer.data import mnist
from twolayer.runs import records, studies
from twolayer.training.configuration import Configuration, ParameterError
from twolayer.training.sgd import Sgd, train
from twolayer.training.start import prepare


def settings(**options):
    usual = {"protocol": "homework", "dataset": "made", "hidden": 6, "batch": 20, "updates": 60, "lr": 1e-3}
    return Configuration.resolve(**(usual | options))


def test_a_path_is_the_run_itself(made, monkeypatch):
    config = settings(dtype="float64")
    monkeypatch.setattr(chaos, "SHOWN", 25)
    found, start = chaos.path(config, mnist.load("made")), prepare(config, mnist.load("made"), 1)
    losses = train(Sgd(start.net), ((start.scaling(pixels, float), y) for pixels, y in start.stream), start.rates)
    assert found["parameters"].shape == (26, 6 * 36 + 6 + 6 * 3 + 3) and found["losses"].shape == (25,)
    penalty = 0.01 / 2 * (found["parameters"][:-1] ** 2).sum(axis=1)
    np.testing.assert_allclose(found["losses"] + penalty, losses[:25], rtol=1e-9)


def test_both_kernels_are_asked_for_and_what_they_find_is_compared(made, monkeypatch):
    asked, run = [], subprocess.run

    def kept(words, env, check):
        asked.append((env["OPENBLAS_CORETYPE"], words[3]))
        return run(words, env=env, check=check)

    monkeypatch.setattr(subprocess, "run", kept)
    config = settings(updates=30)
    found = chaos.compare(config, 2, 100)
    assert sorted(asked) == sorted(
        (kernel, name) for kernel in ("Haswell", "Sandybridge") for name in ("path", "fates")
    )
    assert found["distance"].shape == (31,) and np.isnan(found["distance"][0])
    assert (found["distance"][1:] < 1e-3).all() and found["losses"].shape == (2, 30)
    own = census.census(config, mnist.load("made"), "0.001", 2, 100)
    assert found["collapsed"].tolist() == [own["collapsed"].tolist()] * 2


def test_distance_by_hand(monkeypatch):
    paths = {"Haswell": [[0.0, 0], [3, 4], [6, 8]], "Sandybridge": [[0.0, 0], [3, 4.5], [6, 3]]}
    ends = {"Haswell": [True, False], "Sandybridge": [True, True]}

    def made_run(kernel, function, config, *arguments):
        if function is chaos.fates:
            return {"collapsed": np.array(ends[kernel])}
        return {"parameters": np.array(paths[kernel]), "losses": np.array([1.0, 2.0])}

    monkeypatch.setattr(chaos, "under_kernel", made_run)
    found = chaos.compare(None, 2, 10)
    np.testing.assert_allclose(found["distance"], [np.nan, 0.1, 0.5])
    assert found["collapsed"].tolist() == [[True, False], [True, True]]


def test_what_is_compared_is_written_and_read_back(tmp_path):
    found = {"distance": np.array([np.nan, 0.5]), "losses": np.zeros((2, 1)), "collapsed": np.array([[True], [False]])}
    for lr in (0.002, 0.001):
        result = records.write_compared(
            settings(lr=lr), {"seeds": 1, "images": 10}, found, tmp_path / "two" / f"lr-{lr}"
        )
        assert result["summary"] == f"lr {lr}: another end under another kernel for 1 of 1 seeds"
    list_runs(tmp_path / "two")
    frame = studies.load_compared("two", tmp_path)
    assert frame["lr"].tolist() == [0.001, 0.002] and frame["seeds"].tolist() == [1, 1]
    assert all(np.array_equal(frame[name][0], array, equal_nan=True) for name, array in found.items())


def test_bad_parameters_are_refused(made):
    parameters = {"protocol": "homework", "dataset": "made", "batch": 20, "seeds": 2, "images": 20}
    assert chaos.check(parameters)["data"]
    for options, fragment in (
        ({"seeds": 0}, "seeds must be"),
        ({"images": 161}, "images must be"),
        ({"batch": 161}, "batch must be"),
        ({"l": 1}, "unknown"),
    ):
        with pytest.raises(ParameterError, match=fragment):
            chaos.check(parameters | options)
