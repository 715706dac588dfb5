"""The parts of FHIR resources that the answer of `$hormone-monitoring` is made of; all exist alike in R4 and R4B."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import msgspec

from cds_hooks.facts import Moment
from cds_hooks.presentation.markdown import plain
from cds_hooks.presentation.orders.service_request import Reference
from cds_hooks.wire.response import Coding

_ADDRESS = re.compile(r"[A-Za-z]+/[A-Za-z0-9\-.]{1,64}|urn:(uuid|oid):\S+|https?://\S+")
URI = "urn:ietf:rfc:3986"


class Concept(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """A code, a text, or both (CodeableConcept)."""

    coding: tuple[Coding, ...] = ()
    text: str | None = None


class Identifier(msgspec.Struct, frozen=True, gc=False):
    """A name that a resource goes by elsewhere."""

    system: str
    value: str


class Cited(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """A source (RelatedArtifact)."""

    type: str
    citation: str
    url: str | None = None


class Extension(msgspec.Struct, frozen=True, gc=False):
    """A source, where the resource has no element for one."""

    url: str
    valueRelatedArtifact: Cited


def urn(identity: str) -> str:
    """The address of a resource of the answer."""
    return f"urn:uuid:{identity}"


def pointing(reference: str) -> Reference:
    """To a resource of the caller, as the caller named it; to one without id or address, by its place in the Bundle."""
    return Reference(reference) if _ADDRESS.fullmatch(reference) else Reference(display=plain(reference))


def date_time(moment: Moment) -> str:
    """A FHIR dateTime: with the hour only where its offset is known, since FHIR has no time without one."""
    return moment.day.isoformat() if moment.instant is None else instant(moment.instant)


def instant(at: datetime) -> str:
    """A FHIR instant, to the second."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat("T", "seconds") + "Z"
