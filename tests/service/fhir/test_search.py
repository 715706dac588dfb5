"""What is published can be read, searched and paged through, and says what it can do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fhir.resources.R4B import get_fhir_model_class

from cds_hooks.presentation.terminology.capabilities import OPERATIONS
from service import __version__
from terminology.organs import INVENTORY

FORM = "application/x-www-form-urlencoded"
KINDS = (
    *("CodeSystem", "ValueSet", "ConceptMap", "OperationDefinition", "StructureDefinition"),
    *("PlanDefinition", "ActivityDefinition", "Library"),
)


def pages(client: httpx.Client, address: str) -> Iterator[dict[str, Any]]:
    """A searchset, page by page."""
    following: str | None = address
    while following:
        answer = client.get(following)
        assert answer.status_code == 200
        yield answer.json()
        following = link(answer.json(), "next")


def link(bundle: dict[str, Any], relation: str) -> str | None:
    return next((one["url"] for one in bundle["link"] if one["relation"] == relation), None)


def ids(bundle: dict[str, Any]) -> list[str]:
    return [entry["resource"]["id"] for entry in bundle.get("entry", ())]


@pytest.mark.parametrize(
    ("kind", "count"), [("CodeSystem", 3), ("ConceptMap", 1), ("ValueSet", 41), ("PlanDefinition", 10), ("Library", 7)]
)
def test_paging_covers_everything_exactly_once(client: httpx.Client, kind: str, count: int) -> None:
    seen = list(pages(client, f"/fhir/{kind}?_count={count}&_summary=true"))
    found = [identity for page in seen for identity in ids(page)]
    assert found == sorted(set(found))
    assert {page["total"] for page in seen} == {len(found)}
    assert all(len(ids(page)) == count for page in seen[:-1])
    back = link(seen[-1], "previous")
    assert back is not None
    assert ids(client.get(back).json()) == ids(seen[-2])


def test_the_last_page_leads_nowhere_further(client: httpx.Client) -> None:
    total = client.get("/fhir/CodeSystem?_summary=count").json()["total"]
    full, short = (client.get(f"/fhir/CodeSystem?_summary=true&_count={count}").json() for count in (total, total - 1))
    assert (link(full, "next"), link(full, "previous")) == (None, None)
    assert link(short, "next") is not None


@pytest.mark.parametrize("kind", KINDS)
def test_a_search_is_a_bundle_whose_entries_can_be_read_at_their_address(client: httpx.Client, kind: str) -> None:
    answer = client.get(f"/fhir/{kind}?_count=2")
    get_fhir_model_class("Bundle").model_validate_json(answer.content)
    own = link(answer.json(), "self")
    assert own is not None
    assert client.get(own).json() == answer.json()
    for entry in answer.json()["entry"]:
        assert entry["search"] == {"mode": "match"}
        assert client.get(entry["fullUrl"]).json() == entry["resource"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("_id=hematocrit", {"hematocrit"}),
        ("_id=hematocrit,hemoglobin", {"hematocrit", "hemoglobin"}),
        ("_id=hematocrit&_id=hemoglobin", set()),
        ("url=https://hormone-cds.example/ValueSet/hematocrit", {"hematocrit"}),
        ("url=https://hormone-cds.example/ValueSet/hematocri", set()),
        ("title=units of hemat", {"hematocrit-units"}),
        ("title:contains=OF HEMATO", {"hematocrit-units"}),
        ("name=hormonecdshematocrit", {"hematocrit", "hematocrit-units"}),
        ("name:contains=testosteroneFREE&title=free testosterone fraction", {"testosterone-free-pct"}),
        ("status=active&_id=hematocrit", {"hematocrit"}),
        ("status=draft", set()),
        ("status=http://hl7.org/fhir/publication-status|active&_id=hematocrit", {"hematocrit"}),
        ("status=http://hl7.org/fhir/publication-status|&_id=hematocrit", {"hematocrit"}),
        ("status=http://hl7.org/fhir/publication-status|draft", set()),
        ("status=urn:other|active", set()),
        (f"url=https://hormone-cds.example/ValueSet/hematocrit|{__version__}", {"hematocrit"}),
        ("url=https://hormone-cds.example/ValueSet/hematocrit|9", set()),
        (f"version=|{__version__}&_id=|hematocrit", {"hematocrit"}),
        ("_id=urn:other|hematocrit", set()),
        (f"version={__version__}&_id=hematocrit", {"hematocrit"}),
        ("version=0", set()),
    ],
)
def test_a_search_finds_what_meets_every_criterion(client: httpx.Client, query: str, expected: set[str]) -> None:
    bundle = client.get(f"/fhir/ValueSet?{query}").json()
    assert set(ids(bundle)) == expected
    assert bundle["total"] == len(expected)


@pytest.mark.parametrize("kind", KINDS)
def test_a_posted_search_answers_like_the_other(client: httpx.Client, kind: str) -> None:
    """FHIR R4, search: servers that offer a search by GET offer it by POST of a form too."""
    criteria = {"name:contains": "E", "_count": "2", "_summary": "true"}
    by_get = client.get(f"/fhir/{kind}", params=criteria)
    by_post = client.post(f"/fhir/{kind}/_search", data=criteria)
    assert (by_post.status_code, by_post.headers["content-type"]) == (200, "application/fhir+json")
    assert by_get.json() == by_post.json()
    assert by_get.json()["total"] > 0


def test_a_posted_search_heeds_its_address_too(client: httpx.Client) -> None:
    found = client.post("/fhir/ValueSet/_search?_id=hematocrit,hemoglobin&_pretty=true", data={"_id": "hematocrit"})
    assert ids(found.json()) == ["hematocrit"]
    assert found.text.count("\n") > 10
    pretty = client.post("/fhir/ValueSet/_search", data={"_id": "hematocrit", "_pretty": "true", "_format": "json"})
    assert pretty.text.count("\n") > 10
    empty = client.post("/fhir/ValueSet/_search", content=b"", headers={"Content-Type": FORM})
    assert empty.json()["total"] > 300


def test_external_code_systems_are_found_by_the_url_of_their_owners(client: httpx.Client) -> None:
    assert ids(client.get("/fhir/CodeSystem?url=http://loinc.org").json()) == ["loinc"]
    assert ids(client.get(f"/fhir/CodeSystem?url={INVENTORY}").json()) == ["organ-inventory"]


@pytest.mark.parametrize("query", ["_summary=count", "_count=0"])
def test_a_count_alone_can_be_asked_for(client: httpx.Client, query: str) -> None:
    bundle = client.get(f"/fhir/ValueSet?{query}").json()
    assert bundle["total"] > 300
    assert "entry" not in bundle
    assert link(bundle, "next") is None


def test_a_summary_leaves_the_codes_out_and_says_so(client: httpx.Client) -> None:
    (entry,) = client.get("/fhir/CodeSystem?_id=loinc&_summary=true").json()["entry"]
    assert entry["resource"]["meta"]["tag"][0]["code"] == "SUBSETTED"
    assert entry["resource"]["count"] > 300
    assert "concept" not in entry["resource"]


def test_addresses_are_those_under_which_people_reach_the_service() -> None:
    from service.app import create_app
    from service.site.settings import Settings
    from tests.conftest import running

    with (
        running(create_app(Settings(public_url="https://cds.example/hormones"))) as address,
        httpx.Client(base_url=address, trust_env=False) as client,
    ):
        bundle = client.get("/fhir/ConceptMap?_count=1").json()
    assert bundle["link"][0]["url"].startswith("https://cds.example/hormones/fhir/ConceptMap?")
    assert bundle["entry"][0]["fullUrl"].startswith("https://cds.example/hormones/fhir/ConceptMap/")


def test_the_capability_statement_is_true(client: httpx.Client) -> None:
    answer = client.get("/fhir/metadata")
    get_fhir_model_class("CapabilityStatement").model_validate_json(answer.content)
    assert "instantiates" not in answer.json()
    served = client.get("/openapi.json").json()["paths"]
    readable = [one for one in answer.json()["rest"][0]["resource"] if "interaction" in one]
    assert {resource["type"] for resource in readable} == set(OPERATIONS)
    for resource in readable:
        kind = resource["type"]
        assert {f"/fhir/{kind}", f"/fhir/{kind}/{{id}}"} <= set(served)
        offered = {path.rpartition("$")[2] for path in served if path.startswith(f"/fhir/{kind}/") and "$" in path}
        assert {operation["name"] for operation in resource.get("operation", ())} == offered == set(OPERATIONS[kind])
        assert resource["conditionalRead"] == "not-match"
        for parameter in resource["searchParam"]:
            assert client.get(f"/fhir/{kind}?{parameter['name']}=x").status_code == 200


def test_the_terminology_capabilities_list_every_code_system_and_version(client: httpx.Client) -> None:
    answer = client.get("/fhir/metadata?mode=terminology")
    get_fhir_model_class("TerminologyCapabilities").model_validate_json(answer.content)
    listed = {one["uri"]: one.get("version", [{}])[0].get("code") for one in answer.json()["codeSystem"]}
    published = client.get("/fhir/CodeSystem?_summary=true").json()["entry"]
    assert listed == {entry["resource"]["url"]: entry["resource"].get("version") for entry in published}
    documented = client.get("/openapi.json").json()["paths"]["/fhir/ValueSet/$expand"]["get"]["parameters"]
    taken = {one["name"] for one in documented} - {"_format", "_pretty"}
    assert {parameter["name"] for parameter in answer.json()["expansion"]["parameter"]} == taken
