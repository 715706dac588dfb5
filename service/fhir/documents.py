"""What the API's document says about the addresses under `/fhir`."""

from __future__ import annotations

from collections.abc import Mapping

from service.fhir.etags import IF_NONE_MATCH, tagged
from service.fhir.links import from_read, from_search, linked
from service.fhir.negotiation import FORMATS
from service.fhir.operations.operations import Operation
from service.fhir.operations.parameters import Parameter
from service.fhir.operations.posted import VALUES
from service.fhir.schemas import form_schema, parameters_schema, repeated_schema
from service.fhir.search import parameters_of
from service.fhir.types import EXAMPLE_IDS, SAID, several, tag_of
from service.http.body import FORM, MEDIA
from service.http.outcome import FHIR_JSON
from service.openapi.components import Schema, fhir_error, ref
from service.openapi.openapi import FHIR, operation
from service.openapi.openapi import Operation as Described


def get_operation(one: Operation, on_instance: bool) -> Described:
    """An operation by GET."""
    simple = [parameter for parameter in one.taken(on_instance) if parameter.is_simple]
    example = {} if on_instance and "url" in one.example else one.example
    examples = {**example, "code": one.example.get("code", ""), "system": one.example.get("system", "")}
    return operation(
        _name(one, on_instance),
        one.summary,
        FHIR,
        description=one.description,
        parameters=[
            *_identity(one.kind, on_instance),
            *[_in_query(parameter, examples.get(parameter.name)) for parameter in simple],
            *general(),
        ],
        responses=_answers(one.answers, "The answer.", 400, 404, 406, 500, 503),
    )


def post_operation(one: Operation, on_instance: bool) -> Described:
    """An operation by POST."""
    taken = one.taken(on_instance)
    example = {
        "resourceType": "Parameters",
        "parameter": [_example(parameter, one.example) for parameter in taken if parameter.name in one.example],
    }
    content = {media: {"schema": parameters_schema(taken), "example": example} for media in MEDIA}
    return operation(
        f"{_name(one, on_instance)}_by_parameters",
        one.summary,
        FHIR,
        description=f"{one.description} The input is a Parameters resource.",
        parameters=[*_identity(one.kind, on_instance), *general()],
        requestBody={"required": True, "content": content},
        responses=_answers(one.answers, "The answer.", 400, 404, 406, 408, 413, 415, 500, 503),
    )


def read_operation(kind: str) -> Described:
    """One resource."""
    return operation(
        f"read_{kind.lower()}",
        f"One {SAID[kind]}",
        tag_of(kind),
        description=f"The {SAID[kind]} with this id, whole. Its ETag names the knowledge in force.",
        parameters=[*_identity(kind, True), *general(), IF_NONE_MATCH],
        responses=linked(tagged(_answers(kind, f"The {SAID[kind]}.", 400, 404, 406, 500, 503)), from_read(kind)),
    )


def search_operation(kind: str) -> Described:
    """The resources of a type."""
    return operation(
        f"search_{kind.lower()}",
        f"Find {several(kind)}",
        tag_of(kind),
        description=f"The {several(kind)} that meet every criterion, by id, page by page. A parameter that is not "
        "listed here is refused, not ignored.",
        parameters=[*[_in_query(parameter) for parameter in parameters_of(kind)], *general()],
        responses=linked(_answers("Bundle", "A searchset.", 400, 406, 500, 503), from_search(kind)),
    )


def search_by_form_operation(kind: str) -> Described:
    """The resources of a type, by a form."""
    content = {FORM: {"schema": form_schema(parameters_of(kind)), "example": {"_id": [EXAMPLE_IDS[kind]], "_count": 1}}}
    return operation(
        f"search_{kind.lower()}_by_form",
        f"Find {several(kind)} by a form",
        tag_of(kind),
        description=f"The same search as `GET /fhir/{kind}`, its criteria in the body; those in the address count too.",
        parameters=general(),
        requestBody={"required": True, "content": content},
        responses=linked(_answers("Bundle", "A searchset.", 400, 406, 408, 413, 415, 500, 503), from_search(kind)),
    )


