"""From bytes to FHIR resources in one fast pass; a malformed resource is set aside, and never spoils its bundle."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from cds_hooks.facts import Unread, UnreadReason
from cds_hooks.record.fhir.datatypes import NOTHING
from cds_hooks.record.fhir.elements import Entry, Link, Resource, Search
from cds_hooks.refusal import Refusal

__all__ = ["READ_TYPES", "Located", "Resource", "decode_bundle", "resources_in", "salvage"]

T = TypeVar("T")

READ_TYPES = frozenset(
    {
        "Bundle",
        "Condition",
        "Encounter",
        "Goal",
        "Medication",
        "MedicationAdministration",
        "MedicationDispense",
        "MedicationRequest",
        "MedicationStatement",
        "Observation",
        "Patient",
        "Procedure",
        "ServiceRequest",
        "Specimen",
    }
)
_OPENED = frozenset({"Bundle", "OperationOutcome"})  # what is no resource of the chart itself


class Located(msgspec.Struct, frozen=True, gc=False):
    """A resource and where it stood: alone at `within`, or as the entry with that number of the Bundle there.

    `reference` is how facts name it: `Observation/abc`, else the entry's fullUrl, else `Bundle.entry[3]`.
    """

    within: str
    number: int | None
    full_url: str | None
    resource: Resource
    reference: str

    @property
    def place(self) -> str:
        """`Bundle.entry[3].resource`, `prefetch.labs.entry[3].resource`."""
        return self.within if self.number is None else f"{self.within}.entry[{self.number}].resource"


def resources_in(value: Resource, place: str) -> list[Located]:
    """The resources of a Bundle (also of bundles inside it), or the one resource; outcomes of a search are left out."""
    kind = value.resourceType
    if kind == "OperationOutcome":
        return []
    if kind != "Bundle":
        return [
            Located(place, None, None, value, f"{kind}/{value.id}" if value.id else place.removesuffix(".resource"))
        ]
    found: list[Located] = []
    for number, entry in enumerate(value.entry or ()):
        resource = entry.resource
        if resource is None or (entry.search is not None and entry.search.mode == "outcome"):
            continue
        kind = resource.resourceType
        if kind in _OPENED:
            found += resources_in(resource, f"{place}.entry[{number}].resource")
        else:
            url = entry.fullUrl
            reference = f"{kind}/{resource.id}" if resource.id else url or f"{place}.entry[{number}]"
            found.append(Located(place, number, url, resource, reference))
    return found


def decode_bundle(body: bytes) -> tuple[Resource, list[Located], list[Unread]]:
    """A posted Bundle, its resources, and those that could not be decoded; raises Refusal when it is no Bundle."""
    bundle, unread = _decode(body)
    if bundle is None:
        raise _structure("The body is JSON, but not a FHIR Bundle: send an object with resourceType and an entry list.")
    if bundle.resourceType != "Bundle":
        raise _structure("The body is a single resource: put it, with the Patient, into a Bundle of type collection.")
    return bundle, resources_in(bundle, "Bundle"), unread


def salvage(raw: bytes | msgspec.Raw, place: str) -> tuple[Resource | None, list[Unread]]:
    """The same answer as decoding at once, but what is malformed is left out and named. `raw` must be JSON."""
    try:
        return _RESOURCE.decode(raw), []
    except msgspec.ValidationError as error:
        kind, identity = _name(raw)
        if kind == "Bundle":
            return _salvage_bundle(raw, place)
        if kind is not None and kind not in READ_TYPES:
            return None, []
        return None, [_malformed(f"{kind}/{identity}" if kind and identity else place, error)]


def _decode(body: bytes) -> tuple[Resource | None, list[Unread]]:
    try:
        if not body.isascii():
            body.decode()  # fields nobody reads are skipped unseen; their bytes are checked here
        return salvage(body, "Bundle")
    except UnicodeDecodeError:
        raise _structure("The body is not valid UTF-8: send FHIR JSON encoded in UTF-8.") from None
    except msgspec.DecodeError:
        raise _structure("The body is not JSON: send a FHIR Bundle as application/fhir+json.") from None
    except RecursionError:
        raise _structure("The body is nested too deeply to be a FHIR Bundle.") from None


def _structure(diagnostics: str) -> Refusal:
    return Refusal(400, "structure", diagnostics, "Bundle")


class _Name(msgspec.Struct, gc=False):
    resourceType: msgspec.Raw = NOTHING
    id: msgspec.Raw = NOTHING


class _BundleParts(msgspec.Struct, gc=False):
    total: msgspec.Raw = NOTHING
    link: msgspec.Raw = NOTHING
    entry: list[msgspec.Raw] | None = None


class _EntryParts(msgspec.Struct, gc=False):
    fullUrl: msgspec.Raw = NOTHING
    resource: msgspec.Raw = NOTHING
    search: msgspec.Raw = NOTHING


# Reading resource by resource is slow: it is for a chart with mistakes, not for a body made of them.
MOST_MALFORMED, MOST_SALVAGED = 1_000, 100_000
_RESOURCE = msgspec.json.Decoder(Resource)
_NAME = msgspec.json.Decoder(_Name)
_BUNDLE_PARTS = msgspec.json.Decoder(_BundleParts)
_ENTRY_PARTS = msgspec.json.Decoder(_EntryParts)
_TEXT = msgspec.json.Decoder(str)
_LINKS = msgspec.json.Decoder(list[Link])
_SEARCH = msgspec.json.Decoder(Search)


def _salvage_bundle(raw: bytes | msgspec.Raw, place: str) -> tuple[Resource | None, list[Unread]]:
    try:
        parts = _BUNDLE_PARTS.decode(raw)
    except msgspec.ValidationError as error:
        return None, [_malformed(place, error)]
    unread: list[Unread] = []
    entries = []
    for number, piece in enumerate(parts.entry or ()):
        if len(unread) > MOST_MALFORMED or number > MOST_SALVAGED:
            raise _structure(f"Too much is malformed: past {MOST_MALFORMED} such resources a Bundle is not read.")
        entries.append(_salvage_entry(piece, f"{place}.entry[{number}]", unread))
    links = _tolerant(_LINKS, parts.link)
    return Resource("Bundle", total=parts.total, link=links, entry=entries), unread


def _salvage_entry(raw: msgspec.Raw, place: str, unread: list[Unread]) -> Entry:
    """An entry with what could be decoded of it; its place is kept, so that the places after it stay right."""
    try:
        parts = _ENTRY_PARTS.decode(raw)
    except msgspec.ValidationError as error:
        unread.append(_malformed(place, error))
        return Entry()
    resource = None
    if bytes(parts.resource) not in (b"", b"null"):
        resource, broken = salvage(parts.resource, f"{place}.resource")
        unread.extend(broken)
    return Entry(_tolerant(_TEXT, parts.fullUrl), resource, _tolerant(_SEARCH, parts.search))


def _name(raw: bytes | msgspec.Raw) -> tuple[str | None, str | None]:
    """Type and id of a resource that could not be decoded, as far as they can."""
    try:
        name = _NAME.decode(raw)
    except msgspec.ValidationError:
        return None, None
    return _tolerant(_TEXT, name.resourceType), _tolerant(_TEXT, name.id)


def _malformed(reference: str, error: msgspec.ValidationError) -> Unread:
    """msgspec names the types and the path of the first misfit, never the content."""
    return Unread(reference.removesuffix(".resource"), "", UnreadReason.MALFORMED, str(error).replace("$.", ""))


def _tolerant(decoder: msgspec.json.Decoder[T], raw: msgspec.Raw) -> T | None:
    try:
        return decoder.decode(raw) if bytes(raw) else None
    except msgspec.ValidationError:
        return None
