"""What the page of a timeline shows, for whoever has a chart: a form that somebody sent, or an EHR that opened it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from cds_hooks.facts import Facts, Moment, Unread
from cds_hooks.findings import Finding
from cds_hooks.judged import Judged
from cds_hooks.judgement.timing.age import age
from cds_hooks.presentation.cards.topics import rank
from cds_hooks.presentation.timeline.timeline import timeline
from cds_hooks.presentation.timeline.units import SYSTEMS, System
from cds_hooks.presentation.timeline.values import Timeline
from service.pages.timeline.picture import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, picture_of
from service.pages.timeline.room import fitted
from service.pages.timeline.span import PERIODS, span_of
from service.pages.timeline.therapies import rails_of
from service.site.site import Site

FRAME = {"width": WIDTH, "height": HEIGHT, "left": LEFT, "right": RIGHT, "top": TOP, "bottom": BOTTOM}
# Pictures on the printed page, by the lines of findings and therapies above them; the others are named below.
_PRINTED = ((9, 12), (15, 9), (24, 6))


class View(NamedTuple):
    """How it is to be shown."""

    system: System
    period: str


class Choice(NamedTuple):
    """A protocol that was judged and has more than one profile."""

    protocol: str
    used: str
    profiles: Sequence[str]


def view_of(units: str, period: str) -> View:
    """As asked for, where there is such a way; else everything, in conventional units."""
    system = next((one for one in SYSTEMS if one == units), SYSTEMS[0])
    return View(system, period if period in PERIODS else PERIODS[0])


class Person(NamedTuple):
    """What tells patients apart without a name, which is never read."""

    reference: str
    born: date | None


def about(facts: Facts) -> Person:
    """Whose chart it is."""
    return Person(facts.patient.reference, facts.patient.birth_date)


def shown(
    site: Site, judged: Judged, facts: Facts, today: Moment, view: View, first: Sequence[str] = ()
) -> dict[str, Any]:
    """What the template needs. Analytes that come `first` are those the page was opened about."""
    line, older, more, on_paper = fitted(timeline(judged, facts, site.knowledge, today, view.system))
    rows = sorted(line.rows, key=lambda row: row.analyte not in first)
    span, raised = span_of(line, view.period), _raised(judged)
    return {
        "line": line,
        "view": view,
        "periods": PERIODS,
        "systems": SYSTEMS,
        "pictures": [picture_of(row, line, span) for row in rows],
        "opened": frozenset(first),
        "rails": rails_of(line, span),
        "older": older,
        "more_therapies": more,
        "bars_on_paper": on_paper,
        "strayed": _strayed(facts),
        "is_judged": any(one.applies for one in judged.considered),
        "frame": FRAME,
        "printed": _printed(len(raised), len(on_paper)),
        "raised": raised,
        "choices": choices(site, line),
        "age": age(facts.patient.birth_date, today.day),
        "sex": facts.patient.sex,
        "as_of": today.text.replace("T", " "),
    }


def _raised(judged: Judged) -> list[Finding]:
    """What is raised, the urgent first."""
    return sorted((one for one in judged.telling if one.state == "raised"), key=lambda one: rank(one.urgency))


def _strayed(facts: Facts) -> list[Unread]:
    """What was not read and is in no picture: no result, no known one, or one without a day."""
    return [one for one in facts.unread if one.analyte is None or one.effective is None]


def _printed(findings: int, therapies: int) -> int:
    """How many pictures leave one page of paper one page."""
    lines = findings / 2 + therapies
    return next((count for most, count in _PRINTED if lines < most), 3)


def choices(site: Site, line: Timeline) -> list[Choice]:
    """The profiles there are to choose from, of the protocols that this patient is judged by."""
    known = {used.id: site.knowledge.protocol(used.id) for used in line.protocols}
    return [
        Choice(used.id, used.profile, tuple(file.profile))
        for used in line.protocols
        if (file := known[used.id]) is not None and len(file.profile) > 1
    ]
