"""Which results may be compared with each other, and whether one changed by more than chance explains."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import time, timedelta
from decimal import Decimal

from cds_hooks.facts import Moment, Reading
from cds_hooks.findings import Verdict
from cds_hooks.judgement.chart.case import Case
from cds_hooks.judgement.reference.variation import Pair, Row
from cds_hooks.judgement.timing.age import age
from cds_hooks.judgement.timing.clock import days_between
from cds_hooks.judgement.timing.course import Course
from cds_hooks.judgement.timing.sequence import same_moment
from terminology.units.conversion import EXACT

_FASTING = frozenset({"fasting", "not-fasting"})
_UNTIMED = ("unknown", "other")
NO_DATA = "how much it varies by itself is not known for this patient"


def pairs_of(case: Case) -> tuple[Pair, ...]:
    """The verdicts alone, in the order of the table; worked out once for all protocols."""
    found = case.worked.pairs
    if found is None:
        found = case.worked.pairs = tuple(_pairs(case))
    return found


def _pairs(case: Case) -> Iterator[Pair]:
    oldest = case.today.day - timedelta(days=case.policy.results_for)
    for analyte, rows in case.tables.variation.rows.items():
        usable = case.usable(analyte, preliminary=False) if analyte in case.readings else ()
        if len(usable) > 1 and usable[0].effective.day >= oldest:
            newest = usable[0]
            if rows[0].is_plain and _are_plain(usable) and not (case.courses and _courses(case, analyte, rows[0])):
                yield Pair(_verdict(rows[0], newest, usable[1:]), newest, usable[1:], rows[0], rows[0].no_verdict or "")
                continue
            earlier = _before(newest, usable)
            if earlier:
                yield _compare(case, rows, newest, earlier)


def _are_plain(usable: Sequence[Reading]) -> bool:
    """Whether all are numbers above zero by one code, and the newest is surely the newest: most results are."""
    code = usable[0].code
    for one in usable:
        if one.code != code or one.comparator is not None or one.value <= 0:
            return False
    return usable[1].effective.day != usable[0].effective.day


def _before(newest: Reading, usable: Sequence[Reading]) -> Sequence[Reading]:
    """Without those that may be as new."""
    if usable[1].effective.day != newest.effective.day:
        return usable[1:]
    return [one for one in usable if not same_moment(one.effective, newest.effective)]


def _compare(case: Case, rows: Sequence[Row], newest: Reading, earlier: Sequence[Reading]) -> Pair:
    for row in rows:
        if not (row.is_for_all or _is_for(case, row, newest)):
            continue
        courses = _courses(case, newest.analyte, row) if case.courses else ()
        kept, why_not = _alike(case, newest, earlier), None
        if newest.comparator is not None or newest.value <= 0 or _asks_more(row, courses, newest):
            why_not = _unfit(courses, row, newest)
            fit = [one for one in kept if not (_unfit(courses, row, one) or _unlike(case, courses, row, newest, one))]
            kept = tuple(fit)
        if row.clock is not None and not all(_within(row.clock, one) for one in (newest, *kept)):
            continue
        if why_not or not kept:
            latest = earlier[0]
            reason = why_not or _unfit(courses, row, latest) or _unlike(case, courses, row, newest, latest) or ""
            return Pair("not-comparable", newest, (latest,), None, reason)
        kept = _of_this_dose(courses, newest, kept) if courses else kept
        return Pair(_verdict(row, newest, kept), newest, kept, row, row.no_verdict or "")
    return Pair("not-comparable", newest, (earlier[0],), None, NO_DATA)


def _verdict(row: Row, newest: Reading, kept: Sequence[Reading]) -> Verdict:
    if row.no_verdict:
        return "not-comparable"
    least, greatest = row.ratios(len(kept))
    total, count = sum_of(kept), len(kept)
    scaled = EXACT.multiply(newest.value, count) if count > 1 else newest.value  # against the sum: no division decides
    if scaled > total:
        return "true-change" if scaled > EXACT.multiply(greatest, total) else "noise"
    return "true-change" if scaled < EXACT.multiply(least, total) else "noise"


def _is_for(case: Case, row: Row, newest: Reading) -> bool:
    """Whether a row is about this person."""
    file, patient = row.file, case.facts.patient
    if file.sex is not None and case.anatomy.kind != file.sex:
        return False
    if file.not_on and case.taken(file.not_on):
        return False
    if file.age_at_least is None and file.age_below is None:
        return True
    years = age(patient.birth_date, newest.effective.day)
    if years is None:
        return False
    return (file.age_at_least is None or years >= file.age_at_least) and (
        file.age_below is None or years < file.age_below
    )


def _courses(case: Case, analyte: str, row: Row) -> tuple[Course, ...]:
    """The treatments that move an analyte."""
    moving = row.shifted_by
    return tuple([one for one in case.courses if analyte in one.timed or (moving and not one.names.isdisjoint(moving))])


def _unfit(courses: Sequence[Course], row: Row, reading: Reading) -> str | None:
    """What keeps a result from being compared with any other."""
    if reading.comparator is not None:
        return "a result is reported only as a bound"
    if reading.value <= 0:
        return "a result is not above zero"
    if row.only_below is not None and reading.value >= row.only_below:
        return f"a result is not below {row.file.only_below}"
    if courses and any(_unsettled(course, row, reading) for course in courses):
        return "a result was drawn before the dose had settled"
    return None


def _unsettled(course: Course, row: Row, reading: Reading) -> bool:
    if course.is_early(reading):
        return True
    settles = row.settles
    return settles > 0 and any(0 < days_between(moment, reading.effective) < settles for moment in _changes(course))


def _changes(course: Course) -> list[Moment]:
    """The end of a treatment, and the last start or change before it."""
    return [moment for moment in (course.stopped, course.first_valid_from) if moment is not None]


def _asks_more(row: Row, courses: Sequence[Course], newest: Reading) -> bool:
    """Whether more than the method and the number may keep results from being compared with the newest."""
    if row.only_below is not None or (row.fasting and not _FASTING.isdisjoint(newest.notes)):
        return True
    if row.same_clock is not None and newest.effective.clock is not None:
        return True
    return any(row.settles > 0 or newest.analyte in one.timed or newest.analyte in one.settling for one in courses)


def _alike(case: Case, newest: Reading, earlier: Sequence[Reading]) -> tuple[Reading, ...]:
    """The earlier results by the same method that are numbers above zero."""
    code = newest.code
    alike = [
        one
        for one in earlier
        if one.comparator is None and one.value > 0 and (one.code == code or _of_one_method(case, newest, one))
    ]
    return tuple(alike)


def _of_one_method(case: Case, newest: Reading, one: Reading) -> bool:
    """Whether the codes are one, or LOINC names the same method for both: mass or moles is no method."""
    if newest.code == one.code:
        return True
    first, second = case.vocabulary.loinc.get(newest.code), case.vocabulary.loinc.get(one.code)
    return first is not None and second is not None and first.method == second.method


def _unlike(case: Case, courses: Sequence[Course], row: Row, newest: Reading, one: Reading) -> str | None:
    """How two results differ in more than their value."""
    if not _of_one_method(case, newest, one):
        named = " and ".join([f"LOINC {code}" if code else "no LOINC code" for code in (newest.code, one.code)])
        return f"measured by different methods ({named})"
    if courses and any(_timed_unlike(case, course, newest, one) for course in courses):
        return "not surely drawn at the same time after the dose"
    if row.fasting and {*newest.notes, *one.notes} >= _FASTING:
        return "one was drawn fasting, the other not"
    return _clocks_unlike(row, newest.effective, one.effective)


def _timed_unlike(case: Case, course: Course, newest: Reading, one: Reading) -> bool:
    if not course.times(newest.analyte):
        return False
    timings = [case.timing_in(course, reading) for reading in (newest, one)]
    labels = {timing.label if timing is not None else "unknown" for timing in timings}
    return len(labels) > 1 or not labels.isdisjoint(_UNTIMED)


def _clocks_unlike(row: Row, newest: Moment, one: Moment) -> str | None:
    apart = row.same_clock
    if apart is None or newest.clock is None or one.clock is None:
        return None
    minutes = abs(_minutes(newest.clock) - _minutes(one.clock))
    return "drawn at different hours of the day" if min(minutes, 1440 - minutes) > apart * 60 else None


def _minutes(clock: time) -> int:
    return clock.hour * 60 + clock.minute


def _within(hours: tuple[time, time], reading: Reading) -> bool:
    clock = reading.effective.clock
    return clock is not None and hours[0] <= clock <= hours[1]


def _of_this_dose(courses: Sequence[Course], newest: Reading, kept: tuple[Reading, ...]) -> tuple[Reading, ...]:
    """Results of the present dose where there are any: the mean of two doses is the level of neither."""
    for course in courses:
        changed = next((one for one in _changes(course) if days_between(one, newest.effective) > 0), None)
        if changed is None:
            continue
        since = tuple([one for one in kept if days_between(changed, one.effective) > 0])
        kept = since or kept
    return kept


def sum_of(readings: Sequence[Reading]) -> Decimal:
    total = readings[0].value
    for reading in readings[1:]:
        total = EXACT.add(total, reading.value)
    return total
