"""The hours between doses in words such as `every 2 weeks`, `1 tab po qd` or `Mon/Thu`; a range says more than one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache

from cds_hooks.record.drugs.intervals import DAY, MONTH, WEEK, Hours
from cds_hooks.record.fhir.concepts import clean

_COUNTS: Mapping[str, int] = {
    "once": 1,
    "one": 1,
    "twice": 2,
    "thrice": 3,
    "other": 2,
    "second": 2,
    "2nd": 2,
    "third": 3,
    "3rd": 3,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "eight": 8,
    "ten": 10,
    "twelve": 12,
}
_UNITS: Mapping[str, Decimal] = {
    **dict.fromkeys(("hour", "hr", "h"), Decimal(1)),
    **dict.fromkeys(("day", "daily", "d"), DAY),
    **dict.fromkeys(("week", "weekly", "wk", "w"), WEEK),
    **dict.fromkeys(("month", "monthly", "mo"), MONTH),
    **dict.fromkeys(("stunde", "heure", "hora"), Decimal(1)),
    **dict.fromkeys(("tag", "tage", "tagen", "täglich", "jour", "dia", "día"), DAY),
    **dict.fromkeys(("woche", "wochen", "wöchentlich", "semaine", "semana"), WEEK),
    **dict.fromkeys(("monat", "monate", "monaten", "monatlich", "mois", "mes", "mese"), MONTH),
    "fortnight": 2 * WEEK,
}
_ABROAD = (
    "stunden?|heure|hora|tage?n?|jour|d[ií]a|wochen?|semaine|semana|monate?n?|mois|mese?"  # German, French, Spanish
)
_NUMBER = r"\d{1,3}(?:\.\d)?|one|two|three|four|five|six|eight|ten|twelve"
_ORDINAL = "other|second|2nd|third|3rd"
_WEEKDAY = r"(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?"
_TO = r"\s*(?:-|–|—|to|or)\s*"

_TIMES = re.compile(
    rf"\b(?:(?P<least>{_NUMBER}|once){_TO})?"
    r"(?:(?P<word>once|twice|thrice)|(?P<count>\d|two|three|four)\s*(?:x|times?|mal))[\s-]*"
    r"(?:(?:a|an|per|each|every|pro|je|/)[\s-]*)?"
    r"(?P<unit>day|daily|week|weekly|wk|month|monthly|täglich|wöchentlich|monatlich|tag|woche|monat)\b"
)
_EVERY = re.compile(
    r"\b(?:every|each|alle|toutes les|tous les|cada|q(?!\W?hs\b))[\s.]*"
    rf"(?P<count>{_NUMBER}|{_ORDINAL})?(?:{_TO}(?P<most>{_NUMBER}))?[\s-]*"
    rf"(?P<unit>{_ABROAD}|hour|hr|h|day|d|week|wk|w|month|mo|fortnight|{_WEEKDAY})s?\b(?:\s+or\s+(?P<more>{_NUMBER})\b)?"
)
_APART = re.compile(rf"(?<![\d.])(?P<count>{_NUMBER})(?P<between>\s*-\s*|\s+)(?P<unit>weekly|monthly)\b")
_ON_DAYS = re.compile(
    rf"\b(?P<skips>(?:every|each)\s+(?:{_ORDINAL})\s+)?{_WEEKDAY}s?\b\.?"
    rf"(?:(?:\s+(?:morning|evening|night|am|pm)s?)?(?:\s*[,/&+]\s*(?:and\s+)?|\s+and\s+(?:on\s+)?|\s+){_WEEKDAY}s?\b\.?)+"
)
_DAYS = re.compile(rf"\b{_WEEKDAY}s?\b")
# As lifters write: `M/Th`, `E3.5D`, `20 mg ED`; ED alone is more often the reason for a drug.
_LETTERS = re.compile(r"(?<![\w/])(?:m|tu?|w|th|f|sa|su)(?:/(?:m|tu?|w|th|f|sa|su))+(?![\w/])")
_EVERY_SO_MANY = re.compile(r"\be(?P<count>\d{1,2}(?:\.\d)?)d\b|(?<=\d)\s*(?:mg|ml|cc|iu|units?)\s+(?P<each>ed)\b")
_PLAIN: Sequence[tuple[re.Pattern[str], Iterable[Decimal]]] = (
    (re.compile(r"\b(?:bi|semi)[\s-]?weekly\b"), (WEEK / 2, 2 * WEEK)),
    (re.compile(r"\b(?:bi|semi)[\s-]?monthly\b"), (MONTH / 2, 2 * MONTH)),
    (re.compile(r"\bfortnightly\b"), (2 * WEEK,)),
    (re.compile(r"\bweekly\b|\bper week\b|\bwöchentlich\b|\bpro woche\b"), (WEEK,)),
    (re.compile(r"\bmonthly\b|\bmonatlich\b"), (MONTH,)),
    (re.compile(r"\bq\.?o\.?d\b|\beod\b|\balternate days?\b"), (2 * DAY,)),
    (re.compile(r"\bb\.?i\.?d\b"), (DAY / 2,)),
    (re.compile(r"\bt\.?i\.?d\b"), (DAY / 3,)),
    (re.compile(r"\bq\.?i\.?d\b"), (DAY / 4,)),
    (re.compile(r"\bdaily\b|\bper day\b|\btäglich\b|\bpro tag\b"), (DAY,)),
)
# A time of day means once a day, unless the interval is said beside it.
_TIME_OF_DAY = re.compile(
    r"\bqam\b|\bqpm\b|\bq\W?hs\b|\bat bedtime\b|\b(?:each|every) (?:morning|night)\b|\bnightly\b|\bat night\b|\bnocte\b"
)
# "100 mg a week in divided doses" leaves open how often one is taken.
_DIVIDED = re.compile(r"\bdivided\b|\bsplit (?:in|into|doses?|over)\b")
_LONGEST_TEXT = 500


def in_words(text: str) -> Hours:
    """Every interval a text says or may mean; a word is read once, so that `twice weekly` is not also weekly."""
    return _in_words(text[:_LONGEST_TEXT])


# What people write on orders recurs.
@lru_cache(maxsize=1024)
def _in_words(text: str) -> Hours:
    written = clean(text).lower()
    said: set[Decimal] = set()
    for pattern, meaning in _PHRASES:
        for match in pattern.finditer(written):
            said.update(meaning(match))
        written = pattern.sub(" ; ", written)
    for pattern, hours in _PLAIN:
        if pattern.search(written):
            said.update(hours)
            written = pattern.sub(" ; ", written)
    if not said and _TIME_OF_DAY.search(written):
        said.add(DAY)
    return frozenset(said | {hours / 2 for hours in said} if _DIVIDED.search(written) else said)


def _on_days(match: re.Match[str]) -> Iterable[Decimal]:
    days = {day[:2] for day in _DAYS.findall(match[0])}
    return (WEEK / len(days), WEEK) if match["skips"] else (WEEK / len(days),)


def _on_letters(match: re.Match[str]) -> Iterable[Decimal]:
    return (WEEK / len(set(match[0].split("/"))),)


def _every_so_many(match: re.Match[str]) -> Iterable[Decimal]:
    count = Decimal(match["count"] or 1)
    return (DAY * count,) if count else ()


def _times(match: re.Match[str]) -> Iterable[Decimal]:
    counts = [_counted(word) for word in (match["least"], match["word"] or match["count"]) if word]
    return [_UNITS[match["unit"]] / count for count in counts if count]


def _every(match: re.Match[str]) -> Iterable[Decimal]:
    unit = _UNITS.get(match["unit"]) or _UNITS.get(match["unit"].rstrip("n"), WEEK)  # a day of the week
    counts = [_counted(word) for word in (match["count"] or "1", match["most"], match["more"]) if word]
    return [unit * count for count in counts if count]


def _apart(match: re.Match[str]) -> Iterable[Decimal]:
    """`12-weekly` is every twelve weeks; `2 weekly` may as well be two a week."""
    unit, count = _UNITS[match["unit"]], _counted(match["count"])
    if not count:
        return ()
    return (unit * count,) if "-" in match["between"] else (unit * count, unit / count)


def _counted(word: str) -> Decimal:
    return Decimal(_COUNTS.get(word) or word)


_PHRASES: Sequence[tuple[re.Pattern[str], Callable[[re.Match[str]], Iterable[Decimal]]]] = (
    (_ON_DAYS, _on_days),
    (_LETTERS, _on_letters),
    (_EVERY_SO_MANY, _every_so_many),
    (_TIMES, _times),
    (_EVERY, _every),
    (_APART, _apart),
)
