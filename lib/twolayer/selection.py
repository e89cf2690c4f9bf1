"""Choosing a setting by validation: finalists of a search, then one of them over several seeds.

Test scores are dropped before anything is compared, where runs have any. Studies ask `finalists`
and `winner` for their points; chapters ask the same functions which runs count.
"""

from . import results
from .results import SETTING


def finalists(runs, search, count):
    """Return the best settings of a search, by validation accuracy, then loss.

    Parameters
    ----------
    runs : path
    search : str
        A study of which each setting has one run.
    count : int
        How many; all of them where the search has fewer.

    Returns
    -------
    list of dict
        lr, l2 and hidden of each, best first.

    Raises
    ------
    results.NoRunsError, ValueError
        If there are no runs, or `count` is no number of settings.
    """
    if type(count) is not int or count < 1:
        raise ValueError(f"count must be an integer from 1, not {count!r}")
    found = results.ranked(results.load_study(search, runs)).drop_duplicates(SETTING).head(count)
    return [_plain(row) for row in found[SETTING].to_dict("records")]


def winner(runs, search, repeats, count):
    """Return the finalist with the best mean validation accuracy over its seeds, as a list of one dict.

    Parameters
    ----------
    runs, search, count
        As for `finalists`.
    repeats : str
        The study with several seeds of each finalist.
    """
    frame = finalist_runs(runs, search, repeats, count)
    means = frame.groupby(SETTING)[["validation", "validation_loss"]].mean()
    return [_plain(dict(zip(SETTING, results.select(means), strict=True)))]


def finalist_runs(runs, search, repeats, count):
    """Return the runs of `repeats` whose settings are finalists of `search` now, without test scores.

    A search that was run again may have other finalists; the runs of former ones stay on disk.
    """
    frame = results.load_study(repeats, runs).drop(columns="test", errors="ignore")
    return at(frame, finalists(runs, search, count))


def at(frame, settings):
    """Return the rows of `frame` at one of the settings (dicts of lr, l2 and hidden)."""
    wanted = {tuple(one[name] for name in SETTING) for one in settings}
    rows = frame[SETTING].apply(tuple, axis=1).isin(wanted)
    found = frame[rows]
    if found.empty:
        raise results.NoRunsError("no run has one of the settings chosen: run `make report`")
    return found


def _plain(row):
    return {"lr": float(row["lr"]), "l2": float(row["l2"]), "hidden": int(row["hidden"])}
