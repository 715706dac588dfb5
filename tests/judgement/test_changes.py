"""True change, noise, or not comparable: each pair of results and the reason."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from cds_hooks.facts import Dose, Patient, Reading, Therapy
from cds_hooks.findings import Change
from cds_hooks.judgement.chart.case import Case
from cds_hooks.judgement.chart.changes import changes_of
from cds_hooks.judgement.chart.pairs import NO_DATA
from terminology.units.conversion import EXACT
from tests.asking import ask, case, drug, on, result, said
from tests.engine import site

WOMAN = Patient("Patient/1", date(1981, 1, 1), "female", "birthsex")


def pair(analyte: str, before: str, now: str, **more: Any) -> tuple[Reading, ...]:
    """A result of half a year ago and one of yesterday; `more` is of the newest."""
    return result(analyte, before, "2026-03-03"), result(analyte, now, "2026-09-03", **more)


def changed(*readings: Reading, **facts: Any) -> Change:
    """The verdict on one analyte's results."""
    (change,) = changes_of(case(readings=readings, **facts))
    return change


@pytest.mark.parametrize(
    ("analyte", "before", "now", "percent", "verdict"),
    [
        ("tsh", "0.9 m[IU]/L", "7.4 u[IU]/mL", "722.2", "true-change"),
        ("ft4", "1.4 ng/dL", "1.1 ng/dL", "-21.4", "true-change"),
        ("igf1", "128 ng/mL", "171 ng/mL", "33.6", "noise"),
        ("ctx", "620 pg/mL", "0.40 ng/mL", "-35.5", "true-change"),
        ("ctx", "600 pg/mL", "402 pg/mL", "-33.0", "noise"),
        ("hdl", "48 mg/dL", "44 mg/dL", "-8.3", "noise"),
        ("hematocrit", "0.48 L/L", "54 %", "12.5", "true-change"),
        ("hematocrit", "48 %", "53.9 %", "12.3", "noise"),
        ("ft4", "18 pmol/L", "18 pmol/L", "0.0", "noise"),
        ("hs_crp", "1.0 mg/L", "2.5 mg/L", "150.0", "noise"),
        ("hs_crp", "1.0 mg/L", "2.6 mg/L", "160.0", "true-change"),
    ],
)
def test_the_worked_pairs(analyte: str, before: str, now: str, percent: str, verdict: str) -> None:
    change = changed(*pair(analyte, before, now))
    assert (change.percent, change.verdict) == (Decimal(percent), verdict)
    assert change.up is not None
    assert change.down is not None
    assert change.down < 0 < change.up


@pytest.mark.parametrize("step", [Decimal("1e-34"), Decimal("-1e-34")])
def test_the_edge_itself_decides(step: Decimal) -> None:
    """The greatest ratio that is noise, and the least that is not, differ in the 34th decimal."""
    (row,) = site().knowledge.tables.variation.rows["tsh"]
    edge = EXACT.add(row.ratios(1)[1], step)
    change = changed(result("tsh", "1 m[IU]/L", "2026-03-03"), result("tsh", f"{edge} m[IU]/L", "2026-09-03"))
    assert change.verdict == ("true-change" if step > 0 else "noise")


@pytest.mark.parametrize(
    ("readings", "reason"),
    [
        (pair("tsh", "2 m[IU]/L", "<0.01 m[IU]/L"), "only as a bound"),
        (pair("tsh", "<0.01 m[IU]/L", "2 m[IU]/L"), "only as a bound"),
        (pair("tsh", "0 m[IU]/L", "2 m[IU]/L"), "not above zero"),
        (pair("igf1", "100 ng/mL", "200 ng/mL", code="2484-4"), "no LOINC code"),
        (pair("hs_crp", "2 mg/L", "10 mg/L"), "not below 10 mg/L"),
        (pair("lh", "5 [IU]/L", "15 [IU]/L"), "too differently from man to man"),
        (pair("prolactin", "5 ng/mL", "50 ng/mL"), "corrected from 23 to 58 %"),
        (
            (
                result("triglycerides", "100 mg/dL", "2026-03-03", notes=("fasting",)),
                result("triglycerides", "300 mg/dL", "2026-09-03", notes=("not-fasting",)),
            ),
            "fasting, the other not",
        ),
        (
            (result("ctx", "600 pg/mL", "2026-03-03 08:00"), result("ctx", "300 pg/mL", "2026-09-03 12:01")),
            "different hours",
        ),
        (
            (result("tsh", "1 m[IU]/L", "2026-03-03 23:00"), result("tsh", "2 m[IU]/L", "2026-09-03 04:00")),
            "different hours",
        ),
    ],
)
def test_what_cannot_be_compared_says_why(readings: tuple[Reading, ...], reason: str) -> None:
    change = changed(*readings)
    assert change.verdict == "not-comparable"
    assert reason in change.because
    assert change.up is None


