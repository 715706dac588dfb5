"""What `$hormone-monitoring` answers: each finding, each draw and what was not judged, in its place in FHIR."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from service.examples.chart import DEMO_DAY, chart_json
from tests.charts import chart
from tests.engine import report_of
from tests.presentation.monitoring.answers import RECORDED, answer_to, encoded_for, of_type

TODAY = date(2026, 9, 4)
Json = dict[str, Any]
MAN: Json = {
    "name": "Man on testosterone, hematocrit 0.545 L/L",
    "today": TODAY,
    "therapy": [{"text": "testosterone cypionate 100 mg IM weekly", "every_days": 7, "start": date(2026, 6, 1)}],
    "results": [["62241-5", 0.545, "L/L", date(2026, 9, 3)]],
}


def told(**changes: Any) -> Json:
    """The answer to the man's chart, changed."""
    story = MAN | changes
    return answer_to(chart(story), story["today"])


def issue(answer: Json, check: str) -> Json:
    """The DetectedIssue of a check."""
    return next(one for one in of_type(answer, "DetectedIssue") if one["code"]["text"] == check)


def response(answer: Json) -> Json:
    """The GuidanceResponse."""
    (one,) = of_type(answer, "GuidanceResponse")
    return one


def said(answer: Json) -> list[Json]:
    """What could not be judged or read."""
    return [issue for outcome in response(answer).get("contained", ()) for issue in outcome["issue"]]


def test_a_hematocrit_above_the_limit_is_of_high_severity_and_names_the_result() -> None:
    found = issue(told(), "MT-HCT-01")
    assert (found["severity"], found["status"]) == ("high", "final")
    assert found["implicated"] == [{"reference": "Observation/o1"}]
    assert found["evidence"] == [
        {
            "code": [{"text": "hematocrit 0.545 L/L (= 54.5 %), 2026-09-03"}],
            "detail": [{"reference": "Observation/o1"}],
        }
    ]
    assert found["code"]["coding"][0]["code"] == "MTHCT01"
    assert found["detail"].startswith("Hematocrit 54.5 % on testosterone (limit 54 %)")
    assert "holding testosterone" in found["mitigation"][0]["action"]["text"]
    assert found["reference"] == "https://doi.org/10.1210/jc.2018-00229"
    assert {one["valueRelatedArtifact"]["type"] for one in found["extension"]} == {"citation"}
    assert found["identifiedDateTime"] == "2026-09-04"


@pytest.mark.parametrize(
    ("percent", "check", "severity"), [(54.0, "MT-HCT-01", "high"), (53.9, "MT-HCT-02", "moderate")]
)
def test_severity_follows_urgency_at_the_limit_itself(percent: float, check: str, severity: str) -> None:
    answer = told(results=[["4544-3", percent, "%", date(2026, 9, 3)]])
    assert issue(answer, check)["severity"] == severity


def test_a_finding_on_a_preliminary_result_is_preliminary() -> None:
    results = [["62241-5", 0.545, "L/L", date(2026, 9, 3), {"status": "preliminary"}]]
    assert issue(told(results=results), "MT-HCT-01")["status"] == "preliminary"


def test_a_result_that_cannot_be_read_is_told_with_its_place() -> None:
    answer = told(results=[["4544-3", 54.5, "g/dL", date(2026, 9, 3)]])
    (unread,) = [one for one in said(answer) if one["details"].get("text") == "unit-dimension"]
    assert unread["severity"] == "warning"
    assert unread["expression"] == ["Bundle.entry.resource.ofType(Observation).where(id = 'o1')"]
    assert response(answer)["evaluationMessage"] == [{"reference": "#not-judged"}]


def test_a_check_that_something_stands_in_the_way_of_makes_more_data_required() -> None:
    results = [["2986-8", 520, "ng/dL", date(2026, 9, 3)]]
    answer = told(results=results)
    assert response(answer)["status"] == "data-required"
    assert any(one["diagnostics"].startswith("MT-LVL-01 was not judged: ") for one in said(answer))


