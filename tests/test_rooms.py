"""The house: which room may use which, and how much fits on a screen."""

import ast
import importlib

import pytest

from conftest import ROOT

LIB = ROOT / "lib"
# Each room may use those before it.
ROOMS = {
    "twolayer": ("data", "network", "checking", "training", "curvature", "runs", "analysis", "page", "figures"),
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
