"""A chart that only the site's code map made readable is judged like any other, and each card names that map."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import msgspec
import pytest

from cds_hooks.facts import Moment
from service.evaluation import report_on
from terminology.local.code_map import CodeMap, Entry
from tests.engine import site
from tests.record.charts import bundle, observation, patient, request, resource

LAB, PHARMACY = "http://lab.example", "http://pharmacy.example"
ENTRIES = (
    Entry("laboratory", "HK", "4544-3", "equal", LAB, unit="L/L"),
    Entry("laboratory", "T", "2986-8", "equal", LAB),
    Entry("unit", "Nanogramm je Deziliter", "ng/dL", "equal", analytes=("testosterone_total",)),
    Entry("drug", "4711", "testosterone", "equal", PHARMACY),
)
DRUG = {"coding": [{"system": PHARMACY, "code": "4711"}]}


def coded(code: str) -> dict[str, Any]:
    return {"coding": [{"system": LAB, "code": code}]}


def report_of(*resources: dict[str, Any]) -> dict[str, Any]:
    mapped = site().with_map(CodeMap(3, "Ann Lee", date(2026, 9, 1), ENTRIES))
    body = json.dumps(bundle(patient(), *resources)).encode()
    report, _ = report_on(mapped, body, Moment(date(2026, 9, 4)), ())
    decoded: dict[str, Any] = json.loads(msgspec.json.Encoder(decimal_format="number").encode(report))
    return decoded


@pytest.mark.parametrize("value", [0.47, 0.545, 5.45])
def test_every_card_says_what_only_the_map_made_known(value: float) -> None:
    """In range, critical, and held back as impossible."""
    report = report_of(
        request(medicationCodeableConcept=DRUG), observation(code=coded("HK"), value=value, unit=None, id="h")
    )
    assert report["engine"]["codeMap"] == 3
    assert report["cards"]
    for card in report["cards"]:
        assert (
            "**By the site's code map:** testosterone, recognized by local code 4711 (map version 3)" in card["detail"]
        )
    about = [card["detail"] for card in report["cards"] if "hematocrit" in card["detail"].lower()]
    assert any("mapped from local code HK" in detail for detail in about)
    assert any("unit stated by the site's code map (version 3)" in detail for detail in about)


def test_a_chart_of_public_codes_names_no_map() -> None:
    report = report_of(request(), observation(value=54.5))
    assert all("map" not in card["detail"] for card in report["cards"])
    assert "mapped" not in json.dumps(report["findings"])


def test_the_same_patient_is_judged_alike_in_local_and_in_public_codes() -> None:
    given = {"status": "completed", "effectiveDateTime": "2026-08-31T08:00:00+02:00"}
    drawn = {"effectiveDateTime": "2026-09-03T20:00:00+02:00"}
    local = report_of(
        request(medicationCodeableConcept=DRUG),
        resource("MedicationAdministration", medicationCodeableConcept=DRUG, **given),
        observation(code=coded("HK"), value=0.52, unit=None, id="h", **drawn),
        observation(code=coded("T"), value=820, unit="Nanogramm je Deziliter", id="t", **drawn),
    )
    named = {"text": "testosterone"}
    public = report_of(
        request(medicationCodeableConcept=named),
        resource("MedicationAdministration", medicationCodeableConcept=named, **given),
        observation("4544-3", 0.52, "L/L", id="h", **drawn),
        observation("2986-8", 820, "ng/dL", id="t", **drawn),
    )
    verdicts = [
        [(finding["check"], finding["state"], finding["urgency"]) for finding in report["findings"]]
        for report in (local, public)
    ]
    assert verdicts[0] == verdicts[1]
    assert local["draws"] == public["draws"]
