"""A real browser: Debian's Chromium, driven by Playwright, and pages served from another origin than the service."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from tests.conftest import running
from tests.tools import absent

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

HERE = Path(__file__).parent
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-proxy-server",
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for the tests of a file: its driver keeps an event loop running, which other tests must not meet."""
    playwright = pytest.importorskip("playwright.sync_api")
    chromium = shutil.which("chromium")
    if chromium is None:
        absent("chromium", "apt-get install chromium")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, headless=True, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh window without cookies."""
    with browser.new_context() as context:
        page = context.new_page()
        page.set_default_timeout(60_000)
        yield page


@pytest.fixture(scope="session")
def ehr() -> Iterator[str]:
    """Where the pages of an EHR are served: another port, so another origin."""
    routes = [
        Mount("/node_modules", StaticFiles(directory=HERE / "node_modules", check_dir=False)),
        Mount("/", StaticFiles(directory=HERE / "pages", html=True)),
    ]
    with running(Starlette(routes=routes)) as address:  # type: ignore[arg-type]
        yield address


@pytest.fixture
def client_page(page: Page, ehr: str) -> Page:
    """The EHR's page, ready to call."""
    page.goto(ehr)
    page.wait_for_selector("body[data-ready]", state="attached")
    return page