@pytest.mark.parametrize(
    "readings",
    [
        (result("tsh", "1 m[IU]/L", "2026-03-03 08:00"), result("tsh", "2 m[IU]/L", "2026-09-03 12:00")),
        (result("tsh", "1 m[IU]/L", "2026-03-03 23:00"), result("tsh", "2 m[IU]/L", "2026-09-03 03:00")),
        (result("tsh", "1 m[IU]/L", "2026-03-03"), result("tsh", "2 m[IU]/L", "2026-09-03 03:00")),
        (
            result("ctx", "600 pg/mL", "2026-03-03", notes=("fasting",)),
            result("ctx", "300 pg/mL", "2026-09-03", notes=("fasting",)),
        ),
        (
            result("ctx", "600 pg/mL", "2026-03-03"),
            result("ctx", "300 pg/mL", "2026-09-03", notes=("not-fasting",)),
        ),
    ],
)
def test_what_may_be_alike_is_compared(readings: tuple[Reading, ...]) -> None:
    assert changed(*readings).verdict == "true-change"


def test_women_have_no_known_variation_of_sex_hormones() -> None:
    change = changed(*pair("estradiol", "20 pg/mL", "200 pg/mL"), patient=WOMAN)
    assert (change.verdict, NO_DATA in change.because) == ("not-comparable", True)
    assert changed(*pair("estradiol", "20 pg/mL", "200 pg/mL"), own="estradiol").verdict == "true-change"


@pytest.mark.parametrize(
    ("born", "verdict"),
    [(date(1976, 9, 4), "true-change"), (date(1976, 9, 3), "noise"), (None, "not-comparable")],
)
def test_psa_varies_more_from_fifty_on(born: date | None, verdict: str) -> None:
    """The draw was on 3 September: who turned 50 that day is 50."""
    man = Patient("Patient/1", born, "male", "birthsex")
    assert changed(*pair("psa_total", "1.0 ng/mL", "1.3 ng/mL"), patient=man).verdict == verdict


@pytest.mark.parametrize(
    ("clocks", "verdict"),
    [
        (("07:00", "10:00"), "true-change"),
        (("07:00", "10:01"), "noise"),
        (("06:59", "10:00"), "noise"),
    ],
)
def test_morning_testosterone_varies_less(clocks: tuple[str, str], verdict: str) -> None:
    before, now = clocks
    readings = (
        result("testosterone_total", "400 ng/dL", f"2026-03-03 {before}"),
        result("testosterone_total", "560 ng/dL", f"2026-09-03 {now}"),
    )
    assert changed(*readings, own="estradiol").verdict == verdict


def test_all_earlier_results_of_the_method_make_the_baseline() -> None:
    readings = (
        result("tsh", "1.0 m[IU]/L", "2025-09-03"),
        result("tsh", "2.0 m[IU]/L", "2026-01-03"),
        result("tsh", "<0.1 m[IU]/L", "2026-02-03"),
        result("tsh", "9.0 m[IU]/L", "2026-03-03", code="3016-3"),
        result("tsh", "2.4 m[IU]/L", "2026-09-03"),
    )
    change = changed(*readings)
    assert change.earlier == ("Observation/tsh-2026-01-03", "Observation/tsh-2025-09-03")
    assert (change.baseline, change.percent, change.up) == ("1.50 m[IU]/L", Decimal("60.0"), Decimal("53.1"))
    assert change.verdict == "true-change"


def on_levothyroxine(readings: tuple[Reading, ...], *therapies: Therapy) -> Case:
    """A case whose protocols include one of levothyroxine."""
    found = case(own="levothyroxine", readings=readings, therapies=therapies)
    return _with_courses(found)


def _with_courses(found: Case) -> Case:
    assert found.course is not None
    return replace(found, courses=(found.course,))


def raised_on(day: str) -> tuple[Therapy, ...]:
    """Levothyroxine whose dose was raised on a day."""
    before = drug("levothyroxine", "2025-09-03", day, dose="75 ug")
    return before, drug("levothyroxine", day, dose="88 ug")


@pytest.mark.parametrize(("day", "verdict"), [("2026-09-03", "true-change"), ("2026-09-02", "not-comparable")])
def test_a_result_before_the_dose_has_settled_is_not_compared(day: str, verdict: str) -> None:
    """The dose was raised on 23 July; 42 days later TSH has settled."""
    readings = result("tsh", "6.8 m[IU]/L", "2026-07-01"), result("tsh", "2.0 m[IU]/L", day)
    (change,) = changes_of(on_levothyroxine(readings, *raised_on("2026-07-23")))
    assert change.verdict == verdict


@pytest.mark.parametrize(("stopped", "verdict"), [("2026-07-23", "true-change"), ("2026-07-24", "not-comparable")])
def test_stopping_is_a_change_too(stopped: str, verdict: str) -> None:
    readings = result("tsh", "2.0 m[IU]/L", "2026-07-01"), result("tsh", "9.0 m[IU]/L", "2026-09-03")
    (change,) = changes_of(on_levothyroxine(readings, drug("levothyroxine", "2025-09-03", stopped)))
    assert change.verdict == verdict


