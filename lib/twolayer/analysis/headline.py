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
        A reproduction of the homework's grid, as `homework.beside_published` returns it.
    tested : pandas.DataFrame
        The networks of the setting that the project's own search selected.
    at_best : pandas.DataFrame
        Runs at the homework's best setting, of several seeds.
    columns : dict
        Of the ledger, as `claims.judge` returns them.

    Returns
    -------
    dict
        `complete` says whether the grid is; else its best run stands for the homework's best setting.
    """
    best = homework.best_run(frame) or selection.select(frame)
    at_best = at_best if len(at_best) else frame.loc[[best]]
    ours, theirs = frame["test"], frame["published"]
    both = homework.agreement(frame).set_index("outcome")
    return {
        "complete": len(frame) == len(homework.published_grid()) and bool(homework.best_run(frame)),
        "settings": len(frame),
        "best_setting": selection.setting_in_words(frame, best),
        "best_published": float(theirs[best]),
        "collapsed_published": int((theirs < homework.COLLAPSED).sum()),
        "collapsed_ours": int((ours < homework.COLLAPSED).sum()),
        "collapsed_both": int(both.at["collapse in both", "settings"]),
        "work_both": int(both.at["work in both", "settings"]),
        "work_within_a_point": int(both.at["work in both", "within a point"]),
        "homework_seeds": len(at_best),
        "homework_test_mean": float(at_best["test"].mean()),
        "final_setting": selection.setting_in_words(tested, tested.index[0]),
        "final_seeds": len(tested),
        "final_test_mean": float(tested["test"].mean()),
        "final_test_min": float(tested["test"].min()),
        "final_test_max": float(tested["test"].max()),
    } | _verdicts(columns)


def _verdicts(columns):
    """Return how many claims of the homework hold, fail and are undecided, by our runs and by its own files."""
    found = {}
    for prefix, name in (("claims", claims.OUR_RUNS), ("its_files", claims.ITS_FILES)):
        of_homework = {claim: one for claim, one in columns[name].items() if claim.startswith("C")}
        found |= {f"{prefix}_{word}": count for word, count in ledger.counts(of_homework).items()}
        found[prefix] = len(of_homework)
    return found
