"""Goals that patient and clinician agreed on: target ranges in canonical units, and the wish for a child."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import TypeVar

import msgspec

from cds_hooks.facts import Condition, Goal, Unread, UnreadReason
from cds_hooks.record.fhir.concepts import codings_of, label_of, texts_of
from cds_hooks.record.fhir.datatypes import NOTHING, CodeableConcept, Quantity
from cds_hooks.record.fhir.elements import GoalTarget, Resource
from cds_hooks.record.results.measures import Measure
from cds_hooks.record.results.numbers import number
from cds_hooks.record.results.observations import Laboratory
from cds_hooks.record.results.readings import COMPARATORS
from cds_hooks.record.results.unrecognised import Unusable
from terminology.vocabulary import LoincCode, Vocabulary

T = TypeVar("T")
_PURSUED = frozenset({"active", "accepted", "planned"})
_SCORE = "score"  # in the name of what may be negative
_FERTILITY = "fertility-desired"
_WISH = re.compile(
    r"\b(?:fertility|fertile|conceive|conception|kinderwunsch|fatherhood|father(?:ing)? (?:a child|children))\b"
    r"|\b(?:be|become|becoming) an? (?:father|mother|parent)\b"
    r"|\b(?:become|get|getting|becoming|desires?|wish(?:es)?(?: for)?|wants?|plans?|planning|tr(?:y|ies|ying) for)"
    r"(?: (?:a|to be|to become|to get|another))* pregnan(?:t|cy)\b|\bpregnancy (?:wish|wanted|desired|planned)\b",
    re.IGNORECASE,
)
_NO_WISH = re.compile(
    r"\b(?:no|not|non|never|without|avoid\w*|prevent\w*|against|contracepti\w+|kein\w*|declin\w+|denies)\b",
    re.IGNORECASE,
)


def read_goal(
    reference: str, resource: Resource, vocabulary: Vocabulary, laboratory: Laboratory
) -> Iterator[Goal | Condition | Unread]:
    """A Goal that is pursued, as the ranges it aims at and the wish it tells of; empty when it is neither."""
    if resource.lifecycleStatus not in _PURSUED:
        return
    described = _decoded(_CONCEPT, resource.description)
    if described is not None and _wishes_a_child(described, vocabulary):
        yield Condition(_FERTILITY, reference, label_of(described) or _FERTILITY)
    targets = _decoded(_TARGETS, resource.target)
    if targets is None and bytes(resource.target) not in (b"", b"null"):
        yield Unread(reference, "Goal.target", UnreadReason.MALFORMED, "the targets of a goal are not in FHIR's shape")
    for target in targets or ():
        name = laboratory.meanings.of(target.measure).name
        if isinstance(name, Unusable):
            yield _unread(reference, target, name.reason, name.detail)
        elif name is not None and name.role != "timing":
            aim = _aim(reference, target, name, laboratory)
            yield from () if aim is None else (aim,)


def _wishes_a_child(described: CodeableConcept, vocabulary: Vocabulary) -> bool:
    codes = [(system, code) for system, code, _ in codings_of(described)]
    if _FERTILITY in vocabulary.conditions(codes):
        return True
    return any(_WISH.search(text) and not _NO_WISH.search(text) for text in texts_of(described))


def _aim(reference: str, target: GoalTarget, name: LoincCode, laboratory: Laboratory) -> Goal | Unread | None:
    """The range of one target; None when it names no value at all."""
    low, high = _ends(target)
    if low is None and high is None:
        if target.detailString is None:
            return None
        return _unread(reference, target, UnreadReason.VALUE_NOT_NUMERIC, "the target is text: send detailRange")
    values: list[Decimal | None] = []
    for quantity, other in ((low, high), (high, low)):
        value = _value(quantity, other, name, laboratory)
        if isinstance(value, Unread):
            return _unread(reference, target, value.reason, value.detail)
        values.append(value)
    least, most = values
    if _SCORE not in name.analyte and (any(edge is not None and edge < 0 for edge in values) or most == 0):
        return _unread(reference, target, UnreadReason.VALUE_OUT_OF_BOUNDS, "nobody has so little of it")
    if least is not None and most is not None and least > most:
        return _unread(reference, target, UnreadReason.VALUE_OUT_OF_BOUNDS, "the low end lies above the high end")
    return Goal(name.analyte, reference, least, most, _written(low, high))


def _ends(target: GoalTarget) -> tuple[Quantity | None, Quantity | None]:
    """Low and high end; of one amount both, unless it says that it is a limit."""
    if target.detailRange is not None:
        return target.detailRange.low, target.detailRange.high
    one = target.detailQuantity
    if one is None or not bytes(one.value) or (one.comparator or "<") not in COMPARATORS:
        return None, None
    if one.comparator is None:
        return one, one
    return (None, one) if one.comparator.startswith("<") else (one, None)


def _value(
    quantity: Quantity | None, other: Quantity | None, name: LoincCode, laboratory: Laboratory
) -> Decimal | Unread | None:
    """One end in the canonical unit; an end without unit is in that of the other end."""
    if quantity is None:
        return None
    value = number(quantity.value)
    if isinstance(value, UnreadReason):
        return Unread("", "", value, "an end of the target is not a number")
    if other is not None and not (quantity.unit or quantity.code):
        quantity = other
    measure = laboratory.measures.of(name, quantity)
    if isinstance(measure, Measure):
        return measure.conversion.apply(value)
    return Unread("", "", measure.reason, measure.detail)


def _written(low: Quantity | None, high: Quantity | None) -> str:
    unit = next((one.unit or one.code or "" for one in (low, high) if one is not None and (one.unit or one.code)), "")
    ends = [bytes(one.value).decode() if one is not None else "" for one in (low, high)]
    if ends[0] == ends[1]:
        return f"{ends[0]} {unit}".strip()
    if not ends[0]:
        return f"at most {ends[1]} {unit}".strip()
    if low is not None and high is not None and (other := high.unit or high.code) and other != unit:
        return f"{ends[0]} {unit} to {ends[1]} {other}"
    return f"{ends[0]}–{ends[1]} {unit}".strip() if ends[1] else f"at least {ends[0]} {unit}".strip()


def _unread(reference: str, target: GoalTarget, reason: UnreadReason, detail: str) -> Unread:
    """It names no analyte, since it is no result: nothing measured was lost."""
    return Unread(reference, label_of(target.measure), reason, f"target of a goal: {detail}")


def _decoded(decoder: msgspec.json.Decoder[T], raw: msgspec.Raw) -> T | None:
    """An element whose type differs between resource types; None where it has another one."""
    try:
        return decoder.decode(raw) if bytes(raw) != bytes(NOTHING) else None
    except msgspec.ValidationError:
        return None


_CONCEPT = msgspec.json.Decoder(CodeableConcept | None)
_TARGETS = msgspec.json.Decoder(list[GoalTarget] | None)
