"""Reads the chart of the patient that an EHR opened, by the queries of the hooks, and judges it as a hook call is."""

from __future__ import annotations

from typing import Any, NamedTuple
from uuid import uuid4

import msgspec
from msgspec.structs import replace

from cds_hooks.facts import Moment
from cds_hooks.record.fhir.written import written
from cds_hooks.refusal import Refusal
from cds_hooks.wire.access import Access, Secret
from cds_hooks.wire.app_context import Opened, read_context
from cds_hooks.wire.discovery import Service, discover
from cds_hooks.wire.prefetch.prefetch import Sent, require
from cds_hooks.wire.prefetch.templates import prefetch_templates
from cds_hooks.wire.request import HookCall, Incoming, check_call, decode_call
from service.ehr.ehr import Ehr
from service.hooks import answer_to, asking_of, presenter
from service.http.body import require_few
from service.memory.distil import Answer
from service.site.site import Site
from service.smart.issuers import NotOpened

_TOKEN_TYPE = "bearer"  # noqa: S105 - its kind, not the token


class Launched(NamedTuple):
    """What a token is for: whose chart, on which server, and what the card said that it was opened from."""

    access: Access
    patient: str
    opened: Opened


def launched(told: dict[str, Any], server: str) -> Launched:
    """What the answer of a token endpoint gives. Raises NotOpened: no token, or no patient."""
    token, kind = told.get("access_token"), told.get("token_type")
    patient, scope = told.get("patient"), told.get("scope")
    if not isinstance(token, str) or not token or not token.isascii() or not token.isprintable() or " " in token:
        raise NotOpened("no token")
    if not isinstance(kind, str) or kind.lower() != _TOKEN_TYPE:
        raise NotOpened("a token of another kind")
    if not isinstance(patient, str) or not patient:
        raise NotOpened("no patient was chosen")
    access = Access(server, Secret(token), scope if isinstance(scope, str) else "")
    return Launched(access, patient.removeprefix("Patient/"), read_context(told.get("appContext")))


async def read_chart(site: Site, ehr: Ehr, opened: Launched) -> bytes:
    """The chart as a hook call would bring it, with the fields that are read and no others.

    Raises:
        Refusal: 412 where what is required could not be had, 413 for too much.
    """
    service = _service(site)
    templates = prefetch_templates(site.knowledge.vocabulary, asking_of(site.settings))
    access = opened.access
    incoming = Incoming(uuid4(), opened.patient, Sent({}, []), server=access.server, access=access)
    found = await ehr.complete(incoming, access, templates, site.now().day)
    call = check_call(found, service)
    require(call.supplied)
    _require_room(site, call)
    return _as_call(found, service)


def _as_call(found: Incoming, service: Service) -> bytes:
    sent = found.sent
    return msgspec.json.encode(
        {
            "hook": service.hook,
            "hookInstance": str(found.instance),
            "context": {"userId": "Practitioner/unknown", "patientId": found.patient_id},
            "fhirServer": found.server,
            "prefetch": {key: _value(sent, key) for key in sent.values},
        }
    )


def _value(sent: Sent, key: str) -> Any:
    """A key's value; one of which the server withholds some goes on saying that it is a part."""
    value = sent.values[key]
    if value is not None and key in sent.partial:
        value = replace(value, total=msgspec.Raw(b"%d" % (len(value.entry or ()) + 1)))
    return written(value)


def judged(site: Site, body: bytes, today: Moment) -> Answer:
    """What is judged of a chart that was read, as of then, and its cards."""
    service = _service(site)
    call = check_call(decode_call(body, service), service)
    require(call.supplied)
    _require_room(site, call)
    answer = answer_to(site, call, presenter(service, site.settings), today=today)
    if answer.judged is None or answer.facts is None:
        raise Refusal(409, "conflict", "The EHR's server answered with another patient's chart; nothing is shown.")
    return answer


def _require_room(site: Site, call: HookCall) -> None:
    require_few(len(call.supplied.located) + len(call.supplied.unread), site.settings.max_resources)


def _service(site: Site) -> Service:
    return discover(site.knowledge.vocabulary, asking_of(site.settings)).services[0]
