"""The address that tells how often cards are shown and overridden, for machines and as a page."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, date, datetime, time

import msgspec
from fastapi import FastAPI
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import Response

from cds_hooks.refusal import Refusal
from service.codes.routes import unmapped_in
from service.http.outcome import JSON
from service.memory.stats import Stats, stats
from service.openapi.openapi import STATS
from service.pages.page import page
from service.pages.stats_page import StatsPage
from service.site.site import InForce

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def lay_routes(app: FastAPI, in_force: InForce, engine: Engine) -> None:
    """The numbers. They are for people: whoever puts the application together guards this address."""

    def counted(since: datetime | None) -> Stats:
        try:
            with Session(engine) as session:
                return stats(session, since, in_force.site.settings.unmapped_patients)
        except SQLAlchemyError:
            raise Refusal(
                503,
                "transient",
                "The database is away or too slow. Ask again in a while, or with since for fewer days.",
            ) from None

    async def show_stats(request: Request) -> Response:
        since = since_of(request)
        found = await asyncio.to_thread(counted, since)
        if "text/html" in request.headers.get("accept", ""):
            unmapped = await asyncio.to_thread(unmapped_in, engine, in_force.site.knowledge.vocabulary)
            shown = StatsPage(found, unmapped, in_force.counting, in_force.site.now().day)
            return page(request, in_force.site, "stats.html", ".", shown=shown, stats=found)
        return Response(msgspec.json.encode(found), media_type=JSON)

    app.add_api_route("/stats", show_stats, methods=["GET"], **STATS)


def since_of(request: Request) -> datetime | None:
    """The day from which to count.

    Raises:
        Refusal: it is none, or another parameter was sent.
    """
    given = [pair for pair in request.query_params.multi_items() if pair[0] != "lang"]  # of the page
    if not given:
        return None
    try:
        ((name, text),) = given
        if name == "since" and _DAY.fullmatch(text):
            return datetime.combine(date.fromisoformat(text), time(), UTC)
    except ValueError:
        pass
    raise Refusal(400, "value", "Send at most one parameter: since, a day such as 2026-09-04.", "since")
