"""The newest result against what depends on the patient: a target, a range of the laboratory, age and sex."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from cds_hooks.facts import Condition, Goal, Patient, Reading
from cds_hooks.judgement.chart.derived import derive
from cds_hooks.judgement.chart.formulas import standard_deviations
from tests.asking import ask, case, noted, result, said

DAY = "2026-09-03"
ABOVE = '{ target = "tsh", function = "tsh-target", side = "above" }'
BELOW = '{ target = "tsh", function = "tsh-target", side = "below" }'


def person(age: int | None = 40, sex: str = "female") -> Patient:
    """Someone of an age on the day of the draw."""
    born = date(2026 - age, 9, 3) if age is not None else None
    return Patient("Patient/1", born, sex, "birthsex")


def tsh(value: str, **more: Any) -> Reading:
    """A TSH in m[IU]/L."""
    comparator = value.rstrip("0123456789.")
    return result("tsh", f"{comparator}{value.removeprefix(comparator)} m[IU]/L", DAY, **more)


PREGNANT, PLANNING = noted("pregnancy", "2026-07-01"), noted("fertility-desired")
CENTRAL, CANCER = noted("hypopituitarism"), noted("thyroid-cancer")


@pytest.mark.parametrize(
    ("patient", "conditions", "reading", "below", "above"),
    [
        (person(), (), tsh("0.39"), True, False),
        (person(), (), tsh("0.40"), False, False),
        (person(), (), tsh("4.0"), False, False),
        (person(), (), tsh("4.01"), False, True),
        (person(), (), tsh("4.5", lower="0.5", upper="4.5"), False, False),
        (person(), (), tsh("0.45", lower="0.5", upper="4.5"), True, False),
        (person(), (), tsh("0.45", lower="0.5"), True, False),
        (person(69), (), tsh("4.01"), False, True),
        (person(70), (), tsh("6.0"), False, False),
        (person(70), (), tsh("6.01"), False, True),
        (person(70), (), tsh("5.0", lower="0.5", upper="4.5"), False, False),
        (person(79), (), tsh("6.01"), False, True),
        (person(80), (), tsh("8.0"), False, False),
        (person(80), (), tsh("8.01"), False, True),
        (person(80), (), tsh("0.39"), True, False),
        (person(30), (PREGNANT,), tsh("2.49"), False, False),
        (person(30), (PREGNANT,), tsh("2.5"), False, True),
        (person(30), (PREGNANT,), tsh("0.1"), False, False),
        (person(30), (PREGNANT,), tsh("0.09"), True, False),
        (person(30), (PLANNING,), tsh("2.5"), False, False),
        (person(30), (PLANNING,), tsh("2.51"), False, True),
        (person(30), (PLANNING,), tsh("0.39"), True, False),
        (person(30, "male"), (PLANNING,), tsh("2.51"), False, False),
        (person(), (CENTRAL,), tsh("0.02"), None, None),
        (person(), (CANCER,), tsh("0.05"), None, False),
        (person(), (CANCER,), tsh("5"), None, True),
        (person(None), (), tsh("3.9"), False, False),
        (person(None), (), tsh("5"), False, None),
        (person(None), (), tsh("9"), False, True),
        (person(), (), tsh("<0.01"), True, False),
        (person(), (), tsh("<1"), None, False),
    ],
)
def test_tsh_has_a_target_of_its_own_for_each(
    patient: Patient, conditions: tuple[Condition, ...], reading: Reading, below: object, above: object
) -> None:
    asked = case(patient=patient, conditions=conditions, readings=(reading,))
    assert (ask(BELOW, asked).truth, ask(ABOVE, asked).truth) == (below, above)


OWN = "the laboratory's own range"
GOAL = Goal("tsh", "Goal/1", Decimal("0.1"), Decimal("0.5"), "0.1–0.5 m[IU]/L")


@pytest.mark.parametrize(
    ("conditions", "value", "below", "above"),
    [
        ((), "0.6", False, True),
        ((CANCER,), "0.2", False, False),
        ((CANCER,), "0.09", True, False),
        ((CANCER, PREGNANT), "0.6", False, True),
        ((PREGNANT,), "0.6", False, False),
    ],
)
def test_a_documented_goal_stands_in_its_place(
    conditions: tuple[Condition, ...], value: str, below: bool, above: bool
) -> None:
    """In pregnancy only that of someone treated for thyroid cancer."""
    asked = case(patient=person(30), conditions=conditions, readings=(tsh(value),), goals=(GOAL,))
    assert (ask(BELOW, asked).truth, ask(ABOVE, asked).truth) == (below, above)


@pytest.mark.parametrize(
    ("patient", "reading", "limit", "source"),
    [
        (person(), tsh("5"), "0.4–4.0 m[IU]/L", "ATA 2014, grade A"),
        (
            person(),
            tsh("5", lower="0.5", upper="4.5"),
            "0.5–4.5 m[IU]/L",
            "the laboratory's own range, ATA 2014, grade A",
        ),
        (person(82), tsh("9"), "0.4–8.0 m[IU]/L", "from age 80, SORTED 1, grade C"),
    ],
)
def test_the_target_is_named_with_its_source(patient: Patient, reading: Reading, limit: str, source: str) -> None:
    outcome = ask(ABOVE, case(patient=patient, readings=(reading,)))
    assert (outcome.values["limit"], outcome.values["source_of_target"]) == (limit, source)
    assert f"above the target {limit} ({source})" in said(outcome)


def test_without_a_result_or_with_a_newer_one_held_the_target_is_not_judged() -> None:
    assert ask(ABOVE, case()).truth is None
    newer = result("tsh", "9 m[IU]/L", "2026-09-04")
    assert ask(ABOVE, case(held=(newer.reference,), readings=(tsh("2"), newer))).truth is None


ASSUMED = '{ fraction = "ft4", below = "0.5", lower = "10.3 pmol/L", upper = "23.2 pmol/L" }'


def ft4(value: str, unit: str = "pmol/L", **more: Any) -> Reading:
    """A free T4 with the range of worked case P6."""
    return result("ft4", f"{value} {unit}", DAY, **({"lower": "10.3", "upper": "23.2"} | more))


@pytest.mark.parametrize(
    ("condition", "reading", "truth"),
    [
        ('{ fraction = "ft4", below = "0.5" }', ft4("12.9"), True),
        ('{ fraction = "ft4", below = "0.5" }', ft4("16.75"), False),
        ('{ fraction = "ft4", at_least = "0.5" }', ft4("16.75"), True),
        ('{ fraction = "ft4", at_most = "0.5" }', ft4("16.75"), True),
        ('{ fraction = "ft4", below = "0.5" }', ft4("16.74"), True),
        ('{ fraction = "ft4", above = "1" }', ft4("23.2"), False),
        ('{ fraction = "ft4", above = "1.0" }', ft4("23.3"), True),
        ('{ fraction = "ft4", below = "0.5" }', ft4("1.3", "ng/dL", lower="0.8", upper="1.8"), False),
        ('{ fraction = "ft4", below = "0.5" }', ft4("1.29", "ng/dL", lower="0.8", upper="1.8"), True),
        ('{ fraction = "ft4", below = "0.5" }', ft4("<12"), True),
        ('{ fraction = "ft4", below = "0.5" }', ft4("<18"), None),
        ('{ fraction = "ft4", below = "0.5" }', result("ft4", "12.9 pmol/L", DAY), None),
        ('{ fraction = "ft4", below = "0.5" }', result("ft4", "12.9 pmol/L", DAY, lower="10"), None),
        (
            ASSUMED,
            result("ft4", "16.75 pmol/L", DAY),
            False,
        ),
        (
            ASSUMED,
            result("ft4", "16.74 pmol/L", DAY),
            True,
        ),
        ('{ fraction = "ft4", below = "0.5", within = "0 d" }', ft4("12.9"), None),
    ],
)
def test_a_share_of_the_laboratorys_own_range(condition: str, reading: Reading, truth: object) -> None:
    assert ask(condition, case(readings=(reading,))).truth is truth


def test_the_share_is_told() -> None:
    outcome = ask('{ fraction = "ft4", below = "0.5" }', case(readings=(ft4("12.9"),)))
    assert outcome.values["fraction"] == "0.20"
    assert "below 0.5 of its range 10.3–23.2 pmol/L, at 0.20" in said(outcome)


@pytest.mark.parametrize(
    "condition",
    [
        '{ fraction = "ft4" }',
        '{ fraction = "ft4", below = "half" }',
        '{ fraction = "ft4", below = "0.5", above = "0.1" }',
        '{ fraction = "ft9", below = "0.5" }',
        '{ fraction = "ft4", below = "0.5", lower = "10 pmol/L" }',
        '{ fraction = "ft4", below = "0.5", lower = "20 pmol/L", upper = "10 pmol/L" }',
        '{ sds = "igf1", above = "2.0", below = "-2.0" }',
        '{ sds = "igf1", above = "2 SD" }',
    ],
)
def test_a_condition_that_cannot_be_read_is_refused(condition: str) -> None:
    with pytest.raises(ValueError, match=r"ft4|ft9|igf1"):
        ask(condition, case())


TWICE = '{ sds = "igf1", above = "3.0", times = 2, apart = "28 d" }'


def igf1(value: str, when: str = DAY, **more: Any) -> Reading:
    """An IGF-1 with the range of worked case P8."""
    return result("igf1", f"{value} ng/mL", when, **({"lower": "44", "upper": "275"} | more))


def zscore(value: str, when: str = DAY) -> Reading:
    """The laboratory's own Z-score."""
    return result("igf1_zscore", f"{value} {{Z-score}}", when)


