"""The operation's input: a bare Bundle with a query beside it, or one Parameters resource with all of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal, NamedTuple

import msgspec
from msgspec import Raw, Struct

from cds_hooks.presentation.monitoring import definition
from cds_hooks.refusal import Refusal
from service.fhir.negotiation import GENERAL
from service.fhir.operations.parameters import Parameter, from_query, gather, require_known, text_of

TODAY = Parameter(definition.TODAY.name, "string", definition.TODAY.documentation)
PROFILE = Parameter(definition.PROFILE.name, "code", definition.PROFILE.documentation, repeats=True)
STRICT = Parameter(definition.STRICT.name, "boolean", definition.STRICT.documentation)
BUNDLE = definition.BUNDLE.name
SIMPLE = (TODAY, PROFILE, STRICT)
VALUES = {  # parameter -> the elements it may be sent in, the usual one first
    TODAY.name: ("valueDate", "valueDateTime", "valueString"),
    PROFILE.name: ("valueCode", "valueString"),
    STRICT.name: ("valueBoolean",),
}
_KNOWN = {one.name: one for one in SIMPLE}
_ASIDE = frozenset({"name", "id", "extension"})


class Given(NamedTuple):
    """What one call sends: a Bundle's bytes, and how to judge it."""

    bundle: bytes
    today: list[str]
    profiles: list[str]
    strict: bool


class _Kind(Struct, gc=False):
    resourceType: str = ""


class _Parameters(Struct, gc=False):
    resourceType: Literal["Parameters"]
    parameter: list[dict[str, Raw]] = []


_KIND = msgspec.json.Decoder(_Kind)
_DECODER = msgspec.json.Decoder(_Parameters)


def given_in(body: bytes, query: Iterable[tuple[str, str]]) -> Given:
    """The input of a call for one patient.

    Raises:
        Refusal: 400 for a parameter that is unknown, repeated or not of its kind, and for Parameters without a bundle.
    """
    sent = list(query)
    if not _is_parameters(body):
        return Given(body, *simple_in(sent))
    beside = {name for name, _ in sent} - set(GENERAL)
    if beside & _KNOWN.keys():
        place = next(name for name in _KNOWN if name in beside)
        raise Refusal(
            400, "value", f"Send {place} in the Parameters resource or beside a bare Bundle, not both.", place
        )
    require_known(beside, GENERAL)
    return _from_parameters(_decode(body))


def simple_in(query: Iterable[tuple[str, str]]) -> tuple[list[str], list[str], bool]:
    """The day and the profiles of a query, and whether to be strict. Raises Refusal (400)."""
    found = from_query(query, SIMPLE, GENERAL)
    return found.texts(TODAY.name), found.texts(PROFILE.name), found.flag(STRICT.name)


def _is_parameters(body: bytes) -> bool:
    # A chart is large: it is looked through twice only when it may be something else.
    if b"Parameters" not in body:
        return False
    try:
        return _KIND.decode(body).resourceType == "Parameters"
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False


def _decode(body: bytes) -> list[tuple[str, dict[str, Raw]]]:
    try:
        return [
            (msgspec.json.decode(one.get("name", b"null"), type=str), one) for one in _DECODER.decode(body).parameter
        ]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Refusal(400, "structure", _WANTED, "Parameters") from None


def _from_parameters(sent: list[tuple[str, dict[str, Raw]]]) -> Given:
    require_known((name for name, _ in sent), (BUNDLE, *_KNOWN))
    bundles = [element for name, element in sent if name == BUNDLE]
    if len(bundles) != 1 or set(bundles[0]) - _ASIDE != {"resource"}:
        raise Refusal(400, "required", "Send one parameter bundle whose resource is the patient's Bundle.", BUNDLE)
    found = gather((_KNOWN[name], _value(_KNOWN[name], element)) for name, element in sent if name != BUNDLE)
    content = bytes(bundles[0]["resource"])
    return Given(content, found.texts(TODAY.name), found.texts(PROFILE.name), found.flag(STRICT.name))


def _value(parameter: Parameter, element: dict[str, Raw]) -> str | bool:
    wanted = VALUES[parameter.name]
    sent = [name for name in element if name not in _ASIDE]
    value = _decoded(element[sent[0]]) if len(sent) == 1 and sent[0] in wanted else None
    if parameter.kind == "boolean" and isinstance(value, bool):
        return value
    if parameter.kind == "boolean" or not isinstance(value, str):
        said = f"Send {parameter.name} with {' or '.join(wanted[:2])}, and no other value."
        raise Refusal(400, "value", said, parameter.name)
    return text_of(parameter, value)


def _decoded(raw: Raw) -> Any:
    """A value; None when JSON does not allow it."""
    try:
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


_WANTED = (
    'Send a Bundle, or a FHIR Parameters resource such as {"resourceType": "Parameters", "parameter": [{"name": '
    '"bundle", "resource": {"resourceType": "Bundle", "type": "collection", "entry": []}}, {"name": "today", '
    '"valueDate": "2026-09-04"}]}.'
)
