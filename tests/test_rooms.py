"""The house: which room may use which, and how much fits on a screen."""

import ast
import importlib
import re
import statistics

import pytest

from conftest import ROOT

LIB = ROOT / "lib"
# Each room may use those before it.
ROOMS = {
    "twolayer": (
        *("data", "network", "checking", "training", "curvature", "runs", "frontier", "analysis", "page", "figures"),
    ),
    "nbreport": ("page", "kernels", "studies"),
}
FOREIGN = {"twolayer": ("nbreport", "papermill", "nbconvert", "IPython", "nbformat"), "nbreport": ("twolayer",)}
MODULES = sorted(LIB.rglob("*.py"))


def place(path):
    """Return package and room of a module; room "" is the package's top."""
    package, *rest = path.relative_to(LIB).parts
    return package, rest[0] if len(rest) > 1 else ""


def imported(path):
    """Yield the absolute names that a module's imports name, a tuple of their parts each."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (tuple(alias.name.split(".")) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = path.relative_to(LIB).parts[: -node.level] if node.level else ()
            base = above + tuple(node.module.split(".") if node.module else ())
            yield from ((*base, alias.name) for alias in node.names)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(LIB)))
def test_a_room_uses_what_the_rooms_before_it_name(path):
    package, room = place(path)
    for name in imported(path):
        assert name[0] not in FOREIGN[package], name
        if name[0] != package or name[1] not in ROOMS[package] or name[1] == room:
            continue
        assert room == "" or ROOMS[package].index(name[1]) < ROOMS[package].index(room), f"{name} from {room}"
        assert name[2] in importlib.import_module(".".join(name[:2])).__all__, f"{name} is not named by its room"


@pytest.mark.parametrize("room", [f"{package}.{room}" for package, rooms in ROOMS.items() for room in rooms])
def test_each_room_says_in_a_line_what_it_is_for(room):
    module = importlib.import_module(room)
    assert module.__doc__.strip().endswith(".") and "\n" not in module.__doc__ and len(module.__all__) > 1
    for name in module.__all__:
        assert hasattr(module, name) or importlib.import_module(f"{room}.{name}")


def test_there_are_no_rooms_but_these():
    found = {tuple(path.relative_to(LIB).parts[:2]) for path in MODULES if len(path.relative_to(LIB).parts) > 2}
    assert found == {(package, room) for package, rooms in ROOMS.items() for room in rooms}


# One idea each that needs more than 200 lines, and why.
LONG = {}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(LIB)))
def test_a_module_fits_on_a_few_screens(path):
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert (lines > 200) == (str(path.relative_to(LIB)) in LONG) and lines < 300


def test_functions_fit_on_a_screen():
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in MODULES}
    found = {
        f"{path.relative_to(LIB)}:{node.name}": node.end_lineno - node.lineno + 1
        for path, tree in trees.items()
        for node in ast.walk(tree)
        if isinstance(node, kinds)
    }
    assert {name: lines for name, lines in found.items() if lines > 50} == {}
    assert statistics.median(found.values()) <= 12 and len(found) > 300


def test_paths_that_are_named_exist():
    """In prose, comments, metadata and lists: nothing of an older house is left."""
    pattern = re.compile(
        r"(?<![\w/])(?:lib|configs|data|notebooks|report|tools|tests)/[\w/.-]+\.(?:py|yaml|toml|ipynb|js)\b"
    )
    rooms = ("lib", "tools", "benchmarks", "report/template", "configs", "notebooks")
    files = [path for room in rooms for path in (ROOT / room).rglob("*") if "__pycache__" not in path.parts]
    files += [*ROOT.glob("*.md"), *ROOT.glob("*.toml"), *ROOT.glob("data/*.md"), *ROOT.glob("report/*.yaml")]
    files += [ROOT / "Makefile", ROOT / "tests" / "mutants.toml"]
    texts = {path: path.read_text(encoding="utf-8") for path in files if path.is_file()}
    named = {(path.name, name) for path, text in texts.items() for name in pattern.findall(text)}
    gone = {(path, name) for path, name in named if not (ROOT / name).exists() and "NAME" not in name}
    assert len(named) > 30 and gone == set()
