"""The page's ledger with margins as sliders: every verdict that Chromium shows beside what the library says."""

from dataclasses import replace
from types import SimpleNamespace

import nbformat
import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

from conftest import ROOT
from live import violations
from nbreport import display
from nbreport.page import document
from twolayer.analysis import artefacts, claims, ledger, margins, wording
from twolayer.analysis.measured import Measured, Share
from twolayer.analysis.samples import Sample
from twolayer.figures import claims as figures
from twolayer.page import ledger as packing

LEDGERS = 60
OURS, THEIRS = claims.OUR_RUNS, claims.ITS_FILES


def kinds(rng, border, step):
    """Return samples of each kind, made to lie about a border so that some margin moves the verdict."""
    near = border + step * rng.uniform(-1.5, 1.5)
    few, many = near + step / 3 * rng.standard_normal(10), near + step / 2 * rng.standard_normal(24)
    others = [Sample((many + step * shift,), units=("same",)) for shift in (0, 1, 2)]
    two = Sample((many, step / 3 * rng.standard_normal(12)), (1.0, -1.0), ("a", "b"))
    return [Sample((few,))], [Sample((many,), units=("same",))], others, [two], [Measured(np.array(near), step / 3)]


@pytest.fixture(scope="module")
def columns():
    """Return declared rules and samples by column: made ones for all claims, and the homework's own files."""
    rng, samples = np.random.default_rng(3), {}
    declared, _ = ledger.rules()
    for place, (name, rule) in enumerate(declared.items()):
        made = kinds(rng, rule.borders()[-1][0], rule.margin)
        samples[name] = made[place % len(made)]
    samples |= {"C3a": [Share(rng.random(60) < 0.45)], "R6": [Share(rng.random(12) < 0.6)]}
    samples["C2b"] = []  # a claim without runs
    of_homework = {name: rule for name, rule in declared.items() if name.startswith("C")}
    return {THEIRS: (of_homework, artefacts.samples()), OURS: (declared, samples)}


@pytest.fixture(scope="module")
def library(columns):
    """Return what the library's rules say: a function of the factor of each claim's margin, others 1, by column."""
    known = {}
    for label, (declared, samples) in columns.items():
        grown = ledger.grown(ledger.testable(declared, samples), ledgers=LEDGERS)
        known[label] = {name: ledger.directions(declared[name], each, margins.FACTORS) for name, each in grown.items()}

    def say(factors=None, **moved):
        found = {}
        for label, column in known.items():
            at = [margins.FACTORS.index((factors or moved).get(name, 1)) for name in column]
            p_values, signs = (
                np.array([side[place] for side, place in zip(sides, at, strict=True)])
                for sides in zip(*column.values(), strict=True)
            )
            verdicts = ledger.holm(p_values) * signs
            shares = (verdicts[:, 1:] == verdicts[:, :1]).mean(axis=1)
            final = np.where(shares >= ledger.SHARED, verdicts[:, 0], 0)
            found[label] = {name: ledger.WORDS[int(one)] for name, one in zip(column, final, strict=True)}
        return found

    return say


def test_the_rule_of_these_tests_is_that_of_the_ledger(columns, library):
    rng = np.random.default_rng(0)
    for round_ in range(3):
        factors = {name: float(rng.choice(margins.FACTORS)) if round_ else 1.0 for name in columns[OURS][0]}
        said = library(factors)
        for label, (declared, samples) in columns.items():
            moved = {name: replace(rule, margin=rule.margin * factors[name]) for name, rule in declared.items()}
            judged = ledger.judge(moved, samples, ledgers=LEDGERS)
            tested = {name: one.verdict for name, one in judged.items() if one.verdict != ledger.UNTESTED}
            assert said[label] == tested and len(tested) > 10


def test_strengths_decide_as_the_ledger_does(columns, library):
    declared, samples = columns[OURS]
    strengths = margins.strengths(declared, samples, ledgers=LEDGERS)
    assert set(np.sign(list(strengths.values())).ravel()) == {-1, 0, 1}
    for place, factor in enumerate(margins.FACTORS):
        found = margins.decided([each[:, place] for each in strengths.values()])
        said = library(dict.fromkeys(declared, factor))[OURS]
        assert [ledger.WORDS[one] for one in found] == list(said.values())
    for each in strengths.values():  # a wider margin never speaks less for a claim
        assert (np.diff(each.astype(int), axis=1) >= 0).all()


