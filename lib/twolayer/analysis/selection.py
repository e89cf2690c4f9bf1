"""Choosing a setting by validation: finalists of a search, then one of them over several seeds.

Test scores are dropped before anything is compared, where runs have any. Studies ask `finalists`
and `winner` for their points; chapters ask the same functions which runs count.
"""

from ..runs import studies

SETTING = ["lr", "l2", "hidden"]  # what the homework searches over


def setting_in_words(frame, run):
    """Return a run's setting in words: "hidden 512, lr 0.005, l2 0.01"."""
    row = frame.loc[run]
    return f"hidden {row['hidden']}, lr {row['lr']:g}, l2 {row['l2']:g}"


def ranked(frame):
    """Return the rows without test scores, best validation accuracy first, then lowest validation loss.

    Test scores play no part: the column is dropped before anything is compared.
    """
    seen = frame.drop(columns="test", errors="ignore")
    return seen.sort_values(["validation", "validation_loss"], ascending=[False, True], kind="stable")


def select(frame):
    """Return the id of the run to prefer, the first that is `ranked`."""
    return ranked(frame).index[0]


def best_by(frame, key, column):
    """Return the rows with the largest `column` for each value of `key`, in the order of the values."""
    return frame.loc[frame.groupby(key)[column].idxmax()]


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
    studies.NoRunsError, ValueError
        If there are no runs, or `count` is no number of settings.
    """
    if type(count) is not int or count < 1:
        raise ValueError(f"count must be an integer from 1, not {count!r}")
    found = ranked(studies.load(search, runs)).drop_duplicates(SETTING).head(count)
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
    return [_plain(dict(zip(SETTING, select(means), strict=True)))]


def finalist_runs(runs, search, repeats, count):
    """Return the runs of `repeats` whose settings are finalists of `search` now, without test scores.

    A search that was run again may have other finalists; the runs of former ones stay on disk.
    """
    frame = studies.load(repeats, runs).drop(columns="test", errors="ignore")
    return at(frame, finalists(runs, search, count))


def at(frame, settings):
    """Return the rows of `frame` at one of the settings (dicts of lr, l2 and hidden)."""
    wanted = {tuple(one[name] for name in SETTING) for one in settings}
    rows = frame[SETTING].apply(tuple, axis=1).isin(wanted)
    found = frame[rows]
    if found.empty:
        raise studies.NoRunsError("no run has one of the settings chosen: run `make report`")
    return found


def _plain(row):
    return {"lr": float(row["lr"]), "l2": float(row["l2"]), "hidden": int(row["hidden"])}
