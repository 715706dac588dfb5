"""The tables. They hold what a site decided and what the service counted, never a patient's record."""

from __future__ import annotations

from datetime import UTC, date, datetime

from sqlalchemy import BigInteger, DateTime
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field, SQLModel

REVISION = "0002"  # of the newest migration; a test keeps it so


class Instant(TypeDecorator[datetime]):
    """A moment in UTC, with its zone in Python also where the database keeps none."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """As stored."""
        return value.astimezone(UTC) if value is not None else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """As read."""
        if value is None or value.tzinfo is not None:
            return value
        return value.replace(tzinfo=UTC)


class CodeMapVersion(SQLModel, table=True):
    """One version of the site's code map, whole and never changed. `entries` is a JSON list."""

    __tablename__ = "code_map"
    __table_args__ = {"sqlite_autoincrement": True}

    version: int | None = Field(default=None, primary_key=True)
    author: str
    note: str = ""
    loaded_at: datetime = Field(sa_type=Instant)
    entries: str


class UnmappedCode(SQLModel, table=True):
    """How often a code was seen and not understood. `suggestions` are codes, separated by spaces."""

    __tablename__ = "unmapped_code"

    kind: str = Field(primary_key=True)
    system: str = Field(primary_key=True)
    code: str = Field(primary_key=True)
    analyte: str = Field(primary_key=True)  # of a unit: what was measured
    unit: str = Field(primary_key=True)  # of a laboratory code: what its results came in
    count: int
    first_seen: date
    last_seen: date
    suggestions: str = ""


class UsedToken(SQLModel, table=True):
    """A client's token that was used: a digest of its issuer and `jti`, kept until it counts no more anyway."""

    __tablename__ = "used_token"
    __table_args__ = {"sqlite_with_rowid": False}

    digest: bytes = Field(primary_key=True)
    until: int = Field(sa_type=BigInteger)  # seconds since 1970
