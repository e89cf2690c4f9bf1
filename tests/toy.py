"""A small study that has nothing to do with networks, for the tests of the plumbing."""

import json
import os
from pathlib import Path

import nbformat
import yaml

LIB = Path(__file__).resolve().parents[1] / "lib"
CHECK = """
class InputError(ValueError):
    pass


def check(parameters):
    if type(parameters["count"]) is not int or not 1 <= parameters["count"] <= 9:
        raise InputError(f"count must be an integer from 1 to 9, not {parameters['count']!r}")
    return {"fact": 1}
"""
PARAMETERS = 'count = 2  # how many\nword = "a"\npause = 0.0\noutput = "out"'
WORK = """
import json, time
from pathlib import Path
import toy_code
time.sleep(pause)
text = toy_code.repeat(word, count)
Path(output, "text.txt").write_text(text)
Path(output, "result.json").write_text(json.dumps({"summary": text, "word": word}))
"""
REPORT = """
title: Toy
subtitle: A test
name: toy
template: {template}
references: references.yaml
front: front.ipynb
chapters: [chapter.ipynb]
studies: [study.yaml]
profiles: {{default: {{}}}}
"""


def make_report(folder, **changes):
    """Write `report.yaml`, of a front page and a chapter, and its empty bibliography into `folder`."""
    described = yaml.safe_load(REPORT.format(template=LIB.parent / "report" / "template")) | changes
    (Path(folder) / "report.yaml").write_text(yaml.safe_dump(described, sort_keys=False), encoding="utf-8")
    (Path(folder) / "references.yaml").write_text("{}\n", encoding="utf-8")


def make_project(folder, work=WORK, parameters=PARAMETERS, **metadata):
    """Write a notebook, its check and its code into `folder`; return the notebook's path."""
    folder = Path(folder)
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [
        nbformat.v4.new_markdown_cell("# Toy"),
        nbformat.v4.new_code_cell(parameters, metadata={"tags": ["parameters"]}),
        nbformat.v4.new_code_cell(work.strip()),
    ]
    notebook.metadata = {
        "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
        "language_info": {"name": "python"},
        "nbreport": {
            "check": "toy_check:check",
            "files": ["result.json", "text.txt"],
        }
        | metadata,
    }
    (folder / "toy_check.py").write_text(CHECK, encoding="utf-8")
    (folder / "toy_code.py").write_text(
        '"""Docstring."""\n\n\ndef repeat(word, count):\n    return word * count\n', encoding="utf-8"
    )
    nbformat.write(notebook, folder / "toy.ipynb")
    return folder / "toy.ipynb"


def path(folder):
    """Return the PYTHONPATH of the project in `folder`: its code, and the library beside these tests."""
    return os.pathsep.join([str(folder), str(LIB)])


def make_study(folder, text='grid:\n  count: [1, 2, 3]\n  word: ["a", "b"]\n'):
    """Write `study.yaml` into `folder`."""
    (Path(folder) / "study.yaml").write_text(f"notebook: toy.ipynb\n{text}", encoding="utf-8")


def results(folder):
    """Return run id to summary for all runs in the study's folder."""
    found = Path(folder, "runs", "study").glob("[!.]*/result.json")
    return {path.parent.name: json.loads(path.read_text(encoding="utf-8"))["summary"] for path in found}
