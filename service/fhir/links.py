"""Where the answer of one operation leads: links of the API's document, for programs that walk it."""

from __future__ import annotations

from service.openapi.components import Schema

_THIS = "$response.body#/id"
_FIRST = "$response.body#/entry/0/resource/id"
_ON_ONE = {  # operations on one resource of a type
    "CodeSystem": ("codesystem_validate_code_of_one",),
    "ValueSet": ("valueset_expand_of_one", "valueset_validate_code_of_one"),
    "ConceptMap": ("conceptmap_translate_of_one",),
    "PlanDefinition": ("plandefinition_apply",),
}


def from_search(kind: str) -> Schema:
    """From what was found to the first resource of it, whole."""
    said = "The first resource found, whole; the others by their own ids."
    return {"read": _link(f"read_{kind.lower()}", said, _FIRST)}


def from_read(kind: str) -> Schema:
    """From a resource to the operations on it."""
    return {name: _link(name, "This operation on the resource that was read.", _THIS) for name in _ON_ONE.get(kind, ())}


def linked(answers: Schema, links: Schema) -> Schema:
    """The answers of an operation, with where a good one leads."""
    return answers | {"200": answers["200"] | {"links": links}} if links else answers


def _link(operation: str, said: str, identity: str) -> Schema:
    return {"operationId": operation, "description": said, "parameters": {"path.id": identity}}
