"""Chapters and runs through plain `jupyter nbconvert`, without a line of ours, and the notebooks in JupyterLab."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import nbformat
import pytest

from conftest import NOTEBOOKS, ROOT, call

TITLE = "All gradients, by hand"


def nbconvert(*words, cwd):
    """Run `jupyter nbconvert` in a folder; it must succeed."""
    answer = call(sys.executable, "-m", "jupyter", "nbconvert", *words, cwd=cwd)
    assert answer.returncode == 0, answer.stderr
    return answer


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    """Chapter 2, executed by stock nbconvert: it has formulas, listings, a figure with sliders, a last expression."""
    folder = tmp_path_factory.mktemp("stock")
    shutil.copy(ROOT / "notebooks" / "02_derivation.ipynb", folder)
    nbconvert("--to", "notebook", "--execute", "--inplace", "02_derivation.ipynb", cwd=folder)
    return folder / "02_derivation.ipynb"


def exported(executed, kind):
    """Return the text that stock nbconvert makes of the executed chapter, and where it is."""
    nbconvert("--to", kind, executed.name, cwd=executed.parent)
    endings = {"html": ".html", "slides": ".slides.html", "latex": ".tex", "markdown": ".md", "script": ".py"}
    path = executed.with_name(executed.stem + endings[kind])
    return path.read_text(encoding="utf-8"), path


@pytest.mark.parametrize("kind", ["html", "slides"])
def test_a_page_has_the_chapters_title_and_pictures_instead_of_widgets(executed, kind):
    html, _ = exported(executed, kind)
    assert f"<title>{TITLE}" in html
    assert "widget-view" not in html and "widget-state" not in html
    chapter = nbformat.read(executed, as_version=4).cells
    outputs = [output for cell in chapter for output in cell.get("outputs", [])]
    pictures = [output.data["image/png"] for output in outputs if "image/png" in output.get("data", {})]
    shown = [cell for cell in chapter if re.search(r"^(figure|widget|explore)\(", cell.source, flags=re.M)]
    assert len(pictures) == len(shown) > 2 and all(picture.strip().replace("\n", "") in html for picture in pictures)


@pytest.mark.skipif(shutil.which("pandoc") is None, reason="nbconvert needs Pandoc for LaTeX, and there is none here")
def test_in_latex_the_title_is_the_chapters_and_the_lines_of_listings_break(executed):
    latex, _ = exported(executed, "latex")
    assert rf"\title{{{TITLE}}}" in latex
    assert r"\begin{Highlighting}" not in latex  # Pandoc's: its lines run off the page
    listing = re.search(r"\\begin\{Verbatim\}[^\n]*\n\\PY\{k\}\{def\}.*?\\end\{Verbatim\}", latex, flags=re.S)
    assert listing and latex.count(r"\PY{k}{def}") > 10
    assert r"\includegraphics" in latex and r"\tag{2.1}" in latex


def test_a_script_is_python(executed):
    text, path = exported(executed, "script")
    compile(text, str(path), "exec")
    assert "numerical" in text


def test_markdown_begins_with_the_title(executed):
    text, _ = exported(executed, "markdown")
    assert text.lstrip().startswith(f"# {TITLE}\n") and "```python\ndef " in text


def test_every_notebook_becomes_a_script_without_being_executed(tmp_path):
    """Without the extension in its metadata the script is called `.txt`."""
    for path in NOTEBOOKS:
        shutil.copy(path, tmp_path)
    nbconvert("--to", "script", *(path.name for path in NOTEBOOKS), cwd=tmp_path)
    for path in NOTEBOOKS:
        script = (tmp_path / path.name).with_suffix(".py")
        compile(script.read_text(encoding="utf-8"), str(script), "exec")


# JupyterLab

SERVER = re.compile(r"http://127\.0\.0\.1:(\d+)/lab\S*token=(\w+)")


def fetched(address, seconds=20):
    """Return what a server answers that says its address a moment before it listens."""
    end = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(address, timeout=seconds) as answer:
                return answer.read()
        except urllib.error.URLError:
            if time.monotonic() > end:
                raise
            time.sleep(0.2)


def test_lab_starts_for_whoever_and_wherever_and_says_how_to_come_to_it(tmp_path):
    """As root, which JupyterLab refuses by itself; without a desktop; with options of the reader's own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    command = ["tools/lab", sys.executable, "-m", "jupyter", "lab", "notebooks"]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment
        | {"LAB": f"--port={port}", "JUPYTER_CONFIG_DIR": str(tmp_path), "JUPYTER_RUNTIME_DIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
    ) as server:
        try:
            said = []
            for line in server.stdout:
                said.append(line)
                if found := SERVER.search(line):
                    break
            assert found, "".join(said)
            port, token = found.groups()
            assert b"02_derivation.ipynb" in fetched(f"http://127.0.0.1:{port}/api/contents?token={token}")
        finally:
            server.send_signal(signal.SIGTERM)
    if sys.platform == "linux":
        assert said[0].startswith("no desktop here: open the address below in a browser")
        assert "make lab LAB=--ip=0.0.0.0" in said[2]
