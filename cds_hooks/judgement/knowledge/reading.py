"""Protocol files become protocols ready to judge: the checks, numbers and visits that one profile means."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cds_hooks.findings import Citation, Strength
from cds_hooks.judgement.knowledge.kinds import KINDS
from cds_hooks.judgement.planning.panels import Panel, members
from cds_hooks.judgement.planning.schedule import Schedule
from cds_hooks.judgement.predicates.predicate import Numbers, Predicate, read_predicate
from cds_hooks.judgement.protocol.check import Branch, Check, InRange
from cds_hooks.judgement.protocol.protocol import Protocol
from cds_hooks.judgement.written.policy import Policy
from cds_hooks.judgement.written.profiles import LimitFile
from cds_hooks.judgement.written.written import BranchFile, CheckFile, ProtocolFile
from terminology.vocabulary import Vocabulary


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
        {name: band.as_written() for name, band in bands.items()},
    )
    _refuse_looser_limits(file, profile, limits, context)
    checks = tuple(_read_check(check, context, shared, file.version) for check in file.check)
    visits = overlay.visit if overlay.visit is not None else file.visit
    schedule = Schedule(visits=visits, only=file.only, safety=file.safety)
    drawn = members([name for visit in visits for name in visit.analytes], shared.panels)
    _refuse_unknown_analytes("visit", drawn, shared.vocabulary)
    _refuse_unknown_analytes("safety", members(file.safety, shared.panels), shared.vocabulary)
    return Protocol(file, profile, checks, schedule, bands, limits, shared.panels)


def _overlaid(file: ProtocolFile, name: str, limit: LimitFile) -> LimitFile:
    if name not in file.limit:
        raise ValueError(f"a profile changes the limit {name!r}, which the protocol does not have")
    shared = file.limit[name]
    return limit.but(analyte=shared.analyte, floor=shared.floor)


def _refuse_looser_limits(file: ProtocolFile, profile: str, limits: Mapping[str, LimitFile], context: Numbers) -> None:
    for name, limit in limits.items():
        if limit.floor is None or limit.analyte is None:
            continue
        floor = context.threshold(limit.analyte, limit.floor)
        if context.named_limit(limit.analyte, name).looser_than(floor):
            raise ValueError(f"limit {name!r} is looser than {floor.words}")


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
    for wish in (check.next, *(branch.next for branch in check.branch)):
        _refuse_unknown_analytes(f"check {check.id}, next", wish.analytes if wish else (), shared.vocabulary)
    cited = tuple(sources[name] for name in check.source)
    return Check(check, all_, any_, none, unless, branches, cited, read.strength, in_range)


def _refuse_unknown_analytes(where: str, names: Iterable[str], vocabulary: Vocabulary) -> None:
    """Something else would be drawn and ordered by nobody. A check asks for analytes alone, a visit also for panels."""
    unknown = [name for name in names if name not in vocabulary.analytes]
    if unknown:
        raise ValueError(f"{where}: no analyte named {', '.join(unknown)}")


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
