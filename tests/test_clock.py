"""The clock at the end of `make report`."""

import time

import pytest

from nbreport.clock import Clock, duration, work
from nbreport.studies.part import Tally


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0.0 s"), (9.94, "9.9 s"), (9.96, "10 s"), (99.4, "99 s"), (99.6, "1 min 40 s"), (3600, "60 min 0 s")],
)
def test_a_duration_is_as_exact_as_it_is_of_use(seconds, said):
    assert duration(seconds) == said


def test_what_make_did_before_comes_first_and_ends_where_this_begins():
    now = time.time()
    clock = Clock(f"environment={now - 30:.0f} data={now - 10:.0f}")
    assert list(clock.parts) == ["environment", "data"]
    assert clock.parts["environment"] == 20 and 9 < clock.parts["data"] < 12
    assert list(Clock("environment= data=soon").parts) == list(Clock("").parts) == []
    assert Clock(f"environment={now + 60:.0f}").parts == {"environment": 0.0}  # somebody has set the machine's clock


def test_parts_are_timed_whatever_ends_them_and_summed_by_name(monkeypatch):
    ticks = iter([0, 2, 10, 13, 20, 25])
    monkeypatch.setattr(time, "perf_counter", lambda: next(ticks))
    clock = Clock("")
    with clock.part("runs"):
        pass
    with pytest.raises(KeyError), clock.part("page"):
        raise KeyError
    with clock.part("runs"):
        pass
    assert clock.parts == {"runs": 7, "page": 3} and clock.in_words() == "took 10 s: runs 7.0 s, page 3.0 s"


def test_the_work_of_studies_is_told_by_the_longest_and_how_busy_workers_were():
    tallies = {name: Tally(seconds=seconds) for name, seconds in (("short", 20.0), ("none", 0.0), ("long", 100.0))}
    assert work(tallies, 2, 80) == "of the runs: long 1 min 40 s, short 20 s; 2 workers busy 75% of the time"
    assert work({"one": Tally(seconds=3.0)}, 1, 3.0) == "of the runs: one 3.0 s; 1 worker busy 100% of the time"
    assert work({"none": Tally()}, 2, 5.0) == ""
