"""The faults: each function makes one, and returns in words what it did."""

import contextlib
import shutil
import signal
import subprocess
import tempfile
import time

import psutil
from place import RUNS, Lost, begin, unchanged, wait

BY_A_RUN = (
    "hangs", "kills its kernel", "exits", "leaves a process", "removes its folder",
    "puts a file in its folder's place", "nests its result",
)  # fmt: skip
SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
REFUSED, FAILED = 2, 1  # exit codes


def by_a_signal(place, chance):
    """Send a signal to one of a sweep's processes."""
    begin(place, chance, at_most=4)
    before, process = place.kept(), place.start(under_make := chance.random() < 0.5)
    time.sleep(chance.uniform(0, place.seconds))
    sign, others, what = chance.choice(SIGNALS), place.processes(), "what had ended"
    one = chance.choice(others) if others else psutil.Process(process.pid)
    if chance.random() < 0.3:
        one = psutil.Process(process.pid)
    with contextlib.suppress(psutil.NoSuchProcess, ProcessLookupError):
        what = "make" if one.pid == process.pid and under_make else _role(one)
        one.send_signal(sign)
    place.finished(process)
    wait(lambda: not place.processes(), "after a signal processes are still there")
    unchanged(place, before)
    return f"{sign.name} to {what}"


def _role(process):
    words = " ".join(process.cmdline())
    names = {"forkserver": "a fork server or kernel", "spawn_main": "a worker", "resource_tracker": "the tracker"}
    return next((name for part, name in names.items() if part in words), "the driver")


def by_damage(place, chance):
    """Damage a file of a finished run; the sweep must name the run, and run it again."""
    begin(place, chance, at_least=2)
    before = place.kept()
    run_id = chance.choice(sorted(before))
    name = chance.choice(sorted(before[run_id]))
    path, content = place.study / run_id / name, before[run_id][name]
    how = chance.choice(["emptied", "cut", "changed in one byte", "removed", "swapped"])
    other = chance.choice(sorted(set(before) - {run_id}))
    at = chance.randrange(len(content))
    damaged = {
        "emptied": b"", "cut": content[:at], "swapped": before[other][name],
        "changed in one byte": content[:at] + bytes([content[at] ^ 1 << chance.randrange(8)]) + content[at + 1 :],
    }.get(how)  # fmt: skip
    path.unlink() if damaged is None else path.write_bytes(damaged)
    code, text = place.finished(place.start()), place.said()
    if damaged != content and (code != 0 or "damaged: " not in text or run_id not in text):
        raise Lost(f"{name} of {run_id} was {how}, and the sweep did not say so: {code} {text[-300:]!r}")
    unchanged(place, {one: files for one, files in before.items() if one != run_id})
    return f"{name} {how}"


def by_a_run(place, chance):
    """Have one run misbehave; the others must go on."""
    begin(place, chance, at_most=5)
    before, what = place.kept(), chance.choice(BY_A_RUN)
    waiting = [run_id for run_id in RUNS if run_id not in before]
    count, word = chance.choice(waiting).replace("count-", "").split("_word-")
    (place.folder / f"fault-{count}-{word}").write_text(what, encoding="utf-8")
    code = place.finished(place.start())
    others = [run_id for run_id in waiting if run_id != f"count-{count}_word-{word}"]
    missing = [run_id for run_id in others if run_id not in place.kept()]
    if missing or code not in (0, FAILED):
        raise Lost(f"a run {what}, the sweep ended with {code} without {missing}: {place.said()[-500:]!r}")
    unchanged(place, before)
    return f"a run {what}"


def by_another_sweep(place, chance):
    """Start a second sweep of the same study while the first is under way."""
    begin(place, chance, at_most=4)
    before, first = place.kept(), place.start()
    time.sleep(chance.uniform(0, place.seconds))
    second = place.start()
    codes = sorted((place.finished(first), place.finished(second)))
    if codes not in ([0, 0], [0, REFUSED]):
        raise Lost(f"of two sweeps at once one ended with {codes}: {place.said()[-500:]!r}")
    unchanged(place, before)
    return "two sweeps at once"


def by_a_full_disk(place, chance):
    """Let the disk of the runs be full after a few, or read-only."""
    begin(place, chance, at_most=3)
    before, kept = place.kept(), place.folder / "kept"
    shutil.rmtree(kept, ignore_errors=True)
    (place.folder / "runs").rename(kept)
    (place.folder / "runs").mkdir()
    size = chance.choice([64, 96, 128, 192])
    what = chance.choice([f"a disk of {size} kB", "a read-only disk"])
    with mounted(place.folder / "runs", f"size={size}k" if "kB" in what else "size=8m"):
        with contextlib.suppress(shutil.Error, OSError):  # the disk may be too small for what was there
            shutil.copytree(kept, place.folder / "runs", dirs_exist_ok=True)
        there = {one: files for one, files in place.kept().items() if files == before.get(one)}
        for one in place.kept().keys() - there.keys():  # cut by our own copying, not by the sweep
            shutil.rmtree(place.study / one)
        if "read-only" in what:
            _mount("remount,ro", place.folder / "runs")
        code, text = place.finished(place.start()), place.said()
        if "Traceback" in text or code not in (0, FAILED, REFUSED):
            raise Lost(f"{what}: the sweep ended with {code}: {text[-500:]!r}")
        unchanged(place, there)
    (place.folder / "runs").rmdir()
    kept.rename(place.folder / "runs")
    unchanged(place, before)
    return what


FAULTS = {
    "signal": by_a_signal, "damage": by_damage, "run": by_a_run, "another": by_another_sweep, "disk": by_a_full_disk,
}  # fmt: skip
SHARES = {"signal": 5, "damage": 2, "run": 2, "another": 1, "disk": 1}


@contextlib.contextmanager
def mounted(folder, size):
    """Have a file system of its own, in memory, at a folder."""
    _mount(size, folder)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def _mount(options, folder):
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], check=True, capture_output=True)


def can_mount():
    """Return whether this process may mount a file system."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            with mounted(folder, "size=64k"):
                return True
        except (OSError, subprocess.CalledProcessError):
            return False
