"""JSON schemas of what is sent and answered under `/fhir`.

Inputs are described as far as they are refused otherwise; resources stay open, since FHIR's own schema says the rest.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from service.fhir.negotiation import FORMATS
from service.fhir.operations.parameters import LARGEST, LONGEST, MOST, Parameter
from service.fhir.operations.posted import VALUES

Schema = dict[str, Any]
_TEXT: Schema = {"type": "string", "minLength": 1, "maxLength": LONGEST}
_WHOLE: Schema = {"type": "integer", "minimum": 0, "maximum": LARGEST}
RESOURCES = (
    "ActivityDefinition",
    "Bundle",
    "CapabilityStatement",
    "CarePlan",
    "CodeSystem",
    "ConceptMap",
    "Library",
    "OperationDefinition",
    "Parameters",
    "PlanDefinition",
    "StructureDefinition",
    "TerminologyCapabilities",
    "ValueSet",
)


def resource_schemas() -> Schema:
    """One schema for each type of resource that is answered."""
    return {kind: _resource(kind) for kind in RESOURCES}


def parameters_schema(taken: Iterable[Parameter]) -> Schema:
    """A Parameters resource, as far as it is refused otherwise."""
    return {
        "type": "object",
        "required": ["resourceType"],
        "properties": {
            "resourceType": {"type": "string", "enum": ["Parameters"]},
            "parameter": {"type": "array", "items": {"anyOf": [_entry(parameter) for parameter in taken]}},
        },
    }


def _entry(parameter: Parameter) -> Schema:
    value = VALUES[parameter.kind][0]
    return {
        "type": "object",
        "description": parameter.about,
        "required": ["name", value],
        "properties": {
            "name": {"type": "string", "enum": [parameter.name]},
            value: _VALUES.get(parameter.kind) or value_schema(parameter),
        },
        "additionalProperties": False,
    }


def value_schema(parameter: Parameter) -> Schema:
    """A simple value."""
    if parameter.choices:
        return {"type": "string", "enum": list(parameter.choices)}
    text = _TEXT | {"minLength": 0} if parameter.may_be_empty else _TEXT
    return {"integer": _WHOLE, "boolean": {"type": "boolean"}}.get(parameter.kind, text)


def repeated_schema(parameter: Parameter) -> Schema:
    """A simple value, or the several of one that repeats."""
    schema = value_schema(parameter)
    return {"type": "array", "items": schema, "maxItems": MOST} if parameter.repeats else schema


def form_schema(taken: Iterable[Parameter]) -> Schema:
    """A form with these fields and no others."""
    return {
        "type": "object",
        "properties": {
            **{one.name: repeated_schema(one) | {"description": one.about} for one in taken},
            "_format": {"type": "string", "enum": list(FORMATS)},
            "_pretty": {"type": "boolean"},
        },
        "additionalProperties": False,
    }


def _resource(kind: str) -> Schema:
    return {
        "title": kind,
        "description": f"A FHIR R4 {kind}.",
        "type": "object",
        "required": ["resourceType"],
        "properties": {"resourceType": {"type": "string", "enum": [kind]}},
    }


_CODING: Schema = {
    "type": "object",
    "properties": {
        "system": {"type": "string"},
        "version": {"type": "string"},
        "code": _TEXT,
        "display": {"type": "string"},
    },
}
_VALUES: dict[str, Schema] = {
    "Coding": _CODING | {"required": ["code"]},
    "CodeableConcept": {
        "type": "object",
        "properties": {"coding": {"type": "array", "items": _CODING}, "text": {"type": "string"}},
    },
}