def validate_operation(on_type: bool) -> Described:
    """`$validate`, of any resource or of those of one type."""
    of_type = {
        "name": "type",
        "in": "path",
        "required": True,
        "description": "The type that the resource has to be of.",
        "schema": {"type": "string", "pattern": "^[A-Za-z]{1,64}$"},
        "example": "Observation",
    }
    schema = {
        "type": "object",
        "required": ["resourceType"],
        "properties": {"resourceType": {"type": "string"}},
    }
    content = {media: {"schema": schema, "example": FLAWED} for media in MEDIA}
    return operation(
        "validate_type" if on_type else "validate",
        "What is wrong with one resource of a type" if on_type else "What is wrong with a resource",
        FHIR,
        description="Every problem of a posted resource, or of the one in Parameters, in one OperationOutcome, each "
        "with its place as FHIRPath and, as extensions, its line and column. Checked are structure, dates, ids, codes "
        "that are required, units, LOINC check digits, references, and FHIR's own rules for what is judged here. "
        "`mode` and `profile` are not supported. The status is 200 whatever is found.",
        parameters=[*([of_type] if on_type else []), *general()],
        requestBody={"required": True, "content": content},
        responses=_answers("OperationOutcome", "What was found.", 400, *([404] if on_type else []), *_OF_BODIES),
    )


def _name(one: Operation, on_instance: bool) -> str:
    kind = f"{one.kind.lower()}_{one.name.replace('-', '_')}"
    return f"{kind}_of_one" if on_instance else kind


def _answers(schema: str, description: str, *errors: int) -> Schema:
    answer = {"description": description, "content": {FHIR_JSON: {"schema": ref(schema)}}}
    return {"200": answer, **{str(status): fhir_error(status) for status in errors}}


def _identity(kind: str, on_instance: bool) -> list[Schema]:
    if not on_instance:
        return []
    said = f"The id of the {SAID[kind]}; `GET /fhir/{kind}` lists them."
    schema = {"type": "string", "pattern": r"^[A-Za-z0-9\-.]{1,64}$"}
    example = EXAMPLE_IDS[kind]
    return [{"name": "id", "in": "path", "required": True, "description": said, "schema": schema, "example": example}]


def _in_query(parameter: Parameter, example: str | None = None) -> Schema:
    schema = repeated_schema(parameter)
    described: Schema = {"name": parameter.name, "in": "query", "description": parameter.about, "schema": schema}
    if parameter.repeats:
        described |= {"explode": True}
    return described | ({"example": int(example) if example.isdecimal() else example} if example else {})


def general() -> list[Schema]:
    return [
        {
            "name": "_format",
            "in": "query",
            "description": "The format of the answer: JSON is the only one. It stands above the Accept header.",
            "schema": {"type": "string", "enum": list(FORMATS)},
        },
        {
            "name": "_pretty",
            "in": "query",
            "description": "Lay the JSON out for a person.",
            "schema": {"type": "boolean"},
        },
    ]


def _example(parameter: Parameter, values: Mapping[str, str]) -> Schema:
    value = values[parameter.name]
    return {"name": parameter.name, VALUES[parameter.kind][0]: int(value) if parameter.kind == "integer" else value}


_OF_BODIES = (406, 408, 413, 415, 500, 503)
FLAWED: Schema = {  # two mistakes: of the status, and of the unit
    "resourceType": "Observation",
    "status": "finished",
    "code": {"coding": [{"system": "http://loinc.org", "code": "3016-3"}]},
    "subject": {"reference": "Patient/1"},
    "effectiveDateTime": "2026-09-03",
    "valueQuantity": {"value": 2.1, "system": "http://unitsofmeasure.org", "code": "mcU/mL"},
}
MODE = Parameter("mode", "code", "Which of the two; full is the default.", choices=("full", "terminology"))


def identity(kind: str) -> list[Schema]:
    """The id in an address."""
    return _identity(kind, True)


METADATA = operation(
    "metadata",
    "What can be done under /fhir",
    FHIR,
    description="The CapabilityStatement; with `mode=terminology` the TerminologyCapabilities, which list every code "
    "system and its version.",
    parameters=[_in_query(MODE), *general()],
    responses=_answers("CapabilityStatement", "What can be done.", 400, 406, 500, 503)
    | {
        "200": {
            "description": "What can be done.",
            "content": {FHIR_JSON: {"schema": {"anyOf": [ref("CapabilityStatement"), ref("TerminologyCapabilities")]}}},
        },
    },
)
