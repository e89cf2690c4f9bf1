"""The page as it opens: chapters far away have no layout yet, and no widgets; they come as a reader does."""

import pytest

WIDE, PHONE = 1400, 390
ALIVE = "() => [...document.querySelectorAll('figure[data-widget].alive')].map((one) => one.dataset.widget)"


@pytest.fixture(scope="module")
def path(smoke):
    return smoke / "build" / "homework1.html"


@pytest.fixture
def fresh(show, path):
    """Open the page as a reader does."""
    return lambda width=WIDE, address="", **options: show(path, width=width, whole=False, address=address, **options)


def at(live, selector):
    """Return the rectangle of what a selector finds."""
    return live.run("(one) => document.querySelector(one).getBoundingClientRect().toJSON()", selector)


def test_widgets_are_made_when_they_come_near(fresh):
    live = fresh()
    first = live.run(ALIVE)
    every = live.run("() => [...document.querySelectorAll('figure[data-widget]')].map((one) => one.dataset.widget)")
    assert "draw-first" in first and len(first) < 3 and len(set(every)) > 6
    for name in dict.fromkeys(every):
        figure = live.page.locator(f"figure[data-widget='{name}']").first
        figure.evaluate("(one) => one.scrollIntoView()")
        live.page.wait_for_function("(one) => one.classList.contains('alive')", arg=figure.element_handle())
        assert figure.locator(".stage").bounding_box()["height"] > 20
    assert live.said == []


def test_the_tab_key_finds_them(fresh):
    """From what can have the focus before a widget the next stop is in it."""
    live = fresh()
    live.run("""() => {
      const stops = 'a[href], button, summary, input, select, textarea, [tabindex="0"]';
      window.before = (figure) => [...document.querySelectorAll(stops)].filter((one) => one.checkVisibility()
        && !figure.contains(one) && one.compareDocumentPosition(figure) & Node.DOCUMENT_POSITION_FOLLOWING).at(-1);
    }""")
    for name in ("byhand", "replay", "lab", "ledger", "draw"):
        live.run("(name) => window.before(document.querySelector(`figure[data-widget='${name}']`)).focus()", name)
        live.settle()
        live.settle()
        live.page.keyboard.press("Tab")
        inside = live.run("() => document.activeElement.closest('figure[data-widget]')?.dataset.widget")
        assert inside == name


def test_an_address_makes_the_widget_that_it_is_about(fresh):
    live = fresh(address="#lab?lr=0.02&hidden=32")
    live.page.wait_for_function("() => document.querySelector('figure[data-widget=lab]').classList.contains('alive')")
    live.settle()
    assert 0 <= at(live, "figure[data-widget=lab]")["top"] < 400
    live.run("() => { location.hash = '#ledger?C1a=2'; }")
    live.page.wait_for_function(
        "() => document.querySelector('figure[data-widget=ledger]').classList.contains('alive')"
    )


@pytest.mark.parametrize("width", [WIDE, PHONE])
def test_links_lead_to_their_place_whatever_has_no_layout_yet(fresh, width):
    live = fresh(width)
    targets = live.run("() => [...document.querySelectorAll('nav a, main a[href^=\"#eq-\"]')].map((one) => one.hash)")
    lost = []
    for target in [*dict.fromkeys(targets)][::7]:
        live.run("(hash) => { location.hash = hash; }", target)
        live.settle()
        live.settle()
        if not -1 <= live.run("(id) => document.getElementById(id).getBoundingClientRect().top", target[1:]) < 500:
            lost.append(target)
    assert lost == [] and len(targets) > 50


def test_the_contents_follow_to_places_that_had_no_layout(fresh):
    live = fresh()
    entries = live.run("() => [...document.querySelectorAll('nav a')].map((one) => one.hash)")
    chapters = [entry for entry in entries if "." not in entry]
    assert len(chapters) > 14
    for target in dict.fromkeys(entries[3::9] + chapters):
        live.run("(hash) => document.querySelector(`nav a[href='${hash}']`).click()", target)
        live.settle()
        live.page.wait_for_function(
            "(hash) => document.querySelector('nav [aria-current]')?.hash === hash", arg=target, timeout=5000
        )


def test_what_scrolls_sideways_can_have_the_focus_once_it_is_seen(fresh):
    live = fresh(PHONE)
    boxes = "[...document.querySelectorAll('.equation, .scroll, pre')]"
    for place in range(0, live.run(f"() => {boxes}.length"), 25):
        live.run(f"(place) => {boxes}[place].scrollIntoView()", place)
        live.settle()
        live.settle()
    missed = live.run(
        f"""() => {boxes}.filter((one) => one.checkVisibility({{ contentVisibilityAuto: true }})
          && one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).overflowX !== 'visible'
          && one.tabIndex !== 0).map((one) => one.textContent.slice(0, 40))"""
    )
    seen = live.run(f"() => {boxes}.filter((one) => one.tabIndex === 0).length")
    assert missed == [] and seen > 5


@pytest.mark.parametrize("width", [WIDE, PHONE])
def test_nothing_is_cut_off_at_the_edge_of_a_chapter(fresh, width):
    """A chapter that can be left without layout clips what hangs out of it, such as notes in the margin."""
    live = fresh(width)
    cut = live.run("""() => [...document.querySelectorAll('.chapter *')].filter((one) => {
      const box = one.getBoundingClientRect(), chapter = one.closest('.chapter').getBoundingClientRect();
      const scrolls = (up) => !up.matches(".chapter")
        && (getComputedStyle(up).overflowX !== "visible" || scrolls(up.parentElement));
      const hangsOut = box.right > chapter.right + 16 || box.left < chapter.left - 16;
      return box.width > 1 && hangsOut && !scrolls(one.parentElement);
    }).map((one) => `${one.localName}.${one.className}`)""")
    assert cut == []
    assert live.run("() => document.querySelectorAll('.chapter .note').length") >= 2


def test_a_long_page_lays_out_little_of_itself(fresh):
    live = fresh()
    skipped = live.run(
        "() => [...document.querySelectorAll('.chapter > *')]"
        ".filter((one) => !one.checkVisibility({ contentVisibilityAuto: true })).length"
    )
    assert skipped > 0.7 * live.run("() => document.querySelectorAll('.chapter > *').length")


def test_in_print_all_is_there(show, path):
    live = show(path, media="print", whole=False)
    assert live.run(
        "() => [...document.querySelectorAll('.chapter')]"
        ".every((one) => getComputedStyle(one).contentVisibility === 'visible')"
    )
