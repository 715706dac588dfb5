"""`$hormone-monitoring` over HTTP: what may be posted, how it is answered, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import httpx
import pytest
from fhir.resources.R4B.operationdefinition import OperationDefinition
from sqlmodel import Session, select

from service.app import create_app
from service.examples.chart import chart_json
from service.site.settings import Settings
from service.storage.database import open_database
from service.storage.tables import Evaluation
from tests.charts import chart
from tests.conftest import running
from tests.service.memory.asking import eventually

SYSTEM = "/fhir/$hormone-monitoring"
MINE = "/fhir/Patient/demo-hematocrit/$hormone-monitoring"
FHIR = "application/fhir+json"
SECRET = "zq-secret-zq"
BUNDLE: dict[str, Any] = json.loads(chart_json("hematocrit"))
ON = {"today": "2026-09-04"}
Json = dict[str, Any]


def parameters(*more: Json, bundle: Json = BUNDLE) -> Json:
    """A Parameters resource with the bundle and more."""
    return {"resourceType": "Parameters", "parameter": [{"name": "bundle", "resource": bundle}, *more]}


def without_moment(answer: httpx.Response) -> Json:
    """The answer without the moment it was made at."""
    assert answer.status_code == 200, answer.text
    read: Json = answer.json()
    for entry in read["entry"]:
        entry["resource"].pop("recorded", None)
    return read


def issues(answer: Json) -> set[str]:
    """The checks that are raised."""
    found = [entry["resource"] for entry in answer["entry"]]
    return {one["code"]["text"] for one in found if one["resourceType"] == "DetectedIssue"}


def test_a_bundle_and_parameters_with_it_get_the_same_answer(client: httpx.Client) -> None:
    bare = without_moment(client.post(SYSTEM, json=BUNDLE, params=ON | {"profile": "es2018"}))
    day, profile = {"name": "today", "valueDate": "2026-09-04"}, {"name": "profile", "valueCode": "es2018"}
    packed = without_moment(client.post(SYSTEM, json=parameters(day, profile)))
    assert bare == packed
    assert issues(bare) > {"MT-HCT-01"}
    assert "profile es2018" in json.dumps(bare)


def test_the_same_call_gets_the_same_answer_but_for_the_moment_it_was_made(client: httpx.Client) -> None:
    one, other = (without_moment(client.post(SYSTEM, json=BUNDLE, params=ON)) for _ in range(2))
    assert one == other


def test_findings_are_those_of_evaluate(client: httpx.Client) -> None:
    report = client.post("/evaluate", json=BUNDLE, params=ON).json()
    raised = {finding["check"] for finding in report["findings"] if finding["state"] == "raised"}
    assert issues(client.post(SYSTEM, json=BUNDLE, params=ON).json()) == raised


def test_at_a_patient_the_bundle_is_that_patients(client: httpx.Client) -> None:
    answer = client.post(MINE, json=BUNDLE, params=ON)
    assert issues(answer.json()) == {"MT-HCT-01"}
    refused = client.post("/fhir/Patient/another/$hormone-monitoring", json=BUNDLE, params=ON)
    assert refused.status_code == 400
    (issue,) = refused.json()["issue"]
    assert "not about the patient of this address" in issue["diagnostics"]
    assert issue["expression"] == ["Bundle.entry.resource.ofType(Patient)"]
    assert "demo" not in refused.text


def test_a_bundle_of_nobody_is_not_that_patients(client: httpx.Client) -> None:
    answer = client.post(MINE, json={"resourceType": "Bundle", "type": "collection"})
    assert answer.status_code == 400


def test_r5_medications_are_read(client: httpx.Client) -> None:
    """R5 names the drug of a MedicationRequest in `medication`, a CodeableReference."""
    r4 = without_moment(client.post(SYSTEM, json=BUNDLE, params=ON))
    moved = json.loads(json.dumps(BUNDLE))
    for entry in moved["entry"]:
        if "medicationCodeableConcept" in entry["resource"]:
            entry["resource"]["medication"] = {"concept": entry["resource"].pop("medicationCodeableConcept")}
    headers = {"Content-Type": f"{FHIR}; fhirVersion=5.0"}
    r5 = without_moment(client.post(SYSTEM, content=json.dumps(moved), params=ON, headers=headers))
    assert issues(r5) == issues(r4) == {"MT-HCT-01"}
    assert [entry["resource"]["resourceType"] for entry in r5["entry"]] == [
        entry["resource"]["resourceType"] for entry in r4["entry"]
    ]


def test_resources_that_the_bundle_knows_by_urn_are_answered_by_urn(client: httpx.Client) -> None:
    renamed = json.loads(json.dumps(BUNDLE))
    for place, entry in enumerate(renamed["entry"]):
        entry["fullUrl"] = f"urn:uuid:00000000-0000-4000-8000-{place:012}"
    answer = client.post(SYSTEM, json=renamed, params=ON).json()
    (issue,) = [one["resource"] for one in answer["entry"] if one["resource"]["resourceType"] == "DetectedIssue"]
    known = {entry["fullUrl"] for entry in renamed["entry"]}
    assert {issue["patient"]["reference"], *[one["reference"] for one in issue["implicated"]]} <= known


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        ("*/*", FHIR),
        ("application/json", FHIR),
        (f"{FHIR}; fhirVersion=4.0", f"{FHIR}; fhirVersion=4.0"),
        (f"{FHIR}; fhirVersion=4.3", f"{FHIR}; fhirVersion=4.3"),
        (f'{FHIR}; fhirVersion="4.3"', f"{FHIR}; fhirVersion=4.3"),
        (f"{FHIR}; fhirVersion=5.0, {FHIR}; fhirVersion=4.3; q=0.5", f"{FHIR}; fhirVersion=4.3"),
        (f"application/fhir+xml, {FHIR};q=0.9", FHIR),
    ],
)
def test_the_answer_says_the_version_that_was_asked_for(client: httpx.Client, accept: str, media: str) -> None:
    answer = client.post(SYSTEM, json=BUNDLE, params=ON, headers={"Accept": accept})
    assert (answer.status_code, answer.headers["content-type"]) == (200, media)
    assert "etag" not in answer.headers


@pytest.mark.parametrize(
    ("headers", "query", "status", "remedy"),
    [
        ({"Accept": "application/fhir+xml"}, "", 406, "Only JSON"),
        ({"Accept": f"{FHIR}; fhirVersion=5.0"}, "", 406, "4.0 and 4.3"),
        ({}, "_format=xml", 406, "_format=json"),
        ({}, "_format=application/fhir%2Bjson;fhirVersion=3.0", 406, "4.0 and 4.3"),
        ({"Content-Type": "application/fhir+xml"}, "", 415, "Send JSON"),
        ({"Content-Type": f"{FHIR}; fhirVersion=3.0"}, "", 415, "4.0, 4.3, 5.0"),
        ({"Content-Type": "text/plain"}, "", 415, "Send JSON"),
        ({}, f"{SECRET}=1", 400, "Known here: today, profile"),
        ({}, "strikt=true", 400, "Known here: today, profile"),
        ({}, f"profile={SECRET}", 400, "known:"),
        ({}, f"today={SECRET}", 400, "2026-09-04"),
        ({}, "today=2026-09-04&today=2026-09-05", 400, "once"),
        ({}, "_pretty=yes", 400, "true or false"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    client: httpx.Client, headers: dict[str, str], query: str, status: int, remedy: str
) -> None:
    sent = {"Content-Type": FHIR} | headers
    answer = client.post(f"{SYSTEM}?{query}", content=json.dumps(BUNDLE), headers=sent)
    assert (answer.status_code, answer.headers["content-type"]) == (status, FHIR)
    assert remedy in answer.json()["issue"][0]["diagnostics"]
    assert SECRET not in answer.text


@pytest.mark.parametrize(
    ("body", "remedy"),
    [
        ({"resourceType": "Parameters"}, "bundle"),
        ({"resourceType": "Parameters", "parameter": 1}, '"bundle"'),
        ({"resourceType": "Parameters", "parameter": [{"name": 1}]}, '"bundle"'),
        ({"resourceType": "Parameters", "parameter": [{"name": "bundle", "valueString": SECRET}]}, "bundle"),
        (parameters({"name": "bundle", "resource": BUNDLE}), "one parameter bundle"),
        (parameters({"name": SECRET, "valueCode": "x"}), "Known here: bundle, today, profile"),
        (parameters({"name": "today", "valueInteger": 1}), "valueDate"),
        (parameters({"name": "today", "valueDate": 1}), "valueDate"),
        (parameters({"name": "today", "valueDate": SECRET}), "2026-09-04"),
        (parameters({"name": "today", "valueDate": "2026-09-04", "_valueDate": {}}), "valueDate"),
        (parameters(*[{"name": "today", "valueDate": "2026-09-04"}] * 2), "once"),
        (parameters(*[{"name": "profile", "valueCode": "es2018"}] * 9), "8 times"),
        (parameters({"name": "profile", "valueCode": SECRET}), "known:"),
        (parameters(bundle={"resourceType": "Patient"}), "Bundle"),
        ({"resourceType": "Patient", "id": "Parameters"}, "Bundle"),
        ([], "Bundle"),
    ],
)
def test_wrong_parameters_are_refused(client: httpx.Client, body: Any, remedy: str) -> None:
    answer = client.post(SYSTEM, json=body)
    assert answer.status_code == 400
    assert remedy in answer.json()["issue"][0]["diagnostics"]
    assert SECRET not in answer.text


def test_what_stands_in_parameters_does_not_stand_beside_them(client: httpx.Client) -> None:
    answer = client.post(SYSTEM, json=parameters(), params=ON)
    assert answer.status_code == 400
    assert answer.json()["issue"][0]["expression"] == ["today"]


def test_a_bundle_that_only_mentions_parameters_is_a_bundle(client: httpx.Client) -> None:
    bundle = BUNDLE | {"entry": [*BUNDLE["entry"], {"resource": {"resourceType": "Parameters"}}]}
    assert issues(client.post(SYSTEM, json=bundle, params=ON).json()) == {"MT-HCT-01"}


@pytest.mark.parametrize(
    ("prefer", "applied", "kinds"),
    [
        ("return=minimal", "return=minimal", {"GuidanceResponse", "DetectedIssue"}),
        ("handling=strict, return=minimal", "return=minimal", {"GuidanceResponse", "DetectedIssue"}),
        ("return=everything", None, None),
        ("return=representation", "return=representation", None),
    ],
)
def test_what_is_preferred_is_answered_and_said(
    client: httpx.Client, prefer: str, applied: str | None, kinds: set[str] | None
) -> None:
    answer = client.post(SYSTEM, json=BUNDLE, params=ON, headers={"Prefer": prefer})
    assert answer.headers.get("preference-applied") == applied
    found = {entry["resource"]["resourceType"] for entry in answer.json()["entry"]}
    assert found == (kinds or found | {"CarePlan", "ServiceRequest", "Provenance", "Device"})


def test_an_outcome_is_answered_where_it_is_preferred(client: httpx.Client) -> None:
    answer = client.post(SYSTEM, json=BUNDLE, params=ON, headers={"Prefer": "return=OperationOutcome"})
    assert answer.json()["resourceType"] == "OperationOutcome"
    assert answer.json()["issue"][0]["diagnostics"].startswith("critical: Hematocrit 54.5 %")


def test_it_is_laid_out_for_a_person_who_asks(client: httpx.Client) -> None:
    assert client.post(SYSTEM, json=BUNDLE, params=ON | {"_pretty": "true"}).text.startswith('{\n  "resourceType"')


def test_the_definition_is_what_is_accepted(client: httpx.Client) -> None:
    answer = client.get("/fhir/OperationDefinition/hormone-monitoring")
    definition = OperationDefinition.model_validate_json(answer.content)
    assert (definition.system, definition.type, definition.instance, definition.resource) == (
        *(True, False, True),
        ["Patient"],
    )
    taken = {one.name: one for one in definition.parameter if one.use == "in"}
    unknown = client.post(SYSTEM, json=parameters({"name": SECRET, "valueCode": "x"})).json()["issue"][0]["diagnostics"]
    assert unknown.partition("Known here: ")[2] == f"{', '.join(taken)}."
    values = {"today": ("valueDateTime", "2026-09-04"), "profile": ("valueCode", "es2018")}
    for name, (element, value) in values.items():
        assert element == f"value{taken[name].type[0].upper()}{taken[name].type[1:]}"
        for times, status in ((1, 200), (int(taken[name].max) + 1, 400)):
            sent = [{"name": name, element: value}] * times
            assert client.post(SYSTEM, json=parameters(*sent)).status_code == status
        assert taken[name].min == 0
    assert (taken["bundle"].min, taken["bundle"].max, taken["bundle"].type) == (1, "1", "Bundle")
    documented = client.get("/openapi.json").json()["paths"][SYSTEM]["post"]
    in_query = {one["name"] for one in documented["parameters"] if one["in"] == "query"}
    assert in_query == (set(taken) - {"bundle"}) | {"_format", "_pretty"}


def test_the_capability_statement_names_the_operation_and_its_definition(client: httpx.Client) -> None:
    (rest,) = client.get("/fhir/metadata").json()["rest"]
    offered = next(one for one in rest["operation"] if one["name"] == "hormone-monitoring")
    assert offered["name"] == "hormone-monitoring"
    found = client.get("/fhir/OperationDefinition", params={"url": offered["definition"]}).json()
    assert found["total"] == 1
    (patient,) = [one for one in rest["resource"] if one["type"] == "Patient"]
    assert patient["operation"] == [offered]
    guidance = client.post(SYSTEM, json=BUNDLE, params=ON).json()["entry"][0]["resource"]
    assert guidance["moduleCanonical"].startswith(f"{offered['definition']}|")
    assert client.get("/fhir/OperationDefinition", params={"url": guidance["moduleCanonical"]}).json()["total"] == 1


def test_what_is_published_is_fetched_once(client: httpx.Client) -> None:
    address = "/fhir/OperationDefinition/hormone-monitoring"
    tag = client.get(address).headers["etag"]
    again = client.get(address, headers={"If-None-Match": tag})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert client.get(address, headers={"If-None-Match": 'W/"another"'}).status_code == 200
    assert client.get("/fhir/ValueSet/hematocrit").headers["etag"] == tag  # one for all of a knowledge


@pytest.fixture
def remembering(tmp_path: Any) -> Iterator[tuple[httpx.Client, Settings]]:
    """A service with a database of its own."""
    settings = Settings(database_url=f"sqlite:///{tmp_path}/memory.db", hash_key="k" * 32)
    with running(create_app(settings)) as address, httpx.Client(base_url=address, trust_env=False) as client:
        yield client, settings


def test_an_answer_is_remembered_as_that_of_every_door(remembering: tuple[httpx.Client, Settings]) -> None:
    client, settings = remembering
    line = json.dumps(BUNDLE)
    assert client.post(SYSTEM, json=BUNDLE, params=ON).status_code == 200
    lines = client.post(SYSTEM, content=f"{line}\n{line}", headers={"Content-Type": "application/fhir+ndjson"})
    assert len(lines.text.splitlines()) == 2
    client.post("/evaluate", json=BUNDLE, params=ON)
    engine = open_database(settings.database_url)

    def rows() -> list[Evaluation]:
        with Session(engine) as session:
            return list(session.exec(select(Evaluation)))

    eventually(lambda: len(rows()) == 4)
    assert [row.service for row in rows()] == ["$hormone-monitoring"] * 3 + ["evaluate"]
    assert len({row.patient for row in rows()}) == 1
    assert {row.raised for row in rows() if row.service == "evaluate"} == {rows()[0].raised}


def test_nothing_of_a_chart_is_logged(client: httpx.Client, caplog: pytest.LogCaptureFixture) -> None:
    story = {
        "name": SECRET,
        "today": date(2026, 9, 4),
        "therapy": [{"text": f"testosterone {SECRET}", "start": date(2026, 1, 1)}],
        "results": [["4544-3", 54.5, SECRET, date(2026, 9, 3)]],
    }
    answer = client.post(SYSTEM, json=chart(story), params=ON)
    assert answer.status_code == 200
    assert SECRET not in caplog.text


def flawed() -> dict[str, Any]:
    """The demo's chart with a status no Observation has."""
    bundle: dict[str, Any] = json.loads(chart_json("hematocrit"))
    observation = next(e["resource"] for e in bundle["entry"] if e["resource"]["resourceType"] == "Observation")
    observation["status"] = "finished"
    return bundle


@pytest.mark.parametrize("in_body", [False, True])
def test_a_strict_caller_is_told_every_error_instead(client: httpx.Client, in_body: bool) -> None:
    sent = [{"name": "bundle", "resource": flawed()}, {"name": "strict", "valueBoolean": True}]
    if in_body:
        answer = client.post("/fhir/$hormone-monitoring", json={"resourceType": "Parameters", "parameter": sent})
    else:
        answer = client.post("/fhir/$hormone-monitoring", params={"strict": "true"}, json=flawed())
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/fhir+json")
    assert any(".status" in issue["expression"][0] for issue in answer.json()["issue"])
    assert client.post("/fhir/$hormone-monitoring", json=flawed()).json()["resourceType"] == "Bundle"


def test_a_strict_batch_answers_a_flawed_line_by_its_errors(client: httpx.Client) -> None:
    lines = b"\n".join(json.dumps(json.loads(line)).encode() for line in (chart_json("stable"), json.dumps(flawed())))
    headers = {"Content-Type": "application/fhir+ndjson"}
    answer = client.post("/fhir/$hormone-monitoring?strict=true", content=lines, headers=headers)
    assert [json.loads(line)["resourceType"] for line in answer.text.splitlines()] == ["Bundle", "OperationOutcome"]
