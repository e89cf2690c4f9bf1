"""Computed sentences in all their cases: cells of chapters, with made numbers in the place of runs."""

from types import SimpleNamespace

import nbformat
import numpy as np
import pandas as pd
import pytest

from twolayer import paths
from twolayer.analysis import ledger, phrases, statistics, wording
from twolayer.analysis.ledger import Verdict
from twolayer.figures import trace


def cell(notebook, name):
    """Return the code of a chapter's cell."""
    cells = nbformat.read(paths.ROOT / "notebooks" / notebook, as_version=4).cells
    (found,) = (each for each in cells if each.id == name)
    return found.source


def said(notebook, *names, **given):
    """Return the text that a chapter's cells display, one after another, with these names known."""
    texts, known = [], {"phrases": phrases, "np": np, "pd": pd, "statistics": statistics} | given
    known["prose"] = lambda text: texts.append(" ".join(text.split()))
    for name in names:
        exec(cell(notebook, name), known)
    return " ".join(texts)


@pytest.mark.parametrize(
    ("count", "of", "words"),
    [(0, 5, "none works"), (1, 5, "one works"), (3, 5, "3 work"), (5, 5, "all work"), (2, 2, "both work"),
     (1, 1, "the one works"), (0, 1, "none works"), (1234, 2000, "1,234 work")],
)  # fmt: skip
def test_how_many(count, of, words):
    assert phrases.how_many(count, of, "works", "work") == words


def test_a_range_of_one_number_is_a_number():
    assert phrases.spanned(0.4, 1.54, ".2f") == "0.40 to 1.54"
    assert phrases.spanned(0.531, 0.529, ".2f") == "0.53" and phrases.spanned(5, 5, ".0f") == "5"


def ranges(*rows):
    columns = ["lowest", "highest", "seeds", "published"]
    return pd.DataFrame(rows, columns=columns)


ONE = "We ran one setting with 2 seeds, which {} on whether it works. The published accuracy lies {} the range of ours."
SEVERAL = "We ran {} seeds each. Of these {} with some seeds and not with others. The published accuracy lies within "
SEVERAL += "the range of ours for {} of them."


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([], ""),
        ([(0.96, 0.97, 2, 0.95)], ONE.format("agree", "outside")),
        ([(0.1, 0.97, 2, 0.95)], ONE.format("differ", "within")),
        (
            [(0.96, 0.97, 20, 0.965)] * 3 + [(0.1, 0.97, 5, 0.99)],
            SEVERAL.format("4 settings with 5 to 20", "one collapses", 3),
        ),
        ([(0.96, 0.97, 5, 0.9)] * 3, SEVERAL.format("3 settings with 5", "none collapses", "none")),
    ],
)
def test_what_several_seeds_show(rows, words):
    found = ranges(*rows)
    torn = (found["lowest"] < 0.5) & (found["highest"] >= 0.5)
    names = "03-search-repeated", "03-search-37"
    assert said("03_search.ipynb", *names, ranges=found, torn=torn, compared=True) == words
    alone = said("03_search.ipynb", *names, ranges=found, torn=torn, compared=False)
    assert alone == words.partition(" The published")[0]


EDGE = (
    "Of the 2 runs {} largest eigenvalue reaches {} times the limit, and ends at {} times. Cohen and others speak of "
)
EDGE += "the edge of stability where descent keeps this multiple near 1 for long. Here {} does{}: the multiple lies "
EDGE += "between 0.9 and 1.1 in {}."
BOTH = "both start below the limit. Their", "0.90 to 1.50", "0.20 to 0.30"


@pytest.mark.parametrize(
    ("start", "near", "words"),
    [
        ([1.2, 1.5], [0, 0], None),
        (
            [0.5, 1.2],
            [0, 0.9],
            ("one starts below the limit. Its", "0.90", "0.30", "none", "", "none of the measurements"),
        ),
        ([0.1, 0.2], [0.12, 0.05], (*BOTH, "none", "", "at most 12% of a run's measurements")),
        ([0.1, 0.2], [0.12, 0.6], (*BOTH, "one run", ", on these images", "60% of its measurements")),
    ],
)
def test_the_edge_of_stability_is_seen_or_not(start, near, words):
    of_descent = pd.DataFrame({"start": start, "highest": [0.9, 1.5], "end": [0.3, 0.2], "near": near})
    names = "05-collapse-edge-0", "05-collapse-edge-stays", "05-collapse-edge-1", "05-collapse-09"
    assert said("05_collapse.ipynb", *names, of_descent=of_descent) == (EDGE.format(*words) if words else "")


