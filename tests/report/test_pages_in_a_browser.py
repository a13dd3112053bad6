"""Both pages as a reader's browser shows them: on a phone and on a desk, in light and in dark, with finger, mouse, keyboard and printer.

Skipped where no Chromium is found.
"""

from itertools import pairwise

import pytest

import sim
from tests.report.browser import Browser, found
from tests.report.test_calibration_page import CALIBRATION

PHONE, DESK, A4 = 390, 1280, 718  # CSS pixels; A4 at 96 to the inch, less margins of a centimetre
SMALL = {"borrowers.count": 900, "months": 20, "warm_up_months": 4}
FAILING = {"policy.funding.warehouse.delinquency_trigger": "0.5%", "policy.funding.warehouse.term_out_months": 3}

pytestmark = pytest.mark.skipif(found() is None, reason="no chromium on this machine")


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    sim.run("recession_with_squeeze", seeds=[3, 4], set=SMALL | FAILING).report(folder / "run.html")
    sim.run("baseline", seeds=[3], set=SMALL).report(folder / "calm.html")
    sim.compare("recession_with_squeeze", ["standard", "strict"], seeds=[3, 4], set=SMALL | FAILING).save(folder / "failing")
    sim.compare("recession_with_squeeze", ["standard", "strict", "educating"], seeds=[3, 4, 5], set=SMALL).save(folder / "compared")
    return {
        "run": folder / "run.html", "calm": folder / "calm.html", "failing": folder / "failing" / "report.html",
        "compared": folder / "compared" / "report.html",
    }


@pytest.fixture(scope="module")
def instruments(tmp_path_factory):
    """Pages of the facts, of a back-test, of a calibration and of an attribution, with long hashes and wide tables."""
    folder = tmp_path_factory.mktemp("instruments")
    sim.facts(numbers=[30], seeds=2, set={"borrowers.count": 800, "months": 24}).save(folder / "facts")
    small = {"borrowers.count": 800, "warm_up_months": 4}
    sim.backtest("us_consumer_credit_to_2006", from_="1988", to="1994", scenario="us_history", seeds=2, set=small).save(folder / "backtest")
    overrides = {"borrowers.count": 400, "warm_up_months": 2, "months": 4}
    sim.calibrate({**CALIBRATION, "months": 4}, seeds=2, set=overrides, workers=1).save(folder / "calibration")
    sim.attribute("severe_recession", seeds=2, set=small | {"months": 12}).save(folder / "attribution")
    return {name: folder / name / "report.html" for name in ("facts", "backtest", "calibration", "attribution")}


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    with Browser(str(found()), tmp_path_factory.mktemp("profile")) as driven:
        yield driven


@pytest.fixture(params=["run", "calm", "failing", "compared"])
def page(request, pages):
    return pages[request.param]


def those(browser, selector, condition):
    """Elements e of a selector for which a JavaScript condition holds, by the beginning of their text or source."""
    found = f"[...document.querySelectorAll({selector!r})].filter(e => {condition})"
    return browser.ask(f"{found}.map(e => (e.textContent.trim() || e.outerHTML).slice(0, 80))")


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_the_page_is_no_wider_than_the_window_and_what_is_scrolls_in_its_own_frame(browser, page, width):
    browser.open(page, width)
    browser.ask("document.querySelectorAll('details').forEach(d => { d.open = true })")
    assert browser.ask("[document.documentElement.scrollWidth, innerWidth]") == [width, width]
    assert those(browser, "table, figure svg", "getComputedStyle(e.closest('.wide, .figure')).overflowX !== 'auto'") == []
    assert those(browser, ".wide, .figure", "e.tabIndex !== 0") == []  # what scrolls does so from the keyboard too
    assert those(browser, ".wide", "e.scrollWidth > e.clientWidth") == []  # no figure of a table lies out of sight
    # text of a picture stays inside it: nothing is cut off
    assert those(browser, "svg text", """(() => {
        const a = e.getBoundingClientRect(), b = e.closest('svg').getBoundingClientRect();
        return a.left < b.left - 2 || a.right > b.right + 2 || a.top < b.top - 2 || a.bottom > b.bottom + 2;
    })()""") == []


