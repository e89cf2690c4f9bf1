"""The finished page in a real browser: quiet, accessible, usable by keyboard, on narrow screens and on paper."""

import io

import pytest
from matplotlib.image import imread

from live import complaints, foreign_glyphs, violations
from nbreport.page.mathml import MathConverter

WIDTHS = (1280, 390)
SCHEMES = ("light", "dark")
BYTES = 7_000_000

# What can have the focus by the Tab key, as a reader sees it; of radio buttons only one a group.
FOCUSABLE = """() => {
  const seen = [...document.querySelectorAll('a[href], button, summary, input, select, textarea')].filter(
    (one) => one.checkVisibility({ visibilityProperty: true }) && !one.disabled && one.tabIndex >= 0);
  const group = (one) => seen.filter((two) => two.type === 'radio' && two.name === one.name);
  window.stops = seen.filter((one) => one.type !== 'radio'
    || one === (group(one).find((two) => two.checked) ?? group(one)[0]));
  window.look = (one) => [one, ...(one.labels ?? [])].map((box) => {
    const style = getComputedStyle(box);
    const outline = style.outlineStyle === 'none' || style.outlineWidth === '0px' ? 'none' : style.outline;
    return outline + ' / ' + style.boxShadow;
  }).join();
  window.titled = (one) => `${one.localName} "${one.textContent.trim().slice(0, 40)}" ${one.hash ?? one.id}`;
  window.before = new Map([...document.querySelectorAll('*')].map((one) => [one, window.look(one)]));
  return window.stops.map(window.titled);
}"""
FOCUSED = """() => {
  const one = document.activeElement ?? document.body, box = one.getBoundingClientRect();
  if (one === document.body) return null;
  return {
    place: window.stops.indexOf(one), name: window.titled(one),
    indicated: window.before.has(one) && window.look(one) !== window.before.get(one),
    inside: box.width > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
  };
}"""


@pytest.fixture(scope="module")
def path(smoke):
    return smoke / "build" / "homework1.html"


def wider(live):
    """What makes the document wider than the window; empty if it is not."""
    return live.run("""() => {
      const root = document.documentElement;
      if (root.scrollWidth <= innerWidth) return [];
      const scrolls = (one) => one && one !== root && (getComputedStyle(one).overflowX !== 'visible'
        || scrolls(one.parentElement));
      return [`document ${root.scrollWidth} wide`, ...[...document.body.querySelectorAll('*')]
        .filter((one) => one.getBoundingClientRect().right > innerWidth && !scrolls(one.parentElement))
        .map((one) => `${one.localName}.${one.className} in #${one.closest('[id]')?.id}`).slice(0, 10)];
    }""")


# Quiet and offline


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_page_opens_from_disk_says_nothing_and_asks_for_nothing(show, path, width, scheme):
    live = show(path, width=width, scheme=scheme, motion="no-preference")
    live.unfold()
    live.settle()
    assert live.asked == [path.as_uri()] and live.said == []
    print(f"opened in {live.seconds:.2f} s")


def test_a_page_that_talks_or_asks_is_noticed(show, tmp_path):
    noisy = tmp_path / "noisy.html"
    noisy.write_text("<script>console.log('hello'); nothing();</script><img src=leak.png>", encoding="utf-8")
    live = show(noisy)
    assert any("hello" in line for line in live.said) and any("nothing is not defined" in line for line in live.said)
    assert live.asked == [noisy.as_uri(), (tmp_path / "leak.png").as_uri()]


def test_the_page_is_of_moderate_size(path):
    assert path.stat().st_size <= BYTES


# Looks


@pytest.mark.parametrize("width", [1280, 768, 390, 320])
def test_the_document_does_not_scroll_sideways(show, path, width):
    live = show(path, width=width, touch=width < 700)
    assert wider(live) == []
    live.unfold()
    live.settle()
    assert wider(live) == []


