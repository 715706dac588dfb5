"""The API described for machines: each operation's text and schemas, laid beside the routes that serve them.

Request schemas state only what is refused; a FHIR resource stays an open object, because a resource that cannot be
used is reported, not refused.
"""

from __future__ import annotations

from enum import Enum
from typing import Any, TypedDict

import msgspec
from fastapi import FastAPI

from cds_hooks.presentation.report import report_schema
from cds_hooks.wire.discovery import REQUIRED, Discovery, Service
from cds_hooks.wire.request import UUID_PATTERN
from service.demo.chart import DEMO_DAY, chart_json, read_charts
from service.demo.ehr import hook_call
from service.outcome import OperationOutcome

Schema = dict[str, Any]
PLACE = "#/components/schemas/"
EXAMPLE = "hematocrit"  # the demo's chart that both doors show
DESCRIPTION = (
    "Decision support for monitoring hormone therapy: over CDS Hooks, and for a posted FHIR Bundle. "
    "It supports a clinician's decision and does not make one. "
    "Every error is a FHIR OperationOutcome that names the place and the remedy."
)


class Operation(TypedDict):
    """What is said about one route."""

    operation_id: str
    summary: str
    tags: list[str | Enum]
    openapi_extra: Schema


class Documented(FastAPI):
    """FastAPI with the schemas of our structs in its document."""

    def openapi(self) -> Schema:
        """The OpenAPI document, built when first asked for."""
        document = super().openapi()
        document.setdefault("components", {"schemas": component_schemas()})
        return document


def operation(name: str, summary: str, tag: str, **extra: Any) -> Operation:
    """One route's description."""
    return Operation(operation_id=name, summary=summary, tags=[tag], openapi_extra=extra)


def hook_operation(service: Service) -> Operation:
    """What is said about the address of one CDS service."""
    return operation(
        service.id.replace("-", "_"),
        service.title,
        "CDS Hooks",
        description=service.description,
        requestBody=_json_body(hook_request_schema(service), _example_call(service)),
        responses=_answers("CDSHooksResponse", "Cards, perhaps none.", 400, 412, 413, 415),
    )


def evaluation_operation(profiles: tuple[str, ...]) -> Operation:
    """What is said about the door for bundles."""
    return operation(
        "evaluate",
        "Evaluate one patient's Bundle",
        "Evaluation",
        description="Reads the Bundle and answers every finding with its reasons, draws, cards and what was not read.",
        parameters=[_today_parameter(), _profile_parameter(profiles)],
        requestBody=_json_body(BUNDLE, _example_bundle()),
        responses=_answers("Report", "The report.", 400, 413, 415),
    )


def hook_request_schema(service: Service) -> Schema:
    """A hook call, as far as it is refused otherwise."""
    text: Schema = {"type": "string", "minLength": 1}
    return {
        "type": "object",
        "required": ["hook", "hookInstance", "context", "prefetch"],
        "properties": {
            "hook": {"type": "string", "enum": [service.hook]},
            "hookInstance": {"type": "string", "pattern": UUID_PATTERN, "description": "A UUID, new for every call."},
            "context": {
                "type": "object",
                "required": ["userId", "patientId"],
                "properties": {"userId": text, "patientId": text},
            },
            "prefetch": {
                "type": "object",
                "required": list(REQUIRED),
                "properties": {
                    key: _prefetched(key) | {"description": query} for key, query in service.prefetch.items()
                },
            },
        },
    }


def _prefetched(key: str) -> Schema:
    # Any other key may hold what it will: what tells nothing is taken as not sent.
    return {"type": ["object", "null"]} if key in REQUIRED else {}


def component_schemas() -> Schema:
    """All schemas that operations refer to."""
    _, components = msgspec.json.schema_components((Discovery, OperationOutcome), ref_template=PLACE + "{name}")
    return components | _as_components("Report", report_schema()) | {"CDSHooksResponse": CARDS}


def _as_components(name: str, schema: Schema) -> Schema:
    # A document of its own keeps its parts under $defs; inside OpenAPI they live beside the other components.
    moved = msgspec.json.encode(schema).replace(b'"#/$defs/', f'"{PLACE}{name}.'.encode())
    root: Schema = msgspec.json.decode(moved)
    parts = root.pop("$defs", {})
    return {name: {key: value for key, value in root.items() if not key.startswith("$") or key == "$ref"}} | {
        f"{name}.{part}": value for part, value in parts.items()
    }


def _answers(schema: str, description: str, *refusals: int) -> Schema:
    answers = {"200": {"description": description, "content": _json({"$ref": PLACE + schema})}}
    problem = _json({"$ref": PLACE + "OperationOutcome"})
    return answers | {str(status): {"description": _REFUSED[status], "content": problem} for status in refusals}


def _json_body(schema: Schema, example: Any) -> Schema:
    return {"required": True, "content": {"application/json": {"schema": schema, "example": example}}}


def _json(schema: Schema) -> Schema:
    return {"application/json": {"schema": schema}}


def _example_call(service: Service) -> Schema:
    chart = next(chart for chart in read_charts(DEMO_DAY) if chart.name == EXAMPLE)
    return hook_call(msgspec.to_builtins(service), chart) | {"hookInstance": "9f4ad6c1-3b0e-4c39-8a55-6f2f0d7c1e84"}


def _example_bundle() -> Schema:
    bundle: Schema = msgspec.json.decode(chart_json(EXAMPLE))
    return bundle


def _today_parameter() -> Schema:
    return {
        "name": "today",
        "in": "query",
        "description": "Judge as of this date or dateTime, so that a call can be replayed. Default: the site's clock.",
        "schema": {"type": "string", "anyOf": [{"format": "date"}, {"format": "date-time"}]},
    }


def _profile_parameter(profiles: tuple[str, ...]) -> Schema:
    return {
        "name": "profile",
        "in": "query",
        "description": "A variant of the numbers. May repeat; each name applies to the protocols that define it.",
        "schema": {"type": "array", "items": {"type": "string", "enum": list(profiles)}},
        "explode": True,
    }


_REFUSED = {
    400: "Malformed call: the outcome names the place and what would have worked.",
    412: "Required prefetch is lacking: the outcome names the keys.",
    413: "The body is larger than MAX_BODY, before or after decompression.",
    415: "Not JSON in UTF-8, or an unknown Content-Encoding.",
}
BUNDLE: Schema = {
    "type": "object",
    "required": ["resourceType"],
    "properties": {"resourceType": {"type": "string", "enum": ["Bundle"]}, "entry": {"type": ["array", "null"]}},
}
CARDS: Schema = {
    "type": "object",
    "required": ["cards"],
    "properties": {"cards": {"type": "array", "items": {"$ref": PLACE + "Report.Card"}}},
}
ANY_OBJECT: Schema = {"200": {"description": "As named.", "content": _json({"type": "object"})}}
DISCOVERY = operation(
    "discover", "List the CDS services", "CDS Hooks", responses=_answers("Discovery", "All services offered.")
)
REPORT_SCHEMA = operation("report_schema", "JSON Schema of the report", "Evaluation", responses=ANY_OBJECT)
HEALTH = operation("health", "Whether the service answers, and what it stands on", "Operation", responses=ANY_OBJECT)