@pytest.mark.parametrize("name", ["facts", "backtest", "calibration", "attribution"])
@pytest.mark.parametrize("width", [PHONE, DESK])
def test_the_instruments_pages_are_whole_on_a_phone_too(browser, instruments, name, width):
    browser.open(instruments[name], width)
    assert browser.ask("[document.documentElement.scrollWidth, innerWidth]") == [width, width]
    assert those(browser, ".wide, .figure", "e.tabIndex !== 0") == []
    assert those(browser, ".wide, .figure", "e.scrollWidth > e.clientWidth") == []  # nothing of a table or picture lies out of sight
    assert those(browser, "svg text", """(() => {
        const a = e.getBoundingClientRect(), b = e.closest('svg').getBoundingClientRect();
        return a.left < b.left - 2 || a.right > b.right + 2 || a.top < b.top - 2 || a.bottom > b.bottom + 2;
    })()""") == []
    assert browser.requests == [instruments[name].resolve().as_uri()]
    assert browser.complaints == []


def test_nothing_is_fetched_and_nothing_complains(browser, page):
    browser.open(page, DESK)
    assert browser.requests == [page.resolve().as_uri()]
    assert browser.complaints == []


def test_structure_language_and_words_for_every_picture_and_table(browser, page):
    browser.open(page, DESK)
    assert browser.ask("document.documentElement.lang") == "en"
    assert browser.ask("document.title.length") > 3
    levels = browser.ask("[...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].map(h => +h.tagName[1])")
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(b <= a + 1 for a, b in pairwise(levels))
    assert those(browser, "figure", "e.querySelector('figcaption').textContent.trim().length < 10") == []
    assert those(browser, "table, svg", "!e.closest('figure')") == []
    assert browser.ask("document.querySelectorAll('figure svg').length") >= 5
    assert those(browser, "figure svg:not([role=img][aria-label])", "true") == []
    assert those(browser, "figure svg", "!e.getAttribute('aria-label').trim() || !e.clientWidth") == []
    assert those(browser, "img", "!e.alt || !e.complete || !e.naturalWidth") == []
    assert those(browser, "th", "!e.scope || !e.textContent.trim()") == []
    ids = browser.ask("[...document.querySelectorAll('[id]')].map(e => e.id)")
    assert len(ids) == len(set(ids))


def test_every_number_in_a_table_has_its_unit_and_a_definition(browser, page):
    browser.open(page, DESK)
    assert those(browser, "td", """/\\d/.test(e.textContent) && (() => {
        const row = e.parentElement, head = (e.closest('table').tHead || {rows: [{cells: []}]}).rows[0].cells[e.cellIndex];
        const unit = row.querySelector('.unit'), caption = e.closest('figure').querySelector('figcaption').textContent;
        const defined = row.querySelector('.term') || head.querySelector('.term');
        const said = unit ? unit.textContent : e.textContent + ' ' + caption;
        return !defined || !/%|pp\\b|\\bUSD\\b|months?\\b|seeds?\\b|\\bnumber\\b|\\d{4}-\\d\\d/.test(said);
    })()""") == []


def test_definitions_open_under_the_mouse_a_finger_and_the_keyboard_and_stand_whole_in_the_window(browser, page):
    shown = "[...document.querySelectorAll('.tip')].filter(t => getComputedStyle(t).display !== 'none').map(t => t.textContent)"
    place = """(() => { const t = document.querySelector('table .term'); t.scrollIntoView({block: 'center'});
        const r = t.getClientRects()[0];
        return [(r.left + r.right) / 2, (r.top + r.bottom) / 2, t.querySelector('.tip').textContent]; })()"""
    browser.open(page, DESK)
    assert browser.ask(shown) == []
    x, y, words = browser.ask(place)
    browser.point(x, y)
    assert browser.ask(shown) == [words]
    browser.open(page, PHONE)
    x, y, words = browser.ask(place)
    browser.tap(x, y)
    assert browser.ask(shown) == [words]
    browser.open(page, PHONE)
    for _ in range(30):
        browser.press("Tab")
        if browser.ask("document.activeElement.className") == "term":
            break
    assert browser.ask(shown) == [browser.ask("document.activeElement.querySelector('.tip').textContent")]
    # every one of them, opened one after the other: inside the window, above everything, and telling more than its own label
    assert those(browser, ".term", """(() => {
        const d = e.closest('details'); if (d) d.open = true;
        e.focus();
        const tip = e.querySelector('.tip'), r = tip.getBoundingClientRect();
        const top = document.elementFromPoint(r.left + r.width / 2, r.top + r.height / 2);
        return !tip.contains(top) || r.top < 0 || r.bottom > innerHeight || r.left < 0 || r.right > innerWidth
            || tip.textContent.length < e.firstChild.textContent.length + 12 || e.getAttribute('aria-describedby') !== tip.id;
    })()""") == []


