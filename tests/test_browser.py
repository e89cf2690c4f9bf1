"""The browser that prints: named, found, installed or left out; what it writes lies beside the PDF."""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

import nbformat
import pytest
import yaml

import toy
from conftest import ROOT, assert_refused, call
from nbreport import InputError
from nbreport.page import browser

# Prints as Chromium does: where it is told to. Notes what it was told.
STAND_IN = """#!/bin/sh
for word in "$@"; do
  echo "$word" >> "$0.words"
  case $word in --print-to-pdf=*) {print} > "${{word#*=}}" ;; --user-data-dir=*) mkdir -p "${{word#*=}}/Default" ;; esac
done
"""


def program(path, text):
    """Make an executable file; return its path."""
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)
    return path


def stand_in(folder, print="printf %%PDF-1.7"):
    """Make a program that stands in for a browser; return its path."""
    return program(folder / "my browser", STAND_IN.format(print=print))


@pytest.fixture
def none_there(monkeypatch, tmp_path):
    """A machine without any browser, whose user is not root."""
    monkeypatch.delenv("CHROME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(browser, "PLACES", ())
    monkeypatch.setattr(browser.os, "geteuid", lambda: 1000)


def test_a_browser_is_named_or_found(monkeypatch, tmp_path, none_there):
    monkeypatch.setenv("CHROME", str(tmp_path / "nowhere"))
    with pytest.raises(InputError, match="CHROME=.*nowhere is not a program"):
        browser.seek()
    monkeypatch.setenv("CHROME", str(stand_in(tmp_path)))
    assert browser.find() == str(tmp_path / "my browser")
    monkeypatch.delenv("CHROME")
    assert browser.find() is None
    found = program(tmp_path / "google-chrome", "#!/bin/sh\n")
    assert browser.find() == browser.find_or_install() == str(found)


def test_without_a_browser_it_is_said_at_the_start_and_at_the_end(none_there):
    said = []
    sought = browser.seek(said.append)
    with pytest.raises(
        browser.BrowserError, match="apt-get install chromium.*CHROME=PATH.*HTML is complete.*BROWSER=none"
    ):
        sought.result(10)
    assert len(said) == 1 and "apt-get install chromium" in said[0]


def test_without_a_browser_debian_installs_one_and_it_is_said_before(monkeypatch):
    happened = []

    def apt(words, **options):
        happened.append(words)
        return subprocess.CompletedProcess(words, 0, "", "")

    monkeypatch.setattr(browser, "find", lambda: "/usr/bin/chromium" if len(happened) == 3 else None)
    monkeypatch.setattr(browser.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(browser.os, "geteuid", lambda: 0)
    monkeypatch.setattr(browser.subprocess, "run", apt)
    assert browser.seek(happened.append).result(10) == "/usr/bin/chromium"
    line, update, install = happened
    for words in ("to print the PDF", "installing Debian's package chromium", "BROWSER=none", "CHROME=PATH"):
        assert words in line
    assert update[:2] == ["apt-get", "update"] and install[:2] == ["apt-get", "install"] and install[-1] == "chromium"


@pytest.mark.parametrize(
    ("typed", "environment", "answer"),
    [("none", None, True), ("none", "firefox", True), ("", "none", True), ("", "firefox", False), ("", None, False)],
)
def test_no_browser_is_wanted_where_none_is_typed_or_set(monkeypatch, typed, environment, answer):
    monkeypatch.delenv("BROWSER", raising=False)
    if environment is not None:
        monkeypatch.setenv("BROWSER", environment)
    assert browser.unwanted(typed) is answer


# A report


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A report of two chapters with nothing in them, in a folder with a space in its name."""
    folder = tmp_path_factory.mktemp("a report")
    about = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    for name in ("front", "one"):
        cells = [nbformat.v4.new_markdown_cell(f"# Chapter {name}"), nbformat.v4.new_code_cell("x = 1")]
        nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=about), folder / f"{name}.ipynb")
    content = {
        "title": "A title",
        "subtitle": "More",
        "name": "page",
        "front": "front.ipynb",
        "chapters": ["one.ipynb"],
    }
    content |= {"template": str(ROOT / "report" / "template"), "references": str(ROOT / "report" / "references.yaml")}
    content |= {"studies": [], "profiles": {"default": {}}}
    (folder / "report.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    return folder


def report(project, *words, **environment):
    """Build the project's report, beside a PDF that was there before."""
    (project / "build").mkdir(exist_ok=True)
    (project / "build" / "page.html").unlink(missing_ok=True)
    (project / "build" / "page.pdf").write_bytes(b"%PDF-old")
    command = (sys.executable, "-m", "nbreport", "report", "report.yaml", "--build", "build", *words)
    return call(*command, cwd=project, PYTHONPATH=toy.path(project), **environment)


@pytest.mark.parametrize(("words", "environment"), [(["--browser", "none"], {}), ([], {"BROWSER": "none"})])
def test_the_page_alone(project, tmp_path, words, environment):
    chrome = stand_in(tmp_path)
    answer = report(project, *words, CHROME=str(chrome), **environment)
    assert answer.returncode == 0 and answer.stdout.splitlines()[-2] == "no PDF, as BROWSER=none was given", (
        answer.stderr
    )
    assert (project / "build" / "page.html").is_file() and not (project / "build" / "page.pdf").exists()
    assert not Path(f"{chrome}.words").exists()
    assert "CHROME=nowhere" not in report(project, *words, CHROME="nowhere", **environment).stderr  # none is sought


@pytest.mark.parametrize("typed", ["firefox", "None", "no"])
def test_another_browser_is_named_otherwise(project, typed):
    answer = report(project, "--browser", typed)
    assert_refused(answer, f"BROWSER must be none (the page without a PDF), not {typed}: ", "CHROME=PATH")
    assert (project / "build" / "page.pdf").exists() and not answer.stdout


def test_page_and_pdf(project, tmp_path):
    """The BROWSER of a desktop, which opens links there, is no business of ours."""
    answer = report(project, BROWSER="firefox", CHROME=str(stand_in(tmp_path)))
    assert answer.returncode == 0 and answer.stdout.splitlines()[-2] == "build/page.pdf: 0.0 MB", answer.stderr
    last = answer.stdout.splitlines()[-1]
    assert re.fullmatch(r"took .* s: runs .* s, chapters .* s, page .* s, PDF .* s(, other .* s)?", last)
    assert (project / "build" / "page.pdf").read_bytes() == b"%PDF-1.7"


def test_a_pdf_of_an_earlier_page_does_not_stay_where_printing_fails(project, tmp_path):
    answer = report(project, BROWSER="", CHROME=str(stand_in(tmp_path, "exit 3")))
    assert answer.returncode == 1 and "my browser wrote no PDF (exit code 3)" in answer.stderr
    assert (project / "build" / "page.html").is_file() and not (project / "build" / "page.pdf").exists()


# Printing


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
    chrome, target = stand_in(tmp_path), page.with_suffix(".pdf")
    browser.print_pdf(str(chrome), page, target)
    assert target.read_bytes() == b"%PDF-1.7" and sorted(page.parent.iterdir()) == [page, target]
    words = Path(f"{chrome}.words").read_text(encoding="utf-8").splitlines()
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
