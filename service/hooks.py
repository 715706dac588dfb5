"""Door 1, CDS Hooks: discovery and one address per service."""

from __future__ import annotations

import msgspec
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from cds_hooks.presentation.cards import another_patient_card
from cds_hooks.record.read import read
from cds_hooks.wire.discovery import Service, discover
from cds_hooks.wire.request import HookCall, decode_call
from cds_hooks.wire.response import Card, CDSHooksResponse, encode
from service import __version__
from service.body import read_json, require_few
from service.judge import judge
from service.openapi import DISCOVERY, hook_operation
from service.outcome import JSON
from service.routes import Endpoint
from service.site import Site


def lay_routes(app: FastAPI, site: Site) -> None:
    """Discovery, and every service it lists."""
    discovery = discover(site.knowledge.vocabulary)
    listing = msgspec.json.encode(discovery)

    async def list_services(request: Request) -> Response:
        return Response(listing, media_type=JSON)

    app.add_api_route("/cds-services", list_services, methods=["GET"], **DISCOVERY)
    for service in discovery.services:
        app.add_api_route(
            f"/cds-services/{service.id}", _door(site, service), methods=["POST"], **hook_operation(service)
        )


def _door(site: Site, service: Service) -> Endpoint:
    async def call_service(request: Request) -> Response:
        settings = site.settings
        call = decode_call(await read_json(request, settings.max_body, settings.body_timeout), service)
        require_few(len(call.supplied.located) + len(call.supplied.unread), settings.max_resources)
        return Response(encode(CDSHooksResponse(cards_for(site, call))), media_type=JSON)

    return call_service


def cards_for(site: Site, call: HookCall) -> tuple[Card, ...]:
    """From a checked call to its cards. The call's id seeds theirs, so that a retry brings the same cards."""
    knowledge = site.knowledge
    if call.is_about_another_patient:
        return (another_patient_card(knowledge, call.instance, __version__),)
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
    _, cards = judge(site, facts, today, site.settings.profile, call.instance)
    return cards
