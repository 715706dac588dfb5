"""What came before a draw: a change of dose, a dose, an illness, food; today is 4 September 2026."""

from __future__ import annotations

import pytest

from cds_hooks.facts import Dose, Therapy
from tests.asking import ask, case, drug, noted, on, result, said

EARLY = '{ drawn_since_change = "tsh", less_than = "42 d", of = ["thyroid-hormone"] }'
EARLY_OR_BEFORE = '{ drawn_since_change = "tsh", less_than = "42 d", of = ["thyroid-hormone"], before_too = true }'
SETTLED = '{ drawn_since_change = "tsh", at_least = "42 d", of = ["thyroid-hormone"] }'
TSH = result("tsh", "6.8 m[IU]/L", "2026-09-01")


def tablets(start: str | None, ended: str | None = None, dose: str = "100 ug") -> Therapy:
    """Levothyroxine."""
    return drug("levothyroxine 100 mcg", start, ended, dose=dose)


@pytest.mark.parametrize(
    ("condition", "therapies", "truth"),
    [
        (EARLY, (tablets("2026-07-22"),), True),  # 41 days
        (EARLY, (tablets("2026-07-21"),), False),  # 42 days
        (SETTLED, (tablets("2026-07-21"),), True),
        (SETTLED, (tablets("2026-07-22"),), False),
        (EARLY, (tablets("2026-09-02"),), False),  # drawn before the start
        (EARLY_OR_BEFORE, (tablets("2026-09-02"),), True),
        (EARLY, (tablets("2026-09-01"),), True),
        (EARLY, (tablets("2024-01-01", "2026-08-01"), tablets("2026-08-01", dose="112 ug")), True),
        (EARLY, (tablets("2024-01-01", "2026-08-01"), tablets("2026-08-01")), False),  # a renewal
        (EARLY, (tablets(None),), False),  # nothing says that it is new
        (SETTLED, (tablets(None),), True),
        (EARLY, (), False),
    ],
)
def test_a_draw_is_counted_from_the_last_change(condition: str, therapies: tuple[Therapy, ...], truth: bool) -> None:
    asked = ask(condition, case(readings=(TSH,), therapies=therapies))
    assert asked.truth is truth, said(asked)


def test_without_a_result_it_is_unknown() -> None:
    assert ask(EARLY, case(therapies=(tablets("2026-07-22"),))).truth is None


SOON = '{ drawn_after_dose = ["ft4"], of = ["levothyroxine"], less_than = "9 h" }'
SOON_OR_UNKNOWN = '{ drawn_after_dose = ["ft4"], of = ["levothyroxine"], less_than = "9 h", unknown_counts = true }'


def taken(when: str) -> Dose:
    """A tablet of levothyroxine."""
    moment = on(when)
    assert moment is not None
    return Dose("levothyroxine", moment, f"MedicationAdministration/{when}")


@pytest.mark.parametrize(
    ("condition", "dose", "truth"),
    [
        (SOON, "2026-09-01 01:00", True),  # 8 hours
        (SOON, "2026-09-01 00:00", False),  # 9 hours
        (SOON, "2026-08-31 09:00", False),
        (SOON, "2026-08-20 09:00", None),  # surely not the last one
        (SOON_OR_UNKNOWN, "2026-08-20 09:00", True),
        (SOON, "2026-09-01 10:00", None),  # after the draw
        (SOON, "2026-09-01", None),  # its hour is not known
        (SOON_OR_UNKNOWN, "2026-09-01", True),
        (SOON_OR_UNKNOWN, "2026-08-31 09:00", False),
        (SOON, None, None),
    ],
)
def test_a_draw_is_counted_from_the_last_dose(condition: str, dose: str | None, truth: bool | None) -> None:
    drawn = result("ft4", "1.9 ng/dL", "2026-09-01 09:00")
    doses = (taken(dose),) if dose else ()
    asked = ask(condition, case(readings=(drawn,), therapies=(tablets("2024-01-01"),), doses=doses))
    assert asked.truth is truth, said(asked)


def test_every_result_it_holds_for_is_named() -> None:
    condition = '{ drawn_after_dose = ["tsh", "ft4"], of = ["levothyroxine"], less_than = "9 h" }'
    drawn = tuple(
        result(*one) for one in (("ft4", "1.9 ng/dL", "2026-09-01 09:00"), ("tsh", "1 m[IU]/L", "2026-08-01"))
    )
    asked = ask(condition, case(readings=drawn, therapies=(tablets("2024-01-01"),), doses=(taken("2026-09-01 07:00"),)))
    assert [reading.analyte for reading in asked.readings] == ["ft4"]


def test_a_drug_that_ended_long_before_the_draw_is_no_reason() -> None:
    drawn = result("ft4", "1.9 ng/dL", "2026-09-01 09:00")
    asked = ask(SOON_OR_UNKNOWN, case(readings=(drawn,), therapies=(tablets("2024-01-01", "2026-08-20"),)))
    assert asked.truth is False


