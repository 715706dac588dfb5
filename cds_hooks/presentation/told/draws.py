"""Conditions over what came before a draw in words: a change of dose, a dose, an illness, food."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from cds_hooks.judgement.predicates.draws.fasting import NotFasting
from cds_hooks.judgement.predicates.draws.hours import between
from cds_hooks.judgement.predicates.draws.illness import DrawnDuringIllness
from cds_hooks.judgement.predicates.draws.since_change import DrawnSinceChange
from cds_hooks.judgement.predicates.draws.since_dose import DrawnAfterDose
from cds_hooks.judgement.predicates.draws.since_start import DrawnSinceStart
from cds_hooks.judgement.predicates.drugs.dose_ratio import DoseRatio
from cds_hooks.presentation.told.terms import Terms, days, listed, plain


def _since_change(asked: DrawnSinceChange, terms: Terms) -> str:
    drug = listed(plain(asked.of)) if asked.of else "treatment"
    least = f"at least {days(asked.at_least)}" if asked.at_least is not None else ""
    most = f"less than {days(asked.less_than)}" if asked.less_than is not None else ""
    before = ", or before it" if asked.before_too else ""
    span = " and ".join(filter(None, (least, most)))
    return (
        f"newest {terms.label(asked.drawn_since_change)} drawn {span} after the last start or change of {drug}{before}"
    )


def _since_start(asked: DrawnSinceStart, terms: Terms) -> str:
    drug, but = listed(plain(asked.of)), f" (not {listed(plain(asked.not_route))})" if asked.not_route else ""
    newest = f"newest {terms.labels(asked.drawn_since_start)} drawn less than {days(asked.less_than)}"
    return f"{newest} after {drug}{but} was begun or given, and not taken before"


def _after_dose(asked: DrawnAfterDose, terms: Terms) -> str:
    unknown = ", or at a time that is not recorded," if asked.unknown_counts else ""
    which = "newest" if asked.newest else "a"
    hours = f"{asked.less_than.normalize():f} hours"
    return (
        f"{which} {terms.labels(asked.drawn_after_dose)} of the last {days(asked.within)} drawn less than {hours}"
        f"{unknown} after {listed(plain(asked.of))} was taken"
    )


def _during(asked: DrawnDuringIllness, terms: Terms) -> str:
    lasting = f", or while {listed(plain(asked.lasting))} lasts" if asked.lasting else ""
    ill = listed(plain(asked.ill_with))
    return f"newest {terms.labels(asked.drawn_during)} drawn within {days(asked.within)} after {ill} began{lasting}"


def _not_fasting(asked: NotFasting, terms: Terms) -> str:
    return f"newest {terms.label(asked.not_fasting)} not known to be drawn fasting {between(asked.clock)}"


def _dose_ratio(asked: DoseRatio, _terms: Terms) -> str:
    low, high = asked.outside
    return f"the daily doses of {listed(asked.dose_ratio, 'and')} outside {low}:1 to {high}:1"


DRAWS: Mapping[str, Callable[[Any, Terms], str]] = {
    "drawn_since_change": _since_change,
    "drawn_since_start": _since_start,
    "drawn_after_dose": _after_dose,
    "drawn_during": _during,
    "not_fasting": _not_fasting,
    "dose_ratio": _dose_ratio,
}
