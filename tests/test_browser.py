"""The browser that prints: named, found, installed or left out; what it writes lies beside the PDF."""

import tempfile
from pathlib import Path

import pytest

from nbreport.page import browser

# Prints as Chromium does: where it is told to. Notes what it was told.
STAND_IN = """#!/bin/sh
for word in "$@"; do
  echo "$word" >> "$0.words"
  case $word in --print-to-pdf=*) {print} > "${{word#*=}}" ;; --user-data-dir=*) mkdir -p "${{word#*=}}/Default" ;; esac
done
"""


def stand_in(folder, print="printf %%PDF-1.7"):
    """Make a program that stands in for a browser; return its path."""
    program = folder / "my browser"
    program.write_text(STAND_IN.format(print=print), encoding="utf-8")
    program.chmod(0o755)
    return program


@pytest.fixture
def page(tmp_path):
    """A page alone in its folder, whose name has a space."""
    path = tmp_path / "a build" / "page.html"
    path.parent.mkdir()
    path.write_text("<!doctype html><title>A page</title><p>Text.", encoding="utf-8")
    return path


def test_nothing_is_printed_outside_the_folder_of_the_pdf(page, tmp_path, monkeypatch):
    """A browser from a snap can neither read nor write elsewhere."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    program, target = stand_in(tmp_path), page.with_suffix(".pdf")
    browser.print_pdf(str(program), page, target)
    assert target.read_bytes() == b"%PDF-1.7" and sorted(page.parent.iterdir()) == [page, target]
    words = Path(f"{program}.words").read_text(encoding="utf-8").splitlines()
    told = {word.split("=")[0]: Path(word.split("=", 1)[1]) for word in words if "=/" in word}
    assert {"--print-to-pdf", "--user-data-dir"} == set(told)
    assert all(page.parent in path.parents for path in told.values()) and words[-1] == page.as_uri()


@pytest.mark.parametrize(("print", "reason"), [("printf nothing", "exit code 0"), ("exit 3", "exit code 3")])
def test_a_pdf_is_replaced_by_a_whole_one_alone(page, tmp_path, print, reason):
    target = page.with_suffix(".pdf")
    target.write_bytes(b"%PDF-old")
    half = page.parent / ".page.pdf.browser" / "Default"
    half.mkdir(parents=True)  # left by one that was killed
    with pytest.raises(browser.BrowserError, match=f"my browser wrote no PDF .{reason}"):
        browser.print_pdf(str(stand_in(tmp_path, print)), page, target)
    assert target.read_bytes() == b"%PDF-old" and sorted(page.parent.iterdir()) == [page, target]


def test_the_real_browser_prints_and_leaves_nothing(page):
    target = page.with_suffix(".pdf")
    browser.print_pdf(browser.find_or_install(), page, target)
    assert target.read_bytes()[:5] == b"%PDF-" and sorted(page.parent.iterdir()) == [page, target]
