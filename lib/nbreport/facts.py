"""What a page is built with, as far as this process can tell: commit, machine, versions."""

import contextlib
import os
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PACKAGES = ("numpy", "papermill", "nbconvert")
DISTRIBUTION = "two-layer-report"  # what pip knows this project as
UNKNOWN = "unknown (no checkout of git)"


def facts(root="."):
    """Return name to value, all strings: versions, the commit of the project at `root`, the machine."""
    versions = {name: version(name) for name in PACKAGES}
    return versions | {"Python": platform.python_version(), "commit": commit(root), "machine": machine()}


def installed(name=DISTRIBUTION):
    """Return name to version of the packages that a distribution needs, and those need in turn, in order of names."""
    found, waiting = {}, [name]
    while waiting:
        needed = [Requirement(line) for line in _needs(waiting.pop())]
        for one in (each for each in needed if each.marker is None or each.marker.evaluate({"extra": ""})):
            with contextlib.suppress(PackageNotFoundError):
                if (known := canonicalize_name(one.name)) not in found:
                    found[known] = version(one.name)
                    waiting.append(one.name)
    return dict(sorted(found.items()))


def _needs(name):
    try:
        return requires(name) or []
    except PackageNotFoundError:  # used from a checkout that is not installed
        return []


def commit(root="."):
    """Return the commit that is checked out at `root`, twelve digits, and whether files were changed since."""
    top, head = _git(root, "rev-parse", "--show-toplevel"), _git(root, "rev-parse", "--short=12", "HEAD")
    if not head or Path(top).resolve() != Path(root).resolve():
        return UNKNOWN
    changed = _git(root, "status", "--porcelain", "--untracked-files=no")
    return head + (" and changes" if changed else "")


def machine():
    """Return the processor, how many cores there are, and the operating system."""
    return f"{_processor()}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}"


def _processor():
    known = Path("/proc/cpuinfo")
    lines = known.read_text(encoding="utf-8").splitlines() if known.exists() else []
    named = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return next(iter(named), platform.processor() or "unknown processor")


def _git(root, *words):
    """Return what git says, "" where it fails or is not there."""
    try:
        answer = subprocess.run(["git", "-C", str(root), *words], capture_output=True, encoding="utf-8")
    except OSError:
        return ""
    return answer.stdout.strip() if answer.returncode == 0 else ""