@pytest.fixture(scope="module")
def path(columns, tmp_path_factory):
    """A page with this widget and nothing else."""
    judged = {label: ledger.judge(*column, ledgers=LEDGERS) for label, column in columns.items()}
    return page_with(packing.packed(columns, LEDGERS), judged, tmp_path_factory.mktemp("ledger"))


def page_with(packed, judged, folder):
    InteractiveShell.instance()
    with capture_output() as captured:
        display.widget("ledger", packed, figures.strips(judged, ledger.FACTORS), "What one sees.", "Squares.")
    outputs = [nbformat.v4.new_output("display_data", one.data, metadata=one.metadata) for one in captured.outputs]
    cells = [nbformat.v4.new_markdown_cell("# The ledger"), nbformat.v4.new_code_cell("widget()", outputs=outputs)]
    path = folder / "page.html"
    chapters = {"ledger.ipynb": nbformat.v4.new_notebook(cells=cells)}
    path.write_text(document.build(chapters, ROOT / "report" / "template", "A title", {}), encoding="utf-8")
    return path


SHOWN = """stage => {
  const heads = [...stage.querySelectorAll('thead > tr > *')].map((one) => one.textContent);
  const found = {};
  for (const row of stage.querySelectorAll('tbody tr')) {
    [...row.children].forEach((box, at) => {
      if (!box.dataset.verdict) return;
      const column = found[heads[at].replace('by ', '')] ??= {};
      column[row.querySelector('label').textContent] = box.dataset.verdict;
    });
  }
  return found;
}"""
MOVED = f"""(stage, moves) => {{
  const read = {SHOWN};
  const inputs = new Map([...stage.querySelectorAll('label')].map((one) => [one.textContent, one.control]));
  const move = (name, place) => {{
    inputs.get(name).value = place;
    inputs.get(name).dispatchEvent(new Event('input', {{ bubbles: true }}));
  }};
  return moves.map((places) => {{
    move('all', 10);
    for (const [name, place] of Object.entries(places)) move(name, place);
    return read(stage);
  }});
}}"""


@pytest.fixture
def shown(show, path):
    """Open the page: the widget, what it shows, and what it shows after moves of sliders."""

    def opened(**options):
        live = show(path, **options)
        stage = live.page.locator('figure[data-widget="ledger"] .stage')
        said = stage.locator("[aria-live]")
        said.wait_for()
        return SimpleNamespace(
            live=live, page=live.page, stage=stage, said=said, verdicts=lambda: stage.evaluate(SHOWN)
        )

    return opened


def test_every_claim_alone_at_every_margin(shown, library, columns):
    one, names = shown(), list(columns[OURS][0])
    moves = [{name: place} for name in names if name != "C2b" for place in range(len(margins.FACTORS))]
    moves += [{"C2b": place} for place in (0, 5, 30)]  # the homework's files judge it
    found, changed = one.stage.evaluate(MOVED, moves), set()
    declared = library()
    for move, seen in zip(moves, found, strict=True):
        ((name, place),) = move.items()
        said = library(**{name: margins.FACTORS[place]})
        assert seen == said, move
        changed |= {name for label in said if said[label] != declared[label]}
    assert len(changed) > 12  # that margins matter is what is tested
    assert {word for column in declared.values() for word in column.values()} == {"holds", "fails", "undecided"}


def test_all_margins_together_and_any_mixture(shown, library, columns):
    one, names, rng = shown(), list(columns[OURS][0]), np.random.default_rng(5)
    moves = [{"all": place} for place in range(len(margins.FACTORS))]
    moves += [
        {name: int(place) for name, place in zip(names, rng.integers(0, 31, len(names)), strict=True)}
        for _ in range(40)
    ]
    for move, seen in zip(moves, one.stage.evaluate(MOVED, moves), strict=True):
        factors = {name: margins.FACTORS[move.get("all", move.get(name))] for name in names}
        assert seen == library(factors), move


