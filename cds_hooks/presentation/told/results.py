"""Conditions over results in words: values, counts, trends, and results that are not there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from cds_hooks.judgement.predicates.bars import MULTIPLES
from cds_hooks.judgement.predicates.doubtful.measured import WrittenMeasured
from cds_hooks.judgement.predicates.doubtful.missing import Missing
from cds_hooks.judgement.predicates.draws.draw_times import DrawnAt
from cds_hooks.judgement.predicates.draws.hours import WrittenDrawnBetween, between
from cds_hooks.judgement.predicates.several.again import WrittenAgain
from cds_hooks.judgement.predicates.several.change import WrittenChange
from cds_hooks.judgement.predicates.several.counted import WrittenCounted
from cds_hooks.judgement.predicates.several.mixed_methods import MixedMethods
from cds_hooks.judgement.predicates.several.nadir import WrittenAboveNadir
from cds_hooks.judgement.predicates.several.projected import WrittenProjected
from cds_hooks.judgement.predicates.several.rise import WrittenRise
from cds_hooks.judgement.predicates.several.true_change import TrueChange
from cds_hooks.judgement.predicates.single.age_table import WrittenAgeTable
from cds_hooks.judgement.predicates.single.before_treatment import WrittenBeforeTreatment
from cds_hooks.judgement.predicates.single.fraction import WrittenFraction
from cds_hooks.judgement.predicates.single.latest import WrittenLatest
from cds_hooks.judgement.predicates.single.reported import ReportedIn
from cds_hooks.judgement.predicates.single.sds import WrittenSds
from cds_hooks.judgement.predicates.single.target import WrittenTarget
from cds_hooks.judgement.written.threshold import OPERATORS, WORDS
from cds_hooks.presentation.told.terms import Terms, days, listed, plain, span


def compared(operators: Mapping[str, str | None]) -> str:
    """`at or above 54 %`."""
    return listed([f"{WORDS[name]} {operators[name]}" for name in OPERATORS if operators.get(name)], "and")


_TIMING = {
    "valid": "at a valid time after the dose",
    "mid": "mid-interval",
    "trough": "at trough",
    "peak": "at peak",
    "late": "after a missed dose",
    "pre-dose": "before the dose",
    "other": "outside the valid times",
    "unknown": "at a time nobody knows",
}


def _latest(asked: WrittenLatest, terms: Terms) -> str:
    multiplied = f", multiplied by {asked.adjusted_by}," if asked.adjusted_by != 1 else ""
    parts = [f"newest {terms.label(asked.latest)}{multiplied} {_beyond(asked, terms)}"]
    if asked.timing:
        parts.append(f"drawn {listed([_TIMING[timing] for timing in asked.timing])}")
    if asked.within is not None:
        parts.append(f"of the last {days(asked.within)}")
    if asked.times > 1:
        parts.append(f"in {asked.times} results at least {days(asked.apart)} apart")
    if asked.codes:
        parts.append(f"measured as LOINC {listed(asked.codes)}")
    if asked.band is not None:
        parts.append("or so of the patient's own goal, where one is recorded")
    return ", ".join(parts)


def _beyond(asked: WrittenLatest, terms: Terms) -> str:
    if asked.band is not None:
        band = terms.variant.bands[asked.band]
        return f"{asked.side} the target of {span(band.low, band.high)}"
    if asked.limit is not None:
        return compared(terms.variant.limits[asked.limit].operators())
    multiple = next((name for name in MULTIPLES if getattr(asked, name) is not None), None)
    if multiple is None:
        return compared(asked.as_written())
    (operator, edge), times = MULTIPLES[multiple], getattr(asked, multiple)
    assumed = asked.upper if edge == "upper" else asked.lower
    other = f" (where it gives none, of {assumed})" if assumed is not None else ""
    return f"{WORDS[operator]} {times} × the laboratory's own {edge} limit{other}"


def _rise(asked: WrittenRise, terms: Terms) -> str:
    since = "since before treatment" if asked.after is None else f"since the first result after day {asked.after}"
    parts = [f"{terms.label(asked.rise)} has risen {since} by {_rise_in_words(asked)}"]
    if asked.until is not None:
        parts.append(f"first by day {asked.until} of treatment")
    if asked.times > 1:
        parts.append(f"in {asked.times} results at least {days(asked.apart)} apart")
    return ", ".join(parts)


def _rise_in_words(asked: WrittenRise) -> str:
    return f"more than {asked.above}" if asked.above is not None else f"{asked.at_least} or more"


def _missing(asked: Missing, terms: Terms) -> str:
    label = terms.label(asked.no_result)
    drug = listed(plain(asked.since_start_of)) if asked.since_start_of else "treatment"
    if asked.before_start is not None:
        return f"no usable {label} in the {days(asked.before_start)} before {drug} was begun"
    if asked.within is None:
        since = "the last start or change of treatment" if asked.since_change else f"{drug} was begun"
        until = f", looked for from day {asked.until}" if asked.until is not None else ""
        until += f" to day {asked.for_days}" if asked.for_days is not None else ""
        return f"no usable {label} from day {asked.after} after {since}{until}, and none ordered"
    on = f" of the day of the newest {terms.label(asked.same_day_as)}," if asked.same_day_as is not None else ""
    return f"no usable {label}{on} in the last {days(asked.within)}, and none ordered"


def _measured(asked: WrittenMeasured, terms: Terms) -> str:
    within = f" in the last {days(asked.within)}" if asked.within is not None else ""
    return f"a usable {terms.labels(asked.measured)} result{within}"


def _reported(asked: ReportedIn, terms: Terms) -> str:
    return f"newest {terms.label(asked.reported)} reported in {listed(asked.unit)}"


def _before_treatment(asked: WrittenBeforeTreatment, terms: Terms) -> str:
    return f"the last {terms.label(asked.before_treatment)} before treatment {compared(asked.as_written())}"


def _counted(asked: WrittenCounted, terms: Terms) -> str:
    limit = terms.variant.limits[asked.limit].operators() if asked.limit is not None else asked.as_written()
    hours = f", drawn {between(asked.clock)}" if asked.clock is not None else ""
    within = f", in the last {days(asked.within)}" if asked.within is not None else ""
    return f"{terms.label(asked.counted)} {compared(limit)} on at least {days(asked.times)}{hours}{within}"


def _drawn_between(asked: WrittenDrawnBetween, terms: Terms) -> str:
    food = ", not after food" if asked.not_after_food else ""
    return f"newest {terms.label(asked.drawn_between)} drawn {between(asked.clock)}{food}"


def _drawn(asked: DrawnAt, terms: Terms) -> str:
    return f"newest {terms.label(asked.drawn)} drawn {listed([_TIMING[timing] for timing in asked.at])}"


def _change(asked: WrittenChange, terms: Terms) -> str:
    since = f"{listed(plain(asked.since))} was begun" if asked.since else "treatment"
    verb, share = ("fallen", asked.fallen_by) if asked.fallen_by is not None else ("risen", asked.risen_by)
    by = f"more than {share}" if asked.more_than else f"{share} or more"
    parts = [f"{terms.label(asked.change)} has {verb} by {by} since before {since}"]
    if asked.or_first:
        parts.append("or since the first one after it, where there is none before")
    if asked.from_day is not None:
        parts.append(f"from day {asked.from_day}")
    if asked.until_day is not None:
        parts.append(f"until day {asked.until_day}")
    return ", ".join(parts)


def _above_nadir(asked: WrittenAboveNadir, terms: Terms) -> str:
    drug = listed(plain(asked.since_start_of)) if asked.since_start_of else "treatment"
    limit = f"more than {asked.above}" if asked.above is not None else f"{asked.at_least} or more"
    text = f"newest {terms.label(asked.above_nadir)} {limit} above the lowest since {drug} was begun"
    if asked.times > 1:
        text += f", in {asked.times} results in a row at least {days(asked.apart)} apart"
    return text


def _again(asked: WrittenAgain, terms: Terms) -> str:
    limit = terms.variant.limits[asked.limit].operators() if asked.limit is not None else asked.as_written()
    within = f", of the last {days(asked.within)}" if asked.within is not None else ""
    return f"newest {terms.label(asked.again)}{within} {compared(limit)} again, after it was not for a time"


def _projected(asked: WrittenProjected, terms: Terms) -> str:
    limit = terms.variant.limits[asked.limit].operators() if asked.limit is not None else asked.as_written()
    trend = f"the trend of the last {asked.results} {terms.label(asked.projected)} results"
    return f"{trend} reaches a value {compared(limit)} before the next visit"


def _mixed_methods(asked: MixedMethods, terms: Terms) -> str:
    by = "the method of their LOINC code" if asked.by_method else "LOINC code or unit"
    return f"the two newest {terms.label(asked.mixed_methods)} results differ in {by}"


def _target(asked: WrittenTarget, terms: Terms) -> str:
    within = f", of the last {days(asked.within)}," if asked.within is not None else ""
    return f"newest {terms.label(asked.target)}{within} {asked.side} the patient's target ({asked.function})"


def _fraction(asked: WrittenFraction, terms: Terms) -> str:
    assumed = f" (where it gives none, of {asked.lower} to {asked.upper})" if asked.lower is not None else ""
    within = f", of the last {days(asked.within)}," if asked.within is not None else ""
    share = compared(asked.as_written(OPERATORS))
    return f"newest {terms.label(asked.fraction)}{within} {share} of the laboratory's own range{assumed}"


def _sds(asked: WrittenSds, terms: Terms) -> str:
    text = f"newest {terms.label(asked.sds)} {compared(asked.as_written(OPERATORS))} SD for age"
    if asked.within is not None:
        text += f", of the last {days(asked.within)}"
    if asked.times > 1:
        text += f", in {asked.times} results at least {days(asked.apart)} apart"
    return text


def _age_table(asked: WrittenAgeTable, terms: Terms) -> str:
    within = f", of the last {days(asked.within)}," if asked.within is not None else ""
    label = terms.label(asked.age_table)
    return f"newest {label}{within} {asked.side} the laboratory's own range, else that of age and sex"


def _true_change(asked: TrueChange, terms: Terms) -> str:
    which = "a result" if asked.true_change is True else terms.labels(asked.true_change)
    return f"{which} changed by more than noise"


RESULTS: Mapping[str, Callable[[Any, Terms], str]] = {
    "latest": _latest,
    "rise": _rise,
    "no_result": _missing,
    "drawn": _drawn,
    "measured": _measured,
    "before_treatment": _before_treatment,
    "above_nadir": _above_nadir,
    "again": _again,
    "projected": _projected,
    "mixed_methods": _mixed_methods,
    "counted": _counted,
    "drawn_between": _drawn_between,
    "change": _change,
    "reported": _reported,
    "target": _target,
    "fraction": _fraction,
    "sds": _sds,
    "age_table": _age_table,
    "true_change": _true_change,
}