def test_what_would_answer_is_asked_for_by_the_value_set_of_its_codes() -> None:
    answer = told(results=[["4544-3", 54.5, "g/dL", date(2026, 9, 3)]])
    wanted = response(answer)["dataRequirement"]
    assert {one["type"] for one in wanted} <= {"Observation", "Patient", "MedicationAdministration", "Condition"}
    assert any("/ValueSet/hematocrit" in json.dumps(one) for one in wanted)


def test_checks_that_only_wait_for_results_are_named_and_more_may_be_sent() -> None:
    answer = told()
    assert response(answer)["status"] == "data-requested"
    (waiting,) = [one for one in said(answer) if one["details"].get("text") == "awaiting"]
    assert "MT-PSA-02" in waiting["diagnostics"]


def test_without_a_therapy_it_says_why_nothing_was_judged() -> None:
    answer = told(therapy=[], results=[])
    assert not of_type(answer, "DetectedIssue")
    assert not of_type(answer, "CarePlan")
    assert "result" not in response(answer)
    assert any("No protocol applies" in one["diagnostics"] for one in said(answer))


def test_an_empty_bundle_is_answered_about_nobody() -> None:
    answer = answer_to({"resourceType": "Bundle", "type": "collection"}, TODAY)
    assert response(answer)["subject"] == {"display": "the patient of the posted Bundle"}


def test_the_draws_of_the_report_are_the_plan() -> None:
    bundle = json.loads(chart_json("hematocrit"))
    answer, report = answer_to(bundle, DEMO_DAY), report_of(bundle, DEMO_DAY)
    requests = of_type(answer, "ServiceRequest")
    ordered = [code for draw in report["draws"] for code in draw["orders"]]
    assert [request["code"]["coding"][0]["code"] for request in requests] == ordered
    (plan,) = of_type(answer, "CarePlan")
    assert [one["reference"]["reference"] for one in plan["activity"]] == [f"urn:uuid:{one['id']}" for one in requests]
    assert response(answer)["result"] == {"reference": f"urn:uuid:{plan['id']}"}
    assert {request["intent"] for request in requests} == {plan["intent"]} == {"proposal"}
    assert len({request["requisition"]["value"] for request in requests}) == len(report["draws"])


def test_a_repeat_says_which_finding_asks_for_it_and_when() -> None:
    answer = told()
    repeat = next(one for one in of_type(answer, "ServiceRequest") if "supportingInfo" in one)
    draw = next(one for one in report_of(chart(MAN), TODAY)["draws"] if "MT-HCT-01" in one["reasons"])
    assert repeat["occurrencePeriod"] == {"start": draw["earliest"], "end": draw["latest"]}
    raised = f"urn:uuid:{issue(answer, 'MT-HCT-01')['id']}"
    assert {"reference": raised} in repeat["supportingInfo"]


def test_an_hour_that_dosing_decides_is_a_timing_until_its_offset_is_known() -> None:
    bundle = json.loads(chart_json("hematocrit"))
    request = of_type(answer_to(bundle, DEMO_DAY), "ServiceRequest")[-1]
    day = request["occurrenceTiming"]["repeat"]["boundsPeriod"]["start"]
    assert request["occurrenceTiming"]["repeat"] == {
        "boundsPeriod": {"start": day, "end": day},
        "timeOfDay": ["07:00:00"],
        "count": 1,
    }
    zoned = of_type(answer_to(bundle, DEMO_DAY, zone=ZoneInfo("Europe/Berlin")), "ServiceRequest")[-1]
    assert zoned["occurrencePeriod"] == {"start": f"{day}T07:00:00+02:00", "end": f"{day}T11:00:00+02:00"}
    assert "occurrenceTiming" not in zoned


