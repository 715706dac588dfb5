"""Protocol files: what a clinician may write, and the checks, numbers and visits that one profile of it means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from typing import Any, Literal

from pydantic import Field, model_validator

from cds_hooks.findings import Source, Strength, Urgency
from cds_hooks.judgement.planning.draws import Next
from cds_hooks.judgement.planning.panels import Panel, members
from cds_hooks.judgement.planning.schedule import Only, Schedule, Visit
from cds_hooks.judgement.predicates.circumstances import (
    AgeAtLeast,
    GivenAs,
    HasOrgan,
    ProfileIs,
    Recorded,
    Taking,
    TreatedFor,
)
from cds_hooks.judgement.predicates.doubts import (
    DrawnAt,
    Mistimed,
    Noted,
    Unusable,
    WrittenImplausible,
    WrittenReadsLike,
)
from cds_hooks.judgement.predicates.latest import Missing, WrittenLatest
from cds_hooks.judgement.predicates.predicate import Kinds, Numbers, Predicate, read_predicate
from cds_hooks.judgement.predicates.rise import WrittenRise
from cds_hooks.judgement.predicates.visits import VisitIs
from cds_hooks.judgement.threshold import OPERATORS, Threshold
from cds_hooks.judgement.timing.forms import Days, Strict
from terminology.vocabulary import Vocabulary

KINDS: Kinds = {
    kind.keyword: kind
    for kind in (
        *(WrittenLatest, WrittenRise, Missing, Taking, GivenAs, TreatedFor, Recorded, HasOrgan, ProfileIs, AgeAtLeast),
        *(Unusable, WrittenImplausible, WrittenReadsLike, Noted, Mistimed, DrawnAt, VisitIs),
    )
}
Action = Literal["no-change", "verify", "repeat", "order", "counsel", "review", "reduce", "increase", "hold", "refer"]
RESTRAINING: tuple[Action, ...] = ("reduce", "hold", "refer")


class LimitFile(Strict):
    """A named safety limit. `floor` is the loosest any profile may make it."""

    at_least: str | None = None
    above: str | None = None
    at_most: str | None = None
    below: str | None = None
    analyte: str | None = None
    floor: dict[str, str] | None = None
    source: tuple[str, ...] = ()
    note: str = ""

    def operators(self) -> dict[str, str]:
        """The one comparison that is written."""
        return {name: value for name in OPERATORS if (value := getattr(self, name)) is not None}


class BandFile(Strict):
    """A named target range."""

    low: str
    high: str
    source: tuple[str, ...]
    note: str = ""


class ProfileFile(Strict):
    """One guideline's variant of the numbers and visits."""

    title: str
    about: str = ""
    default: bool = False
    limit: dict[str, LimitFile] = Field(default_factory=dict)
    band: dict[str, BandFile] = Field(default_factory=dict)
    visit: tuple[Visit, ...] | None = None
    source: tuple[str, ...] = ()


class Applies(Strict):
    """Whom a protocol is for."""

    taking: tuple[str, ...] = ()  # ingredient or class, now or within `tail`
    tail: Days = 90  # after the drug was stopped, safety goes on
    sex: tuple[str, ...] = ()  # recorded sex; empty: any
    with_another: bool = False  # only beside another protocol that applies


class CheckFile(Strict):
    """One check as written. Placeholders in sentences are filled from the predicates that decided."""

    id: str
    topic: str
    urgency: Urgency
    says: str
    says_if_critical: str | None = None  # when every plausible reading of a doubtful value is critical
    advice: str
    action: Action
    clear: str | None = None
    note: str = ""
    source: tuple[str, ...]
    grade: str
    confidence: str
    all: tuple[dict[str, Any], ...] = ()
    any: tuple[dict[str, Any], ...] = ()
    none: tuple[dict[str, Any], ...] = ()
    unless: tuple[dict[str, Any], ...] = ()
    yields_to: tuple[str, ...] = ()
    holds: bool = False  # readings this check raises on are not judged by others
    in_range_from: str | None = None  # clear, and at least this: the result may be called in range
    next: Next | None = None

    @model_validator(mode="after")
    def _asks_something(self) -> CheckFile:
        if not (self.all or self.any):
            raise ValueError(f"check {self.id} asks nothing: give it conditions under all or any")
        return self


class ExampleTherapy(Strict):
    """A drug order in an example story."""

    text: str
    start: date | datetime | None = None
    interval: str | None = None
    route: str | None = None
    last_dose: date | datetime | None = None
    ended: date | None = None
    dose: str | None = None


class Example(Strict):
    """A small patient story with the ids that must be raised, clear or unknown."""

    name: str
    today: date | datetime
    profile: tuple[str, ...] = ()
    sex: str = "male"
    born: date | None = None
    organs: tuple[str, ...] = ()
    organs_absent: tuple[str, ...] = ()
    therapies: tuple[ExampleTherapy, ...] = ()
    readings: tuple[tuple[Any, ...], ...] = ()  # analyte, "0.545 L/L", date or time, optional status
    unread: tuple[tuple[Any, ...], ...] = ()  # analyte, reason, "56", date
    conditions: tuple[str, ...] = ()
    ordered: tuple[str, ...] = ()
    raises: tuple[str, ...] = ()
    clears: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


