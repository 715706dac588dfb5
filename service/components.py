"""The parts of the API's document that several operations share: schemas, error answers and examples.

Request schemas state only what is refused; a FHIR resource stays an open object, because a resource that cannot be
used is reported, not refused.
"""

from __future__ import annotations

from typing import Any

import msgspec

from cds_hooks.presentation.report import report_schema
from cds_hooks.wire.discovery import REQUIRED, Discovery, Service
from cds_hooks.wire.request import UUID_PATTERN
from service.codes.listing import UnmappedCodes
from service.examples.chart import DEMO_DAY, chart_json, read_charts
from service.examples.ehr import hook_call
from service.fhir.schemas import resource_schemas
from service.outcome import FHIR_JSON, JSON, OperationOutcome

Schema = dict[str, Any]
PLACE = "#/components/schemas/"
ANSWERS = "#/components/responses/"
EXAMPLE = "hematocrit"  # the chart that both doors show


def component_schemas() -> Schema:
    """All schemas that operations refer to."""
    _, components = msgspec.json.schema_components(
        (Discovery, OperationOutcome, UnmappedCodes), ref_template=PLACE + "{name}"
    )
    return components | _parts_of_report() | {"CDSHooksResponse": CARDS, "Health": HEALTH} | resource_schemas()


def component_responses() -> Schema:
    """Every error answer, described once; under `/fhir` in another media type."""
    return {error.name: _answer(error, JSON) for error in ERRORS.values()} | {
        f"FHIR{error.name}": _answer(error, FHIR_JSON) for error in (ERRORS | FHIR_ERRORS).values()
    }


def _answer(error: Refused, media: str) -> Schema:
    return {
        "description": error.description,
        "content": {media: {"schema": ref("OperationOutcome"), "example": error.example}},
    }


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
    text: Schema = {"type": "string", "minLength": 1}
    instance = {
        "type": "string",
        "format": "uuid",
        "pattern": UUID_PATTERN,
        "description": "A UUID, new for every call.",
    }
    return {
        "type": "object",
        "required": ["hook", "hookInstance", "context", "prefetch"],
        "properties": {
            "hook": {"type": "string", "enum": [service.hook]},
            "hookInstance": instance,
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


class Refused(msgspec.Struct, frozen=True):
    """One kind of error answer."""

    name: str
    description: str
    code: str
    diagnostics: str
    expression: str | None = None

    @property
    def example(self) -> Schema:
        """Such an answer."""
        issue: Schema = {"severity": "error", "code": self.code, "diagnostics": self.diagnostics}
        if self.expression is not None:
            issue["expression"] = [self.expression]
        return {"resourceType": "OperationOutcome", "issue": [issue]}


ERRORS = {
    400: Refused(
        "Malformed",
        "The call cannot be meant: the outcome names the place and what would have worked.",
        "required",
        "context.patientId is missing: send the patient's FHIR id as a string.",
        "context.patientId",
    ),
    404: Refused(
        "NotFound",
        "There is nothing at this address.",
        "not-found",
        "There is nothing at this address. GET /openapi.json lists every address.",
    ),
    405: Refused(
        "MethodNotAllowed",
        "The address does not answer that method; the Allow header lists those it answers.",
        "not-supported",
        "This address does not answer that method. The Allow header lists those it answers.",
    ),
    408: Refused(
        "TooSlow",
        "The body did not arrive within BODY_TIMEOUT.",
        "timeout",
        "The body did not arrive within 30 seconds. Send it again, or fewer resources in one call.",
    ),
    412: Refused(
        "PrefetchLacking",
        "Required prefetch is lacking: one issue for each key.",
        "required",
        "prefetch.labs was not sent: nothing was evaluated. Send the result of the query that GET /cds-services lists "
        "for it; null says there is none.",
        "prefetch.labs",
    ),
    413: Refused(
        "TooLarge",
        "The body is larger than MAX_BODY, before or after decompression, or holds more resources than MAX_RESOURCES.",
        "too-long",
        "The body is larger than 8000000 bytes. Send fewer resources in one call, or raise HORMONE_CDS_MAX_BODY.",
    ),
    415: Refused(
        "NotJSON",
        "Not JSON in UTF-8, or an unknown Content-Encoding.",
        "not-supported",
        "Send JSON in UTF-8, with the header Content-Type: application/json or application/fhir+json.",
    ),
    500: Refused(
        "Fault",
        "The service itself failed. Nothing was evaluated.",
        "exception",
        "The service failed on this request. Nothing was evaluated. Its log names the place.",
    ),
    503: Refused(
        "Busy",
        "More calls at once than MAX_CONCURRENT; the Retry-After header says when to try again.",
        "throttled",
        "Too many calls at once. Nothing was evaluated. Try again.",
    ),
}
FHIR_ERRORS = {
    400: Refused(
        "Malformed",
        "The call cannot be meant: the outcome names the parameter and what would have worked.",
        "required",
        "Send exactly one of code (with system), coding and codeableConcept.",
        "code",
    ),
    404: Refused(
        "NotFound",
        "There is nothing with this id, url or code here.",
        "not-found",
        "There is none with this id. A search, as in GET /fhir/ValueSet, lists them.",
    ),
    406: Refused(
        "NotAcceptable",
        "Another format than JSON is asked for.",
        "not-supported",
        "Only JSON is served. Ask with Accept: application/fhir+json or _format=json.",
    ),
}
BUNDLE: Schema = {
    "type": "object",
    "required": ["resourceType"],
    "properties": {"resourceType": {"type": "string", "enum": ["Bundle"]}, "entry": {"type": ["array", "null"]}},
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
    "required": ["status", "version", "knowledge", "codeMap"],
    "properties": {
        "status": {"type": "string", "enum": ["ok"]},
        "version": {"type": "string", "description": "Version of the service."},
        "knowledge": {"type": "string", "description": "Digest of the protocols in force."},
        "codeMap": {"type": "integer", "description": "Version of the site's code map in force; 0: none."},
    },
}