def test_it_says_what_differs_and_reset_takes_it_back(shown, library):
    one, declared = shown(), library()
    assert one.verdicts() == declared and one.said.inner_text() == "All margins are as declared."
    one.stage.evaluate(MOVED, [{"all": 30}])
    wide = library(dict.fromkeys(declared[OURS], 3.0) | dict.fromkeys(declared[THEIRS], 3.0))
    differing = [
        f"{name} {wide[label][name]} in place of {declared[label][name]}, by {label}"
        for name in [*dict.fromkeys([*declared[THEIRS], *declared[OURS]])]
        for label in declared
        if name in declared[label] and wide[label][name] != declared[label][name]
    ]
    said = one.said.inner_text()
    assert said.startswith(f"{len(differing)} verdicts differ from those of the declared margins: ") and all(
        words in said for words in differing
    )
    assert len(differing) > 5 and one.stage.locator("td small").count() == len(differing)
    one.stage.get_by_role("button", name="Reset").click()
    assert one.verdicts() == declared and one.said.inner_text() == "All margins are as declared."


def test_the_region_is_said_with_the_margin(shown, columns):
    one, (declared, _) = shown(), columns[OURS]
    for name in ("C1a", "C2a", "C4", "R3"):
        for place in (0, 14, 30):
            one.stage.evaluate(MOVED, [{name: place}])
            factor = margins.FACTORS[place]
            words = wording.region(replace(declared[name], margin=declared[name].margin * factor)).rstrip(".")
            before, after = words.split("; with the margin, ")
            assert f"{before} (narrow band); with this margin, {after} (wide band)" in one.stage.inner_text()
            assert one.stage.locator(".ledger-panel").inner_text().startswith(f"{name} {declared[name].says}")


def test_one_verdict_differs_from_that_of_the_declared_margins(shown, library, columns):
    one, declared = shown(), library()
    places = range(len(margins.FACTORS))
    moves = [(name, place, library(**{name: margins.FACTORS[place]})) for name in columns[OURS][0] for place in places]
    name, place = next(
        (name, place)
        for name, place, said in moves
        if sum(said[label][each] != declared[label][each] for label in said for each in said[label]) == 1
    )
    one.stage.evaluate(MOVED, [{name: place}])
    assert one.said.inner_text().startswith("1 verdict differs from that of the declared margins: ")


def test_factors_are_in_words(shown):
    one = shown()
    size = one.stage.locator("tbody tr").first.locator(".ledger-size")
    for place, words in ((0, "none"), (10, "as declared"), (5, "0.5 times")):
        one.stage.evaluate(MOVED, [{"all": place}])
        assert size.inner_text() == words
        said = one.stage.get_by_label("C1a", exact=True).get_attribute("aria-valuetext")
        assert said.split(", ")[1].removesuffix(" the declared") == words


def test_an_estimate_as_for_another_claim_is_said_in_its_words(shown, columns):
    one, (declared, _) = shown(), columns[OURS]
    for name, other in (("C2c", "C2a"), ("C2d", "C2b")):
        one.stage.evaluate(MOVED, [{name: 12}])
        assert declared[name].estimand == f"as for {other}"
        words = f"Estimate: as for {other}: {declared[other].estimand}."
        assert words in one.stage.locator(".ledger-panel").inner_text()


PICTURE = """stage => {
  const box = (one) => one.getBoundingClientRect(), frame = box(stage.querySelector('.ledger-panel svg'));
  const inside = (one) => box(one).left >= frame.left - 0.6 && box(one).right <= frame.right + 0.6;
  const of = (name) => [...stage.querySelectorAll(name)];
  return {
    numbers: of('.ledger-axis').map((row) => [...row.children].map((one) => one.textContent)),
    inside: of('.ledger-estimate, .ledger-cut, .ledger-axis span').every(inside),
    apart: of('.ledger-axis').every(({ children }) => [...children].every((one, at) => (
      !at || box(children[at - 1]).right <= box(one).left))),
    beyond: of('polygon.ledger-estimate').length, cut: of('.ledger-cut').length,
  };
}"""


