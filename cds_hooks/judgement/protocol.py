"""Protocols ready to judge: the checks, numbers and visits that one profile of a protocol file means."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from cds_hooks.findings import Citation, Strength
from cds_hooks.judgement.marks import Marks
from cds_hooks.judgement.planning.panels import Panel, members
from cds_hooks.judgement.planning.schedule import Schedule
from cds_hooks.judgement.policy import Policy
from cds_hooks.judgement.predicates.again import WrittenAgain
from cds_hooks.judgement.predicates.age_table import WrittenAgeTable
from cds_hooks.judgement.predicates.before_start import DrawnBeforeStart, DrawnOnTreatment
from cds_hooks.judgement.predicates.before_treatment import WrittenBeforeTreatment
from cds_hooks.judgement.predicates.calculated import WrittenCalculated
from cds_hooks.judgement.predicates.change import WrittenChange
from cds_hooks.judgement.predicates.circumstances import (
    AgeAtLeast,
    AgeBelow,
    GivenAs,
    ProfileAsked,
    ProfileIs,
    TreatedFor,
)
from cds_hooks.judgement.predicates.counted import WrittenCounted
from cds_hooks.judgement.predicates.cycle import CycleDay, LastPeriod
from cds_hooks.judgement.predicates.daily_dose import WrittenDailyDose
from cds_hooks.judgement.predicates.dose_ratio import DoseRatio
from cds_hooks.judgement.predicates.draw_times import DrawnAt, Mistimed
from cds_hooks.judgement.predicates.fasting import NotFasting
from cds_hooks.judgement.predicates.fraction import WrittenFraction
from cds_hooks.judgement.predicates.goals import HasGoal
from cds_hooks.judgement.predicates.hours import DrawnBetween
from cds_hooks.judgement.predicates.illness import DrawnDuringIllness
from cds_hooks.judgement.predicates.implausible import WrittenImplausible
from cds_hooks.judgement.predicates.latest import WrittenLatest
from cds_hooks.judgement.predicates.mean import WrittenMean
from cds_hooks.judgement.predicates.measured import WrittenMeasured
from cds_hooks.judgement.predicates.mislabelled import WrittenReadsLike
from cds_hooks.judgement.predicates.missing import Missing
from cds_hooks.judgement.predicates.mixed_methods import MixedMethods
from cds_hooks.judgement.predicates.nadir import WrittenAboveNadir
from cds_hooks.judgement.predicates.not_listed import NotRecorded, NotTaking
from cds_hooks.judgement.predicates.organs import AnatomyAssumed, HasAnatomy, HasOrgan, LacksOrgan
from cds_hooks.judgement.predicates.outcome import Outcome
from cds_hooks.judgement.predicates.predicate import Kinds, Numbers, Predicate, read_predicate
from cds_hooks.judgement.predicates.pregnancy import WrittenPregnant
from cds_hooks.judgement.predicates.projected import WrittenProjected
from cds_hooks.judgement.predicates.ratio import WrittenRatio
from cds_hooks.judgement.predicates.recorded import Recorded
from cds_hooks.judgement.predicates.reported import ReportedIn
from cds_hooks.judgement.predicates.rise import WrittenRise
from cds_hooks.judgement.predicates.sds import WrittenSds
from cds_hooks.judgement.predicates.since_change import DrawnSinceChange
from cds_hooks.judgement.predicates.since_dose import DrawnAfterDose
from cds_hooks.judgement.predicates.since_start import DrawnSinceStart
from cds_hooks.judgement.predicates.started import Started
from cds_hooks.judgement.predicates.stated import StatedLongAgo
from cds_hooks.judgement.predicates.taking import Planned, Stopped, Taking
from cds_hooks.judgement.predicates.target import WrittenTarget
from cds_hooks.judgement.predicates.true_change import TrueChange
from cds_hooks.judgement.predicates.unread import Noted, Unusable
from cds_hooks.judgement.predicates.visits import RepeatMissed, VisitIs
from cds_hooks.judgement.sieve import Needs, Sieve, sieve_of
from cds_hooks.judgement.threshold import Band
from cds_hooks.judgement.verdict import Verdict
from cds_hooks.judgement.written import BandFile, BranchFile, CheckFile, LimitFile, ProtocolFile
from terminology.vocabulary import Vocabulary

KINDS: Kinds = {
    kind.keyword: kind
    for kind in (
        *(WrittenLatest, WrittenRise, Missing, Taking, GivenAs, TreatedFor, Recorded, HasOrgan, ProfileIs, AgeAtLeast),
        *(LacksOrgan, Unusable, WrittenImplausible, WrittenReadsLike, Noted, Mistimed, DrawnAt, VisitIs, RepeatMissed),
        *(Planned, Stopped, HasAnatomy, AnatomyAssumed, AgeBelow),
        *(WrittenMeasured, WrittenCalculated, HasGoal, WrittenCounted, DrawnBetween, WrittenChange),
        *(ProfileAsked, NotTaking, NotRecorded, ReportedIn, WrittenBeforeTreatment),
        *(WrittenAboveNadir, WrittenAgain, WrittenProjected, MixedMethods, WrittenDailyDose),
        *(WrittenPregnant, LastPeriod, CycleDay, DrawnBeforeStart),
        *(DrawnSinceChange, DrawnAfterDose, DrawnDuringIllness, NotFasting, DoseRatio),
        *(WrittenTarget, WrittenFraction, WrittenSds, WrittenAgeTable, TrueChange, Started),
        *(WrittenMean, WrittenRatio, DrawnSinceStart, StatedLongAgo, DrawnOnTreatment),
    )
}


@dataclass(frozen=True, slots=True)
class Branch:
    """One way a check is raised."""

    file: BranchFile
    all: tuple[Predicate, ...]


@dataclass(frozen=True, slots=True)
class InRange:
    """When a clear result may be called in range: inside `band`, not older than `within` days, none of `none`."""

    band: Band
    within: int
    none: tuple[Predicate, ...]


@dataclass(frozen=True)
class Check:
    """A check ready to judge: its predicates with the numbers of one profile."""

    file: CheckFile
    all: tuple[Predicate, ...]
    any: tuple[Predicate, ...]
    none: tuple[Predicate, ...]
    unless: tuple[Predicate, ...]
    branches: tuple[Branch, ...]
    sources: tuple[Citation, ...]
    strength: Strength
    in_range: InRange | None

    @cached_property
    def excluding(self) -> tuple[tuple[Marks | None, Predicate], ...]:
        """Those of which one that holds makes it clear, each with the marks it needs."""
        return tuple((predicate.marks, predicate) for predicate in (*self.none, *self.unless))

    @cached_property
    def yields_to(self) -> tuple[str, ...]:
        """The checks that stand for it when they are raised."""
        return self.file.yields_to

    @cached_property
    def tells_nothing_else(self) -> bool:
        """Whether there is nothing to tell of it unless it is raised, or something stands in the way."""
        return self.in_range is None and not self.file.holds

    @property
    def needs(self) -> Needs:
        """What it surely is clear without, whatever it says of readings.

        Of one that may call readings in range only what comes before it looks at them; of one that holds readings back
        no condition of its own, since each of them may hold its own.
        """
        if self.in_range is not None:
            return Needs((self.before_results,) if self.before_results is not None else (), (), may_be_open=False)
        holds = self.file.holds
        ways = (tuple((predicate,) for predicate in self.any), tuple(branch.all for branch in self.branches))
        hidden = holds and (self.all or self.branches)
        alternatives = () if hidden else tuple(found for found in ways if found)
        return Needs(() if holds else self.all, alternatives, may_be_open=not holds)

    @cached_property
    def before_results(self) -> Predicate | None:
        """Its first condition, where that one looks at no result."""
        first = self.all[0] if self.all else None
        return first if first is not None and not first.asks_about else None

    @cached_property
    def opens_otherwise(self) -> bool:
        """Whether one of its conditions may lack more than a result, so that only itself can tell it at a glance."""
        own = (*self.all, *self.any, *(predicate for branch in self.branches for predicate in branch.all))
        return any(one.can_be_open and one.opens_without is None for one in own)

    @cached_property
    def asks_for_repeats(self) -> bool:
        """Whether it speaks of repeats that other checks asked for: it is judged after them."""
        return any(isinstance(predicate, RepeatMissed) for predicate in self.all)

    @cached_property
    def asks_for_visits(self) -> bool:
        """Whether it speaks of a set of draws that the schedule asks for."""
        predicates = (*self.all, *(predicate for branch in self.branches for predicate in branch.all))
        return any(isinstance(predicate, VisitIs) for predicate in predicates)

    @cached_property
    def asks_about(self) -> tuple[str, ...]:
        """The analytes whose results decide."""
        branches = (predicate for branch in self.branches for predicate in branch.all)
        predicates = (*self.all, *self.any, *self.none, *branches)
        return tuple(dict.fromkeys(name for predicate in predicates for name in predicate.asks_about))


@dataclass(frozen=True, slots=True)
class Round:
    """Checks of one protocol that are judged together, with their verdicts where a glance settles them."""

    checks: tuple[Check, ...]
    sieve: Sieve
    clear: tuple[Verdict, ...]  # of each, that it is
    open: tuple[Verdict, ...]  # that it only lacks a result


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

    @cached_property
    def id(self) -> str:
        return self.file.id

    @cached_property
    def drugs(self) -> tuple[str, ...]:
        """The ingredients or classes whose course anchors visits and timing."""
        return self.file.drugs

    @cached_property
    def extends(self) -> str | None:
        """The profile whose numbers this one starts from, if any."""
        return self.file.profile[self.profile].extends

    @cached_property
    def holding(self) -> Round:
        """The checks that may hold readings back from the others: they are judged first."""
        return self._round(check for check in self.checks if check.file.holds)

    @cached_property
    def gating(self) -> Round:
        """The gates: judged after those, before the others."""
        return self._round(check for check in self.checks if check.file.gate)

    @cached_property
    def judging(self) -> Round:
        """The others, but for those that wait for them too."""
        early = (check.file.holds or check.file.gate or check.asks_for_repeats for check in self.checks)
        return self._round(check for check, is_early in zip(self.checks, early, strict=True) if not is_early)

    def alone(self, check: Check) -> Round:
        """One check by itself."""
        if check.file.id not in self._alone:
            self._alone[check.file.id] = self._round((check,))
        return self._alone[check.file.id]

    @cached_property
    def _alone(self) -> dict[str, Round]:
        return {}

    def _round(self, checks: Iterable[Check]) -> Round:
        kept = tuple(checks)
        clear, open_ = (
            tuple(Verdict(self, check, Outcome(truth), reasoned=False) for check in kept) for truth in (False, None)
        )
        return Round(kept, sieve_of([check.needs for check in kept]), clear, open_)

    @cached_property
    def waiting(self) -> tuple[Check, ...]:
        """The checks that speak of repeats others asked for: they are judged last."""
        return tuple(check for check in self.checks if not check.file.holds and check.asks_for_repeats)

    @cached_property
    def judged(self) -> frozenset[str]:
        """Every analyte some check judges."""
        return frozenset(name for check in self.checks for name in check.asks_about)

    @cached_property
    def analytes(self) -> frozenset[str]:
        """Every analyte the protocol judges or draws."""
        drawn = {name for visit in self.schedule.visits for name in members(visit.analytes, self.panels)}
        return self.judged | drawn


@dataclass(frozen=True, slots=True)
class Shared:
    """What every protocol is read with."""

    vocabulary: Vocabulary
    sources: Mapping[str, Citation]
    panels: Mapping[str, Panel]
    policy: Policy
    signed: frozenset[tuple[str, str]]  # check, version


def read_profile(file: ProtocolFile, profile: str, shared: Shared) -> Protocol:
    """A protocol with one profile's numbers. Raises ValueError naming the check and what is wrong with it."""
    overlay = file.extended(profile)
    limits = {**file.limit, **{name: _overlaid(file, name, limit) for name, limit in overlay.limit.items()}}
    bands = {**file.band, **overlay.band}
    context = Numbers(
        shared.vocabulary,
        shared.policy,
        {name: limit.operators() for name, limit in limits.items()},
        {name: band.model_dump() for name, band in bands.items()},
    )
    _refuse_looser_limits(file, profile, limits, context)
    checks = tuple(_read_check(check, context, shared, file.version) for check in file.check)
    visits = overlay.visit if overlay.visit is not None else file.visit
    schedule = Schedule(visits=visits, only=file.only, safety=file.safety)
    return Protocol(file, profile, checks, schedule, bands, limits, shared.panels)


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


