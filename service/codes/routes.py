"""The address that lists which codes were seen and not understood."""

from __future__ import annotations

import asyncio

import msgspec
from fastapi import FastAPI
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import Response

from cds_hooks.refusal import Refusal
from service.codes.listing import UnmappedCodes, unmapped_codes
from service.http.outcome import JSON
from service.openapi.openapi import UNMAPPED
from service.site.site import InForce
from terminology.vocabulary import Vocabulary


def lay_routes(app: FastAPI, in_force: InForce, engine: Engine) -> None:
    """The list."""

    async def show_unmapped(request: Request) -> Response:
        return Response(
            msgspec.json.encode(await asyncio.to_thread(unmapped_in, engine, in_force.site.knowledge.vocabulary)),
            media_type=JSON,
        )

    app.add_api_route("/codes/unmapped", show_unmapped, methods=["GET"], **UNMAPPED)


def unmapped_in(engine: Engine, vocabulary: Vocabulary) -> UnmappedCodes:
    """What the database counted of codes that the map in force does not understand. Raises Refusal: it is away."""
    try:
        with Session(engine) as session:
            return unmapped_codes(session, vocabulary)
    except SQLAlchemyError:
        raise Refusal(503, "transient", "The database is away. Ask again in a while.") from None