@pytest.mark.parametrize("width", [1280, 390])
def test_the_picture_has_an_axis_and_shows_what_goes_on_beyond_it(shown, columns, width):
    one, (declared, _), arrows = shown(width=width), columns[OURS], set()
    for name, rule in declared.items():
        for place in (0, 1, 10, 30):
            one.stage.evaluate(MOVED, [{name: place}])
            factor, seen = margins.FACTORS[place], one.stage.evaluate(PICTURE)
            before, after = (
                [word for word in words.replace("−", "-").split() if word[-1].isdigit()]
                for words in wording.region(replace(rule, margin=rule.margin * factor)).rstrip(".").split("; ")
            )
            numbers = [[text.replace("−", "-") for text in row] for row in seen["numbers"]]
            assert numbers == ([before] if before == after else [before, after]), (name, factor)
            assert seen["inside"] and seen["apart"], (name, factor)
            arrows |= {kind for kind in ("beyond", "cut") if seen[kind]}
    assert "cut" in arrows


def test_an_estimate_far_away_is_an_arrow_at_the_edge(columns, show, tmp_path):
    declared, samples = columns[OURS]
    rule = declared["C1a"]
    far = {"C1a": [Measured(np.array(rule.low - 100 * rule.margin), rule.margin)]}
    case = {OURS: ({"C1a": rule}, far)}
    judged = {OURS: ledger.judge({"C1a": rule}, far, ledgers=LEDGERS)}
    live = show(page_with(packing.packed(case, LEDGERS), judged, tmp_path))
    live.page.locator(".ledger-panel svg").wait_for()
    seen = live.page.locator(".stage").evaluate(PICTURE)
    assert seen["beyond"] == 1 and seen["inside"] and seen["cut"] == 0


def test_on_a_phone_the_panel_scrolls_away(shown):
    position = "one => getComputedStyle(one).position"
    for width, expected in ((1280, "sticky"), (390, "static")):
        assert shown(width=width).stage.locator(".ledger-panel").evaluate(position) == expected


def test_a_link_brings_the_margins_back(shown, show, path, library):
    one = shown()
    one.stage.evaluate(MOVED, [{"C1a": 30, "R3": 5}])
    one.stage.get_by_role("button", name="Copy link").click()
    address = one.page.evaluate("location.hash")
    assert address == "#ledger?C1a=3&R3=0.5"
    two = shown()
    two.page.evaluate("hash => { location.hash = hash; }", address)
    two.live.settle()
    assert two.verdicts() == library(C1a=3.0, R3=0.5)
    for nonsense in ("#ledger?C1a=7&Z=1", "#ledger?C1a=x", "#ledger?", "#ledger?__proto__=1"):
        two.page.evaluate("hash => { location.hash = hash; }", nonsense)
        two.live.settle()
        assert two.verdicts() == library() and two.live.said == []


def test_sliders_move_by_the_keyboard(shown, library):
    one = shown()
    slider = one.stage.get_by_label("C1a", exact=True)
    slider.focus()
    for _ in range(7):
        one.page.keyboard.press("ArrowRight")
    assert slider.get_attribute("aria-valuetext") == "0.0017, 1.7 times the declared"
    assert one.verdicts() == library(C1a=1.7)
    one.page.keyboard.press("Home")
    assert one.verdicts() == library(C1a=0.0)
    one.page.keyboard.press("Tab")  # the next claim's: its words are shown
    assert one.page.evaluate("document.activeElement.labels[0].textContent") == "C1b"
    assert one.stage.locator(".ledger-panel").inner_text().startswith("C1b")


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(shown, width, scheme):
    one = shown(width=width, scheme=scheme)
    one.stage.evaluate(MOVED, [{"all": 0}])
    assert violations(one.live) == [] and one.live.said == []
    assert one.page.evaluate("document.documentElement.scrollWidth") <= width


def test_without_runs_there_are_words(show, tmp_path):
    declared, _ = ledger.rules()
    packed = packing.packed({OURS: (declared, {})}, LEDGERS)
    assert packed["columns"] == [] and packed["claims"] == []
    live = show(page_with(packed, {OURS: ledger.judge(declared, {})}, tmp_path))
    assert live.page.get_by_text("There are not enough runs to judge a claim.").is_visible() and live.said == []
