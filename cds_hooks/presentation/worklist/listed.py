"""A patient of the worklist, with the reasons for being on it. These structs are its JSON."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from cds_hooks.findings import Draw, Urgency

State = Literal["unsafe", "overdue", "due", "data-quality"]
STATES: tuple[State, ...] = ("unsafe", "overdue", "due", "data-quality")


class Reason(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """A raised finding."""

    protocol: str
    check: str
    urgency: Urgency
    summary: str
    overdue: bool = False
    daysOver: int | None = None


class Listed(msgspec.Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """A patient, why they are listed (the most urgent reason first), and the proposed draws (the soonest first)."""

    patient: Annotated[str, Meta(description="As the run's input names them.")]
    site: str
    states: tuple[State, ...]
    urgency: Annotated[Urgency | None, Meta(description="Of the most urgent raised finding.")] = None
    age: int | None = None
    sex: str | None = None
    daysOver: Annotated[int | None, Meta(description="For how long a set of draws is overdue.")] = None
    nextDue: date | None = None
    unread: Annotated[int, Meta(description="How many resources of the chart could not be judged.")] = 0
    problem: Annotated[str | None, Meta(description="Why the chart could not be judged at all.")] = None
    reasons: tuple[Reason, ...] = ()
    draws: tuple[Draw, ...] = ()
