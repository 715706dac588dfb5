"""Draws that a protocol asks for, in words: after a check, and at its visits."""

from __future__ import annotations

from cds_hooks.judgement.planning.draws import Next
from cds_hooks.judgement.planning.schedule import Visit
from cds_hooks.presentation.told.terms import Terms, days


def next_draw(wish: Next, terms: Terms) -> str:
    """The draw that a raised check asks for."""
    when = "at once" if wish.after == 0 else f"from {days(wish.after)} on"
    cycle = ", not in the dosing cycle that is running" if wish.cycle == "next" else ""
    what = [terms.label(name) for name in wish.analytes]
    what += ["whatever it was raised on"] if wish.of_evidence else []
    if not what:
        return "none"
    return f"{', '.join(what)}: {when}, within {days(wish.before)}{cycle}"


def visit_days(visit: Visit) -> str:
    """When a visit is: `day 90 of treatment, from 14 days before to 30 days after`."""
    again = f", then every {days(visit.every)}" if visit.every is not None else ""
    return f"day {visit.at} of treatment{again}, from {days(visit.early)} before to {days(visit.late)} after"
