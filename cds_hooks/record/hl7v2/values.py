"""What an OBX segment says: its value, unit, range and status as FHIR writes them (HL7's v2-to-FHIR mapping)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from cds_hooks.record.hl7v2.messages import Line

Shape = dict[str, Any]
LOINC, UCUM, SNOMED = "http://loinc.org", "http://unitsofmeasure.org", "http://snomed.info/sct"
_SYSTEMS = {"LN": LOINC, "LNC": LOINC, "UCUM": UCUM, "SCT": SNOMED, "SNM": SNOMED}
# v2-0085 as R4's observation-status. D, N, W, X say that there is no such result.
_STATUSES: Mapping[str, str] = {
    "F": "final",
    "U": "final",
    "V": "final",
    "B": "amended",
    "A": "amended",
    "C": "corrected",
    "P": "preliminary",
    "S": "preliminary",
    "R": "preliminary",
    "I": "registered",
    "D": "entered-in-error",
    "W": "entered-in-error",
    "N": "cancelled",
    "X": "cancelled",
}
NO_RESULT = "O"  # only the order's details
_NUMBER = re.compile(r"[+-]?(\d+(?:\.\d*)?|\.\d+)", re.ASCII)
_BOUNDED = re.compile(r"(<=|>=|<|>)\s*(.+)")
_RANGE = re.compile(r"\s*(?P<low>\d+(?:\.\d+)?)\s*[-–]\s*(?P<high>\d+(?:\.\d+)?)\s*", re.ASCII)
_LIMIT = re.compile(r"\s*(?P<sign><=?|>=?)\s*(?P<edge>\d+(?:\.\d+)?)\s*", re.ASCII)
_TIME = re.compile(r"(\d{4})(\d\d)?(\d\d)?(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:\.\d+)?)?)?)?([+-]\d{4})?", re.ASCII)
_POWER = re.compile(r"\d+/\S+", re.ASCII)


def status_of(line: Line) -> str:
    """OBX-11 as an Observation's status; unknown where it is empty or no code of the table."""
    return _STATUSES.get(line.text(11).upper(), "unknown")


def concept_of(line: Line, field: int, sender: str, repetition: int = 0) -> Shape | None:
    """A coded field with its alternate; a code of the sender's own belongs to a system named after it."""
    codings = []
    for first in (1, 4):
        written, display, system = (line.text(field, first + place, repetition) for place in range(3))
        if written:
            named = _system(system, sender)
            codings.append({"system": named, "code": written} | ({"display": display} if display else {}))
    text = line.text(field, 2, repetition) or line.text(field, 9, repetition) or line.text(field, 5, repetition)
    if not codings and not text:
        return None
    return {"coding": codings} | ({"text": text} if text else {})


def _system(name: str, sender: str) -> str:
    return _SYSTEMS.get(name.upper()) or f"urn:hl7v2:{sender or 'unnamed'}:{name or 'L'}"


def value_of(line: Line, sender: str, zone: str) -> Shape:
    """OBX-5 by its type in OBX-2; empty where nothing was sent."""
    kind, text = line.text(2).upper(), line.texts(5)
    if kind == "NM" or (kind in ("ST", "") and line.count(5) == 1 and _quantity(line, text) is not None):
        quantity = _quantity(line, text)
        return {"valueQuantity": quantity} if quantity is not None else _string(text)
    if kind == "SN":
        return _structured(line)
    if kind in ("CE", "CWE", "CNE", "CF", "IS"):
        concept = concept_of(line, 5, sender)
        return {"valueCodeableConcept": concept} if concept is not None else {}
    if kind in ("DT", "TS", "DTM"):
        moment = moment_of(line.text(5), zone)
        return {"valueDateTime": moment} if moment is not None else _string(text)
    return _string(text)


def _string(text: str) -> Shape:
    return {"valueString": text} if text else {}


