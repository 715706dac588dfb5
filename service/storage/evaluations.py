"""Remembers evaluations, cards and feedback, recalls what may keep a card silent, and forgets what is too old."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Insert, delete, select
from sqlmodel import Session, SQLModel, col

from service.storage.insertion import insert_into
from service.storage.tables import CardFeedback, Evaluation, ShownCard

Rows = Sequence[Mapping[str, Any]]
AT_ONCE = 2_000  # rows that one statement forgets, so that no lock is held for long
_SHIFT = 11  # bits of an id below its microseconds
_MOST = 2**63 - 1  # the largest id: of the year 2112
_START = datetime(1970, 1, 1, tzinfo=UTC)


def id_from(moment: datetime) -> int:
    """The smallest id of an entry made at that moment or later, as far as a column has room for it."""
    return min(max(((moment - _START) // _MICROSECOND) << _SHIFT, 0), _MOST)


def remember(session: Session, evaluations: Rows, cards: Rows, feedback: Rows) -> None:
    """Add all of it, together. What is there already stays as it is: a group may be sent again after a broken link,
    and a retried call sends the same cards."""
    for table, rows in ((Evaluation, evaluations), (ShownCard, cards), (CardFeedback, feedback)):
        if rows:
            session.connection().execute(_added(session, table), rows)
    session.commit()


def recall_cards(session: Session, patient: str, since: datetime) -> Sequence[Any]:
    """Cards of a patient that may keep others silent, each with what was reported of it, as often as that was."""
    columns = (
        col(ShownCard.uuid),
        col(ShownCard.mark),
        col(ShownCard.indicator),
        col(ShownCard.evaluation),
        col(Evaluation.instance),
        col(CardFeedback.outcome),
        col(CardFeedback.reason),
        col(CardFeedback.at),
        col(CardFeedback.received),
    )
    shown = select(*columns).join_from(ShownCard, Evaluation, col(Evaluation.id) == col(ShownCard.evaluation))
    known = shown.outerjoin(CardFeedback, col(CardFeedback.card) == col(ShownCard.uuid))
    of_patient = (col(ShownCard.patient) == patient, col(ShownCard.evaluation) >= id_from(since))
    return session.connection().execute(known.where(*of_patient, col(ShownCard.mark) != "")).all()


def forget_evaluations(session: Session, before: datetime) -> int:
    """Forget what is older, a part at a time; how many rows that was."""
    oldest = id_from(before)
    keys = ((Evaluation.id, Evaluation.id), (ShownCard.uuid, ShownCard.evaluation), (CardFeedback.id, CardFeedback.id))
    return sum(_forgotten(session, col(key), col(age) < oldest) for key, age in keys)


def moment_of_id(identity: int) -> datetime:
    """When an entry was made."""
    return _START + (identity >> _SHIFT) * _MICROSECOND


def _forgotten(session: Session, key: Any, is_old: Any) -> int:
    gone = 0
    while True:
        part = select(key).where(is_old).limit(AT_ONCE)
        count = session.connection().execute(delete(key.class_).where(key.in_(part))).rowcount
        session.commit()
        gone += count
        if count < AT_ONCE:
            return gone


def _added(session: Session, table: type[SQLModel]) -> Insert:
    added: Insert = insert_into(table, session.get_bind().dialect).on_conflict_do_nothing()
    return added


_MICROSECOND = datetime.resolution
