"""Remembers the versions of a site's code map and recalls the one in force: the newest."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlmodel import Session, col, func, select

from service.storage.tables import CodeMapVersion
from terminology.local.code_map import CodeMap, Entry

_DECODER = msgspec.json.Decoder(tuple[Entry, ...])


def remember_code_map(session: Session, entries: Sequence[Entry], author: str, note: str, now: datetime) -> int:
    """Store the entries as a new version, which is in force from then on; its number."""
    row = CodeMapVersion(author=author, note=note, loaded_at=now, entries=msgspec.json.encode(entries).decode())
    session.add(row)
    session.commit()
    return row.version or 0


def newest_mark(session: Session) -> tuple[int, str]:
    """The version in force and when it was loaded: in a database that was replaced, one number may mean another map."""
    columns = select(CodeMapVersion.version, CodeMapVersion.loaded_at)
    row = session.exec(columns.order_by(col(CodeMapVersion.version).desc()).limit(1)).first()
    return (row[0] or 0, row[1].isoformat()) if row is not None else (0, "")


def newest_version(session: Session) -> int:
    """The number of the version in force; 0 when no map was ever loaded."""
    return session.exec(select(func.max(CodeMapVersion.version))).one() or 0


def recall_code_map(session: Session, version: int) -> CodeMap | None:
    """One version; None when there is none of this number."""
    row = session.get(CodeMapVersion, version)
    if row is None:
        return None
    return CodeMap(version, row.author, row.loaded_at.date(), _DECODER.decode(row.entries))


def recall_history(session: Session) -> Sequence[CodeMapVersion]:
    """Every version, the newest first."""
    return session.exec(select(CodeMapVersion).order_by(col(CodeMapVersion.version).desc())).all()
