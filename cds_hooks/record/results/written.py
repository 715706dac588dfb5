"""Numbers that a chart wrote as text, such as `<8.00 ng/dL`: never judged, but told, since they may be dangerous."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import NamedTuple

import msgspec

from cds_hooks.record.fhir.concepts import clean
from cds_hooks.record.results.numbers import number

_PLAIN = re.compile(
    r"(?:[<>]=?|≤|≥)?\s*(?P<value>-?\d{1,30}(?:\.\d{1,30})?)(?![\d.,])\s*(?P<unit>\S.{0,30})?", re.ASCII
)
_LONGEST = 80
_TEXT = msgspec.json.Decoder(str)


class Written(NamedTuple):
    """A number and, if one stands behind it, its unit."""

    value: Decimal
    unit: str | None


def written_number(raw: msgspec.Raw) -> Written | None:
    """What a JSON string plainly says, or a JSON number; None for anything else."""
    if bytes(raw)[:1] != b'"':
        return _counted(raw, None)
    text = clean(_TEXT.decode(raw))
    match = _PLAIN.fullmatch(text) if len(text) <= _LONGEST else None
    return _counted(msgspec.Raw(match["value"].encode()), match["unit"]) if match else None


def _counted(raw: msgspec.Raw, unit: str | None) -> Written | None:
    value = number(raw)
    return Written(value, unit) if isinstance(value, Decimal) else None
