"""What a timeline is made of. Numbers are in the unit shown; none of it is FHIR, and nothing is left to interpret."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import takewhile
from typing import Literal

import msgspec

from cds_hooks.facts import Moment
from cds_hooks.findings import Finding, ProtocolUsed, Slot, Urgency, Verdict
from cds_hooks.presentation.timeline.units import System

Mark = Literal["judged", "bound", "preliminary", "held", "unread"]


class Point(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One result. Without `value` it cannot be placed: `why` says what is wrong with it."""

    at: Moment
    mark: Mark
    text: str  # "54.5", "<0.10"
    reported: str  # as the chart wrote it: "0.545 L/L"
    reference: str
    value: Decimal | None = None
    comparator: str = ""
    why: str = ""  # of one that is not simply judged
    phase: str = ""  # mid | trough | peak | late | pre-dose | other | unknown; empty where no dose moves it
    phase_words: str = ""  # "mid-interval"; where it is unknown, the FHIR element that would have told
    hours: str = ""  # since the dose, where known exactly
    is_early: bool = False  # drawn before the present dose had settled
    urgency: Urgency | None = None  # of the most urgent check that is raised on it
    laboratory: str = ""  # its own range

    @property
    def is_read(self) -> bool:
        """Whether it has a number that can be placed."""
        return self.value is not None and self.mark != "unread"


class Band(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A range results are read against."""

    kind: Literal["target", "goal", "in-range"]
    text: str  # "450–700", "≥ 0.4"
    written: str  # as its source writes it
    protocol: str
    profile: str
    check: str
    low: Decimal | None = None
    high: Decimal | None = None


class Line(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A limit at which a result alone raises a check."""

    value: Decimal
    text: str  # "≥ 54"
    words: str  # "at or above 54 %"
    urgency: Urgency
    protocol: str
    check: str
    is_upward: bool
    timing: tuple[str, ...] = ()


class Moved(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """True change or noise: the newest result against those before."""

    verdict: Verdict
    because: str
    percent: str = ""  # "+34.1"
    newest: str = ""  # references
    earlier: tuple[str, ...] = ()
    noise: tuple[Decimal, Decimal] | None = None  # what chance alone explains


class Planned(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """The next proposed draw of an analyte."""

    due: date
    earliest: date
    latest: date
    instruction: str
    slot: Slot | None = None


class Row(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One analyte."""

    analyte: str
    label: str
    unit: str
    points: tuple[Point, ...]  # the oldest first
    bands: tuple[Band, ...] = ()  # the one that decides first
    lines: tuple[Line, ...] = ()  # the most urgent first
    moved: Moved | None = None
    next: Planned | None = None
    raised: tuple[Finding, ...] = ()  # what is raised on one of its results, the urgent first

    @property
    def newest(self) -> Point | None:
        """The newest result that has a number."""
        return next((one for one in reversed(self.points) if one.is_read), None)

    @property
    def unread_since(self) -> tuple[Point, ...]:
        """Results after the newest that has a number: nobody could read them."""
        return tuple(takewhile(lambda one: not one.is_read, reversed(self.points)))

    @property
    def moved_on(self) -> date | None:
        """The day of the result that `moved` is about, where it is not the newest."""
        newest = self.newest
        if self.moved is None or newest is None or self.moved.newest in ("", newest.reference):
            return None
        return next((one.at.day for one in self.points if one.reference == self.moved.newest), None)


class Bar(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One therapy."""

    name: str
    drug: str
    status: str
    dose: str = ""
    every_hours: Decimal | None = None
    start: date | None = None
    end: date | None = None
    is_current: bool = False
    is_planned: bool = False


class Given(msgspec.Struct, frozen=True, gc=False):
    """One dose that was given."""

    at: Moment
    drug: str


class Timeline(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """All of it. Rows with something to be read against come first."""

    today: date
    system: System
    rows: tuple[Row, ...] = ()
    bars: tuple[Bar, ...] = ()  # the oldest first
    doses: tuple[Given, ...] = ()
    protocols: tuple[ProtocolUsed, ...] = ()
