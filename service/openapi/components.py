"""The parts of the API's document that several operations share: schemas, error answers and examples.

Request schemas state only what is refused; a FHIR resource stays an open object, because a resource that cannot be
used is reported, not refused.
"""

from __future__ import annotations

from typing import Any

import msgspec

from cds_hooks.presentation.report import report_schema
from cds_hooks.wire.contexts import SHAPES
from cds_hooks.wire.discovery import Discovery, Service
from cds_hooks.wire.prefetch.templates import REQUIRED
from cds_hooks.wire.request import UUID_PATTERN
from service.codes.listing import UnmappedCodes
from service.examples.chart import DEMO_DAY, chart_json, read_charts
from service.examples.ehr import hook_call
from service.fhir.schemas import resource_schemas
from service.http.errors import ERRORS, FHIR_ERRORS, Refused
from service.http.outcome import FHIR_JSON, JSON, OperationOutcome
from service.memory.schemas import RECEIVED
from service.memory.stats import Stats
from service.operating.standing import Ready
from service.population.summing.summary import Summary
from service.worklist.answer import Worklist

Schema = dict[str, Any]
PLACE = "#/components/schemas/"
ANSWERS = "#/components/responses/"
EXAMPLE = "hematocrit"  # the chart that both doors show


def component_schemas() -> Schema:
    """All schemas that operations refer to."""
    _, components = msgspec.json.schema_components(
        (Discovery, OperationOutcome, UnmappedCodes, Stats, Ready, Worklist, Summary), ref_template=PLACE + "{name}"
    )
    return components | _parts_of_report() | NAMED | resource_schemas()


def component_responses() -> Schema:
    """Every error answer, described once; under `/fhir` in another media type."""
    # What the HTTP parser refuses has no address yet, and is told in the media type of all other addresses.
    media = {400: (FHIR_JSON, JSON)}
    return {error.name: _answer(error, JSON) for error in ERRORS.values()} | {
        f"FHIR{error.name}": _answer(error, *media.get(status, (FHIR_JSON,)))
        for status, error in (ERRORS | FHIR_ERRORS).items()
    }


def _answer(error: Refused, *media: str) -> Schema:
    content = {"schema": ref("OperationOutcome"), "example": error.example}
    return {"description": error.description, "content": dict.fromkeys(media, content)}


def ref(name: str) -> Schema:
    """A reference to a shared schema."""
    return {"$ref": PLACE + name}


def error(status: int) -> Schema:
    """A reference to a shared error answer."""
    return {"$ref": ANSWERS + ERRORS[status].name}


def fhir_error(status: int) -> Schema:
    """A reference to a shared error answer of an address under `/fhir`."""
    return {"$ref": f"{ANSWERS}FHIR{(ERRORS | FHIR_ERRORS)[status].name}"}


def hook_request_schema(service: Service) -> Schema:
    """A hook call, as far as it is refused otherwise."""
    instance = {
        "type": "string",
        "format": "uuid",
        "pattern": UUID_PATTERN,
        "description": "A UUID, new for every call.",
    }
    return {
        "type": "object",
        "required": ["hook", "hookInstance", "context"],
        "properties": {
            "hook": {"type": "string", "enum": [service.hook]},
            "hookInstance": instance,
            "context": _context_schema(service),
            "fhirServer": {"description": FHIR_SERVER},
            "fhirAuthorization": {"description": FHIR_AUTHORIZATION},
            "prefetch": {
                "type": "object",
                "description": PREFETCH,
                "properties": {
                    key: _prefetched(key) | {"description": query} for key, query in service.prefetch.items()
                },
            },
        },
    }


def _context_schema(service: Service) -> Schema:
    shape = SHAPES[service.hook]
    kinds = {"selections": SELECTIONS, "draftOrders": DRAFTS, "medications": DRAFTS}
    names = (*shape.required, *(["selections"] if shape.selects else []), *([shape.orders] if shape.orders else []))
    return {
        "type": "object",
        "required": list(names),
        "properties": {name: kinds.get(name, NOT_EMPTY) for name in names},
    }


