"""Adds up, over all processes, how often each code was seen and not understood."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from sqlalchemy import Insert, delete, tuple_
from sqlalchemy import select as columns
from sqlmodel import Session, col, func, select

from service.storage.insertion import insert_into
from service.storage.tables import UnmappedCode

MOST = 10_000  # different codes that are kept, so that no client can fill the disk
KEY = ("kind", "system", "code", "analyte", "unit")


def remember_unmapped(session: Session, rows: Iterable[UnmappedCode]) -> None:
    """Add counts to those of the same codes. When there are too many codes, the rarest and oldest are let go."""
    for row in rows:
        session.connection().execute(_added(session, row))
    beyond = session.exec(select(func.count()).select_from(UnmappedCode)).one() - MOST
    if beyond > 0:
        key = [getattr(UnmappedCode, name) for name in KEY]
        rarest = columns(*key).order_by(col(UnmappedCode.count), col(UnmappedCode.last_seen)).limit(beyond)
        session.connection().execute(delete(UnmappedCode).where(tuple_(*key).in_(rarest)))
    session.commit()


def forget_unmapped(session: Session, before: date) -> int:
    """Forget codes that were last seen before a day; how many those were."""
    gone = session.connection().execute(delete(UnmappedCode).where(col(UnmappedCode.last_seen) < before))
    session.commit()
    return int(gone.rowcount)


def recall_unmapped(session: Session) -> Sequence[UnmappedCode]:
    """Every code counted: those with a suggestion first, then the most frequent."""
    has_none = col(UnmappedCode.suggestions) == ""
    order = (has_none, col(UnmappedCode.count).desc(), *(getattr(UnmappedCode, name) for name in KEY))
    return session.exec(select(UnmappedCode).order_by(*order)).all()


def _added(session: Session, row: UnmappedCode) -> Insert:
    """An insert that adds to the count of what is there; one statement, so that processes cannot lose each other's."""
    insert = insert_into(UnmappedCode, session.get_bind().dialect).values(**row.model_dump())
    newer = insert.excluded
    added: Insert = insert.on_conflict_do_update(
        index_elements=list(KEY),
        set_={
            "count": UnmappedCode.count + newer["count"],
            "last_seen": newer.last_seen,
            "suggestions": func.coalesce(func.nullif(newer.suggestions, ""), UnmappedCode.suggestions),
        },
    )
    return added
