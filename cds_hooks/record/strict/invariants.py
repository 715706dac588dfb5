"""What FHIR's own rules say of elements that stand beside each other; each message names its rule."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from cds_hooks.record.moments import latest_day
from cds_hooks.record.strict.flaws import Flaw, Spot, flaw
from cds_hooks.record.strict.structure import Element

_ABATED = frozenset({"inactive", "resolved", "remission"})


def invariant_flaws(element: Element) -> Iterator[Flaw]:
    """The rules an element breaks."""
    rule = _RULES.get(element.shape.name)
    if rule is not None:
        yield from rule(element.value, element.spot)


def _reference_range(value: Mapping[str, Any], spot: Spot) -> Iterator[Flaw]:
    if not {"low", "high", "text", "_text"} & value.keys():
        said = "A reference range needs low, high or text (obs-3): send one of them, or leave the range out."
        yield flaw("invariant", said, spot)


def _observation(value: Mapping[str, Any], spot: Spot) -> Iterator[Flaw]:
    sent = _value_of(value)
    if sent is None:
        return
    if "dataAbsentReason" in value:
        said = "A result has a value or a reason for having none, not both (obs-6): leave one of them out."
        yield flaw("invariant", said, spot.at("dataAbsentReason"))
    own = {_code(coding) for coding in _codings(value.get("code")) if coding.get("code")}
    components = value.get("component")
    for number, component in enumerate(components if isinstance(components, list) else ()):
        inner = component.get("code") if isinstance(component, dict) else None
        if any(_code(coding) in own for coding in _codings(inner)):
            said = (
                "A component has the same code as the Observation, which has a value of its own (obs-7): leave one of "
                "the two values out, or give the component its own code."
            )
            yield flaw("invariant", said, spot.at("component").at(number).at("code"))


def _component(value: Mapping[str, Any], spot: Spot) -> Iterator[Flaw]:
    if _value_of(value) is not None and "dataAbsentReason" in value:
        said = "This component has both a value and a reason for having none: leave one of them out."
        yield flaw("invariant", said, spot.at("dataAbsentReason"), "warning")


def _period(value: Mapping[str, Any], spot: Spot) -> Iterator[Flaw]:
    start, end = value.get("start"), value.get("end")
    if not isinstance(start, str) or not isinstance(end, str):
        return
    first, last = latest_day(start[:10]), latest_day(end[:10])
    # Both to the same precision; two times of one day are told apart where their offsets are the same.
    if first is None or last is None or len(start[:10]) != len(end[:10]):
        return
    if first > last or (first == last and start[19:] == end[19:] and start[:19] > end[:19]):
        yield flaw("invariant", "A period ends before it starts (per-1): exchange start and end.", spot)


def _condition(value: Mapping[str, Any], spot: Spot) -> Iterator[Flaw]:
    status = _codes(value.get("clinicalStatus"))
    if status and not status & _ABATED and any(name.startswith("abatement") for name in value):
        said = "A condition that has abated is inactive, resolved or in remission (con-4): send such a clinicalStatus."
        yield flaw("invariant", said, spot.at("clinicalStatus"))
    if "entered-in-error" in _codes(value.get("verificationStatus")) and "clinicalStatus" in value:
        said = "A condition that was entered in error has no clinicalStatus (con-5): leave it out."
        yield flaw("invariant", said, spot.at("clinicalStatus"))


def _partial_moment(value: Mapping[str, Any], spot: Spot) -> Iterator[Flaw]:
    """No rule of FHIR's own, but of US Core (us-core-1), and a result of no day is not judged."""
    when = value.get("effectiveDateTime")
    if isinstance(when, str) and len(when) in (4, 7) and latest_day(when) is not None:
        said = "A year or month names no day, so this is not judged: send the day, as 2026-09-04."
        yield flaw("incomplete", said, spot.at("effectiveDateTime"), "warning")


def _result(value: Mapping[str, Any], spot: Spot) -> Iterator[Flaw]:
    yield from _observation(value, spot)
    yield from _partial_moment(value, spot)


def _value_of(value: Mapping[str, Any]) -> str | None:
    return next((name for name in value if name.startswith("value")), None)


def _codings(concept: Any) -> list[dict[str, Any]]:
    listed = concept.get("coding") if isinstance(concept, dict) else None
    return [coding for coding in listed if isinstance(coding, dict)] if isinstance(listed, list) else []


def _codes(concept: Any) -> frozenset[str]:
    return frozenset(code for coding in _codings(concept) if isinstance(code := coding.get("code"), str))


def _code(coding: Mapping[str, Any]) -> tuple[str, str]:
    return str(coding.get("system")), str(coding.get("code"))


_RULES: Mapping[str, Callable[[Mapping[str, Any], Spot], Iterator[Flaw]]] = {
    "Condition": _condition,
    "MedicationAdministration": _partial_moment,
    "Observation": _result,
    "ObservationComponent": _component,
    "ObservationReferenceRange": _reference_range,
    "Period": _period,
}
