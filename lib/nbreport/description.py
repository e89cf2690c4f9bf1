"""What a report consists of, read from its YAML file, for one profile."""

from dataclasses import dataclass
from pathlib import Path

from . import InputError
from .notebook import Notebook
from .yamlfile import checked, nearest, read_yaml

KEYS = ("title", "subtitle", "name", "template", "front", "chapters", "references", "studies", "profiles")
OPTIONAL = ("appendices",)
PROFILE_KEYS = ("studies", "parameters", "runs", "overrides")


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

    @property
    def notebooks(self):
        """All of these notebooks, in the order of the page."""
        return (*self.front, *self.chapters, *self.appendices)


def load_report(path, profile):
    """Read the description of a report.

    Raises
    ------
    InputError
    """
    content = read_yaml(path, KEYS + OPTIONAL)
    missing = [key for key in KEYS if content.get(key) in (None, "")]
    if missing:
        raise InputError(f"{path}: {missing[0]} is missing")
    profiles = content["profiles"]
    if profile not in profiles:
        names = ", ".join(profiles)
        raise InputError(f"unknown profile {profile!r}{nearest(profile, profiles)} (known are {names})")
    chosen = _profile(path, profile, profiles[profile] or {})
    return Description(
        title=content["title"],
        subtitle=content["subtitle"],
        name=content["name"],
        template=Path(content["template"]),
        front=_notebooks(content["front"]),
        chapters=_notebooks(content["chapters"]),
        appendices=_notebooks(content.get("appendices") or []),
        references=Path(content["references"]),
        studies=tuple(Path(study) for study in content["studies"] + chosen["studies"]),
        profile=profile,
        parameters=chosen["parameters"],
        runs=chosen["runs"],
        overrides=chosen["overrides"],
    )


def _notebooks(paths):
    """Return the notebooks at the path or paths of a description."""
    return tuple(Notebook(Path(path)) for path in ([paths] if isinstance(paths, str) else paths))


def _profile(path, name, content):
    """Return what a profile says, with every key: its studies come after the report's own."""
    checked(f"{path}: profile {name}", content, PROFILE_KEYS)
    return {"studies": [], "parameters": {}, "runs": "", "overrides": {}} | content
