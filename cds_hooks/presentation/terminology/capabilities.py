"""What the service can do under `/fhir`, said to machines: CapabilityStatement and TerminologyCapabilities.

The first does not instantiate FHIR's `terminology-server`: that one can also be searched by date and by reference.
Clients ask for both first, so they are written without fhir.resources, which is slow to load; tests read them with it.
"""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

import msgspec

from cds_hooks.presentation.canonical import BASE, MONITORING
from cds_hooks.presentation.monitoring.definition import NAME as MONITORING_NAME
from cds_hooks.presentation.terminology.catalogue import Catalogue
from cds_hooks.presentation.terminology.public import UCUM

Shape = dict[str, Any]
OPERATIONS: dict[str, tuple[str, ...]] = {
    "CodeSystem": ("lookup", "validate-code"),
    "ValueSet": ("expand", "validate-code"),
    "ConceptMap": ("translate",),
    "OperationDefinition": (),
    "StructureDefinition": (),
    "PlanDefinition": ("apply",),
    "ActivityDefinition": (),
    "Library": (),
}
TYPES = tuple(OPERATIONS)
_VALIDATE = {
    "name": "validate",
    "definition": "http://hl7.org/fhir/OperationDefinition/Resource-validate",
    "documentation": "At /fhir/$validate and /fhir/[type]/$validate, for a resource of any type; without mode and "
    "profile.",
}
SEARCHES = {"_id": "token", "url": "uri", "version": "token", "name": "string", "title": "string", "status": "token"}
SEARCHES_TOO = {  # of single types
    "PlanDefinition": {"topic": "token", "context": "token", "type": "token"},
    "ActivityDefinition": {"topic": "token"},
    "Library": {"topic": "token", "type": "token"},
}


def searches_of(kind: str) -> dict[str, str]:
    """The search parameters of a type, each with its sort."""
    return SEARCHES | SEARCHES_TOO.get(kind, {})


EXPANSION_PARAMETERS = (
    "activeOnly",
    "count",
    "displayLanguage",
    "excludeNested",
    "excludeNotForUI",
    "excludePostCoordinated",
    "filter",
    "includeDefinition",
    "includeDesignations",
    "offset",
    "url",
    "valueSetVersion",
)


_ABOUT = (
    "Read-only: what this service knows of codes, and the knowledge it judges by. It judges charts by "
    "$hormone-monitoring (of a posted Bundle; nothing of it can be read afterwards), by one plan with "
    "PlanDefinition/[id]/$apply, and, which are no FHIR interactions, at /cds-services and /evaluate. Charts are read "
    "in R4, R4B and R5, answers are right in R4 and R4B. A search goes by GET, or by POST of a form to _search. Not "
    "supported: history, $subsumes, $closure, $find-matches, and code systems sent with a call."
)


class Server(NamedTuple):
    """The running service: its version, its address, and the day this statement was made."""

    version: str
    address: str
    day: date


def encode_capability_statement(server: Server) -> bytes:
    """`GET /fhir/metadata`."""
    shape = _head(server, "CapabilityStatement", "HormoneCdsCapabilities", "hormone-cds") | {
        "fhirVersion": "4.0.1",
        "format": ["json", "application/fhir+json"],
        "rest": [
            {
                "mode": "server",
                "documentation": _ABOUT,
                "security": {
                    "description": "Whether callers have to prove who they are is the operator's setting: with "
                    "JWT=required, every call but this one needs a client's JWT."
                },
                "resource": [*[_resource(kind) for kind in TYPES], _PATIENT],
                "operation": [_MONITORING, _VALIDATE],
            }
        ],
    }
    return msgspec.json.encode(shape)


def encode_terminology_capabilities(server: Server, catalogue: Catalogue) -> bytes:
    """`GET /fhir/metadata?mode=terminology`: every code system and version."""
    name = "HormoneCdsTerminologyCapabilities"
    shape = _head(server, "TerminologyCapabilities", name, "Code systems of hormone-cds") | {
        "lockedDate": False,
        "codeSystem": [_code_system(url, system.version) for url, system in catalogue.systems.items()],
        "expansion": {
            "hierarchical": False,
            "paging": True,
            "incomplete": False,
            "parameter": [{"name": name} for name in EXPANSION_PARAMETERS],
            "textFilter": "Every word must stand in the code or the display, in any case.",
        },
        "validateCode": {"translations": False},
        "translation": {"needsMap": False},
    }
    return msgspec.json.encode(shape)


_MONITORING: Shape = {"name": MONITORING_NAME, "definition": MONITORING}
_PATIENT: Shape = {
    "type": "Patient",
    "documentation": "Patients are not kept here. The Bundle that is posted must be about the patient of the address.",
    "operation": [_MONITORING],
}


def _head(server: Server, kind: str, name: str, title: str) -> Shape:
    return {
        "resourceType": kind,
        "url": f"{BASE}/{kind}/{name}",
        "version": server.version,
        "name": name,
        "title": title,
        "status": "active",
        "experimental": False,
        "date": server.day,
        "publisher": "hormone-cds",
        "kind": "instance",
        "software": {"name": "hormone-cds", "version": server.version},
        "implementation": {"description": "hormone-cds", "url": server.address},
    }


def _resource(kind: str) -> Shape:
    operations = [
        {"name": name, "definition": f"http://hl7.org/fhir/OperationDefinition/{kind}-{name}"}
        for name in OPERATIONS[kind]
    ]
    return {
        "type": kind,
        "interaction": [{"code": "read"}, {"code": "search-type"}],
        "versioning": "no-version",
        "conditionalRead": "not-match",
        "searchParam": [{"name": name, "type": sort} for name, sort in searches_of(kind).items()],
    } | ({"operation": operations} if operations else {})


def _code_system(url: str, version: str | None) -> Shape:
    shape: Shape = {"uri": url, "subsumption": False}
    if version is not None:
        shape["version"] = [{"code": version, "isDefault": True, "compositional": url == UCUM}]
    return shape
