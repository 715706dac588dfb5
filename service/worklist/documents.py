"""The addresses of the last population run, described for machines."""

from __future__ import annotations

from typing import Any

from cds_hooks.findings import URGENCIES
from cds_hooks.presentation.worklist.listed import STATES
from service.openapi.components import Schema, error, ref
from service.openapi.openapi import POPULATION, answers, operation
from service.worklist.wish import FORMATS, LAST, MOST, USUAL

_TEXT: Schema = {"type": "string"}


def _parameter(name: str, description: str, schema: Schema, **more: Any) -> Schema:
    return {"name": name, "in": "query", "description": description, "schema": schema, **more}


_FORMAT = "Instead of the Accept header: html, json{more}, or a media type. Default: JSON."
_FILTERS = (
    _parameter(
        "state",
        "unsafe: a critical finding is raised; overdue: the window of a set of draws has passed, or a needed "
        "result was never found or is too old; due: a draw is proposed for the next 30 days; data-quality: results "
        "cannot be trusted, or the chart could not be judged.",
        {"type": "string", "enum": list(STATES)},
    ),
    _parameter("protocol", "With a raised finding of this protocol.", _TEXT, example="testosterone-safety"),
    _parameter("check", "With a raised finding of this check.", _TEXT, example="MT-HCT-01"),
    _parameter("site", "Cared for at this site, as the run's summary names it.", _TEXT),
    _parameter("urgency", "With a raised finding of this urgency.", {"type": "string", "enum": list(URGENCIES)}),
    _parameter("page", "Which page, from 1 on.", {"type": "integer", "minimum": 1, "maximum": LAST}),
    _parameter("_count", f"Patients on a page. Default: {USUAL}.", {"type": "integer", "minimum": 1, "maximum": MOST}),
    _parameter("run", "The id of the run whose page is wanted: 404 once a newer one took its place.", _TEXT),
    _parameter("_format", _FORMAT.format(more=", csv, fhir"), {"type": "string", "enum": list(FORMATS)}),
)
_LISTED: Schema = {
    "patient": "example-17",
    "site": "Clinic North",
    "states": ["unsafe", "overdue"],
    "urgency": "critical",
    "age": 58,
    "sex": "male",
    "daysOver": 56,
    "nextDue": "2026-09-04",
    "reasons": [
        {
            "protocol": "testosterone-safety",
            "check": "MT-HCT-01",
            "urgency": "critical",
            "summary": "Hematocrit 54.5 % is at or above 54 %.",
        }
    ],
}
EXAMPLE: Schema = {
    "run": {
        "id": "6f1c0f0e4a0e",
        "today": "2026-09-04",
        "ended": "2026-09-04T02:11:00Z",
        "profiles": [],
        "knowledge": "798ebb9d2e3b",
        "version": "0.1.0",
    },
    "counts": {"unsafe": 1, "overdue": 1, "due": 0, "data-quality": 0},
    "total": 1,
    "page": 1,
    "pages": 1,
    "patients": [_LISTED],
}


def _answered(schema: str, description: str, *errors: int, **media: Schema) -> Schema:
    """Answers in JSON, as a page, and in other media."""
    told = answers(schema, description)
    told["200"]["content"] |= {"text/html": {"schema": _TEXT}, **media}
    return told | {str(status): error(status) for status in errors}


LATEST = operation(
    "latest_population",
    "List the patients of the last population run",
    POPULATION,
    description="Who is unsafe, overdue or due in 30 days, or has data that cannot be trusted: the most urgent first, "
    "then who is overdue for longest, with the reasons and the proposed draws. With patients' ids: for whoever may "
    "see `/stats`. As a page, JSON, CSV (everybody who is asked for) and FHIR R4 (a Group, and a Task for each). "
    "404 where no run is finished. Names that neither the run nor the knowledge has are refused (400).",
    parameters=list(_FILTERS),
    responses=_answered(
        "Worklist",
        "A page of the list.",
        400,
        403,
        404,
        500,
        503,
        **{"text/csv": {"schema": _TEXT}, "application/fhir+json": {"schema": ref("Bundle")}},
    ),
)
LATEST["openapi_extra"]["responses"]["200"]["content"]["application/json"]["example"] = EXAMPLE
SUMMARY = operation(
    "latest_population_summary",
    "Tell the last population run in numbers",
    POPULATION,
    description="By protocol and site, without persons: numbers below SUPPRESS_BELOW are hidden, others rounded up.",
    parameters=[
        _parameter(
            "_format",
            _FORMAT.format(more=""),
            {"type": "string", "enum": ["html", "json", "text/html", "application/json"]},
        )
    ],
    responses=_answered("Summary", "The numbers.", 400, 403, 404, 500, 503),
)
