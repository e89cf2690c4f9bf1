"""What is on disk of a report, told without running anything: its runs, its page, and what is published of them."""

from collections import Counter

from . import InputError, record
from .report import chapter_study
from .studies.part import provenances, state
from .studies.store import Store

STATES = ("fresh", "stale", "missing", "damaged", "foreign")
NAMED = 3  # runs by name in a line


def states(study, runs, folder):
    """Return a study's runs by state and reason, lists of run ids: those of `part.state`, and "foreign"; and the
    fresh ones, a list of (store, point).

    Raises
    ------
    InputError
        If its points, or what they would be made from, cannot be told: runs that they depend on are not there.
    """
    store, found, fresh = Store(folder / study.name), {}, []
    points = study.find(runs)
    records = provenances(points, exact=study.exact)
    for point in points:
        kind = state(store, point, records[point.run_id])
        found.setdefault(kind, []).append(point.run_id)
        fresh += [(store, point)] if kind[0] == "fresh" else []
    foreign = store.foreign(records)
    return found | ({("foreign", "none of the study's runs, and counts nowhere"): foreign} if foreign else {}), fresh


def in_lines(name, found):
    """Return what `states` found in lines: counts, and what is not fresh by reason."""
    counts = Counter()
    for (kind, _), run_ids in found.items():
        counts[kind] += len(run_ids)
    lines = [f"{name}: " + ", ".join(f"{counts[kind]} {kind}" for kind in STATES if counts[kind])]
    for (kind, reason), run_ids in found.items():
        more = f" and {len(run_ids) - NAMED} more" if len(run_ids) > NAMED else ""
        if kind != "fresh":
            lines.append(f"  {kind}: {', '.join(run_ids[:NAMED])}{more}: {reason}")
    return lines


def page_in_lines(report, runs, build, fresh):
    """Return a line for each file of the page, and whether all are of the runs that are there.

    Parameters
    ----------
    fresh : bool
        Whether all runs and chapters are.
    """
    known, lines, right = record.read(build / record.RECORD), [], True
    now = {"chapters": record.chapters(report, build), "studies": record.recorded(record.studies(report), runs)}
    for path in record.built(report, build):
        if not path.is_file():
            wanted = path.suffix != ".pdf" or path.name in known["files"]
            words, fits = ("is not there", False) if wanted else ("was not asked for", True)
        elif known["files"].get(path.name) != record.sha256(path.read_bytes()):
            words, fits = "is not what was built last", False
        else:
            fits = fresh and all(known[key] == now[key] for key in now)
            words = "is of these runs" if fits else "is not of these runs and chapters as they would be now"
        lines.append(f"{path}: {words}")
        right = right and fits
    return lines, right


def verify(report, studies, runs, build, published, say=print, again=None):
    """Say what is on disk of a report; return whether all is as it would be made now, and as it is published.

    Parameters
    ----------
    report : description.Description
    studies : list of study.Study
    runs, build : Path
    published : Path
        A record, see `record.write`.
    say : callable
        Told line by line; the last says how many runs are bit for bit the published ones.
    again : callable, optional
        Told of the studies' fresh runs, a list of (store, point); returns whether they are the same when run again.

    Raises
    ------
    InputError
        If a record is damaged.
    """
    fresh, damaged, every = True, set(), []
    for study, folder in [*((one, runs) for one in studies), (chapter_study(report, runs), build)]:
        try:
            found, those = states(study, runs, folder)
        except InputError as error:
            found, those = {("missing", str(error)): ["what it consists of"]}, []
        every += those if folder == runs else []
        fresh = fresh and all(kind in ("fresh", "foreign") for kind, _ in found)
        damaged |= {(study.name, one) for (kind, _), ids in found.items() if kind == "damaged" for one in ids}
        for line in in_lines(study.name, found):
            say(line)
    same = again(every) if again else True
    lines, right = page_in_lines(report, runs, build, fresh)
    line, differing = record.compare(
        record.recorded(record.studies(report), runs), record.read(published)["studies"], damaged
    )
    for each in [*lines, *differing, line]:
        say(each)
    return fresh and same and right and not differing
