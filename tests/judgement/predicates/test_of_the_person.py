"""What is asked of the person: anatomy, organs, age, and diagnoses by their date."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from cds_hooks.facts import Condition, Patient
from cds_hooks.judgement.chart.anatomy import anatomy_of
from tests.asking import ask, case, noted, on


def person(sex: str | None = None, basis: str = "birthsex", **more: Any) -> Patient:
    """A patient of 45."""
    return Patient("Patient/1", date(1981, 1, 1), sex, basis, **more)


@pytest.mark.parametrize(
    ("patient", "kind", "recorded", "assumed"),
    [
        (person("male"), "male", False, False),
        (person("male", organs=("uterus",)), "female", True, False),
        (person("female", organs=("prostate",)), "male", True, False),
        (person("female", organs=("testes", "uterus")), None, True, False),
        (person("male", organs_removed=("ovaries",), organs_absent=("ovaries",)), "female", True, False),
        (person("male", organs=("prostate",), organs_removed=("uterus",)), "male", True, False),
        (person("female", organs_absent=("uterus",)), "female", False, False),
        (person("female", "gender (assumed)"), "female", False, True),
        (person("female", "example"), "female", False, False),
        (person("other"), None, False, False),
        (person(None, "not recorded"), None, False, False),
    ],
)
def test_anatomy_is_told_by_organs_first(patient: Patient, kind: str | None, recorded: bool, assumed: bool) -> None:
    found = anatomy_of(patient)
    assert (found.kind, found.recorded, found.assumed) == (kind, recorded, assumed)
    assert found.text


@pytest.mark.parametrize(
    ("condition", "patient", "truth"),
    [
        ('{ anatomy = "female" }', person("female"), True),
        ('{ anatomy = "female" }', person("male"), False),
        ('{ anatomy = "female" }', person("other"), None),
        ('{ anatomy = "female" }', person("female", organs=("testes", "uterus")), None),
        ('{ anatomy = "female", recorded = true }', person("female"), False),
        ('{ anatomy = "female", recorded = true }', person("male", organs=("uterus",)), True),
        ('{ anatomy = "female", recorded = true }', person("female", organs=("testes",)), False),
        ("{ assumed_anatomy = true }", person("female", "gender (assumed)"), True),
        ("{ assumed_anatomy = true }", person("female", "gender (assumed)", organs=("uterus",)), False),
        ("{ assumed_anatomy = true }", person("female"), False),
        ("{ assumed_anatomy = true }", person(), False),
        ('{ organ = "uterus", recorded = true }', person("female"), False),
        ('{ organ = "uterus", recorded = true }', person("male", organs=("uterus",)), True),
        ('{ organ = "uterus", recorded = true }', person(organs_absent=("uterus",)), False),
        ('{ organ = "uterus" }', person("female"), True),
        ("{ age_below = 46 }", person(), True),
        ("{ age_below = 45 }", person(), False),
        ("{ age_below = 45 }", Patient("Patient/1"), None),
    ],
)
def test_the_person_answers(condition: str, patient: Patient, truth: bool | None) -> None:
    assert ask(condition, case(patient=patient)).truth is truth


UNDATED = noted("vte")
WRITTEN = noted("vte", recorded=on("2026-03-05"))  # 183 days ago


@pytest.mark.parametrize(
    ("more", "conditions", "truth"),
    [
        ("", [UNDATED], True),
        (', within = "183 d"', [noted("vte", "2026-03-05")], True),
        (', within = "182 d"', [noted("vte", "2026-03-05")], False),
        (', within = "183 d"', [WRITTEN], True),
        (', within = "182 d"', [WRITTEN], False),
        (', within = "182 d"', [UNDATED], None),
        (', within = "182 d"', [UNDATED, noted("vte", "2026-09-01")], True),
        (', within = "182 d"', [], False),
        (', older_than = "182 d"', [WRITTEN], True),
        (', older_than = "183 d"', [WRITTEN], False),
        (', within = "182 d"', [noted("vte", "2026-09-01", active=False)], False),
        (', within = "182 d", past_too = true', [noted("vte", "2026-09-01", active=False)], True),
    ],
)
def test_a_diagnosis_counts_by_its_date(more: str, conditions: list[Condition], truth: bool | None) -> None:
    outcome = ask(f'{{ condition = ["vte"]{more} }}', case(conditions=tuple(conditions)))
    assert outcome.truth is truth
    assert truth is not None or outcome.because[0].missing == "Condition.onset or recordedDate"


def test_nothing_is_said_of_a_date_while_conditions_were_not_supplied() -> None:
    asked = case(conditions=(noted("vte", "2020-01-01"),), absent=frozenset({"conditions"}))
    assert ask('{ condition = ["vte"], within = "30 d" }', asked).truth is None


def test_a_sentence_says_since_when() -> None:
    outcome = ask('{ condition = ["vte"], within = "183 d" }', case(conditions=(WRITTEN,)))
    assert outcome.values == {"condition": "vte", "since": "2026-03-05"}


@pytest.mark.parametrize("concept", ["malignancy-active", "prostate-cancer", "breast-cancer", "thyroid-cancer"])
def test_every_cancer_is_a_malignancy(concept: str) -> None:
    recorded = case(conditions=(noted(concept),))
    assert ask('{ condition = ["malignancy-active"] }', recorded).truth is True
    assert ask('{ condition = ["acromegaly"] }', recorded).truth is False
