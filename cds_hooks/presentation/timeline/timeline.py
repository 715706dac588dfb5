"""The timeline of one patient, from what was judged, the facts and the knowledge: arranged, never judged anew."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from cds_hooks.facts import Facts, Moment, Therapy
from cds_hooks.findings import URGENCIES, Draw, Finding
from cds_hooks.judged import Judged
from cds_hooks.judgement.knowledge.knowledge import Knowledge
from cds_hooks.presentation.timeline.gauged import bands_of, lines_of, moved_of
from cds_hooks.presentation.timeline.points import Marks, marks_of, points_of
from cds_hooks.presentation.timeline.units import System, shown_in
from cds_hooks.presentation.timeline.values import Bar, Given, Planned, Row, Timeline
from cds_hooks.presentation.wording import name


def timeline(
    judged: Judged, facts: Facts, knowledge: Knowledge, today: Moment, system: System = "conventional"
) -> Timeline:
    """Every analyte with a result of any kind, every therapy and every dose."""
    marks = marks_of(judged)
    analytes = dict.fromkeys([one.analyte for one in facts.readings] + [one.analyte or "" for one in facts.unread])
    known = [one for one in knowledge.vocabulary.analytes if one in analytes]
    rows = [_row(analyte, judged, facts, knowledge, marks, system) for analyte in known]
    return Timeline(
        today=today.day,
        system=system,
        rows=tuple(sorted((row for row in rows if row.points), key=_place)),
        bars=tuple(sorted(map(_bar, facts.therapies), key=lambda bar: (bar.start or date.min, bar.name))),
        doses=tuple(Given(dose.at, dose.drug) for dose in sorted(facts.doses, key=lambda dose: dose.at.day)),
        protocols=judged.protocols,
    )


def _row(analyte: str, judged: Judged, facts: Facts, knowledge: Knowledge, marks: Marks, system: System) -> Row:
    shown, gauges = shown_in(knowledge.vocabulary, analyte, system), judged.gauges
    points = points_of(analyte, facts, shown, marks)
    here = {one.reference for one in points}
    change = next((one for one in judged.changes if one.analyte == analyte), None)
    return Row(
        analyte=analyte,
        label=name(knowledge.words, analyte),
        unit=shown.printed,
        points=points,
        bands=bands_of(gauges.targets, analyte, shown),
        lines=lines_of(gauges.limits, analyte, shown),
        moved=moved_of(change, facts, shown) if change is not None else None,
        next=_next(judged.draws, analyte),
        raised=tuple(one for one in marks.raised if _rests_on(one, analyte, here)),
    )


def _rests_on(finding: Finding, analyte: str, references: set[str]) -> bool:
    return any(one.analyte == analyte and one.reference in references for one in finding.evidence)


def _next(draws: Sequence[Draw], analyte: str) -> Planned | None:
    asked = sorted((one for one in draws if analyte in one.analytes), key=lambda one: one.due)
    if not asked:
        return None
    first = asked[0]
    return Planned(
        due=first.slot.start.date() if first.slot is not None else first.due,
        earliest=first.earliest,
        latest=first.latest,
        instruction=first.instruction,
        slot=first.slot,
    )


def _bar(therapy: Therapy) -> Bar:
    return Bar(
        name=therapy.name,
        drug=therapy.drug,
        status=therapy.status,
        dose=therapy.dose or "",
        every_hours=therapy.interval_hours,
        start=therapy.start.day if therapy.start is not None else None,
        end=therapy.end.day if therapy.end is not None else None,
        is_current=therapy.current,
        is_planned=therapy.planned,
    )


def _place(row: Row) -> tuple[int, int, int]:
    """Urgent findings first, then what has a target or a limit, then what is drawn next."""
    worst = max((URGENCIES.index(one.urgency) for one in row.raised), default=-1)
    is_gauged = any(band.kind != "in-range" for band in row.bands) * 2 + bool(row.bands or row.lines)
    return -worst, -is_gauged, -(row.moved is not None)
