"""The README's numbers and figure: computed from the runs, committed, and tested against each other."""

import json

from matplotlib import rc_context

from . import paths, results
from .figures.search import search_heatmaps
from .figures.style import STYLE

FOLDER = paths.ROOT / "report" / "headline"
START, END = "<!-- headline: written by `make headline` -->", "<!-- end of headline -->"


def numbers(frame, tested):
    """Compute the headline numbers.

    Parameters
    ----------
    frame : pandas.DataFrame
        A reproduction of the homework's grid, as `results.beside_published` returns it.
    tested : pandas.DataFrame
        The networks of the setting that the project's own search selected.

    Returns
    -------
    dict

    Raises
    ------
    ValueError
        If the homework's best setting, or part of its grid, is not among the runs.
    """
    best = results.homework_best(frame)
    missing = len(results.published_grid()) - len(frame)
    if best is None or missing:
        raise ValueError(f"{missing} of the homework's settings have no run: run `make sweep` first")
    ours, theirs = frame["test"], frame["published"]
    return {
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


def write(study="homework_grid", final="sound_final", runs="runs"):
    """Write `report/headline/` and the README's block from the runs of two studies; return the numbers."""
    frame = results.beside_published(results.load_study(study, runs))
    values = numbers(frame, results.load_study(final, runs))
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / "headline.json").write_text(json.dumps(values, indent=1) + "\n")
    figure = search_heatmaps(frame, "test", frame.assign(test=frame["published"]))
    with rc_context(STYLE):  # the salt in it makes the same runs give the same bytes
        figure.savefig(FOLDER / "search.svg", metadata={"Date": None}, facecolor="white")
    readme = paths.ROOT / "README.md"
    readme.write_text(replace_block(readme.read_text(), values))
    return values
