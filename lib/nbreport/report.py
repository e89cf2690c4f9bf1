"""The report: its studies run, its chapters executed, its page and PDF built."""

import traceback

import nbformat

from . import InputError, facts, origins, record
from .files import write_whole
from .notebook import NOTEBOOK
from .page import browser, document, references
from .studies.planfile import read_study
from .studies.study import Point, Study
from .studies.sweep import run_studies, run_study


def read_studies(report):
    """Read the report's studies, and check all that is known of them before any run.

    Raises
    ------
    InputError
    """
    names = [path.stem for path in report.studies]
    if unknown := next((name for name in report.overrides if name not in names), None):
        raise InputError(
            f"profile {report.profile} overrides {unknown!r}, which is none of its studies: {', '.join(names)}"
        )
    return [read_study(path, report.overrides.get(path.stem), report.given) for path in report.studies]


def run_missing(studies, runs, workers, say=print, limit=None):
    """Run what is missing of studies; return a Tally by study's name.

    Raises
    ------
    InputError
        As `sweep.run_studies`, before anything runs.
    """
    found = run_studies(studies, runs, workers, say=say, limit=limit)
    for one in found.values():
        if one.left_out and not isinstance(one.left_out, InputError | OSError):
            traceback.print_exception(one.left_out)
    return found


def failures(tallies):
    """Return the ids of failed runs and the names of studies left out."""
    left_out = [name for name, one in tallies.items() if one.left_out]
    return [run_id for one in tallies.values() for run_id in one.failed] + left_out


def execute_chapters(report, runs, build, workers, say=print, limit=None):
    """Execute the chapters that are new or stale, into `build/chapters/NAME/`; return their Tally."""
    return run_study(chapter_study(report, runs), build, workers, say=say, limit=limit)


def chapter_study(report, runs):
    """Return the report's chapters as a study.

    Every chapter gets the profile's and the command's parameters that it has, and `runs`, where it has that.
    """
    points = []
    for chapter in report.notebooks:
        wanted = report.parameters | report.given | {"runs": str(runs)}
        parameters = chapter.complete({name: value for name, value in wanted.items() if name in chapter.defaults})
        points.append(Point(chapter.path.stem, chapter, parameters, chapter.check(parameters)))
    return Study("chapters", lambda runs: points, exact=True)


def collect_files(report, build):
    """Copy what chapters wrote beside their notebook to `build`; return the paths."""
    copied = []
    for chapter in report.notebooks:
        for name in chapter.declared["files"]:
            (build / name).parent.mkdir(parents=True, exist_ok=True)
            write_whole(build / name, (build / "chapters" / chapter.path.stem / name).read_bytes())
            copied.append(build / name)
    return copied


def build_page(report, runs, build):
    """Render the executed chapters to `build/NAME.html`, and remove the PDF of an earlier page; return the path.

    If `runs` and chapters are of several arithmetics, the page says so at its top.

    Raises
    ------
    InputError
        If a chapter has not been executed, has a formula that is not valid LaTeX, or a reference
        that leads nowhere.
    """
    entries, used = references.load(report.references), record.arithmetics(report, runs, build)
    front, chapters, appendices = (
        _executed(notebooks, build) for notebooks in (report.front, report.chapters, report.appendices)
    )
    told = {"profile": report.profile} | report.changed | facts.facts()
    told |= {"arithmetic": next(iter(used))} if len(used) == 1 else {}
    html = document.build(
        chapters, report.template, report.title, told, front, entries, report.subtitle, mixed(used), appendices,
        origins.made(report, runs, build, told),
    )  # fmt: skip
    target = build / f"{report.name}.html"
    write_whole(target, html.encode())
    target.with_suffix(".pdf").unlink(missing_ok=True)
    return target


def write_pages(report, runs, build, chrome, clock):
    """Build the page, and its PDF unless `chrome`, the browser to come, is None; say where they are.

    Raises
    ------
    InputError
        As `build_page`.
    browser.BrowserError
    """
    with clock.part("page"):
        html = build_page(report, runs, build)
    print(f"{html}: {html.stat().st_size / 1e6:.1f} MB")
    if chrome is None:
        print("no PDF, as BROWSER=none was given")
        return
    pdf = html.with_suffix(".pdf")
    with clock.part("PDF"):
        browser.print_pdf(chrome.result(), html, pdf)
    print(f"{pdf}: {pdf.stat().st_size / 1e6:.1f} MB")


def _executed(notebooks, build):
    """Return path to executed notebook of these chapters."""
    found = {}
    for chapter in notebooks:
        path = build / "chapters" / chapter.path.stem / NOTEBOOK
        if not path.is_file():
            raise InputError(f"{chapter.path} has not been executed: run `make report`")
        found[str(chapter.path)] = nbformat.read(path, as_version=4)
    return found


def mixed(arithmetics):
    """Return a sentence about runs and chapters of several arithmetics, "" where there is but one.

    Parameters
    ----------
    arithmetics : collections.Counter
        As `record.arithmetics` returns it.
    """
    if len(arithmetics) < 2:
        return ""
    kinds = "; ".join(f"{count} with {words}" for words, count in arithmetics.most_common())
    return f"Mixed arithmetic: the runs and chapters of this page were not all computed alike: {kinds}."
