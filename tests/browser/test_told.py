"""Protocols, documentation and statistics as a clinician meets them: the check a card leads to, pictures, paper."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlmodel import Session

from service.app import create_app
from service.site.settings import Settings
from service.storage.database import open_database
from service.storage.evaluations import id_from, remember
from tests.browser.looking import Look, inspect, watched
from tests.conftest import running
from tests.tools import node_module

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, Page

CHECK = "MT-HCT-01"


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A service that has shown cards for three weeks."""
    folder: Path = tmp_path_factory.mktemp("statistics")
    settings = Settings(database_url=f"sqlite:///{folder}/kept.sqlite3", unmapped_patients=1)
    service = "hormone-monitoring-patient-view"
    with Session(open_database(settings.database_url)) as session:
        for week in range(3):
            at = datetime.now(UTC) - timedelta(weeks=week)
            one = {"id": id_from(at), "service": service, "patient": "p"}
            judged = one | {"at": at, "version": "1", "knowledge": "k", "milliseconds": 1.0}
            card = {"uuid": f"card-{week}", "evaluation": one["id"], "service": service, "patient": "p"}
            told = {"topic": "MTHCT01", "check": CHECK, "protocol": "testosterone-safety", "indicator": "critical"}
            report = {"id": one["id"], "card": card["uuid"], "service": service, "at": at, "received": at}
            answer = report | {"outcome": "overridden", "reason": "patient-refuses"}
            remember(session, [judged], [card | told], [answer])
    with running(create_app(settings)) as address:
        yield address


def test_a_card_leads_to_its_check_and_shows_which_it_is(page: Page, live_server: str) -> None:
    page.emulate_media(reduced_motion="reduce")
    page.goto(f"{live_server}/protocols/testosterone-safety#{CHECK}")
    target = page.locator("article:target")
    assert target.get_attribute("id") == CHECK
    box = target.bounding_box()
    assert box is not None
    assert 0 <= box["y"] < 200
    outline = target.evaluate("one => getComputedStyle(one).outlineStyle + getComputedStyle(one).outlineWidth")
    assert outline == "solid3px"


def test_tables_scroll_by_themselves_and_by_keyboard(page: Page, live_server: str) -> None:
    page.set_viewport_size({"width": 400, "height": 900})
    page.goto(f"{live_server}/protocols/testosterone-men")
    region = page.locator(".scroll:has(table.side)")
    region.focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    page.wait_for_function("document.querySelector('.scroll:has(table.side)').scrollLeft > 0")


def test_on_paper_every_profile_is_open(page: Page, live_server: str) -> None:
    page.goto(f"{live_server}/protocols/testosterone-men")
    closed = page.locator("details.profile:not([open]) table").first
    assert not closed.is_visible()
    page.emulate_media(media="print")
    assert closed.evaluate("one => one.checkVisibility({contentVisibilityAuto: true}) && one.offsetHeight > 0")
    assert not page.locator("nav.contents").is_visible()


def test_a_block_is_copied_whole(browser: Browser, live_server: str) -> None:
    with browser.new_context(permissions=["clipboard-read", "clipboard-write"]) as context:
        page = context.new_page()
        page.goto(f"{live_server}/docs/cds-hooks")
        block = page.locator(".copyable", has_text="MedicationRequest?").first
        block.get_by_role("button").click()
        page.wait_for_function("navigator.clipboard.readText().then(text => text.length > 0)")
        copied = page.evaluate("navigator.clipboard.readText()")
        assert copied == block.locator("code").inner_text()
        assert "{{context.patientId}}" in copied


def test_pictures_of_weeks_have_no_barrier(browser: Browser, filled: str) -> None:
    axe = (node_module("axe-core", "browser") / "axe.min.js").read_text(encoding="utf-8")
    look = Look("/stats")
    with browser.new_context(viewport={"width": 400, "height": 900}) as context:
        page = context.new_page()
        watched(page, look)
        page.goto(f"{filled}/stats")
        assert page.locator("svg.weeks rect").count() == 6
        assert page.get_by_text("patient-refuses 3").is_visible()
        page.get_by_text("The same as a table").click()
        inspect(page, look, axe)
    assert not look.barriers
    assert not look.errors
    assert not look.wide
