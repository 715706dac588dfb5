"""Where EHRs report what clinicians did with the cards: one address beside each CDS service."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import UTC, datetime

import msgspec
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from cds_hooks.presentation.overrides import DURABLE, override_reasons
from cds_hooks.refusal import Refusal
from cds_hooks.wire.discovery import Service, discover
from cds_hooks.wire.feedback import Told, decode_feedback
from cds_hooks.wire.request import UUID_PATTERN
from service.http.body import read_json, require_few
from service.http.outcome import JSON
from service.http.routes import Endpoint
from service.memory.entries import Reported
from service.memory.keyed import new_id
from service.memory.memory import Memory
from service.memory.waiting import MOST
from service.openapi.openapi import feedback_operation
from service.site.site import InForce

OTHER = "other"  # a reason that is none of ours: its words may be somebody's
YEARS = range(2000, 2200)  # of clocks that go; other moments do not fit every zone and database
_UUID = re.compile(UUID_PATTERN)


def lay_routes(app: FastAPI, in_force: InForce) -> None:
    """An address for every service that discovery lists."""
    for service in discover(in_force.site.knowledge.vocabulary).services:
        path = f"/cds-services/{service.id}/feedback"
        app.add_api_route(path, _door(in_force, service), methods=["POST"], **feedback_operation(service))


def _door(in_force: InForce, service: Service) -> Endpoint:
    known = {coding.code for coding in override_reasons(in_force.site.knowledge.words)} | set(DURABLE)

    async def take_feedback(request: Request) -> Response:
        settings = in_force.site.settings
        told = decode_feedback(await read_json(request, settings.max_body, settings.body_timeout))
        require_few(sum(1 + len(one.suggestions) for one in told), settings.max_resources)
        _require_room(told)
        note(in_force.memory, service.id, told, known)
        return Response(msgspec.json.encode({"received": len(told)}), media_type=JSON)

    return take_feedback


def note(memory: Memory, service: str, told: Collection[Told], known: Collection[str]) -> None:
    """Keep what was told of cards that may be ours. What is no UUID is no card of ours, and may be anything.

    Raises:
        Refusal: 503 when not all of it can be kept; then nothing is.
    """
    received = datetime.now(UTC)
    ours = [one for one in told if _UUID.fullmatch(one.card)] if memory.is_on else []
    if not memory.note([_reported(service, one, known, received) for one in ours]):
        raise Refusal(503, "transient", "There is no room for feedback now. Nothing was stored. Send it again later.")


def _require_room(told: Collection[Told]) -> None:
    if len(told) > MOST:
        remedy = "Nothing was stored. Send them in several calls."
        raise Refusal(413, "too-costly", f"There are more than {MOST} items of feedback. {remedy}", "feedback")


def _reported(service: str, told: Told, known: Collection[str], received: datetime) -> Reported:
    return Reported(
        id=new_id(),
        card=told.card.lower(),
        service=service,
        outcome=told.outcome,
        at=told.at.astimezone(UTC) if told.at.year in YEARS else received,
        received=received,
        suggestions=" ".join([one.lower() for one in told.suggestions if _UUID.fullmatch(one)]),
        reason=told.reason if told.reason in known or not told.reason else OTHER,
        commented=told.commented,
    )
