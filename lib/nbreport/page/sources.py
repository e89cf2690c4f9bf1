"""Where what the page shows came from: a mark beside each figure, table and computed text, and an appendix of them."""

import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from markupsafe import Markup, escape
from nbconvert.preprocessors import Preprocessor

FEW = 6  # values, or run ids, that are named one by one
MARKED = ("figure", "table", "prose", "exercise", "prediction")
SEED = "seed"  # the parameter that is told even where it does not vary


@dataclass(frozen=True)
class Made:
    """What the page is made from.

    `chapters` has of each notebook's path a dict of `code`, `kernel` and `data`; `studies` of each name the same
    and `notebook`, and `runs`, their parameters by run id; `environment` are names and values.
    """

    chapters: dict = field(default_factory=dict)
    studies: dict = field(default_factory=dict)
    environment: dict = field(default_factory=dict)


@dataclass
class Source:
    """A cell whose outputs the page shows: who reads what, as `reads.Watch.record` says it, with the cells' ids."""

    number: int
    chapter: str
    path: str
    cell: str
    shows: list = field(default_factory=list)
    cells: list = field(default_factory=list)
    runs: dict = field(default_factory=dict)
    files: list = field(default_factory=list)
    like: int | None = None  # the number of the one before it that has read the same

    def add(self, shown, made, ids):
        """Add an output of the cell; `ids` are those of the chapter's cells by their number."""
        self.shows += [shown] if shown not in self.shows else []
        before = [ids[number] for number in made["cells"] if number in ids]
        self.cells += [one for one in before if one not in (*self.cells, self.cell)]
        for study, read in made["runs"].items():
            known = self.runs.get(study, [])
            self.runs[study] = None if read is None or known is None else sorted({*known, *read})
        self.files = sorted({*self.files, *made["files"]})

    @property
    def reads(self):
        """What it has read, as one value."""
        return self.runs, self.files


class NumberSources(Preprocessor):
    """Numbers the cells that show something with a record of what it was made from, as `resources["sources"]`."""

    def preprocess(self, nb, resources):
        """Apply to all cells; figures and tables must have their numbers."""
        found = {}
        for cell in nb.cells:
            report = cell.metadata["report"]
            for output in cell.get("outputs", []):
                about = output.get("metadata", {}).get("nbreport", {})
                if about.get("kind") not in MARKED or "made" not in about:
                    continue
                new = Source(len(found) + 1, str(report["chapter"]), report["path"], cell.get("id", "?"))
                source = found.setdefault((report["path"], new.cell), new)
                shown = f"{about['kind'].capitalize()} {about['number']}" if "number" in about else "text"
                source.add(shown, about["made"], report["ids"])
                about |= {"source": source.number, "shown": "this text" if shown == "text" else shown}
        resources["sources"] = _shortened(list(found.values()))
        return nb, resources


def _shortened(sources):
    first = {}
    for source in sources:
        if any(source.reads):
            same = first.setdefault((source.path, repr(source.reads)), source)
            source.like = None if same is source else same.number
    return sources


def mark(number, shown):
    """Return the link to a source from what it is the source of; "" where there is none."""
    link = '\u00a0<a class="origin" href="#origin-{0}" aria-label="s{0}: where {1} comes from">s{0}</a>'
    return Markup(link).format(number, shown) if number else ""


def marked(html, number, shown):
    """Return a computed text with the mark at the end of each paragraph, or of each list where it has none."""
    if not number:
        return html
    link = str(mark(number, shown))
    for end in (r"</p>", r"</li>(?=\s*</[uo]l>)"):
        text, count = re.subn(end, lambda found: link + found[0], html)
        if count:
            return Markup(text)
    return html + Markup("<p>{}</p>").format(Markup(link))


def said(values):
    """Return parameters of runs in words: those that differ, and the seeds.

    Parameters
    ----------
    values : iterable of dict
        Of each run, name to value.
    """
    values, found = list(values), {}
    for name in dict.fromkeys(name for each in values for name in each):
        different = sorted({_key(each.get(name)) for each in values})
        if len(different) > 1 or name == SEED:
            found[name] = [text for _, _, text in different]
    return "; ".join(f"{name} {_listed(texts)}" for name, texts in found.items())


def _key(value):
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return not number, value if number else 0, "none" if value is None else str(value)


def _listed(texts):
    if len(texts) <= FEW:
        return ", ".join(texts)
    return f"{texts[0]} to {texts[-1]} ({len(texts)} values)"


def reading(source, studies):
    """Return what a source has read as HTML; its studies are links to what is said of them."""
    parts = []
    for name, ids in source.runs.items():
        known = studies.get(name, {}).get("runs", {})
        count = len(known) if ids is None else len(ids)
        link = f'<a href="#study-{escape(name)}">{escape(name)}</a>' if known else escape(name)
        if ids is None:
            parts.append(f"{link} (all {count} runs)" if count > 1 else f"{link} (its run)")
        else:
            which = ", ".join(ids) if len(ids) <= 2 else said(known[one] for one in ids if one in known)
            parts.append(f"{link} ({count} of {len(known)} runs: {escape(which)})")
    return Markup("; ".join([*parts, *map(escape, _files(source.files))]))


def _files(paths):
    folders, named = Counter(PurePosixPath(path).parent for path in paths), []
    for path in paths:
        folder = PurePosixPath(path).parent
        whole = folders[folder] > 3
        named.append(f"{folder} ({folders[folder]} files)" if whole else path)
    return dict.fromkeys(named)
