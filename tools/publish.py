"""Build the full report from a clean clone of the last commit and put it under `report/published/`.

The clone is `.publish/`. Interrupted, the same command goes on. At another commit the clone is brought
there, and the runs in it count as far as their hashes say that nothing they depend on has changed.
What is copied says which commit it came from, and carries the hash of every file.
"""

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CLONE, TARGET = ROOT / ".publish", ROOT / "report" / "published"
FILES = ("homework1.html", "homework1.pdf", "claims.json", "headline.json", "search.svg", "runs.json")
LIMITS = {"homework1.html": 7_000_000, "runs.json": 1_000_000}  # bytes


def output(*words, cwd=ROOT):
    """Return what a command prints."""
    return subprocess.run(words, cwd=cwd, check=True, capture_output=True, encoding="utf-8").stdout.strip()


def clone(commit):
    """Make a clone at `commit`, or bring the one that is there to it."""
    if not (CLONE / ".git").is_dir():
        shutil.rmtree(CLONE, ignore_errors=True)
        subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", str(ROOT), str(CLONE)], check=True)
    subprocess.run(["git", "fetch", "--quiet", "origin"], cwd=CLONE, check=True)
    subprocess.run(["git", "checkout", "--quiet", "--force", "--detach", commit], cwd=CLONE, check=True)
    subprocess.run(["git", "clean", "--quiet", "-fd"], cwd=CLONE, check=True)  # ignored files stay: runs, data


def record(commit, build):
    """Return what `published.json` says of the built files.

    Raises
    ------
    ValueError
        If the build is not whole, or the page or the hashes of its runs are too large.
    """
    if not json.loads((build / "headline.json").read_text(encoding="utf-8"))["complete"]:
        raise ValueError("the build is not complete: some of the homework's settings have no run")
    for name, limit in LIMITS.items():
        if (build / name).stat().st_size > limit:
            raise ValueError(f"{name} is larger than {limit / 1e6:g} MB")
    hashes = {name: hashlib.sha256((build / name).read_bytes()).hexdigest() for name in FILES}
    date = output("git", "show", "--no-patch", "--format=%cs", commit)
    return {"commit": commit, "date": date, "profile": "full", "sha256": hashes}


def main():
    """Build and copy; return the exit code."""
    if output("git", "status", "--porcelain"):
        print("error: publishing needs a clean working tree: commit first", file=sys.stderr)
        return 2
    commit = output("git", "rev-parse", "HEAD")
    clone(commit)
    if subprocess.run(["make", "report", "PROFILE=full", "ARITHMETIC=portable", "BROWSER="], cwd=CLONE).returncode:
        return 1
    build = CLONE / "report" / "build"
    about = record(commit, build)
    TARGET.mkdir(exist_ok=True)
    for name in FILES:
        shutil.copyfile(build / name, TARGET / name)
    (TARGET / "published.json").write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
    print(f"{TARGET.relative_to(ROOT)}: the full build of {commit[:10]}")
    return 0


def said(function):
    """Call `function`; of a failure or Ctrl-C say one sentence, and return 1 or 130."""
    try:
        return function()
    except subprocess.CalledProcessError as error:
        reason = (error.stderr or "").strip().splitlines()[-1:]
        print(f"error: {' '.join(error.cmd[:2])} failed: {' '.join(reason) or error.returncode}", file=sys.stderr)
    except (ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
    except KeyboardInterrupt:
        print("interrupted: the same command goes on", file=sys.stderr)
        return 130
    return 1


if __name__ == "__main__":
    sys.exit(said(main))