class ProtocolFile(Strict):
    """A protocol file."""

    id: str
    version: str
    title: str
    about: str
    drug: str | None = None  # whose course anchors visits and timing
    applies: Applies
    safety: tuple[str, ...] = ()
    limit: dict[str, LimitFile] = Field(default_factory=dict)
    band: dict[str, BandFile] = Field(default_factory=dict)
    only: dict[str, Only] = Field(default_factory=dict)
    visit: tuple[Visit, ...] = ()
    profile: dict[str, ProfileFile]
    check: tuple[CheckFile, ...]
    example: tuple[Example, ...] = ()

    @model_validator(mode="after")
    def _one_default(self) -> ProtocolFile:
        defaults = [name for name, profile in self.profile.items() if profile.default]
        if len(defaults) != 1:
            raise ValueError(f"protocol {self.id}: exactly one profile is the default, not {defaults or 'none'}")
        ids = [check.id for check in self.check]
        twice = {name for name in ids if ids.count(name) > 1}
        if twice:
            raise ValueError(f"protocol {self.id}: check id used twice: {', '.join(sorted(twice))}")
        return self

    @property
    def default_profile(self) -> str:
        """The profile used when none is asked for."""
        return next(name for name, profile in self.profile.items() if profile.default)


@dataclass(frozen=True, slots=True)
class Check:
    """A check ready to judge: its predicates with the numbers of one profile."""

    file: CheckFile
    all: tuple[Predicate, ...]
    any: tuple[Predicate, ...]
    none: tuple[Predicate, ...]
    unless: tuple[Predicate, ...]
    sources: tuple[Source, ...]
    strength: Strength
    in_range_from: Threshold | None

    @property
    def asks_about(self) -> tuple[str, ...]:
        """The analytes whose results decide."""
        predicates = (*self.all, *self.any, *self.none)
        return tuple(dict.fromkeys(name for predicate in predicates for name in predicate.asks_about))


@dataclass(frozen=True)
class Protocol:
    """A protocol judged with one profile."""

    file: ProtocolFile
    profile: str
    checks: tuple[Check, ...]
    schedule: Schedule
    bands: Mapping[str, BandFile]
    limits: Mapping[str, LimitFile]
    panels: Mapping[str, Panel]

    @property
    def id(self) -> str:
        return self.file.id

    @cached_property
    def analytes(self) -> frozenset[str]:
        """Every analyte the protocol judges or draws."""
        asked = {name for check in self.checks for name in check.asks_about}
        drawn = {name for visit in self.schedule.visits for name in members(visit.analytes, self.panels)}
        return frozenset(asked | drawn)


def read_profile(
    file: ProtocolFile,
    profile: str,
    vocabulary: Vocabulary,
    sources: Mapping[str, Source],
    panels: Mapping[str, Panel],
) -> Protocol:
    """A protocol with one profile's numbers. Raises ValueError naming the check and what is wrong with it."""
    overlay = file.profile[profile]
    limits = {**file.limit, **{name: _overlaid(file, name, limit) for name, limit in overlay.limit.items()}}
    bands = {**file.band, **overlay.band}
    context = Numbers(
        vocabulary,
        {name: limit.operators() for name, limit in limits.items()},
        {name: band.model_dump() for name, band in bands.items()},
    )
    _refuse_looser_limits(file, profile, limits, context)
    checks = tuple(_read_check(check, context, sources) for check in file.check)
    visits = overlay.visit if overlay.visit is not None else file.visit
    schedule = Schedule(visits=visits, only=file.only, safety=file.safety)
    return Protocol(file, profile, checks, schedule, bands, limits, panels)


def _overlaid(file: ProtocolFile, name: str, limit: LimitFile) -> LimitFile:
    if name not in file.limit:
        raise ValueError(f"protocol {file.id}: a profile changes the limit {name!r}, which the protocol does not have")
    shared = file.limit[name]
    return limit.model_copy(update={"analyte": shared.analyte, "floor": shared.floor})


def _refuse_looser_limits(file: ProtocolFile, profile: str, limits: Mapping[str, LimitFile], context: Numbers) -> None:
    for name, limit in limits.items():
        if limit.floor is None or limit.analyte is None:
            continue
        floor = context.threshold(limit.analyte, limit.floor)
        if context.named_limit(limit.analyte, name).looser_than(floor):
            raise ValueError(f"protocol {file.id}, profile {profile}: limit {name!r} is looser than {floor.words}")


def _read_check(check: CheckFile, context: Numbers, sources: Mapping[str, Source]) -> Check:
    context = Numbers(context.vocabulary, context.limits, context.bands, check.urgency)
    try:
        all_, any_, none, unless = (
            tuple(read_predicate(written, KINDS, context) for written in group)
            for group in (check.all, check.any, check.none, check.unless)
        )
    except ValueError as problem:
        raise ValueError(f"check {check.id}: {problem}") from problem
    unknown = [name for name in check.source if name not in sources]
    if unknown:
        raise ValueError(f"check {check.id}: no source named {', '.join(unknown)} in sources.toml")
    verified = not set(check.confidence.replace(" ", "").split("/")) & {"R", "E"}
    strength = Strength(check.grade, check.confidence, verified)
    read = Check(check, all_, any_, none, unless, tuple(sources[name] for name in check.source), strength, None)
    if check.in_range_from is None:
        return read
    return replace(read, in_range_from=context.threshold(read.asks_about[0], {"at_least": check.in_range_from}))
