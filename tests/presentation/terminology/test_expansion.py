"""$expand lists every code once, also page by page."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from fhir.resources.R4B.valueset import ValueSet

from cds_hooks.presentation.terminology.catalogue import Catalogue
from cds_hooks.presentation.terminology.operations.expansion import Wish, expand

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


def expanded(catalogue: Catalogue, identity: str, **wish: Any) -> dict[str, Any]:
    body = expand(catalogue, catalogue.value_sets[identity], Wish(**wish), NOW)
    found: dict[str, Any] = ValueSet.model_validate_json(body).model_dump()
    return found


def codes(found: dict[str, Any]) -> list[tuple[str, str]]:
    return [(one["system"], one["code"]) for one in found["expansion"].get("contains") or ()]


def test_every_value_set_expands_to_its_codes(catalogue: Catalogue) -> None:
    for identity, value_set in catalogue.value_sets.items():
        found = expanded(catalogue, identity)
        assert codes(found) == list(value_set.codes())
        assert found["expansion"]["total"] == len(codes(found)) > 0


@pytest.mark.parametrize("size", [1, 7, 50])
@pytest.mark.parametrize("identity", ["laboratory-codes", "testosterone-total", "condition-vte", "drug-estradiol"])
def test_pages_hold_everything_exactly_once(catalogue: Catalogue, identity: str, size: int) -> None:
    whole = codes(expanded(catalogue, identity))
    pages = [codes(expanded(catalogue, identity, offset=at, count=size)) for at in range(0, len(whole) + size, size)]
    assert pages[-1] == []
    assert [code for page in pages for code in page] == whole


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("moles", {"14913-8", "70239-9", "83115-6"}),
        ("MOLES immuno", {"83115-6"}),
        ("2986", {"2986-8"}),
        ("saliva", set()),
    ],
)
def test_a_filter_keeps_codes_with_every_word(catalogue: Catalogue, words: str, expected: set[str]) -> None:
    found = expanded(catalogue, "testosterone-total", filter=words)
    assert {code for _, code in codes(found)} == expected
    assert found["expansion"]["total"] == len(expected)
    (said,) = [one["valueString"] for one in found["expansion"]["parameter"] if one["name"] == "filter"]
    assert said == words


def test_a_filter_of_any_blanks_is_written_as_fhir_allows(catalogue: Catalogue) -> None:
    found = expanded(catalogue, "testosterone-total", filter="\x0bmoles\xa0immuno\u2003")
    assert {"name": "filter", "valueString": "moles immuno"} in found["expansion"]["parameter"]


@pytest.mark.parametrize("blank", [None, "", "  "])
def test_an_empty_filter_leaves_nothing_out(catalogue: Catalogue, blank: str | None) -> None:
    found, whole = expanded(catalogue, "hematocrit", filter=blank), expanded(catalogue, "hematocrit")
    assert found == whole


def test_pages_share_an_identifier_and_other_selections_have_another(catalogue: Catalogue) -> None:
    wishes: list[dict[str, Any]] = [{}, {"filter": "volume"}, {"filter": "mass"}, {"active_only": True}]
    whole, *others = [expanded(catalogue, "hematocrit", **wish)["expansion"]["identifier"] for wish in wishes]
    assert len({whole, *others}) == len(wishes)
    pages = [expanded(catalogue, "hematocrit", count=1, offset=at)["expansion"]["identifier"] for at in (0, 1)]
    assert pages == [whole, whole]


def test_none_wanted_is_counted_only(catalogue: Catalogue) -> None:
    found = expanded(catalogue, "laboratory-codes", count=0)
    assert codes(found) == []
    assert found["expansion"]["total"] > 200


def test_retired_codes_are_marked_and_can_be_left_out(catalogue: Catalogue) -> None:
    everything, active = (
        expanded(catalogue, "laboratory-codes"),
        expanded(catalogue, "laboratory-codes", active_only=True),
    )
    retired = {one["code"] for one in everything["expansion"]["contains"] if one.get("inactive")}
    assert "2993-4" in retired
    assert set(codes(everything)) - set(codes(active)) == {("http://loinc.org", code) for code in retired}


@pytest.mark.parametrize(("identity", "is_open"), [("condition-vte", True), ("hematocrit", False)])
def test_a_value_set_with_categories_says_that_it_has_more_codes(
    catalogue: Catalogue, identity: str, is_open: bool
) -> None:
    marks = expanded(catalogue, identity)["expansion"].get("extension") or []
    assert [mark["url"].rpartition("/")[2] for mark in marks] == (["valueset-unclosed"] if is_open else [])


def test_names_that_were_never_verified_are_not_shown(catalogue: Catalogue) -> None:
    shown = {one["code"]: one.get("display") for one in expanded(catalogue, "tsi")["expansion"]["contains"]}
    assert shown["30567-2"] is None


def test_the_definition_comes_when_it_is_wanted(catalogue: Catalogue) -> None:
    assert "compose" not in expanded(catalogue, "hematocrit")
    assert expanded(catalogue, "hematocrit", definition=True)["compose"]["include"]
