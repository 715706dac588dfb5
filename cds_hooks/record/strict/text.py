"""From bytes to the tree of values they write; what JSON leaves open is refused or marked: NaN, a name sent twice."""

from __future__ import annotations

import json
import re
from collections import Counter
from decimal import Decimal
from typing import Any, NamedTuple, NoReturn

from cds_hooks.refusal import Refusal

DEEPEST = 50  # levels; the deepest of HL7's own examples has 23
UNREADABLE = Decimal("NaN")  # in place of a number that no reader has to understand
_LONGEST, _MOST_EXPONENT = 30, 30
_EXPONENT = re.compile(r"[eE]([+-]?\d+)$")


class Doubled(dict[str, Any]):
    """An object some of whose names are written twice; the last of each counts."""

    names: tuple[str, ...] = ()


class Text(NamedTuple):
    """What was posted: as text, and as the tree of its values."""

    written: str
    tree: Any


def read_text(body: bytes) -> Text:
    """The tree a body writes.

    Raises:
        Refusal: 400 when it is not JSON in UTF-8, or nested too deeply.
    """
    try:
        written = body.decode()
    except UnicodeDecodeError:
        raise _structure("The body is not valid UTF-8: send FHIR JSON encoded in UTF-8.") from None
    try:
        return Text(written, _DECODER.decode(written))
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise _structure(f"The body is not JSON at {place}: send FHIR JSON as application/fhir+json.") from None
    except RecursionError:
        raise too_deep() from None


def too_deep() -> Refusal:
    """The refusal of what is nested too deeply to be read at all."""
    return _structure(f"The body is nested more than {DEEPEST} levels deep: no FHIR resource needs that.")


def _structure(diagnostics: str) -> Refusal:
    return Refusal(400, "structure", diagnostics)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    often = Counter(name for name, _ in pairs)
    doubled = Doubled(found)
    doubled.names = tuple(name for name, times in often.items() if times > 1)
    return doubled


def _number(written: str) -> Decimal:
    """A number with a fraction or an exponent, to the digits that are written."""
    exponent = _EXPONENT.search(written)
    if len(written) > _LONGEST + 6 or (exponent and abs(int(exponent[1])) > _MOST_EXPONENT):
        return UNREADABLE
    return Decimal(written)


def _whole(written: str) -> int | Decimal:
    return int(written) if len(written) <= _LONGEST else UNREADABLE


def _refuse_constant(_: str) -> NoReturn:
    raise _structure("NaN and Infinity are not JSON: leave the value out, and say why with dataAbsentReason.")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object,
    parse_float=_number,
    parse_int=_whole,
    parse_constant=_refuse_constant,
)
