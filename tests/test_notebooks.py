"""The committed notebooks: without outputs, short cells, equations that resolve, declarations that hold."""

import ast
import inspect
import json
import re
import shlex
import statistics
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from conftest import NOTEBOOKS, ROOT
from nbreport.description import load_report
from nbreport.notebook import Notebook
from nbreport.page.mathml import MathConverter, tags
from nbreport.report import read_studies
from nbreport.studies.digest import code_of
from nbreport.studies.trace import imports
from twolayer.analysis import claims, reproduction

TAG = re.compile(r"\(((?:[1-9]\d*|[A-Z])\.\d+)\)")


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
        assert set(cell["metadata"]) <= {"tags", "jupyter"}, cell["id"]
    assert set(raw["metadata"]) == {"kernelspec", "language_info", "nbreport", "title"}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_say_to_other_tools_what_they_are(path):
    """Stock nbconvert takes the title for a page or a paper, and the extension for a script."""
    notebook = nbformat.read(path, as_version=4)
    assert cells(path, "markdown")[0].source.splitlines()[0] == f"# {notebook.metadata.title}"
    assert notebook.metadata.language_info.file_extension == ".py"
    assert nbformat.writes(notebook) + "\n" == path.read_text(encoding="utf-8")  # as JupyterLab saves it


def test_the_stripping_command_brings_back_what_is_committed(tmp_path):
    """Cell ids included: runs and messages name cells by them."""
    words = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").replace("\n  ", " ")
    options, keys = re.search(
        r"`\.venv/bin/nbstripout (.*?) notebooks/\*\.ipynb` with `(--extra-keys .*?)`", words
    ).groups()
    path = tmp_path / "one.ipynb"
    notebook = nbformat.read(ROOT / "notebooks" / "01_data.ipynb", as_version=4)
    before = nbformat.writes(notebook)
    notebook.metadata["papermill"] = {"duration": 1.0}
    notebook.metadata["language_info"]["version"] = "3.11.7"
    for count, cell in enumerate(one for one in notebook.cells if one.cell_type == "code"):
        cell.execution_count, cell.metadata["papermill"] = count, {"status": "completed"}
        cell.outputs = [nbformat.v4.new_output("stream", text="said")]
    nbformat.write(notebook, path)
    command = [sys.executable, "-m", "nbstripout", *shlex.split(options), *shlex.split(keys), str(path)]
    subprocess.run(command, check=True)
    assert path.read_text(encoding="utf-8").strip() == before.strip()


# Signs that are not letters, and that the fonts of LaTeX's papers have all the same.
PRINTED = set("–—‘’“”…×±−°·§©®€†‡•")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_sign_prints_in_latex(path):
    """Latin Modern has no Greek letters and few signs: nbconvert's PDF leaves them out; formulas have them."""
    texts = {cell.id: cell.source for cell in nbformat.read(path, as_version=4).cells}
    lost = {name: {sign for sign in text if ord(sign) > 0x17F} - PRINTED for name, text in texts.items()}
    assert {name: signs for name, signs in lost.items() if signs} == {}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_code_in_text_is_no_wider_than_paper(path):
    """LaTeX breaks no line of it, and of its typewriter letters 81 fit, after an indentation that it drops."""
    lines = [line for cell in cells(path, "markdown") for line in cell.source.splitlines() if line.startswith("    ")]
    assert [line for line in lines if len(line) > 85] == []


def test_every_sign_that_the_library_prints_does_so_in_latex():
    lost = {}
    for path in (path for path in (ROOT / "lib").rglob("*.py") if path.parent.name != "figures"):  # drawn: other fonts
        signs = {sign for sign in path.read_text(encoding="utf-8") if ord(sign) > 0x17F} - PRINTED
        lost |= {str(path.relative_to(ROOT)): signs} if signs else {}
    assert lost == {}


def is_text(source):
    """Whether a cell's code has to do with `prose` beyond the import: it must be a text of the chapter then."""
    names = {getattr(node, "id", getattr(node, "attr", None)) for node in ast.walk(ast.parse(source))}
    return "prose" in names


