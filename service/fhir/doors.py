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
    TYPES,
    Server,
    encode_capability_statement,
    encode_terminology_capabilities,
)
from service import __version__
from service.fhir import validation
from service.fhir.apply.answer import apply_plan
from service.fhir.apply.document import APPLY
from service.fhir.apply.sent import read_application
from service.fhir.documents import (
    METADATA,
    MODE,
    get_operation,
    post_operation,
    read_operation,
    search_by_form_operation,
    search_operation,
)
from service.fhir.etags import etag_of, is_held, not_modified
from service.fhir.lacking import LACKING, refuse_lacking
from service.fhir.negotiation import GENERAL, FHIRResponse, Form, require_json, respond
from service.fhir.operations.operations import OPERATIONS, Operation
from service.fhir.operations.parameters import Given, from_query, require_known
from service.fhir.operations.posted import from_body
from service.fhir.search import search
from service.fhir.shelf import Shelf, Shelves
from service.http.body import read_form, read_json
from service.http.routes import Endpoint
from service.site.site import InForce


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
            identity, etag = request.path_params["id"], etag_of(self._in_force.site.knowledge, __version__)
            if is_held(request, etag):
                await self._answer(request, lambda shelf: shelf.require(kind, identity))
                return not_modified(etag)
            answer = await self._answer(request, lambda shelf: shelf.encoded(kind, identity))
            answer.headers["ETag"] = etag
            return answer

        return read

    async def apply(self, request: Request) -> Response:
        """What one plan asks of the patient of a posted Bundle."""
        settings, identity = self._in_force.site.settings, request.path_params["id"]
        sent = read_application(request, await read_json(request, settings.max_body, settings.body_timeout))
        site = self._in_force.site

        def applied(shelf: Shelf) -> bytes:
            answer, facts = apply_plan(site, shelf.catalogue.plan(identity), sent)
            self._in_force.count(facts.patient.reference, facts.unmapped)
            return answer

        return await self._answer(request, applied)

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
    _lay_application(app, doors)
    for path in LACKING:
        app.add_api_route(f"/fhir/{path}", refuse_lacking, methods=["GET", "POST"], include_in_schema=False)
    lay = partial(app.add_api_route, methods=["GET"], response_class=FHIRResponse)
    for kind in TYPES:
        by_form, described = doors.searching_by_form(kind), search_by_form_operation(kind)
        app.add_api_route(f"/fhir/{kind}/_search", by_form, methods=["POST"], response_class=FHIRResponse, **described)
        lay(f"/fhir/{kind}/{{id:fhir_id}}", doors.reading(kind), **read_operation(kind))
        lay(f"/fhir/{kind}", doors.searching(kind), **search_operation(kind))
    lay("/fhir/metadata", doors.metadata, **METADATA)
    validation.lay_routes(app, in_force)


def _lay(app: FastAPI, doors: Doors, operation: Operation, on_instance: bool) -> None:
    path = f"/fhir/{operation.kind}{'/{id}' if on_instance else ''}/${operation.name}"
    by_query, by_parameters = doors.operation(operation, on_instance)
    lay = partial(app.add_api_route, path, response_class=FHIRResponse)
    lay(by_query, methods=["GET"], **get_operation(operation, on_instance))
    lay(by_parameters, methods=["POST"], **post_operation(operation, on_instance))


def _lay_application(app: FastAPI, doors: Doors) -> None:
    path = "/fhir/PlanDefinition/{id:fhir_id}/$apply"
    app.add_api_route(path, doors.apply, methods=["POST"], response_class=FHIRResponse, **APPLY)


def _sent(request: Request) -> Sequence[tuple[str, str]]:
    return request.query_params.multi_items()


def _result(operation: Operation, shelf: Shelf, given: Given, request: Request) -> bytes:
    return operation.answer(shelf.catalogue, given, request.path_params.get("id"))
