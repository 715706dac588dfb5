"""A person signs in with a browser at a real OpenID provider, looks, and signs out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from service.demo.play import free_port
from tests.service.people.issuers import npm_issuer
from tests.service.people.visitors import GUARDED, callback_of, service_with

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page


@pytest.fixture(scope="module")
def service() -> Iterator[str]:
    """A service where people sign in at npm's oidc-provider."""
    port = free_port(0)
    with npm_issuer(callback_of(port)) as at, service_with(at, port) as address:
        yield address


def sign_in(page: Page, name: str) -> None:
    """Fill in the provider's forms."""
    page.fill("input[name=login]", name)
    page.fill("input[name=password]", "any")
    page.click("button[type=submit]")
    page.click("button[type=submit]")  # "Continue", to the question whether the service may know who it is


def test_a_person_signs_in_looks_and_signs_out(page: Page, service: str) -> None:
    page.goto(f"{service}{GUARDED}")
    sign_in(page, "stats-anna")
    page.wait_for_url(f"{service}{GUARDED}")
    assert '"unmapped"' in page.inner_text("body")
    (session,) = [cookie for cookie in page.context.cookies() if cookie["name"].startswith("hormone-cds")]
    assert session["httpOnly"]
    assert session["sameSite"] == "Lax"
    page.goto(f"{service}/sign-in/done")
    assert "stats-anna" in page.inner_text("main")
    page.click("text=How often cards are shown")
    page.wait_for_url(f"{service}/stats")
    assert page.locator("main h1").count() == 1
    page.goto(f"{service}/sign-in/done")
    page.click("button")
    page.wait_for_url(f"{service}/sign-out")
    assert "signed out" in page.inner_text("main")
    page.goto(f"{service}{GUARDED}")
    assert not page.url.startswith(service)  # at the provider again


def test_a_person_who_is_not_allowed_reads_so(page: Page, service: str) -> None:
    page.goto(f"{service}/sign-in")
    sign_in(page, "nurse-carl")
    page.wait_for_url(f"{service}/sign-in/callback*")
    assert "not among those who may look" in page.inner_text("main")
    assert page.locator("link[rel=stylesheet]").count() == 1


def test_a_page_of_another_site_reads_nothing_with_the_persons_cookie(page: Page, service: str, ehr: str) -> None:
    page.goto(f"{service}{GUARDED}")
    sign_in(page, "stats-anna")
    page.wait_for_url(f"{service}{GUARDED}")
    page.goto(ehr)
    fetching = "url => fetch(url, {credentials: 'include'}).then(answer => answer.text(), () => 'refused')"
    assert page.evaluate(fetching, f"{service}{GUARDED}") == "refused"
    framed = "url => { const frame = document.createElement('iframe'); frame.src = url; document.body.append(frame); }"
    page.evaluate(framed, f"{service}/sign-in/done")
    page.wait_for_load_state("networkidle")
    assert all("stats-anna" not in frame.content() for frame in page.frames)
