"""A hook call: from bytes to who is asked about and what the EHR supplied.

`fhirServer`, `fhirAuthorization` and extensions may be anything. The first two are looked at when data are lacking.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from uuid import UUID

import msgspec
from msgspec.structs import replace

from cds_hooks.facts import Unread, UnreadReason
from cds_hooks.record.drafts import NO_DRAFTS, Drafts
from cds_hooks.record.fhir.datatypes import NOTHING
from cds_hooks.record.fhir.resources import Resource
from cds_hooks.refusal import Refusal
from cds_hooks.wire.access import Access, read_access, read_server
from cds_hooks.wire.contexts import Context, read_context
from cds_hooks.wire.discovery import Service
from cds_hooks.wire.members import TEXT, part, wrong
from cds_hooks.wire.prefetch.lacks import Lack
from cds_hooks.wire.prefetch.prefetch import Sent, Supplied, salvage_values, supply

UUID_PATTERN = "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"


class HookRequest(msgspec.Struct, frozen=True, gc=False):
    """The standard's request, as far as it is used."""

    hook: str
    hookInstance: str
    context: msgspec.Raw
    prefetch: dict[str, Resource | None] | None = None
    fhirServer: msgspec.Raw = NOTHING
    fhirAuthorization: msgspec.Raw = NOTHING


class Incoming(msgspec.Struct, frozen=True, gc=False):
    """A call as it came; with `access`, what it lacks may be fetched before it is checked further."""

    instance: UUID
    patient_id: str
    sent: Sent
    drafts: Drafts = NO_DRAFTS
    user_id: str = ""
    server: str = ""
    access: Access | None = None


class HookCall(msgspec.Struct, frozen=True, gc=False):
    """A checked call of a service, by its id. `server` tells equal ids of two EHRs apart; empty when none is named."""

    service: str
    instance: UUID
    patient_id: str
    supplied: Supplied
    drafts: Drafts = NO_DRAFTS
    user_id: str = ""
    server: str = ""

    @property
    def is_about_another_patient(self) -> bool:
        """Whether a prefetched Patient is not the one in context, so that nothing supplied can be trusted.

        An unreadable Patient counts too, as long as its id could be read; one without id tells nothing.
        """
        return any(patient_id != self.patient_id for patient_id in _patient_ids(self.supplied))


def decode_call(body: bytes, service: Service) -> Incoming:
    """Decode a call of `service`, and tell whether what it lacks can be fetched.

    Raises:
        Refusal: 400 for a call the standard does not allow.
    """
    request, context, unread = _decode(body, service)
    instance, patient_id = _instance(request.hookInstance), context.patient_id
    sent, server = Sent(request.prefetch or {}, unread), read_server(request.fhirServer)
    access: Access | Lack | None = None
    if sent.absent(service.prefetch) or sent.paged(service.prefetch):
        access = read_access(server, request.fhirAuthorization, patient_id)
    if isinstance(access, Lack):
        sent, access = sent.in_vain(service.prefetch, access), None
    return Incoming(instance, patient_id, sent, context.drafts, context.user_id, server, access)


def check_call(incoming: Incoming, service: Service) -> HookCall:
    """The call with its data sorted."""
    supplied = supply(incoming.sent, service.prefetch)
    patient_id = incoming.patient_id
    supplied = _without_patient(supplied, patient_id)
    return HookCall(
        service.id, incoming.instance, patient_id, supplied, incoming.drafts, incoming.user_id, incoming.server
    )


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
        raise wrong("hookInstance")
    return UUID(text)


def _decode(body: bytes, service: Service) -> tuple[HookRequest, Context, list[Unread]]:
    try:
        if not body.isascii():
            body.decode()  # fields nobody reads are skipped unseen; their bytes are checked here
        request, unread = _decode_or_salvage(body, service)
        _require_hook(request.hook, service)
        return request, read_context(request.context, service.hook), unread
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
    fhirServer: msgspec.Raw = NOTHING
    fhirAuthorization: msgspec.Raw = NOTHING


def _salvage(body: bytes, service: Service) -> tuple[HookRequest, list[Unread]]:
    envelope = part(_ENVELOPE, body, "")
    hook = part(TEXT, envelope.hook, "hook")
    instance = part(TEXT, envelope.hookInstance, "hookInstance")
    raw_values = part(_VALUES, envelope.prefetch, "prefetch") if bytes(envelope.prefetch) else None
    values, unread = salvage_values(raw_values or {}, service.prefetch)
    shown = envelope.context
    return HookRequest(hook, instance, shown, values, envelope.fhirServer, envelope.fhirAuthorization), unread


_UUID = re.compile(UUID_PATTERN)
_PATIENT = re.compile("Patient/(.+)", re.DOTALL)
_REQUEST = msgspec.json.Decoder(HookRequest)
_ENVELOPE = msgspec.json.Decoder(_Envelope)
_VALUES = msgspec.json.Decoder(dict[str, msgspec.Raw] | None)
