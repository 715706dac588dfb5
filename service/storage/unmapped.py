"""Adds up, over all processes, how often each code was seen and not understood."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Insert
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, func, select

from service.storage.tables import UnmappedCode

MOST = 10_000  # different codes that are kept; more are let go, so that no client can fill the disk
KEY = ("kind", "system", "code", "analyte", "unit")


def remember_unmapped(session: Session, rows: Iterable[UnmappedCode]) -> None:
    """Add counts to those of the same codes; a code that is new when the table is full is let go."""
    room = MOST - session.exec(select(func.count()).select_from(UnmappedCode)).one()
    for row in rows:
        is_new = session.get(UnmappedCode, tuple(getattr(row, name) for name in KEY)) is None
        if is_new and room <= 0:
            continue
        room -= is_new
        session.connection().execute(_added(session, row))
    session.commit()


def recall_unmapped(session: Session) -> Sequence[UnmappedCode]:
    """Every code counted: those with a suggestion first, then the most frequent."""
    has_none = col(UnmappedCode.suggestions) == ""
    order = (has_none, col(UnmappedCode.count).desc(), *(getattr(UnmappedCode, name) for name in KEY))
    return session.exec(select(UnmappedCode).order_by(*order)).all()


def _added(session: Session, row: UnmappedCode) -> Insert:
    """An insert that adds to the count of what is there; one statement, so that processes cannot lose each other's."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    insert = dialect.insert(UnmappedCode).values(**row.model_dump())
    newer = insert.excluded
    added: Insert = insert.on_conflict_do_update(
        index_elements=list(KEY),
        set_={
            "count": UnmappedCode.count + newer["count"],
            "last_seen": newer.last_seen,
            "suggestions": newer.suggestions,
        },
    )
    return added
