"""Goals: target ranges in canonical units, and the wish for a child."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from cds_hooks.facts import Goal, UnreadReason
from tests.record.charts import ICD10, LOINC, Json, facts_of, resource


def goal(*targets: Any, **changes: Any) -> Json:
    written = {
        "lifecycleStatus": "active",
        "description": {"text": "target"},
        "target": [{"measure": {"coding": [{"system": LOINC, "code": "2986-8"}]}, **one} for one in targets],
        **changes,
    }
    return resource("Goal", **{key: item for key, item in written.items() if item is not None})


def amount(value: Any, unit: str | None = "ng/dL", **more: Any) -> Json:
    return {"value": value, **({"unit": unit} if unit else {}), **more}


RANGE = {"detailRange": {"low": amount(300), "high": amount(500)}}


def goals(*resources: Json) -> list[tuple[str, Decimal | None, Decimal | None, str]]:
    return [(one.analyte, one.low, one.high, one.text) for one in facts_of(*resources).goals]


@pytest.mark.parametrize(
    ("target", "low", "high", "text"),
    [
        (RANGE, 300, 500, "300–500 ng/dL"),
        ({"detailRange": {"low": amount(300, None), "high": amount(500)}}, 300, 500, "300–500 ng/dL"),
        ({"detailRange": {"low": amount(500), "high": amount(7, "ng/mL")}}, 500, 700, "500 ng/dL to 7 ng/mL"),
        ({"detailRange": {"high": amount(500)}}, None, 500, "at most 500 ng/dL"),
        ({"detailRange": {"low": amount(3, "ng/mL")}}, 300, None, "at least 3 ng/mL"),
        ({"detailQuantity": amount(400)}, 400, 400, "400 ng/dL"),
        ({"detailQuantity": amount(500, comparator="<=")}, None, 500, "at most 500 ng/dL"),
        ({"detailQuantity": amount(300, comparator=">")}, 300, None, "at least 300 ng/dL"),
    ],
)
def test_a_target_is_a_range_in_the_canonical_unit(target: Json, low: Any, high: Any, text: str) -> None:
    assert goals(goal(target)) == [("testosterone_total", low, high, text)]


@pytest.mark.parametrize("status", ["active", "accepted", "planned"])
def test_a_goal_counts_while_it_is_pursued_whether_or_not_it_is_achieved(status: str) -> None:
    achieved = {"achievementStatus": {"coding": [{"code": "achieved"}]}}
    assert facts_of(goal(RANGE, lifecycleStatus=status, **achieved)).goals[0].reference == "Goal/x1"


@pytest.mark.parametrize(
    "changes",
    [
        *({"lifecycleStatus": status} for status in ("proposed", "on-hold", "completed", "cancelled", "rejected")),
        {"lifecycleStatus": "entered-in-error"},
        {"lifecycleStatus": None},
        {"subject": {"reference": "Patient/2"}},
        {"target": None},
        {"target": [{"dueDate": "2027-01-01"}]},
        {"target": [{"measure": {"coding": [{"system": LOINC, "code": "99999-9"}]}, **RANGE}]},
    ],
)
def test_a_goal_that_is_not_pursued_or_aims_at_nothing_judged_is_none(changes: Json) -> None:
    assert goals(goal(RANGE, **changes)) == []


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"detailRange": {"high": amount(500, "furlong")}}, UnreadReason.UNIT_UNKNOWN),
        ({"detailRange": {"high": amount(500, "kg")}}, UnreadReason.UNIT_DIMENSION),
        ({"detailRange": {"high": amount(500, None)}}, UnreadReason.UNIT_MISSING),
        ({"detailRange": {"high": amount("500")}}, UnreadReason.VALUE_NOT_NUMERIC),
        ({"detailRange": {"low": amount(500), "high": amount(300)}}, UnreadReason.VALUE_OUT_OF_BOUNDS),
        ({"detailQuantity": amount(-5)}, UnreadReason.VALUE_OUT_OF_BOUNDS),
        ({"detailRange": {"low": amount(-5), "high": amount(500)}}, UnreadReason.VALUE_OUT_OF_BOUNDS),
        ({"detailQuantity": amount(0)}, UnreadReason.VALUE_OUT_OF_BOUNDS),
        ({"detailString": "300-500 ng/dL"}, UnreadReason.VALUE_NOT_NUMERIC),
    ],
)
def test_a_target_that_cannot_be_read_is_told_and_is_no_lost_result(changes: Json, reason: UnreadReason) -> None:
    facts = facts_of(goal(changes))
    assert facts.goals == ()
    assert [(one.reason, one.analyte, one.reference) for one in facts.unread] == [(reason, None, "Goal/x1")]


def test_targets_of_another_shape_are_told() -> None:
    facts = facts_of(goal(target="300"))
    assert [(one.reason, one.reference) for one in facts.unread] == [(UnreadReason.MALFORMED, "Goal/x1")]


def test_one_goal_may_aim_at_several_things() -> None:
    estradiol = {
        "measure": {"coding": [{"system": LOINC, "code": "2243-4"}]},
        "detailRange": {"high": amount(40, "pg/mL")},
    }
    found = facts_of(goal(RANGE, estradiol)).goals
    assert found == (
        Goal("testosterone_total", "Goal/x1", Decimal(300), Decimal(500), "300–500 ng/dL"),
        Goal("estradiol", "Goal/x1", None, Decimal(40), "at most 40 pg/mL"),
    )


def wishes(**changes: Any) -> bool:
    return [one.concept for one in facts_of(goal(**changes)).conditions] == ["fertility-desired"]


@pytest.mark.parametrize(
    "text",
    [
        "Preserve fertility",
        "Wants to become pregnant",
        "Become pregnant within a year",
        "To conceive",
        "Pregnancy wish",
        "Father a child",
        "Wants to become a father",
        "Kinderwunsch",
        "planning pregnancy",
    ],
)
def test_the_wish_for_a_child_is_read_from_the_words_of_a_goal(text: str) -> None:
    assert wishes(description={"text": text})
    assert not wishes(description={"text": text}, lifecycleStatus="completed")
    assert not wishes(description={"text": text}, subject={"reference": "Patient/2"})


@pytest.mark.parametrize(
    "text",
    [
        "Avoid getting pregnant",
        "Prevent pregnancy",
        "Does not want to become pregnant",
        "No wish to conceive",
        "Contraception",
        "kein Kinderwunsch",
        "Healthy pregnancy",
        "Grandfather's blessing",
        "Lose weight",
    ],
)
def test_other_goals_are_no_wish_for_a_child(text: str) -> None:
    assert not wishes(description={"text": text})


@pytest.mark.parametrize(("code", "wished"), [("Z31.69", True), ("Z31.9", True), ("Z31.82", False), ("Z30.09", False)])
def test_the_wish_for_a_child_may_be_coded(code: str, wished: bool) -> None:
    assert wishes(description={"coding": [{"system": ICD10, "code": code}]}) is wished
