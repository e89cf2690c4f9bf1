"""The commands `run`, `sweep`, `report` and `verify`, and the command line that they are read from."""

import argparse
import shlex
import sys
from functools import partial
from pathlib import Path

from tqdm import tqdm

from . import InputError, files, record
from .clock import Clock, spent, work
from .description import load_report
from .kernels import arithmetic
from .kernels.failure import in_a_line
from .kernels.pool import Workers
from .notebook import NOTEBOOK, Notebook, parse_assignments
from .options import counted, place, positive, seconds
from .page import browser, dates
from .report import collect_files, execute_chapters, failures, read_studies, run_missing, write_pages
from .rerun import rerun
from .studies import given
from .studies.cluster import Cluster
from .studies.planfile import read_study
from .studies.store import Store
from .studies.study import Study, all_points
from .studies.sweep import run_studies, run_study
from .verify import verify as look


def run(options):
    """Run one notebook once; the last line says where it is and what came out."""
    try:
        words = shlex.split(options.params)
    except ValueError as error:
        raise InputError(f"PARAMS={options.params}: {error}") from error
    notebook, stated, set_to = Notebook(options.notebook), parse_assignments(words), given.read(options.set)
    given.changed(set_to, [notebook])
    grid = {name: [value] for name, value in given.added(set_to, stated, "PARAMS").items()}
    points = all_points(notebook, {}, grid)
    study = Study("single", lambda runs: points, listed=False)
    with Workers() as workers:
        tally = run_study(study, options.runs, workers, options.force, limit=seconds(options.timeout))
    if tally.failed:
        return 1
    run_id, store = points[0].run_id, Store(options.runs / study.name)
    print(f"{store.path(run_id) / NOTEBOOK}: {in_a_line(store.result(run_id).get('summary', 'done'))}")
    return 0


def sweep(options):
    """Run what is missing or stale of a study, or of several: one that takes points from another waits for it."""
    if not all(options.grid):
        raise InputError("GRID= is empty: name a study's file")
    studies = [read_study(path, set_to=given.read(options.set)) for path in options.grid]
    runs = options.runs / studies[0].folder
    if other := next((one for one in studies if one.folder != studies[0].folder), None):
        raise InputError(
            f"{studies[0].name} and {other.name} have their runs in different folders: sweep one at a time"
        )
    with workers_of(options) as workers:
        found = run_studies(studies, runs, workers, options.force, limit=seconds(options.timeout))
    for name, tally in found.items():
        if tally.left_out and len(found) == 1:
            raise tally.left_out
        done, kept, failed = map(len, (tally.done, tally.kept, tally.failed))
        counts = f"{done + kept + failed} runs: {done} run now, {kept} kept, {failed} failed"
        print(f"{name}: {'left out' if tally.left_out else counts}; in {runs / name}")
    return 1 if any(tally.failed or tally.left_out for tally in found.values()) else 0


def report(options):
    """Run the report's studies and chapters as far as they are missing or stale; build page and PDF, and say so."""
    clock, (description, studies, runs, build) = Clock(options.before), described(options)
    jobs, limit = positive(options.jobs), seconds(options.timeout)
    dates.epoch()  # refused before anything starts
    published = record.read(options.published)["studies"]
    chrome = None if browser.unwanted(options.browser) else browser.seek()
    build.mkdir(parents=True, exist_ok=True)
    with clock.part("runs"), workers_of(options) as workers:
        tallies = run_missing(studies, runs, workers, limit=limit)
    if not (failed := failures(tallies)):
        with clock.part("chapters"), Workers(jobs) as workers:  # here: chapters read all runs
            failed = execute_chapters(description, runs, build, workers, limit=limit).failed
    if failed:
        print(f"error: {len(failed)} failed ({', '.join(failed)}): the report is not built", file=sys.stderr)
        return 1
    for path in collect_files(description, build):
        print(path)
    write_pages(description, runs, build, chrome, clock)
    record.write(description, runs, build)
    last = record.compare(record.recorded(record.studies(description), runs), published)[0] if studies else ""
    for line in filter(None, (work(tallies), clock.in_words(), spent(tallies, clock.whole(), jobs), last)):
        print(line)
    return 0