def test_what_is_ordered_already_is_part_of_the_plan_and_not_ordered_again() -> None:
    bundle = json.loads(chart_json("hematocrit"))
    order = {
        "resourceType": "ServiceRequest",
        "id": "placed",
        "status": "active",
        "intent": "order",
        "code": {"coding": [{"system": "http://loinc.org", "code": "58410-2"}]},
        "subject": {"reference": "Patient/demo-hematocrit"},
        "authoredOn": DEMO_DAY.isoformat(),
    }
    bundle["entry"].append({"resource": order})
    answer = answer_to(bundle, DEMO_DAY)
    details = [one["detail"] for one in of_type(answer, "CarePlan")[0]["activity"] if "detail" in one]
    assert ("hematocrit", "scheduled") in [(one["code"]["text"], one["status"]) for one in details]
    assert "58410-2" not in {one["code"]["coding"][0]["code"] for one in of_type(answer, "ServiceRequest")}


def test_it_says_who_answers_by_which_versions() -> None:
    answer = told()
    (device,) = of_type(answer, "Device")
    versions = {one["type"]["text"]: one["value"] for one in device["version"]}
    assert versions["service"] == "1.2.3"
    assert set(versions) == {"service", "knowledge", "terminology", "code map"}
    (origin,) = of_type(answer, "Provenance")
    assert origin["recorded"] == RECORDED.strftime("%Y-%m-%dT%H:%M:%SZ")
    made = [entry["fullUrl"] for entry in answer["entry"][:-2]]
    assert [target["reference"] for target in origin["target"]] == made
    used = report_of(chart(MAN), TODAY)["protocols"]
    assert [uri.rpartition("/")[2] for uri in origin["policy"]] == [
        f"{one['id']}.{one['profile']}|{one['version']}" for one in used
    ]
    shown = [entity["what"]["display"] for entity in origin["entity"]]
    assert "testosterone-safety 2026.11.1, profile optimization" in shown
    assert origin["agent"][0]["who"]["reference"] == f"urn:uuid:{device['id']}"


def test_advice_that_a_danger_holds_back_is_told_and_not_advised() -> None:
    story = MAN | {
        "therapy": [
            {
                "text": "testosterone cypionate 100 mg IM weekly",
                "every_days": 7,
                "start": datetime(2026, 3, 2, 8),
                "last_dose": datetime(2026, 8, 31, 8),
                "route": "Intramuscular",
            }
        ],
        "results": [
            ["62241-5", 0.545, "L/L", datetime(2026, 9, 3, 20)],
            ["2986-8", 210, "ng/dL", datetime(2026, 9, 3, 20)],
        ],
    }
    report = report_of(chart(story), TODAY)
    (silenced,) = {one["check"] for one in report["silenced"]}
    found = issue(answer_to(chart(story), TODAY), silenced)
    assert "mitigation" not in found
    assert "Held back: " in found["detail"]


def test_the_same_call_gets_the_same_ids_and_another_day_others() -> None:
    first, again = (encoded_for(chart(MAN), TODAY) for _ in range(2))
    assert first == again
    ids = {entry["resource"]["id"] for entry in json.loads(first)["entry"]}
    assert all(len(identity) == 36 for identity in ids)
    later = {entry["resource"]["id"] for entry in answer_to(chart(MAN), date(2026, 9, 5))["entry"]}
    assert ids & later == {of_type(told(), "Device")[0]["id"]}  # the service is the same


def test_the_shortest_answers_leave_out_no_finding() -> None:
    whole = told()
    short = answer_to(chart(MAN), TODAY, wanted="minimal")
    assert of_type(short, "DetectedIssue") == of_type(whole, "DetectedIssue")
    assert {entry["resource"]["resourceType"] for entry in short["entry"]} == {"GuidanceResponse", "DetectedIssue"}
    words = answer_to(chart(MAN), TODAY, wanted="OperationOutcome")
    assert words["issue"][0]["diagnostics"].startswith("critical: Hematocrit 54.5 %")
    assert [one["diagnostics"] for one in said(whole)] == [
        one["diagnostics"] for one in words["issue"][-len(said(whole)) :]
    ]


def test_hours_of_a_judgement_have_an_offset_or_are_left_out() -> None:
    at = answer_to(chart(MAN), datetime(2026, 9, 4, 15))
    assert response(at)["occurrenceDateTime"] == "2026-09-04"
