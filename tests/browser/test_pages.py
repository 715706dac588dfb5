"""Every page in a real browser, small and large, light and dark: no barrier axe knows, no error, nothing foreign."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.looking import Look, built_wrong, look_at, watched
from tests.engine import site
from tests.tools import node_module

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# One of each kind in every window; of protocols one with several profiles and one with a calendar, none of the longest:
# to look for barriers in those takes a third of a minute each. The others share their style, and are looked at once.
PATHS = [
    "/",
    "/?lang=es",
    "/protocols",
    "/protocols/testosterone-stimulation",
    "/protocols/aromatase-inhibitor-men",
    "/protocols/differential",
    "/protocols/context-factors",
    "/openapi",
    "/docs",
    "/docs/cds-hooks",
    "/stats",
]
HEAVIEST = 300_000  # bytes of a page with its files
OF_OTHERS = {"/openapi": "#api"}  # what Swagger UI draws is not ours


@pytest.fixture(scope="module")
def axe() -> str:
    """The script that looks for barriers."""
    return (node_module("axe-core", "browser") / "axe.min.js").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", PATHS)
def test_a_page_has_no_barrier_no_error_nothing_foreign_and_little_weight(
    browser: Browser, live_server: str, axe: str, path: str
) -> None:
    look = look_at(browser, live_server + path, axe, OF_OTHERS.get(path))
    assert not look.barriers
    assert not look.errors
    assert not look.wide
    assert all(url.startswith((live_server, "data:")) for url in look.files)
    assert path in OF_OTHERS or 0 < look.weight < HEAVIEST


def test_every_other_protocol_is_built_without_barriers(browser: Browser, live_server: str, axe: str) -> None:
    others = [f"/protocols/{one.id}" for one in site().knowledge.protocols if f"/protocols/{one.id}" not in PATHS]
    look, found = Look("protocols"), {}
    with browser.new_context(viewport={"width": 400, "height": 900}) as context:
        page = context.new_page()
        page.set_default_timeout(60_000)
        watched(page, look)
        for path in others:
            page.goto(live_server + path)
            if wrong := built_wrong(page, axe):
                found[path] = wrong
    assert len(others) > 20
    assert not found
    assert not look.errors
