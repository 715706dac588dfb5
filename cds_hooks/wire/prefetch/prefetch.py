"""What each prefetch key brought: data, no data, a failed query, or nothing at all.

A key that holds null says "there is none"; a missing key says "nobody looked"; an OperationOutcome says "looked, and
failed", and is not asked for again. Only the first is an answer about the patient.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from itertools import chain

import msgspec

from cds_hooks.facts import Unread
from cds_hooks.record.fhir.pages import is_incomplete
from cds_hooks.record.fhir.resources import Located, Resource, resources_in, salvage
from cds_hooks.refusal import Problem, Refusal
from cds_hooks.wire.prefetch.answers import Brought, next_page
from cds_hooks.wire.prefetch.lacks import Lack
from cds_hooks.wire.prefetch.templates import REQUIRED

Values = Mapping[str, Resource | None]


class Sent(msgspec.Struct, frozen=True, gc=False):
    """What is there of the offered keys: sent by the EHR, and then, where that was tried, fetched from its server."""

    values: Values
    unread: list[Unread]
    lacks: Mapping[str, Lack] = {}  # keys that were fetched in vain
    partial: frozenset[str] = frozenset()  # keys of which the server withholds some

    def absent(self, offered: Iterable[str]) -> list[str]:
        """The keys that nobody looked for yet."""
        return [key for key in offered if key not in self.values]

    def paged(self, offered: Iterable[str]) -> dict[str, Resource]:
        """The Bundles that say where their next page is."""
        values = self.values
        return {key: value for key in offered if (value := values.get(key)) is not None and next_page(value)}

    def in_vain(self, offered: Iterable[str], lack: Lack) -> Sent:
        """The same when nothing could be fetched."""
        return Sent(self.values, self.unread, dict.fromkeys(self.absent(offered), lack))

    def with_brought(self, brought: Mapping[str, Brought]) -> Sent:
        """The same with what was fetched."""
        return Sent(
            values={**self.values, **{key: one.value for key, one in brought.items() if one.value is not None}},
            unread=[*self.unread, *(item for one in brought.values() for item in one.unread)],
            lacks={key: one.lack for key, one in brought.items() if one.lack is not None},
            partial=frozenset(key for key, one in brought.items() if one.is_partial),
        )


class Supplied(msgspec.Struct, frozen=True, gc=False):
    """The resources of all keys, and what is known to be lacking. Kinds of data are named by their prefetch key."""

    located: list[Located]
    unread: list[Unread]
    absent: frozenset[str]
    incomplete: frozenset[str]
    missing: Mapping[str, Lack] = {}  # of what is absent, that without which nothing can be judged


def supply(sent: Sent, offered: Collection[str]) -> Supplied:
    """Sort the values of the offered keys."""
    values = sent.values
    lacks = {key: lack for key in offered if (lack := _lack(sent, key)) is not None}
    told = [(key, value) for key in offered if key not in lacks and (value := values[key]) is not None]
    located = list(chain.from_iterable(resources_in(value, f"prefetch.{key}") for key, value in told))
    return Supplied(
        located=located,
        unread=sent.unread,
        absent=frozenset(lacks),
        incomplete=frozenset(key for key, value in told if key in sent.partial or is_incomplete(value)),
        missing={key: lacks[key] for key in _needed(located, sent.unread, lacks) if key in lacks},
    )


def _needed(located: Collection[Located], unread: Collection[Unread], lacks: Mapping[str, Lack]) -> tuple[str, ...]:
    """Keys without which nothing can be judged; the Patient is one when nothing is found of somebody unknown there."""
    is_unknown = lacks.get("patient") is Lack.NOT_FOUND and not located and not unread
    return (*REQUIRED, "patient") if is_unknown else REQUIRED


def require(supplied: Supplied) -> None:
    """Refuse (412) when a key without which nothing can be judged is lacking; each is a problem of its own."""
    if not supplied.missing:
        return
    first, *others = [
        Problem("required", f"prefetch.{key} {lack}: {_REMEDY}", f"prefetch.{key}")
        for key, lack in supplied.missing.items()
    ]
    raise Refusal(412, *first, tuple(others))


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


def _lack(sent: Sent, key: str) -> Lack | None:
    if key not in sent.values:
        return sent.lacks.get(key, Lack.NOT_SENT)
    value = sent.values[key]
    if value is None:
        # Read without result: there is no such Patient to tell about, while a search without result is an answer.
        return Lack.NOT_SENT if key == "patient" else None
    if value.resourceType == "OperationOutcome":
        return Lack.FAILED
    return None if value.resourceType else Lack.NOT_FHIR


_REMEDY = (
    "nothing was evaluated. Send the result of the query that GET /cds-services lists for it; null says there is none."
)