BEYOND = (
    " There descent is beyond the limit, and each step lands farther away than it started: so far above the border "
    "curvature and ratchet work together."
)
GONE = " With the units the curvature falls, too: where all are off, no weight of theirs changes the loss."


@pytest.mark.parametrize(
    ("highest", "end", "dead", "more"),
    [(27.0, 0.1, 1.0, BEYOND + GONE), (27.0, 3.0, 0.5, BEYOND), (2.5, 3.0, 0.5, "")],
)
def test_what_is_said_of_the_larger_rate_is_what_it_shows(highest, end, dead, more):
    small = {"lr": 0.005, "start": 1.0, "highest": 2.0, "end": 1.0, "dead": 0.1, "bound": 0.01}
    large = small | {"lr": 0.05, "start": 2.0, "highest": highest, "end": end, "dead": dead}
    frame, spectra = pd.DataFrame([small, large]), SimpleNamespace(outcomes=lambda frame: frame)
    names = "05-collapse-known", "05-collapse-larger-rate", "05-collapse-calm-0", "05-collapse-calm-1"
    text = said("05_collapse.ipynb", *names, spectra=spectra, followed=frame, descent=frame)
    assert text == (
        "At the rate 0.05, [the larger of the two](#fig:along), the largest eigenvalue rises to "
        f"{highest / 2:.2g} times what it was, and at the end {dead:.0%} of the units are dead.{more}"
    )


KERNELS = "05-collapse-chaos-2", "05-collapse-chaos-lesson", "05-collapse-chaos-3"


def pair(lr, flips, apart):
    collapsed = np.zeros((2, 20), bool)
    collapsed[1, :flips] = True
    distance = np.zeros(301)
    distance[apart:] = 0.02
    return {"lr": lr, "distance": distance, "collapsed": collapsed}


def test_two_kernels_in_words():
    pairs = {0.002: pair(0.002, 0, 301), 0.005: pair(0.005, 2, 41)}
    text = said("05_collapse.ipynb", *KERNELS, trace=trace, pairs=pairs)
    assert text.startswith(
        "At a rate of 0.002 the two runs are never farther from each other than 1% of the distance that they have "
        "moved since their start, in 300 updates; of 20 seeds, none works under one kernel and not under the other "
        "(0% to 17%). At a rate of 0.005 the two runs are farther from each other than 1% of the distance that they "
        "have moved since their start after 41 of 300 updates; of 20 seeds, 2 work under one kernel and not under the "
        "other (1% to 32%)."
    )
    assert text.endswith("the start does not decide.")
    text = said("05_collapse.ipynb", *KERNELS, trace=trace, pairs={0.002: pair(0.002, 0, 301)})
    assert text.endswith("of the share of such seeds.")


@pytest.mark.parametrize(
    ("gaps", "words"),
    [
        ((0.1, 0.1, 0.1), "all three matter"),
        ((0.1, 0, 0), "only the hidden size matters"),
        ((0, 0.1, 0.1), "only the penalty and the learning rate matter"),
        ((0, 0, 0), "none matters"),
    ],
)
def test_what_matters(gaps, words):
    index = ["hidden", "l2", "lr"]
    known = {"gaps": pd.Series(gaps, index), "chance_of": dict.fromkeys(index, 0.01)}
    exec(cell("07_protocol.ipynb", "07-protocol-gaps"), known)
    assert known["what_matters"] == words


def test_the_bold_error_is_ours():
    others = pd.DataFrame({"network": ["a", "b"], "training images": "", "test error (%)": [4.7, 0.39], "source": ""})
    ours = {"network": "ours", "training images": "", "test error (%)": 1.62, "source": "here"}
    tables = []
    known = {"pd": pd, "compared": True, "others": others, "ours_row": ours}
    known["table"] = lambda frame, *_, best, **__: tables.append((frame, best))
    exec(cell("07_protocol.ipynb", "07-protocol-14"), known)
    ((frame, best),) = tables
    (column, choose), *rest = best.items()
    assert not rest and list(frame[frame[column] == choose(frame[column])]["network"]) == ["ours"]


@pytest.mark.parametrize(
    ("share", "shown"),
    [
        (1.0, ""),
        (0.9996, ""),
        (0.95, "; 95.0% of the bootstrap ledgers say so"),
        (0.858, "; 85.8% of the bootstrap ledgers say so, and a verdict needs 95%"),
    ],
)
def test_ledgers_that_agree_are_not_mentioned(share, shown):
    rule = ledger.rules()[0]["C1a"]
    line = wording.said(rule, {"our runs": Verdict("C1a", "holds", "0.98", 0.01, share, [])}).splitlines()[-1]
    assert line == f"- By our runs: **holds**. 0.98{shown}."
