"""What one finding does to another, and who is judged at all."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from cds_hooks.judgement.evaluate import evaluate
from cds_hooks.judgement.stories import facts_of, moment
from cds_hooks.judgement.written.written import ProtocolFile
from tests.charts import chart
from tests.engine import report_of, site, states

WEEKLY = {
    "rxnorm": "835840",
    "text": "testosterone cypionate 100 mg IM weekly",
    "every_days": 7,
    "start": datetime(2026, 6, 1, 8),
    "last_dose": datetime(2026, 8, 31, 8),
}
TODAY = datetime(2026, 9, 4, 15)
DRAWN = datetime(2026, 9, 3, 20)


def told(*results: list[Any], **more: Any) -> dict[str, Any]:
    story = {"today": TODAY, "therapy": [WEEKLY], "results": list(results), **more}
    return report_of(chart(story), story["today"], story.get("profile", ()))


def test_a_warning_to_hold_silences_the_advice_to_increase_and_says_so() -> None:
    report = told(["2986-8", 380, "ng/dL", DRAWN], ["4544-3", 54.5, "%", DRAWN])
    assert states(report)["MT-LVL-01"] == "raised"
    assert report["silenced"] == [
        {
            "check": "MT-LVL-01",
            "protocol": "testosterone-men",
            "reason": "no dose increase until this is resolved",
            "by": ["MT-HCT-01"],
        }
    ]
    assert not any("380" in card["summary"] for card in report["cards"])
    assert "**Held back by this:** Testosterone 380 ng/dL" in report["cards"][0]["detail"]


def test_an_increase_stands_when_nothing_restrains_it() -> None:
    report = told(["2986-8", 380, "ng/dL", DRAWN], ["4544-3", 47, "%", DRAWN])
    assert report["silenced"] == []
    assert report["cards"][0]["summary"].startswith("Testosterone 380 ng/dL mid-interval (goal 450–700 ng/dL)")


def test_advice_to_reduce_is_not_silenced_by_another_warning() -> None:
    report = told(["2986-8", 900, "ng/dL", DRAWN], ["4544-3", 54.5, "%", DRAWN])
    assert report["silenced"] == []
    assert states(report)["MT-LVL-02"] == "raised"


@pytest.mark.parametrize(
    ("value", "raised"), [(50, []), (50.1, ["MT-HCT-03"]), (52, ["MT-HCT-02"]), (54, ["MT-HCT-01"])]
)
def test_of_nested_limits_only_the_most_urgent_that_holds_is_raised(value: float, raised: list[str]) -> None:
    report = told(["4544-3", value, "%", DRAWN])
    found = [name for name, state in states(report).items() if name.startswith("MT-HCT-0") and state == "raised"]
    assert found == raised


def test_a_finding_that_yields_says_to_which() -> None:
    report = told(["4544-3", 55, "%", DRAWN])
    finding = next(f for f in report["findings"] if f["check"] == "MT-HCT-02")
    assert finding["state"] == "clear"
    assert finding["summary"] == "MT-HCT-01 is raised and covers this"


def considered(report: dict[str, Any]) -> dict[str, str]:
    return {line["protocol"]: line["because"] for line in report["considered"]}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"age": 17}, "under 18"),
        ({"therapy": []}, "no testosterone on the medication list"),
    ],
)
def test_where_no_protocol_applies_there_are_no_findings_and_the_reason_is_given(
    change: dict[str, Any], says: str
) -> None:
    report = told(["4544-3", 55, "%", DRAWN], **change)
    assert report["findings"] == []
    assert report["protocols"] == []
    assert says in considered(report)["testosterone-safety"]


@pytest.mark.parametrize(
    ("order", "instead"),
    [
        ({"text": "methyltestosterone 10 mg"}, "testosterone-stimulation"),
        ({"text": "testosterone gel", "status": "draft"}, "men-baseline"),
    ],
)
def test_what_is_no_testosterone_yet_is_judged_by_its_own_protocol(order: dict[str, Any], instead: str) -> None:
    report = told(["4544-3", 55, "%", DRAWN], therapy=[order])
    assert "no testosterone on the medication list" in considered(report)["testosterone-safety"]
    assert instead in {used["id"] for used in report["protocols"]}
    assert "testosterone-safety" not in {used["id"] for used in report["protocols"]}


def test_safety_goes_on_for_ninety_days_after_a_recorded_stop() -> None:
    stopped = {name: value for name, value in WEEKLY.items() if name != "last_dose"} | {"status": "stopped"}
    bundle = chart({"today": TODAY, "therapy": [stopped], "results": [["4544-3", 55, "%", DRAWN]]})
    request = next(e["resource"] for e in bundle["entry"] if e["resource"]["resourceType"] == "MedicationRequest")
    request["dosageInstruction"][0]["timing"]["repeat"]["boundsPeriod"] = {"start": "2026-06-01", "end": "2026-06-06"}
    assert states(report_of(bundle, TODAY))["MT-HCT-01"] == "raised"
    request["dosageInstruction"][0]["timing"]["repeat"]["boundsPeriod"]["end"] = "2026-06-05"
    assert report_of(bundle, TODAY)["findings"] == []


def test_a_profile_applies_to_the_protocols_that_define_it() -> None:
    report = told(["4544-3", 54.0, "%", DRAWN], profile=["es2018"])
    used = {one["id"]: one["profile"] for one in report["protocols"]}
    assert used["testosterone-men"] == used["testosterone-safety"] == "es2018"
    assert used["data-quality"] == "standard"


def test_the_deceased_are_not_judged() -> None:
    bundle = chart({"today": date(2026, 9, 4), "therapy": [WEEKLY]})
    bundle["entry"][0]["resource"]["deceasedDateTime"] = "2026-08-01"
    report = report_of(bundle, date(2026, 9, 4))
    assert report["findings"] == []
    assert "deceased" in considered(report)["testosterone-men"]


@pytest.mark.parametrize("protocol", site().knowledge.protocols, ids=lambda file: file.id)
def test_what_yields_to_a_raised_check_is_clear_also_where_it_lacked_a_result(protocol: ProtocolFile) -> None:
    knowledge = site().knowledge
    for story in protocol.example:
        judged = evaluate(facts_of(story, knowledge.vocabulary), knowledge, moment(story.today), story.profile)
        raised = {one.check: one for one in judged.findings if one.state == "raised"}
        for used in judged.protocols:
            for check in knowledge.variants[used.id, used.profile].file.check:
                winners = [raised[name] for name in check.yields_to if name in raised]
                if check.urgency == "critical":
                    winners = [one for one in winners if one.urgency == "critical"]
                if winners:
                    states = {one.state for one in judged.findings if (one.protocol, one.check) == (used.id, check.id)}
                    assert states == {"clear"}, (story.name, check.id)
