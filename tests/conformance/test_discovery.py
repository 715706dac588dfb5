"""Discovery: one stable address that lists what is offered, in terms that clients of 2.0 understand too."""

from __future__ import annotations

import html
import re
from typing import Any

import httpx
import pytest

# The version in the metadata of each published hook.
HOOK_VERSIONS = {
    "patient-view": "1.0",
    "order-select": "1.0",
    "order-sign": "1.0",
    "medication-refill": "0.1.0",
    "encounter-start": "1.0",
}
ROOT_TOKENS = {"context.userId", "context.patientId", "context.encounterId"}  # of each of these hooks
USER_TOKENS = {"userPractitionerId", "userPractitionerRoleId", "userPatientId", "userRelatedPersonId"}
# References, tokens and a page size: all of the standard's subset that is needed. Values are plain, without prefixes.
SUBSET = {"patient", "code", "_count"}


@pytest.fixture(scope="module")
def discovery(client: httpx.Client) -> httpx.Response:
    """The answer of the discovery address."""
    return client.get("/cds-services")


@pytest.fixture(scope="module")
def services(discovery: httpx.Response) -> list[dict[str, Any]]:
    """All services listed."""
    found: list[dict[str, Any]] = discovery.json()["services"]
    return found


@pytest.fixture(scope="module")
def templates(services: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Hook and prefetch template, for every key of every service."""
    return [(service["hook"], query) for service in services for query in service["prefetch"].values()]


@pytest.mark.requirement("D1", "D2", "G1", "I2")
def test_discovery_answers_json_at_its_address(discovery: httpx.Response, services: list[dict[str, Any]]) -> None:
    assert discovery.status_code == 200
    assert discovery.headers["content-type"] == "application/json"
    assert set(discovery.json()) == {"services"}
    assert services


@pytest.mark.requirement("D1")
def test_discovery_is_the_same_each_time(client: httpx.Client, discovery: httpx.Response) -> None:
    assert client.get("/cds-services").content == discovery.content


@pytest.mark.requirement("D3", "D4", "D5", "D6", "G3", "I2")
def test_a_service_says_what_it_is(services: list[dict[str, Any]]) -> None:
    for service in services:
        names = ("hook", "id", "title", "description", "usageRequirements")
        assert all(isinstance(service[name], str) and service[name].strip() for name in names)
        assert re.fullmatch(r"[A-Za-z0-9-]+", service["id"])
        assert re.fullmatch(r"3\.\d+\.\d+", service["version"])
        assert all(key and query for key, query in service["prefetch"].items())


@pytest.mark.requirement("D7")
def test_the_hook_version_is_that_of_the_published_hook(services: list[dict[str, Any]]) -> None:
    assert [service["hookVersion"] for service in services] == [HOOK_VERSIONS[service["hook"]] for service in services]


@pytest.mark.requirement("Q1")
def test_every_listed_service_answers_at_its_address(client: httpx.Client, services: list[dict[str, Any]]) -> None:
    for service in services:
        assert client.post(f"/cds-services/{service['id']}", json={}).status_code == 400


@pytest.mark.requirement("P1")
def test_a_template_is_a_read_or_a_search_of_one_type(templates: list[tuple[str, str]]) -> None:
    for _, query in templates:
        assert re.fullmatch(r"[A-Z][A-Za-z]+(/\{\{[\w.]+\}\}|\?[^?#/]+)", query)


@pytest.mark.requirement("P2", "P3", "P4", "P5")
def test_tokens_are_those_that_every_client_resolves(templates: list[tuple[str, str]]) -> None:
    for _, query in templates:
        assert set(re.findall(r"\{\{(.*?)\}\}", query)) <= ROOT_TOKENS | USER_TOKENS
        assert not set("{}%|") & set(re.sub(r"\{\{.*?\}\}", "", query))


@pytest.mark.requirement("P6")
def test_a_search_keeps_to_the_standards_subset(templates: list[tuple[str, str]]) -> None:
    searches = [query.partition("?")[2] for _, query in templates if "?" in query]
    for search in searches:
        names = [part.partition("=")[0] for part in search.split("&")]
        assert len(set(names)) == len(names)
        assert set(names) <= SUBSET
        assert all(re.fullmatch(r"\{\{[\w.]+\}\}|[\w,-]+", part.partition("=")[2]) for part in search.split("&"))


@pytest.mark.requirement("P14")
def test_results_are_asked_for_by_code_and_of_one_patient(services: list[dict[str, Any]]) -> None:
    for query in (query for service in services for query in service["prefetch"].values()):
        assert "{{context.patientId}}" in query
        assert "code=" in query or not query.startswith("Observation")


@pytest.mark.requirement("G6")
@pytest.mark.parametrize("path", ["/", "/openapi", "/openapi.json"])
def test_anyone_may_read_what_the_service_can_do(client: httpx.Client, path: str) -> None:
    assert client.get(path).status_code == 200


@pytest.mark.requirement("G6")
def test_a_page_for_people_says_what_every_service_does(client: httpx.Client, services: list[dict[str, Any]]) -> None:
    page = html.unescape(client.get("/").text)
    for service in services:
        assert all(service[name] in page for name in ("title", "description"))
        assert f"/cds-services/{service['id']}" in page
