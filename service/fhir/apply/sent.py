"""What a call of PlanDefinition/$apply sends: a chart, whose it is, and for which day."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

import msgspec
from msgspec import Raw
from starlette.requests import Request

from cds_hooks.refusal import Refusal
from service.fhir.negotiation import GENERAL
from service.fhir.operations.parameters import require_known

S = TypeVar("S")
T = TypeVar("T")
TAKEN = ("subject", "today")
_TEXTS = ("valueString", "valueDate", "valueDateTime", "valueId", "valueUri", "valueCode")
_ASIDE = frozenset({"name", "id"})
_Element = dict[str, Raw]


class _Sent(msgspec.Struct, gc=False):
    resourceType: str = ""
    parameter: list[_Element] = []


class _Resource(msgspec.Struct, gc=False):
    resourceType: str = ""


class _Reference(msgspec.Struct, gc=False):
    reference: str


class Application(NamedTuple):
    """What a call sends: the chart, whose it is and for which day, where that is said."""

    data: bytes
    subject: str | None = None
    today: str | None = None


_DECODER = msgspec.json.Decoder(_Sent)
_RESOURCE = msgspec.json.Decoder(_Resource)


def read_application(request: Request, body: bytes) -> Application:
    """The call's Parameters, or a bare Bundle with `subject` and `today` in the query.

    Raises:
        Refusal: 400 for anything else, and for what is sent twice or not known here.
    """
    require_known(request.query_params.keys(), (*TAKEN, *GENERAL))
    asked = [(name, text) for name, text in request.query_params.multi_items() if name in TAKEN]
    sent = _decoded(body, _DECODER.decode)
    if sent.resourceType == "Bundle":
        return Application(body, _one(asked, "subject"), _one(asked, "today"))
    if sent.resourceType != "Parameters":
        raise Refusal(400, "structure", _WANTED, "Parameters")
    named = [(_decoded(element.get("name", Raw(b'""')), _text), element) for element in sent.parameter]
    require_known((name for name, _ in named), ("data", *TAKEN))
    bundles = [_bundle(element) for name, element in named if name == "data"]
    if len(bundles) != 1:
        raise Refusal(400, "required", f"Send data once. {_WANTED}", "data")
    asked += [(name, _value(name, element)) for name, element in named if name in TAKEN]
    return Application(bundles[0], _one(asked, "subject"), _one(asked, "today"))


def _bundle(element: _Element) -> bytes:
    data = bytes(element.get("resource", Raw(b"")))
    if not data or _decoded(data, _RESOURCE.decode).resourceType != "Bundle":
        raise Refusal(400, "value", f"data is a resource of type Bundle. {_WANTED}", "data")
    return data


def _value(name: str, element: _Element) -> str:
    sent = [key for key in element if key not in _ASIDE]
    if sent == ["valueReference"] and name == "subject":
        return _decoded(element["valueReference"], msgspec.json.Decoder(_Reference).decode).reference
    if len(sent) != 1 or sent[0] not in _TEXTS:
        kinds = "valueString or valueReference" if name == "subject" else "valueDate or valueDateTime"
        raise Refusal(400, "value", f"Send {name} with {kinds}, and no other value.", name)
    return _decoded(element[sent[0]], _text)


def _one(asked: Sequence[tuple[str, str]], name: str) -> str | None:
    found = [text for named, text in asked if named == name]
    if len(found) > 1 or found == [""]:
        raise Refusal(400, "value", f"Send {name} once, in the query or among the parameters.", name)
    return found[0] if found else None


def _text(raw: Raw) -> str:
    return msgspec.json.decode(raw, type=str)


def _decoded(body: S, decode: Callable[[S], T]) -> T:
    """What a body says. Raises Refusal (400) when it is no JSON of that form."""
    try:
        return decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Refusal(400, "structure", _WANTED, "Parameters") from None


_WANTED = (
    "Send one patient's Bundle, or a Parameters resource with it, such as "
    '{"resourceType": "Parameters", "parameter": [{"name": "data", "resource": {"resourceType": "Bundle"}}]}.'
)
