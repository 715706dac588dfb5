"""What a FHIR server answered to a query of ours: the resource asked for, or why it cannot be used."""

from __future__ import annotations

from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from cds_hooks.facts import Unread
from cds_hooks.record.fhir.resources import Resource, salvage
from cds_hooks.refusal import Refusal
from cds_hooks.wire.prefetch.lacks import Lack

SEARCHSET = "Bundle"


class Brought(NamedTuple):
    """What was got for one key: a value or why there is none, what was malformed, and whether some is withheld."""

    value: Resource | None = None
    lack: Lack | None = None
    unread: tuple[Unread, ...] = ()
    is_partial: bool = False


def read_answer(body: bytes, kind: str, place: str) -> Brought:
    """The resource of type `kind` in an answer's body; `place` names where what is malformed stood."""
    try:
        body.decode()
        resource, unread = salvage(body, place)
    except (UnicodeDecodeError, msgspec.DecodeError, RecursionError, Refusal):
        return Brought(lack=Lack.UNUSABLE)
    if resource is not None and resource.resourceType == "OperationOutcome":
        return Brought(lack=Lack.REFUSED)
    if resource is None or resource.resourceType != kind:
        return Brought(lack=Lack.UNUSABLE, unread=tuple(unread))
    return Brought(resource, unread=tuple(unread))


def next_page(value: Resource) -> str | None:
    """The address of the page after a Bundle's, as it was written; None when there is none, or none that is text."""
    for link in value.link or ():
        if link.relation == "next" and bytes(link.url):
            try:
                return msgspec.json.decode(link.url, type=str)
            except msgspec.DecodeError:
                return None
    return None


def joined(value: Resource, page: Resource) -> Resource:
    """A Bundle with the entries of the page after it; what links to further pages is the page's."""
    return replace(value, entry=[*(value.entry or ()), *(page.entry or ())], link=page.link)