def asks(source):
    """Whether a cell's code is an exercise or a prediction, beyond the import."""
    names = {node.id for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)}
    return bool(names & {"exercise", "predict"})


def is_filled_in(node):
    """Whether this is what a text may hold: a name, or a constant key or an attribute of one, with a plain format."""
    match node:
        case ast.Name() | ast.Attribute(ast.Name()) | ast.Subscript(ast.Name(), ast.Constant()):
            return True
        case ast.FormattedValue(value, -1, None | ast.JoinedStr([ast.Constant()])):
            return is_filled_in(value)
    return False


def is_plain_text(source):
    """Whether a cell is `prose` of a text with names in it, or of a name for all of it, and nothing else."""
    match ast.parse(source).body:
        case [ast.Expr(ast.Call(ast.Name("prose"), [ast.JoinedStr(parts)], []))]:
            fields = [part for part in parts if not isinstance(part, ast.Constant)]
            return bool(fields) and all(map(is_filled_in, fields))
        case [ast.Expr(ast.Call(ast.Name("prose"), [argument], []))]:
            return is_filled_in(argument)
    return False


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_computed_text_stands_alone_and_its_source_is_hidden(path):
    """On the page (remove-input) and in JupyterLab; so are solutions in the one and parameters on the other."""
    for cell in cells(path, "code"):
        text, tags = is_text(cell.source), set(cell.metadata.get("tags", []))
        asked = asks(cell.source)
        assert not text or (is_plain_text(cell.source) and tags == {"remove-input"}), cell.id
        assert not asked or tags == {"remove-input"}, cell.id  # the code has the answer
        assert ("remove-input" in tags) <= (text or asked or "parameters" in tags), cell.id
        hidden = {"source_hidden": True} if text or asked or "solution" in tags else None
        assert cell.metadata.get("jupyter") == hidden, cell.id


@pytest.mark.parametrize("text", ['f"{a} b {c:.4f}"', 'f"""{n["a"]:,} {row.lr:g}\n"""', "a", 'n["C1"]', "row.text"])
def test_a_text_holds_names_with_formats(text):
    assert is_text(f"prose({text})") and is_plain_text(f"prose({text})")


@pytest.mark.parametrize(
    "source",
    [
        'prose(f"{len(a)}")',
        'prose(f"{a + 1}")',
        'prose(f"{-a}")',
        'prose(f"{a if b else c}")',
        'prose(f"{a or b}")',
        'prose(f"{n[a]}")',
        "prose(f\"{n['a']['b']}\")",
        'prose(f"{row.a.b}")',
        'prose(f"{a[1:]}")',
        'prose(f"{a:{b}}")',
        'prose(f"{a!r}")',
        "prose(f\"{f'{a}'}\")",
        'prose("no number: this is a Markdown cell")',
        'prose(f"nor is here one")',
        'prose(f"{a}" + b)',
        'prose("{}".format(a))',
        "prose(a if b else c)",
        'prose(f"{a}", 1)',
        'prose(text=f"{a}")',
        'prose(f"{a}")\nprose(f"{b}")',
        'a = 1\nprose(f"{a}")',
        'if a:\n    prose(f"{a}")',
        'def show(a):\n    prose(f"{a}")',
        "list(map(prose, texts))",
        'display.prose(f"{a}")',
    ],
)
def test_what_computes_is_no_text(source):
    assert is_text(source) and not is_plain_text(source)


RUN_BY_STUDIES = ("train.ipynb", "curvature.ipynb", "census.ipynb", "chaos.ipynb", "frontier.ipynb")
RUN_BY_HAND = ("predict.ipynb",)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_code_cells_are_short(path):
    # A cell of parameters has a line a parameter: it is a table to look something up in.
    code = [cell for cell in cells(path, "code") if "parameters" not in cell.metadata.get("tags", [])]
    lengths = {cell.id: sum(bool(line.strip()) for line in cell.source.splitlines()) for cell in code}
    assert max(lengths.values()) <= 15
    # A question is a text, whose lines are not code, and nobody sees them beside it.
    assert statistics.median(lengths[cell.id] for cell in code if not asks(cell.source)) <= 6


