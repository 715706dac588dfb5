"""What waits to be written: small, frozen, and without a value or a name of any chart. Fields are columns."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec


class SentCard(msgspec.Struct, frozen=True, gc=False):
    """A card as it is remembered."""

    uuid: str
    topic: str
    indicator: str
    check: str = ""
    protocol: str = ""
    protocol_version: str = ""
    mark: str = ""


class Answered(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One evaluation, and its cards."""

    id: int
    at: datetime
    service: str
    hook: str
    instance: str
    patient: str
    user: str
    version: str
    knowledge: str
    code_map: int
    protocols: str
    raised: str
    unknown: str
    clear: int
    absent: str
    sent: str
    unread: str = ""
    milliseconds: float
    cards: tuple[SentCard, ...]


class Reported(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One item of feedback."""

    id: int
    card: str
    service: str
    outcome: str
    at: datetime
    received: datetime
    suggestions: str
    reason: str
    commented: bool


def row_of(answered: Answered) -> dict[str, Any]:
    """An evaluation as its row."""
    row = msgspec.structs.asdict(answered)
    del row["cards"]
    return row


def rows_of_cards(answered: Answered) -> list[dict[str, Any]]:
    """Its cards as their rows."""
    of_answer = {"evaluation": answered.id, "patient": answered.patient, "service": answered.service}
    return [msgspec.structs.asdict(card) | of_answer for card in answered.cards]
