"""The ledger: rules as declared, verdicts on both sides of a border, and how often they are wrong."""

import hashlib
import json
import tomllib
from dataclasses import replace
from math import inf

import numpy as np
import pytest

from conftest import ROOT
from twolayer.analysis import ledger, simulation, wording
from twolayer.analysis.ledger import FAILS, HOLDS, UNDECIDED, UNTESTED, Rule
from twolayer.analysis.measured import Measured, Share
from twolayer.analysis.samples import Sample

RNG = np.random.default_rng(1)


def rule(**different):
    return Rule(
        **{"claim": "C", "says": "It is so.", "estimand": "a number", "reason": "Why not?", "margin": 0.5} | different
    )


def normal(mean, count=20):
    """Return so many normal numbers with this mean and standard deviation 1."""
    values = RNG.standard_normal(count)
    return Sample((mean + (values - values.mean()) / values.std(ddof=1),))


def verdict(one, *samples):
    return ledger.judge({"C": one}, {"C": list(samples)}, ledgers=200)["C"].verdict


@pytest.mark.parametrize(
    ("mean", "expected"), [(2.0, HOLDS), (0.9, HOLDS), (-0.4, UNDECIDED), (-0.6, UNDECIDED), (-2.0, FAILS)]
)
def test_a_region_that_is_open_above(mean, expected):
    assert verdict(rule(low=0.0), normal(mean)) == expected  # with the margin the border is -0.5


@pytest.mark.parametrize(("mean", "expected"), [(-2.0, HOLDS), (0.4, UNDECIDED), (2.0, FAILS)])
def test_a_region_that_is_open_below(mean, expected):
    assert verdict(rule(high=0.0), normal(mean)) == expected


@pytest.mark.parametrize(
    ("mean", "expected"), [(0.0, HOLDS), (1.4, UNDECIDED), (-1.6, UNDECIDED), (-4.0, FAILS), (4.0, FAILS)]
)
def test_a_region_with_two_ends(mean, expected):
    assert verdict(rule(low=-1.0, high=1.0), normal(mean)) == expected


def test_a_margin_widens_the_region():
    sample = normal(-2.0)
    assert [verdict(rule(low=0.0, margin=margin), sample) for margin in (0.0, 2.0, 5.0)] == [FAILS, UNDECIDED, HOLDS]


def test_of_several_samples_all_must_lie_inside_and_one_outside_fails():
    inside, outside, near = normal(3.0), normal(-3.0), normal(-0.5)
    assert verdict(rule(low=0.0), inside, inside) == HOLDS
    assert verdict(rule(low=0.0), inside, near) == UNDECIDED
    assert verdict(rule(low=0.0), inside, inside, outside) == FAILS


def test_what_one_of_several_samples_says_counts_for_less():
    alone = ledger.directions(rule(low=0.0), [normal(-1.2)])[0][0]
    among = ledger.directions(rule(low=0.0), [normal(-1.2), normal(5.0), normal(5.0), normal(5.0)])[0][0]
    assert among > 2 * alone


def test_a_p_value_has_two_sides():
    sample = normal(0.1)
    below, above = sample.p_values([-0.5])
    assert ledger.directions(rule(low=0.0), [sample])[0] == pytest.approx(2 * min(below[0], above[0]))


def test_holm_by_hand():
    assert list(ledger.holm(np.array([0.01, 0.04, 0.02]))) == [True, True, True]  # 3 * 0.01, 2 * 0.02, 1 * 0.04
    assert list(ledger.holm(np.array([0.01, 0.04, 0.03]))) == [True, False, False]  # 2 * 0.03 is too much
    assert list(ledger.holm(np.array([0.02, 0.02, 0.02]))) == [False, False, False]
    assert ledger.holm(np.array([[0.01, 0.9], [0.04, 0.01]])).tolist() == [[True, False], [True, True]]


def test_other_claims_make_a_verdict_harder():
    declared = {str(place): rule(low=0.0) for place in range(12)}
    sample = Sample((np.array([-0.5 + 2.6 / 20**0.5]) + normal(0).groups[0],))
    single = ledger.verdicts({"0": declared["0"]}, {"0": [sample]})[0]
    among = ledger.verdicts(declared, {name: [sample if name == "0" else normal(-0.5)] for name in declared})[0]
    assert single[0, 0] == 1 and among[0, 0] == 0


def test_a_verdict_that_other_draws_of_the_seeds_do_not_share_is_undecided():
    values = Sample((np.array([-0.5 + 2.2 / 20**0.5]) + normal(0).groups[0],))
    found = ledger.judge({"C": rule(low=0.0)}, {"C": [values]}, ledgers=400)["C"]
    assert found.p < 0.05 and found.share < ledger.SHARED and found.verdict == UNDECIDED


def test_the_strip_has_the_verdict_by_margin():
    found = ledger.judge({"C": rule(low=0.0, margin=1.0)}, {"C": [normal(-1.0, 400)]}, ledgers=100)["C"]
    assert found.strip == [FAILS, FAILS, UNDECIDED, HOLDS, HOLDS] and found.verdict == UNDECIDED


def test_claims_without_runs_are_not_tested():
    declared = {name: rule(claim=name, low=0.0) for name in ("empty", "few", "none", "all")}
    samples = {"empty": [], "few": [normal(1, 3)], "all": [normal(3)]}
    found = ledger.judge(declared, samples, ledgers=50)
    assert [one.verdict for one in found.values()] == [UNTESTED, UNTESTED, UNTESTED, HOLDS]
    assert ledger.counts(found) == {HOLDS: 1, FAILS: 0, UNDECIDED: 0}
    assert ledger.judge(declared, {})["all"].verdict == UNTESTED


