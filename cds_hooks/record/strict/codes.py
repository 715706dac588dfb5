"""Codes: those of a value set FHIR requires, LOINC's check digit, UCUM, and what stands without its system."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from cds_hooks.record.fhir.resources import READ_TYPES
from cds_hooks.record.results.measures import UCUM
from cds_hooks.record.strict.flaws import Flaw, Severity, Spot, flaw
from cds_hooks.record.strict.structure.structure import Element
from terminology.loinc import SYSTEMS, has_check_digit
from terminology.vocabulary import Vocabulary

NO_UCUM = "This is no UCUM unit. Send the UCUM code, such as ng/dL, m[IU]/L or %, or leave system and code out."
_MOST_NAMED = 30  # codes of a value set
_QUANTITIES = frozenset({"Quantity", "Age", "Count", "Distance", "Duration"})
_READ_BY = frozenset({"code", "medicationCodeableConcept"})  # what a resource is about
_LOINC_CODE = re.compile(r"[0-9]{1,8}-[0-9]")
_OTHER_LOINC = re.compile(r"(LA|LG|LL|LP|MTHU)[0-9-]+", re.IGNORECASE)  # answers, groups, lists and parts


def code_flaws(element: Element, vocabulary: Vocabulary) -> Iterator[Flaw]:
    """What is wrong with the codes that stand in an element itself."""
    name, value, spot, resource = element
    for key, inner in value.items():
        required = vocabulary.required_codes.get(f"{name.name}.{key}")
        if required is not None:
            yield from _required(required, inner, spot.at(key))
    if name.name == "Coding":
        yield from _loinc(value, spot)
    elif name.name in _QUANTITIES:
        yield from _unit_code(value, spot, vocabulary, is_result=is_result(element))
    elif name.name == "CodeableConcept":
        is_read = spot.key in _READ_BY and resource.kind in READ_TYPES
        yield from _without_system(value, spot, is_read)


def _required(required: Mapping[str, tuple[str, ...]], value: Any, spot: Spot) -> Iterator[Flaw]:
    several = enumerate(value) if isinstance(value, list) else [(None, value)]
    for number, one in several:
        here = spot if number is None else spot.at(number)
        if "" in required:
            if isinstance(one, str) and one not in required[""]:
                yield flaw("code-invalid", _send_one_of(required[""]), here)
        elif isinstance(one, dict) and not _is_coded(required, one):
            yield flaw("code-invalid", _send_coding(required), here)


def _is_coded(required: Mapping[str, tuple[str, ...]], concept: Mapping[str, Any]) -> bool:
    """Whether a concept has one of the codes; if it says nothing but extensions, that is no code of another set."""
    codings = concept.get("coding")
    if not isinstance(codings, list):
        return "extension" in concept
    return any(
        isinstance(coding, dict) and str(coding.get("code")) in required.get(str(coding.get("system")), ())
        for coding in codings
    )


def _send_one_of(codes: tuple[str, ...]) -> str:
    named = ", ".join(codes[:_MOST_NAMED])
    rest = f" and {len(codes) - _MOST_NAMED} others" if len(codes) > _MOST_NAMED else ""
    return f"FHIR R4 knows no such code here. Send one of: {named}{rest}."


def _send_coding(required: Mapping[str, tuple[str, ...]]) -> str:
    offered = "; ".join(f"{system}: {', '.join(codes[:_MOST_NAMED])}" for system, codes in required.items())
    return f"FHIR R4 requires a coding with system and code here. Send one of {offered}."


def _loinc(coding: Mapping[str, Any], spot: Spot) -> Iterator[Flaw]:
    code = coding.get("code")
    if str(coding.get("system")) not in SYSTEMS or not isinstance(code, str) or _OTHER_LOINC.fullmatch(code):
        return
    if not _LOINC_CODE.fullmatch(code):
        yield flaw("code-invalid", "This is no LOINC code: send one such as 2986-8.", spot.at("code"))
    elif not has_check_digit(code):
        said = "This LOINC code has a wrong check digit, so a digit of it is mistyped: look the code up again."
        yield flaw("code-invalid", said, spot.at("code"))


def is_result(quantity: Element) -> bool:
    """Whether a quantity is the value of an Observation or a component, whose unit is judged with its code."""
    return quantity.resource.kind == "Observation" and quantity.spot.key == "valueQuantity"


def _unit_code(quantity: Mapping[str, Any], spot: Spot, vocabulary: Vocabulary, is_result: bool) -> Iterator[Flaw]:
    code, system = quantity.get("code"), quantity.get("system")
    if not isinstance(code, str):
        return
    if system is None and "_system" not in quantity:
        said = f"A code of a unit needs its system (qty-3): send system, for UCUM {UCUM}."
        yield Flaw("error", "invariant", said, spot.at("system"), spot)
    elif system == UCUM and not is_result and not vocabulary.is_ucum(code):
        yield flaw("code-invalid", NO_UCUM, spot.at("code"))


def _without_system(concept: Mapping[str, Any], spot: Spot, is_read: bool) -> Iterator[Flaw]:
    """Codes that may be of any system; an error where that leaves open what a resource is about."""
    codings = concept.get("coding")
    listed = [one for one in codings if isinstance(one, dict)] if isinstance(codings, list) else []
    is_open = is_read and not any("code" in one and "system" in one for one in listed)
    severity: Severity = "error" if is_open else "warning"
    for number, coding in enumerate(codings if isinstance(codings, list) else ()):
        if isinstance(coding, dict) and "code" in coding and not {"system", "_system"} & coding.keys():
            here = spot.at("coding").at(number)
            said = "A code means nothing without its system: send system, such as http://loinc.org."
            yield Flaw(severity, "required", said, here.at("system"), here)
