"""What each prefetch key brought: data, no data, a failed query, or nothing at all.

A key that holds null says "there is none"; a missing key says "nobody looked"; an OperationOutcome says "looked, and
failed", and is not asked for again. Only the first is an answer about the patient.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import StrEnum

import msgspec

from cds_hooks.facts import Unread
from cds_hooks.record.fhir.pages import is_incomplete
from cds_hooks.record.fhir.resources import Located, Resource, resources_in, salvage
from cds_hooks.refusal import Problem, Refusal
from cds_hooks.wire.templates import REQUIRED

Values = Mapping[str, Resource | None]


class Lack(StrEnum):
    """Why a key tells nothing."""

    NOT_SENT = "was not sent"
    FAILED = "holds the client's own failed query"
    NOT_FHIR = "holds no FHIR resource"


class Supplied(msgspec.Struct, frozen=True, gc=False):
    """The resources of all keys, and what is known to be lacking. Kinds of data are named by their prefetch key."""

    located: list[Located]
    unread: list[Unread]
    absent: frozenset[str]
    incomplete: frozenset[str]


def supply(values: Values, unread: list[Unread], offered: Collection[str]) -> Supplied:
    """Sort the values of the offered keys.

    Raises:
        Refusal: 412, when a key without which nothing can be judged is lacking; each such key is a problem of its own.
    """
    lacks = {key: lack for key in offered if (lack := _lack(values, key)) is not None}
    _require({key: lack for key, lack in lacks.items() if key in REQUIRED})
    told = [(key, value) for key in offered if key not in lacks and (value := values[key]) is not None]
    return Supplied(
        located=[located for key, value in told for located in resources_in(value, f"prefetch.{key}")],
        unread=unread,
        absent=frozenset(lacks),
        incomplete=frozenset(key for key, value in told if is_incomplete(value)),
    )


def salvage_values(
    raw: Mapping[str, msgspec.Raw], offered: Collection[str]
) -> tuple[dict[str, Resource | None], list[Unread]]:
    """The same values decoded one resource at a time, after a malformed one spoiled the quick way."""
    values: dict[str, Resource | None] = {}
    unread: list[Unread] = []
    for key in offered:
        if key not in raw:
            continue
        if bytes(raw[key]) == b"null":
            values[key] = None
            continue
        resource, malformed = salvage(raw[key], f"prefetch.{key}")
        values[key] = resource or Resource(resourceType="")
        unread += malformed
    return values, unread


def _lack(values: Values, key: str) -> Lack | None:
    if key not in values:
        return Lack.NOT_SENT
    value = values[key]
    if value is None:
        # Read without result: there is no such Patient to tell about, while a search without result is an answer.
        return Lack.NOT_SENT if key == "patient" else None
    if value.resourceType == "OperationOutcome":
        return Lack.FAILED
    return None if value.resourceType else Lack.NOT_FHIR


def _require(lacks: Mapping[str, Lack]) -> None:
    if not lacks:
        return
    first, *others = [
        Problem("required", f"prefetch.{key} {lack}: {_REMEDY}", f"prefetch.{key}") for key, lack in lacks.items()
    ]
    raise Refusal(412, *first, tuple(others))


_REMEDY = (
    "nothing was evaluated. Send the result of the query that GET /cds-services lists for it; null says there is none."
)
