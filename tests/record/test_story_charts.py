"""A story's chart says what the story says: organs, dated diagnoses, the last period, goals, smoking, drafts, ends."""

from __future__ import annotations

from datetime import date, datetime

from tests.charts import chart
from tests.record.charts import read_json

STORY = {
    "today": date(2026, 9, 4),
    "organs": {"uterus": "present", "testes": "absent"},
    "conditions": ["F64.0", ["I26.99", date(2026, 8, 1)]],
    "last_period": date(2026, 8, 20),
    "goals": [{"loinc": "2986-8", "low": 300, "high": 500, "unit": "ng/dL"}],
    "smoker": True,
    "therapy": [
        {"text": "testosterone cypionate", "start": date(2026, 1, 1), "end": date(2026, 6, 1), "every_days": 7},
        {"text": "estradiol patch", "planned": True},
    ],
}


def test_a_story_is_read_as_it_is_told() -> None:
    facts = read_json(chart(STORY))
    assert (facts.patient.organs, facts.patient.organs_absent) == (("uterus",), ("testes",))
    onsets = {one.concept: one.onset.text if one.onset else None for one in facts.conditions}
    assert onsets == {
        "gender-dysphoria": None,
        "vte": "2026-08-01",
        "pulmonary-embolism": "2026-08-01",
        "smoking": "2026-09-04",
    }
    assert facts.last_period is not None
    assert facts.last_period.text == "2026-08-20"
    assert [(goal.analyte, goal.low, goal.high) for goal in facts.goals] == [("testosterone_total", 300, 500)]
    ended, planned = facts.therapies
    assert (ended.current, ended.end is not None, planned.planned) == (False, True, True)
    assert facts.unread == ()


def test_a_story_tells_of_supplements_circumstances_and_raw_observations() -> None:
    story = {
        "today": date(2026, 9, 4),
        "gender": "female",
        "pregnant": True,
        "supplements": [
            "Zinc picolinate",
            {"text": "biotin", "dose": "10 mg daily", "last_dose": datetime(2026, 9, 3, 8)},
            {"text": "DIM 200 mg", "since": date(2026, 7, 1)},
        ],
        "factors": {
            "stool-bglucuronidase": "high",
            "fodmap-sensitivity": "present",
            "dysbiosis": "absent",
            "dietary-fibre": [12, "g/d"],
        },
        "observations": [
            {
                "code": {"coding": [{"system": "http://loinc.org", "code": "75626-2"}]},
                "effectiveDateTime": "2026-09-01",
                "valueInteger": 6,
            }
        ],
    }
    facts = read_json(chart(story))
    zinc, biotin, dim = facts.therapies
    assert [one.drug for one in (zinc, biotin, dim)] == ["zinc", "biotin", "diindolylmethane"]
    assert (biotin.dose, biotin.interval_hours) == ("10 mg", 24)
    assert dim.start is not None
    assert [(dose.drug, dose.at.text) for dose in facts.doses] == [("biotin", "2026-09-03T08:00")]
    assert [one.concept for one in facts.conditions] == [
        *("fodmap-sensitivity", "pregnancy"),
        *("stool-bglucuronidase-measured", "stool-bglucuronidase-high"),
    ]
    assert {one.analyte: one.value for one in facts.readings} == {"dietary_fibre": 12, "audit_c_total": 6}
    assert facts.unread == ()


def test_what_a_story_leaves_out_its_chart_does_not_say() -> None:
    facts = read_json(chart({"today": date(2026, 9, 4), "smoker": False}))
    assert (facts.conditions, facts.goals, facts.last_period, facts.patient.organs) == ((), (), None, ())
