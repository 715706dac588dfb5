"""The calendar of a protocol as actions: which tests are drawn on which days of treatment."""

from __future__ import annotations

from cds_hooks.judgement.planning.panels import members
from cds_hooks.judgement.planning.schedule import Visit
from cds_hooks.presentation.artifacts.artifact import Shape, url_of
from cds_hooks.presentation.artifacts.protocols.applicability import applicable
from cds_hooks.presentation.artifacts.protocols.checks import drawn
from cds_hooks.presentation.artifacts.quantities import days_quantity, days_range
from cds_hooks.presentation.canonical import slug
from cds_hooks.presentation.told.applying import drawn_in
from cds_hooks.presentation.told.planned import visit_days
from cds_hooks.presentation.told.terms import Terms, listed, plain

START = "treatment-start"
CALENDAR = "calendar"
DAYS = url_of("StructureDefinition", "visit-days")
MEANING = (
    "Visits are counted in days of treatment, from the action treatment-start: in the extension visit-days the day a "
    "visit is due (at), how many days before (early) and after (late) its results count, and after how many days it "
    "comes again (every). timingRange and offsetRange are the window of days of treatment that follows from these; "
    "timingTiming says how often a visit comes again."
)


def calendar(terms: Terms) -> list[Shape]:
    """The start of treatment, and every visit after it; nothing for a protocol without visits."""
    visits = terms.variant.schedule.visits
    if not visits:
        return []
    drug = listed(plain(terms.variant.file.drugs)) if terms.variant.file.drugs else "treatment"
    start = {
        "id": START,
        "title": f"Start of {drug}",
        "description": "The first day of the treatment that is running; a longer gap begins a new one. Days of visits "
        "are counted from here.",
    }
    inner = [_visit(visit, f"visit-{place}-{slug(visit.name)}", terms) for place, visit in enumerate(visits, 1)]
    group = {
        "id": CALENDAR,
        "title": "Blood tests by the calendar",
        "groupingBehavior": "logical-group",
        "selectionBehavior": "all",
        "action": inner,
    }
    return [start, group]


def _visit(visit: Visit, identity: str, terms: Terms) -> Shape:
    window = days_range(visit.at - visit.early, visit.at + visit.late)
    again = {"repeat": {"frequency": 1, "period": visit.every, "periodUnit": "d"}}
    shape: Shape = {
        "id": identity,
        "extension": [_days(visit)],
        "title": visit.name,
        "description": f"{terms.labels(visit.analytes, 'and')}: {visit_days(visit)}.",
        "relatedAction": [{"actionId": START, "relationship": "after-start", "offsetRange": window}],
        "timingRange" if visit.every is None else "timingTiming": window if visit.every is None else again,
    }
    form = {"condition": [applicable(f"given as {terms.forms(visit.form)}")]} if visit.form else {}
    tests = drawn(visit.analytes, identity, terms)
    for item, test in zip(visit.analytes, tests["action"], strict=True):
        test |= _only(item, terms)
    return shape | form | tests


def _days(visit: Visit) -> Shape:
    """The days as the file writes them."""
    written = {"at": visit.at, "early": visit.early, "late": visit.late, "every": visit.every}
    parts = [
        {"url": name, "valueDuration": days_quantity(number)} for name, number in written.items() if number is not None
    ]
    return {"url": DAYS, "extension": parts}


def _only(item: str, terms: Terms) -> Shape:
    """Whom an item is drawn in."""
    rules = terms.variant.schedule.only
    named = [item, *members((item,), terms.knowledge.panels)]
    said = [drawn_in(rules[one]) for one in dict.fromkeys(named) if one in rules]
    return {"condition": [applicable(sentence) for sentence in said]} if said else {}
