"""The FHIR answers as the API's document shows them: open objects, since FHIR's own schema says the rest."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]
RESOURCES = (
    "Bundle",
    "CapabilityStatement",
    "CodeSystem",
    "ConceptMap",
    "Parameters",
    "TerminologyCapabilities",
    "ValueSet",
)


def resource_schemas() -> Schema:
    """One schema for each type of resource that is answered."""
    return {kind: _resource(kind) for kind in RESOURCES}


def _resource(kind: str) -> Schema:
    return {
        "title": kind,
        "description": f"A FHIR R4 {kind}.",
        "type": "object",
        "required": ["resourceType"],
        "properties": {"resourceType": {"type": "string", "enum": [kind]}},
    }