def example_call(service: Service) -> Schema:
    """A call of this service that is answered with cards."""
    chart = next(chart for chart in read_charts(DEMO_DAY) if chart.name == EXAMPLE)
    return hook_call(msgspec.to_builtins(service), chart) | {"hookInstance": "9f4ad6c1-3b0e-4c39-8a55-6f2f0d7c1e84"}


def example_bundle() -> Schema:
    """A Bundle that is answered with cards."""
    bundle: Schema = msgspec.json.decode(chart_json(EXAMPLE))
    return bundle


def _prefetched(key: str) -> Schema:
    # Any other key may hold what it will: what tells nothing is taken as not sent.
    return {"type": ["object", "null"]} if key in REQUIRED else {}


def _parts_of_report() -> Schema:
    """A document of its own keeps its parts under $defs; inside OpenAPI they live beside the other components."""
    encoded = msgspec.json.encode(report_schema())
    parts: Schema = msgspec.json.decode(encoded.replace(b'"#/$defs/', f'"{PLACE}'.encode()))["$defs"]
    return parts


PREFETCH = (
    f"The results of the queries that discovery lists. Without {' and '.join(REQUIRED)} nothing is judged: they are "
    "sent, or can be fetched from fhirServer."
)
FHIR_SERVER = (
    "Base URL of the EHR's FHIR server. Prefetch keys that are missing, required ones too, and further pages are "
    "fetched there when the operator lists it and a token comes with it. Anything else counts as absent."
)
FHIR_AUTHORIZATION = (
    "access_token, token_type Bearer, expires_in, scope (SMART 1 or 2), subject, perhaps patient. Used for this call "
    "only. Anything else counts as absent."
)
NOT_EMPTY: Schema = {"type": "string", "minLength": 1}
SELECTIONS: Schema = {
    "type": "array",
    "items": {"type": "string"},
    "description": "References of the drafts that are selected, such as MedicationRequest/123.",
}
DRAFTS: Schema = {
    "type": "object",
    "description": "A Bundle with the orders being written. What cannot be read of it is told on a card, not refused.",
}
BUNDLE: Schema = {
    "type": "object",
    "required": ["resourceType"],
    "properties": {
        "resourceType": {"type": "string", "enum": ["Bundle"]},
        "entry": {"type": ["array", "null"], "items": {}},
    },
}
CARDS: Schema = {
    "title": "CDSHooksResponse",
    "description": "The answer of a CDS service. An empty list says that there is nothing to say.",
    "type": "object",
    "required": ["cards"],
    "properties": {"cards": {"type": "array", "items": ref("Card")}},
}
HEALTH: Schema = {
    "title": "Health",
    "description": "That the service answers, and what it stands on.",
    "type": "object",
    "required": ["status", "version", "knowledge", "codeMap", "database", "memory", "jwt"],
    "properties": {
        "status": {"type": "string", "enum": ["ok"]},
        "version": {"type": "string", "description": "Version of the service."},
        "knowledge": {"type": "string", "description": "Digest of the protocols in force."},
        "codeMap": {"type": "integer", "description": "Version of the site's code map in force; 0: none."},
        "database": {
            "type": "string",
            "enum": ["ok", "away"],
            "description": "away: answers go on with the map in force, counts and memory wait, nothing is kept silent.",
        },
        "memory": {
            "type": "object",
            "description": "Entries of this process that wait to be written, and that were lost since its start.",
            "required": ["waiting", "lost"],
            "properties": {"waiting": {"type": "integer"}, "lost": {"type": "integer"}},
        },
        "jwt": {
            "type": "string",
            "enum": ["off", "required"],
            "description": "off: callers prove nothing, and anyone who reaches the service may call it.",
        },
    },
}
ALIVE: Schema = {
    "title": "Alive",
    "description": "That the process answers.",
    "type": "object",
    "required": ["status"],
    "properties": {"status": {"type": "string", "enum": ["alive"]}},
}
NAMED: Schema = {"Alive": ALIVE, "CDSHooksResponse": CARDS, "FeedbackReceived": RECEIVED, "Health": HEALTH}
