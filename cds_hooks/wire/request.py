"""A hook call: from bytes to who is asked about and what the EHR supplied.

`fhirServer`, `fhirAuthorization` and extensions may be anything and are skipped: no access token is ever held here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TypeVar
from uuid import UUID

import msgspec
from msgspec.structs import replace

from cds_hooks.facts import Unread, UnreadReason
from cds_hooks.record.fhir.elements import NOTHING
from cds_hooks.record.fhir.resources import Resource
from cds_hooks.refusal import Refusal
from cds_hooks.wire.discovery import Service
from cds_hooks.wire.prefetch import Supplied, salvage_values, supply

T = TypeVar("T")
UUID_PATTERN = "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"


class Context(msgspec.Struct, frozen=True, gc=False):
    """Who is looking at whom. Later versions of a hook may add fields; they are skipped."""

    userId: str
    patientId: str


class HookRequest(msgspec.Struct, frozen=True, gc=False):
    """The standard's request, as far as it is used."""

    hook: str
    hookInstance: str
    context: Context
    prefetch: dict[str, Resource | None] | None = None


class HookCall(msgspec.Struct, frozen=True, gc=False):
    """A checked call."""

    instance: UUID
    patient_id: str
    supplied: Supplied
    user_id: str = ""

    @property
    def is_about_another_patient(self) -> bool:
        """Whether a prefetched Patient is not the one in context, so that nothing supplied can be trusted.

        An unreadable Patient counts too, as long as its id could be read; one without id tells nothing.
        """
        return any(patient_id != self.patient_id for patient_id in _patient_ids(self.supplied))


def decode_call(body: bytes, service: Service) -> HookCall:
    """Decode and check a call of `service`.

    Raises:
        Refusal: 400 for a call the standard does not allow, 412 when required prefetch is lacking.
    """
    request, unread = _decode(body, service)
    _require_hook(request.hook, service)
    instance, patient_id = _instance(request.hookInstance), _patient_id(request.context)
    supplied = supply(request.prefetch or {}, unread, service.prefetch)
    return HookCall(instance, patient_id, _without_patient(supplied, patient_id), request.context.userId)


def _without_patient(supplied: Supplied, patient_id: str) -> Supplied:
    """What depends on the Patient is unknown unless a readable one with the right id was supplied."""
    if any(patient.id == patient_id for patient in _patients(supplied)):
        return supplied
    return replace(supplied, absent=supplied.absent | {"patient"})


def _patients(supplied: Supplied) -> Iterator[Resource]:
    return (located.resource for located in supplied.located if located.resource.resourceType == "Patient")


def _patient_ids(supplied: Supplied) -> list[str]:
    readable = [patient.id for patient in _patients(supplied) if patient.id]
    unreadable = [unread for unread in supplied.unread if unread.reason is UnreadReason.MALFORMED]
    return [*readable, *(found[1] for unread in unreadable if (found := _PATIENT.fullmatch(unread.reference)))]


def _require_hook(hook: str, service: Service) -> None:
    if hook != service.hook:
        remedy = f"send '{service.hook}', or call the service that GET /cds-services lists for your hook"
        raise Refusal(400, "value", f"This service does not answer that hook: {remedy}.", "hook")


def _instance(text: str) -> UUID:
    if not _UUID.fullmatch(text):
        raise _wrong("hookInstance")
    return UUID(text)


def _patient_id(context: Context) -> str:
    if not context.userId:
        raise _wrong("context.userId")
    # The standard asks for a bare id; some clients send a reference.
    patient_id = context.patientId.removeprefix("Patient/")
    if not patient_id:
        raise _wrong("context.patientId")
    return patient_id


def _decode(body: bytes, service: Service) -> tuple[HookRequest, list[Unread]]:
    try:
        if not body.isascii():
            body.decode()  # fields nobody reads are skipped unseen; their bytes are checked here
        return _decode_or_salvage(body, service)
    except UnicodeDecodeError:
        raise Refusal(400, "structure", "The body is not valid UTF-8: send JSON encoded in UTF-8.") from None
    except msgspec.DecodeError:
        raise Refusal(400, "structure", "The body is not JSON: send a JSON object, without comments or NaN.") from None
    except RecursionError:
        raise Refusal(400, "structure", "The body is nested too deeply to be a hook call.") from None


def _decode_or_salvage(body: bytes, service: Service) -> tuple[HookRequest, list[Unread]]:
    try:
        return _REQUEST.decode(body), []
    except msgspec.ValidationError:
        return _salvage(body, service)


class _Envelope(msgspec.Struct, gc=False):
    hook: msgspec.Raw = NOTHING
    hookInstance: msgspec.Raw = NOTHING
    context: msgspec.Raw = NOTHING
    prefetch: msgspec.Raw = NOTHING


class _ContextParts(msgspec.Struct, gc=False):
    userId: msgspec.Raw = NOTHING
    patientId: msgspec.Raw = NOTHING


def _salvage(body: bytes, service: Service) -> tuple[HookRequest, list[Unread]]:
    envelope = _part(_ENVELOPE, body, "")
    hook = _part(_TEXT, envelope.hook, "hook")
    instance = _part(_TEXT, envelope.hookInstance, "hookInstance")
    context = _part(_CONTEXT, envelope.context, "context")
    user_id = _part(_TEXT, context.userId, "context.userId")
    patient_id = _part(_TEXT, context.patientId, "context.patientId")
    raw_values = _part(_VALUES, envelope.prefetch, "prefetch") if bytes(envelope.prefetch) else None
    values, unread = salvage_values(raw_values or {}, service.prefetch)
    return HookRequest(hook, instance, Context(user_id, patient_id), values), unread


def _part(decoder: msgspec.json.Decoder[T], raw: bytes | msgspec.Raw, place: str) -> T:
    if not bytes(raw):
        raise Refusal(400, "required", f"{place} is missing: send {_EXPECTED[place]}.", place)
    try:
        return decoder.decode(raw)
    except msgspec.ValidationError:
        raise _wrong(place) from None


def _wrong(place: str) -> Refusal:
    return Refusal(400, "value", f"{place or 'The body'} is not as expected: send {_EXPECTED[place]}.", place or None)


_EXPECTED = {
    "": "a JSON object with hook, hookInstance, context and prefetch",
    "hook": "the name of the hook as a string",
    "hookInstance": "a UUID as a string, new for every call",
    "context": "an object with userId and patientId",
    "context.userId": "a reference such as Practitioner/123 as a string",
    "context.patientId": "the patient's FHIR id as a string",
    "prefetch": "an object with a FHIR resource, or null, for each key that GET /cds-services lists",
}
_UUID = re.compile(UUID_PATTERN)
_PATIENT = re.compile("Patient/(.+)", re.DOTALL)
_REQUEST = msgspec.json.Decoder(HookRequest)
_ENVELOPE = msgspec.json.Decoder(_Envelope)
_CONTEXT = msgspec.json.Decoder(_ContextParts)
_TEXT = msgspec.json.Decoder(str)
_VALUES = msgspec.json.Decoder(dict[str, msgspec.Raw] | None)
