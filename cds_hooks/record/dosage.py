"""How a drug is taken, read from a dosage: the hours between doses, the route, and the dose as written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from cds_hooks.record.codes import clean, codings_of, texts_of
from cds_hooks.record.elements import CodeableConcept, Dosage, Period, Quantity, Range, Repeat, Resource
from cds_hooks.record.numbers import number, positive

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

_NUMBER_WORDS = {"other": 2, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "eight": 8, "ten": 10, "twelve": 12}
_TIMES_WORDS = {"once": 1, "twice": 2, "thrice": 3, "two": 2, "three": 3, "four": 4}
_WORD_UNITS = {
    "hour": Decimal(1),
    "hr": Decimal(1),
    "h": Decimal(1),
    "day": DAY,
    "d": DAY,
    "week": WEEK,
    "wk": WEEK,
    "w": WEEK,
}
_UNITS = {**_WORD_UNITS, "month": MONTH, "mo": MONTH}
_EVERY = re.compile(
    r"\b(?:every|each|q)[\s.]*(?P<count>\d{1,3}(?:\.\d)?|other|two|three|four|five|six|eight|ten|twelve)?(?:\s*-\s*\d{1,3})?"
    r"[\s-]*(?P<unit>hour|hr|h|day|d|week|wk|w|month|mo)s?\b"
)
_TIMES = re.compile(
    r"\b(?:(?P<word>once|twice|thrice)|(?P<count>\d|two|three|four)\s*(?:x|times?))\s*(?:a|an|per|each|every|/)?\s*"
    r"(?:(?P<unit>day|week|month)|(?P<ly>daily|weekly|monthly))\b"
)
_PLAIN: Sequence[tuple[re.Pattern[str], Decimal]] = (
    (re.compile(r"(?<!bi-)\bweekly\b|\bper week\b"), WEEK),
    (re.compile(r"\bqod\b"), 2 * DAY),
    (re.compile(r"\bb\.?i\.?d\b"), DAY / 2),
    (re.compile(r"\bt\.?i\.?d\b"), DAY / 3),
    (re.compile(r"\bq\.?i\.?d\b"), DAY / 4),
    (re.compile(r"(?<!bi-)\bmonthly\b"), MONTH),
    (
        re.compile(
            r"\bdaily\b|\bq\.?d\b|\bqam\b|\bqpm\b|\bqhs\b|\bat bedtime\b|\bper day\b|\beach morning\b|\bevery morning\b"
        ),
        DAY,
    ),
)
_LONGEST_TEXT = 500


def dosages_of(resource: Resource) -> list[Dosage]:
    """The dosages of a request, statement or administration, whichever element holds them."""
    written = resource.dosageInstruction or resource.dosage or []
    return [written] if isinstance(written, Dosage) else written


def interval_of(dosages: Iterable[Dosage], names: Iterable[str]) -> Decimal | None:
    """Hours between doses: structured timing first, then timing codes, then the dosage text, then the drug's text."""
    texts: list[str] = []
    for dosage in dosages:
        timing = dosage.timing
        found = timing and (_of_repeat(timing.repeat) or _of_code(timing.code))
        if found:
            return found
        texts.extend([*texts_of(timing.code if timing else None), dosage.text or "", dosage.patientInstruction or ""])
    return next((hours for text in (*texts, *names) if (hours := interval_in(text))), None)


def interval_in(text: str) -> Decimal | None:
    """Hours between doses in words such as `every 2 weeks`, `twice weekly`, `q2w`, `1 tab po qd`; None when unsaid."""
    written = clean(text[:_LONGEST_TEXT]).lower()
    if match := _TIMES.search(written):
        unit = match["unit"] or {"daily": "day", "weekly": "week", "monthly": "month"}[match["ly"]]
        return _UNITS[unit] / _counted(match["word"] or match["count"], _TIMES_WORDS)
    if (match := _EVERY.search(written)) and (match["count"] or match["unit"] not in ("h", "d")):
        return _UNITS[match["unit"]] * _counted(match["count"] or "1", _NUMBER_WORDS)
    return next((hours for pattern, hours in _PLAIN if pattern.search(written)), None)


def dose_of(dosages: Iterable[Dosage]) -> str | None:
    """The dose as written, e.g. `100 mg` or `50 ug/(24.h)`; None when it has no number."""
    for dosage in dosages:
        for amount in (*(dosage.doseAndRate or ()), dosage):
            quantity = (
                amount.doseQuantity or amount.rateQuantity or (amount.dose if isinstance(amount, Dosage) else None)
            )
            written = _written(quantity) or _written_range(amount.doseRange)
            if written:
                return written
    return None


def bounds_of(dosages: Iterable[Dosage]) -> Period | None:
    """The stretch a schedule runs, when one is stated."""
    repeats = (dosage.timing.repeat for dosage in dosages if dosage.timing and dosage.timing.repeat)
    return next((repeat.boundsPeriod for repeat in repeats if repeat.boundsPeriod), None)


def _of_repeat(repeat: Repeat | None) -> Decimal | None:
    if repeat is None:
        return None
    period, unit = positive(repeat.period), _UNIT_HOURS.get(repeat.periodUnit or "")
    times = positive(repeat.frequency)
    if period is not None and unit is not None:
        return period * unit / (times or Decimal(max(len(repeat.timeOfDay or ()), 1)))
    if repeat.dayOfWeek:
        return WEEK / len(repeat.dayOfWeek)
    return DAY / len(repeat.timeOfDay) if repeat.timeOfDay else None


def _of_code(concept: CodeableConcept | None) -> Decimal | None:
    for _, code, _ in codings_of(concept):
        written = code.upper()
        if written in _ABBREVIATIONS:
            return _ABBREVIATIONS[written]
        if match := _EVERY_CODE.fullmatch(written):
            return (Decimal(match[1]) * _UNIT_HOURS[match[2].lower()]) or None
    return None


def _counted(word: str, words: Mapping[str, int]) -> Decimal:
    return Decimal(words.get(word) or word) or Decimal(1)


def _written(quantity: Quantity | None) -> str | None:
    if quantity is None or not isinstance(number(quantity.value), Decimal):
        return None
    unit = clean(quantity.unit or quantity.code or "")
    return f"{bytes(quantity.value).decode()} {unit}".strip()


def _written_range(amounts: Range | None) -> str | None:
    low, high = (_written(amounts.low), _written(amounts.high)) if amounts else (None, None)
    return f"{low} to {high}" if low and high else low or high
