"""An operation's input as a posted Parameters resource."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from cds_hooks.presentation.terminology.definitions import Asked
from cds_hooks.refusal import Refusal
from service.fhir.parameters import Given, Parameter, Value, asked_about, gather, require_known, text_of, whole_of

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
    """A code of a code system."""

    code: str
    system: str | UnsetType = UNSET
    version: str | UnsetType = UNSET
    display: str | UnsetType = UNSET

    def asked(self, parameter: Parameter) -> Asked:
        """As something asked about."""
        sent = (None if value is UNSET else str(value) for value in (self.system, self.display, self.version))
        system, display, version = sent
        return asked_about(system, text_of(parameter, self.code), display, version)


class CodeableConcept(Struct, gc=False):
    """Codes for one thing."""

    coding: list[Coding]


class _Entry(Struct, forbid_unknown_fields=True, gc=False):
    name: str
    id: Raw = Raw()
    extension: Raw = Raw()
    valueCode: str | UnsetType = UNSET
    valueUri: str | UnsetType = UNSET
    valueString: str | UnsetType = UNSET
    valueCanonical: str | UnsetType = UNSET
    valueUrl: str | UnsetType = UNSET
    valueId: str | UnsetType = UNSET
    valueInteger: int | UnsetType = UNSET
    valueUnsignedInt: int | UnsetType = UNSET
    valuePositiveInt: int | UnsetType = UNSET
    valueBoolean: bool | UnsetType = UNSET
    valueCoding: Coding | UnsetType = UNSET
    valueCodeableConcept: CodeableConcept | UnsetType = UNSET


class _Parameters(Struct, gc=False):
    resourceType: Literal["Parameters"]
    parameter: list[_Entry] = []


_DECODER = msgspec.json.Decoder(_Parameters)
_SENT = tuple(dict.fromkeys(name for names in VALUES.values() for name in names))


def from_body(body: bytes, known: Sequence[Parameter]) -> Given:
    """The parameters of a POST. Raises Refusal (400) for one that is unknown, repeated or not of its kind."""
    by_name = {parameter.name: parameter for parameter in known}
    sent = _decode(body).parameter
    require_known((entry.name for entry in sent), by_name)
    return gather((by_name[entry.name], value) for entry in sent for value in _values(by_name[entry.name], entry))


def _decode(body: bytes) -> _Parameters:
    try:
        if not body.isascii():
            body.decode()
        return _DECODER.decode(body)
    except msgspec.ValidationError:
        raise Refusal(400, "structure", _WANTED, "Parameters") from None
    except (UnicodeDecodeError, msgspec.DecodeError):
        raise Refusal(400, "structure", f"The body is not JSON in UTF-8. {_WANTED}", "Parameters") from None
    except RecursionError:
        raise Refusal(400, "structure", f"The body is nested too deeply. {_WANTED}", "Parameters") from None


def _values(parameter: Parameter, entry: _Entry) -> Iterator[Value]:
    sent = [name for name in _SENT if getattr(entry, name) is not UNSET]
    wanted = VALUES[parameter.kind]
    if len(sent) != 1 or sent[0] not in wanted:
        raise Refusal(400, "value", f"Send {parameter.name} with {wanted[0]}, and no other value.", parameter.name)
    yield _value(parameter, getattr(entry, sent[0]))


def _value(parameter: Parameter, value: str | int | bool | Coding | CodeableConcept) -> Value:
    if isinstance(value, str):
        return text_of(parameter, value)
    if isinstance(value, Coding):
        return (value.asked(parameter),)
    if isinstance(value, CodeableConcept):
        if not value.coding:
            raise Refusal(400, "required", f"{parameter.name} has no coding.", parameter.name)
        return tuple(coding.asked(parameter) for coding in value.coding)
    return value if isinstance(value, bool) else whole_of(parameter, value)


_WANTED = (
    "Send a FHIR Parameters resource whose parameters have a name and one value each, such as "
    '{"resourceType": "Parameters", "parameter": [{"name": "code", "valueCode": "2986-8"}]}.'
)