def given_always(node):
    """Yield the names that a cell gives a value whatever happens; not those of comprehensions and function bodies."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.id
    elif not isinstance(node, ast.If | ast.comprehension | ast.Lambda):
        for child in ast.iter_child_nodes(node):
            yield from given_always(child)


def unread(sources):
    """Return the names whose value no code reads before another cell gives them a new one: one of the two is wrong."""
    waiting, found = set(), set()
    for tree in map(ast.parse, sources):
        names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
        read = {node.id for node in names if isinstance(node.ctx, ast.Load)}
        given = set(given_always(tree))
        found |= given & (waiting := waiting - read)
        sometimes = {node.id for node in names if isinstance(node.ctx, ast.Store)}
        waiting |= (given | (waiting & sometimes)) - read
    return found - {"_"}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_value_is_read_before_its_name_gets_another(path):
    assert unread(cell.source for cell in cells(path, "code")) == set()


@pytest.mark.parametrize(
    ("sources", "names"),
    [
        (["a = 1", "a = 2", "print(a)"], {"a"}),
        (["a = 1", "print(a)", "a = 2"], set()),
        (["a = 1", "if b:\n    a = 2", "print(a)"], set()),
        (["a = 1\nif b:\n    a = 2", "a = [c for c in d]", "print(a)"], {"a"}),
        (["def a(): pass", "b = [a() for a in c]", "a, b = 1, 2"], {"b"}),
        (["a = 1\nb = a", "a = 2"], set()),
    ],
)
def test_what_is_given_anew_unread(sources, names):
    assert unread(sources) == names


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_use_no_relative_paths(path):
    assert "../" not in text_of(path)


def test_equation_numbers_are_unique_and_belong_to_their_chapter():
    found = {path.stem: tags(text_of(path)) for path in NOTEBOOKS}
    numbers = [number for chapter in found.values() for number in chapter]
    assert len(numbers) == len(set(numbers)) > 15
    for stem, chapter in found.items():
        place = str(int(stem[:2])) if stem[0].isdigit() else stem[0]  # an appendix has its letter: A_NAME
        assert all(number.split(".")[0] == place for number in chapter), stem
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


# Imports what each notebook does, one after the other in one process, but none of our modules twice.
IMPORTING = """
import json, sys
ours = lambda: [name for name in sys.modules if name.split(".")[0] in ("twolayer", "nbreport")]
for name, lines in json.load(sys.stdin).items():
    exec(lines, {})
    print(json.dumps([name, [sys.modules[one].__file__ for one in ours()]]))
    for one in ours():
        del sys.modules[one]
"""


@pytest.fixture(scope="module")
def imported():
    """Return what Python imports for each notebook: the path of the notebook to those of our modules."""
    code = {path: "\n".join(cell.source for cell in cells(path, "code")).splitlines() for path in NOTEBOOKS}
    asked = {str(path): "\n".join(filter(re.compile("(from|import) ").match, lines)) for path, lines in code.items()}
    words, text = [sys.executable, "-c", IMPORTING], json.dumps(asked)
    answer = subprocess.run(words, input=text, capture_output=True, encoding="utf-8", check=True)
    return {Path(path): set(map(Path, files)) for path, files in map(json.loads, answer.stdout.splitlines())}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_what_is_traced_is_what_python_imports(path, imported):
    """A module that a notebook imports and the trace misses could change without runs becoming stale."""
    notebook = Notebook(path)
    notebook.content.metadata["nbreport"].pop("only_draws", None)
    traced, packages = imports(notebook)
    assert imported[path] == set(traced) and len(traced) > 10
    assert {"numpy", "matplotlib"} <= set(packages)


@pytest.mark.parametrize("name", RUN_BY_STUDIES)
def test_what_only_draws_makes_no_training_run_stale(name):
    code = code_of(Notebook(ROOT / "notebooks" / name), ROOT)
    assert {"lib/twolayer/training/fast.py", "lib/twolayer/network/layers.py"} <= set(code["code"])
    assert not [file for file in code["code"] if "figures" in file or "nbreport" in file or "analysis" in file]
    assert set(code["packages"]) == {"numpy", "threadpoolctl"}


def study_names(path):
    """Return the studies whose names stand in a notebook's code."""
    known = {config.stem for config in (ROOT / "configs").glob("*.yaml")}
    trees = [ast.parse(cell.source) for cell in cells(path, "code")]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    if any(isinstance(node, ast.Attribute) and ast.unparse(node) == "claims.gather" for node in nodes):
        nodes += ast.walk(ast.parse(inspect.getsource(claims.gather)))
    if any(isinstance(node, ast.Attribute) and ast.unparse(node) == "reproduction.STUDIES" for node in nodes):
        nodes += map(ast.Constant, reproduction.STUDIES)
    keys = {id(node.slice) for node in nodes if isinstance(node, ast.Subscript)}
    return known & {node.value for node in nodes if isinstance(node, ast.Constant) and id(node) not in keys}


