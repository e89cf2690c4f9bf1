"""Our runs beside the homework's published numbers, by hand."""

import pandas as pd
import pytest

from twolayer.analysis import claims, headline, homework
from twolayer.analysis.ledger import FAILS, HOLDS, UNDECIDED, UNTESTED, Verdict

SETTINGS = pd.DataFrame({"lr": [0.1, 0.1, 0.005], "l2": [0.01, 0.001, 0.01], "hidden": [64, 64, 512]})


def runs(*scores, seed=0):
    """Return runs at three settings, the last of them the homework's best; scores are pairs of ours and published."""
    ours, published = zip(*scores, strict=True)
    frame = SETTINGS.assign(test=ours, published=published, validation=ours, validation_loss=0.1, seed=seed)
    return frame.set_index("run-" + frame.index.astype(str) + f"-{seed}")


def test_agreement_by_what_becomes_of_both():
    frame = pd.concat(
        [
            runs((0.1, 0.105), (0.981, 0.97), (0.979, 0.97)),
            runs((0.49, 0.5), (0.5, 0.49), (0.969, 0.97), seed=1),
            runs((0.1, 0.3), (0.97, 0.975), (0.5, 0.6), seed=2),
        ]
    )
    found = homework.agreement(frame).set_index("outcome")
    assert found["settings"].to_dict() == {
        "work in both": 5, "collapse in both": 2, "collapse here alone": 1, "collapse there alone": 1,
    }  # fmt: skip
    assert found["within a point"].tolist() == [3, 1, 1, 1] and found["settings"].sum() == len(frame)
    assert found["median difference"].tolist() == pytest.approx([0.009, 0.1025, 0.01, 0.01])


@pytest.mark.parametrize(
    ("ours", "agrees"), [(0.975, True), (0.98, True), (0.96, True), (0.9801, False), (0.9599, False), (0.955, False)]
)
def test_a_point_is_a_hundredth(ours, agrees):
    frame = runs((ours, 0.97), (0.5, 0.97), (0.97, 0.97))
    assert list(homework.agrees(frame)) == [agrees, False, True]
    assert homework.agrees(frame.iloc[0]) == agrees


def test_ranges_over_seeds_of_settings_that_have_several():
    first, second = runs((0.1, 0.2), (0.9, 0.8), (0.97, 0.96)), runs((0.4, 0.2), (0.9, 0.8), (0.99, 0.96), seed=1)
    found = homework.over_seeds(pd.concat([first, second.iloc[[0, 2]]]))
    assert found.loc[(0.1, 0.01, 64)].tolist() == [0.1, 0.25, 0.4, 2, 0.2]
    assert found.loc[(0.005, 0.01, 512)].tolist() == [0.97, 0.98, 0.99, 2, 0.96] and len(found) == 2


def test_the_best_setting_is_the_published_one():
    frame = runs((0.1, 0.2), (0.99, 0.8), (0.97, 0.96))
    assert homework.best_run(frame) == "run-2-0" and list(homework.at_best(frame).index) == ["run-2-0"]
    assert homework.best_run(frame.iloc[:2]) is None
    assert homework.best_run(pd.concat([frame, runs((0.1, 0.2), (0.9, 0.8), (0.97, 0.96), seed=1)])) == "run-2-0"


def test_runs_beside_the_published_accuracies():
    ours = pd.DataFrame(
        {"lr": [0.005, 0.3], "l2": [0.01, 0.01], "hidden": [512, 512], "test": [0.5, 0.6]}, index=["known", "unknown"]
    )
    known = {"lr": 0.005, "l2": 0.01, "hidden": 512, "test": 0.5}
    found = homework.beside_published(ours.assign(dataset="mnist"))
    assert found.to_dict("index") == {"known": known | {"dataset": "mnist", "published": 0.9794}}
    elsewhere = homework.beside_published(ours.assign(dataset="fashion-mnist"))
    assert elsewhere.to_dict("index") == {"known": known | {"dataset": "fashion-mnist"}}
    assert homework.has_counterpart(found) and not homework.has_counterpart(elsewhere)
    assert not homework.has_counterpart(pd.concat([found, elsewhere]))