CONTRAST = """(() => {
    const rgb = words => (words.match(/[\\d.]+/g) || []).map(Number);
    const light = c => { const [r, g, b] = c.map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
    const under = e => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor);
        if (c.length === 3 || c[3] > 0) return c.slice(0, 3); } return [255, 255, 255]; };
    const faint = [], texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    document.querySelectorAll('details').forEach(d => { d.open = true });
    for (let n; n = texts.nextNode();) {
        const e = n.parentElement, s = getComputedStyle(e);
        if (!n.textContent.trim() || e.closest('style, defs')) continue;
        const ink = rgb(e.namespaceURI.endsWith('svg') ? s.fill : s.color).slice(0, 3), [a, b] = [light(ink), light(under(e))];
        const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        if (ratio < 4.5) faint.push(n.textContent.trim() + ' ' + ratio.toFixed(2));
    }
    return faint;
})()"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_what_is_under_it(browser, page, scheme):
    browser.open(page, DESK, scheme=scheme)
    assert browser.ask("getComputedStyle(document.body).backgroundColor === 'rgb(255, 255, 255)'") is (scheme == "light")
    assert browser.ask(CONTRAST) == []


def test_paper_holds_every_table_whole_and_every_term(browser, page):
    browser.open(page, A4, media="print", scheme="dark")
    assert browser.ask("document.documentElement.scrollWidth") <= A4
    assert those(browser, "table, svg", f"e.getBoundingClientRect().right > {A4} + 1") == []
    assert those(browser, "table, dl, svg", "!e.getBoundingClientRect().height || !e.checkVisibility({contentVisibilityAuto: true})") == []
    # a long table goes on overleaf, row by row and under its own head
    assert those(browser, ".wide", "getComputedStyle(e).overflowX !== 'visible'") == []
    assert those(browser, "tr", "getComputedStyle(e).breakInside !== 'avoid'") == []
    assert those(browser, "table, .table", "getComputedStyle(e).breakInside === 'avoid'") == []
    assert those(browser, "thead", "getComputedStyle(e).display !== 'table-header-group'") == []
    assert browser.ask("getComputedStyle(document.body).backgroundColor") in ("rgb(255, 255, 255)", "rgba(0, 0, 0, 0)")
    assert browser.pages_on_paper() >= 2


def test_on_a_phone_a_row_of_few_numbers_is_a_block_that_names_each_and_on_a_desk_a_row(browser, instruments):
    cells = "[...document.querySelectorAll('.stack tbody tr')].map(row => [...row.cells].filter(c => c.textContent.trim()))"
    below = f"{cells}.every(row => row.every((c, k) => !k || c.getBoundingClientRect().top > row[k - 1].getBoundingClientRect().top))"
    for name in ("facts", "backtest"):
        browser.open(instruments[name], PHONE)
        assert browser.ask(below)
        assert browser.ask(f"{cells}.every(row => row.every(c => getComputedStyle(c, '::before').content.length > 3))")
        browser.open(instruments[name], DESK)
        assert not browser.ask(below)
        assert browser.ask("[...document.querySelectorAll('.stack td')].every(c => getComputedStyle(c, '::before').content === 'none')")
    browser.open(instruments["backtest"], PHONE)
    assert browser.ask("[...document.querySelectorAll('.stack thead .term')].filter(e => e.getBoundingClientRect().width > 0).length") > 0


def test_every_picture_of_a_back_test_has_its_own_legend(browser, instruments):
    browser.open(instruments["backtest"], PHONE)
    words = browser.ask("[...document.querySelectorAll('.figure svg')].map(s => s.textContent)")
    assert len(words) == 4  # three series, unemployment
    assert all("published" in text and "simulated, scaled" in text and "regression on unemployment" in text for text in words[:3])
