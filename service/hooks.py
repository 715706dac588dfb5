"""Door 1, CDS Hooks: discovery and one address per service."""

from __future__ import annotations

from functools import lru_cache
from time import perf_counter
from uuid import uuid5

import msgspec
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from cds_hooks.facts import Facts, Moment
from cds_hooks.presentation.cards.cards import another_patient_card, present_cards
from cds_hooks.presentation.cards.unavailable import unavailable_card
from cds_hooks.presentation.hooks.drafts import is_heard
from cds_hooks.presentation.hooks.services import PRESENT, Present, present_removable
from cds_hooks.presentation.silences.keep import Remembered
from cds_hooks.record.drafts import NO_DRAFTS
from cds_hooks.record.read import read
from cds_hooks.wire.discovery import ORDER_SIGN, Service, discover
from cds_hooks.wire.prefetch.prefetch import require
from cds_hooks.wire.prefetch.templates import Asking, prefetch_templates
from cds_hooks.wire.request import HookCall, Incoming, check_call, decode_call
from cds_hooks.wire.response import CDSHooksResponse, encode
from service import __version__
from service.ehr.ehr import Ehr
from service.http.body import read_json, require_few
from service.http.outcome import JSON
from service.http.routes import Endpoint
from service.http.turns import turns_at
from service.judge import judge
from service.memory.distil import Answer, Asked, once_sent
from service.openapi.openapi import discovery_operation, hook_operation
from service.operating.tracing.spans import span
from service.site.settings import Settings
from service.site.site import InForce, Site
from terminology.vocabulary import Vocabulary


def lay_routes(app: FastAPI, in_force: InForce, ehr: Ehr) -> None:
    """Discovery, and every service it lists."""
    asking = asking_of(in_force.site.settings)

    async def list_services(request: Request) -> Response:
        return Response(_listing(in_force.site.knowledge.vocabulary, asking), media_type=JSON)

    services = discover(in_force.site.knowledge.vocabulary, asking).services
    app.add_api_route("/cds-services", list_services, methods=["GET"], **discovery_operation(services))
    for service in services:
        app.add_api_route(
            f"/cds-services/{service.id}", _door(in_force, ehr, service), methods=["POST"], **hook_operation(service)
        )


def asking_of(settings: Settings) -> Asking:
    """What the site's EHR is asked to prefetch, and how."""
    return Asking(settings.prefetch, settings.pending_orders)


@lru_cache(maxsize=2)
def _listing(vocabulary: Vocabulary, asking: Asking) -> bytes:
    """Discovery's answer: the queries name a site's own codes too."""
    return msgspec.json.encode(discover(vocabulary, asking))


@lru_cache(maxsize=2)
def _templates(vocabulary: Vocabulary, asking: Asking) -> dict[str, str]:
    """The queries for what a call lacks: as discovery lists them now."""
    return prefetch_templates(vocabulary, asking)


def _door(in_force: InForce, ehr: Ehr, service: Service) -> Endpoint:
    present = presenter(service, in_force.site.settings)
    asking = asking_of(in_force.site.settings)

    async def call_service(request: Request) -> Response:
        began, site = perf_counter(), in_force.site
        settings = site.settings
        body = await read_json(request, settings.max_body, settings.body_timeout)
        with span("decode"):
            incoming = decode_call(body, service)
        request.scope["state"]["hook_instance"] = str(incoming.instance)
        if incoming.access is not None:
            templates = _templates(site.knowledge.vocabulary, asking)
            with span("ehr"):
                incoming = await ehr.complete(incoming, incoming.access, templates, site.now().day)
        call = checked(settings, incoming, service)
        remembered = await in_force.memory.recall(call.patient_id, call.user_id, call.server, str(call.instance))
        await turns_at(request.scope).again()
        answer = answer_to(site, call, present, remembered)
        noted = once_sent(in_force, _asked(service, call, began), answer, site.knowledge)
        return Response(encode(CDSHooksResponse(answer.cards)), media_type=JSON, background=noted)

    return call_service


def checked(settings: Settings, incoming: Incoming, service: Service) -> HookCall:
    """The call, with enough data to be judged and not too much.

    Raises:
        Refusal: 412 where required prefetch is lacking, 413 for too much.
    """
    call = check_call(incoming, service)
    if settings.unavailable == "412":
        require(call.supplied)
    require_few(len(call.supplied.located) + len(call.supplied.unread), settings.max_resources)
    return call


def presenter(service: Service, settings: Settings) -> Present:
    return present_removable if service.id == ORDER_SIGN and settings.remove_drafts else PRESENT[service.id]


def _asked(service: Service, call: HookCall, began: float) -> Asked:
    absent = call.supplied.absent
    return Asked(
        service=service.id,
        began=began,
        patient=call.patient_id,
        user=call.user_id,
        server=call.server,
        hook=service.hook,
        instance=str(call.instance),
        sent=service.prefetch.keys() - absent,
        absent=absent,
    )


def answer_to(
    site: Site,
    call: HookCall,
    present: Present = present_cards,
    remembered: Remembered | None = None,
    today: Moment | None = None,
) -> Answer:
    """From a checked call to its cards, and what they rest on, for the present moment unless another is given.

    The call's id seeds the cards', so that a retry brings the same cards; so do service and patient, since a client
    that uses an id twice must not have what is said of one card kept of another's. Where nothing can be judged,
    whoever orders a drug of no protocol is not interrupted either.
    """
    knowledge, seed = site.knowledge, uuid5(uuid5(call.instance, call.service), call.patient_id)
    if call.is_about_another_patient:
        return Answer((another_patient_card(knowledge, seed, __version__),))
    today = today or site.now()
    with span("read"):
        facts = _facts(site, call, today)
    if call.supplied.missing:
        heard = call.drafts is NO_DRAFTS or is_heard(facts, knowledge)
        lacks = call.supplied.missing
        return Answer((unavailable_card(knowledge, lacks, seed, __version__),) if heard else ())
    judged, cards = judge(site, facts, today, site.settings.profile, seed, present, remembered)
    return Answer(cards, facts, judged)


def _facts(site: Site, call: HookCall, today: Moment) -> Facts:
    return read(
        call.supplied.located,
        site.knowledge.vocabulary,
        today=today,
        patient_id=call.patient_id,
        zone=site.settings.timezone,
        absent=call.supplied.absent,
        incomplete=call.supplied.incomplete,
        unread=call.supplied.unread,
        panels=site.orders,
        drafts=call.drafts,
        server=call.server,
    )