def bare_igf1(value: str, *notes: str) -> Reading:
    """An IGF-1 without a range."""
    return result("igf1", f"{value} ng/mL", DAY, notes=notes)


@pytest.mark.parametrize(
    ("condition", "readings", "truth"),
    [
        ('{ sds = "igf1", above = "2.0" }', (zscore("2.4"),), True),
        ('{ sds = "igf1", above = "2.0" }', (zscore("2.0"),), False),
        ('{ sds = "igf1", at_least = "2.0" }', (zscore("2.0"),), True),
        ('{ sds = "igf1", below = "-2.0" }', (zscore("-2.0"),), False),
        ('{ sds = "igf1", below = "-2.0" }', (zscore("-2.1"),), True),
        ('{ sds = "igf1", at_least = "0" }', (zscore("0"),), True),
        ('{ sds = "igf1", above = "2.0" }', (zscore("2.4"), igf1("128")), True),
        ('{ sds = "igf1", above = "2.0" }', (zscore("2.4", "2026-06-03"), igf1("128")), False),
        ('{ sds = "igf1", at_least = "1.96" }', (igf1("275"),), True),
        ('{ sds = "igf1", above = "1.96" }', (igf1("275"),), False),
        ('{ sds = "igf1", at_most = "-1.96" }', (igf1("44"),), True),
        ('{ sds = "igf1", above = "2.0" }', (igf1("281"),), True),
        ('{ sds = "igf1", above = "2.0" }', (igf1(">300"),), True),
        ('{ sds = "igf1", above = "2.0" }', (igf1(">200"),), None),
        ('{ sds = "igf1", above = "1.96" }', (bare_igf1("276", "lc-ms"),), True),
        ('{ sds = "igf1", above = "1.96" }', (bare_igf1("275", "lc-ms"),), False),
        ('{ sds = "igf1", above = "1.96" }', (bare_igf1("900"),), None),
        ('{ sds = "igf1", above = "2.0" }', (), None),
        (
            TWICE,
            (zscore("3.1"), zscore("3.2", "2026-08-06")),
            True,
        ),
        (
            TWICE,
            (zscore("3.1"), zscore("3.2", "2026-08-07")),
            False,
        ),
        (
            TWICE,
            (zscore("3.1"), zscore("2.9", "2026-08-10"), zscore("3.2", "2026-07-07")),
            False,
        ),
        ('{ sds = "igf1", above = "3.0", times = 2 }', (zscore("3.1"),), False),
    ],
)
def test_igf1_stands_where_its_laboratory_says(condition: str, readings: tuple[Reading, ...], truth: object) -> None:
    """A man of 45: the table says 44–275 ng/mL."""
    man = Patient("Patient/1", date(1981, 1, 1), "male", "birthsex")
    assert ask(condition, case(patient=man, readings=readings)).truth is truth


