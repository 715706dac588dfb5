"""The results of a chart as rows that can be changed, and the chart with such changes in it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

import msgspec

MOST = 60  # rows; of a longer chart the newest
LONGEST = 64  # characters of a value that are shown
WRITTEN_OUT = 30  # digits before or behind the point; numbers beyond are not judged, and 10 bytes may mean 150 MB
_NUMBER = re.compile(r"(<=|>=|<|>)?\s*(-?(?:0|[1-9]\d{0,19})(?:\.\d{1,10})?)")
_ENCODER = msgspec.json.Encoder(decimal_format="number")

Shape = dict[str, Any]


class Change(NamedTuple):
    """A result as somebody wants it."""

    value: str
    unit: str
    day: str


class Row(NamedTuple):
    """One result of the chart: its place among its Observations, its name, what it says, and what the chart said."""

    place: int
    name: str
    now: Change
    was: Change

    @property
    def is_changed(self) -> bool:
        """Whether it says something else than the chart did."""
        return self.now != self.was


def parse(body: bytes) -> Any:
    """JSON with every number as it is written. Raises ValueError (also for a number beyond all) or RecursionError."""
    return json.loads(body, parse_float=_number)


def _number(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise ValueError("a number too large or too small to be read") from None


def write(node: Any) -> bytes:
    """The same as bytes."""
    return _ENCODER.encode(node)


def rows_of(body: bytes, changes: Mapping[int, Change]) -> list[Row]:
    """The results that can be changed, the newest first."""
    rows = []
    for place, one in enumerate(_observations(parse(body))):
        was = _said(one)
        if was is not None:
            rows.append(Row(place, _name(one), changes.get(place, was), was))
    return sorted(rows, key=lambda row: row.was.day, reverse=True)[:MOST]


def changed(body: bytes, changes: Mapping[int, Change]) -> bytes:
    """The chart with some results changed, those whose value is emptied left out; the same bytes where none differs."""
    node = parse(body)
    altered = False
    for place, one in enumerate(list(_observations(node))):
        wanted, was = changes.get(place), _said(one)
        if wanted is not None and was is not None and wanted != was:
            altered = True
            _alter(one, wanted, was)
    return write(_without_empty(node)) if altered else body


def _alter(one: Shape, wanted: Change, was: Change) -> None:
    if not wanted.value:
        one.clear()
        return
    quantity = one["valueQuantity"]
    if wanted.value != was.value:
        number = _NUMBER.fullmatch(wanted.value)
        quantity.pop("comparator", None)
        if number is not None and number[1]:
            quantity["comparator"] = number[1]
        quantity["value"] = Decimal(number[2]) if number is not None else wanted.value
    if wanted.unit != was.unit:
        quantity["unit"] = wanted.unit
        if "code" in quantity:
            quantity["code"] = wanted.unit
    if wanted.day != was.day:
        one["effectiveDateTime"] = wanted.day


def _without_empty(node: Any) -> Any:
    if isinstance(node, list):
        return [_without_empty(one) for one in node if not _is_emptied(one)]
    if isinstance(node, dict):
        return {name: _without_empty(one) for name, one in node.items()}
    return node


def _is_emptied(one: Any) -> bool:
    return isinstance(one, dict) and one.get("resource") == {}


def _observations(node: Any) -> Iterator[Shape]:
    """Every Observation of a Bundle or of a hook call, as they stand in it."""
    if isinstance(node, list):
        for one in node:
            yield from _observations(one)
    elif isinstance(node, dict):
        if node.get("resourceType") == "Observation":
            yield node
            return
        for one in node.values():
            yield from _observations(one)


def _said(one: Shape) -> Change | None:
    quantity = one.get("valueQuantity")
    if not isinstance(quantity, dict) or not isinstance(quantity.get("value"), int | Decimal | str):
        return None
    value = quantity["value"]
    unit, day = quantity.get("unit") or quantity.get("code") or "", one.get("effectiveDateTime") or ""
    return Change(f"{quantity.get('comparator') or ''}{_shown(value)}", str(unit), str(day))


def _shown(value: int | Decimal | str) -> str:
    is_moderate = isinstance(value, Decimal) and abs(value.adjusted()) <= WRITTEN_OUT
    text = format(value, "f") if is_moderate else str(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _name(one: Shape) -> str:
    concept = one.get("code")
    if not isinstance(concept, dict):
        return ""
    codings = concept.get("coding")
    named = [one for one in codings if isinstance(one, dict)] if isinstance(codings, list) else []
    names = [concept.get("text"), *(one.get("display") or one.get("code") for one in named)]
    return next((name for name in names if isinstance(name, str) and name), "")
