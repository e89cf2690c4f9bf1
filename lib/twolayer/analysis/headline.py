"""The headline numbers: computed from the runs when the report is built, printed in the README.

The report's abstract writes them beside the page; `make publish` commits both, and the README's
block is made from what was published.
"""

from . import claims, homework, ledger, selection


def numbers(frame, tested, at_best, columns):
    """Compute the headline numbers.

    Parameters
    ----------
    frame : pandas.DataFrame
        The homework's grid, as `homework.beside_published` returns it.
    tested : pandas.DataFrame
        The networks of the setting that the project's own search selected.
    at_best : pandas.DataFrame
        Runs at the homework's best setting, of several seeds.
    columns : dict
        Of the ledger, as `claims.judge` returns them.

    Returns
    -------
    dict
        `complete` says whether the grid is; else its best run stands for the homework's best setting. What is beside
        published numbers is there where `frame` has them.
    """
    best = homework.best_run(frame) or selection.select(frame)
    at_best = at_best if len(at_best) else frame.loc[[best]]
    return {
        "complete": len(frame) == len(homework.published_grid()) and bool(homework.best_run(frame)),
        "settings": len(frame),
        "best_setting": selection.setting_in_words(frame, best),
        "collapsed_ours": int((frame["test"] < homework.COLLAPSED).sum()),
        "homework_seeds": len(at_best),
        "homework_test_mean": float(at_best["test"].mean()),
        "final_setting": selection.setting_in_words(tested, tested.index[0]),
        "final_seeds": len(tested),
        "final_test_mean": float(tested["test"].mean()),
        "final_test_min": float(tested["test"].min()),
        "final_test_max": float(tested["test"].max()),
    } | (_compared(frame, best) | _verdicts(columns) if "published" in frame else {})


def _compared(frame, best):
    """Return the numbers that are beside published ones."""
    both = homework.agreement(frame).set_index("outcome").stack()
    return {
        "best_published": float(frame.loc[best, "published"]),
        "collapsed_published": int((frame["published"] < homework.COLLAPSED).sum()),
        "collapsed_both": int(both["collapse in both", "settings"]),
        "work_both": int(both["work in both", "settings"]),
        "work_within_a_point": int(both["work in both", "within a point"]),
    }


def _verdicts(columns):
    """Return how many claims of the homework hold, fail and are undecided, by our runs and by its own files."""
    found = {}
    for prefix, name in (("claims", claims.OUR_RUNS), ("its_files", claims.ITS_FILES)):
        of_homework = {claim: one for claim, one in columns[name].items() if claim.startswith("C")}
        found |= {f"{prefix}_{word}": count for word, count in ledger.counts(of_homework).items()}
        found[prefix] = len(of_homework)
    return found