def _quantity(line: Line, text: str) -> Shape | None:
    """`520`, and `<0.1` where a laboratory writes a bound into a number's place."""
    bounded = _BOUNDED.fullmatch(text)
    sign, digits = (bounded[1], bounded[2].strip()) if bounded is not None else (None, text)
    number = _exact(digits)
    if number is None:
        return None
    return {"value": number} | ({"comparator": sign} if sign else {}) | unit_of(line)


def _exact(text: str) -> Number | None:
    """A number as JSON writes it, every digit kept."""
    if _NUMBER.fullmatch(text) is None:
        return None
    sign, digits = ("-" if text[0] == "-" else ""), text.lstrip("+-")
    whole, point, rest = digits.partition(".")
    whole = whole.lstrip("0") or "0"
    return Number(f"{sign}{whole}{point if rest else ''}{rest}")


class Number(str):
    """Digits that are written into JSON as they are."""

    __slots__ = ()


def unit_of(line: Line) -> Shape:
    """OBX-6: a UCUM code where it says it is one, else the unit as it is written."""
    code, text = line.text(6, 1), line.text(6, 2)
    if code == "10" and _POWER.fullmatch(text):  # `10^9/L` whose ^ was not escaped
        return {"unit": f"10*{text}"}
    if line.text(6, 3).upper() == "UCUM" and code:
        return {"unit": text or code, "system": UCUM, "code": code}
    return {"unit": code or text} if code or text else {}


def _structured(line: Line) -> Shape:
    """`<^10`, `^1^-^3`, `^1^:^128`."""
    sign, first, between, second = (line.text(5, component) for component in (1, 2, 3, 4))
    number = _exact(first)
    if number is not None and not between and not second and sign in ("", "=", "<", ">", "<=", ">="):
        comparator = {"comparator": sign} if sign not in ("", "=") else {}
        return {"valueQuantity": {"value": number} | comparator | unit_of(line)}
    low, high = number, _exact(second)
    if between == "-" and low is not None and high is not None and not sign:
        return {"valueRange": {"low": {"value": low} | unit_of(line), "high": {"value": high} | unit_of(line)}}
    return _string(" ".join(filter(None, (sign, first, between, second))))


def range_of(line: Line) -> list[Shape]:
    """OBX-7 as the laboratory's own range, in the unit of the result: `3.5-5.0`, `<4.0`; any other text as it is."""
    text = line.text(7)
    if not text:
        return []
    unit = unit_of(line)
    both, limit = _RANGE.fullmatch(text), _LIMIT.fullmatch(text)
    if both is not None:
        low, high = _exact(both["low"]), _exact(both["high"])
        return [{"low": {"value": low} | unit, "high": {"value": high} | unit, "text": text}]
    if limit is not None:
        side = "high" if limit["sign"].startswith("<") else "low"
        return [{side: {"value": _exact(limit["edge"])} | unit, "text": text}]
    return [{"text": text}]


def moment_of(text: str, zone: str) -> str | None:
    """`202609030810+0200` as FHIR writes it; a time without an offset is of the zone that the message names, if any."""
    found = _TIME.fullmatch(text)
    if found is None:
        return None
    year, month, day, hour, minute, second, offset = found.groups()
    if month is None or day is None or hour is None or minute is None:
        return "-".join(filter(None, (year, month, day)))
    shift = offset or zone
    return f"{year}-{month}-{day}T{hour}:{minute}:{second or '00'}" + (f"{shift[:3]}:{shift[3:]}" if shift else "")


def zone_of(text: str) -> str:
    """The offset of a moment, empty where it has none."""
    found = _TIME.fullmatch(text)
    return found[7] or "" if found is not None else ""


def instant_of(text: str) -> datetime | None:
    """The absolute time of a moment, where it has an hour and an offset."""
    written = moment_of(text, "")
    if written is None or len(written) <= len("2026-09-03T08:10:00"):
        return None
    try:
        return datetime.fromisoformat(written).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
