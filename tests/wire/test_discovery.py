"""What discovery asks the EHR to prefetch stays within what clients of 2.0 and common servers can answer."""

from __future__ import annotations

import re
from collections import Counter
from urllib.parse import parse_qsl

import pytest

from cds_hooks.wire.discovery import discover
from cds_hooks.wire.prefetch.templates import REQUIRED, prefetch_templates
from service.site.site import packaged_files
from terminology.context_factors import CODES
from terminology.organs import ORGANS
from terminology.vocabulary import Vocabulary

VOCABULARY = Vocabulary.build(packaged_files("terminology.tables"))
TEMPLATES = prefetch_templates(VOCABULARY)
SEARCHES = {key: dict(parse_qsl(query.partition("?")[2])) for key, query in TEMPLATES.items() if "?" in query}


def test_the_keys_are_those_a_site_maps() -> None:
    assert list(TEMPLATES) == [
        "patient",
        "labs",
        "medications",
        "administrations",
        "statements",
        "dispenses",
        "procedures",
        "conditions",
        "context",
    ]
    assert set(REQUIRED) <= TEMPLATES.keys()


@pytest.mark.parametrize("query", TEMPLATES.values(), ids=TEMPLATES)
def test_only_the_patient_token_is_used(query: str) -> None:
    assert set(re.findall(r"\{\{(.*?)\}\}", query)) == {"context.patientId"}


@pytest.mark.parametrize("query", [query for query in TEMPLATES.values() if "?" in query])
def test_a_search_uses_each_parameter_once_and_only_those_every_server_has(query: str) -> None:
    names = Counter(name for name, _ in parse_qsl(query.partition("?")[2]))
    assert set(names) <= {"patient", "code", "_count"}
    assert set(names.values()) == {1}


@pytest.mark.parametrize("key", ["labs", "context"])
def test_codes_are_bare_loinc_codes_without_repeats(key: str) -> None:
    codes = SEARCHES[key]["code"].split(",")
    assert all(re.fullmatch(r"\d{1,6}-\d", code) for code in set(codes) - set(ORGANS) - set(CODES))
    assert len(set(codes)) == len(codes)


def test_the_context_asks_for_the_organ_inventory_and_context_factors() -> None:
    assert {*ORGANS, *CODES, "93832-4", "82291-6", "76542-0", "49541-6"} <= set(SEARCHES["context"]["code"].split(","))


def test_labs_ask_for_every_judged_marker_and_fit_a_url() -> None:
    codes = set(SEARCHES["labs"]["code"].split(","))
    assert {"2986-8", "2243-4", "4544-3", "62241-5", "718-7", "2857-1", "3016-3", "3024-7"} <= codes
    assert len(TEMPLATES["labs"]) < 4_000


def test_a_page_is_no_larger_than_any_server_allows() -> None:
    assert {search["_count"] for search in SEARCHES.values()} == {"200"}


def test_every_service_is_described_and_found_by_its_id() -> None:
    discovery = discover(VOCABULARY)
    for service in discovery.services:
        assert service.title
        assert service.description
        assert service.version == "3.0.0"
        assert discovery.find(service.id) is service
    assert discovery.find("hormone-monitoring") is None
