"""What is wrong in real charts: repeats, old versions, retracted results, other people's, and what nobody can read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from service.population.synthetic.chance import Chance
from service.population.synthetic.elements import Resource, coded, when

WILD = Decimal(7)  # how far off what must not be believed is
RARE, ODD = 0.06, 0.3  # how often a planted result gets each trouble; how often a chart has something unreadable
UNMAPPED = "unmapped"  # a code that nobody understands is counted, and no result of the chart
LOCAL = ("urn:example:laboratory", "L-4711")
CORRECTED = {"versionId": "2", "lastUpdated": "2026-06-01T00:00:00Z"}
Told = dict[str, str]  # reference of what cannot be read -> reason


def troubled(results: list[Resource], chance: Chance, unread: Told) -> Iterator[Resource]:
    """The results, some with company that must change nothing: what counts is still what was planted."""
    for result in results:
        if "valueQuantity" not in result:
            yield result
            continue
        is_corrected = chance.happens(RARE)
        final = result | {"meta": CORRECTED} if is_corrected else result
        yield final
        if is_corrected:
            yield _wild(result)  # as it was sent before
        if chance.happens(RARE):
            yield final  # the same line twice
        if chance.happens(RARE):
            retracted = _wild(result, id=f"{result['id']}-retracted", status="entered-in-error")
            unread[f"Observation/{retracted['id']}"] = "status"
            yield retracted
        if chance.happens(RARE / 2):
            guest = {"reference": f"{result['subject']['reference']}-guest"}
            yield _wild(result, id=f"{result['id']}-guest", subject=guest)


def _wild(result: Resource, **other: Any) -> Resource:
    measured = result["valueQuantity"]
    return result | {"valueQuantity": measured | {"value": measured["value"] * WILD}} | other


def spoiled(filler: Resource, chance: Chance, today: date, unread: Told) -> Resource:
    """A result nobody judges, now and then so that nobody can read it; `unread` then says why."""
    if not chance.happens(ODD):
        return filler
    reason, spoil = chance.one_of(_SPOILERS)
    unread[f"Observation/{filler['id']}"] = reason
    return spoil(filler, today)


def _ahead(filler: Resource, today: date) -> Resource:
    return filler | {"effectiveDateTime": when(today + timedelta(days=200))}


def _month_only(filler: Resource, today: date) -> Resource:
    return filler | {"effectiveDateTime": (today - timedelta(days=90)).isoformat()[:7]}


def _without_unit(filler: Resource, today: date) -> Resource:
    return filler | {"valueQuantity": {"value": filler["valueQuantity"]["value"]}}


def _of_another_kind(filler: Resource, today: date) -> Resource:
    return filler | {"valueQuantity": {"value": filler["valueQuantity"]["value"], "unit": "cm"}}


def _without_value(filler: Resource, today: date) -> Resource:
    absent = coded("unknown", "Unknown", "http://terminology.hl7.org/CodeSystem/data-absent-reason")
    kept = {key: value for key, value in filler.items() if key != "valueQuantity"}
    return kept | {"dataAbsentReason": absent}


def _in_words(filler: Resource, today: date) -> Resource:
    kept = {key: value for key, value in filler.items() if key != "valueQuantity"}
    return kept | {"valueString": "see comment"}


def _locally_coded(filler: Resource, today: date) -> Resource:
    return filler | {"code": coded(LOCAL[1], "Local panel 4711", LOCAL[0])}


_SPOILERS: tuple[tuple[str, Callable[[Resource, date], Resource]], ...] = (
    ("effective-future", _ahead),
    ("effective-imprecise", _month_only),
    ("unit-missing", _without_unit),
    ("unit-dimension", _of_another_kind),
    ("value-missing", _without_value),
    ("value-not-numeric", _in_words),
    (UNMAPPED, _locally_coded),
)