def test_the_z_score_of_a_held_draw_is_not_used() -> None:
    level = igf1("128")
    assert (
        ask('{ sds = "igf1", above = "2.0" }', case(held=(level.reference,), readings=(level, zscore("2.4")))).truth
        is None
    )


@pytest.mark.parametrize(("value", "sds"), [("128", "0.32"), ("171", "0.94"), ("44", "-1.96"), ("275", "1.96")])
def test_standard_deviations_of_the_worked_case(value: str, sds: str) -> None:
    (derived,) = derive(case(readings=(igf1(value),)))
    assert (derived.quantity, derived.value, derived.unit) == ("igf1_sds", Decimal(sds), "{Z-score}")
    assert derived.basis == "approx., from the laboratory's range"


def test_the_laboratorys_score_comes_first_and_says_so() -> None:
    (derived,) = derive(case(readings=(igf1("128"), zscore("2.4"))))
    assert (derived.value, derived.basis) == (Decimal("2.40"), "the laboratory's Z-score")
    assert derive(case(readings=(igf1(">300"),))) == ()
    assert derive(case(readings=(bare_igf1("300"),))) == ()


def test_the_edges_of_a_range_are_exactly_at_the_edges() -> None:
    for low, high in ((44, 275), (91, 442), (7, 11), (1, 1000)):
        assert standard_deviations(Decimal(high), Decimal(low), Decimal(high)) == Decimal("1.96")
        assert standard_deviations(Decimal(low), Decimal(low), Decimal(high)) == Decimal("-1.96")


