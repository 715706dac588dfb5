"""What FHIR has and this service lacks: said so, instead of read as the id of a resource."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from cds_hooks.presentation.terminology.capabilities import OPERATIONS, TYPES
from cds_hooks.refusal import Refusal

LACKING = (
    *("$closure", "ConceptMap/$closure", "CodeSystem/$subsumes", "CodeSystem/{id}/$subsumes"),
    *("CodeSystem/$find-matches", "CodeSystem/{id}/$lookup", "$versions", "_history", "_search"),
    *("PlanDefinition/$apply", "ActivityDefinition/{id}/$apply"),
    *(f"{kind}/{path}" for kind in TYPES for path in ("_history", "{id}/_history", "{id}/_history/{version}")),
)


async def refuse_lacking(_: Request) -> Response:
    """Name what there is instead."""
    known = ", ".join(f"{kind}/${name}" for kind, names in OPERATIONS.items() for name in names)
    raise Refusal(404, "not-supported", f"This operation or interaction is not supported here. Known: {known}.")
