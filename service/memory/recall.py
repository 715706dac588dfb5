"""Recalls which cards a user overrode or saw today, so that presentation may keep them silent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, Row
from sqlmodel import Session

from cds_hooks.presentation.overrides import DURABLE
from cds_hooks.presentation.silences.keep import Past
from service.site.settings import Settings
from service.storage.evaluations import moment_of_id, recall_cards

LATE = timedelta(days=7)  # in which an override may be reported after its card was shown


def recalled(engine: Engine, settings: Settings, patient: str, instance: str, now: datetime) -> tuple[Past, ...]:
    """What may keep cards about this patient silent today; whose it is, is in the marks. A call (`instance`) that is
    retried gets again what it showed.

    Raises:
        SQLAlchemyError: the database is away.
    """
    since = now - timedelta(days=settings.silence_overridden or 1) - LATE
    with Session(engine) as session:
        rows = recall_cards(session, patient, since)
    return tuple(_pasts(rows, settings, instance, now))


def _pasts(rows: Sequence[Row[Any]], settings: Settings, instance: str, now: datetime) -> Iterator[Past]:
    days, today = timedelta(days=settings.silence_overridden), now.date()
    for reports in _by_card(rows):
        card = reports[-1]
        if days and card.outcome == "overridden" and card.reason in DURABLE:
            on = _day(min(card.at, card.received), now)
            if today < on + days:
                yield Past(card.mark, card.indicator, on, on + days, card.reason)
        is_own = bool(instance) and card.instance == instance
        if settings.silence_shown and not is_own and _day(moment_of_id(card.evaluation), now) == today:
            yield Past(card.mark, card.indicator, today, today + timedelta(days=1))


def _by_card(rows: Sequence[Row[Any]]) -> Iterable[list[Row[Any]]]:
    """The reports of each card, the last one last: who overrides a card and then accepts it, has accepted it."""
    cards: dict[str, list[Row[Any]]] = {}
    for row in rows:
        cards.setdefault(row.uuid, []).append(row)
    return [sorted(reports, key=lambda row: (row.at, row.received)) for reports in cards.values()]


def _day(moment: datetime, now: datetime) -> date:
    return moment.astimezone(now.tzinfo).date()
