"""What a report consists of, read from its YAML file, for one profile and the parameters that a command sets."""

from dataclasses import dataclass
from pathlib import Path

from . import InputError
from .notebook import Notebook
from .studies import given
from .yamlfile import checked, nearest, read_yaml

KEYS = ("title", "subtitle", "name", "template", "front", "chapters", "references", "studies", "profiles")
OPTIONAL = ("appendices", "elsewhere")
PARTS = ("front", "chapters", "appendices")  # lists of notebooks
ELSEWHERE_KEYS = ("title", "subtitle", *PARTS)
PROFILE_KEYS = ("studies", "parameters", "runs", "overrides")
WORD, WORDS, MAPPING = "a word", "a list of words", "a mapping"
# What the values are.
KINDS = {
    **dict.fromkeys(("title", "subtitle", "name", "template", "references", "runs"), (WORD,)),
    **dict.fromkeys(PARTS, (WORD, WORDS)),
    "studies": (WORDS,),
    **dict.fromkeys(("profiles", "parameters", "overrides"), (MAPPING,)),
}


@dataclass(frozen=True)
class Description:
    """What a report consists of, for one profile."""

    title: str
    subtitle: str
    name: str  # of the built files
    template: Path
    front: tuple  # of Notebook: front matter, before the numbered chapters
    chapters: tuple  # of Notebook
    appendices: tuple  # of Notebook: after the chapters, with letters
    references: Path  # the bibliography
    studies: tuple  # of Path
    profile: str
    parameters: dict  # given to every chapter that has a parameter of that name
    runs: str  # folder of the profile's runs, below that of all runs
    overrides: dict  # a study's name to what is different of it in this profile, see `planfile.read_study`
    given: dict  # set by the command, in every study, and every chapter that has a parameter of that name
    changed: dict  # what of that is not what the chapters say by themselves
    folder: str  # of runs and page with `changed`, below that of all; "" for that itself

    @property
    def notebooks(self):
        """All of these notebooks, in the order of the page."""
        return (*self.front, *self.chapters, *self.appendices)


def load_report(path, profile, set_to=None):
    """Read the description of a report.

    Parameters
    ----------
    path : Path
        A YAML file with the keys `KEYS`, and `elsewhere`: what stands in place of them where a command sets a parameter
        to another value than the chapters', which stands in braces in title and subtitle.
    profile : str
    set_to : dict, optional
        As `given.read` returns it.

    Raises
    ------
    InputError
    """
    content = read_yaml(path, (*KEYS, *OPTIONAL))
    missing = [key for key in KEYS if content.get(key) in (None, "")]
    if missing:
        raise InputError(f"{path}: {missing[0]} is missing")
    _check_kinds(path, content)
    profiles = content["profiles"]
    if profile not in profiles:
        names = ", ".join(profiles)
        raise InputError(f"unknown profile {profile!r}{nearest(profile, profiles)} (known are {names})")
    chosen = _profile(path, profile, profiles[profile] or {})
    set_to, own = set_to or {}, [one for key in PARTS for one in _notebooks(content.get(key))]
    changed = given.changed(set_to, own)
    content = _elsewhere(path, content, changed) if changed else content
    front, chapters, appendices = (_notebooks(content.get(key)) for key in PARTS)
    return Description(
        title=content["title"],
        subtitle=content["subtitle"],
        name=content["name"],
        template=Path(content["template"]),
        front=front,
        chapters=chapters,
        appendices=appendices,
        references=Path(content["references"]),
        studies=tuple(Path(study) for study in content["studies"] + chosen["studies"]),
        profile=profile,
        parameters=chosen["parameters"],
        runs=chosen["runs"],
        overrides=chosen["overrides"],
        given=set_to,
        changed=changed,
        folder=given.folder(set_to, own),
    )


def _notebooks(paths):
    """Return the notebooks at the path or paths of a description."""
    return tuple(Notebook(Path(path)) for path in ([paths] if isinstance(paths, str) else paths or []))


def _elsewhere(path, content, changed):
    """Return a description with what it says for another value of a parameter in place of what it says by itself."""
    other = checked(f"{path}: elsewhere", content.get("elsewhere") or {}, ELSEWHERE_KEYS)
    _check_kinds(f"{path}: elsewhere", other)
    content = content | other
    try:
        return content | {key: content[key].format(**changed) for key in ("title", "subtitle")}
    except (KeyError, ValueError, IndexError) as error:
        raise InputError(f"{path}: elsewhere: braces hold names of parameters that are set ({error})") from error


def _check_kinds(where, content):
    """Raise InputError if a value that is there is of none of its kinds."""
    for key, value in content.items():
        listed = isinstance(value, list) and all(isinstance(one, str) for one in value)
        is_a = {WORD: isinstance(value, str), WORDS: listed, MAPPING: isinstance(value, dict)}
        if key in KINDS and not any(is_a[kind] for kind in KINDS[key]):
            raise InputError(f"{where}: {key} must be {' or '.join(KINDS[key])}, not {value!r:.80}")


def _profile(path, name, content):
    """Return what a profile says, with every key: its studies come after the report's own."""
    where = f"{path}: profile {name}"
    _check_kinds(where, checked(where, content, PROFILE_KEYS))
    for study, override in content.get("overrides", {}).items():
        if not isinstance(override, dict):
            raise InputError(f"{where}: overrides: {study} must be {MAPPING}, not {override!r:.80}")
    return {"studies": [], "parameters": {}, "runs": "", "overrides": {}} | content
