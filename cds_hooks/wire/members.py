"""Members of a hook call: each is refused by name when it is missing or of another kind than the standard says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import msgspec

from cds_hooks.refusal import Refusal

T = TypeVar("T")
TEXT = msgspec.json.Decoder(str)
_ORDERS = "a Bundle with the orders being written"
_EXPECTED: Mapping[str, str] = {
    "": "a JSON object with hook, hookInstance, context and prefetch",
    "hook": "the name of the hook as a string",
    "hookInstance": "a UUID as a string, new for every call",
    "context": "an object with userId and patientId, and what else the hook requires",
    "context.userId": "a reference such as Practitioner/123 as a string",
    "context.patientId": "the patient's FHIR id as a string",
    "context.encounterId": "the encounter's FHIR id as a string",
    "context.selections": "a list of references such as MedicationRequest/123",
    "context.draftOrders": _ORDERS,
    "context.medications": _ORDERS,
    "prefetch": "an object with a FHIR resource, or null, for each key that GET /cds-services lists",
}


def part(decoder: msgspec.json.Decoder[T], raw: bytes | msgspec.Raw, place: str) -> T:
    """The member at `place`.

    Raises:
        Refusal: 400, when it is missing or of another kind.
    """
    if not bytes(raw):
        raise Refusal(400, "required", f"{place} is missing: send {_EXPECTED[place]}.", place)
    try:
        return decoder.decode(raw)
    except msgspec.ValidationError:
        raise wrong(place) from None


def text(raw: msgspec.Raw, place: str) -> str:
    """The text at `place`, which must hold something. Raises as `part` does."""
    found = part(TEXT, raw, place)
    if not found:
        raise wrong(place)
    return found


def wrong(place: str) -> Refusal:
    """The refusal of a member that is not as expected."""
    return Refusal(400, "value", f"{place or 'The body'} is not as expected: send {_EXPECTED[place]}.", place or None)
