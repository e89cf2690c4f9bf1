"""Executed notebooks say where they are kept, whatever signs are in that folder's name."""

import json
from pathlib import Path

import nbformat
import pytest

import toy
from nbreport import __main__
from nbreport.kernels.moved import moved

PLACES = ['a"b', "a\\b", "a\\", "it's", "a\nb\tc", "ü→", "${x}", "`a`", "a b", '"""', "\\u0041"]


def executed(scratch="/tmp/nb-1"):
    """Return the bytes of an executed notebook that names a scratch folder in all its parts."""
    source = f'# Parameters\nword = "a"\noutput = "{scratch}/out"\n'
    cells = [
        nbformat.v4.new_markdown_cell(f"In {scratch}/out."),
        nbformat.v4.new_code_cell(source, metadata={"tags": ["injected-parameters"]}),
        nbformat.v4.new_code_cell(
            "1",
            outputs=[
                nbformat.v4.new_output("stream", text=f"one\n{scratch}/out/file\n"),
                nbformat.v4.new_output("display_data", data={"application/json": {"a": [f"{scratch}/b", 3, None]}}),
            ],
        ),
    ]
    metadata = {"papermill": {"parameters": {"output": f"{scratch}/out"}, "version": "2"}}
    return nbformat.writes(nbformat.v4.new_notebook(cells=cells, metadata=metadata)).encode()


@pytest.mark.parametrize("place", PLACES)
def test_a_notebook_stays_one_and_names_its_place(place):
    content = executed()
    found = moved(content, {"/tmp/nb-1/out": place, "/tmp/nb-1": place})
    assert json.loads(found) and b"nb-1" not in found
    notebook = nbformat.reads(found.decode(), as_version=4)
    nbformat.validate(notebook)
    text, injected, work = notebook.cells
    assert text.source == f"In {place}."
    values = {}
    exec(injected.source, values)  # it is Python, and says the place
    assert values["output"] == place and values["word"] == "a"
    assert work.outputs[0].text == f"one\n{place}/file\n"
    assert work.outputs[1].data["application/json"] == {"a": [f"{place}/b", 3, None]}
    assert notebook.metadata.papermill.parameters.output == place


def test_where_there_is_nothing_to_replace_each_byte_stays():
    content = executed()
    assert moved(content, {"/nowhere": "x"}) == content


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"3", b"\xff", b"[" * 100_000, b'{"cells": 3}'])
def test_what_is_no_notebook_stays_what_it_is(content):
    assert moved(content, {"/tmp": "x"}) == content


def test_runs_are_kept_in_a_folder_of_any_name(tmp_path, monkeypatch, command):
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYTHONPATH", toy.path(tmp_path))
    toy.make_project(tmp_path)
    runs = Path("a\"b\\c 'd' `e` $(f)\nü")
    answer = command(__main__.main, "run", "toy.ipynb", "--runs", runs, "--params", "count=3 word='x\"y\\z`'")
    assert answer.returncode == 0, answer.stderr
    (path,) = runs.glob("single/*/run.ipynb")
    notebook = nbformat.read(path, as_version=4)
    values = {}
    exec(next(cell.source for cell in notebook.cells if "injected-parameters" in cell.metadata.tags), values)
    assert values["output"] == str(path.parent) and values["word"] == 'x"y\\z`'
    assert json.loads(path.with_name("result.json").read_text(encoding="utf-8"))["summary"] == 'x"y\\z`' * 3
