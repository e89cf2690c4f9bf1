"""The report: its studies run, its chapters executed, its page and PDF built."""

import shutil
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import nbformat

from . import InputError
from .notebook import NOTEBOOK, Notebook, nearest
from .page import browser, exporter, references
from .page.mathml import MathError
from .studies.study import Point, Study, read_plan
from .studies.sweep import run_studies, run_study
from .yamlfile import read_yaml

KEYS = ("title", "subtitle", "name", "template", "front", "chapters", "references", "profiles")
PROFILE_KEYS = ("like", "studies", "parameters")


@dataclass(frozen=True)
class Report:
    """What a report consists of, for one profile.

    Attributes
    ----------
    title, subtitle, name : str
        `name` is that of the built files.
    template : Path
    front : Notebook
        Front matter, before the numbered chapters.
    chapters : tuple of Notebook
    references : Path
        The bibliography.
    studies : tuple of Path
    profile : str
    parameters : dict
        Given to every chapter that has a parameter of that name.
    """

    title: str
    subtitle: str
    name: str
    template: Path
    front: Notebook
    chapters: tuple
    references: Path
    studies: tuple
    profile: str
    parameters: dict


def load_report(path, profile):
    """Read the description of a report.

    Raises
    ------
    InputError
    """
    content = read_yaml(path, KEYS)
    missing = [key for key in KEYS if not content.get(key)]
    if missing:
        raise InputError(f"{path}: {missing[0]} is missing")
    profiles = content["profiles"]
    if profile not in profiles:
        names = ", ".join(profiles)
        raise InputError(f"unknown profile {profile!r}{nearest(profile, profiles)} (known are {names})")
    studies, parameters = _profile(path, profiles, profile)
    return Report(
        title=content["title"],
        subtitle=content["subtitle"],
        name=content["name"],
        template=Path(content["template"]),
        front=Notebook(Path(content["front"])),
        chapters=tuple(Notebook(Path(chapter)) for chapter in content["chapters"]),
        references=Path(content["references"]),
        studies=tuple(Path(study) for study in studies),
        profile=profile,
        parameters=parameters,
    )


def _profile(path, profiles, name):
    """Return a profile's studies and parameters; with `like`, added to those of another."""
    chosen = profiles[name]
    unknown = next((key for key in chosen if key not in PROFILE_KEYS), None)
    if unknown:
        raise InputError(f"{path}: profile {name}: unknown key {unknown!r} (known are {', '.join(PROFILE_KEYS)})")
    other, studies, parameters = chosen.get("like"), [], {}
    if other is not None:
        if other not in profiles or "like" in profiles[other]:
            raise InputError(f"{path}: profile {name}: like must name a profile without like, not {other!r}")
        studies, parameters = _profile(path, profiles, other)
    return studies + chosen.get("studies", []), parameters | chosen.get("parameters", {})


def read_plans(report):
    """Read the report's studies, and check all that is known of them before any run.

    Raises
    ------
    InputError
    """
    plans = [read_plan(path) for path in report.studies]
    for plan in plans:
        plan.check()  # a mistake in the last one must not come to light after hours
    return plans


def run_missing(plans, runs, workers, say=print):
    """Run what is missing of studies; return the ids of failed runs and the names of studies left out.

    Raises
    ------
    InputError
        As `sweep.run_studies`, before anything runs.
    """
    found = run_studies(plans, runs, workers, say=say)
    left_out = [name for name, one in found.items() if one.left_out]
    return [run_id for one in found.values() for run_id in one.failed] + left_out


def execute_chapters(report, runs, build, workers, say=print):
    """Execute the chapters that are new or stale, each into `build/chapters/NAME/`.

    Every chapter gets the profile's parameters that it has, and `runs`, where it has that.

    Returns
    -------
    list of str
        Names of chapters that failed.
    """
    points = []
    for chapter in (report.front, *report.chapters):
        wanted = report.parameters | {"runs": str(runs)}
        parameters = chapter.complete({name: value for name, value in wanted.items() if name in chapter.defaults})
        points.append(Point(chapter.path.stem, chapter, parameters, chapter.check(parameters)))
    return run_study(Study("chapters", tuple(points)), build, workers, say=say).failed


def collect_files(report, build):
    """Copy what chapters wrote beside their notebook to `build`; return the paths."""
    copied = []
    for chapter in (report.front, *report.chapters):
        for name in chapter.declared["files"]:
            copied.append(Path(shutil.copy(build / "chapters" / chapter.path.stem / name, build / name)))
    return copied


def build_page(report, build):
    """Render the executed chapters to `build/NAME.html`, and remove the PDF of an earlier page; return the path.

    Raises
    ------
    InputError
        If a chapter has not been executed, has a formula that is not valid LaTeX, or a reference
        that leads nowhere.
    """
    executed, entries = {}, references.load(report.references)
    for chapter in (report.front, *report.chapters):
        path = build / "chapters" / chapter.path.stem / NOTEBOOK
        if not path.is_file():
            raise InputError(f"{chapter.path} has not been executed: run `make report`")
        executed[str(chapter.path)] = nbformat.read(path, as_version=4)
    front = {str(report.front.path): executed.pop(str(report.front.path))}
    facts = {"profile": report.profile} | {name: version(name) for name in ("numpy", "papermill", "nbconvert")}
    try:
        html = exporter.build(executed, report.template, report.title, facts, front, entries, report.subtitle)
    except MathError as error:
        raise InputError(str(error)) from error
    target = build / f"{report.name}.html"
    partial = target.with_name(f".{target.name}.partial")
    partial.write_text(html, encoding="utf-8")
    target.with_suffix(".pdf").unlink(missing_ok=True)
    partial.replace(target)
    return target


def build_pdf(html, chrome):
    """Print `NAME.html` to `NAME.pdf` beside it with the browser at `chrome`; return its path.

    Raises
    ------
    browser.BrowserError
    """
    target = html.with_suffix(".pdf")
    browser.print_pdf(chrome, html, target)
    return target