def _read_check(check: CheckFile, context: Numbers, shared: Shared, version: str) -> Check:
    sources = shared.sources
    numbers = replace(context, urgency=check.urgency)
    try:
        all_, any_, none, unless = (
            _predicates(group, numbers) for group in (check.all, check.any, check.none, check.unless)
        )
        branches = tuple(_read_branch(branch, check, context) for branch in check.branch)
        strength = _strength(check, signed=(check.id, version) in shared.signed)
        read = Check(check, all_, any_, none, unless, branches, (), strength, None)
        in_range = _read_in_range(check, read.asks_about, numbers)
    except ValueError as problem:
        raise ValueError(f"check {check.id}: {problem}") from problem
    unknown = [name for name in check.source if name not in sources]
    if unknown:
        raise ValueError(f"check {check.id}: no source named {', '.join(unknown)} in sources.toml")
    cited = tuple(sources[name] for name in check.source)
    return Check(check, all_, any_, none, unless, branches, cited, read.strength, in_range)


def _predicates(written: Sequence[Mapping[str, Any]], numbers: Numbers) -> tuple[Predicate, ...]:
    return tuple(read_predicate(condition, KINDS, numbers) for condition in written)


def _read_branch(branch: BranchFile, check: CheckFile, context: Numbers) -> Branch:
    urgency = branch.urgency or check.urgency
    numbers = replace(context, urgency=urgency)
    return Branch(branch, _predicates(branch.all, numbers))


def _strength(check: CheckFile, *, signed: bool) -> Strength:
    seen = set(check.confidence.replace(" ", "").split("/")).isdisjoint({"R", "E"})
    return Strength(check.grade, check.confidence, seen or signed)


def _read_in_range(check: CheckFile, analytes: Sequence[str], numbers: Numbers) -> InRange | None:
    if check.in_range is None:
        return None
    if isinstance(check.in_range, str):
        band = numbers.band(analytes[0], check.in_range)
    else:
        band = numbers.range(analytes[0], *check.in_range)
    within = check.in_range_within if check.in_range_within is not None else numbers.policy.in_range_for
    return InRange(band, within, _predicates(check.in_range_none, numbers))
