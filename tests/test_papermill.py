"""Notebooks called by papermill itself: what it gives is used, or stops in the second cell."""

import json
import os
import sys

import nbformat
import pytest
import yaml

from conftest import ROOT, call

# A small run of each notebook, and its own parameters.
SMALL = {"dataset": "made", "hidden": 6, "batch": 20, "updates": 4}
OWN = {
    "train": {},
    "census": {"seeds": 1, "images": 20},
    "chaos": {"seeds": 1, "images": 20},
    "curvature": {"images": 20},
}


def papermill(folder, notebook, *words):
    """Call papermill's command line in `folder`; return what it said, and the executed notebook."""
    answer = call(
        sys.executable, "-m", "papermill", ROOT / f"notebooks/{notebook}.ipynb", "out.ipynb", *words, cwd=folder
    )
    return answer, nbformat.read(folder / "out.ipynb", as_version=4)


@pytest.mark.parametrize("name", OWN)
def test_a_misspelt_parameter_stops_in_the_second_cell(made, tmp_path, name):
    answer, executed = papermill(tmp_path, name, "-p", "hiden", "64", "-p", "output", "mine")
    last = answer.stderr.strip().splitlines()[-1]
    assert answer.returncode == 1
    assert last.startswith(
        "ParameterError: unknown parameter 'hiden'; did you mean 'hidden'? (known are protocol, dataset"
    )
    own = [
        cell for cell in executed.cells if cell.cell_type == "code" and "injected-parameters" not in cell.metadata.tags
    ]
    own = [cell for cell in own if "papermill-error-cell-tag" not in cell.metadata.tags]
    stopped = [[out.output_type for out in cell.outputs] for cell in own]
    assert stopped[0] == [] and "error" in stopped[1] and not any(stopped[2:])
    assert not (tmp_path / "mine").exists()


@pytest.mark.parametrize("name", OWN)
def test_what_a_yaml_file_gives_is_used(made, tmp_path, name):
    """YAML 1.1 reads 1e-3 as a word."""
    rates = "rates" if name == "census" else "lr"
    text = yaml.safe_dump(SMALL | OWN[name] | {"output": "my run/one"}) + f"{rates}: 1e-3\nl2: 1e-2\n"
    (tmp_path / "mine.yaml").write_text(text, encoding="utf-8")
    assert yaml.safe_load(text)[rates] == "1e-3"
    answer, _ = papermill(tmp_path, name, "-f", "mine.yaml", "-r", "seed", "3")
    assert answer.returncode == 0, answer.stderr
    found = json.loads((tmp_path / "my run/one/result.json").read_text(encoding="utf-8"))["parameters"]
    wanted = SMALL | OWN[name] | {rates: "1e-3" if name == "census" else 0.001, "l2": 0.01, "seed": 3}
    assert {key: found[key] for key in wanted} == wanted
    assert sorted(os.listdir(tmp_path / "my run")) == ["one"]
