"""What judgement answers, piece by piece: findings, derived numbers, proposed draws: the report's schema."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Literal

import msgspec

from cds_hooks.facts import Mapped

State = Literal["raised", "clear", "unknown"]
Urgency = Literal["info", "warning", "critical"]
Exogenous = Literal["yes", "no", "partly", "unknown"]
ExplanationKind = Literal[
    "safety", "data", "pre-analytic", "change", "delivery", "comorbidity", "context", "ask", "dose-review"
]
URGENCIES: tuple[Urgency, ...] = ("info", "warning", "critical")


class Evidence(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """One reading a finding rests on: as the chart wrote it, and in the canonical unit ("54.5 %")."""

    reference: str
    analyte: str
    value: Decimal | None = None  # as reported
    unit: str | None = None  # as reported
    canonical: str | None = None  # number and canonical UCUM unit
    effective: str | None = None
    timing: str | None = None  # mid | trough | peak | late | pre-dose | other | unknown
    comparator: str | None = None
    mapped: tuple[Mapped, ...] = ()  # what only the site's code map made readable


class Because(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """One step of a finding's reasoning. `outcome` is absent when the step only explains."""

    text: str
    predicate: str | None = None
    outcome: Literal["true", "false", "unknown"] | None = None
    value: str | None = None
    limit: str | None = None
    missing: str | None = None  # the FHIR element that would have answered


class Citation(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """A citation."""

    id: str
    title: str
    url: str | None = None


class Strength(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """How well a check is supported. `confidence` is the knowledge tag (V1, V2, R, E or a mix)."""

    grade: str
    confidence: str
    verified: bool


class Finding(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """The one answer of one check. `advice` is empty unless raised."""

    check: str
    protocol: str
    state: State
    urgency: Urgency
    summary: str
    strength: Strength
    detail: str | None = None
    advice: str | None = None
    because: tuple[Because, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    sources: tuple[Citation, ...] = ()
    topic: str = ""  # findings of one topic share a card
    in_range: bool = False  # clear, and the result lies in a range with both ends
    blocked_by: tuple[str, ...] = ()  # of an unknown one: the checks, or kinds of data, that stood in the way


class Derived(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """A computed number and the readings it came from."""

    quantity: str
    value: Decimal
    unit: str
    from_: tuple[str, ...] = msgspec.field(name="from", default=())
    basis: str | None = None  # what it rests on, where there is more than one way to work it out


Verdict = Literal["true-change", "noise", "not-comparable"]


class Change(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """The newest result of an analyte against the mean of those before that can be compared with it.

    `percent` is the change; chance alone explains one between `down` and `up`. They are rounded, the verdict is not.
    """

    analyte: str
    verdict: Verdict
    because: str
    newest: str  # the reference of the newest result
    value: str  # number and canonical unit
    earlier: tuple[str, ...] = ()  # references, the latest first
    baseline: str | None = None  # their mean
    percent: Decimal | None = None
    up: Decimal | None = None
    down: Decimal | None = None
    regression: bool = False  # the first value lay outside its laboratory's range: partly regression to the mean
    sources: tuple[Citation, ...] = ()


class Slot(msgspec.Struct, frozen=True, gc=False):
    """The proposed time of a draw: local wall-clock, without zone."""

    start: datetime
    end: datetime


class Draw(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """A proposed next blood test. `slot` is given when dosing decides the hour."""

    analytes: tuple[str, ...]
    due: date
    earliest: date
    latest: date
    instruction: str
    orders: tuple[str, ...] = ()  # LOINC order codes
    slot: Slot | None = None
    visit: str | None = None  # the visit it serves: "6 months"
    reasons: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()  # tube, method, fasting and hour of what is drawn, each a sentence


class Considered(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """A protocol that was considered, and why it does or does not apply.

    `in_part` says that its drug is taken and something else keeps it from applying: what it would have judged, a level
    against its target, is then judged by nobody.
    """

    protocol: str
    applies: bool
    because: str
    in_part: bool = False


class Silenced(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """A raised finding that gets no card of its own, and why.

    `until` is the day it may have a card again, of one that is silent because of what is remembered.
    """

    check: str
    protocol: str
    reason: str
    by: tuple[str, ...] = ()
    until: date | None = None


class ProtocolUsed(msgspec.Struct, frozen=True, gc=False):
    """A protocol that was judged, with the profile of numbers it used."""

    id: str
    version: str
    profile: str


class Held(msgspec.Struct, frozen=True, gc=False):
    """A reading that was read but may not be judged, and the data-quality check that says so."""

    reference: str
    analyte: str
    check: str
    because: str = ""  # what is wrong with this reading, in a sentence of its own


class Discordance(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """A way in which a protocol does not work as expected, and the checks that show it."""

    id: str
    title: str
    protocol: str
    checks: tuple[str, ...]
    summary: str
    exogenous: bool  # the hormone in question is given from outside
    evidence: tuple[Evidence, ...] = ()


class Explanation(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """One thing to look at when a protocol does not work as expected, in the order of `rank`.

    `id` is a check, a factor or a question. `explains` and `cannot` say what it can and cannot account for; `exo`
    whether it changes the measured level of a hormone given from outside.
    """

    rank: int
    kind: ExplanationKind
    id: str
    title: str
    explains: str
    of: tuple[str, ...] = ()  # the discordances it speaks to
    cannot: str = ""
    suggests: str = ""
    observed: str = ""
    evidence: tuple[Evidence, ...] = ()
    exo: Exogenous | None = None
    grade: str = ""
    reason: str = ""
    confidence: str = ""
    sources: tuple[Citation, ...] = ()
