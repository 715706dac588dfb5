"""Someone looks at a timeline in a real browser: from Try it, and as a SMART app that a real EHR opens."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from cds_hooks.wire.app_context import Opened as Context
from cds_hooks.wire.app_context import write_context
from tests.browser.looking import Look, inspect, watched, weight_of
from tests.browser.test_sign_in import sign_in
from tests.browser.test_trying import KEPT
from tests.service.pages.test_timeline import chart_of, order, result
from tests.service.smart.ehrs import Opened, charts_of, opened
from tests.tools import node_module

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

HEAVIEST = 300_000
CLIPPED = """() => [...document.querySelectorAll('.picture svg')].flatMap(svg => {
  const frame = svg.getBoundingClientRect();
  return [...svg.querySelectorAll('text')].filter(text => {
    const box = text.getBoundingClientRect();
    return box.left < frame.left - 1 || box.right > frame.right + 1 || box.top < frame.top - 1;
  }).map(text => text.textContent);
})"""
SMALLEST = """() => Math.min(
  ...[...document.querySelectorAll('.picture svg text')].map(one => one.getBoundingClientRect().height)
)"""


@pytest.fixture(scope="module")
def axe() -> str:
    """The script that looks for barriers."""
    return (node_module("axe-core", "browser") / "axe.min.js").read_text(encoding="utf-8")


@pytest.fixture
def look() -> Look:
    """What is seen on the way."""
    return Look("timeline")


@pytest.fixture
def drawn(browser: Browser, live_server: str, look: Look) -> Iterator[Page]:
    """The timeline of the sample with the most results; at the end nothing may have gone wrong or stayed behind."""
    with browser.new_context() as context:
        page = context.new_page()
        page.set_default_timeout(30_000)
        watched(page, look)
        page.goto(live_server)
        page.click("button[value=years]")
        page.click("text=Timeline")
        yield page
        assert not look.errors
        assert page.evaluate(KEPT) == [0, 0, 0]
        assert page.url.removeprefix(live_server) in ("/timeline", "/try")


def test_a_timeline_has_no_barrier_and_no_label_out_of_sight(drawn: Page, look: Look, axe: str) -> None:
    assert 0 < weight_of(drawn) < HEAVIEST
    drawn.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    inspect(drawn, look, axe)
    assert not look.barriers
    assert not look.wide
    for width in (400, 768, 1440):
        drawn.set_viewport_size({"width": width, "height": 900})
        assert drawn.evaluate(CLIPPED) == []
        assert drawn.evaluate(SMALLEST) > 9  # pixels


def test_units_profile_and_period_are_switched(drawn: Page) -> None:
    picture = drawn.locator("figure", has_text="Hematocrit").first
    assert "52.6" in picture.inner_text()
    drawn.click("button:has-text('SI')")
    assert "0.526" in picture.inner_text()
    assert drawn.get_attribute("button:has-text('SI')", "aria-pressed") == "true"
    drawn.select_option("#profile", "bssm2017")
    drawn.select_option("#period", "12")
    drawn.click("text=Show")
    testosterone = drawn.locator("figure", has_text="Testosterone").first.inner_text()
    assert "15–30" in testosterone
    assert "nmol/L" in testosterone
    drawn.click("text=Cards and findings")
    assert drawn.locator("article.card").count() > 0


def test_the_table_behind_a_picture_is_reached_by_keyboard(drawn: Page) -> None:
    drawn.focus("figure:first-of-type summary")
    drawn.keyboard.press("Enter")
    table = drawn.locator("figure table").first
    assert table.is_visible()
    assert table.locator("tbody tr").count() == drawn.locator("figure").first.locator("g.dot").count()
    drawn.keyboard.press("Tab")
    assert drawn.evaluate("document.activeElement.className") == "scroll"


def pages_of(paper: bytes) -> int:
    """How many pages a printed file has."""
    told = re.findall(rb"/Type\s*/Pages[^>]*?/Count (\d+)|/Count (\d+)[^>]*?/Type\s*/Pages", paper)
    return int(b"".join(told[0]))


@pytest.mark.parametrize("sample", ["years", "response", "potassium"])
def test_the_record_is_one_page_of_paper(browser: Browser, live_server: str, sample: str) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(live_server)
        page.click(f"button[value={sample}]")
        page.click("text=Timeline")
        page.wait_for_url("**/timeline")
        page.wait_for_load_state("networkidle")  # a page that is still coming cannot be printed
        assert pages_of(page.pdf(prefer_css_page_size=True)) == 1


def test_the_record_of_a_long_chart_is_one_page_too(browser: Browser, live_server: str) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(live_server)
        page.fill("#content", chart_of(*map(order, range(60)), result(1, "2026-09-03")))
        page.fill("#day", "2026-09-04")
        page.click("button.main")
        page.click("text=Timeline")
        page.wait_for_url("**/timeline")
        page.wait_for_load_state("networkidle")
        assert pages_of(page.pdf(prefer_css_page_size=True)) == 1


@pytest.fixture(scope="module")
def both() -> Iterator[Opened]:
    """An EHR with its own authorization server and FHIR server, and the app it may open."""
    with opened(charts_of("years", "potassium")) as found:
        yield found


def test_an_ehr_opens_the_app_in_a_window_and_in_its_frame(browser: Browser, both: Opened, axe: str) -> None:
    look = Look("SMART app")
    with browser.new_context() as context:
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.goto(both.chart("demo-years", write_context(Context("MT-HCT-02", ("hematocrit",)))))
        page.click("text=Timeline")
        sign_in(page, "dr-anna")
        page.wait_for_url(f"{both.app}/smart/callback")  # without the code
        watched(page, look)  # from here on the EHR asks nothing, and no page is its authorization server's
        page.goto(both.chart("demo-years", write_context(Context("MT-HCT-02", ("hematocrit",)))))
        page.click("text=Timeline")
        page.wait_for_url(f"{both.app}/smart/callback")
        assert "Patient/demo-years" in page.inner_text("main")
        assert "Hematocrit" in page.locator("figure.is-opened figcaption").inner_text()
        assert page.locator("article.card").count() > 0
        page.click("button:has-text('SI')")
        assert "0.526" in page.locator("figure.is-opened").inner_text()
        page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
        inspect(page, look, axe)
        assert page.evaluate(KEPT) == [0, 0, 0]
        page.goto(both.chart("demo-potassium", frame=True))
        app = page.frame_locator("iframe")
        app.locator("figure").first.wait_for()
        assert "Potassium" in app.locator("figure figcaption").first.inner_text()
        app.locator("button:has-text('SI')").click()
        app.locator("button[value=si][aria-pressed=true]").wait_for()
        assert not [one for one in context.cookies() if one["name"].startswith("hormone-cds")]
    assert not look.barriers
    assert not look.wide
    assert not look.errors


def test_a_page_of_another_site_cannot_frame_the_app(browser: Browser, both: Opened, ehr: str) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(ehr)
        framed = (
            "url => { const frame = document.createElement('iframe'); frame.src = url; document.body.append(frame); }"
        )
        page.evaluate(framed, f"{both.app}/smart")
        page.wait_for_load_state("networkidle")
        assert all("Choose the EHR" not in frame.content() for frame in page.frames)
