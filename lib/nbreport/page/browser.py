"""A Chromium-like browser to print the page with: found, on Debian as root installed, or not wanted."""

import os
import shutil
import subprocess
import threading
from concurrent.futures import Future
from functools import partial
from pathlib import Path

from .. import InputError
from . import dates

NAMES = (
    "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome",
    "microsoft-edge", "microsoft-edge-stable", "msedge", "brave-browser",
)  # fmt: skip
PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
    "C:/Program Files (x86)/Microsoft/Edge/Application/msedge.exe",
)
QUIET = (
    "--headless", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking", "--disable-sync",
    "--disable-component-update", "--disable-quic", "--no-first-run", "--no-default-browser-check",
)  # fmt: skip
PRINT_SECONDS = 180
tell = partial(print, flush=True)  # what is said before something happens is to be read before


class BrowserError(Exception):
    """There is no usable browser, or it did not print; the message says what to do."""


def unwanted(typed=""):
    """Return whether the page is to have no PDF: BROWSER=none.

    Parameters
    ----------
    typed : str
        What was asked for, "" if nothing was. The environment's BROWSER counts only where it is "none":
        otherwise it is the desktop's, and names what opens links.

    Raises
    ------
    InputError
        If anything but "none" was asked for.
    """
    if typed not in ("", "none"):
        raise InputError(f"BROWSER must be none (the page without a PDF), not {typed}: name a browser with CHROME=PATH")
    return "none" in (typed, os.environ.get("BROWSER"))


def find():
    """Return the browser's path: CHROME, one on PATH or in the usual places; None if there is none.

    Raises
    ------
    InputError
        If CHROME names no program.
    """
    named = os.environ.get("CHROME")
    if named:
        path = shutil.which(named)
        if path is None:
            raise InputError(f"CHROME={named} is not a program: name a Chromium, Chrome or Edge")
        return path
    return next((path for path in map(shutil.which, NAMES + PLACES) if path), None)


def find_or_install(say=tell):
    """Return a browser's path; as root on Debian, install Chromium where there is none, and say so before.

    Raises
    ------
    BrowserError, InputError
    """
    path = find()
    if path is None and shutil.which("apt-get") and hasattr(os, "geteuid") and os.geteuid() == 0:
        say(
            "no browser found to print the PDF with: installing Debian's package chromium by apt-get "
            "(BROWSER=none does without a PDF, CHROME=PATH names a browser) ..."
        )
        _apt("update", "-qq")
        _apt("install", "-y", "-qq", "--no-install-recommends", "chromium")
        path = find()
    if path is None:
        raise BrowserError(
            "the PDF needs Chromium, Chrome or Edge: install one (Debian and Ubuntu: apt-get install chromium), "
            "or name it with CHROME=PATH; the HTML is complete without it, and BROWSER=none leaves the PDF out"
        )
    return path


def seek(say=tell):
    """Find or install a browser while other work goes on; return the future of its path.

    Where there is none, `say` hears it now, and who asks the future hears it again. Nobody waits
    for the thread when the command is interrupted.

    Raises
    ------
    InputError
        If CHROME names no program: nothing should start then.
    """
    find()
    found = Future()

    def call():
        try:
            found.set_result(find_or_install(say))
        except Exception as error:
            say(str(error))
            found.set_exception(error)

    threading.Thread(target=call, daemon=True).start()
    return found


def _apt(*words):
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    answer = subprocess.run(["apt-get", *words], env=environment, capture_output=True, encoding="utf-8")
    if answer.returncode:
        reason = (answer.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise BrowserError(f"apt-get {words[0]} failed ({reason}): install Chromium yourself, or name one with CHROME=")


def command(browser, profile, *words):
    """Return a headless browser's command line, with a profile folder of its own."""
    root = ("--no-sandbox",) if hasattr(os, "geteuid") and os.geteuid() == 0 else ()
    return [browser, *QUIET, *root, f"--user-data-dir={profile}", *words]


def print_pdf(browser, page, target):
    """Print the HTML file `page` to the PDF file `target`, which is replaced only by a whole one.

    What the browser writes lies beside `target`: one from a snap cannot use the folder for temporary files.

    Raises
    ------
    BrowserError
    """
    page, target = Path(page).resolve(), Path(target).resolve()
    folder = target.with_name(f".{target.name}.browser")
    shutil.rmtree(folder, ignore_errors=True)  # of one that was interrupted
    folder.mkdir()
    try:
        pdf = _print(browser, folder, page)
        pdf.write_bytes(dates.dated(pdf.read_bytes(), dates.epoch()))
        pdf.replace(target)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _print(browser, folder, page):
    """Return the PDF, in `folder`, which is the browser's profile too."""
    pdf = folder / "page.pdf"
    words = ("--no-pdf-header-footer", "--generate-pdf-document-outline", f"--print-to-pdf={pdf}", page.as_uri())
    options = {"capture_output": True, "timeout": PRINT_SECONDS, "encoding": "utf-8", "errors": "replace"}
    try:
        answer = subprocess.run(command(browser, folder, *words), **options)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BrowserError(f"{browser} did not print the page ({error})") from error
    if not pdf.exists() or pdf.read_bytes()[:5] != b"%PDF-":
        raise BrowserError(f"{browser} wrote no PDF (exit code {answer.returncode}): {answer.stderr.strip()[-300:]}")
    return pdf
