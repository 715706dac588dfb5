"""One engine behind every door: facts, knowledge and a moment become findings, derived numbers and proposed draws."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from itertools import groupby
from typing import NamedTuple

from cds_hooks.facts import Facts, Moment, Reading
from cds_hooks.findings import Considered, Draw, Finding, Held, ProtocolUsed, State
from cds_hooks.judged import Judged
from cds_hooks.judgement.chart.case import Case
from cds_hooks.judgement.chart.changes import changes_of
from cds_hooks.judgement.chart.derived import INPUTS, derive
from cds_hooks.judgement.chart.worked import Worked
from cds_hooks.judgement.checks import glance, glances, is_clear, judge
from cds_hooks.judgement.choice import choose
from cds_hooks.judgement.danger import possibly_critical
from cds_hooks.judgement.differential.differentiate import differentiate
from cds_hooks.judgement.gates import one_sided, suspended
from cds_hooks.judgement.gauges import gauges_of
from cds_hooks.judgement.knowledge.knowledge import Knowledge
from cds_hooks.judgement.planning.draws import Ask, ask_after_change, ask_of, ask_of_visit, plan
from cds_hooks.judgement.planning.notes import noted
from cds_hooks.judgement.planning.schedule import next_due
from cds_hooks.judgement.precedence import let_urgent_stand, silence_increases
from cds_hooks.judgement.predicates.outcome import Doubt
from cds_hooks.judgement.protocol.check import Check
from cds_hooks.judgement.protocol.protocol import Protocol, Verdict
from cds_hooks.judgement.repeats import missed_repeats, more_urgent
from cds_hooks.judgement.timing.course import Course, course_of, named_orders
from cds_hooks.judgement.timing.sequence import newest_first
from cds_hooks.judgement.verbalise import finding_of


class Judging(NamedTuple):
    """The verdicts on one patient, with what they rest on."""

    protocols: Sequence[Protocol]
    considered: tuple[Considered, ...]
    cases: Mapping[str, Case]
    verdicts: Sequence[Verdict]
    held: Mapping[tuple[str, str], Held]

    def settled(self) -> Sequence[Verdict]:
        """The verdicts with those open at a glance judged: an exception may make them clear."""
        return [one if one.outcome.truth is False else _reasoned(one, self.cases) for one in self.verdicts]


def evaluate(
    facts: Facts, knowledge: Knowledge, today: Moment, profiles: Sequence[str] = (), drawn_for: str | None = None
) -> Judged:
    """Judge every check of every protocol that applies, exactly one finding each. Never raises on any facts.

    `profiles` names the guideline variants wanted; each applies to the protocols that define it, the others use
    their default. `today` is the moment of judgement: nothing here reads a clock. Where one protocol is named by
    `drawn_for`, the draws are those that it asks for alone.
    """
    protocols, considered, cases, verdicts, held = judge_checks(facts, knowledge, today, profiles)
    if not protocols:
        return Judged((), (), tuple, tuple, (), considered, ())
    reasoned = [verdict for verdict in verdicts if verdict.reasoned]
    open_ = [verdict for verdict in reasoned if verdict.outcome.truth is not False]
    danger = possibly_critical(open_, protocols, cases)
    silenced = silence_increases(open_, frozenset(danger))
    telling = {
        id(verdict): finding_of(verdict, cases[verdict.protocol.id], danger) for verdict in reasoned if _tells(verdict)
    }
    lead = max(cases.values(), key=lambda case: case.course is not None)
    compare = partial(changes_of, lead)
    silent = frozenset((quiet.protocol, quiet.check) for quiet in silenced)
    asking = protocols if drawn_for is None else [protocol for protocol in protocols if protocol.id == drawn_for]
    return Judged(
        tuple(ProtocolUsed(protocol.id, protocol.file.version, protocol.profile) for protocol in protocols),
        tuple(telling.values()),
        partial(_explained, verdicts, telling, cases, danger),
        partial(derive, lead),
        _draws(open_, asking, cases, knowledge, silent),
        considered,
        silenced,
        lead.placed,
        tuple(held.values()),
        *differentiate(open_, tuple(telling.values()), cases, compare, knowledge.differential),
        compare,
        partial(_states, verdicts, cases),
        partial(_not_clear, verdicts, telling, cases, danger),
        len(verdicts),
        partial(gauges_of, protocols, cases),
    )


def _states(verdicts: Sequence[Verdict], cases: Mapping[str, Case]) -> dict[State, list[str]]:
    found: dict[State, list[str]] = {"raised": [], "unknown": [], "clear": []}
    for verdict in verdicts:
        truth = verdict.outcome.truth
        if truth is None and not verdict.reasoned and is_clear(verdict.check, cases[verdict.protocol.id]):
            truth = False
        found["unknown" if truth is None else "raised" if truth else "clear"].append(verdict.id)
    return found


def _tells(verdict: Verdict) -> bool:
    """Whether a card may speak of one with reasons: never where it is unknown only for want of a result."""
    outcome = verdict.outcome
    if outcome.truth is None:
        return bool(outcome.blocked)
    return outcome.truth or (verdict.check.in_range is not None and bool(outcome.readings))


def judge_checks(
    facts: Facts,
    knowledge: Knowledge,
    today: Moment,
    profiles: Sequence[str] = (),
    among: Collection[str] | None = None,
) -> Judging:
    """The verdicts before they are put into words.

    Where only some checks are asked for, `among` names them and those they wait for or yield to: others are left out,
    but for those that hold readings back and the gates, which decide what all may use.
    """
    protocols, considered = choose(facts, knowledge, profiles, today)
    if not protocols:
        return Judging((), considered, {}, (), {})
    cases = _cases(facts, knowledge, today, protocols, tuple(profiles))
    doubts = [
        verdict for one in protocols if one.holding.checks for verdict in glances(one.holding, one, cases[one.id])
    ]
    held = _held(doubts)
    if held:
        held_by = {place: item.check for place, item in held.items()}
        worked = next(iter(cases.values())).worked.without_held()
        cases = {name: case.with_held(held_by, worked) for name, case in cases.items()}
    gates = [verdict for one in protocols if one.gating.checks for verdict in glances(one.gating, one, cases[one.id])]
    if any(verdict.raised for verdict in gates):
        gates = [_reasoned(gate, cases) for gate in gates]
        before = next(iter(cases.values())).readings
        readings, bounds = one_sided(gates, before)
        if readings is not before:  # most gates only say something: nothing is then to be worked out again
            held.update(bounds)
            held_by = {place: item.check for place, item in held.items()}
            worked = Worked()
            cases = {name: case.with_one_sided(readings, held_by, worked) for name, case in cases.items()}
    late = [(one, check) for one in protocols for check in _among(one.waiting, among)]
    for one in protocols:
        if one.schedule.visits and _among(one.judging.checks, among):
            case = cases[one.id]
            cases[one.id] = case.with_due(next_due(case, one.schedule, case.panels))
    judged = [verdict for one in protocols for verdict in _judged(one, cases[one.id], among)]
    verdicts = suspended(let_urgent_stand([*doubts, *gates, *judged]), gates)
    missed = missed_repeats(verdicts, cases)
    last = [judge(check, one, cases[one.id].with_missed(missed)) for one, check in late]
    return Judging(protocols, considered, cases, [*more_urgent(verdicts, missed), *last], held)


def _judged(protocol: Protocol, case: Case, among: Collection[str] | None) -> list[Verdict]:
    if among is None:
        return glances(protocol.judging, protocol, case)
    return [glance(check, protocol, case) for check in _among(protocol.judging.checks, among)]


def _among(checks: Sequence[Check], names: Collection[str] | None) -> Sequence[Check]:
    return checks if names is None else [check for check in checks if check.file.id in names]


def _explained(
    verdicts: Sequence[Verdict],
    telling: Mapping[int, Finding],
    cases: Mapping[str, Case],
    danger: Mapping[str, Sequence[Doubt]],
) -> tuple[Finding, ...]:
    """The findings of all checks: those at hand, and the clear ones between them put into words."""
    findings = []
    for verdict in verdicts:
        case, found = cases[verdict.protocol.id], telling.get(id(verdict))
        if found is None:
            found = finding_of(_reasoned(verdict, cases), case, danger)
        findings.append(found)
    return tuple(findings)


def _not_clear(
    verdicts: Sequence[Verdict],
    telling: Mapping[int, Finding],
    cases: Mapping[str, Case],
    danger: Mapping[str, Sequence[Doubt]],
) -> tuple[Finding, ...]:
    """As `_explained`, without those that are clear: most are, and no words are made for them."""
    may_tell = [verdict for verdict in verdicts if verdict.outcome.truth is not False]
    return tuple([found for found in _explained(may_tell, telling, cases, danger) if found.state != "clear"])


def _reasoned(verdict: Verdict, cases: Mapping[str, Case]) -> Verdict:
    """The verdict with its reasons."""
    return verdict if verdict.reasoned else judge(verdict.check, verdict.protocol, cases[verdict.protocol.id])


def _held(verdicts: Sequence[Verdict]) -> dict[tuple[str, str], Held]:
    """What no other check may use, also where it is too old to tell anyone of."""
    return {
        (doubt.of.reference, doubt.analyte): Held(doubt.of.reference, doubt.analyte, verdict.id, doubt.text)
        for verdict in verdicts
        for doubt in verdict.outcome.doubts
        if doubt.holds
    }


def _cases(
    facts: Facts, knowledge: Knowledge, today: Moment, protocols: Sequence[Protocol], wanted: tuple[str, ...]
) -> dict[str, Case]:
    readings: dict[str, list[Reading]] = {}
    for reading in facts.readings:
        readings.setdefault(reading.analyte, []).append(reading)
    ordered = {analyte: newest_first(found) for analyte, found in readings.items()}
    unread = sorted((u for u in facts.unread if u.analyte is not None), key=lambda u: u.analyte or "")
    unusable = {analyte or "": tuple(found) for analyte, found in groupby(unread, key=lambda u: u.analyte)}
    worked = Worked(ordered=named_orders(facts))
    doubtful = frozenset([*unusable, *(one.analyte for one in facts.readings if one.status == "preliminary")])
    judged = frozenset(INPUTS).union(*(protocol.judged for protocol in protocols))
    courses: dict[tuple[tuple[str, ...], str], Course | None] = {}
    of_protocol: dict[str, Course | None] = {}
    for protocol in protocols:
        # Protocols about the same drugs share a course, unless one has forms of its own.
        name, drugs = protocol.id, protocol.drugs
        key = drugs, name if name in knowledge.own_forms else ""
        if key not in courses:
            courses[key] = course_of(drugs, facts, knowledge.forms_of(name), knowledge.policy, worked.ordered)
        of_protocol[name] = courses[key]
    known = tuple([course for course in courses.values() if course is not None])
    return {
        protocol.id: Case(
            facts=facts,
            vocabulary=knowledge.vocabulary,
            today=today,
            profile=protocol.profile,
            course=of_protocol[protocol.id],
            readings=ordered,
            unusable=unusable,
            judged=judged,
            panels=knowledge.panels,
            policy=knowledge.policy,
            words=knowledge.words,
            tables=knowledge.tables,
            doubtful=doubtful,
            extends=protocol.extends,
            wanted=wanted,
            worked=worked,
            courses=known,
        )
        for protocol in protocols
    }


def _draws(
    verdicts: Sequence[Verdict],
    protocols: Sequence[Protocol],
    cases: Mapping[str, Case],
    knowledge: Knowledge,
    silent: frozenset[tuple[str, str]],
) -> tuple[Draw, ...]:
    asks: list[Ask] = []
    names = {protocol.id for protocol in protocols}
    raised = [verdict for verdict in verdicts if verdict.outcome.truth and verdict.protocol.id in names]
    for protocol in protocols:
        case = cases[protocol.id]
        if case.due is not None:
            asking = (v.id for v in raised if v.protocol is protocol and v.check.asks_for_visits)
            asks.append(ask_of_visit(case.due, protocol.schedule, case, next(asking, None)))
        if protocol.schedule.visits and (changed := ask_after_change(case)) is not None:
            asks.append(changed)
    for verdict in raised:
        wish = verdict.next
        if wish is not None and (verdict.protocol.id, verdict.id) not in silent:
            drawn = max((reading.effective.day for reading in verdict.outcome.readings), default=None)
            measured = [reading.analyte for reading in verdict.outcome.readings] if wish.of_evidence else ()
            critical = verdict.urgency == "critical"
            asks.append(ask_of(verdict.id, wish, cases[verdict.protocol.id], drawn, measured, critical=critical))
    if not asks:
        return ()
    told = tuple(cases.values())
    lead = max(told, key=lambda case: case.course is not None)
    return tuple(noted(draw, knowledge.notes, lead) for draw in plan(told, asks, knowledge.any_time))