@pytest.mark.parametrize("free", ["3.0 pg/mL", "3.0 ng/L", "300 pg/dL", "0.300 ng/dL", "4.6086 pmol/L"])
@pytest.mark.parametrize("reverse", ["28 ng/dL", "280 pg/mL", "0.28 ng/mL", "0.43013 nmol/L"])
def test_the_ratio_of_t3_is_the_same_in_every_unit(free: str, reverse: str) -> None:
    (derived,) = derive(case(readings=(result("ft3", free, DAY), result("rt3", reverse, DAY))))
    assert (derived.quantity, derived.value, derived.unit) == ("ft3_rt3_ratio", Decimal("10.7"), "1")


@pytest.mark.parametrize(
    "readings",
    [
        (result("ft3", "3.0 pg/mL", DAY),),
        (result("ft3", "3.0 pg/mL", DAY), result("rt3", "28 ng/dL", "2026-09-02")),
        (result("ft3", "3.0 pg/mL", DAY), result("rt3", "<5 ng/dL", DAY)),
        (result("ft3", "3.0 pg/mL", DAY), result("rt3", "0 ng/dL", DAY)),
    ],
)
def test_the_ratio_needs_both_of_one_draw(readings: tuple[Reading, ...]) -> None:
    assert derive(case(readings=readings)) == ()


def dheas(value: str, unit: str = "ug/dL", **more: Any) -> Reading:
    """A DHEA-S."""
    return result("dhea_s", f"{value} {unit}", DAY, **more)


@pytest.mark.parametrize(
    ("patient", "reading", "side", "truth"),
    [
        (person(45), dheas("31"), "below", True),
        (person(45), dheas("32"), "below", False),
        (person(45), dheas("240"), "above", False),
        (person(45), dheas("241"), "above", True),
        (person(45), dheas("241"), "outside", True),
        (person(45), dheas("31"), "outside", True),
        (person(45), dheas("32"), "outside", False),
        (person(45, "male"), dheas("94"), "below", True),
        (person(49), dheas("31"), "below", True),
        (person(50), dheas("31"), "below", False),
        (person(18), dheas("144"), "below", True),
        (person(17), dheas("144"), "below", None),
        (person(75), dheas("16"), "below", True),
        (person(45), dheas("31", lower="30", upper="200"), "below", False),
        (person(45), dheas("201", lower="30", upper="200"), "above", True),
        (person(None), dheas("201", lower="30", upper="200"), "above", True),
        (person(45), dheas("201", upper="200"), "below", False),
        (person(None), dheas("31"), "below", None),
        (Patient("Patient/1", date(1981, 1, 1)), dheas("31"), "below", None),
        (person(45), dheas("0.868", "umol/L"), "below", True),  # 31.98 ug/dL
        (person(45), dheas("0.869", "umol/L"), "below", False),
        (person(45), dheas("<15"), "outside", True),
        (person(45), dheas("<50"), "outside", None),
    ],
)
def test_dhea_s_outside_its_laboratorys_range_else_that_of_age_and_sex(
    patient: Patient, reading: Reading, side: str, truth: object
) -> None:
    assert (
        ask(f'{{ age_table = "dhea_s", side = "{side}" }}', case(patient=patient, readings=(reading,))).truth is truth
    )


def test_the_range_is_named() -> None:
    outcome = ask('{ age_table = "dhea_s" }', case(patient=person(45), readings=(dheas("20"),)))
    assert (outcome.values["limit"], outcome.values["basis"]) == ("32–240 ug/dL", "table, women of 40–49")
