"""Whether a primitive value is one of its FHIR type, and what one would be."""

from __future__ import annotations

import base64
import re
from calendar import monthrange
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from cds_hooks.record.strict.flaws import Severity
from cds_hooks.record.strict.text import UNREADABLE

_DAY = r"(?P<year>[0-9]{4})(-(?P<month>0[1-9]|1[0-2])(-(?P<day>0[1-9]|[12][0-9]|3[01])%s)?)?"
_CLOCK = r"([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]+)?"
_OFFSET = r"(Z|[+-]((0[0-9]|1[0-3]):[0-5][0-9]|14:00))"
_DATE = re.compile(_DAY % "")
_DATE_TIME = re.compile(_DAY % f"(T{_CLOCK}{_OFFSET})?")
_INSTANT = re.compile(rf"(?P<year>[0-9]{{4}})-(?P<month>0[1-9]|1[0-2])-(?P<day>[0-9]{{2}})T{_CLOCK}{_OFFSET}")
_TIME = re.compile(_CLOCK)
_WITHOUT_OFFSET = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?")
_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_CODE = re.compile(r"[^\s]+(\s[^\s]+)*")
_URI = re.compile(r"\S+")
_OID = re.compile(r"urn:oid:[0-2](\.(0|[1-9][0-9]*))+")
_UUID = re.compile(r"urn:uuid:[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_BLANKS = re.compile(r"\s+")
_MOST = 2**31 - 1
_LEAST = {"integer": -(2**31), "unsignedInt": 0, "positiveInt": 1}
_OFFSET_LACKS = (
    "A time of day needs an offset from UTC, as in 2026-09-04T08:00:00+02:00 or 2026-09-04T06:00:00Z; "
    "a date alone, as 2026-09-04, is valid too."
)
_BLANK = "Blanks alone may be taken for no value: leave the element out."
_TOO_LONG = "A number of more than 30 digits, or with an exponent beyond 30, is valid but not read: write it shorter."


class Pattern(NamedTuple):
    """What a type's texts look like, and how a message says so."""

    form: re.Pattern[str]
    wanted: str


_PATTERNS: Mapping[str, Pattern] = {
    "date": Pattern(_DATE, "a date as 2026-09-04, 2026-09 or 2026"),
    "dateTime": Pattern(_DATE_TIME, "a date as 2026-09-04, or with time and offset as 2026-09-04T08:00:00+02:00"),
    "instant": Pattern(_INSTANT, "a moment to the second with its offset, as 2026-09-04T08:00:00+02:00"),
    "time": Pattern(_TIME, "a time of day as 08:00:00, without an offset"),
    "id": Pattern(_ID, "an id of 1 to 64 letters, digits, hyphens and dots"),
    "code": Pattern(_CODE, "a code without blanks at its ends or two in a row"),
    "oid": Pattern(_OID, "an OID as urn:oid:1.2.3"),
    "uuid": Pattern(_UUID, "a UUID as urn:uuid:c757873d-ec9a-4326-a141-556f43239520"),
    **dict.fromkeys(("uri", "url", "canonical"), Pattern(_URI, "a URI without blanks")),
}
_DATES = frozenset({"date", "dateTime", "instant"})
_KINDS = {"boolean": "true or false, without quotes", "decimal": "a JSON number, without quotes"} | dict.fromkeys(
    _LEAST, "a whole JSON number, without quotes"
)


class Misfit(NamedTuple):
    """Why a value is not one of its type, or not read: a FHIR IssueType and a sentence that does not repeat it."""

    code: str
    said: str
    severity: Severity = "error"


def misfit(kind: str, value: Any) -> Misfit | None:
    """What is wrong with a value of a primitive type; None when nothing is."""
    if kind == "boolean":
        return None if isinstance(value, bool) else _not_of(kind)
    if kind == "decimal" or kind in _LEAST:
        return _number_misfit(kind, value)
    if not isinstance(value, str):
        return Misfit("structure", f"This element is of type {kind}: write it as a JSON string, in quotes.")
    if not value:
        return Misfit("value", "An empty string is no value: leave the element out.")
    return _text_misfit(kind, value)


def _not_of(kind: str) -> Misfit:
    return Misfit("structure", f"This element is of type {kind}: write {_KINDS[kind]}.")


def _number_misfit(kind: str, value: Any) -> Misfit | None:
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        return _not_of(kind)
    if value is UNREADABLE:
        return Misfit("value", _TOO_LONG, "warning")
    if kind == "decimal":
        return None
    if not isinstance(value, int):
        return _not_of(kind)
    least = _LEAST[kind]
    return (
        None
        if least <= value <= _MOST
        else Misfit("value", f"This {kind} is too small or too large: it lies between {least} and {_MOST}.")
    )


def _text_misfit(kind: str, value: str) -> Misfit | None:
    if kind == "base64Binary":
        return None if _is_base64(value) else Misfit("value", "This is not base64: encode the bytes again.")
    pattern = _PATTERNS.get(kind)
    if pattern is None:
        return None if value.strip() else Misfit("value", _BLANK, "warning")
    found = pattern.form.fullmatch(value)
    if found is None:
        is_short = kind in ("dateTime", "instant") and _WITHOUT_OFFSET.fullmatch(value)
        return Misfit("value", _OFFSET_LACKS if is_short else f"This {kind} cannot be read: write {pattern.wanted}.")
    if kind in _DATES and not _is_day(found):
        return Misfit("value", "This day is in no calendar: write a day that its month has, and no year 0000.")
    return None


def _is_day(found: re.Match[str]) -> bool:
    year, month, day = int(found["year"]), found["month"], found["day"]
    return year > 0 and (day is None or 1 <= int(day) <= monthrange(year, int(month))[1])


def _is_base64(value: str) -> bool:
    try:
        base64.b64decode(_BLANKS.sub("", value), validate=True)
    except ValueError:
        return False
    return True