@pytest.mark.parametrize("truth", simulation.TRUTHS)
def test_at_most_one_in_twenty_made_up_ledgers_has_a_wrong_verdict(truth):
    wrong, right = simulation.simulate(simulation.TRUTHS[truth], ledgers=1000)
    assert wrong <= ledger.ERROR
    assert np.isnan(right) or right > 0.6  # a ledger that never decides would never err


MOVED = {
    "mean of 5": lambda groups, t: [groups[0] + t / 5**0.5],
    "difference of two means of 20": lambda groups, t: [groups[0] + t * 0.1**0.5, groups[1]],
    "mean + 1.96 deviations of 20": lambda groups, t: [groups[0] + t * 0.38 - 1.959964],
    "trend over four means of 25, some collapsed": lambda groups, t: [
        group + t * (place - 1.5) / 5 for place, group in enumerate(groups)
    ],
    "three rivals on the same 20 seeds": lambda groups, t: [groups[0] + t / 20**0.5],
}


@pytest.mark.parametrize("case", MOVED)
def test_a_truth_that_moves_all_numbers_counts_as_a_border_that_moves_the_other_way(case):
    draw, border = simulation.CASES[case]
    (moving, *_), truths = draw(np.random.default_rng(3), 8), (-1.5, 0.0, 2.0)
    tails = np.array(moving.tails(border, truths))
    for row, truth in enumerate(truths):
        moved = replace(moving.sample, groups=tuple(MOVED[case](moving.sample.groups, truth)))
        assert np.allclose(tails[:, row], np.array(moved.p_values([border]))[:, 0], atol=1 / 2000)


def test_the_simulation_sees_wrong_verdicts(monkeypatch):
    monkeypatch.setattr(ledger, "holm", lambda p_values, error=0.05: p_values <= 0.3)
    wrong, _ = simulation.simulate((0.0, 0.0), ledgers=200)
    assert wrong > 0.5


def test_the_declared_rules():
    declared, content_hash = ledger.rules()
    content = (ROOT / "data" / "claims.toml").read_bytes()
    assert content_hash == hashlib.sha256(content).hexdigest()
    assert list(declared) == list(tomllib.loads(content.decode("utf-8")))
    for name, one in declared.items():
        assert one.claim == name and one.margin > 0 and one.reason.endswith(".") and one.says.rstrip('"').endswith(".")
        assert -inf < one.low or one.high < inf


def test_a_rule_in_words():
    one = rule(low=0.0, high=1.0, shown=".1f")
    assert wording.region(one) == "True if it is from 0.0 to 1.0; with the margin, from −0.5 to 1.5."
    factor = rule(low=np.log(1.5), margin=np.log(1.2), shown="factor")
    assert wording.region(factor) == "True if it is at least 1.50; with the margin, at least 1.25."
    assert wording.region(rule(high=0.0)) == "True if it is at most 0.0000; with the margin, at most 0.5000."


def test_evidence_names_the_sample_that_is_closest_to_failing():
    near, far = normal(0.1), normal(9.0)
    said = wording.evidence(rule(low=0.0), [far, near], 0.05)
    assert (
        said.startswith("0.1000 (95% interval −")
        and "20 runs), of 2 the closest to failing, in standard errors" in said
    )
    assert wording.evidence(rule(low=0.0), [Measured(np.array(0.25))], 0.05) == "0.2500"
    assert "one run)" in wording.evidence(rule(low=0.0), [Measured(np.array(0.25), 0.1)], 0.05)
    assert wording.evidence(rule(low=0.5, shown=".2f"), [Share(np.arange(4) < 3)], 0.05).startswith(
        "0.75 (95% interval 0.19 to 0.99"
    )


@pytest.mark.parametrize(
    ("value", "low", "high", "words"),
    [
        (0.3, 0.2, 0.4, ""),  # no border inside
        (0.1, -0.3, 0.5, "; about 16 times as many runs would decide it, if the estimate stays"),
        (0.1, 0.09, 0.11, ""),
        (-0.1, -0.2, 0.3, "; about 16 times as many runs would decide it, if the estimate stays"),
        (0.001, -0.3, 0.3, "; more than 100 times as many runs would decide it, if the estimate stays"),
        (0.0, -0.3, 0.3, ""),
    ],
)
def test_how_many_runs_would_decide(value, low, high, words):
    assert wording.more_runs(rule(low=0.0, margin=0.0), value, low, high) == words


def test_with_so_many_runs_the_interval_leaves_the_border():
    one, value, width = rule(low=0.0, margin=0.0), 0.1, 0.4
    assert "16 times" in wording.more_runs(one, value, value - width, value + width)
    assert wording.more_runs(one, value, value - width / 16**0.5, value + width / 16**0.5) == ""


def test_what_is_written(tmp_path):
    found = ledger.judge({"C": rule(low=0.0)}, {"C": [normal(3.0)]}, ledgers=50)
    ledger.write({"ours": found}, "abc", tmp_path / "claims.json")
    written = json.loads((tmp_path / "claims.json").read_text(encoding="utf-8"))
    assert written["rules"] == "abc" and written["ours"]["C"]["verdict"] == HOLDS
    assert "C holds" not in wording.said(rule(low=0.0), {"ours": found["C"]})
    assert "- By ours: **holds**. 3.0000" in wording.said(rule(low=0.0), {"ours": found["C"]})
