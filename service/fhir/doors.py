"""The addresses under `/fhir`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.convertors import StringConvertor, register_url_convertor
from starlette.requests import Request
from starlette.responses import Response

from cds_hooks.presentation.terminology.capabilities import (
    OPERATIONS as OFFERED,
)
from cds_hooks.presentation.terminology.capabilities import (
    TYPES,
    Server,
    encode_capability_statement,
    encode_terminology_capabilities,
)
from cds_hooks.refusal import Refusal
from service import __version__
from service.body import read_form, read_json
from service.fhir.documents import (
    METADATA,
    MODE,
    get_operation,
    post_operation,
    read_operation,
    search_by_form_operation,
    search_operation,
)
from service.fhir.negotiation import GENERAL, FHIRResponse, Form, require_json, respond
from service.fhir.operations import OPERATIONS, Operation
from service.fhir.parameters import Given, from_query, require_known
from service.fhir.posted import from_body
from service.fhir.search import search
from service.fhir.shelf import Shelf, Shelves
from service.routes import Endpoint
from service.site import InForce

LACKING = (
    *("$closure", "ConceptMap/$closure", "CodeSystem/$subsumes", "CodeSystem/{id}/$subsumes"),
    *("CodeSystem/$find-matches", "CodeSystem/{id}/$lookup", "$versions", "_history", "_search"),
    *(f"{kind}/{path}" for kind in TYPES for path in ("_history", "{id}/_history", "{id}/_history/{version}")),
)


class _Id(StringConvertor):
    """What FHIR allows as an id: `_search` and `$…` are none, and so are not read as one."""

    regex = r"[A-Za-z0-9\-.]{1,64}"


register_url_convertor("fhir_id", _Id())


class Doors:
    """Answers from the shelf are made in a worker thread: the first ones load fhir.resources and lay out the tables."""

    def __init__(self, in_force: InForce) -> None:
        self._in_force = in_force
        self._shelves = Shelves()

    def operation(self, operation: Operation, on_instance: bool) -> tuple[Endpoint, Endpoint]:
        """An operation by GET and by POST."""
        taken = operation.taken(on_instance)

        async def by_query(request: Request) -> Response:
            given = from_query(_sent(request), taken, GENERAL)
            return await self._answer(request, lambda shelf: _result(operation, shelf, given, request))

        async def by_parameters(request: Request) -> Response:
            require_known(request.query_params.keys(), GENERAL)
            settings = self._in_force.site.settings
            given = from_body(await read_json(request, settings.max_body, settings.body_timeout), taken)
            return await self._answer(request, lambda shelf: _result(operation, shelf, given, request))

        return by_query, by_parameters

    def reading(self, kind: str) -> Endpoint:
        """One resource of a type."""

        async def read(request: Request) -> Response:
            require_known(request.query_params.keys(), GENERAL)
            return await self._answer(request, lambda shelf: shelf.encoded(kind, request.path_params["id"]))

        return read

    def searching(self, kind: str) -> Endpoint:
        """The resources of a type."""

        async def find(request: Request) -> Response:
            base, sent = self._base(request), _sent(request)
            return await self._answer(request, lambda shelf: search(shelf, kind, sent, base))

        return find

    def searching_by_form(self, kind: str) -> Endpoint:
        """The resources of a type, by criteria in a form; FHIR has those in the address count too."""

        async def find(request: Request) -> Response:
            base, settings = self._base(request), self._in_force.site.settings
            form = await read_form(request, settings.max_body, settings.body_timeout)
            sent = [*_sent(request), *form]
            return await self._answer(request, lambda shelf: search(shelf, kind, sent, base), form)

        return find

    async def metadata(self, request: Request) -> Response:
        """What can be done here."""
        mode = from_query(_sent(request), [MODE], GENERAL).text("mode") or "full"
        server = Server(__version__, self._base(request), datetime.now(UTC).date())
        if mode == "full":
            require_json(request)
            return respond(request, encode_capability_statement(server))
        return await self._answer(request, lambda shelf: encode_terminology_capabilities(server, shelf.catalogue))

    async def _answer(self, request: Request, make: Callable[[Shelf], bytes], form: Form = ()) -> Response:
        require_json(request, form)
        knowledge = self._in_force.site.knowledge
        return respond(request, await run_in_threadpool(lambda: make(self._shelves.of(knowledge))), form)

    def _base(self, request: Request) -> str:
        return f"{(self._in_force.site.settings.public_url or str(request.base_url)).rstrip('/')}/fhir"


def lay_routes(app: FastAPI, in_force: InForce) -> None:
    """Operations first: their names would pass for ids."""
    doors = Doors(in_force)
    for operation in OPERATIONS:
        _lay(app, doors, operation, on_instance=False)
        if operation.on_instance is not None:
            _lay(app, doors, operation, on_instance=True)
    for path in LACKING:
        app.add_api_route(f"/fhir/{path}", refuse_lacking, methods=["GET", "POST"], include_in_schema=False)
    lay = partial(app.add_api_route, methods=["GET"], response_class=FHIRResponse)
    for kind in TYPES:
        by_form, described = doors.searching_by_form(kind), search_by_form_operation(kind)
        app.add_api_route(f"/fhir/{kind}/_search", by_form, methods=["POST"], response_class=FHIRResponse, **described)
        lay(f"/fhir/{kind}/{{id:fhir_id}}", doors.reading(kind), **read_operation(kind))
        lay(f"/fhir/{kind}", doors.searching(kind), **search_operation(kind))
    lay("/fhir/metadata", doors.metadata, **METADATA)


async def refuse_lacking(_: Request) -> Response:
    """What FHIR has and this service lacks: said so, instead of read as the id of a resource."""
    known = ", ".join(f"{kind}/${name}" for kind, names in OFFERED.items() for name in names)
    raise Refusal(404, "not-supported", f"This operation or interaction is not supported here. Known: {known}.")


def _lay(app: FastAPI, doors: Doors, operation: Operation, on_instance: bool) -> None:
    path = f"/fhir/{operation.kind}{'/{id}' if on_instance else ''}/${operation.name}"
    by_query, by_parameters = doors.operation(operation, on_instance)
    lay = partial(app.add_api_route, path, response_class=FHIRResponse)
    lay(by_query, methods=["GET"], **get_operation(operation, on_instance))
    lay(by_parameters, methods=["POST"], **post_operation(operation, on_instance))


def _sent(request: Request) -> Sequence[tuple[str, str]]:
    return request.query_params.multi_items()


def _result(operation: Operation, shelf: Shelf, given: Given, request: Request) -> bytes:
    return operation.answer(shelf.catalogue, given, request.path_params.get("id"))