def test_ranges_over_seeds_without_published_numbers():
    frame = pd.concat([runs((0.1, 0), (0.9, 0), (0.97, 0)), runs((0.4, 0), (0.9, 0), (0.99, 0), seed=1)])
    found = homework.over_seeds(frame.drop(columns="published"))
    assert found.loc[(0.1, 0.01, 64)].tolist() == [0.1, 0.25, 0.4, 2] and "published" not in found


def columns(ours, its):
    """Return the ledger's columns with these verdicts of the homework's claims, and one of the report's."""
    found = {}
    for name, words in ((claims.OUR_RUNS, ours), (claims.ITS_FILES, its)):
        found[name] = {f"C{place}": Verdict(f"C{place}", word, "", 0.0, 1.0, []) for place, word in enumerate(words)}
    found[claims.OUR_RUNS]["R1"] = Verdict("R1", HOLDS, "", 0.0, 1.0, [])
    return found


NOTHING = columns([], [])


def test_the_headline_numbers():
    frame = runs((0.1, 0.3), (0.981, 0.97), (0.979, 0.97))
    tested = runs((0.98, 0), (0.99, 0), (0.97, 0))
    ledger = columns([HOLDS, HOLDS, HOLDS, FAILS, UNDECIDED, UNDECIDED, UNTESTED], [FAILS, UNTESTED])
    assert headline.numbers(frame, tested, frame.iloc[1:], ledger) == {
        "complete": False, "settings": 3, "best_setting": "hidden 512, lr 0.005, l2 0.01", "best_published": 0.97,
        "collapsed_published": 1, "collapsed_ours": 1, "collapsed_both": 1, "work_both": 2, "work_within_a_point": 1,
        "homework_seeds": 2, "homework_test_mean": pytest.approx(0.98), "claims": 7, "claims_holds": 3,
        "claims_fails": 1, "claims_undecided": 2, "its_files": 2, "its_files_holds": 0, "its_files_fails": 1,
        "its_files_undecided": 0,
        "final_setting": "hidden 64, lr 0.1, l2 0.01", "final_seeds": 3, "final_test_mean": pytest.approx(0.98),
        "final_test_min": 0.97, "final_test_max": 0.99,
    }  # fmt: skip


def test_the_headline_of_another_data_set_has_nothing_published():
    frame = runs((0.1, 0.3), (0.981, 0.97), (0.979, 0.97)).drop(columns="published")
    found = headline.numbers(frame, frame, frame.iloc[1:], {claims.OUR_RUNS: NOTHING[claims.OUR_RUNS]})
    assert found["collapsed_ours"] == 1 and found["homework_test_mean"] == pytest.approx(0.98)
    assert not [name for name in found if "published" in name or name.endswith("_both") or name.startswith("claims")]


def test_the_headline_of_a_small_build_compares_its_own_best():
    frame = runs((0.4, 0.6), (0.7, 0.3), (0.979, 0.97)).iloc[:2]
    found = headline.numbers(frame, frame, frame.iloc[:0], NOTHING)
    assert found["best_setting"] == "hidden 64, lr 0.1, l2 0.001"
    assert (found["homework_seeds"], found["homework_test_mean"]) == (1, 0.7)
    assert (found["collapsed_published"], found["collapsed_ours"], found["collapsed_both"]) == (1, 1, 0)


def test_a_half_is_not_collapsed():
    frame = runs((0.5, 0.4), (0.4, 0.5), (0.5, 0.5))
    found = headline.numbers(frame, frame, frame, NOTHING)
    assert (found["collapsed_published"], found["collapsed_ours"], found["collapsed_both"]) == (1, 1, 0)


def test_only_the_whole_grid_is_complete():
    grid = homework.published_grid()
    grid = grid.assign(test=0.9, validation=0.9, validation_loss=0.1, seed=0)
    assert headline.numbers(grid, grid, grid, NOTHING)["complete"] is True
    assert headline.numbers(grid.iloc[1:], grid, grid, NOTHING)["complete"] is False
