"""From bytes to resources: what is refused, what is set aside, and that the careful way equals the fast one."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cds_hooks.facts import UnreadReason
from cds_hooks.record.fhir.pages import incomplete_kinds, is_incomplete
from cds_hooks.record.fhir.resources import Resource, decode_bundle, resources_in, salvage
from cds_hooks.refusal import Refusal
from tests.record.charts import bundle, facts_of, observation, patient, read_json, request, resource

MALFORMED = observation(id="bad", status=7)


def refusal(body: bytes) -> Refusal:
    with pytest.raises(Refusal) as caught:
        decode_bundle(body)
    return caught.value


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "not JSON"),
        (b"not json", "not JSON"),
        (b'{"resourceType": "Bundle", "entry": [', "not JSON"),
        (b'{"resourceType": "Bundle", "x": NaN}', "not JSON"),
        (b'{"resourceType": "Bundle", "x": Infinity}', "not JSON"),
        (b'\xef\xbb\xbf{"resourceType": "Bundle"}', "not JSON"),
        (b'{"resourceType": "Bundle", "id": "\xff"}', "UTF-8"),
        (b'{"resourceType": "Bundle", "nobodyReadsThis": "\xff"}', "UTF-8"),
        (b'{"resourceType": "Bundle", "x": ' + b"[" * 100_000, "too deeply"),
        (b"[]", "not a FHIR Bundle"),
        (b"null", "not a FHIR Bundle"),
        (b'"secret"', "not a FHIR Bundle"),
        (b"{}", "not a FHIR Bundle"),
        (b'{"resourceType": 5}', "not a FHIR Bundle"),
        (b'{"resourceType": "Bundle", "entry": {"secret": 1}}', "not a FHIR Bundle"),
        (b'{"resourceType": "Patient", "id": "secret"}', "single resource"),
    ],
)
def test_what_is_no_bundle_is_refused_without_repeating_it(body: bytes, says: str) -> None:
    refused = refusal(body)
    assert refused.status == 400
    assert refused.problems[0].code == "structure"
    assert says in refused.diagnostics
    assert refused.expression == "Bundle"
    assert "secret" not in refused.diagnostics


def test_one_malformed_resource_is_named_and_the_others_are_read() -> None:
    facts = read_json(bundle(patient(), MALFORMED, observation()))
    assert [reading.reference for reading in facts.readings] == ["Observation/o1"]
    (unread,) = facts.unread
    assert (unread.reference, unread.reason) == ("Observation/bad", UnreadReason.MALFORMED)
    assert "status" in unread.detail


@pytest.mark.parametrize(
    ("kind", "incomplete"),
    [
        ("Condition", {"conditions"}),
        ("Procedure", {"procedures"}),
        ("Observation", set()),
        ("MedicationRequest", set()),
        ("Encounter", set()),
    ],
)
def test_what_a_malformed_diagnosis_says_may_be_what_is_asked_for(kind: str, incomplete: set[str]) -> None:
    """That one result is lost says little of all others: its card tells. No diagnosis is then known to be missing."""
    assert facts_of({"resourceType": kind, "id": "bad", "status": [7], "code": 7}).incomplete == incomplete


def test_places_stay_right_after_a_malformed_entry() -> None:
    chart = bundle(patient(), MALFORMED, {**observation(), "id": None})
    _, located, _ = decode_bundle(json.dumps(chart).encode())
    assert [item.place for item in located] == ["Bundle.entry[0].resource", "Bundle.entry[2].resource"]
    assert located[1].reference == "Bundle.entry[2]"


@pytest.mark.parametrize("entry", [5, "text", [], {"resource": 5}, {"resource": {}}, {"resource": {"resourceType": 3}}])
def test_an_entry_without_a_resource_type_is_named_by_its_place(entry: Any) -> None:
    _, located, unread = decode_bundle(json.dumps({"resourceType": "Bundle", "entry": [entry]}).encode())
    assert located == []
    assert [(one.reference, one.reason) for one in unread] == [("Bundle.entry[0]", UnreadReason.MALFORMED)]


@pytest.mark.parametrize("entry", [{}, {"resource": None}, {"request": {"method": "DELETE", "url": "Patient/1"}}])
def test_an_entry_without_resource_is_nothing_to_report(entry: Any) -> None:
    _, located, unread = decode_bundle(json.dumps({"resourceType": "Bundle", "entry": [entry]}).encode())
    assert (located, unread) == ([], [])


def test_a_malformed_resource_of_a_type_nobody_reads_is_nothing_to_report() -> None:
    questionnaire = {"resourceType": "Questionnaire", "code": [{"code": "1"}]}
    facts = read_json(bundle(patient(), questionnaire, observation()))
    assert len(facts.readings) == 1
    assert facts.unread == ()


@pytest.mark.parametrize(
    "other",
    [
        {"resourceType": "Claim", "total": {"value": 12.5}, "item": [{}]},
        {"resourceType": "ExplanationOfBenefit", "total": [{}], "identifier": [{}]},
        {"resourceType": "QuestionnaireResponse", "identifier": {"value": "1"}},
        {"resourceType": "Organization", "type": [{}]},
        {"resourceType": "Invented", "anything": [1, {"a": None}]},
    ],
)
def test_other_resource_types_keep_a_bundle_on_the_fast_path(other: dict[str, Any]) -> None:
    decoded = msgspec.json.decode(json.dumps(bundle(patient(), other)).encode(), type=Resource)
    assert len(list(resources_in(decoded, "Bundle"))) == 2


def test_bundles_inside_bundles_are_flattened_with_their_place() -> None:
    chart = bundle(patient(), bundle(observation(), type="searchset"))
    _, located, _ = decode_bundle(json.dumps(chart).encode())
    assert located[1].place == "Bundle.entry[1].resource.entry[0].resource"


def test_the_outcome_of_a_search_is_not_a_resource_of_the_patient() -> None:
    outcome = {"resourceType": "OperationOutcome", "issue": [{"severity": "warning", "code": "informational"}]}
    chart = {
        "resourceType": "Bundle",
        "entry": [{"resource": outcome}, {"resource": observation(), "search": {"mode": "outcome"}}],
    }
    _, located, _ = decode_bundle(json.dumps(chart).encode())
    assert located == []


@pytest.mark.parametrize(
    ("changes", "incomplete"),
    [
        ({}, False),
        ({"total": 1}, False),
        ({"total": 2}, True),
        ({"total": "many"}, False),
        ({"link": [{"relation": "self"}]}, False),
        ({"link": [{"relation": "self"}, {"relation": "next"}]}, True),
    ],
)
def test_a_page_says_when_there_is_more(changes: dict[str, Any], incomplete: bool) -> None:
    included = {"resource": patient(), "search": {"mode": "include"}}
    chart = {"resourceType": "Bundle", "entry": [{"resource": observation()}, included], **changes}
    decoded, _ = salvage(json.dumps(chart).encode(), "prefetch.labs")
    assert decoded is not None
    assert is_incomplete(decoded) is incomplete


def outcome(*severities: str | None) -> dict[str, Any]:
    issues = [{"severity": severity, "code": "processing"} for severity in severities]
    return {"resourceType": "OperationOutcome", "issue": issues}


@pytest.mark.parametrize("search", [{"search": {"mode": "outcome"}}, {}])
@pytest.mark.parametrize(
    ("severities", "incomplete"),
    [
        (["error"], True),
        (["fatal"], True),
        (["warning", "error"], True),
        ([None], True),
        (["warning"], False),
        (["information"], False),
        ([], False),
    ],
)
def test_a_search_that_failed_in_part_says_that_there_is_more(
    search: dict[str, Any], severities: list[str | None], incomplete: bool
) -> None:
    page = bundle(observation())
    page["entry"].append({"resource": outcome(*severities), **search})
    decoded, _ = salvage(json.dumps(page).encode(), "prefetch.labs")
    assert decoded is not None
    assert is_incomplete(decoded) is incomplete


def test_an_outcome_is_not_counted_among_the_matches() -> None:
    page = bundle(observation(), outcome("warning"), total=2)
    assert is_incomplete(msgspec.json.decode(json.dumps(page), type=Resource))


LACKING = {"type": "searchset", "link": [{"relation": "next"}]}


@pytest.mark.parametrize(
    ("chart", "kinds"),
    [
        (bundle(patient(), observation()), set()),
        (bundle(patient(), observation(), **LACKING), {"labs", "context"}),
        (bundle(request(), {"resourceType": "Medication"}, **LACKING), {"medications"}),
        (bundle(patient(), bundle(resource("Condition"), outcome("error")), bundle(observation())), {"conditions"}),
        (
            bundle(bundle(resource("Procedure"), total=2), bundle(resource("MedicationStatement"), total=2)),
            {"procedures", "statements"},
        ),
    ],
)
def test_a_page_of_one_type_tells_which_kind_of_data_is_incomplete(chart: dict[str, Any], kinds: set[str]) -> None:
    decoded, _, _ = decode_bundle(json.dumps(chart).encode())
    assert incomplete_kinds(decoded) == kinds


@pytest.mark.parametrize("resources", [[observation(), request()], [outcome("error")], [resource("Encounter")]])
def test_a_page_of_several_types_or_of_none_leaves_every_kind_in_doubt(resources: list[dict[str, Any]]) -> None:
    decoded, _, _ = decode_bundle(json.dumps(bundle(*resources, **LACKING)).encode())
    assert {"labs", "medications", "conditions", "procedures"} < incomplete_kinds(decoded)


def test_a_single_prefetched_resource_is_located_by_its_key() -> None:
    value, unread = salvage(json.dumps(patient()).encode(), "prefetch.patient")
    assert value is not None
    assert [item.place for item in resources_in(value, "prefetch.patient")] == ["prefetch.patient"]
    assert unread == []


def test_a_malformed_prefetched_page_keeps_its_links_and_its_other_entries() -> None:
    page = bundle(observation(), MALFORMED, link=[{"relation": "next"}], total=9)
    value, unread = salvage(json.dumps(page).encode(), "prefetch.labs")
    assert value is not None
    assert is_incomplete(value)
    assert [item.place for item in resources_in(value, "prefetch.labs")] == ["prefetch.labs.entry[0].resource"]
    assert [one.reference for one in unread] == ["Observation/bad"]


GOOD = st.sampled_from(
    [patient(), observation(), request(), resource("Condition"), {"resourceType": "Claim", "total": {}}]
)
BAD = st.sampled_from(
    [MALFORMED, request(dosageInstruction=3), {"id": "9"}, 7, [], {"resourceType": "Patient", "gender": []}]
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(GOOD, BAD), max_size=8))
def test_the_careful_way_gives_what_the_fast_way_gives_for_the_good_resources(resources: list[Any]) -> None:
    good = [one for one in resources if isinstance(one, dict) and one not in (MALFORMED,) and is_good(one)]
    _, careful, _ = decode_bundle(json.dumps(bundle(*resources)).encode())
    _, fast, unread = decode_bundle(json.dumps(bundle(*good)).encode())
    assert unread == []
    assert [item.resource for item in careful] == [item.resource for item in fast]


def is_good(one: dict[str, Any]) -> bool:
    return salvage(json.dumps(one).encode(), "x")[0] is not None


@pytest.mark.parametrize("entry", ["5", "null", '{"resource": {"resourceType": "Observation", "status": 5}}'])
def test_a_body_made_of_mistakes_is_refused_instead_of_read_piece_by_piece(entry: str) -> None:
    entries = ",".join([entry] * 200_000)
    with pytest.raises(Refusal, match="Too much is malformed"):
        decode_bundle(f'{{"resourceType": "Bundle", "type": "collection", "entry": [{entries}]}}'.encode())


def test_a_thousand_mistakes_are_each_reported() -> None:
    entries = ",".join(['{"resource": {"resourceType": "Observation", "status": 5}}'] * 1_000)
    body = f'{{"resourceType": "Bundle", "type": "collection", "entry": [{entries}]}}'
    assert len(decode_bundle(body.encode())[2]) == 1_000
