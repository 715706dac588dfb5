"""What a chart says has no power in a browser, even where a client lets raw HTML in Markdown through."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from service.examples.ehr import hook_call
from tests.browser.calling import HOOK, ask
from tests.tools import node_module

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from service.examples.chart import Chart

POISON = [
    "<iframe src='javascript:parent.hurt=1'></iframe>",
    "<img src=x onerror='window.hurt=1'>",
    "<script>window.hurt=1</script>",
    "<svg onload='window.hurt=1'>",
    "<a href='javascript:window.hurt=1'>x</a>",
    "[x](javascript:window.hurt=1)",
    "![x](https://elsewhere.example/x.png)",
    "<https://elsewhere.example>",
    "<details open ontoggle='window.hurt=1'>",
    "\n\n<div>\n\n- <b>x</b>",
    "`</code><img src=x onerror=window.hurt=1>`",
    "&lt;img src=x onerror=window.hurt=1&gt;",
]
MARK = "zqzq"  # stands before the poison
HARMFUL = "iframe, img, script, svg, details, b, div, [onerror], [onload], a[href^='javascript'], a[href*='elsewhere']"


def poisoned(call: dict[str, Any], poison: str) -> dict[str, Any]:
    """The call with a chart whose every text is poison, its codes and numbers as they were."""
    prefetch = {key: _laced(value, poison) for key, value in call["prefetch"].items()}
    return call | {"prefetch": prefetch}


def _laced(value: Any, poison: str) -> Any:
    if isinstance(value, list):
        return [_laced(one, poison) for one in value]
    if not isinstance(value, dict):
        return value
    laced = {name: _laced(one, poison) for name, one in value.items()}
    for name in ("text", "display", "unit", "title"):
        if isinstance(laced.get(name), str):
            laced[name] = f"{laced[name]} {MARK} {poison}"
    return laced


def in_unknown_units(call: dict[str, Any], poison: str) -> dict[str, Any]:
    """The call with poison for every unit, which cards then have to name."""
    labs = call["prefetch"]["labs"]
    entries = [{"resource": _in_unit(entry["resource"], f"{MARK} {poison}")} for entry in labs["entry"]]
    return call | {"prefetch": call["prefetch"] | {"labs": labs | {"entry": entries}}}


def _in_unit(result: dict[str, Any], unit: str) -> dict[str, Any]:
    return result | {"valueQuantity": {"value": result["valueQuantity"]["value"], "unit": unit}}


@pytest.mark.requirement("C5")
@pytest.mark.parametrize("poison", POISON)
def test_a_poisoned_chart_is_shown_as_text(
    client_page: Page, live_server: str, call: dict[str, Any], poison: str
) -> None:
    node_module("marked", "browser")
    bad = in_unknown_units(poisoned(call, poison), poison)
    assert MARK in shown(client_page, f"{live_server}{HOOK}", bad)


@pytest.mark.requirement("C5")
@pytest.mark.parametrize("service", [HOOK, "/cds-services/hormone-therapy-response"])
def test_every_demo_chart_may_be_poisoned_for_every_service(
    client_page: Page, live_server: str, charts: dict[str, Chart], offered: dict[str, Any], service: str
) -> None:
    node_module("marked", "browser")
    for chart in charts.values():
        for poison in POISON[:3]:
            assert shown(client_page, f"{live_server}{service}", poisoned(hook_call(offered, chart), poison))


def shown(page: Page, url: str, call: dict[str, Any]) -> str:
    """The text of the cards on the screen, after making sure that they are nothing but text."""
    answer = ask(page, url, method="POST", body=call)
    assert answer["status"] == 200
    cards = answer["json"]["cards"]
    page.evaluate("cards => window.ehr.show(cards)", cards)
    assert page.locator("article").count() == len(cards) > 0
    assert page.locator("main").locator(HARMFUL).count() == 0
    assert page.evaluate("() => window.hurt") is None
    return page.locator("main").inner_text()


def test_the_page_would_have_been_hurt(client_page: Page) -> None:
    node_module("marked", "browser")
    for poison in POISON[:9]:
        client_page.evaluate("detail => window.ehr.show([{summary: 's', detail}])", poison)
        assert client_page.locator("main").locator(HARMFUL).count() > 0, poison
    client_page.evaluate("detail => window.ehr.show([{summary: 's', detail}])", POISON[1])
    client_page.wait_for_function("() => window.hurt === 1")
