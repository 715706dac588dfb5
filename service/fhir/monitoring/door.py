"""The addresses of `$hormone-monitoring`."""

from __future__ import annotations

from functools import partial

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from cds_hooks.refusal import Refusal
from service.fhir.monitoring.batch import Batch, Room, require_readable
from service.fhir.monitoring.documents import batch_and_system_operation, patient_operation
from service.fhir.monitoring.given import given_in, simple_in
from service.fhir.monitoring.judging import OPERATION, Asking, answer_in_fhir
from service.fhir.monitoring.wish import Wish, wish_of
from service.fhir.negotiation import FHIRResponse, respond
from service.http.body import read_json
from service.http.outcome import FHIR_JSON
from service.site.site import InForce
from service.strict import refuse_flawed, release_of


def lay_routes(app: FastAPI, in_force: InForce) -> None:
    """For anyone, and for the patient with an id."""

    room = Room(max(1, in_force.site.settings.max_concurrent // 4))

    async def judge_posted(request: Request) -> Response:
        wish = wish_of(request)
        if wish.is_batch:
            return _batch(in_force, request, wish, room)
        settings = in_force.site.settings
        body = await read_json(request, settings.max_body, settings.body_timeout)
        given = given_in(body, request.query_params.multi_items())
        if given.strict:
            vocabulary, release = in_force.site.knowledge.vocabulary, release_of(request)
            refused = await refuse_flawed(given.bundle, vocabulary, FHIR_JSON, release)
            if refused is not None:
                return refused
        patient = request.path_params.get("id")
        asking = Asking.of(in_force.site, given.today, given.profiles, wish.preferred, patient)
        answer = respond(request, answer_in_fhir(in_force, given.bundle, asking))
        answer.headers.update(wish.headers)
        return answer

    lay = partial(app.add_api_route, endpoint=judge_posted, methods=["POST"], response_class=FHIRResponse)
    profiles = in_force.site.knowledge.profiles
    lay(f"/fhir/{OPERATION}", **batch_and_system_operation(profiles))
    lay(f"/fhir/Patient/{{id:fhir_id}}/{OPERATION}", **patient_operation(profiles))


def _batch(in_force: InForce, request: Request, wish: Wish, room: Room) -> Response:
    if "id" in request.path_params:
        said = f"A batch is of many patients: post it to /fhir/{OPERATION}. Here, send one Bundle as JSON."
        raise Refusal(415, "not-supported", said)
    require_readable(request)
    room.require()
    query = request.query_params.multi_items()
    if any(name == "_pretty" and value == "true" for name, value in query):
        raise Refusal(400, "value", "NDJSON has a resource on each line: leave _pretty out.", "_pretty")
    today, profiles, strict = simple_in(query)
    asking = Asking.of(in_force.site, today, profiles, wish.preferred)
    return Batch(in_force, request, asking, wish.headers, strict=strict, room=room)
