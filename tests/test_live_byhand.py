"""The page's backpropagation by hand in a real browser, beside Python's fractions and the library's gradients."""

import ast
import itertools
import re
from decimal import Decimal, localcontext
from fractions import Fraction

import nbformat
import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

from conftest import ROOT
from live import violations
from nbreport.page import document, references
from twolayer.figures import worked
from twolayer.network import TwoLayerNet, layers
from twolayer.page import byhand

CHOSEN = ("X", "y", "W1", "b1", "W2", "b2")
LINES = [name for name, _ in byhand.RULES]
FORWARD = [name for name in LINES if name[0] != "d"]
BACKWARD = LINES[len(FORWARD) :]
L2 = Fraction(1, 4)


def names_of(source):
    """Return the names that a cell gives a value, and those that it takes from elsewhere."""
    given, taken = set(), set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Name):
            (taken if isinstance(node.ctx, ast.Load) else given).add(node.id)
        elif isinstance(node, ast.alias):
            given.add(node.asname or node.name)
        elif isinstance(node, ast.FunctionDef):
            given |= {node.name, *(one.arg for one in node.args.args)}
    return given, taken - given


def outputs(notebook):
    """Return what the widget's cell displays; of the cells before it only those run that it needs."""
    sources = {cell.id: cell.source for cell in notebook.cells if cell.cell_type == "code"}
    before = list(itertools.takewhile(lambda name: name != "02_derivation-byhand", sources))
    wanted, needed = names_of(sources["02_derivation-byhand"])[1], []
    for name in reversed(before):
        given, taken = names_of(sources[name])
        if given & wanted:
            wanted, needed = (wanted - given) | taken, [name, *needed]
    names = {}
    InteractiveShell.instance()
    for name in needed:
        exec(sources[name], names)
    with capture_output() as captured:
        exec(sources["02_derivation-byhand"], names)
    return [
        nbformat.v4.new_output("display_data", data=one.data, metadata=one.metadata or {}) for one in captured.outputs
    ]


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """The page of the example, as chapter 2, with that chapter's equations."""
    notebook = nbformat.read(ROOT / "notebooks" / "02_derivation.ipynb", as_version=4)
    cell = nbformat.v4.new_code_cell("", outputs=outputs(notebook))
    notebook.cells = [one for one in notebook.cells if one.cell_type == "markdown" and "\\tag{" in one.source]
    notebook.cells = [nbformat.v4.new_markdown_cell("# Gradients"), *notebook.cells, cell]
    chapters = {"1": nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# First")]), "2": notebook}
    entries = references.load(ROOT / "report" / "references.yaml")
    html = document.build(chapters, ROOT / "report" / "template", "A title", {}, entries=entries)
    path = tmp_path_factory.mktemp("byhand") / "page.html"
    path.write_text(html, encoding="utf-8")
    return path


# Another opinion: fractions, and numbers c + sum of c_k / (1 + e^k) as dicts from k to c_k


def add(*numbers):
    found = {}
    for k, part in itertools.chain(*(number.items() for number in numbers)):
        found[k] = found.get(k, 0) + part
    return {k: part for k, part in found.items() if part}


def scale(number, by):
    return add({k: part * by for k, part in number.items()})


def plain(number):
    return add({0: Fraction(number)})


def probability(k):
    """1 / (1 + e^k)."""
    if k > 0:
        return {k: Fraction(1)}
    return plain(Fraction(1, 2)) if k == 0 else add(plain(1), {-k: Fraction(-1)})


def reference(X, y, W1, b1, W2, b2):
    """Return both passes, entry by entry as (2.1) to (2.12) have them."""
    two = range(2)
    Z1 = [[sum(X[i][k] * W1[k][j] for k in two) + b1[j] for j in two] for i in two]
    A1 = [[max(z, 0) for z in row] for row in Z1]
    Z2 = [[sum(A1[i][k] * W2[k][j] for k in two) + b2[j] for j in two] for i in two]
    P = [[probability(row[1 - j] - row[j]) for j in two] for row in Z2]
    dZ2 = [[scale(add(P[i][j], plain(-(y[i] == j))), Fraction(1, 2)) for j in two] for i in two]
    dA1 = [[add(*(scale(dZ2[i][k], W2[j][k]) for k in two)) for j in two] for i in two]
    dZ1 = [[dA1[i][j] if Z1[i][j] > 0 else {} for j in two] for i in two]

    def weights(A, dZ, W):
        return [[add(*(scale(dZ[i][j], A[i][k]) for i in two), plain(L2 * W[k][j])) for j in two] for k in two]

    def biases(dZ):
        return [[add(*(dZ[i][j] for i in two)) for j in two]]

    whole = {name: [[plain(z) for z in row] for row in rows] for name, rows in (("Z1", Z1), ("A1", A1), ("Z2", Z2))}
    found = whole | {"P": P, "dZ2": dZ2, "dW2": weights(A1, dZ2, W2), "db2": biases(dZ2), "dA1": dA1, "dZ1": dZ1}
    found |= {"dW1": weights(X, dZ1, W1), "db1": biases(dZ1)}
    squares = sum(weight**2 for weight in itertools.chain(*W1, *W2))
    excess = [Z2[i][1 - y[i]] - Z2[i][y[i]] for i in two]
    return found, {"penalty": L2 / 2 * squares, "excess": excess}


def library(X, y, W1, b1, W2, b2):
    """Return the same by the library's layers, the loss included."""
    X, y, *params = (np.array(one, int if place == 1 else float) for place, one in enumerate((X, y, W1, b1, W2, b2)))
    net = TwoLayerNet(dict(zip(CHOSEN[2:], params, strict=True)), l2=float(L2))
    Z2, (_, Z1, (A1, W2)) = net.forward(X)
    dZ2 = layers.softmax_cross_entropy(Z2, y)[1]
    dA1 = layers.affine_backward(dZ2, (A1, W2))[0]
    loss, grads = net.loss(X, y)
    found = {"Z1": Z1, "A1": A1, "Z2": Z2, "P": layers.softmax(Z2), "dZ2": dZ2, "dA1": dA1, "L": loss}
    return found | {"dZ1": layers.relu_backward(dA1, Z1)} | {f"d{name}": one for name, one in grads.items()}


def value(number):
    """Return a number of the reference with 60 digits."""
    e = Decimal(1).exp()
    parts = (Decimal(c.numerator) / c.denominator / ((1 + e**k) if k else 1) for k, c in number.items())
    return sum(parts, Decimal(0))


# What the page shows

# Formulas as Python expressions: of the cells by part, of the lines that are worked out by line.
READ = """
const infix = (node) => {
  const parts = [...node.children].map(infix), text = node.textContent;
  switch (node.localName) {
    case 'mn': return `N("${text}")`;
    case 'mi': return text === '\\u03bb' ? 'N("1/4")' : text;
    case 'mo': return { '\\u2212': '-', '\\u22c5': '*', '=': '@=', '\\u2248': '@~', '[': 'I(', ']': ')' }[text] ?? text;
    case 'mspace': return '';
    case 'mfrac': return `((${parts[0]})/(${parts[1]}))`;
    case 'msup': return `(${parts[0]}**(${parts[1]}))`;
    case 'msub': return `${parts[0]}_`;
    default: return parts.filter(Boolean).reduce((all, part) => {
      const ends = /[\\w")]$/.test(all) && !/(log|max|I\\()$/.test(all), begins = /^[\\w(]/.test(part);
      return /log$/.test(all) && part[0] !== '(' ? `${all}(${part})` : all + (ends && begins ? '*' : '') + part;
    }, '');
  }
};
const shown = (stage) => Object.fromEntries([...stage.querySelectorAll('[data-part]')].map((part) => [part.dataset.part,
  [...part.querySelectorAll('.byhand-matrix > span')].map((cell) => [...cell.children].map(infix).join(''))]));
const lines = (stage) => [...stage.querySelectorAll('.byhand-work li')].map((line) => [...line.childNodes].map((one) =>
  (one.localName === 'math' ? infix(one) : one.textContent)).join(' '));
const set = (stage, numbers) => Object.entries(numbers).forEach(([name, all]) => {
  const fields = stage.querySelectorAll(`[data-part="${name}"] select`);
  all.flat().forEach((value, at) => {
    fields[at].value = value;
    fields[at].dispatchEvent(new Event('change'));
  });
});
const press = (stage, text) => [...stage.querySelectorAll('button')].find((one) => one.textContent === text).click();
"""
ALL = (
    """([numbers, names]) => {"""
    + READ
    + """
  const stage = document.querySelector('[data-widget="byhand"] .stage');
  set(stage, numbers);
  press(stage, 'Show all');
  const work = names.map((name) => {
    stage.querySelector(`[data-part="${name}"] > button`).click();
    return [name, lines(stage)];
  });
  return [shown(stage), Object.fromEntries(work)];
}"""
)
TRY = (
    """([numbers, step, texts]) => {"""
    + READ
    + """
  const stage = document.querySelector('[data-widget="byhand"] .stage');
  press(stage, 'Reset');
  set(stage, numbers);
  for (let at = 0; at < step; at += 1) press(stage, at < 5 ? 'Forward: next line' : 'Backward: next line');
  const fields = [...stage.querySelectorAll('form input')];
  fields.forEach((field, at) => { field.value = texts[at] ?? ''; });
  press(stage, 'Check');
  return [...stage.querySelectorAll('.byhand-verdict li')].map((one) => one.textContent);
}"""
)


READ_CHOICE = """([name, wanted]) => wanted === [...document.querySelectorAll(`[data-part="${name}"] select`)].map(
  (one) => one.value).join(' ')"""
START = ([[1, 2], [3, -1]], [0, 1], [[1, -1], [2, 1]], [1, 1], [[1, 0], [-1, 1]], [0, 2])


def number(expression):
    """Evaluate what the page shows: a Fraction where it is one, else 60 digits."""
    if not re.search(r"\be\b|log", expression):
        return Fraction(eval(expression, {"N": Fraction, "max": max, "I": lambda truth: Fraction(truth)}))
    names = {"e": Decimal(1).exp(), "log": lambda x: x.ln(), "N": Decimal, "max": max, "I": Decimal}
    return eval(expression, names)


class Power:
    """What the page writes of e: `e**k`, then `c * (1 + e**k)`, as a factor below a fraction's bar."""

    def __init__(self, k=1, factor=None):
        self.k, self.factor = k, factor

    def __pow__(self, k):
        return Power(int(k))

    def __radd__(self, one):
        assert one == 1 and self.factor is None
        return Power(self.k, Fraction(1))

    def __rmul__(self, by):
        return Power(self.k, self.factor * by)

    def __rtruediv__(self, over):
        return Sum({self.k: over / self.factor})


class Sum(dict):
    """A number of the reference that can be written as one: `Fraction(1, 2) - 3 / (2 * (1 + e**4))`."""

    def __add__(self, other):
        return Sum(add(self, other if isinstance(other, Sum) else plain(other)))

    __radd__ = __add__

    def __neg__(self):
        return Sum(scale(self, -1))

    def __sub__(self, other):
        return self + -other

    def __rsub__(self, other):
        return -self + other


def symbolic(expression):
    """Return what the page writes for a number, as the reference has it."""
    assert "." not in expression
    return dict(Sum() + eval(expression, {"N": Fraction, "e": Power()}))


def close(one, other, digits):
    one, other = (Decimal(x.numerator) / x.denominator if isinstance(x, Fraction) else x for x in (one, other))
    return abs(one - other) <= Decimal(10) ** -digits * max(1, abs(other))


def made(rng, kind):
    """Return numbers that a reader could choose; of kind "equal" both logits of a row are equal, as in the chapter."""
    most = 9 if kind == "large" else 3
    numbers = {name: rng.integers(-most, most + 1, 2 if name[0] == "b" else (2, 2)) for name in CHOSEN if name != "y"}
    if kind == "equal":
        A1 = np.maximum(numbers["X"] @ numbers["W1"] + numbers["b1"], 0)
        between = np.array([step for step in itertools.product(range(-3, 4), repeat=2) if any(step)])  # the columns
        offsets = between @ A1.T
        between = between[(offsets[:, 0] == offsets[:, 1]) & (np.abs(offsets[:, 0]) <= 9)]
        if not len(between) or not A1.any():
            return made(rng, kind)
        step = rng.choice(between)
        numbers["W2"][:, 1], numbers["b2"] = numbers["W2"][:, 0] + step, np.array([0, -A1[0] @ step])
    return {name: numbers[name].tolist() if name in numbers else rng.integers(0, 2, 2).tolist() for name in CHOSEN}


def assert_cells(texts, flat):
    """The cells show the reference: all fractions exactly, or all numbers to the last of equally many digits."""
    if all(set(one) <= {0} for one in flat):
        assert [symbolic(text) for text in texts] == flat, (texts, flat)
        return
    (places,) = {len(text.rstrip('")').partition(".")[2]) for text in texts if text != '@~N("0")'} or {2}
    assert places <= 2 and not any("/" in text for text in texts), texts
    for text, expected in zip(texts, flat, strict=True):
        about, size = text.startswith("@~"), Fraction(value(expected))
        shown = number(text.removeprefix("@~"))
        assert abs(shown - size) <= Fraction(1, 2 * 10**places) + Fraction(1, 10**9), text  # the page rounds 64 bits
        assert about == (shown == 0 and size != 0), text


def assert_work(lines, expected, theirs):
    """Each worked line ends with the number, exactly; it is the library's; what leads to it leads to it."""
    flat = [one for row in expected for one in row]
    for line, number_expected, number_theirs in zip(lines, flat, np.ravel(theirs), strict=True):
        body, _, exact = line.partition("(exactly ")
        steps = [part.strip() for part in re.split("@[=~]", body)]
        about = body.count("@~")
        worked, ends = steps[1], exact.strip().removesuffix(")").strip() or steps[2]
        assert symbolic(ends) == number_expected, (line, number_expected)
        assert close(value(number_expected), Decimal(float(number_theirs)), 12), line
        if exact:  # each term has a factor of four digits
            size = number(re.sub(r"(?<!\*\*\()-", "+", worked))
            assert "." in worked, line
            assert abs(number(worked) - Fraction(value(number_expected))) <= Fraction(size) / 2000, line
        else:
            assert "." not in worked and close(number(worked), value(number_expected), 50), line
        digits = steps[-1] if about and len(steps) > 2 else None
        assert (digits is None) == (set(number_expected) <= {0}), line
        if digits:
            underflow = number(digits) == 0 and abs(value(number_expected)) < Decimal("1e-300")
            assert underflow or abs(number(digits) / Fraction(value(number_expected)) - 1) < 1e-3, line


@pytest.mark.parametrize("kind", ["small", "large", "equal"])
def test_every_number_is_that_of_fractions_and_of_the_library(path, show, kind):
    live, rng = show(path), np.random.default_rng([*map(ord, kind)])
    irrational = 0
    with localcontext() as context:
        context.prec, context.Emin, context.Emax = 60, -(10**6), 10**6
        for _ in range(8):
            numbers = made(rng, kind)
            expected, loss = reference(**numbers)
            theirs = library(**numbers)
            cells, work = live.run(ALL, [numbers, LINES])
            for name in LINES:
                if name == "L":
                    continue
                flat = [one for row in expected[name] for one in row]
                assert_cells(cells[name], flat)
                assert_work(work[name], expected[name], theirs[name])
                irrational += sum(not set(one) <= {0} for one in flat)
            assert_loss(cells, work["L"], loss, theirs["L"])
    assert (irrational > 19) == (kind != "equal") and not live.said


def assert_loss(cells, lines, loss, theirs):
    first, second, penalty, whole = ([part.strip() for part in re.split("@[=~]", line)] for line in lines)
    each = [(1 + Decimal(1).exp() ** k).ln() for k in loss["excess"]]
    assert close(number(first[1]), each[0], 50) and close(number(second[1]), each[1], 50)
    assert number(penalty[1]) == number(penalty[2]) == number(cells["penalty"][0]) == loss["penalty"]
    exact = sum(each) / 2 + Decimal(loss["penalty"].numerator) / loss["penalty"].denominator
    assert close(number(whole[1]), exact, 50) and close(exact, Decimal(float(theirs)), 12)
    for text in (whole[2], cells["L"][0].removeprefix("@~")):
        assert abs(number(text) - Fraction(exact)) <= Fraction(1, 1000) * max(Fraction(exact), Fraction(1, 1000))


def test_it_begins_with_the_chapters_example_and_shows_nothing_of_it(path, show):
    live = show(path)
    stage = live.page.locator('[data-widget="byhand"] .stage')
    for name, numbers in zip(CHOSEN, START, strict=True):
        chosen = [int(field.input_value()) for field in stage.locator(f'[data-part="{name}"] select').all()]
        assert chosen == np.ravel(numbers).tolist()
    assert set(stage.locator(".byhand-matrix > span").all_inner_texts()) == {"?"}
    assert stage.locator("form").is_hidden() and stage.locator(".byhand-work li").count() == 0


@pytest.fixture
def widget(path, show):
    return Widget(show(path))


class Widget:
    """The widget on an open page, as a reader has it."""

    def __init__(self, live):
        self.live, self.page = live, live.page
        self.stage = live.page.locator('[data-widget="byhand"] .stage')

    def press(self, name, times=1):
        for _ in range(times):
            button = self.stage.get_by_role("button", name=name, exact=True)
            button.click(force=button.get_attribute("aria-disabled") == "true")  # which says why it does nothing

    def choose(self, label, number):
        self.stage.get_by_label(label, exact=True).select_option(str(number))

    def said(self):
        return self.stage.locator(".byhand-said").text_content()

    def verdicts(self):
        return self.stage.locator(".byhand-verdict li").all_inner_texts()

    def fields(self):
        return self.stage.locator("form input")

    def shown(self):
        """Return the names of the lines that are shown."""
        cells = self.live.run("() => {" + READ + "return shown(document.querySelector('.byhand')); }")
        return [name for name in LINES if all(cells[name])]

    def chosen(self):
        fields = self.stage.locator("select").all()
        return {field.get_attribute("aria-label"): int(field.input_value()) for field in fields}


def test_a_line_after_the_other_forward_and_backward(widget):
    widget.press("Backward: next line")
    assert "First the forward pass" in widget.said() and widget.shown() == []
    for count, name in enumerate(LINES):
        forward = name in FORWARD
        assert widget.stage.locator("form").is_visible() == (name in BACKWARD)
        widget.press("Forward: next line" if forward else "Backward: next line")
        assert widget.shown() == LINES[: count + 1]
        place = f"Forward, {count + 1} of 5" if forward else f"Backward, {count - 4} of 7"
        assert widget.said().startswith(f"{place}: {name}") and widget.said().endswith(dict(byhand.RULES)[name][-1])
        links = widget.stage.locator(".byhand-said a")
        assert links.all_inner_texts() == dict(byhand.RULES)[name]
        for link in links.all():
            target = link.get_attribute("href").removeprefix("#")
            assert target == f"eq-{link.inner_text()[1:-1]}" and widget.page.locator(f'[id="{target}"]').count() == 1
    assert widget.stage.locator("form").is_hidden()
    for button, words in (
        ("Forward: next line", "forward pass is complete"),
        ("Backward: next line", "Both passes are complete"),
    ):
        widget.press(button)
        assert words in widget.said()
    widget.press("Reset")
    assert widget.shown() == [] and "Nothing is computed yet" in widget.said()
    widget.press("Show all")
    assert widget.shown() == LINES and not widget.live.said


TYPED = {
    "-1/4": "right",
    " -0.25 ": "right",
    "\u22121/4": "right",
    "-,25": "right",
    "-25e-2": "right",
    "1/2*(1/2-1)": "right",
    "(0.5 - 1) / 2": "right",
    "- 2 / 8": "right",
    "1/4": "wrong; the sign is the other one",
    "-1/2": "wrong; the mean over the batch divides by B",
    "-0.2501": "wrong",
    "0": "wrong",
} | dict.fromkeys(("abc", "1/0", "1//4", "(1/4", "1/4)", "1 4", "1.2.3", "-", ".", "e", "1e999", "2**9", "<b>"))


def test_a_prediction_is_right_wrong_or_not_understood(widget):
    start = dict(zip(CHOSEN, START, strict=True))
    for text, verdict in TYPED.items():
        advice = "write a fraction such as -3/4 or a decimal such as -0.75"
        expected = verdict or f'"{text}" is not understood; {advice}'
        assert widget.live.run(TRY, [start, 5, [text]]) == [f"Row 1, column 1: {expected}."]
        assert (widget.fields().first.get_attribute("aria-invalid") == "false") == (verdict == "right")
        rule = widget.stage.locator(".byhand-verdict p")
        assert rule.inner_text().startswith("The rule is (2.8)")
        assert rule.locator("a").get_attribute("href") == "#eq-2.8"
        assert widget.shown() == FORWARD  # not yet the gradient
        widget.press("Backward: next line")
        yours = widget.stage.locator(".byhand-yours").inner_text()
        assert yours == f"yours, {text.strip()}: {(verdict or 'not understood').split(';')[0]}"
    assert not widget.live.said


def test_without_a_number_there_is_nothing_to_check(widget):
    widget.press("Forward: next line", 5)
    widget.press("Check")
    assert widget.stage.locator(".byhand-verdict").inner_text() == "No field has a number yet."


@pytest.mark.parametrize("kind", ["small", "equal"])
def test_predictions_are_judged_by_the_gradient(path, show, kind):
    """The number itself is right, as a fraction or by three digits of an irrational one, and others are not."""
    live, rng = show(path), np.random.default_rng([*map(ord, kind)])
    for _ in range(4):
        numbers = made(rng, kind)
        expected, _ = reference(**numbers)
        for count, name in enumerate(BACKWARD):
            flat = [one for row in expected[name] for one in row]
            values = [float(value(one)) for one in flat]
            texts = [
                str(one.get(0, 0)) if set(one) <= {0} else f"{number:.3g}"
                for one, number in zip(flat, values, strict=True)
            ]
            said = live.run(TRY, [numbers, 5 + count, texts])
            assert [line.rpartition(": ")[2] for line in said] == ["right."] * len(flat), (name, texts, said)
            off = [f"{number * 1.02 + 0.001:.6f}" for number in values]
            said = live.run(TRY, [numbers, 5 + count, off])
            assert all(": wrong" in line for line in said) and len(said) == len(flat), (name, off, said)
    assert not live.said


@pytest.mark.parametrize(
    ("name", "wrong", "hint"),
    [
        ("dW2", ["-1", "1", "-1/2", "1/2"], "the penalty adds to it"),
        ("db2", ["0", "0"], None),
        ("dA1", ["-1/2"], "the right factor has to be transposed"),
        ("dZ1", ["", "", "", "-1/2"], "the unit is off there, and nothing passes"),
        ("db1", ["", "1/4"], "it is the sum over the batch, not the mean"),
    ],
)
def test_what_was_overlooked_is_named(widget, name, wrong, hint):
    widget.press("Forward: next line", 5)
    widget.press("Backward: next line", BACKWARD.index(name))
    for field, text in zip(widget.fields().all(), wrong, strict=False):
        field.fill(text)
    widget.press("Check")
    words = [line.rstrip(".").rpartition(": ")[2] for line in widget.verdicts()]
    assert hint is None and words == ["right", "right"] or f"wrong; {hint}" in words, words


def test_what_changes_changes_all_that_follows_and_clears_predictions(widget):
    widget.press("Forward: next line", 5)
    widget.fields().first.fill("-1/4")
    widget.choose("X, row 1, column 1", -2)
    assert widget.said() == "X, row 1, column 1 is -2 now." and widget.fields().first.input_value() == ""
    assert widget.stage.locator('[data-part="Z1"] .byhand-matrix').text_content() == "352\u22123"
    widget.choose("y, entry 2", 0)
    widget.press("Reset")
    assert widget.chosen()["X, row 1, column 1"] == 1 and widget.chosen()["y, entry 2"] == 1


def test_it_works_by_keyboard_alone(widget):
    press = widget.page.keyboard.press
    widget.stage.get_by_role("button", name="Forward: next line").focus()
    for _ in range(5):
        press("Enter")  # the button keeps the focus to the end
    press("Tab")
    press("Space")
    assert widget.said().startswith("Backward, 1 of 7")
    for _ in range(5):  # Show all, Reset, Copy link, (2.8), and the first field
        press("Tab")
    widget.page.keyboard.type("-3/4")
    press("Enter")
    assert widget.verdicts() == ["Row 1, column 1: right."]
    widget.stage.get_by_label("W1, row 1, column 1", exact=True).focus()
    press("ArrowDown")
    assert widget.chosen()["W1, row 1, column 1"] == 2 and "W1, row 1, column 1 is 2 now" in widget.said()
    widget.stage.locator('[data-part="P"] button').focus()
    press("Enter")
    assert widget.said().startswith("Forward, 4 of 5: P")


def test_a_link_brings_back_what_is_seen(widget, path, show):
    widget.choose("X, row 2, column 2", -9)
    widget.choose("W2, row 1, column 2", 3)
    widget.choose("b1, entry 2", 0)
    widget.choose("y, entry 1", 1)
    widget.press("Forward: next line", 5)
    widget.press("Backward: next line", 2)
    widget.press("Copy link")
    address = widget.live.run("location.href")
    other = Widget(show(path))
    other.live.run("address => { location.href = address; }", address)
    other.page.wait_for_function("document.querySelector('.byhand-said').textContent.startsWith('Backward')")
    assert other.chosen() == widget.chosen() and other.shown() == widget.shown() and other.said() == widget.said()
    assert other.stage.locator(".byhand-work").inner_text() == widget.stage.locator(".byhand-work").inner_text()
    assert not widget.live.said and not other.live.said and other.live.asked == [path.as_uri()]


NONSENSE = ("X=1_2_3", "X=1_2_3_10", "X=1_2_3_4_5", "X=1_2_3_", "X=1.5_2_3_4", "y=0_2", "y=-1_0", "W1=a_b_c_d", "b1=1")
NONSENSE += ("step=13", "step=-1", "step=1e1", "step=", "__proto__=1&constructor=2", "%", "<b>", "X", "")


def test_nonsense_in_the_address_is_ignored(widget):
    before = widget.chosen()
    for nonsense in NONSENSE:
        widget.press("Reset")
        widget.live.run("text => { location.hash = text; }", f"byhand?{nonsense}")
        widget.live.settle()
        assert widget.chosen() == before and widget.shown() == [], nonsense
        both = f"byhand?{nonsense}&b2=-9_9" + ("" if nonsense.startswith("step") else "&step=3")
        widget.live.run("text => { location.hash = text; }", both)  # what is understood counts
        widget.page.wait_for_function(READ_CHOICE, arg=["b2", "-9 9"])
        assert widget.chosen() == before | {"b2, entry 1": -9, "b2, entry 2": 9}, nonsense
        assert widget.shown() == ([] if nonsense.startswith("step") else LINES[:3]), nonsense
    assert not widget.live.said


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_everyone_can_use_it_and_it_is_quiet(path, show, width, scheme):
    widget = Widget(show(path, width=width, scheme=scheme, touch=width == 390))
    widget.choose("X, row 1, column 1", 2)
    widget.press("Forward: next line", 5)
    widget.press("Backward: next line", 2)
    for field, text in zip(widget.fields().all(), ("0", "x"), strict=True):
        field.fill(text)
    widget.press("Check")
    assert widget.verdicts()[0] != "" and violations(widget.live) == []
    widget.press("Show all")
    assert violations(widget.live) == []
    assert not widget.live.said and widget.live.asked == [path.as_uri()]


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_nothing_lies_outside_or_overlaps(path, show, width):
    widget = Widget(show(path, width=width, touch=width < 700))
    widget.choose("X, row 1, column 1", 2)
    widget.press("Show all")
    assert widget.live.run("document.documentElement.scrollWidth") <= width
    wide = widget.stage.locator(".byhand-matrix > span math").evaluate_all(
        "all => all.filter((one) => one.getBoundingClientRect().width > one.parentElement.clientWidth + 3).length"
    )
    assert wide == 0


def test_on_paper_the_graph_of_the_objective_has_its_numbers(path, show):
    live = show(path, media="print")
    figure = live.page.locator('figure[data-widget="byhand"]')
    assert figure.locator("figcaption").is_visible()
    assert figure.locator("img").is_hidden() and figure.locator(".stage").is_hidden()


# What the page gets, and the picture


def example(**changed):
    numbers = {"X": np.ones((2, 2)), "y": np.array([0, 1]), "W1": np.eye(2), "b1": np.zeros(2)}
    numbers |= {"W2": np.eye(2), "b2": np.zeros(2)} | changed
    X, y, *params = numbers.values()
    return byhand.example(TwoLayerNet(dict(zip(CHOSEN[2:], params, strict=True)), l2=0.375), X, y)


def test_the_page_gets_whole_numbers_and_a_fraction():
    found = example(W2=np.array([[9.0, -9.0], [0.0, 1.0]]))
    assert found["W2"] == [[9, -9], [0, 1]] and found["y"] == [0, 1] and found["l2"] == [3, 8]
    assert [name for name, _ in found["rules"]] == LINES


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"X": np.full((2, 2), 0.5)}, r"X must be integers from -9 to 9 of shape \(2, 2\)"),
        ({"X": np.ones((3, 2))}, "X must be"),
        ({"b1": np.array([10.0, 0.0])}, r"b1 must be integers from -9 to 9 of shape \(2,\)"),
        ({"y": np.array([0, 2])}, "y must be integers from 0 to 1"),
        ({"W2": np.array([[np.nan, 1], [1, 1]])}, "W2 must be"),
    ],
)
def test_other_numbers_are_refused(changed, words):
    with pytest.raises(ValueError, match=words):
        example(**changed)