@pytest.mark.parametrize(("width", "media"), [(1280, "screen"), (390, "screen"), (1280, "print")])
@pytest.mark.parametrize("scheme", SCHEMES)
def test_screenshots_are_not_blank(show, path, tmp_path, width, media, scheme):
    live = show(path, width=width, media=media, scheme=scheme)
    height = live.run("() => document.documentElement.scrollHeight")
    assert height > 5000
    for share in (0, 0.3, 0.6, 0.9):
        live.run("top => scrollTo({ top, behavior: 'instant' })", share * height)
        live.settle()
        picture = live.page.screenshot(path=tmp_path / f"{width}-{media}-{scheme}-{share}.png")
        grey = imread(io.BytesIO(picture))[:, :, :3].mean(axis=2)
        dark = media == "screen" and scheme == "dark"
        assert grey.std() > 0.03 and (grey.mean() < 0.5) == dark, (share, grey.std(), grey.mean())


def test_formulas_in_tables_captions_and_computed_texts_have_no_glyph_of_another_font(show, path):
    live = show(path)
    live.unfold()
    drawn, foreign = foreign_glyphs(live)
    assert drawn > 2000 and foreign == []


def test_nothing_moves_for_those_who_ask_for_that(show, path):
    live = show(path, motion="reduce")
    live.unfold()
    for button in live.page.locator("button:visible").all()[:20]:
        button.click()
    moving = live.run("""() => {
      const still = (times) => times.split(', ').every((time) => time === '0s');
      const moves = (one, part) => {
        const style = getComputedStyle(one, part);
        return !still(style.transitionDuration) || style.scrollBehavior !== 'auto'
          || style.animationName !== 'none' && !still(style.animationDuration);
      };
      return [...document.querySelectorAll('*')].filter((one) => [null, '::before', '::after'].some(
        (part) => moves(one, part))).map((one) => `${one.localName}.${one.className}`);
    }""")
    assert moving == [] and live.run("() => document.getAnimations().length") == 0


# Accessible


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scheme", SCHEMES)
def test_axe_finds_nothing(show, path, width, scheme):
    live = show(path, width=width, scheme=scheme, touch=width < 700)
    found = []
    for is_open in (False, True) if scheme == "light" else (True,):
        live.unfold(is_open)
        live.settle()
        found += violations(live, contrast=is_open)  # unfolded, one sees all that one sees folded, and more
    assert not found, f"{len(found)} violations:\n" + "\n".join(sorted(set(found)))
    assert live.said == []


def test_axe_can_find_something(show, tmp_path):
    bad = tmp_path / "bad.html"
    bad.write_text("<!DOCTYPE html><title>x</title><p style='color: #ccc'>Pale</p><img src='data:,'>", encoding="utf-8")
    found = "\n".join(violations(show(bad)))
    assert "color-contrast (serious) p: " in found and "image-alt (critical) img" in found and "html-has-lang" in found


def test_the_tab_key_reaches_everything_in_order_and_shows_where_it_is(show, path):
    live = show(path)
    stops = live.run(FOCUSABLE)
    reached, hidden = [], []
    for _ in range(2 * len(stops)):
        live.page.keyboard.press("Tab")
        now = live.run(FOCUSED)
        if now is None:
            break
        if not (now["indicated"] and now["inside"]):
            hidden.append(now)
        if now["place"] >= 0:
            reached.append(now["place"])
    assert [stops[place] for place in reached] == stops
    assert len(stops) > 50 and hidden == []


