"""What a run keeps: the first of its best looks, or the last look."""

import itertools

import numpy as np
import pytest

from twolayer.training import monitor
from twolayer.training.monitor import Monitor
from twolayer.training.sgd import Divergence


def watch(monkeypatch, looks, **options):
    """Return a Monitor that has looked; `looks` are dicts, part to (loss, accuracy, active)."""
    at, count = iter(looks), itertools.count()
    now = {}

    def measure(net, pixels, labels, scaling, product):
        return now[pixels]

    monkeypatch.setattr(monitor, "measure", measure)
    found = Monitor(
        None,
        {part: (part, None) for part in looks[0]},
        None,
        lambda: {"look": next(count)},
        4,
        **({"choose_by": "validation"} | options),
    )
    for update, look in enumerate(at):
        now.clear()
        now.update({part: (loss, accuracy, np.array(active, bool)) for part, (loss, accuracy, active) in look.items()})
        found(10 * update)
    return found


def look(validation, train=0.5, loss=0.1, active=(1, 1, 0, 0)):
    return {"train": (loss, train, (1, 0, 1, 0)), "validation": (loss, validation, active)}


def test_of_equal_looks_the_first_is_kept(monkeypatch):
    found = watch(monkeypatch, [look(0.5), look(0.7), look(0.7), look(0.6)])
    assert found.best_index == 1 and found.best == {"look": 1}  # asked for when better, and never again
    assert found.record["update"] == [0, 10, 20, 30]
    assert found.record["validation_accuracy"] == [0.5, 0.7, 0.7, 0.6]


def test_other_parts_do_not_choose(monkeypatch):
    found = watch(monkeypatch, [look(0.5, train=0.6), look(0.4, train=0.9)])
    assert found.best_index == 0 and found.record["train_accuracy"] == [0.6, 0.9]


def test_where_nothing_chooses_the_last_is_kept(monkeypatch):
    looks = [{"test": one["validation"]} for one in (look(0.9), look(0.7), look(0.8))]
    found = watch(monkeypatch, looks, choose_by=None)
    assert (found.best_index, found.best) == (2, {"look": 2})


def test_dead_units_are_those_of_the_part_that_chooses_and_active_ones_those_of_any(monkeypatch):
    found = watch(monkeypatch, [look(0.5, active=(0, 1, 0, 0))])
    assert found.record["dead_fraction"] == [0.75] and found.active.tolist() == [True, True, True, False]


@pytest.mark.parametrize("loss", [float("nan"), float("inf")])
def test_a_loss_that_is_not_finite_is_a_divergence(monkeypatch, loss):
    with pytest.raises(Divergence, match="loss is not finite at update 10"):
        watch(monkeypatch, [look(0.5), look(0.5, loss=loss)])
