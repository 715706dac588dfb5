"""The laboratory's own reference range of a result: read only where it is plain which one holds."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

import msgspec

from cds_hooks.record.fhir.concepts import texts_of
from cds_hooks.record.fhir.datatypes import CodeableConcept, Quantity
from cds_hooks.record.fhir.elements import ReferenceRange
from cds_hooks.record.results.numbers import number
from terminology.vocabulary import Conversion

_NORMAL = frozenset({"normal", "normal range"})
_RANGES = msgspec.json.Decoder(list[ReferenceRange] | None)


class Limits(NamedTuple):
    """Both ends in the canonical unit, as far as they are stated."""

    lower: Decimal | None = None
    upper: Decimal | None = None


NO_LIMITS = Limits()


def limits_of(raw: msgspec.Raw, quantity: Quantity, conversion: Conversion) -> Limits:
    """The limits of a result; none when several ranges may hold, or the only one is for some people."""
    try:
        ranges = _RANGES.decode(raw) or ()
    except msgspec.ValidationError:
        return NO_LIMITS
    usual = [one for one in ranges if _is_for_all(one) and _is_normal(one.type)]
    if len(usual) != 1:
        return NO_LIMITS
    lower, upper = (_end(end, quantity, conversion) for end in (usual[0].low, usual[0].high))
    is_filler = upper is not None and upper <= (lower if lower is not None else 0)
    return NO_LIMITS if is_filler else Limits(lower, upper)


def _is_for_all(one: ReferenceRange) -> bool:
    return not one.appliesTo and bytes(one.age) in (b"", b"null", b"{}")


def _is_normal(kind: CodeableConcept | None) -> bool:
    if kind is None:
        return True
    said = _said(kind)
    return not said or any(word.casefold() in _NORMAL for word in said)


def _said(kind: CodeableConcept) -> Sequence[str]:
    codes = [coding.code for coding in kind.coding or () if coding.code]
    return codes or texts_of(kind)


def _end(end: Quantity | None, quantity: Quantity, conversion: Conversion) -> Decimal | None:
    """One end; None where it is no number, or in another unit than the value."""
    value = number(end.value) if end is not None else None
    if end is None or not isinstance(value, Decimal):
        return None
    units = {one for one in (end.unit, end.code) if one}
    same = not units or not units.isdisjoint({quantity.unit, quantity.code})
    return conversion.apply(value) if same else None