def verify(options):
    """Say which runs are fresh, stale, missing, damaged, foreign, and bit for bit the published; change nothing.

    With --rerun some fresh runs, drawn at random, are run again and compared.
    """
    count, jobs = counted(options.rerun or "0", "RERUN", 0), positive(options.jobs)
    limit = seconds(options.timeout)
    with Workers(jobs) as workers:
        again = partial(rerun, count=count, workers=workers, limit=limit) if count else None
        return 0 if look(*described(options), options.published, again=again) else 1


def described(options):
    """Return a report's description and studies, and the folders of its runs and of its page."""
    description = load_report(options.description, options.profile, given.read(options.set))
    folder = description.folder
    return description, read_studies(description), options.runs / folder / description.runs, options.build / folder


def workers_of(options):
    """Return the workers of studies: processes here, or those of a Dask scheduler."""
    jobs = positive(options.jobs)
    return Cluster(options.scheduler, options.arithmetic, tqdm.write) if options.scheduler else Workers(jobs)


def _parser():
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m nbreport", description="Runs and reports of notebooks; make calls it."
    )
    commands = parser.add_subparsers(required=True)

    def command(function):
        one = commands.add_parser(function.__name__, help=function.__doc__)
        one.set_defaults(function=function)
        one.add_argument("--runs", default="runs", help="folder of all runs")
        words = "portable: the same on every x86-64 processor with AVX2; native: the machine's own"
        one.add_argument("--set", default="", help="NAME=VALUE, a parameter of all that it runs")
        one.add_argument("--arithmetic", default="portable", help=words)
        return one

    one = command(run)
    one.add_argument("notebook", type=Path)
    one.add_argument("--params", default="", help="'name=value name=value ...'")
    one.add_argument("--force", action="store_true", help="run again what is up to date")
    swept = one = command(sweep)
    one.add_argument("grid", nargs="+")
    one.add_argument("--force", action="store_true", help="run again what is up to date")
    for one in (made := command(report)), (looked := command(verify)):
        one.add_argument("description", type=Path)
        one.add_argument("--profile", default="default")
        one.add_argument("--build", default="report/build")
        one.add_argument("--published", type=Path, default=Path("report/published/runs.json"))
    for one in swept, made, looked:
        one.add_argument("--jobs", default="1")
    for one in swept, made:
        one.add_argument("--scheduler", default="", help="tcp://host:port, Dask whose workers run studies")
    looked.add_argument("--rerun", default="", help="how many finished runs to run again and compare")
    made.add_argument("--browser", default="", help="none: the page without a PDF")
    made.add_argument("--before", default="", help="for the clock, what was done before: NAME=SECONDS since 1970 ...")
    for one in commands.choices[run.__name__], swept, made, looked:
        words = "what a run may take: 90s, 15m, 2h or none; else ten times what its study's take, five minutes at least"
        one.add_argument("--timeout", default="", help=words)
    return parser


def main(arguments=None):
    """Run the command line.

    Returns
    -------
    int
        0; 1 if a run failed, a file cannot be written, there is no browser, or `verify` finds something that is not as
        it would be made now or as it is published; 2 after a sentence about bad input.
    """
    options = _parser().parse_args(arguments)
    try:
        for name in {"runs", "build"} & vars(options).keys():
            setattr(options, name, place(name.upper(), getattr(options, name)))
        with arithmetic.held(options.arithmetic):
            return options.function(options)
    except InputError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except browser.BrowserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except OSError as error:  # a full disk, or one that is only read: what was there stays
        if error.errno is None:  # no disk's: a mistake of ours
            raise
        print(f"error: {files.in_words(error)}", file=sys.stderr)
        return 1
