"""Each operation of the API described for machines, as the routes that serve them take it."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Any, TypedDict

from cds_hooks.wire.discovery import Service
from service.http.body import MEDIA
from service.memory.schemas import FEEDBACK, FEEDBACK_EXAMPLE
from service.memory.waiting import MOST
from service.openapi.components import BUNDLE, Schema, error, example_bundle, example_call, hook_request_schema, ref

HOOKS, EVALUATION, FHIR, OPERATION = "CDS Hooks", "Evaluation", "FHIR terminology", "Operation"
FHIR_EVALUATION, KNOWLEDGE, POPULATION = "FHIR evaluation", "FHIR knowledge", "Population"


class Operation(TypedDict):
    """What is said about one route."""

    operation_id: str
    summary: str
    tags: list[str | Enum]
    openapi_extra: Schema


def operation(name: str, summary: str, tag: str, **extra: Any) -> Operation:
    """One route's description."""
    return Operation(operation_id=name, summary=summary, tags=[tag], openapi_extra=extra)


def discovery_operation(services: Sequence[Service]) -> Operation:
    """What is said about discovery, with links to the services that it lists."""
    told = answers("Discovery", "All services offered.", 500, 503)
    called = {
        _name(service): {"operationId": _name(service), "description": f"The service {service.id}, as it is listed."}
        for service in services
    }
    return operation(
        "discover",
        "List the CDS services",
        HOOKS,
        description="Each service with its hook, and the FHIR queries whose results it wants with a call.",
        responses=told | {"200": told["200"] | {"links": called}},
    )


def _name(service: Service) -> str:
    return service.id.replace("-", "_")


def hook_operation(service: Service) -> Operation:
    """What is said about the address of one CDS service."""
    return operation(
        _name(service),
        service.title,
        HOOKS,
        description=service.description,
        requestBody=_body(hook_request_schema(service), example_call(service)),
        responses=answers("CDSHooksResponse", "Cards, perhaps none.", 400, 408, 412, 413, 415, 500, 503),
    )


def feedback_operation(service: Service) -> Operation:
    """What is said about the address that takes feedback on one service's cards."""
    return operation(
        f"{_name(service)}_feedback",
        f"{service.title}: feedback",
        HOOKS,
        description="What clinicians did with cards, several in one call if need be, a card again if need be. A call "
        f"is taken whole (at most {MOST} items) or, with each wrong item named, not at all. Comments are not kept.",
        requestBody=_body(FEEDBACK, FEEDBACK_EXAMPLE),
        responses=answers("FeedbackReceived", "It will be kept.", 400, 408, 413, 415, 500, 503),
    )


def evaluation_operation(profiles: tuple[str, ...]) -> Operation:
    """What is said about the door for bundles."""
    return operation(
        "evaluate",
        "Evaluate one patient's Bundle",
        EVALUATION,
        description="Reads the Bundle and answers every finding with its reasons, draws, cards and what was not read.",
        parameters=[_today_parameter(), _profile_parameter(profiles), _user_parameter(), STRICT],
        requestBody=_body(BUNDLE, example_bundle()),
        responses=answers("Report", "The report.", 400, 408, 413, 415, 422, 500, 503),
    )


def answers(schema: str, description: str, *errors: int) -> Schema:
    """The answer of an operation, and the errors it may have."""
    answer = {"description": description, "content": {"application/json": {"schema": ref(schema)}}}
    return {"200": answer, **{str(status): error(status) for status in errors}}


def _body(schema: Schema, example: Any) -> Schema:
    return {"required": True, "content": {media: {"schema": schema, "example": example} for media in MEDIA}}


def _today_parameter() -> Schema:
    return {
        "name": "today",
        "in": "query",
        "description": "Judge as of this date or dateTime, so that a call can be replayed. Default: the site's clock.",
        "schema": {"anyOf": [{"type": "string", "format": format} for format in ("date", "date-time")]},
    }


def _user_parameter() -> Schema:
    return {
        "name": "user",
        "in": "query",
        "description": "Whom the answer is shown to, e.g. Practitioner/123. Only then may a card stay silent that this "
        "user overrode or saw before, where the site has set that: see `silenced`.",
        "schema": {"type": "string"},
    }


def _profile_parameter(profiles: tuple[str, ...]) -> Schema:
    return {
        "name": "profile",
        "in": "query",
        "description": "A variant of the numbers. May repeat, once for each protocol; each name applies to the "
        "protocols that define it, and two of one protocol are refused.",
        "schema": {"type": "array", "items": {"type": "string", "enum": list(profiles)}},
        "explode": True,
    }


STRICT: Schema = {
    "name": "strict",
    "in": "query",
    "description": "Refuse (422) what is not valid FHIR R4, or has a code or unit that cannot be judged, with every "
    "problem in one OperationOutcome. Default: false, and what cannot be read is told in `unread`.",
    "schema": {"type": "boolean"},
}
REPORT_SCHEMA = operation(
    "report_schema",
    "JSON Schema of the report",
    EVALUATION,
    description="The schema (draft 2020-12) of what `POST /evaluate` answers, self-contained, to validate against.",
    responses={
        "200": {"description": "A JSON Schema.", "content": {"application/json": {"schema": {"type": "object"}}}},
        "500": error(500),
        "503": error(503),
    },
)
UNMAPPED = operation(
    "unmapped_codes",
    "List codes that were not understood",
    OPERATION,
    description="How often each laboratory code, unit and drug code was seen and not understood, with codes that could "
    "be meant. No patient data. Map them with `hormone-cds codes load`; what the map understands leaves the list. "
    "For people who signed in; where nobody can, on the service's own machine.",
    responses=answers("UnmappedCodes", "Codes and counts.", 401, 403, 500, 503),
)
STATS = operation(
    "stats",
    "How often cards are shown, accepted and overridden",
    OPERATION,
    description="For each check, service and version. No patient data; kinds of cards that only few patients had are "
    "told together. A page where HTML is asked for. For people: see the README for who may look.",
    parameters=[
        {
            "name": "since",
            "in": "query",
            "description": "Count from this day, in UTC.",
            "schema": {"type": "string", "format": "date"},
        }
    ],
    responses=answers("Stats", "The counts.", 400, 403, 500, 503),
)
HEALTH = operation(
    "health",
    "Whether the service answers",
    OPERATION,
    description="For load balancers and probes: answered, also in a crowd, once all knowledge was read and every "
    "example in it was found to hold. Says which version of code and knowledge answers.",
    responses=answers("Health", "It answers.", 500),
)
