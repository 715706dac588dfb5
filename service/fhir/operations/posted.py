"""An operation's input as a posted Parameters resource."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from cds_hooks.presentation.terminology.definitions import Asked
from cds_hooks.refusal import Refusal
from service.fhir.operations.parameters import (
    Codes,
    Given,
    Kind,
    Parameter,
    Value,
    asked_about,
    gather,
    require_known,
    text_of,
    whole_of,
)

_ANY_TEXT = ("valueCode", "valueUri", "valueString", "valueCanonical", "valueUrl", "valueId")
VALUES = {  # kind of parameter -> the elements it may be sent in, the usual one first
    "code": ("valueCode", *_ANY_TEXT),
    "uri": ("valueUri", *_ANY_TEXT),
    "string": ("valueString", *_ANY_TEXT),
    "integer": ("valueInteger", "valueUnsignedInt", "valuePositiveInt"),
    "boolean": ("valueBoolean",),
    "Coding": ("valueCoding",),
    "CodeableConcept": ("valueCodeableConcept",),
}


class Coding(Struct, gc=False):
    """A code of a code system; without the code, it says nothing that could be judged."""

    code: str | UnsetType = UNSET
    system: str | UnsetType = UNSET
    version: str | UnsetType = UNSET
    display: str | UnsetType = UNSET

    def asked(self, parameter: Parameter) -> Asked | None:
        """As something asked about; None without a code."""
        if self.code is UNSET:
            return None
        sent = (None if value is UNSET else str(value) for value in (self.system, self.display, self.version))
        system, display, version = sent
        return asked_about(system, text_of(parameter, str(self.code)), display, version)


class CodeableConcept(Struct, gc=False):
    """Codes for one thing, or its name alone."""

    coding: list[Coding] = []
    text: str | UnsetType = UNSET


_Sent = str | int | bool | Coding | CodeableConcept
_Element = dict[str, Raw]  # a parameter's elements; FHIR allows values of many kinds, and resources


class _Parameters(Struct, gc=False):
    resourceType: Literal["Parameters"]
    parameter: list[_Element] = []


_DECODER = msgspec.json.Decoder(_Parameters)
_TYPES: dict[Kind, type[_Sent]] = {
    "integer": int,
    "boolean": bool,
    "Coding": Coding,
    "CodeableConcept": CodeableConcept,
}
_ASIDE = frozenset({"name", "id", "extension"})


def from_body(body: bytes, known: Sequence[Parameter]) -> Given:
    """The parameters of a POST. Raises Refusal (400) for one that is unknown, repeated or not of its kind."""
    by_name = {parameter.name: parameter for parameter in known}
    sent = _decode(body)
    require_known((name for name, _ in sent), by_name)
    return gather((by_name[name], _value(by_name[name], element)) for name, element in sent)


def _decode(body: bytes) -> list[tuple[str, _Element]]:
    try:
        if not body.isascii():
            body.decode()
        return [(_name(element), element) for element in _DECODER.decode(body).parameter]
    except msgspec.ValidationError:
        raise Refusal(400, "structure", _WANTED, "Parameters") from None
    except (UnicodeDecodeError, msgspec.DecodeError):
        raise Refusal(400, "structure", f"The body is not JSON in UTF-8. {_WANTED}", "Parameters") from None
    except RecursionError:
        raise Refusal(400, "structure", f"The body is nested too deeply. {_WANTED}", "Parameters") from None


def _name(element: _Element) -> str:
    return msgspec.json.decode(element.get("name", Raw(b"null")), type=str)


def _value(parameter: Parameter, element: _Element) -> Value:
    wanted = VALUES[parameter.kind]
    sent = [name for name in element if name not in _ASIDE]
    if any(name.startswith("_value") for name in sent):
        remedy = f"Extensions of a value are not supported here: send {parameter.name} with {wanted[0]} alone."
        raise Refusal(400, "not-supported", remedy, parameter.name)
    if len(sent) != 1 or sent[0] not in wanted:
        raise _not_as_wanted(parameter)
    try:
        value = msgspec.json.decode(element[sent[0]], type=_TYPES.get(parameter.kind, str))
    except msgspec.ValidationError:
        raise _not_as_wanted(parameter) from None
    return _read(parameter, value)


def _not_as_wanted(parameter: Parameter) -> Refusal:
    wanted = f"Send {parameter.name} with {VALUES[parameter.kind][0]}, and no other value."
    return Refusal(400, "value", wanted, parameter.name)


def _read(parameter: Parameter, value: _Sent) -> Value:
    if isinstance(value, str):
        return text_of(parameter, value)
    if isinstance(value, Coding):
        return Codes((_require_code(parameter, value),))
    if isinstance(value, CodeableConcept):
        asked = [coding.asked(parameter) for coding in value.coding]
        return Codes(tuple(one for one in asked if one is not None), None in asked)
    return value if isinstance(value, bool) else whole_of(parameter, value)


def _require_code(parameter: Parameter, coding: Coding) -> Asked:
    asked = coding.asked(parameter)
    if asked is None:
        raise Refusal(400, "required", f"{parameter.name} has no code.", parameter.name)
    return asked


_WANTED = (
    "Send a FHIR Parameters resource whose parameters have a name and one value each, such as "
    '{"resourceType": "Parameters", "parameter": [{"name": "code", "valueCode": "2986-8"}]}.'
)
