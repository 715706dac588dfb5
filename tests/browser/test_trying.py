"""Someone tries the service in a real browser: samples, files, changes, copies; with script and without."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from service.examples.chart import chart_json
from tests.browser.looking import Look, inspect, watched, weight_of
from tests.service.pages.test_given import ANNA, CARL, bundle, lines
from tests.tools import node_module

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

HEAVIEST = 300_000
KEPT = "() => [localStorage.length, sessionStorage.length, document.cookie.length]"


@pytest.fixture(scope="module")
def axe() -> str:
    """The script that looks for barriers."""
    return (node_module("axe-core", "browser") / "axe.min.js").read_text(encoding="utf-8")


@pytest.fixture
def look() -> Look:
    """What is seen on the way."""
    return Look("Try it")


@pytest.fixture
def trying(browser: Browser, live_server: str, look: Look) -> Iterator[Page]:
    """The start page, watched; at the end nothing may have gone wrong or stayed behind."""
    with browser.new_context(permissions=["clipboard-read", "clipboard-write"]) as context:
        page = context.new_page()
        page.set_default_timeout(30_000)
        watched(page, look)
        page.goto(live_server)
        yield page
        assert not look.errors
        assert page.evaluate(KEPT) == [0, 0, 0]
        assert not context.cookies()
        assert page.url.removeprefix(live_server) in ("/", "/try")


def card(page: Page) -> str:
    """The first card's summary."""
    return page.locator("article.card h3").first.inner_text()


def test_a_sample_a_change_and_what_it_changes(trying: Page, look: Look, axe: str) -> None:
    trying.click("button[value=hematocrit]")
    assert "Hematocrit 54.5 %" in card(trying)
    assert trying.locator("article.card .badge").first.inner_text() == "critical"
    trying.fill("input[name=value-0]", "0.49")
    trying.press("input[name=value-0]", "Enter")
    told = trying.locator(".difference tr", has_text="MT-HCT-01")
    assert told.locator(".mark").inner_text() == "no longer raised"
    assert "critical" in told.inner_text()
    assert 0 < weight_of(trying) < HEAVIEST
    inspect(trying, look, axe)
    assert not look.barriers
    assert not look.wide
    trying.click("text=Back to the chart as it was")
    assert "Hematocrit 54.5 %" in card(trying)
    assert trying.locator("h1").inner_text() == "High hematocrit"


def test_every_part_of_an_answer_is_without_barriers(trying: Page, look: Look, axe: str) -> None:
    trying.select_option("#door", "evaluate")
    trying.click("button[value=response]")
    assert trying.locator(".line svg[role=img]").count() > 0
    trying.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    inspect(trying, look, axe)
    assert not look.barriers
    assert not look.wide
    assert 0 < weight_of(trying) < HEAVIEST


def test_findings_are_filtered(trying: Page) -> None:
    trying.click("button[value=potassium]")
    count = trying.locator(".filter output")
    everything = int(count.inner_text())
    trying.select_option("#by-state", "unknown")
    some = int(count.inner_text())
    assert 0 < some < everything
    shown = trying.locator("li[data-state]:visible")
    assert shown.count() == some
    trying.select_option("#by-protocol", "spironolactone")
    trying.select_option("#by-state", "raised")
    trying.select_option("#by-urgency", "critical")
    assert "GA-K-03" in shown.first.inner_text()
    assert int(count.inner_text()) == shown.count() == 1


def test_request_and_answer_are_copied(trying: Page) -> None:
    trying.click("button[value=stable]")
    clipboard = "() => navigator.clipboard.readText()"
    trying.click("[data-copy=curl]")
    assert trying.evaluate(clipboard).startswith("curl -s http://127.0.0.1:")
    assert trying.locator("[data-copy=curl]").inner_text() == "Copied"
    trying.click("#request ~ details > summary")
    trying.click("[data-copy=request-json]")
    assert json.loads(trying.evaluate(clipboard))["hook"] == "patient-view"
    trying.click("text=Another chart")
    trying.select_option("#door", "evaluate")
    trying.click("button[value=stable]")
    trying.click("[data-fetch=response]")
    trying.wait_for_selector("[data-fetch=response]:text('Copied')")
    assert json.loads(trying.evaluate(clipboard))["schemaVersion"] == "1"


def test_a_file_is_chosen_or_dropped(trying: Page, tmp_path: Path) -> None:
    file = tmp_path / "chart.json"
    file.write_text(chart_json("hematocrit"), encoding="utf-8")
    trying.set_input_files("#file", file)
    trying.click("button.main")
    assert "Hematocrit 54.5 %" in card(trying)
    trying.go_back()
    dropping = """text => {
      const data = new DataTransfer();
      data.items.add(new File([text], "people.ndjson"));
      document.body.dispatchEvent(new DragEvent("drop", {dataTransfer: data, bubbles: true, cancelable: true}));
    }"""
    trying.evaluate(dropping, lines(bundle(ANNA), bundle(CARL)).decode())
    trying.click("button[name=patient] >> text=carl")
    assert "No card" in trying.inner_text("main")


def test_what_is_wrong_is_said_where_it_was_written(browser: Browser, live_server: str, axe: str) -> None:
    look = Look("a mistake")
    with browser.new_context() as context:
        page = context.new_page()
        watched(page, look)
        page.goto(live_server)
        page.fill("#content", '{"resourceType": "Bundle"')
        page.click("button.main")
        assert "JSON" in page.inner_text("[role=alert]")
        assert page.input_value("#content") == '{"resourceType": "Bundle"'
        inspect(page, look, axe)
    assert not look.barriers
    assert all("400" in error for error in look.errors)  # what the browser says of the status


def test_all_of_it_works_without_script(browser: Browser, live_server: str) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{live_server}/?lang=es")
        page.click("button[value=hematocrit]")
        assert "Hematocrit 54.5 %" in card(page)
        assert not page.locator(".filter").is_visible()
        page.fill("input[name=value-0]", "0.49")
        page.click("text=Juzgar de nuevo")
        assert "ya no activada" in page.inner_text(".difference")
        with context.expect_page() as opened:
            page.click("button[value=response]")
        assert json.loads(opened.value.inner_text("pre"))["cards"]


def test_a_keyboard_is_enough(trying: Page) -> None:
    trying.keyboard.press("Tab")
    assert trying.evaluate("document.activeElement.className") == "skip"
    trying.keyboard.press("Enter")
    for _ in range(4):
        trying.keyboard.press("Tab")
    assert trying.evaluate("document.activeElement.closest('form') !== null")
    trying.focus("button[value=nothing]")
    trying.keyboard.press("Enter")
    trying.wait_for_url("**/try")
    assert "Nothing applies" in trying.inner_text("h1")