def test_penalised_biases_are_refused():
    net = TwoLayerNet({name: np.ones((2, 2)[: 2 - (name[0] == "b")]) for name in CHOSEN[2:]}, decay_biases=True)
    with pytest.raises(ValueError, match="decay_biases must be False"):
        byhand.example(net, np.ones((2, 2)), np.array([0, 1]))


@pytest.mark.parametrize(
    ("number", "latex"),
    [(-0.75, r"-\frac{3}{4}"), (5 / 4, r"\frac{5}{4}"), (-3.0, "-3"), (0, "0"), (1.94314718, "1.943")],
)
def test_numbers_of_the_picture_are_fractions(number, latex):
    assert worked.fraction(number) == latex


def test_the_picture_has_every_number():
    numbers = dict(zip(CHOSEN, START, strict=True))
    arrays = library(**numbers)
    arrays |= {"penalty": 5 / 4} | {name: np.array(one) for name, one in numbers.items()}
    texts = [text.get_text() for text in worked.by_hand(arrays).axes[0].texts if text.get_text()]
    wanted = [f"${worked.fraction(one)}$" for array in arrays.values() for one in np.ravel(array)]
    assert sorted(text for text in texts if "=" not in text) == sorted(wanted)
    assert len([text for text in texts if "=" in text]) == len(arrays) == 19
