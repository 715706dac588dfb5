"""What the API's document says about PlanDefinition/$apply."""

from __future__ import annotations

import msgspec

from service.examples.chart import DEMO_DAY, chart_json
from service.fhir.documents import general, identity
from service.http.body import MEDIA
from service.http.outcome import FHIR_JSON
from service.openapi.components import BUNDLE, Schema, fhir_error, ref
from service.openapi.openapi import KNOWLEDGE, operation

_TODAY = "Judge as of this date or dateTime, so that a call can be replayed. Default: the site's clock."
_SUBJECT = "The patient, such as Patient/123; a Bundle of another one is refused. Needed where it holds no Patient."


def _in_query(name: str, said: str, schema: Schema) -> Schema:
    return {"name": name, "in": "query", "description": said, "schema": schema}


_EXAMPLE = {
    "resourceType": "Parameters",
    "parameter": [
        {"name": "data", "resource": msgspec.json.decode(chart_json("hematocrit"))},
        {"name": "today", "valueDate": DEMO_DAY.isoformat()},
    ],
}
_DAY: Schema = {"type": "string", "anyOf": [{"format": "date"}, {"format": "date-time"}]}
_PARAMETERS: Schema = {
    "type": "object",
    "required": ["resourceType", "parameter"],
    "properties": {
        "resourceType": {"type": "string", "enum": ["Parameters"]},
        "parameter": {
            "type": "array",
            "description": "data, the Bundle; subject; today. Each once.",
            "items": {
                "anyOf": [
                    {
                        "type": "object",
                        "required": ["name", "resource"],
                        "properties": {"name": {"type": "string", "enum": ["data"]}, "resource": BUNDLE},
                    },
                    {
                        "type": "object",
                        "required": ["name", "valueString"],
                        "properties": {
                            "name": {"type": "string", "enum": ["subject"]},
                            "valueString": {"type": "string", "minLength": 1, "description": _SUBJECT},
                        },
                        "additionalProperties": False,
                    },
                    {
                        "type": "object",
                        "required": ["name", "valueDate"],
                        "properties": {
                            "name": {"type": "string", "enum": ["today"]},
                            "valueDate": {"type": "string", "format": "date", "description": _TODAY},
                        },
                        "additionalProperties": False,
                    },
                ]
            },
        },
    },
}
APPLY = operation(
    "plandefinition_apply",
    "What a plan asks of one patient",
    KNOWLEDGE,
    description="The CarePlan of one protocol and profile for the patient of a Bundle: what its checks say and which "
    "blood tests it draws next, as drafts that the CarePlan contains. Nothing is stored or ordered. The body is a "
    "Parameters resource, or the bare Bundle.",
    parameters=[
        *identity("PlanDefinition"),
        _in_query("subject", _SUBJECT, {"type": "string", "minLength": 1}),
        _in_query("today", _TODAY, _DAY),
        *general(),
    ],
    requestBody={
        "required": True,
        "content": {media: {"schema": {"anyOf": [BUNDLE, _PARAMETERS]}, "example": _EXAMPLE} for media in MEDIA},
    },
    responses={
        "200": {"description": "The CarePlan.", "content": {FHIR_JSON: {"schema": ref("CarePlan")}}},
        **{str(status): fhir_error(status) for status in (400, 404, 406, 408, 413, 415, 500, 503)},
    },
)
