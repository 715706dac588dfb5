"""One id on two servers is two people (FHIR R4, Bundle: references are resolved against the fullUrl of their entry)."""

from __future__ import annotations

from typing import Any

import pytest

from cds_hooks.facts import Facts, UnreadReason
from cds_hooks.refusal import Refusal
from tests.record.charts import Json, bundle, observation, patient, read_json

A, B = "https://a.example/fhir", "https://b.example/fhir"
BARE, ABOUT_A, ABOUT_B = "Patient/1", f"{A}/Patient/1", f"{B}/Patient/1"


def entry(resource: Json, server: str | None = None) -> Json:
    url = {} if server is None else {"fullUrl": f"{server}/{resource['resourceType']}/{resource['id']}"}
    return {**url, "resource": resource}


def result(reference: str, server: str | None = None, identity: str = "o1", **changes: Any) -> Json:
    return entry(observation(id=identity, subject={"reference": reference}, **changes), server)


def read(*entries: Json, **settings: Any) -> Facts:
    return read_json({"resourceType": "Bundle", "type": "collection", "entry": list(entries)}, **settings)


def left(facts: Facts) -> list[str]:
    assert {one.reason for one in facts.unread} <= {UnreadReason.OTHER_PATIENT}
    return [one.reference for one in facts.unread]


@pytest.mark.parametrize(
    ("whose", "results"),
    [
        (entry(patient()), [result(BARE)]),
        (entry(patient()), [result(ABOUT_A)]),
        (entry(patient()), [result(ABOUT_A, A), result(BARE, A, "o2"), result(BARE, None, "o3")]),
        (entry(patient(), A), [result(BARE), result(ABOUT_A, None, "o2"), result(BARE, A, "o3")]),
        (entry(patient(), A), [result(ABOUT_A, B), result("https://A.example:443/fhir/Patient/1", None, "o2")]),
        (entry(patient(), A), [result("http://a.example/fhir/Patient/1/_history/2")]),
        ({"fullUrl": "urn:uuid:p", "resource": patient()}, [result("urn:uuid:p"), result(BARE, None, "o2")]),
        ({"fullUrl": "urn:uuid:p", "resource": patient()}, [result(ABOUT_A), result(BARE, A, "o2")]),
        ({"fullUrl": ABOUT_A, "resource": patient(id=None)}, [result(ABOUT_A), result(BARE, A, "o2")]),
        ({"fullUrl": "Patient/1", "resource": patient()}, [result(BARE), result(BARE, A, "o2")]),
    ],
)
def test_a_chart_of_one_server_is_one_persons_however_it_says_so(whose: Json, results: list[Json]) -> None:
    facts = read(whose, *results)
    assert left(facts) == []
    assert facts.patient.reference in (BARE, ABOUT_A)


@pytest.mark.parametrize("theirs", [result(ABOUT_B), result(BARE, B), result(ABOUT_B, A), result(ABOUT_B, B)])
def test_the_same_id_on_another_server_is_another_patient(theirs: Json) -> None:
    facts = read(entry(patient(), A), result(BARE, A, "mine"), theirs)
    assert left(facts) == ["Observation/o1"]
    assert [one.reference for one in facts.readings] == ["Observation/mine"]


def test_what_does_not_say_which_server_is_nobodys_where_two_are_shown() -> None:
    facts = read(entry(patient(), A), result(BARE, B, "theirs"), result(BARE, None, "unsaid"))
    assert left(facts) == ["Observation/theirs", "Observation/unsaid"]


def test_a_patient_of_no_server_is_on_neither_of_two() -> None:
    facts = read(entry(patient()), result(BARE, A, "a"), result(ABOUT_B, None, "b"), result(BARE, None, "mine"))
    assert left(facts) == ["Observation/a", "Observation/b"]
    assert [one.reference for one in facts.readings] == ["Observation/mine"]


def test_the_server_of_a_call_settles_which_of_two_is_meant() -> None:
    chart = (entry(patient()), result(BARE, A, "a"), result(ABOUT_B, None, "b"), result(BARE, None, "mine"))
    facts = read(*chart, patient_id="1", server=A)
    assert left(facts) == ["Observation/b"]
    assert {one.reference for one in facts.readings} == {"Observation/a", "Observation/mine"}


def test_the_server_of_a_call_need_not_be_the_one_that_its_chart_names() -> None:
    facts = read(entry(patient()), result(BARE, A), patient_id="1", server="https://inside.example/fhir")
    assert left(facts) == []


def test_drafts_of_a_call_are_about_its_patient_though_another_server_is_shown() -> None:
    facts = read(entry(patient(), A), result(BARE, B, "b"), result(BARE, None, "mine"), patient_id="1")
    assert left(facts) == ["Observation/b"]


@pytest.mark.parametrize("settings", [{}, {"patient_id": "1"}, {"patient_id": "1", "server": "https://c.example"}])
def test_two_patients_of_one_id_are_refused(settings: Json) -> None:
    with pytest.raises(Refusal, match="more than one Patient"):
        read(entry(patient(), A), entry(patient(), B), result(BARE, A), **settings)


def test_of_two_patients_of_one_id_the_calls_server_says_which() -> None:
    women = entry(patient(gender="female"), B)
    facts = read(entry(patient(), A), women, result(BARE, A, "a"), result(BARE, B, "b"), patient_id="1", server=B)
    assert facts.patient.sex == "female"
    assert left(facts) == ["Observation/a"]


def test_without_a_patient_subjects_of_one_id_on_two_servers_are_refused() -> None:
    with pytest.raises(Refusal, match="name several"):
        read(result(ABOUT_A), result(ABOUT_B, None, "o2"))
    assert left(read(result(ABOUT_A), result(BARE, A, "o2"), result(BARE, None, "o3"))) == []


def test_results_of_one_id_on_two_servers_are_two_results() -> None:
    older = result(ABOUT_A, A, value=47, meta={"versionId": "1"})
    facts = read(entry(patient(), A), older, result(ABOUT_A, B, value=52, meta={"versionId": "2"}))
    assert left(facts) == []
    assert [(one.reference, one.reported) for one in facts.readings] == [
        (f"{A}/Observation/o1", 47),
        (f"{B}/Observation/o1", 52),
    ]


def test_a_resource_sent_with_and_without_its_address_counts_once() -> None:
    facts = read(entry(patient(), A), entry(patient()), result(BARE, A), result(BARE))
    assert left(facts) == []
    assert len(facts.readings) == 1


def test_a_bundle_without_addresses_is_read_as_before() -> None:
    assert len(read_json(bundle(patient(), observation())).readings) == 1
