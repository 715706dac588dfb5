"""The tables. They hold what a site decided and what the service counted, never a patient's record."""

from __future__ import annotations

from datetime import UTC, date, datetime

from sqlalchemy import BigInteger, DateTime, Index
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field, SQLModel

REVISION = "0004"  # of the newest migration; a test keeps it so


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


class Evaluation(SQLModel, table=True):
    """One answer: what judged, how each check came out, and how long it took. Lists are separated by spaces.

    `id` grows with time: the microseconds since 1970, then a number that tells processes apart.
    """

    id: int = Field(primary_key=True, sa_type=BigInteger)
    at: datetime = Field(sa_type=Instant)
    service: str  # of CDS Hooks; "evaluate" for a posted Bundle
    hook: str = ""
    instance: str = ""  # the call's own UUID
    patient: str = ""  # keyed hashes
    user: str = ""
    version: str  # of the service
    knowledge: str  # digest
    code_map: int = 0
    protocols: str = ""  # id@version/profile
    raised: str = ""  # checks
    unknown: str = ""  # a few of them a report calls clear, by an exception that is looked at only there
    clear: int = 0  # how many
    absent: str = ""  # prefetch keys that told nothing
    sent: str = ""
    unread: str = ""  # reasons why parts of the chart were not read, each once
    milliseconds: float


class ShownCard(SQLModel, table=True):
    """A card that was sent. `mark` is a keyed hash of patient, user, problem and what that rested on."""

    __tablename__ = "card"
    __table_args__ = (Index("card_of_patient", "patient", "evaluation"),)

    uuid: str = Field(primary_key=True)
    evaluation: int = Field(sa_type=BigInteger, index=True)
    patient: str = ""
    service: str
    topic: str  # the card's static code
    check: str = ""  # that speaks for it; none of a card that pools several
    protocol: str = ""
    protocol_version: str = ""
    indicator: str
    mark: str = ""


class CardFeedback(SQLModel, table=True):
    """What a clinician did with a card, once for each time it was reported. Comments are not kept."""

    __tablename__ = "feedback"

    id: int = Field(primary_key=True, sa_type=BigInteger)  # grows with time, as of an evaluation
    card: str = Field(index=True)
    service: str
    outcome: str
    at: datetime = Field(sa_type=Instant)  # as the client says
    received: datetime = Field(sa_type=Instant)
    suggestions: str = ""  # accepted ones, separated by spaces
    reason: str = ""  # a code of ours, or "other"
    commented: bool = False
