"""What a report consists of, read from its YAML file, for one profile."""

from dataclasses import dataclass
from pathlib import Path

from . import InputError
from .notebook import Notebook
from .yamlfile import checked, nearest, read_yaml

KEYS = ("title", "subtitle", "name", "template", "front", "chapters", "references", "studies", "profiles")
PROFILE_KEYS = ("studies", "parameters", "runs", "overrides")


@dataclass(frozen=True)
class Description:
    """What a report consists of, for one profile."""

    title: str
    subtitle: str
    name: str  # of the built files
    template: Path
    front: Notebook  # front matter, before the numbered chapters
    chapters: tuple  # of Notebook
    references: Path  # the bibliography
    studies: tuple  # of Path
    profile: str
    parameters: dict  # given to every chapter that has a parameter of that name
    runs: str  # folder of the profile's runs, below that of all runs
    overrides: dict  # a study's name to what is different of it in this profile, see `planfile.read_study`


def load_report(path, profile):
    """Read the description of a report.

    Raises
    ------
    InputError
    """
    content = read_yaml(path, KEYS)
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
        front=Notebook(Path(content["front"])),
        chapters=tuple(Notebook(Path(chapter)) for chapter in content["chapters"]),
        references=Path(content["references"]),
        studies=tuple(Path(study) for study in content["studies"] + chosen["studies"]),
        profile=profile,
        parameters=chosen["parameters"],
        runs=chosen["runs"],
        overrides=chosen["overrides"],
    )


def _profile(path, name, content):
    """Return what a profile says, with every key: its studies come after the report's own."""
    checked(f"{path}: profile {name}", content, PROFILE_KEYS)
    return {"studies": [], "parameters": {}, "runs": "", "overrides": {}} | content
