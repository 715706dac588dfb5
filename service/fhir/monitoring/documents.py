"""What the API's document says about `$hormone-monitoring`."""

from __future__ import annotations

import msgspec

from service.examples.chart import DEMO_DAY
from service.fhir.documents import general
from service.fhir.monitoring.given import BUNDLE as BUNDLE_PARAMETER
from service.fhir.monitoring.given import PROFILE, STRICT, TODAY
from service.fhir.monitoring.wish import NDJSON
from service.fhir.operations.parameters import MOST
from service.http.outcome import FHIR_JSON
from service.openapi.components import BUNDLE, Schema, example_bundle, fhir_error, ref
from service.openapi.openapi import FHIR_EVALUATION, Operation, operation

_ERRORS = (400, 406, 408, 413, 415, 422, 500, 503)
_DAY: Schema = {"anyOf": [{"type": "string", "format": format} for format in ("date", "date-time")]}
_ABOUT = (
    "Judges one patient's Bundle and answers a Bundle: a GuidanceResponse (what was judged by, and what could not be), "
    "a DetectedIssue for each raised finding, the proposed draws as a CarePlan of ServiceRequests, Provenance and "
    "Device. Nothing is stored. The input is a bare Bundle with `today` and `profile` in the query, or Parameters. R4, "
    "R4B and R5 are read; the answer is right in R4 and R4B alike."
)
_BATCH = (
    f"As `{NDJSON}`, each line of the body is one patient's Bundle and each line of the answer its result, sent while "
    "the rest is judged; a line that cannot be judged is answered by an OperationOutcome that names its number."
)


def batch_and_system_operation(profiles: tuple[str, ...]) -> Operation:
    """Of a Bundle, whoever the patient is, and of many."""
    line = msgspec.json.encode(example_bundle()).decode() + "\n"
    ndjson: Schema = {"schema": {"type": "string", "description": "One Bundle on each line."}, "example": line}
    return operation(
        "hormone_monitoring",
        "Judge one patient's Bundle in FHIR, or many patients'",
        FHIR_EVALUATION,
        description=f"{_ABOUT} {_BATCH}",
        parameters=_parameters(profiles),
        requestBody={"required": True, "content": {**_content(profiles), NDJSON: ndjson}},
        responses=_answers({NDJSON: {"schema": {"type": "string", "description": "One resource on each line."}}}),
    )


def patient_operation(profiles: tuple[str, ...]) -> Operation:
    """Of the Bundle of a patient who is named."""
    patient = next(e["resource"] for e in example_bundle()["entry"] if e["resource"]["resourceType"] == "Patient")
    identity: Schema = {
        "name": "id",
        "in": "path",
        "required": True,
        "description": "The id of the patient that the Bundle is about; another patient's Bundle is refused.",
        "schema": {"type": "string", "pattern": r"^[A-Za-z0-9\-.]{1,64}$"},
        "example": patient["id"],
    }
    return operation(
        "hormone_monitoring_of_patient",
        "Judge the Bundle of one patient in FHIR",
        FHIR_EVALUATION,
        description=_ABOUT,
        parameters=[identity, *_parameters(profiles)],
        requestBody={"required": True, "content": _content(profiles)},
        responses=_answers({}) | {"404": fhir_error(404)},
    )


def _content(profiles: tuple[str, ...]) -> Schema:
    schema = {"anyOf": [BUNDLE, _parameters_schema(profiles)]}
    bundle = example_bundle()
    parameters = [
        {"name": BUNDLE_PARAMETER, "resource": bundle},
        {"name": TODAY.name, "valueDate": DEMO_DAY.isoformat()},
        {"name": PROFILE.name, "valueCode": "optimization"},
    ]
    return {
        "application/json": {"schema": schema, "example": bundle},
        FHIR_JSON: {"schema": schema, "example": {"resourceType": "Parameters", "parameter": parameters}},
    }


def _parameters_schema(profiles: tuple[str, ...]) -> Schema:
    """The bundle first, then whatever else: that it is sent once, a schema of a list can say in no other way."""
    others = [
        _named(TODAY.name, "valueDate", {"type": "string", "format": "date"}),
        _named(TODAY.name, "valueDateTime", {"type": "string", "format": "date-time"}),
        _named(PROFILE.name, "valueCode", {"type": "string", "enum": list(profiles)}),
        _named(STRICT.name, "valueBoolean", {"type": "boolean"}),
    ]
    return {
        "type": "object",
        "required": ["resourceType", "parameter"],
        "properties": {
            "resourceType": {"type": "string", "enum": ["Parameters"]},
            "parameter": {
                "type": "array",
                "items": {"anyOf": [_named(BUNDLE_PARAMETER, "resource", BUNDLE), *others]},
                "contains": _named(BUNDLE_PARAMETER, "resource", BUNDLE),
                "minContains": 1,
                "maxContains": 1,
            },
        },
    }


def _named(name: str, element: str, value: Schema) -> Schema:
    return {
        "type": "object",
        "required": ["name", element],
        "properties": {"name": {"type": "string", "enum": [name]}, element: value},
        "additionalProperties": False,
    }


def _parameters(profiles: tuple[str, ...]) -> list[Schema]:
    listed = {"type": "array", "items": {"type": "string", "enum": list(profiles)}, "maxItems": MOST}
    return [
        {"name": TODAY.name, "in": "query", "description": TODAY.about, "schema": _DAY},
        {"name": PROFILE.name, "in": "query", "description": PROFILE.about, "schema": listed, "explode": True},
        {"name": STRICT.name, "in": "query", "description": STRICT.about, "schema": {"type": "boolean"}},
        *general(),
        {
            "name": "Prefer",
            "in": "header",
            "description": "`return=minimal` leaves out the plan and the origin, never a finding; "
            "`return=OperationOutcome` says the same in words. Anything else is the whole answer.",
            "schema": {"type": "string"},
            "example": "return=minimal",
        },
    ]


def _answers(more: Schema) -> Schema:
    described = {
        "description": "What is judged: a Bundle, or with `Prefer: return=OperationOutcome` that.",
        "content": {FHIR_JSON: {"schema": {"anyOf": [ref("Bundle"), ref("OperationOutcome")]}}, **more},
        "headers": {
            "Preference-Applied": {
                "description": "What of `Prefer` was followed; absent when nothing was.",
                "schema": {"type": "string"},
            }
        },
    }
    return {"200": described, **{str(status): fhir_error(status) for status in _ERRORS}}
