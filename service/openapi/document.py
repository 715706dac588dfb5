"""The API's document as a whole: what it is about, and what holds of every address in it."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute

from service import __version__
from service.fhir.monitoring.documents import batch_and_system_operation, patient_operation
from service.openapi.components import Schema, component_responses, component_schemas, error, fhir_error
from service.openapi.named_schemas import name_requests
from service.openapi.openapi import (
    EVALUATION,
    FHIR,
    FHIR_EVALUATION,
    HOOKS,
    KNOWLEDGE,
    OPERATION,
    POPULATION,
    evaluation_operation,
)
from service.trust.exempt import is_open_path

CLIENT: Schema = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "JWT",
    "description": "A client's JWT as in CDS Hooks, new for every call; needed where the operator sets JWT=required.",
}
DESCRIPTION = """\
Decision support for monitoring hormone therapy: over CDS Hooks, and for a posted FHIR Bundle.
It supports a clinician's decision and does not make one.

Every error is a FHIR OperationOutcome that names the place and the remedy and never repeats the input.
An address that is not listed here answers 404, another method 405; every GET is answered to HEAD too.

This material contains content from LOINC (https://loinc.org). LOINC is copyright © Regenstrief Institute, Inc. and the
Logical Observation Identifiers Names and Codes (LOINC) Committee and is available at no cost under the license at
https://loinc.org/license. LOINC® is a registered United States trademark of Regenstrief Institute, Inc.
"""
TAGS = [
    {"name": HOOKS, "description": "For an EHR: discovery, and one address for each CDS service."},
    {"name": EVALUATION, "description": "For programs: one patient's Bundle in, the whole report out."},
    {"name": FHIR_EVALUATION, "description": "For integrators: the same judgement, asked and answered in FHIR."},
    {"name": FHIR, "description": "For integrators: which codes and units are understood, and as what (FHIR R4)."},
    {
        "name": KNOWLEDGE,
        "description": "For informaticists: every protocol with its numbers, sources and draws (FHIR R4).",
    },
    {"name": POPULATION, "description": "For clinics: whom the last run over everybody lists, and its numbers."},
    {"name": OPERATION, "description": "For whoever runs the service."},
]
ABOUT: dict[str, Any] = {
    "title": "hormone-cds",
    "version": __version__,
    "description": DESCRIPTION,
    "license_info": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
    "openapi_tags": TAGS,
    # FastAPI's own spans would hold path and query, which name patients; our own do not.
    "telemetry": {"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
}


class Documented(FastAPI):
    """FastAPI with the schemas of our structs in its document."""

    def openapi(self) -> Schema:
        """The OpenAPI document, built when first asked for."""
        document = super().openapi()
        if "components" not in document:
            document["components"] = {"schemas": component_schemas(), "responses": component_responses()}
            _say_who_may_call(document)
            name_requests(document)
        return document

    def renew(self, profiles: tuple[str, ...]) -> None:
        """Name other profiles in the document from now on: knowledge was replaced."""
        told = (evaluation_operation, batch_and_system_operation, patient_operation)
        anew = {one["operation_id"]: one["openapi_extra"] for one in (describe(profiles) for describe in told)}
        for route in self.routes:
            if isinstance(route, APIRoute) and route.operation_id in anew:
                route.openapi_extra = anew[route.operation_id]
        self.openapi_schema = None


def _say_who_may_call(document: Schema) -> None:
    """Every address that a token may be needed for, and whose calls are counted, says so in one way."""
    document["components"]["securitySchemes"] = {"client": CLIENT}
    for path, operations in document["paths"].items():
        told = fhir_error if path.startswith("/fhir/") else error
        refused = {"401": told(401), "429": told(429)}
        for one in operations.values() if not is_open_path(path) else ():
            one["responses"] = dict(sorted((one["responses"] | refused).items()))
            one["security"] = [{}, {"client": []}]
