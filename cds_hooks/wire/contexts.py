"""What the context of each hook holds: who looks at whom, and the orders that are being written.

Later versions of a hook may add fields; they are skipped, as is every optional field that nothing here uses.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from cds_hooks.record.drafts import NO_DRAFTS, Drafts
from cds_hooks.record.fhir.datatypes import NOTHING
from cds_hooks.wire.drafts import read_drafts
from cds_hooks.wire.members import part, text, wrong


class Shape(NamedTuple):
    """The published definition of a hook, as far as a call is refused without it.

    `orders` names the field that holds the drafts; with `selects` the context says which of them are chosen.
    """

    version: str
    required: tuple[str, ...]
    orders: str | None = None
    selects: bool = False


SHAPES: Mapping[str, Shape] = {
    "patient-view": Shape("1.0", ("userId", "patientId")),
    "order-select": Shape("1.0", ("userId", "patientId"), "draftOrders", selects=True),
    "order-sign": Shape("1.0", ("userId", "patientId"), "draftOrders"),
    "medication-refill": Shape("0.1.0", ("patientId",), "medications"),
    "encounter-start": Shape("1.0", ("userId", "patientId", "encounterId")),
}


class Context(msgspec.Struct, frozen=True, gc=False):
    """Who is asked about, and what is being ordered for them."""

    patient_id: str
    drafts: Drafts = NO_DRAFTS
    user_id: str = ""  # empty where nobody is named


class _Parts(msgspec.Struct, gc=False):
    userId: msgspec.Raw = NOTHING
    patientId: msgspec.Raw = NOTHING
    encounterId: msgspec.Raw = NOTHING
    selections: msgspec.Raw = NOTHING
    draftOrders: msgspec.Raw = NOTHING
    medications: msgspec.Raw = NOTHING


def read_context(raw: msgspec.Raw, hook: str) -> Context:
    """The context of a call of `hook`.

    Raises:
        Refusal: 400, when a field the hook requires is missing or of another kind. A draft that cannot be read is not
            refused; it is told as unread.
    """
    parts, shape = part(_PARTS, raw, "context"), SHAPES[hook]
    found = {name: text(getattr(parts, name), f"context.{name}") for name in shape.required}
    # The standard asks for a bare id; some clients send a reference.
    patient_id = found["patientId"].removeprefix("Patient/")
    if not patient_id:
        raise wrong("context.patientId")
    return Context(patient_id, _drafts(parts, shape), _user_id(parts, found))


def _user_id(parts: _Parts, found: Mapping[str, str]) -> str:
    """Who looks; a hook that does not require it may name somebody all the same."""
    if "userId" in found:
        return found["userId"]
    return text(parts.userId, "context.userId") if parts.userId is not NOTHING else ""


def _drafts(parts: _Parts, shape: Shape) -> Drafts:
    if shape.orders is None:
        return NO_DRAFTS
    place = f"context.{shape.orders}"
    orders: msgspec.Raw = getattr(parts, shape.orders)
    part(_OBJECT, orders, place)
    selections = part(_SELECTIONS, parts.selections, "context.selections") if shape.selects else None
    return read_drafts(orders, place, selections)


_PARTS = msgspec.json.Decoder(_Parts)
_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_SELECTIONS = msgspec.json.Decoder(list[str])
