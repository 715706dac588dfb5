"""Clinical knowledge is read, searched and revalidated like everything else under /fhir."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from cds_hooks.judgement.proof import proven_with
from service.fhir.etags import etag_of
from service.site.settings import Settings
from service.site.site import InForce, open_site
from terminology.local.code_map import CodeMap, Entry
from tests.conftest import running
from tests.engine import site
from tests.service.fhir.test_shelf import application

PLAN = "/fhir/PlanDefinition/testosterone-men.es2018"
ANALYTE = "https://hormone-cds.example/CodeSystem/analyte"
DRUG = "https://hormone-cds.example/CodeSystem/drug"
LOCAL = CodeMap(3, "Dr. Ada", None, (Entry("laboratory", "TESTO", "2986-8", "equal", system="urn:oid:1.2.3"),))


def found(client: httpx.Client, query: str) -> set[str]:
    """The ids of what a search finds."""
    answer = client.get(f"/fhir/{query}&_summary=true&_count=500")
    assert answer.status_code == 200
    return {entry["resource"]["id"] for entry in answer.json().get("entry", ())}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("PlanDefinition?_id=spironolactone.standard", {"spironolactone.standard"}),
        (
            "PlanDefinition?url=https://hormone-cds.example/PlanDefinition/adrenal.endocrine-society",
            {"adrenal.endocrine-society"},
        ),
        ("PlanDefinition?url=https://hormone-cds.example/PlanDefinition/adrenal.endocrine-society|9", set()),
        ("PlanDefinition?name=HormoneCdsMasculinizing", {"masculinizing.gaht-masc"}),
        ("PlanDefinition?title=feminizing hormones", {"feminizing.gaht-fem"}),
        (
            "PlanDefinition?title:contains=UROLOGICAL&topic=psa_total&type=eca-rule",
            {"testosterone-safety.aua2018", "men-baseline.aua2018"},
        ),
        ("PlanDefinition?topic=dhea_s&type=eca-rule&context=cortisol", {"adrenal.endocrine-society"}),
        (f"PlanDefinition?context={DRUG}|spironolactone", {"spironolactone.standard"}),
        (f"PlanDefinition?context={ANALYTE}|spironolactone", set()),
        ("PlanDefinition?status=draft", set()),
        ("PlanDefinition?topic=no-such-topic", set()),
        (f"ActivityDefinition?topic={ANALYTE}|psa_total", {"order-2857-1"}),
        ("PlanDefinition?context=tesamorelin", {"growth-hormone.aace"}),
        ("ActivityDefinition?title=Lipid", {"order-24331-1"}),
        ("Library?topic=tesamorelin", {"growth-hormone"}),
        ("Library?version=2026.11.1&name=HormoneCdsSharedSafety", {"shared-safety"}),
        ("ValueSet?_id=protocol-spironolactone", {"protocol-spironolactone"}),
    ],
)
def test_a_search_finds_knowledge(client: httpx.Client, query: str, expected: set[str]) -> None:
    assert found(client, query) == expected


def test_types_divide_what_is_published(client: httpx.Client) -> None:
    for kind, types in (
        ("PlanDefinition", ("clinical-protocol", "eca-rule")),
        ("Library", ("logic-library", "asset-collection")),
    ):
        one, other = (found(client, f"{kind}?type={each}") for each in types)
        assert one
        assert other
        assert not one & other
        assert one | other == found(client, f"{kind}?status=active")


@pytest.mark.parametrize("path", ["PlanDefinition?date=2026", "Library?context=x", "ActivityDefinition?type=x"])
def test_a_parameter_that_a_type_lacks_is_refused(client: httpx.Client, path: str) -> None:
    answer = client.get(f"/fhir/{path}")
    assert answer.status_code == 400
    assert "Known here" in answer.text


@pytest.mark.parametrize(
    "path", [PLAN, "/fhir/Library/policy", "/fhir/ActivityDefinition/order-2986-8", "/fhir/CodeSystem/loinc"]
)
def test_who_has_it_already_is_told_so(client: httpx.Client, path: str) -> None:
    first = client.get(path)
    etag = first.headers["ETag"]
    assert etag.startswith('W/"')
    assert client.get("/health").json()["knowledge"] in etag
    for sent in (etag, etag.removeprefix("W/"), f'"other", {etag}', "*"):
        again = client.get(path, headers={"If-None-Match": sent})
        assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", etag)
    for sent in ('W/"other"', "", etag.strip('W/"')):
        again = client.get(path, headers={"If-None-Match": sent})
        assert (again.status_code, again.content) == (200, first.content)


def test_what_is_not_there_or_cannot_be_meant_is_refused_also_to_who_has_it(client: httpx.Client) -> None:
    held = {"If-None-Match": "*"}
    assert client.get("/fhir/PlanDefinition/nothing", headers=held).status_code == 404
    assert client.get(f"{PLAN}?_format=xml", headers=held).status_code == 406
    assert client.get(f"{PLAN}?vresion=1", headers=held).status_code == 400


def test_a_head_has_the_etag_and_no_body(client: httpx.Client) -> None:
    answer = client.head(PLAN)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["ETag"] == client.get(PLAN).headers["ETag"]


def test_a_browser_may_read_the_etag() -> None:
    from service.app import create_app

    origin = "https://ehr.example"
    with (
        running(create_app(Settings(cors_origins=origin))) as address,
        httpx.Client(base_url=address, trust_env=False) as client,
    ):
        answer = client.get("/fhir/ActivityDefinition/order-2986-8", headers={"Origin": origin})
    assert "ETag" in answer.headers["Access-Control-Expose-Headers"]


def test_the_etag_changes_with_the_code_map_and_with_the_orderables() -> None:
    in_force = InForce(open_site(Settings()))
    bare = in_force.site
    order, *others = bare.knowledge.orders
    ordered = replace(bare.knowledge, orders=(replace(order, local=(("urn:x", "T", ""),)), *others))
    tags: set[str] = set()
    with (
        running(application(in_force)) as address,
        httpx.Client(base_url=address, timeout=30, trust_env=False) as client,
    ):
        for site in (bare, bare.with_map(LOCAL), replace(bare, knowledge=ordered)):
            in_force.site = site
            answer = client.get("/fhir/ActivityDefinition/order-2986-8")
            tags.add(answer.headers["ETag"])
        assert len(tags) == 3
        assert answer.json()["code"]["coding"][1] == {"system": "urn:x", "code": "T"}


def test_a_sites_profile_is_served(tmp_path: Path) -> None:
    from tests.presentation.artifacts.test_site import OURS

    file = tmp_path / "ours.toml"
    file.write_bytes(OURS)
    in_force = InForce(open_site(Settings(overlays=[file])))
    with (
        running(application(in_force)) as address,
        httpx.Client(base_url=address, timeout=30, trust_env=False) as client,
    ):
        plan: dict[str, Any] = client.get("/fhir/PlanDefinition/testosterone-men.clinic").json()
        library = client.get("/fhir/Library/site-ours")
    assert plan["goal"][0]["target"][0]["detailRange"]["low"]["value"] == 500
    assert library.status_code == 200
    assert str(tmp_path) not in library.text


def test_a_file_of_the_site_that_is_renamed_makes_another_etag() -> None:
    knowledge = site().knowledge
    laboratory = b'[variation.tsh]\nanalytical_cv = "3 %"\n'
    first, renamed, moved = (
        etag_of(proven_with(knowledge, {path: laboratory}), "1")
        for path in ("/a/qc.toml", "/a/ours.toml", "/b/qc.toml")
    )
    assert first == moved
    assert len({first, renamed, etag_of(knowledge, "1")}) == 3


def test_who_has_it_already_is_told_so_also_where_it_was_to_be_laid_out(client: httpx.Client) -> None:
    answer = client.get(f"{PLAN}?_pretty=true", headers={"If-None-Match": "*"})
    assert (answer.status_code, answer.content) == (304, b"")
