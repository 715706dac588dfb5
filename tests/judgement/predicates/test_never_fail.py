"""Every condition has an answer with a reason, whatever the chart holds."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from cds_hooks.facts import Dose, Goal, Moment, Patient
from cds_hooks.judgement.chart.case import Case
from tests.asking import TODAY, ask, case, drug, noted, result
from tests.presentation.test_conditions_in_words import SAID

CONDITIONS = [condition for condition, _ in SAID if "band" not in condition]
DRUGS = ("testosterone gel 1.62 %", "finasteride 5 mg", "spironolactone 100 mg", "estradiol patch 0.05 mg/24h")
UNITS = {
    "testosterone_total": "nmol/L",
    "shbg": "nmol/L",
    "albumin": "g/L",
    "alt": "U/L",
    "psa_total": "ng/mL",
    "hdl": "mg/dL",
    "hematocrit": "%",
    "potassium": "mmol/L",
    "fsh": "[IU]/L",
    "amh": "pmol/L",
    "hcg_quant": "[IU]/L",
}


def any_case(chance: random.Random) -> Case:
    """A chart of anything."""

    def day() -> str:
        return (TODAY - timedelta(days=chance.randrange(-2, 500))).isoformat()

    def when() -> str:
        return day() + chance.choice(("", "", " 08:00", " 15:30"))

    readings = [
        result(
            analyte,
            f"{chance.choice(('', '', '', '<', '>', '<=', '>='))}{chance.choice((0, 0.1, 4, 50))} {unit}",
            when(),
        )
        for analyte, unit in UNITS.items()
        for _ in range(chance.randrange(5))
    ]
    readings = [
        replace(one, reference=f"Observation/{place}", status=chance.choice(("final", "final", "preliminary")))
        for place, one in enumerate(readings)
    ]
    therapies = [
        drug(
            text, chance.choice((None, day())), chance.choice((None, None, day())), dose=chance.choice((None, "10 mg"))
        )
        for text in chance.choices(DRUGS, k=chance.randrange(4))
    ]
    therapies = [replace(one, planned=chance.random() < 0.2) for one in therapies]
    facts: dict[str, Any] = {
        "patient": Patient("Patient/1", None, chance.choice((None, "male", "female", "other")), "gender (assumed)"),
        "readings": tuple(readings),
        "therapies": tuple(therapies),
        "doses": tuple(
            Dose("testosterone", Moment(TODAY - timedelta(days=chance.randrange(400))), "MedicationAdministration/1")
            for _ in range(chance.randrange(2))
        ),
        "conditions": tuple(
            noted(name, chance.choice((None, day())))
            for name in ("pregnancy", "delivery", "vte")[: chance.randrange(4)]
        ),
        "goals": (Goal("testosterone_total", "Goal/1"),),
        "last_period": chance.choice((None, Moment(TODAY - timedelta(days=chance.randrange(200))))),
        "absent": frozenset(chance.choices(("conditions", "goals"), k=chance.randrange(2))),
        "incomplete": frozenset(chance.choices(("labs",), k=chance.randrange(2))),
    }
    held = tuple(reading.reference for reading in readings if chance.random() < 0.2)
    return case(held=held, own=chance.choice(("testosterone", "estradiol")), **facts)


@pytest.mark.parametrize("condition", CONDITIONS)
def test_a_condition_answers_any_chart(condition: str) -> None:
    chance = random.Random(condition)
    for _ in range(60):
        asked = any_case(chance)
        for urgency in ("info", "critical"):
            outcome = ask(condition, asked, urgency)
            assert outcome.because
            assert all(because.text for because in outcome.because)
            unusable = {reference for reference, _ in asked.held}
            assert unusable.isdisjoint(reading.reference for reading in outcome.readings)
            if urgency == "info":
                assert all(reading.status != "preliminary" for reading in outcome.readings)
            if outcome.truth is None:
                assert any(because.outcome == "unknown" for because in outcome.because)
