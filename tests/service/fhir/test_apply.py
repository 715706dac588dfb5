"""PlanDefinition/$apply: one plan for the patient of a posted chart."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import httpx
import pytest
from fhir.resources.R4B.careplan import CarePlan

from service.examples.chart import chart_json
from tests.judges import medplum_problems
from tests.service.fhir.calls import FHIR

TODAY = "2026-09-04"
MEN = "testosterone-men.optimization"
SAFETY = "testosterone-safety.es2018"
SECRET = "zq-secret-zq"


def chart(name: str) -> dict[str, Any]:
    """A demo chart as of the demo day."""
    found: dict[str, Any] = json.loads(chart_json(name))
    return found


def post(client: httpx.Client, plan: str, body: Any, query: str = "") -> httpx.Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return client.post(f"/fhir/PlanDefinition/{plan}/$apply{query}", content=content, headers={"Content-Type": FHIR})


def applied(client: httpx.Client, plan: str, bundle: dict[str, Any], today: str = TODAY) -> dict[str, Any]:
    """The CarePlan, as valid as FHIR has it, with nothing in it that nobody refers to."""
    answer = post(client, plan, bundle, f"?today={today}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, FHIR), answer.text
    CarePlan.model_validate_json(answer.content)
    found: dict[str, Any] = answer.json()
    held = {f"#{one['id']}" for one in found.get("contained", ())}
    referred = {text for text in texts(found) if text.startswith("#")}
    assert held == referred
    return found


def texts(value: Any) -> list[str]:
    """Every reference in a resource."""
    if isinstance(value, dict):
        own = [value["reference"]] if isinstance(value.get("reference"), str) else []
        return own + [text for inner in value.values() for text in texts(inner)]
    return [text for inner in value for text in texts(inner)] if isinstance(value, list) else []


def held(plan: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [one for one in plan.get("contained", ()) if one["resourceType"] == kind]


def notes(plan: dict[str, Any]) -> str:
    return "\n".join(note["text"] for note in plan.get("note", ()))


def test_an_overdue_draw_is_proposed_for_today_with_its_orders(client: httpx.Client) -> None:
    plan = applied(client, MEN, chart("stable"), "2027-04-01")
    (group,) = held(plan, "RequestGroup")
    draw = next(action for action in group["action"] if action["title"].startswith("Draw "))
    assert "SC-OVER-01" in draw["description"]
    assert draw["priority"] == "urgent"
    period = draw.get("timingPeriod") or {"start": draw["timingDateTime"]}
    assert "2027-04-01" <= period["start"] <= "2027-04-15"
    orders = held(plan, "ServiceRequest")
    assert {order["status"] for order in orders} == {"draft"}
    assert {order["intent"] for order in orders} == {"proposal"}
    assert {"58410-2", "2986-8"} <= {order["code"]["coding"][0]["code"] for order in orders}
    for order in orders:
        canonical = order["instantiatesCanonical"][0].rpartition("/")[2]
        assert client.get(f"/fhir/ActivityDefinition/{canonical}").status_code == 200


def test_where_nothing_is_due_the_plan_holds_nothing_and_says_so(client: httpx.Client) -> None:
    plan = applied(client, SAFETY, chart("stable"))
    assert "contained" not in plan
    assert "activity" not in plan
    assert "Checks: 0 raised; " in notes(plan)
    assert "This protocol asks for no blood test now." in notes(plan)


def test_a_raised_check_is_a_message_with_its_words_strength_and_sources(client: httpx.Client) -> None:
    bundle = chart("hematocrit")
    plan = applied(client, SAFETY, bundle)
    report = client.post("/evaluate", params={"today": TODAY, "profile": "es2018"}, json=bundle).json()
    finding = next(one for one in report["findings"] if one["check"] == "MT-HCT-01")
    (message,) = held(plan, "CommunicationRequest")
    assert [one["contentString"] for one in message["payload"]] == [finding["summary"], finding["advice"]]
    assert message["priority"] == "stat"
    assert message["about"] == [{"reference": "Observation/demo-hematocrit-lab-1"}]
    assert message["note"][0]["text"].startswith("Evidence: ")
    action = held(plan, "RequestGroup")[0]["action"][0]
    assert [source["label"] for source in action["documentation"]] == [source["id"] for source in finding["sources"]]


def test_what_other_protocols_ask_for_is_left_out(client: httpx.Client) -> None:
    bundle = chart("hematocrit")
    levels, safety = (applied(client, plan, bundle) for plan in (MEN, SAFETY))
    assert [one["reasonCode"][0]["coding"][0]["code"] for one in held(safety, "CommunicationRequest")] == ["MTHCT01"]
    assert "MTHCT01" not in json.dumps(levels)
    assert {one["code"]["coding"][0]["code"] for one in held(safety, "ServiceRequest")} == {"58410-2"}


def test_the_profile_of_the_plan_is_the_one_judged_by(client: httpx.Client) -> None:
    for profile in ("es2018", "aua2018", "label"):
        plan = applied(client, f"testosterone-men.{profile}", chart("stable"))
        assert f"profile {profile}:" in notes(plan)
        assert plan["instantiatesCanonical"][0].startswith(
            f"https://hormone-cds.example/PlanDefinition/testosterone-men.{profile}|"
        )


def test_a_plan_that_is_not_for_the_patient_says_why(client: httpx.Client) -> None:
    plan = applied(client, "feminizing.gaht-fem", chart("stable"))
    assert "contained" not in plan
    assert notes(plan).startswith("feminizing does not apply: ")


def test_what_is_ordered_already_is_not_proposed_again(client: httpx.Client) -> None:
    bundle = chart("hematocrit")
    order = {
        "resourceType": "ServiceRequest",
        "id": "open",
        "status": "active",
        "intent": "order",
        "subject": {"reference": "Patient/demo-hematocrit"},
        "authoredOn": TODAY,
        "code": {"coding": [{"system": "http://loinc.org", "code": "58410-2"}]},
    }
    plan = applied(client, SAFETY, bundle | {"entry": [*bundle["entry"], {"resource": order}]})
    assert held(plan, "ServiceRequest") == []
    assert "Ordered already, and not proposed again: hematocrit" in notes(plan)


def test_every_plan_can_be_applied_and_every_answer_is_valid_to_others(client: httpx.Client) -> None:
    plans = client.get("/fhir/PlanDefinition?_summary=true&_count=500").json()["entry"]
    answers = [
        applied(client, entry["resource"]["id"], chart(name))
        for entry in plans
        for name in ("stable", "hematocrit", "unit")
    ]
    problems = medplum_problems([json.dumps(one).encode() for one in answers])
    assert [one for one in problems if one] == []
    assert len(problems) == 3 * len(plans)


def test_parameters_say_the_same_as_a_bare_bundle(client: httpx.Client) -> None:
    bundle = chart("hematocrit")
    bare = post(client, SAFETY, bundle, f"?today={TODAY}&subject=Patient/demo-hematocrit").json()
    for subject in ({"valueString": "demo-hematocrit"}, {"valueReference": {"reference": "Patient/demo-hematocrit"}}):
        sent = [
            {"name": "data", "resource": bundle},
            {"name": "subject", **subject},
            {"name": "today", "valueDate": TODAY},
        ]
        assert post(client, SAFETY, {"resourceType": "Parameters", "parameter": sent}).json() == bare


def test_a_bundle_without_a_patient_is_of_the_subject(client: httpx.Client) -> None:
    answer = post(client, SAFETY, {"resourceType": "Bundle"}, "?subject=Patient/7")
    assert answer.json()["subject"] == {"reference": "Patient/7"}


DATA = {"name": "data", "resource": {"resourceType": "Bundle"}}
MISTAKES: list[tuple[Any, str, int, str]] = [
    (b"", "", 400, "Parameters"),
    (b"[]", "", 400, "Parameters"),
    (b"\xff", "", 400, "Parameters"),
    ({"resourceType": "Patient"}, "", 400, "Parameters"),
    ({"resourceType": "Parameters"}, "", 400, "Send data once"),
    ({"resourceType": "Parameters", "parameter": [DATA, DATA]}, "", 400, "Send data once"),
    ({"resourceType": "Parameters", "parameter": [{"name": "data", "valueString": SECRET}]}, "", 400, "type Bundle"),
    ({"resourceType": "Parameters", "parameter": [{"name": "data", "resource": {}}]}, "", 400, "type Bundle"),
    ({"resourceType": "Parameters", "parameter": [DATA, {"name": SECRET}]}, "", 400, "Known here"),
    ({"resourceType": "Parameters", "parameter": [DATA, {"name": "encounter"}]}, "", 400, "Known here"),
    ({"resourceType": "Parameters", "parameter": [DATA, {"name": "today", "valueInteger": 1}]}, "", 400, "valueDate"),
    ({"resourceType": "Parameters", "parameter": [DATA, {"name": "subject"}]}, "", 400, "valueReference"),
    ({"resourceType": "Parameters", "parameter": [{"name": 1}]}, "", 400, "Parameters"),
    ({"resourceType": "Bundle"}, "", 400, "subject"),
    ({"resourceType": "Bundle"}, "?subject=", 400, "subject"),
    ({"resourceType": "Bundle"}, "?subject=Practitioner/9", 400, "patient's id"),
    ({"resourceType": "Bundle"}, "?subject=Patient/", 400, "patient's id"),
    ({"resourceType": "Bundle"}, "?subject=a%20b/c?%3Cscript%3E", 400, "patient's id"),
    ({"resourceType": "Bundle"}, f"?today={SECRET}", 400, "Send today once"),
    ({"resourceType": "Bundle"}, "?today=2026-09-04&today=2026-09-05", 400, "Send today once"),
    ({"resourceType": "Bundle"}, f"?tody={SECRET}", 400, "Known here"),
    ({"resourceType": "Bundle"}, "?subject=Patient/1&_format=xml", 406, "JSON"),
]


@pytest.mark.parametrize(("body", "query", "status", "said"), MISTAKES)
def test_a_call_that_cannot_be_meant_is_refused_with_the_remedy(
    client: httpx.Client, body: Any, query: str, status: int, said: str
) -> None:
    answer = post(client, SAFETY, body, query)
    assert (answer.status_code, answer.headers["content-type"]) == (status, FHIR)
    assert said in answer.json()["issue"][0]["diagnostics"]
    assert SECRET not in answer.text


def test_a_chart_of_another_patient_is_refused(client: httpx.Client) -> None:
    answer = post(client, SAFETY, chart("stable"), "?subject=Patient/somebody-else")
    assert answer.status_code == 400
    assert answer.json()["issue"][0]["expression"] == ["subject"]


@pytest.mark.parametrize(("path", "status"), [("nothing/$apply", 404), ("$apply", 404)])
def test_only_a_plan_by_id_can_be_applied(client: httpx.Client, path: str, status: int) -> None:
    answer = client.post(f"/fhir/PlanDefinition/{path}", json={"resourceType": "Bundle"})
    assert answer.status_code == status


def test_a_get_is_told_to_post(client: httpx.Client) -> None:
    answer = client.get(f"/fhir/PlanDefinition/{SAFETY}/$apply")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")


def test_the_day_is_that_of_the_site_where_none_is_said(client: httpx.Client) -> None:
    answer = post(client, SAFETY, chart("stable"))
    assert abs((date.fromisoformat(answer.json()["created"]) - date.today()).days) <= 1  # noqa: DTZ011


@pytest.mark.parametrize(
    ("subject", "status"),
    [
        ("https://a.example/fhir/Patient/demo-stable", 200),
        ("http://a.example/fhir/Patient/demo-stable/_history/3", 200),
        ("Patient/demo-stable", 200),
        ("https://b.example/fhir/Patient/demo-stable", 400),
    ],
)
def test_a_patient_of_the_same_id_on_another_server_is_another(client: httpx.Client, subject: str, status: int) -> None:
    bundle = chart("stable")
    for entry in bundle["entry"]:
        entry["fullUrl"] = f"https://a.example/fhir/{entry['resource']['resourceType']}/{entry['resource']['id']}"
    assert post(client, SAFETY, bundle, f"?subject={subject}").status_code == status
