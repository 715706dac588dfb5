"""What the API's document calls the types of resources that are published."""

from __future__ import annotations

from service.openapi.openapi import FHIR, KNOWLEDGE

SAID = {
    "CodeSystem": "code system",
    "ValueSet": "value set",
    "ConceptMap": "concept map",
    "OperationDefinition": "operation definition",
    "StructureDefinition": "structure definition",
    "PlanDefinition": "plan definition",
    "ActivityDefinition": "activity definition",
    "Library": "library",
}
EXAMPLE_IDS = {
    "CodeSystem": "loinc",
    "ValueSet": "testosterone-total",
    "ConceptMap": "loinc-to-analyte",
    "OperationDefinition": "hormone-monitoring",
    "StructureDefinition": "evidence-strength",
    "PlanDefinition": "testosterone-men.es2018",
    "ActivityDefinition": "order-2986-8",
    "Library": "testosterone-men",
}
_KNOWLEDGE = ("PlanDefinition", "ActivityDefinition", "Library")
_SEVERAL = {"Library": "libraries"}


def several(kind: str) -> str:
    """More than one of a type."""
    return _SEVERAL.get(kind, f"{SAID[kind]}s")


def tag_of(kind: str) -> str:
    """The chapter of the document that a type stands in."""
    return KNOWLEDGE if kind in _KNOWLEDGE else FHIR
