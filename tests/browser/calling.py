"""How tests have the EHR's page call the service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Page

HOOK = "/cds-services/hormone-monitoring-patient-view"


def ask(page: Page, url: str, **how: Any) -> dict[str, Any]:
    """Have the page call; what it can read of the answer."""
    answer: dict[str, Any] = page.evaluate("([url, how]) => window.ehr.ask(url, how)", [url, how])
    return answer
