"""The committed notebooks: without outputs, short cells, equations that resolve, declarations that hold."""

import ast
import json
import re
import statistics
import sys

import nbformat
import pytest
import yaml

from conftest import NOTEBOOKS, ROOT, call
from nbreport.notebook import Notebook
from nbreport.page.mathml import MathConverter, tags
from nbreport.report import load_report
from nbreport.studies.digest import input_files

TAG = re.compile(r"\(([1-9]\d*\.\d+)\)")


def cells(path, kind):
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == kind]


def text_of(path):
    return "\n".join(cell.source for cell in nbformat.read(path, as_version=4).cells)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_are_valid_and_carry_no_outputs(path):
    nbformat.validate(nbformat.read(path, as_version=4))
    raw = json.loads(path.read_text(encoding="utf-8"))
    for cell in raw["cells"]:
        assert not cell.get("outputs") and cell.get("execution_count") is None, cell["id"]
        solution = "solution" in cell["metadata"].get("tags", [])  # folded in JupyterLab, too
        assert cell["metadata"].get("jupyter") == ({"source_hidden": True} if solution else None), cell["id"]
        assert set(cell["metadata"]) <= {"tags", "jupyter"}, cell["id"]
    assert set(raw["metadata"]) == {"kernelspec", "language_info", "nbreport"}


RUN_BY_STUDIES = ("train.ipynb", "curvature.ipynb")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_code_cells_are_short(path):
    lengths = [sum(bool(line.strip()) for line in cell.source.splitlines()) for cell in cells(path, "code")]
    assert max(lengths) <= 15 and statistics.median(lengths) <= 6


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_use_no_relative_paths(path):
    assert "../" not in text_of(path)


def test_equation_numbers_are_unique_and_belong_to_their_chapter():
    found = {path.stem: tags(text_of(path)) for path in NOTEBOOKS}
    numbers = [number for chapter in found.values() for number in chapter]
    assert len(numbers) == len(set(numbers)) > 15
    for stem, chapter in found.items():
        assert all(number.split(".")[0] == str(int(stem[:2])) for number in chapter if stem[0].isdigit())
        assert [int(number.split(".")[1]) for number in chapter] == list(range(1, len(chapter) + 1)), stem


def test_every_reference_to_an_equation_resolves():
    numbers = {number for path in NOTEBOOKS for number in tags(text_of(path))}
    places = {path: text_of(path) for path in NOTEBOOKS}
    places |= {path: path.read_text(encoding="utf-8") for path in sorted((ROOT / "lib" / "twolayer").rglob("*.py"))}
    referred = {path: set(TAG.findall(text)) for path, text in places.items()}
    assert {path.name: refs - numbers for path, refs in referred.items() if refs - numbers} == {}
    assert sum(len(refs) for path, refs in referred.items() if path.suffix == ".py") > 15


def shown_functions(path):
    """Return the functions whose source a chapter shows, by the names that it calls them."""
    code = [cell.source for cell in cells(path, "code")]
    names = {}
    for line in (line for source in code for line in source.splitlines() if re.match("(from|import) ", line)):
        exec(line, names)
    calls = [call for source in code for call in ast.walk(ast.parse(source)) if isinstance(call, ast.Call)]
    texts = [ast.unparse(a) for call in calls if getattr(call.func, "id", "") == "source" for a in call.args]
    return {text: eval(text, names) for text in texts}


def test_every_equation_stands_beside_the_function_that_implements_it():
    """Both sides: each equation is named by a function that its chapter shows, each function names equations."""
    for path in (path for path in NOTEBOOKS if tags(text_of(path))):
        shown = {name: set(TAG.findall(function.__doc__)) for name, function in shown_functions(path).items()}
        numbers = set(tags(text_of(path)))
        assert numbers - set().union(*shown.values()) == set(), path.name
        assert [name for name, named in shown.items() if not named & numbers] == [], path.name


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_formulas_are_valid(path):
    converter = MathConverter()
    for cell in cells(path, "markdown"):
        prose = re.sub(r"`[^`]*`", "", cell.source)
        for formula in re.findall(r"\\begin\{equation\}.*?\\end\{equation\}|\$\$.*?\$\$", prose, flags=re.S):
            assert "<math" in converter.convert(formula.strip("$"), True, path.stem)


@pytest.mark.parametrize("name", RUN_BY_STUDIES)
def test_notebooks_of_studies_declare_all_code_they_run(name):
    """A module that one imports but does not declare could change without its runs becoming stale."""
    notebook = Notebook(ROOT / "notebooks" / name)
    imports = "\n".join(
        line
        for cell in cells(notebook.path, "code")
        for line in cell.source.splitlines()
        if re.match("from|import", line)
    )
    listing = "import sys; print(*(m.__file__ for n, m in sys.modules.items() if n.split('.')[0] == 'twolayer'))"
    answer = call(sys.executable, "-c", f"{imports}\n{listing}")
    imported = {path[len(str(ROOT)) + 1 :] for path in answer.stdout.split() if not path.endswith("__init__.py")}
    assert imported == set(input_files(notebook, notebook.defaults, ROOT)), answer.stderr


def test_chapters_declare_their_inputs_and_take_the_reports_parameters():
    report = load_report(ROOT / "report" / "report.yaml", "default")
    chapters = (report.front, *report.chapters)
    assert {chapter.path.name for chapter in chapters} == {path.name for path in NOTEBOOKS} - set(RUN_BY_STUDIES)
    for chapter in chapters:
        notebook = Notebook(ROOT / chapter.path)
        declared = notebook.declared["inputs"]
        assert {"lib/twolayer/**/*.py", "lib/nbreport/display.py"} <= set(declared)
        read = {name for name in report.parameters if name in notebook.defaults and name != "count"}
        assert {f"{{runs}}/{{{name}}}/*/result.json" for name in read} == {glob for glob in declared if "{" in glob}
        reads = any(word in text_of(notebook.path) for word in ("studies.load(", "claims.gather("))
        assert bool(read) == reads and all(name in text_of(notebook.path).split('runs = "runs"')[1] for name in read)


@pytest.mark.parametrize("profile", ["", "smoke_"])
def test_chapter_and_studies_agree_on_the_number_of_finalists(profile):
    report = yaml.safe_load((ROOT / "report" / "report.yaml").read_text(encoding="utf-8"))["profiles"]
    count = report["smoke" if profile else "default"]["parameters"].get("count", 3)
    points = [
        yaml.safe_load((ROOT / "configs" / f"{profile}sound_{name}.yaml").read_text(encoding="utf-8"))["points"]
        for name in ("finalists", "final")
    ]
    assert [each["count"] for each in points] == [count, count]
    assert points[1]["repeats"] == f"{profile}sound_finalists" and points[1]["search"] == points[0]["search"]
