"""The clock at the end of `make report`."""

import re
import time

import pytest

from conftest import make
from nbreport.clock import Clock, duration, spent, work
from nbreport.studies.part import Tally, own_seconds


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0.0 s"),
        (9.94, "9.9 s"),
        (9.96, "10 s"),
        (99.4, "99 s"),
        (99.6, "1 min 40 s"),
        (5999, "99 min 59 s"),
        (7260, "2 h 1 min"),
    ],
)
def test_a_duration_is_as_exact_as_it_is_of_use(seconds, said):
    assert duration(seconds) == said


def test_what_make_did_before_comes_first_and_ends_where_this_begins():
    clock = Clock("environment=100 data=120", now=lambda: 130.5, tick=iter([0, 4]).__next__)
    assert clock.parts == {"environment": 20, "data": 10.5}
    assert clock.in_words() == "took 34 s: environment 20 s, data 10 s, other 4.0 s"
    for odd in ("environment= data=soon", "data=9999999999999", "data=-1", ""):
        assert Clock(odd).parts == {}
    assert Clock("environment=100", now=lambda: 40).parts == {"environment": 0.0}  # somebody has set the clock


def test_parts_are_timed_whatever_ends_them_and_summed_by_name():
    clock = Clock(tick=iter([0, 0, 2, 10, 13, 20, 25, 25.5]).__next__)
    with clock.part("runs"):
        pass
    with pytest.raises(KeyError), clock.part("page"):
        raise KeyError
    with clock.part("runs"):
        pass
    assert clock.parts == {"runs": 7, "page": 3}
    assert clock.in_words() == "took 26 s: runs 7.0 s, page 3.0 s, other 16 s"


def test_the_work_of_studies_is_told_the_longest_first():
    tallies = {name: Tally(seconds=seconds) for name, seconds in (("short", 20.0), ("none", 0.0), ("long", 100.0))}
    assert work(tallies) == "workers were busy with runs of long 1 min 40 s, short 20 s"
    assert work({"none": Tally()}) == ""


def test_what_runs_say_of_their_time_is_told_as_a_share_of_all_there_was():
    tallies = {"a": Tally(), "b": Tally(), "silent": Tally(seconds=5.0)}
    tallies["a"].within.update({"training": 30.0, "matrix_products": 20.0})
    tallies["b"].within.update({"training": 10.0})
    assert spent(tallies, 50.0, 2) == "of 2 workers' 1 min 40 s: training 40%, matrix products 20%"
    assert spent(tallies, 50.0, 1) == "of a worker's 50 s: training 80%, matrix products 40%"
    assert spent({"silent": tallies["silent"]}, 50.0, 2) == spent({}, 50.0, 2) == ""


@pytest.mark.parametrize(
    ("result", "found"),
    [
        ({"seconds": {"training": 2, "products": 1.5}}, {"training": 2, "products": 1.5}),
        ({"seconds": {"training": "two", "other": None, "odd": float("nan"), "more": 1}}, {"more": 1}),
        ({"seconds": 3.0}, {}),
        ({}, {}),
    ],
)
def test_of_what_a_run_says_numbers_count(result, found):
    assert own_seconds(result) == found


@pytest.mark.parametrize(("goals", "known"), [(("report",), True), (("lint", "report"), False)])
def test_make_tells_when_it_began_if_the_report_is_all_that_it_makes(goals, known):
    recipe = make("-n", *goals).stdout
    begun = re.search(r'-m nbreport report .* --before="environment=(\d*) data=(\d*)"', recipe)
    assert all(abs(int(one) - time.time()) < 60 for one in begun.groups()) if known else begun.groups() == ("", "")