def test_on_a_phone_what_has_the_focus_is_seen_and_marked(show, path):
    """The order of the stops is the document's, whatever the width; their places and looks are not."""
    live = show(path, width=390)
    stops = live.run(FOCUSABLE)
    live.page.keyboard.press("Tab")  # from now on the focus is the keyboard's, and marked
    seen = live.run(f"() => window.stops.map((one) => {{ one.focus(); return ({FOCUSED})(); }})")
    assert [one["place"] for one in seen] == list(range(len(stops)))
    for start in (0, len(stops) // 3, 2 * len(stops) // 3):  # and some of them with the key: nothing holds it
        live.run("place => window.stops[place].focus()", start)
        reached = []
        for _ in range(20):
            live.page.keyboard.press("Tab")
            reached.append(live.run(FOCUSED)["place"])
        on_list = [place for place in reached if place >= 0]  # the others are what scrolls sideways
        assert len(on_list) > 5 and on_list == list(range(start + 1, start + 1 + len(on_list)))
    assert len(stops) > 50 and [one for one in seen if not (one["indicated"] and one["inside"])] == []


def test_a_stop_that_shows_nothing_or_lies_outside_is_noticed(show, tmp_path):
    bad = tmp_path / "bad.html"
    far = "<button style='position: fixed; left: -99px'>Far</button>"
    bad.write_text(f"<!DOCTYPE html><button style='outline: none'>Unmarked</button>{far}", encoding="utf-8")
    live = show(bad, width=390)
    live.run(FOCUSABLE)
    live.page.keyboard.press("Tab")
    unmarked, outside = live.run(f"() => window.stops.map((one) => {{ one.focus(); return ({FOCUSED})(); }})")
    assert not unmarked["indicated"] and unmarked["inside"] and outside["indicated"] and not outside["inside"]


def test_the_first_stop_skips_to_the_text(show, path):
    live = show(path)
    live.page.keyboard.press("Tab")
    live.settle()
    assert live.run("() => document.activeElement.matches('a[href^=\"#\"]')")
    box = live.run("() => document.activeElement.getBoundingClientRect().toJSON()")
    assert box["top"] >= 0 and box["left"] >= 0 and box["width"] > 0
    live.page.keyboard.press("Enter")
    live.page.keyboard.press("Tab")
    assert live.run("() => document.querySelector('main').contains(document.activeElement)")


# Sound markup and links


def test_the_w3cs_validator_has_no_complaint(path):
    found = complaints(path)
    assert not found, f"{len(found)} complaints:\n" + "\n".join(found[:40])


def test_the_validator_can_complain(tmp_path):
    bad = tmp_path / "bad.html"
    bad.write_text(
        "<!DOCTYPE html><html lang=en><title>x</title><p id=a id=b><div colour=red></p><section>No</section>",
        encoding="utf-8",
    )
    found = "\n".join(complaints(bad))
    assert "Duplicate attribute" in found and "colour" in found and "Section lacks heading" in found


def test_formulas_of_all_kinds_are_valid(tmp_path):
    formulas = [
        r"\dfrac12 \tfrac{\dfrac12}2 \binom nk",
        r"\displaystyle \sum_i x \scriptstyle y \textstyle z",
        r"e^{\begin{pmatrix}1&2\\3&4\end{pmatrix}}~\begin{cases}1&x<0\\2&\text{else, ``so''}\end{cases}",
        r"\begin{equation}\begin{aligned} a &= \frac{1}{2}\end{aligned}\tag{2.9}\end{equation}",
    ]
    made = [MathConverter().convert(latex, block, "here") for latex in formulas for block in (False, True)]
    assert 'alttext="' in made[0] and '<mstyle displaystyle="true"><mfrac>' in made[0]
    assert '<mstyle displaystyle="false" scriptlevel="1"><mi>y</mi>' in made[2]  # the meaning stays
    assert '<mstyle scriptlevel="0"><mtable' in made[4] and "scriptlevel" not in made[7]
    page = tmp_path / "formulas.html"
    page.write_text("<!DOCTYPE html><html lang=en><title>x</title><p>" + "".join(made), encoding="utf-8")
    assert complaints(page) == []


def test_links_lead_to_what_can_be_seen(show, path):
    live = show(path)
    links = live.run(
        "() => [...new Set([...document.querySelectorAll('a[href^=\"#\"]:not(.origin)')].map((one) => one.hash))]"
    )  # marks of sources say there and then what is behind them
    assert len(links) > 20
    lost = []
    for link in links:
        live.run("hash => document.querySelector(`a[href='${hash}']:not(.origin)`).click()", link)
        live.settle()
        box = live.run(
            """hash => { const one = document.getElementById(decodeURIComponent(hash.slice(1)));
              return one?.checkVisibility() ? one.getBoundingClientRect().toJSON() : null; }""",
            link,
        )
        if not (box and box["height"] > 0 and -1 <= box["top"] < 800):
            lost.append((link, box))
    assert lost == []


@pytest.mark.parametrize("width", WIDTHS)
def test_a_click_on_an_equations_number_shows_the_equation(show, path, width):
    live = show(path, width=width)
    links = live.page.locator("main a[href^='#eq-']:visible")
    assert links.count() > 0
    for number in {0, links.count() // 2, links.count() - 1}:
        link = links.nth(number)
        target = link.get_attribute("href")
        link.click()
        live.settle()
        box = live.page.locator(f"[id='{target[1:]}']").bounding_box()
        assert box["y"] >= 0 and box["y"] + min(box["height"], 400) <= 800, target
