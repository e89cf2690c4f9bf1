"""The headline numbers: computed from the runs when the report is built, printed in the README.

The report's abstract writes them beside the page; `make publish` commits both, and the README's
block is made from what was published.
"""

from . import homework, selection
from .claims import FAILS, HOLDS, IN_PART


def numbers(frame, tested, at_best, verdicts):
    """Compute the headline numbers.

    Parameters
    ----------
    frame : pandas.DataFrame
        A reproduction of the homework's grid, as `homework.beside_published` returns it.
    tested : pandas.DataFrame
        The networks of the setting that the project's own search selected.
    at_best : pandas.DataFrame
        Runs at the homework's best setting, of several seeds.
    verdicts : list of claims.Verdict

    Returns
    -------
    dict
        `complete` says whether the grid is; else its best run stands for the homework's best setting.
    """
    best = homework.best_run(frame) or selection.select(frame)
    at_best = at_best if len(at_best) else frame.loc[[best]]
    ours, theirs, said = frame["test"], frame["published"], [verdict.verdict for verdict in verdicts]
    return {
        "complete": len(frame) == len(homework.published_grid()) and bool(homework.best_run(frame)),
        "settings": len(frame),
        "best_setting": selection.setting_in_words(frame, best),
        "best_published": float(theirs[best]),
        "best_ours": float(ours[best]),
        "collapsed_published": int((theirs < homework.COLLAPSED).sum()),
        "collapsed_ours": int((ours < homework.COLLAPSED).sum()),
        "collapsed_both": int(((ours < homework.COLLAPSED) & (theirs < homework.COLLAPSED)).sum()),
        "within_a_point": int(homework.agrees(frame).sum()),
        "selected_setting": selection.setting_in_words(frame, selection.select(frame)),
        "selected_test": float(ours[selection.select(frame)]),
        "homework_seeds": len(at_best),
        "homework_test_mean": float(at_best["test"].mean()),
        "claims_hold": said.count(HOLDS),
        "claims_in_part": said.count(IN_PART),
        "claims_fail": said.count(FAILS),
        "final_setting": selection.setting_in_words(tested, tested.index[0]),
        "final_seeds": len(tested),
        "final_test_mean": float(tested["test"].mean()),
        "final_test_min": float(tested["test"].min()),
        "final_test_max": float(tested["test"].max()),
    }
