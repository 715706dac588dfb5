"""`$validate` of a posted resource: what is wrong with it, and nothing else."""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from cds_hooks.record.strict.check import check_value, name_of
from cds_hooks.record.strict.flaws import Pointer
from cds_hooks.record.strict.structure.releases import Release
from cds_hooks.record.strict.structure.shapes import is_known_type
from cds_hooks.record.strict.text import read_text
from cds_hooks.refusal import Refusal
from service.fhir.documents import validate_operation
from service.fhir.negotiation import GENERAL, FHIRResponse, require_json, respond
from service.fhir.operations.parameters import require_known
from service.http.body import read_json
from service.http.outcome import Issue, encode_issues
from service.http.routes import Endpoint
from service.site.site import InForce
from service.strict import issues_of, release_of
from terminology.vocabulary import Vocabulary

ALL_OK = Issue("information", "informational", "All OK: nothing wrong was found.")
_LACKING = ("mode", "profile")  # what FHIR's $validate takes and this one does not
_SEND = (
    'Send a FHIR resource, or Parameters with it: {"name": "resource", "resource": {…}}. Parameters that are to be '
    "validated themselves are such a resource too, or posted to /fhir/Parameters/$validate."
)


class Posted(NamedTuple):
    """The resource to validate, and the way to it in what was posted."""

    value: Any
    name: str
    pointer: Pointer


def lay_routes(app: FastAPI, in_force: InForce) -> None:
    """For any resource, and for those of one type."""
    lay = partial(app.add_api_route, methods=["POST"], response_class=FHIRResponse)
    lay("/fhir/$validate", _validating(in_force), **validate_operation(on_type=False))
    lay("/fhir/{type}/$validate", _validating(in_force), **validate_operation(on_type=True))


def _validating(in_force: InForce) -> Endpoint:
    async def validate(request: Request) -> Response:
        _require_general(request)
        release = release_of(request)
        wanted = request.path_params.get("type")
        site = in_force.site
        body = await read_json(request, site.settings.max_body, site.settings.body_timeout)
        require_json(request)
        return respond(request, await run_in_threadpool(_outcome, body, site.knowledge.vocabulary, wanted, release))

    return validate


def _require_general(request: Request) -> None:
    for name in _LACKING:
        if name in request.query_params:
            raise _not_supported(name)
    require_known(request.query_params.keys(), GENERAL)


def _outcome(body: bytes, vocabulary: Vocabulary, wanted: str | None, release: Release) -> bytes:
    """What is wrong with a posted resource, as an OperationOutcome.

    Raises:
        Refusal: 404 for a type that FHIR has not, 400 for a body that holds no resource.
    """
    if wanted is not None and not is_known_type(wanted):
        raise Refusal(404, "not-supported", "FHIR R4 has no resource of this type. POST /fhir/$validate takes any.")
    text = read_text(body)
    posted = _posted(text.tree, wanted)
    flaws = check_value(text, posted.value, posted.name, posted.pointer, vocabulary, wanted, release)
    return encode_issues(issues_of(flaws) or [ALL_OK])


def _posted(tree: Any, wanted: str | None) -> Posted:
    """What is meant: of Parameters their resource; where Parameters are asked about and hold none, they themselves."""
    kind = tree.get("resourceType") if isinstance(tree, dict) else None
    if not isinstance(kind, str):
        raise Refusal(400, "structure", f"The body is no FHIR resource: it needs a resourceType. {_SEND}")
    if kind != "Parameters" or (wanted == kind and not _is_input(tree)):
        return Posted(tree, name_of(tree), ())
    found = [_resource(number, one) for number, one in enumerate(_listed(tree.get("parameter")))]
    if len(found) != 1:
        raise Refusal(400, "required", f"Send exactly one parameter named resource. {_SEND}", "Parameters")
    return found[0]


def _is_input(tree: dict[str, Any]) -> bool:
    """Whether Parameters are the operation's own: with something named as it names them."""
    names = [one.get("name") for one in _listed(tree.get("parameter")) if isinstance(one, dict)]
    return any(name == "resource" or name in _LACKING for name in names)


def _listed(parameters: Any) -> list[Any]:
    return parameters if isinstance(parameters, list) else []


def _resource(number: int, parameter: Any) -> Posted:
    name = parameter.get("name") if isinstance(parameter, dict) else None
    if name in _LACKING:
        raise _not_supported(str(name))
    if name != "resource" or "resource" not in parameter:
        place = f"Parameters.parameter[{number}]"
        raise Refusal(
            400, "not-supported", f"Only a parameter named resource, with a resource, is known. {_SEND}", place
        )
    return Posted(parameter["resource"], "Parameters", ("parameter", number, "resource"))


def _not_supported(name: str) -> Refusal:
    said = (
        f"{name} is not supported: a resource is validated as FHIR R4 has it, whatever is done with it. Leave it out."
    )
    return Refusal(400, "not-supported", said, name)
