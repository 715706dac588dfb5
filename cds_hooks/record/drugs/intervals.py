"""The hours between doses, from structured timing and timing codes; more than one answer is no answer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal

from cds_hooks.record.fhir.concepts import codings_of
from cds_hooks.record.fhir.datatypes import CodeableConcept
from cds_hooks.record.fhir.dosages import Repeat
from cds_hooks.record.results.numbers import positive

Hours = frozenset[Decimal]  # every interval that is said or may be meant; only a single one can be used
SILENT: Hours = frozenset()
DAY = Decimal(24)
WEEK = 7 * DAY
MONTH = Decimal("730.5")  # a twelfth of a year of 365.25 days
_UNIT_HOURS: Mapping[str, Decimal] = {
    "s": Decimal(1) / 3600,
    "min": Decimal(1) / 60,
    "h": Decimal(1),
    "d": DAY,
    "wk": WEEK,
    "w": WEEK,
    "mo": MONTH,
    "a": 12 * MONTH,
}
_ABBREVIATIONS: Mapping[str, Decimal] = {
    "QD": DAY,
    "DAILY": DAY,
    "AM": DAY,
    "PM": DAY,
    "BED": DAY,
    "HS": DAY,
    "BID": DAY / 2,
    "TID": DAY / 3,
    "QID": DAY / 4,
    "QOD": 2 * DAY,
    "QW": WEEK,
    "WK": WEEK,
    "QWK": WEEK,
    "BIW": WEEK / 2,
    "TIW": WEEK / 3,
    "MO": MONTH,
    "QM": MONTH,
    "QMO": MONTH,
}
_EVERY_CODE = re.compile(r"Q(\d{1,3})(H|D|WK|W|MO)")


def only(hours: Hours) -> Decimal | None:
    """The interval, when just one is said."""
    return next(iter(hours)) if len(hours) == 1 else None


def of_repeat(repeat: Repeat | None) -> Hours:
    """From structured timing; a `frequencyMax` or `periodMax` says more than one."""
    if repeat is None:
        return SILENT
    period, unit = positive(repeat.period), _UNIT_HOURS.get(repeat.periodUnit or "")
    times = positive(repeat.frequency)
    if repeat.dayOfWeek:
        return _on_days(len(set(repeat.dayOfWeek)), (period or 1) * (unit or WEEK), times or Decimal(1))
    if period is None or unit is None:
        return frozenset({DAY / len(repeat.timeOfDay)}) if repeat.timeOfDay else SILENT
    times = times or Decimal(max(len(repeat.timeOfDay or ()), 1))
    longest, most = positive(repeat.periodMax) or period, positive(repeat.frequencyMax) or times
    return frozenset({period * unit / most, longest * unit / times})


def of_code(concept: CodeableConcept | None) -> Hours:
    """From timing codes such as `BID` or `Q2W`."""
    for _, code, _ in codings_of(concept):
        written = code.upper()
        if written in _ABBREVIATIONS:
            return frozenset({_ABBREVIATIONS[written]})
        if (match := _EVERY_CODE.fullmatch(written)) and int(match[1]):
            return frozenset({int(match[1]) * _UNIT_HOURS[match[2].lower()]})
    return SILENT


def _on_days(days: int, cycle: Decimal, times: Decimal) -> Hours:
    """On so many days of the week: in a daily cycle `times` counts the doses of a day, in a longer one the days."""
    if cycle == DAY:
        return frozenset({WEEK / (days * times)})
    each, every = cycle / days, cycle / times
    return frozenset({each}) if cycle % WEEK == 0 and times in (1, days) else frozenset({each, every})
