"""Counts what was shown and what became of it, for each kind of card and version."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, Subquery, case, distinct, func, literal_column, select
from sqlmodel import Session, col

from service.storage.evaluations import id_from
from service.storage.tables import CardFeedback, Evaluation, ShownCard

LONGEST = 60  # seconds
# A week, in the numbers that ids are made of; weeks are counted from a Monday.
WEEK = id_from(datetime(1970, 1, 8, tzinfo=UTC))
_MONDAY = id_from(datetime(1970, 1, 4, tzinfo=UTC))  # three days: 1970 began on a Thursday
KIND = (
    col(ShownCard.service),
    col(Evaluation.version),
    col(ShownCard.protocol),
    col(ShownCard.protocol_version),
    col(ShownCard.check),
    col(ShownCard.topic),
    col(ShownCard.indicator),
)


def take_time(session: Session) -> None:
    """Let the statements of this transaction run longer than those that answers wait for: a year's cards are many."""
    if session.get_bind().dialect.name == "postgresql":
        session.connection().exec_driver_sql(f"SET LOCAL statement_timeout = '{LONGEST}s'")


def count_shown(session: Session, since: datetime) -> Sequence[Any]:
    """For each kind of card: how many were sent, about how many patients."""
    counts = (func.count(), func.count(distinct(col(ShownCard.patient))))
    return session.connection().execute(_of_kinds(*counts, since=since)).all()


def count_outcomes(session: Session, since: datetime) -> Sequence[Any]:
    """For each kind of card, outcome and reason: how many cards had it as the last that was told of them."""
    last = _last()
    told = _of_kinds(last.c.outcome, last.c.reason, func.count(), since=since)
    counted = told.join(last, last.c.card == ShownCard.uuid).where(last.c.place == 1)
    return session.connection().execute(counted.group_by(last.c.outcome, last.c.reason)).all()


def count_evaluations(session: Session, since: datetime) -> Sequence[Any]:
    """For each service, and set of prefetch keys that told nothing: how many evaluations."""
    kind = (col(Evaluation.service), col(Evaluation.absent))
    counted = select(*kind, func.count()).where(col(Evaluation.id) >= id_from(since)).group_by(*kind)
    return session.connection().execute(counted).all()


def count_kind_weeks(session: Session, since: datetime) -> Sequence[Any]:
    """For each kind of card and week: how many were sent, about how many patients."""
    week = _week(ShownCard.evaluation)
    counts = (week, func.count(), func.count(distinct(col(ShownCard.patient))))
    return session.connection().execute(_of_kinds(*counts, since=since).group_by(week)).all()


def count_card_weeks(session: Session, since: datetime) -> Sequence[Any]:
    """For each week and urgency: how many cards were sent, how many were last told of as accepted or overridden."""
    week, last = _week(ShownCard.evaluation), _last()
    is_told = [func.sum(case((last.c.outcome == outcome, 1), else_=0)) for outcome in ("accepted", "overridden")]
    cards = select(week, col(ShownCard.indicator), func.count(), *is_told)
    told = cards.outerjoin(last, (last.c.card == ShownCard.uuid) & (last.c.place == 1))
    of_time = told.where(col(ShownCard.evaluation) >= id_from(since))
    return session.connection().execute(of_time.group_by(week, col(ShownCard.indicator))).all()


def count_weeks(session: Session, since: datetime) -> Sequence[Any]:
    """For each week: how many evaluations, of how many patients."""
    week = _week(Evaluation.id)
    counted = select(week, func.count(), func.count(distinct(col(Evaluation.patient))))
    of_time = counted.where(col(Evaluation.id) >= id_from(since)).group_by(week)
    return session.connection().execute(of_time).all()


def count_unread_weeks(session: Session, since: datetime) -> Sequence[Any]:
    """For each week, and set of reasons why parts of a chart were not read: how many evaluations."""
    week, reasons = _week(Evaluation.id), col(Evaluation.unread)
    counted = select(week, reasons, func.count()).where(col(Evaluation.id) >= id_from(since), reasons != "")
    return session.connection().execute(counted.group_by(week, reasons)).all()


def monday_of(week: int) -> date:
    """The first day of a week by its number."""
    return date(1969, 12, 29) + timedelta(weeks=week)


def _week(identity: Any) -> ColumnElement[int]:
    """The number of the week in which an entry was made; both databases divide whole numbers to whole numbers."""
    return (col(identity) + literal_column(str(_MONDAY), BigInteger)) // literal_column(str(WEEK), BigInteger)


def count_strange(session: Session, since: datetime) -> int:
    """How much feedback was about cards that are not known, or no more."""
    unknown = (
        select(func.count()).select_from(CardFeedback).outerjoin(ShownCard, col(ShownCard.uuid) == CardFeedback.card)
    )
    of_time = unknown.where(col(CardFeedback.id) >= id_from(since), col(ShownCard.uuid).is_(None))
    return int(session.connection().execute(of_time).scalar_one())


def _of_kinds(*counts: Any, since: datetime) -> Select[Any]:
    cards = select(*KIND, *counts).join_from(ShownCard, Evaluation, col(Evaluation.id) == col(ShownCard.evaluation))
    return cards.where(col(ShownCard.evaluation) >= id_from(since)).group_by(*KIND)


def _last() -> Subquery:
    """Feedback with its place among what was told of the same card, the last one first."""
    newest = (col(CardFeedback.at).desc(), col(CardFeedback.id).desc())
    place = func.row_number().over(partition_by=col(CardFeedback.card), order_by=newest)
    columns = (col(CardFeedback.card), col(CardFeedback.outcome), col(CardFeedback.reason))
    return select(*columns, place.label("place")).subquery()
