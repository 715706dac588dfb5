"""Door 1, CDS Hooks: discovery and one address per service."""

from __future__ import annotations

from functools import lru_cache
from time import perf_counter

import msgspec
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from cds_hooks.presentation.cards import another_patient_card, present_cards
from cds_hooks.presentation.response_cards import present_response
from cds_hooks.presentation.silences.keep import Remembered
from cds_hooks.record.read import read
from cds_hooks.wire.discovery import RESPONSE, Service, discover
from cds_hooks.wire.request import HookCall, decode_call
from cds_hooks.wire.response import CDSHooksResponse, encode
from service import __version__
from service.body import read_json, require_few
from service.judge import Present, judge
from service.memory.distil import Answer, Asked, remember
from service.openapi import DISCOVERY, hook_operation
from service.outcome import JSON
from service.routes import Endpoint
from service.site import InForce, Site
from terminology.vocabulary import Vocabulary


def lay_routes(app: FastAPI, in_force: InForce) -> None:
    """Discovery, and every service it lists."""

    async def list_services(request: Request) -> Response:
        return Response(_listing(in_force.site.knowledge.vocabulary), media_type=JSON)

    app.add_api_route("/cds-services", list_services, methods=["GET"], **DISCOVERY)
    for service in discover(in_force.site.knowledge.vocabulary).services:
        app.add_api_route(
            f"/cds-services/{service.id}", _door(in_force, service), methods=["POST"], **hook_operation(service)
        )


@lru_cache(maxsize=2)
def _listing(vocabulary: Vocabulary) -> bytes:
    """Discovery's answer: the queries name a site's own codes too."""
    return msgspec.json.encode(discover(vocabulary))


def _door(in_force: InForce, service: Service) -> Endpoint:
    present = present_response if service.id == RESPONSE else present_cards

    async def call_service(request: Request) -> Response:
        began, site = perf_counter(), in_force.site
        settings = site.settings
        call = decode_call(await read_json(request, settings.max_body, settings.body_timeout), service)
        require_few(len(call.supplied.located) + len(call.supplied.unread), settings.max_resources)
        remembered = await in_force.memory.recall(call.patient_id, call.user_id)
        answer = answer_to(site, call, present, remembered)
        if answer.facts is not None:
            in_force.count(call.patient_id, answer.facts.unmapped)
        remember(in_force.memory, _asked(service, call, began), answer, site.knowledge)
        return Response(encode(CDSHooksResponse(answer.cards)), media_type=JSON)

    return call_service


def _asked(service: Service, call: HookCall, began: float) -> Asked:
    absent = call.supplied.absent
    return Asked(
        service=service.id,
        began=began,
        patient=call.patient_id,
        user=call.user_id,
        hook=service.hook,
        instance=str(call.instance),
        sent=service.prefetch.keys() - absent,
        absent=absent,
    )


def answer_to(
    site: Site, call: HookCall, present: Present = present_cards, remembered: Remembered | None = None
) -> Answer:
    """From a checked call to its cards, and what they rest on.

    The call's id seeds the cards', so that a retry brings the same cards.
    """
    knowledge = site.knowledge
    if call.is_about_another_patient:
        return Answer((another_patient_card(knowledge, call.instance, __version__),))
    today = site.now()
    facts = read(
        call.supplied.located,
        knowledge.vocabulary,
        today=today,
        patient_id=call.patient_id,
        zone=site.settings.timezone,
        absent=call.supplied.absent,
        incomplete=call.supplied.incomplete,
        unread=call.supplied.unread,
        panels=site.orders,
    )
    judged, cards = judge(site, facts, today, site.settings.profile, call.instance, present, remembered)
    return Answer(cards, facts, judged)
