"""How strong a product is, as a text states it: `200 mg/mL`, `1.62 %`, `0.05 mg/d`; what is not plain stays unknown."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal

_MASSES: Mapping[str, str] = {
    **dict.fromkeys(("mg", "mgs", "milligram", "milligrams", "milligramm"), "mg"),
    **dict.fromkeys(("ug", "mcg", "mcgs", "microgram", "micrograms", "mikrogramm", "mikrog"), "ug"),
    **dict.fromkeys(("g", "gm", "gram", "grams"), "g"),
    **dict.fromkeys(("iu", "[iu]", "unit", "units", "unt", "ie"), "[IU]"),
}
_GRAMS: Mapping[str, Decimal] = {"ug": Decimal("0.000001"), "mg": Decimal("0.001"), "g": Decimal(1)}
# What an amount may be in: a volume, a mass, a stretch of time, a push of the pump, or one piece.
_PER: Mapping[str, str] = {
    **_MASSES,
    **dict.fromkeys(("ml", "cc"), "mL"),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours", "std"), "h"),
    **dict.fromkeys(("d", "day", "24 h", "24h", "24 hr", "24hr", "24 hrs", "24 hours", "24 hour", "24 std"), "d"),
    **dict.fromkeys(("actuat", "actuation", "actuations", "pump", "spray", "hub"), "{actuation}"),
    **dict.fromkeys(("1", "tab", "tablet", "cap", "capsule", "patch", "pellet", "pill", "insert", "ring"), "{piece}"),
}
_NUMBER = r"\d{1,3}(?:,\d{3})+(?![\d,.])|\d{1,6}(?:[.,]\d{1,9})?|\.\d{1,9}"


def _any(words: Mapping[str, str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


_STATED = re.compile(
    rf"(?<![\w.,/-])(?P<value>{_NUMBER})(?:\s*-)?\s*(?:(?P<percent>%)|(?P<unit>{_any(_MASSES)})(?![\w\]])"
    rf"(?:\s*(?:/|\bper\b|\bpro\b|\bje\b)\s*\(?(?:(?P<span>{_NUMBER})\s*)?(?P<per>{_any(_PER)})(?![\w]))?(?P<more>\s*/\s*\w)?)"
)
# What is told first, where a text says several. An amount a day is a strength of what is worn, else a dose.
_KINDS = ("mL", "%", "{actuation}")
_RATES = ("d", "h")
# A point before three digits may part thousands ("1.000 mg" is a gram in German), a comma a fraction; round thousands
# of five digits and more ("10,000 mcg") nobody writes for a fraction.
_POINTED, _ROUND = re.compile(r"[1-9]\d{0,2}\.\d{3}"), re.compile(r"[1-9]\d{1,2},000")
_PLACES = 6


def strength_in(text: str, *, single: bool = False, worn: bool = False) -> str | None:
    """The one strength a text states.

    An amount alone counts only of a form that holds a `single` dose, an amount in a time only of one that is `worn`.
    """
    said: dict[str, set[str]] = {}
    for match in _STATED.finditer(_folded(text)):
        kind, stated = _read(match)
        if kind is not None:
            said.setdefault(kind, set()).add(stated)
    for kind in (*_KINDS, *(_RATES if worn else ()), "{piece}", *(("",) if single else ())):
        if kind in said:
            return next(iter(said[kind])) if len(said[kind]) == 1 else None
    return None


def _read(match: re.Match[str]) -> tuple[str | None, str]:
    """What kind of strength a match states, and how it is written."""
    value = _value(match["value"], percent=match["percent"] is not None)
    if value is None or not value:
        return None, ""
    if match["percent"]:
        return "%", f"{_plain(value)} %"
    unit, per = _MASSES[match["unit"]], _PER.get(match["per"] or "")
    if per is None:
        return (None if match["more"] else "", f"{_plain(value)} {unit}")
    span = _value(match["span"] or "1")
    return _in(value, unit, span, per) if span else (None, "")


def _in(value: Decimal, unit: str, span: Decimal, per: str) -> tuple[str | None, str]:
    """`value` of the drug in `span` of something."""
    if per == "h" and span == 24:
        per, span = "d", Decimal(1)
    if per == "{piece}":
        return "{piece}", f"{_plain(value)} {unit}"
    if per in _MASSES.values():
        return _fraction(value, unit, span, per)
    each = value / span
    if each == round(each, _PLACES):
        return per, f"{_plain(each)} {unit}/{per}"
    return per, f"{_plain(value)} {unit}/{_plain(span)} {per}"


def _fraction(value: Decimal, unit: str, span: Decimal, per: str) -> tuple[str | None, str]:
    """Mass in mass of the preparation; `1 mg/5 mg` are the doses of two drugs."""
    if unit not in _GRAMS or (per != "g" and (per != unit or span != 1)):
        return None, ""
    percent = value * _GRAMS[unit] / (span * _GRAMS[per]) * 100
    if percent == round(percent, _PLACES):
        return "%", f"{_plain(percent)} %"
    return "%", f"{_plain(value)} {unit}/{_plain(span)} {per}"


def _value(text: str, *, percent: bool = False) -> Decimal | None:
    """A number with point or comma; None where either may part thousands or decimals: `1,000` is not read."""
    if _POINTED.fullmatch(text) and not percent:
        return None
    if _ROUND.fullmatch(text):
        return Decimal(text.replace(",", ""))
    if "," in text and "." not in text:
        whole, *rest = text.split(",")
        if any(len(part) == 3 for part in rest) and whole != "0":
            return None
        text = text.replace(",", ".")
    return Decimal(text.replace(",", ""))


def _folded(text: str) -> str:
    return text.casefold().replace("\u00b5", "u").replace("\u03bc", "u")


def _plain(value: Decimal) -> str:
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