def test_chapters_declare_the_studies_they_read():
    report = load_report(ROOT / "report" / "report.yaml", "full")
    chapters, others = report.notebooks, {*RUN_BY_STUDIES, *RUN_BY_HAND}
    assert {chapter.path.name for chapter in chapters} == {path.name for path in NOTEBOOKS} - others
    read = set()
    for chapter in chapters:
        notebook = Notebook(ROOT / chapter.path)
        assert set(notebook.studies(report.parameters)) == study_names(notebook.path), chapter.path
        read |= set(notebook.studies(report.parameters))
        named = {"runs", *(word for entry in notebook.declared["studies"] for word in entry.split(" if ")[1:])}
        assert not notebook.declared["studies"] or named <= set(notebook.defaults)
    assert read == {path.stem for path in report.studies}  # no study is run for nothing


@pytest.mark.parametrize("profile", ["default", "full", "replica", "smoke"])
def test_every_profile_is_the_same_report(profile, monkeypatch, real_mnist):
    monkeypatch.chdir(ROOT)
    report = load_report("report/report.yaml", profile)
    plans = read_studies(report)
    assert {plan.name for plan in plans} >= {path.stem for path in load_report("report/report.yaml", "default").studies}
    apart = profile in ("replica", "smoke")
    assert report.runs == (profile if apart else "")
    assert set(report.overrides) == ({plan.name for plan in plans} if apart else set())
    wanted = {name for chapter in report.chapters for name in chapter.studies({"more_seeds": profile == "full"})}
    assert wanted == {plan.name for plan in plans}


def test_the_replica_has_as_many_runs_and_no_seed_in_common(monkeypatch, real_mnist):
    monkeypatch.chdir(ROOT)
    points = {}
    for profile in ("default", "replica"):
        plans = read_studies(load_report("report/report.yaml", profile))
        points[profile] = {plan.name: plan.find("runs") for plan in plans if not plan.needs}
    seeds = {profile: set() for profile in points}
    for name, usual in points["default"].items():
        other = points["replica"][name]
        assert [len(usual)] * 2 == [len(other), len({one.run_id for one in other})], name
        for profile in points:
            seeds[profile] |= {(name, one.parameters["seed"]) for one in points[profile][name]}
        changed = [{**one.parameters, "seed": 0} for one in other]
        assert changed == [{**one.parameters, "seed": 0} for one in usual], name
    assert not seeds["default"] & seeds["replica"]


def test_the_number_of_finalists_stands_once():
    texts = [path.read_text(encoding="utf-8") for path in (*NOTEBOOKS, *(ROOT / "configs").glob("sound*.yaml"))]
    texts.append((ROOT / "report" / "report.yaml").read_text(encoding="utf-8"))
    assert sum(len(re.findall(r"^\s*count: \d|\bcount = \d", text, flags=re.M)) for text in texts) == 1
