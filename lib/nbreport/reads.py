"""What the cells of a notebook read, recorded while they run: of runs, and of the project's other files.

`display` puts it into the metadata of what it shows, and the page says it beside it. A statement has read what was
opened while it ran, and what those had read that made the variables it uses. Names are followed, not objects: who
assigns a name, or calls a method or sets an element of what it stands for, has made it. So it may be said of more than
was needed that it was read, as of a table of all runs of which one is looked at.
"""

import ast
import inspect
import json
import os
import sys
from pathlib import Path
from types import SimpleNamespace

RESULT, STUDY = "result.json", "study.json"  # of a run's folder, and of the folder of its study
ROOT = Path(__file__).resolve().parents[2]  # of the project, where this package is used from its checkout
BRANCHES = (ast.If, ast.For, ast.While, ast.Try, ast.With)  # what they assign may stay as it was


class _Names(ast.NodeVisitor):
    """Names that code reads, and those that it sets, of its own scope: not those of functions and comprehensions."""

    def __init__(self, *nodes):
        self.used, self.made = set(), set()
        for node in nodes:
            self.visit(node)

    def visit_Name(self, node):
        (self.used if isinstance(node.ctx, ast.Load) else self.made).add(node.id)

    def visit_arg(self, node):
        self.made.add(node.arg)

    def visit_alias(self, node):
        self.made.add((node.asname or node.name).partition(".")[0])

    def visit_Expr(self, node):
        if isinstance(node.value, ast.Call) and isinstance(node.value.func, ast.Attribute):
            self._changed(node.value.func)
        self.generic_visit(node)

    def visit_Subscript(self, node):
        if not isinstance(node.ctx, ast.Load):
            self._changed(node)
        self.generic_visit(node)

    visit_Attribute = visit_Subscript

    def _changed(self, node):
        while isinstance(node, ast.Attribute | ast.Subscript):
            node = node.value
        self.made |= {node.id} if isinstance(node, ast.Name) else set()

    def _scope(self, node):
        inner = _Names(*ast.iter_child_nodes(node))
        self.used |= inner.used - inner.made
        self.made |= {node.name} if hasattr(node, "name") else set()

    visit_FunctionDef = visit_AsyncFunctionDef = visit_ClassDef = visit_Lambda = _scope
    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _scope


def statements(source):
    """Return for each statement of a cell its last line and three sets of names: used, made, and made only perhaps."""
    try:
        body = ast.parse(source).body
    except SyntaxError:  # it will not run
        return []
    found = [(one.end_lineno, isinstance(one, BRANCHES), _Names(one)) for one in body]
    return [(line, of.used, set() if maybe else of.made, of.made if maybe else set()) for line, maybe, of in found]


class Watch:
    """The cells of a running kernel: what each statement has read, and which have made what a name stands for.

    A statement is the number of its cell and its place there.
    """

    def __init__(self, shell):
        self.shell, self.cell, self.lines = shell, None, []
        self.opened = {}  # statement to the paths that it has opened
        self.made_by = {}  # name to (the statements that made it themselves, all that had a part in it)
        self.behind = {}  # statement to the same two, itself among them
        shell.events.register("pre_run_cell", self.begin)
        shell.events.register("post_run_cell", self.end)
        sys.addaudithook(self.heard)

    def begin(self, info, number=None):
        """Before a cell runs: the one with the next number of the shell's inputs, unless another is given."""
        self.cell = number or len(self.shell.user_ns["In"])
        parts = statements(self.shell.transform_cell(info.raw_cell or ""))
        self.lines = [line for line, *_ in parts]
        for place, (_, used, made, perhaps) in enumerate(parts):
            one, known = (self.cell, place), [self.made_by[name] for name in used if self._holds_data(name)]
            direct, every = ({one}.union(*(each[which] for each in known)) for which in (0, 1))
            self.behind[one] = direct, every
            for name in made | perhaps:
                before = self.made_by.get(name, (set(), set())) if name in perhaps else (set(), set())
                self.made_by[name] = ({one} | before[0], every | before[1])

    def end(self, result):
        """After it."""
        self.cell = None

    def heard(self, event, arguments):
        """Note a file that is opened to be read; Python calls this for whatever it does, and it must not fail."""
        if event != "open" or self.cell is None:
            return
        path, mode, flags = arguments
        reading = "r" in mode if isinstance(mode, str) else not flags & (os.O_WRONLY | os.O_RDWR)
        if reading and isinstance(path, str) and not path.endswith((".py", ".pyc")):
            for one in self._now():
                self.opened.setdefault(one, set()).add(path)

    def _now(self):
        """Return the statement that runs, in a list; in another thread, all of its cell. Those of a line are one."""
        frame, line = sys._getframe(1), None
        while frame:
            of_cell = frame.f_globals is self.shell.user_ns and frame.f_code.co_name == "<module>"
            line, frame = frame.f_lineno if of_cell else line, frame.f_back
        places = [place for place, last in enumerate(self.lines) if line is None or line <= last]
        return [(self.cell, place) for place in places[: None if line is None else 1]]

    def _holds_data(self, name):
        value = self.shell.user_ns.get(name)
        foreign = inspect.isfunction(value) and value.__module__ != "__main__"
        return name in self.made_by and not (foreign or inspect.ismodule(value) or inspect.isclass(value))

    def record(self):
        """Return what the statement that runs shows was made from.

        Returns
        -------
        dict
            `cells`, the numbers of the cells that it was made by: this one, those whose variables it uses, and those
            that read something; `runs`, of each study None where all of its runs were read, else the ids of those
            that were; `files`, others of the project, from its root.
        """
        behind = [self.behind[one] for one in self._now()]
        direct, every = (set().union(*(each[which] for each in behind)) for which in (0, 1))
        found = {one: _sorted_out(self.opened[one]) for one in every if one in self.opened}
        runs, files = {}, set()
        for folders, others in found.values():
            files |= others
            for folder in folders:
                runs.setdefault(folder.parent, set()).add(folder.name)
        reading = {one for one, read in found.items() if any(read)}
        return {
            "cells": sorted({cell for cell, _ in direct | reading} | {self.cell}),
            "runs": {study.name: _all_or(study, runs[study]) for study in sorted(runs)},
            "files": sorted(files),
        }


def _sorted_out(paths):
    """Return the folders of the runs that these paths belong to, and the project's other files, from its root."""
    runs, files = set(), set()
    for path in map(Path, paths):
        if path.parent.joinpath(RESULT).is_file() and path.parent.parent.joinpath(STUDY).is_file():
            runs.add(path.parent)
        elif path.name != STUDY and path.is_relative_to(ROOT):
            inside = path.relative_to(ROOT)
            hidden = any(part.startswith(".") or part == "site-packages" for part in inside.parts)
            files |= set() if hidden else {inside.as_posix()}
    return runs, files


def _all_or(study, read):
    """Return None if a study consists of these runs, else their ids."""
    listed = json.loads((study / STUDY).read_text(encoding="utf-8"))["runs"]
    return None if set(listed) == read else sorted(read)


_watch = None


def watch(shell):
    """Begin to record what the cells of an IPython shell read; None is no shell."""
    global _watch
    if shell is not None and (_watch is None or _watch.shell is not shell):
        _watch = Watch(shell)
        inputs = shell.user_ns["In"]
        _watch.begin(SimpleNamespace(raw_cell=inputs[-1]), len(inputs) - 1)  # the cell that imports this


def record():
    """Return what the cell that runs was made from, as `Watch.record`; None where nobody watches."""
    return None if _watch is None or _watch.cell is None else _watch.record()
