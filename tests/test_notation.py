"""Chapter 2's table of symbols: each has one line, every letter of every formula is in it, its names are the code's."""

import re

import numpy as np
import pandas as pd
import pytest

from conftest import NOTEBOOKS, ROOT
from test_notebooks import cells
from twolayer.analysis import homework
from twolayer.figures.published import parameters as beside
from twolayer.figures.run import parameter_histograms

ROW = re.compile(r"^\| (\$.*?\$) \|.*?\| *(.*?) *\|.*\|$", re.M)
WORDS = re.compile(r"\\(text|begin|end|tag)\{[^}]*\}")
WHOLE = re.compile(r"\\(?:operatorname|mathbf|mathcal|mathrm)\{[^}]*\}")
GREEK = (
    "alpha beta gamma delta epsilon zeta eta theta kappa lambda mu nu xi pi rho sigma tau upsilon varphi phi chi psi "
    "omega Delta varrho vartheta Gamma Phi Xi Psi Upsilon Sigma Lambda Omega Pi"
)
FUNCTIONS = {
    r"\operatorname{relu}",
    r"\operatorname{leaky}",
    r"\operatorname{Im}",
    r"\operatorname{ECE}",
    r"\operatorname{sgn}",
}


def symbols(latex):
    """Return the symbols of a formula without their subscripts: letters, and what is set in a font of its own."""
    latex = WORDS.sub(" ", latex)
    found = set(WHOLE.findall(latex)) - FUNCTIONS
    latex = WHOLE.sub(" ", latex)
    found |= {name for name in re.findall(r"\\([A-Za-z]+)", latex) if name in GREEK.split()}
    return found | set(re.findall("[A-Za-z]", re.sub(r"\\[A-Za-z]+", " ", latex)))


def formulas(text):
    text = re.sub(r"```.*?```|`[^`]*`", " ", text, flags=re.S)
    found = re.findall(r"\\begin\{equation\}(.*?)\\end\{equation\}|\$\$(.*?)\$\$|\$([^$]+)\$", text, flags=re.S)
    return ["".join(parts) for parts in found]


def table():
    (text,) = (
        cell.source
        for cell in cells(ROOT / "notebooks" / "02_derivation.ipynb", "markdown")
        if cell.source.startswith("## Notation")
    )
    return ROW.findall(text)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_symbol_of_a_chapter_is_in_the_table(path):
    known = set().union(*(symbols(line) for line, _ in table()))
    used = {formula: symbols(formula) for cell in cells(path, "markdown") for formula in formulas(cell.source)}
    assert {formula: found - known for formula, found in used.items() if found - known} == {}


def test_a_symbol_has_one_line():
    found = [symbol.strip() for line, _ in table() for symbol in re.split(r",(?![^(]*\))", line.replace("$", ""))]
    assert len(found) == len(set(found)) > 50


def test_the_names_are_those_of_the_code():
    code = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "lib" / "twolayer").rglob("*.py"))
    for name in ("02_derivation", "B_exercises"):
        code += "\n".join(cell.source for cell in cells(ROOT / "notebooks" / f"{name}.ipynb", "code"))
    names = [name for _, column in table() for name in re.findall("`([A-Za-z]\\w*)`", column)]
    assert [name for name in names if not re.search(rf"\b{name}\b", code)] == [] and len(names) > 40


@pytest.mark.parametrize(
    ("latex", "found"),
    [
        (r"\mathbf{H} v = \kappa v", {r"\mathbf{H}", "v", "kappa"}),
        (r"\operatorname{relu}(Z_1)_{ij} \le \eta_{\max}", {"Z", "i", "j", "eta"}),
        (r"\underset{(B, D)}{X^\top} \text{ where } \lVert a \rVert", {"B", "D", "X", "a"}),
    ],
)
def test_the_symbols_of_a_formula(latex, found):
    assert symbols(latex) == found


def test_table_and_figure_of_the_parameters_have_one_standard_deviation():
    """That of the numbers themselves; of the ten of b2, an estimate from a sample would be 5% larger."""
    rng, shown = np.random.default_rng(0), []
    shapes = {"W1": (6, 5), "b1": 5, "W2": (5, 10), "b2": 10}
    params = {name: rng.standard_normal(shape).astype(np.float32) for name, shape in shapes.items()}
    (cell,) = (c for c in cells(ROOT / "notebooks" / "04_training.ipynb", "code") if ".describe()" in c.source)
    exec(cell.source, {"pd": pd, "params": params, "table": lambda frame, *_, **__: shown.append(frame["std"])})
    printed = [axes.get_title().rpartition("sd ")[2] for axes in parameter_histograms(params).axes]
    assert [f"{value:.3g}" for value in shown[0]] == printed == [f"{one.std():.3g}" for one in params.values()]
    titles = [axes.get_title() for axes in beside(homework.published_parameters()["arrays"], params, range(10)).axes]
    assert [title.rpartition("published, ")[2] for title in titles] == [f"{value} ours" for value in printed]