def test_a_result_from_before_the_drug_was_begun_is_no_reason() -> None:
    drawn = result("ft4", "1.9 ng/dL", "2026-09-01 09:00")
    assert ask(SOON_OR_UNKNOWN, case(readings=(drawn,), therapies=(tablets("2026-09-02"),))).truth is False


ILL = '{ drawn_during = ["tsh"], ill_with = ["sepsis"], lasting = ["malnutrition"], within = "42 d" }'


@pytest.mark.parametrize(
    ("concept", "onset", "truth"),
    [
        ("sepsis", "2026-07-21", True),  # 42 days
        ("sepsis", "2026-07-20", False),
        ("sepsis", "2026-09-01", True),
        ("sepsis", "2026-09-02", False),
        ("sepsis", None, None),
        ("malnutrition", "2025-01-01", True),
        ("malnutrition", None, True),
        ("malnutrition", "2026-09-02", False),
        ("hypertension", "2026-08-20", False),
    ],
)
def test_a_draw_soon_after_an_illness_is_told(concept: str, onset: str | None, truth: bool | None) -> None:
    asked = ask(ILL, case(readings=(TSH,), conditions=(noted(concept, onset),)))
    assert asked.truth is truth, said(asked)


FED = '{ not_fasting = "ctx", clock = ["07:00", "10:00"] }'


@pytest.mark.parametrize(
    ("when", "notes", "truth"),
    [
        ("2026-09-01 07:00", ("fasting",), False),
        ("2026-09-01 10:00", ("fasting",), False),
        ("2026-09-01 10:01", ("fasting",), True),
        ("2026-09-01", ("fasting",), True),
        ("2026-09-01 08:00", (), True),
        ("2026-09-01 08:00", ("not-fasting",), True),
    ],
)
def test_only_a_draw_known_to_be_fasting_and_in_time_is_one(when: str, notes: tuple[str, ...], truth: bool) -> None:
    asked = ask(FED, case(readings=(result("ctx", "300 pg/mL", when, notes=notes),)))
    assert asked.truth is truth, said(asked)


MORNING = '{ drawn_between = "testosterone_total", clock = ["07:00", "11:00"], not_after_food = true }'


@pytest.mark.parametrize(
    ("when", "notes", "truth"),
    [
        ("2026-09-01 11:00", ("fasting",), True),
        ("2026-09-01 11:00", (), True),
        ("2026-09-01 11:00", ("not-fasting",), False),
        ("2026-09-01 11:01", ("fasting",), False),
        ("2026-09-01", (), None),
        ("2026-09-01", ("not-fasting",), False),
    ],
)
def test_a_draw_known_to_be_after_food_is_no_morning_draw(
    when: str, notes: tuple[str, ...], truth: bool | None
) -> None:
    asked = ask(MORNING, case(readings=(result("testosterone_total", "340 ng/dL", when, notes=notes),)))
    assert asked.truth is truth, said(asked)


RATIO = '{ dose_ratio = ["levothyroxine", "liothyronine"], outside = ["13", "20"] }'


@pytest.mark.parametrize(
    ("one", "other", "truth"),
    [
        ("130 ug", "10 ug", False),
        ("129 ug", "10 ug", True),
        ("100 ug", "5 ug", False),
        ("101 ug", "5 ug", True),
        ("2 tab", "5 ug", None),
    ],
)
def test_two_doses_are_compared(one: str, other: str, truth: bool | None) -> None:
    day = {"interval_hours": 24}
    both = (
        drug("levothyroxine", dose=one, strength=None, **day),
        drug("liothyronine", dose=other, strength=None, **day),
    )
    asked = ask(RATIO, case(therapies=both))
    assert asked.truth is truth, said(asked)


def test_one_of_the_two_alone_has_no_ratio() -> None:
    assert ask(RATIO, case(therapies=(tablets("2024-01-01"),))).truth is False


METHOD = '{ mixed_methods = "ft4", by_method = true }'


@pytest.mark.parametrize(
    ("one", "other", "truth"),
    [
        (("3024-7", "1.2 ng/dL"), ("14920-3", "15 pmol/L"), False),  # mass or moles is no method
        (("3024-7", "1.2 ng/dL"), ("83122-2", "12 pg/mL"), True),
        (("6892-4", "1.2 ng/dL"), ("83122-2", "12 pg/mL"), True),
        (("", "1.2 ng/dL"), ("83122-2", "12 pg/mL"), False),
    ],
)
def test_methods_are_what_the_codes_name(one: tuple[str, str], other: tuple[str, str], truth: bool) -> None:
    days = ("2026-03-01", "2026-09-01")
    drawn = tuple(result("ft4", text, day, code=code) for (code, text), day in zip((one, other), days, strict=True))
    assert ask(METHOD, case(readings=drawn)).truth is truth
