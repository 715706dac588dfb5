"""The worklist in a real browser: no barrier at any width, filtered and paged by keyboard, without script."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from service.app import create_app
from service.site.settings import Settings
from tests.browser.looking import Look, inspect, look_at, watched
from tests.conftest import running
from tests.service.population.populations import invented, judged
from tests.tools import node_module

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PATH = "/population/latest"


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a service that lists a run."""
    place = tmp_path_factory.mktemp("population")
    judged(invented(place / "input", 60), place / "runs" / "one", 1)
    with running(create_app(Settings(population_dir=place / "runs"))) as address:
        yield address


@pytest.mark.parametrize("path", [f"{PATH}?_count=10", f"{PATH}?lang=es&_count=1&state=unsafe", f"{PATH}/summary"])
def test_it_has_no_barrier_no_error_and_nothing_foreign(browser: Browser, clinic: str, path: str) -> None:
    axe = (node_module("axe-core", "browser") / "axe.min.js").read_text(encoding="utf-8")
    look = look_at(browser, clinic + path, axe)
    assert not look.barriers
    assert not look.errors
    assert not look.wide
    assert all(url.startswith((clinic, "data:")) for url in look.files)


def test_it_is_filtered_and_paged_by_keyboard_and_without_script(browser: Browser, clinic: str) -> None:
    with browser.new_context(java_script_enabled=False, viewport={"width": 400, "height": 800}) as context:
        page = context.new_page()
        page.goto(f"{clinic}{PATH}?_count=3")
        page.get_by_role("link", name="overdue").first.press("Enter")
        page.get_by_label("Urgency").select_option("warning")
        page.get_by_role("button", name="Show").press("Enter")
        assert "state=overdue" in page.url
        assert "urgency=warning" in page.url
        first = page.locator(".patients h2").first.inner_text()
        page.get_by_role("link", name="Next page").press("Enter")
        assert "page=2" in page.url
        assert page.locator(".patients h2").first.inner_text() != first
        page.locator(".reasons a").first.press("Enter")
        assert "/protocols/" in page.url


def test_another_number_is_tried_by_its_form(browser: Browser, clinic: str) -> None:
    axe = (node_module("axe-core", "browser") / "axe.min.js").read_text(encoding="utf-8")
    look = Look("threshold")
    with browser.new_context(viewport={"width": 400, "height": 900}) as context:
        page = context.new_page()
        watched(page, look)
        page.goto(f"{clinic}/stats/threshold", wait_until="networkidle")
        inspect(page, look, axe)
        page.get_by_label("Number", exact=True).select_option("testosterone-men|optimization|testosterone-goal")
        page.get_by_label("New number").fill("650 ng/dL")
        page.get_by_label("High end").fill("700 ng/dL")
        page.get_by_label("Some patients of the last run").check()
        page.get_by_role("button", name="Show the difference").press("Enter")
        page.get_by_role("heading", name="testosterone-goal").wait_for()
        inspect(page, look, axe)
    assert not look.barriers
    assert not look.errors
    assert not look.wide
