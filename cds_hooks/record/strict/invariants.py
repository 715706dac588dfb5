"""What FHIR's own rules say of elements that stand beside each other; each message names its rule."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from cds_hooks.record.moments import latest_day
from cds_hooks.record.strict.flaws import Flaw, Spot, flaw
from cds_hooks.record.strict.structure.structure import Element

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
    if isinstance(start, str) and isinstance(end, str) and _is_after(start, end):
        yield flaw("invariant", "A period ends before it starts (per-1): exchange start and end.", spot)


def _is_after(start: str, end: str) -> bool:
    """Whether one moment surely is after another: two times by instant, else as far as both are said."""
    days = latest_day(start[:10]), latest_day(end[:10])
    if None in days:
        return False
    moments = _instant(start), _instant(end)
    if moments[0] is not None and moments[1] is not None:
        return moments[0] > moments[1]
    said = min(len(start[:10]), len(end[:10]))
    return start[:said] > end[:said]


def _instant(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text) if "T" in text else None
        return found.astimezone(UTC) if found is not None and found.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


def _condition(value: Mapping[str, Any], spot: Spot) -> Iterator[Flaw]:
    status = _codes(value.get("clinicalStatus"))
    if not status & _ABATED and any(name.startswith(("abatement", "_abatement")) for name in value):
        said = "A condition that has abated is inactive, resolved or in remission (con-4): send such a clinicalStatus."
        seen = spot.at("clinicalStatus") if "clinicalStatus" in value else spot
        yield Flaw("error", "invariant", said, spot.at("clinicalStatus"), seen)
    if "entered-in-error" in _codes(value.get("verificationStatus")) and "clinicalStatus" in value:
        said = "A condition that was entered in error has no clinicalStatus (con-5): leave it out."
        yield flaw("invariant", said, spot.at("clinicalStatus"))


def _extension(value: Mapping[str, Any], spot: Spot) -> Iterator[Flaw]:
    has_value = any(name.startswith(("value", "_value")) for name in value)
    if has_value == ("extension" in value):
        said = "An extension has either a value or extensions of its own (ext-1): send one of the two."
        yield flaw("invariant", said, spot)


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
    "Extension": _extension,
    "MedicationAdministration": _partial_moment,
    "Observation": _result,
    "ObservationComponent": _component,
    "ObservationReferenceRange": _reference_range,
    "Period": _period,
}