def test_results_of_the_present_dose_are_compared_with_each_other() -> None:
    readings = (
        result("tsh", "9.0 m[IU]/L", "2026-01-01"),
        result("tsh", "2.0 m[IU]/L", "2026-05-01"),
        result("tsh", "2.2 m[IU]/L", "2026-09-03"),
    )
    (change,) = changes_of(on_levothyroxine(readings, *raised_on("2026-02-01")))
    assert (change.earlier, change.verdict) == (("Observation/tsh-2026-05-01",), "noise")


@pytest.mark.parametrize(
    ("dosed", "verdict"), [("2026-05-29 08:00", "true-change"), ("2026-05-31 08:00", "not-comparable")]
)
def test_a_level_is_compared_at_the_same_time_after_the_dose(dosed: str, verdict: str) -> None:
    moments = [moment for when in (dosed, "2026-08-31 08:00") if (moment := on(when)) is not None]
    doses = tuple(Dose("testosterone", moment, f"Dose/{moment.text}") for moment in moments)
    readings = (
        result("testosterone_total", "400 ng/dL", "2026-06-01 20:00"),
        result("testosterone_total", "800 ng/dL", "2026-09-03 20:00"),
    )
    weekly = drug("testosterone cypionate", "2025-09-01", interval_hours=Decimal(168))
    (change,) = changes_of(_with_courses(case(readings=readings, therapies=(weekly,), doses=doses)))
    assert change.verdict == verdict


@pytest.mark.parametrize(
    ("before", "now", "told"),
    [("9.0", "2.0", True), ("9.0", "30", False), ("0.1", "2.0", True), ("2.0", "9.0", False)],
)
def test_a_first_value_outside_its_range_returns_by_itself(before: str, now: str, told: bool) -> None:
    first = result("tsh", f"{before} m[IU]/L", "2026-03-03", lower="0.4", upper="4.0")
    change = changed(first, result("tsh", f"{now} m[IU]/L", "2026-09-03"))
    assert change.regression is told
    assert ("regression to the mean" in change.because) is told


@pytest.mark.parametrize(
    "readings",
    [
        (result("tsh", "2 m[IU]/L", "2026-09-03"),),
        (result("tsh", "2 m[IU]/L", "2026-09-03"), result("tsh", "9 m[IU]/L", "2026-09-03", reference="other")),
        (result("tsh", "2 m[IU]/L", "2024-03-03"), result("tsh", "9 m[IU]/L", "2025-05-01")),
        pair("sodium", "140 mmol/L", "120 mmol/L"),
    ],
)
def test_without_a_recent_pair_of_a_tabled_analyte_nothing_is_said(readings: tuple[Reading, ...]) -> None:
    assert changes_of(case(readings=readings)) == ()


def test_a_result_that_is_held_is_not_compared() -> None:
    readings = (*pair("tsh", "1 m[IU]/L", "1.1 m[IU]/L"), result("tsh", "9 m[IU]/L", "2026-09-04"))
    (change,) = changes_of(case(held=("Observation/tsh-2026-09-04",), readings=readings))
    assert change.newest == "Observation/tsh-2026-09-03"


TRUE, NOISE = pair("tsh", "1 m[IU]/L", "7 m[IU]/L"), pair("hdl", "48 mg/dL", "44 mg/dL")
BOUND = pair("ft4", "1.2 ng/dL", "<0.3 ng/dL")


@pytest.mark.parametrize(
    ("condition", "readings", "truth"),
    [
        ("{ true_change = true }", (*TRUE, *NOISE, *BOUND), True),
        ("{ true_change = true }", (*NOISE, *BOUND), None),
        ("{ true_change = true }", NOISE, False),
        ("{ true_change = true }", (), None),
        ('{ true_change = ["hdl"] }', (*TRUE, *NOISE), False),
        ('{ true_change = ["tsh", "hdl"] }', (*TRUE, *NOISE), True),
        ('{ true_change = ["ft4"] }', (*TRUE, *BOUND), None),
    ],
)
def test_the_strongest_verdict_decides(condition: str, readings: tuple[Reading, ...], truth: object) -> None:
    outcome = ask(condition, case(readings=readings))
    assert outcome.truth is truth
    assert not outcome.blocked  # nothing that anyone could supply stands in the way


def test_the_pairs_that_decide_are_evidence() -> None:
    outcome = ask("{ true_change = true }", case(readings=(*TRUE, *NOISE, *BOUND)))
    assert {reading.reference for reading in outcome.readings} == {r.reference for r in TRUE}
    assert outcome.values["changes"] == "TSH +600.0 % (noise up to +63.5 %)"
    assert said(outcome).endswith("against 1 m[IU]/L of 2026-03-03: +600.0 % (noise −38.8 to +63.5 %)")


def test_noise_is_told_with_its_bounds() -> None:
    outcome = ask("{ true_change = true }", case(readings=NOISE))
    assert said(outcome).endswith("against 48 mg/dL of 2026-03-03: −8.3 % (noise −15.4 to +18.2 %)")


def test_an_unknown_analyte_is_refused() -> None:
    with pytest.raises(ValueError, match="not an analyte: tsk"):
        ask('{ true_change = ["tsk"] }', case())
