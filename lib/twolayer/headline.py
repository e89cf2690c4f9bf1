"""The headline numbers: computed from the runs when the report is built, printed in the README.

The report's abstract writes them beside the page; `make publish` commits both, and the README's
block is made from what was published.
"""

import json
from pathlib import Path

from matplotlib import rc_context

from . import paths, results
from .claims import FAILS, HOLDS, IN_PART
from .figures.search import search_heatmaps
from .figures.style import STYLE

FOLDER = paths.ROOT / "report" / "published"
START, END = "<!-- headline: written by `make publish` -->", "<!-- end of headline -->"


def numbers(frame, tested, homework, verdicts):
    """Compute the headline numbers.

    Parameters
    ----------
    frame : pandas.DataFrame
        A reproduction of the homework's grid, as `results.beside_published` returns it.
    tested : pandas.DataFrame
        The networks of the setting that the project's own search selected.
    homework : pandas.DataFrame
        Runs at the homework's best setting, of several seeds.
    verdicts : list of claims.Verdict

    Returns
    -------
    dict
        `complete` says whether the grid is; a small build compares its best run instead of the
        homework's best setting.
    """
    best = results.homework_best(frame) or results.select(frame)
    homework = homework if len(homework) else frame.loc[[best]]
    ours, theirs = frame["test"], frame["published"]
    return {
        "complete": len(frame) == len(results.published_grid()) and bool(results.homework_best(frame)),
        "settings": len(frame),
        "best_setting": results.setting(frame, best),
        "best_published": float(theirs[best]),
        "best_ours": float(ours[best]),
        "collapsed_published": int((theirs < results.COLLAPSED).sum()),
        "collapsed_ours": int((ours < results.COLLAPSED).sum()),
        "collapsed_both": int(((ours < results.COLLAPSED) & (theirs < results.COLLAPSED)).sum()),
        "within_a_point": int(((ours - theirs).abs() <= 0.01).sum()),
        "selected_setting": results.setting(frame, results.select(frame)),
        "selected_test": float(ours[results.select(frame)]),
        "homework_seeds": len(homework),
        "homework_test_mean": float(homework["test"].mean()),
        "claims_hold": sum(verdict.verdict == HOLDS for verdict in verdicts),
        "claims_in_part": sum(verdict.verdict == IN_PART for verdict in verdicts),
        "claims_fail": sum(verdict.verdict == FAILS for verdict in verdicts),
        "final_setting": results.setting(tested, tested.index[0]),
        "final_seeds": len(tested),
        "final_test_mean": float(tested["test"].mean()),
        "final_test_min": float(tested["test"].min()),
        "final_test_max": float(tested["test"].max()),
    }


def table(values):
    """Return the README's lines for the headline numbers."""
    collapsed = f"settings that collapse (test accuracy below {results.COLLAPSED})"
    return f"""\
| {values["settings"]} settings of the homework's search | published | here |
|:---|---:|---:|
| test accuracy at {values["best_setting"]} | {values["best_published"]:.4f} | {values["best_ours"]:.4f} |
| {collapsed} | {values["collapsed_published"]} | {values["collapsed_ours"]} |
| settings that collapse in both | | {values["collapsed_both"]} |
| settings that agree within one point | | {values["within_a_point"]} |
| test accuracy of the setting chosen by validation ({values["selected_setting"]}) | | {values["selected_test"]:.4f} |
| the same budget under a sound protocol ({values["final_setting"]}), mean of {values["final_seeds"]} seeds \
| | {values["final_test_mean"]:.4f} |
"""


def replace_block(text, values):
    """Return the README `text` with its headline block renewed."""
    before, _, rest = text.partition(START)
    _, _, after = rest.partition(END)
    return f"{before}{START}\n\n{table(values)}\n{END}{after}"


def write(folder, frame, values):
    """Write `headline.json` and the figure `search.svg` of the homework's grid into `folder`."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "headline.json").write_text(json.dumps(values, indent=1) + "\n")
    figure = search_heatmaps(frame, "test", frame.assign(test=frame["published"]))
    with rc_context(STYLE):  # the salt in it makes the same runs give the same bytes
        figure.savefig(folder / "search.svg", metadata={"Date": None}, facecolor="white")


def renew_readme(folder=FOLDER):
    """Renew the README's block from the `headline.json` that was published; return the numbers."""
    values = json.loads((Path(folder) / "headline.json").read_text())
    readme = paths.ROOT / "README.md"
    readme.write_text(replace_block(readme.read_text(), values))
    return values
