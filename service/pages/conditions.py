"""Conditions of a protocol file in words, with the numbers and units that one profile gives them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from cds_hooks.judgement.predicates.again import WrittenAgain
from cds_hooks.judgement.predicates.bars import MULTIPLES
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
from cds_hooks.judgement.predicates.draw_times import DrawnAt, Mistimed
from cds_hooks.judgement.predicates.drugs import OfDrugs
from cds_hooks.judgement.predicates.goals import HasGoal
from cds_hooks.judgement.predicates.hours import DrawnBetween, between
from cds_hooks.judgement.predicates.implausible import WrittenImplausible
from cds_hooks.judgement.predicates.latest import WrittenLatest
from cds_hooks.judgement.predicates.measured import WrittenMeasured
from cds_hooks.judgement.predicates.mislabelled import WrittenReadsLike
from cds_hooks.judgement.predicates.missing import Missing
from cds_hooks.judgement.predicates.mixed_methods import MixedMethods
from cds_hooks.judgement.predicates.nadir import WrittenAboveNadir
from cds_hooks.judgement.predicates.not_listed import NotRecorded, NotTaking
from cds_hooks.judgement.predicates.organs import AnatomyAssumed, HasAnatomy, HasOrgan, LacksOrgan
from cds_hooks.judgement.predicates.predicate import ALL_OF
from cds_hooks.judgement.predicates.pregnancy import WrittenPregnant
from cds_hooks.judgement.predicates.projected import WrittenProjected
from cds_hooks.judgement.predicates.recorded import Recorded
from cds_hooks.judgement.predicates.reported import ReportedIn
from cds_hooks.judgement.predicates.rise import WrittenRise
from cds_hooks.judgement.predicates.taking import Planned, Stopped, Taking
from cds_hooks.judgement.predicates.unread import Noted, Unusable
from cds_hooks.judgement.predicates.visits import RepeatMissed, VisitIs
from cds_hooks.judgement.protocol import KINDS
from cds_hooks.judgement.threshold import OPERATORS, WORDS
from service.pages.terms import Terms, days, listed, plain, span

Told = Mapping[str, Any]


def told(written: Told, terms: Terms) -> str:
    """One condition."""
    if ALL_OF in written:
        return listed([told(part, terms) for part in written[ALL_OF]], "and")
    keyword = next(keyword for keyword in KINDS if keyword in written)
    return TELL[keyword](KINDS[keyword].model_validate(dict(written)), terms)


def compared(operators: Mapping[str, str | None]) -> str:
    """`at or above 54 %`."""
    return listed([f"{WORDS[name]} {operators[name]}" for name in OPERATORS if operators.get(name)], "and")


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
        return compared(asked.model_dump())
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
        return f"no usable {label} from day {asked.after} after {since}{until}, and none ordered"
    on = f" of the day of the newest {terms.label(asked.same_day_as)}," if asked.same_day_as is not None else ""
    return f"no usable {label}{on} in the last {days(asked.within)}, and none ordered"


def _taking(asked: Taking, terms: Terms) -> str:
    text = f"takes {listed(plain(asked.taking))}{_kind(asked)}"
    least = f", for at least {days(asked.at_least)}" if asked.at_least is not None else ""
    most = f", for less than {days(asked.less_than)}" if asked.less_than is not None else ""
    stopped = f", or stopped it within {days(asked.within)}" if asked.within is not None else ""
    return text + least + most + stopped


def _planned(asked: Planned, terms: Terms) -> str:
    return f"a draft order of {listed(plain(asked.planned))}{_kind(asked)}"


def _stopped(asked: Stopped, terms: Terms) -> str:
    when = f" within {days(asked.within)}" if asked.within is not None else ""
    return f"took {listed(plain(asked.stopped))}{_kind(asked)} and stopped{when}"


def _asked(asked: ProfileAsked, _terms: Terms) -> str:
    but = f" (other than {listed(asked.but_not)})" if asked.but_not else ""
    return f"a profile{but} was asked for by name"


def _not_taking(asked: NotTaking, _terms: Terms) -> str:
    return f"takes no {listed(plain(asked.not_taking))}"


def _not_recorded(asked: NotRecorded, _terms: Terms) -> str:
    return f"no {listed(plain(asked.not_recorded))} recorded, also not in the past"


def _kind(asked: OfDrugs) -> str:
    kinds = [listed(plain(kind)) for kind in (asked.route, asked.product, asked.given_as) if kind]
    kinds += ["acting in the whole body"] if asked.systemic else []
    return f" ({', '.join(kinds)})" if kinds else ""


def _given_as(asked: GivenAs, terms: Terms) -> str:
    return f"given as {terms.forms(asked.form)}"


def _treated_for(asked: TreatedFor, terms: Terms) -> str:
    return f"treated for {asked.treated_for.replace('_', ' ')} {days(asked.days)}"


def _recorded(asked: Recorded, terms: Terms) -> str:
    when = " as active" if not asked.past_too else ", also in the past"
    since = ", begun during the present treatment" if asked.since_start else ""
    since += f", begun or written down within {days(asked.within)}" if asked.within is not None else ""
    since += f", begun or written down more than {days(asked.older_than)} ago" if asked.older_than is not None else ""
    return f"{listed(plain(asked.condition))} recorded{when}{since}"


def _organ(asked: HasOrgan, terms: Terms) -> str:
    if asked.recorded:
        return f"has a {asked.organ} (recorded as present)"
    shown = f", or shown by a {terms.label(asked.shown_by)} result" if asked.shown_by is not None else ""
    return f"has a {asked.organ} (recorded, or assumed from the recorded sex{shown})"


def _anatomy(asked: HasAnatomy, terms: Terms) -> str:
    how = "by recorded organs alone" if asked.recorded else "by recorded organs, else by the recorded sex"
    return f"{asked.anatomy} anatomy ({how})"


def _anatomy_assumed(_asked: AnatomyAssumed, _terms: Terms) -> str:
    return "anatomy known from the administrative gender alone"


def _measured(asked: WrittenMeasured, terms: Terms) -> str:
    within = f" in the last {days(asked.within)}" if asked.within is not None else ""
    return f"a usable {terms.labels(asked.measured)} result{within}"


def _reported(asked: ReportedIn, terms: Terms) -> str:
    return f"newest {terms.label(asked.reported)} reported in {listed(asked.unit)}"


def _calculated(asked: WrittenCalculated, terms: Terms) -> str:
    within = f", of the last {days(asked.within)}" if asked.within is not None else ""
    label = asked.calculated.replace("_", " ")
    return f"{label} from total testosterone and SHBG of one draw {compared(asked.model_dump())}{within}"


def _goal(asked: HasGoal, terms: Terms) -> str:
    return f"a goal of the patient's own for {terms.label(asked.goal)} recorded"


def _counted(asked: WrittenCounted, terms: Terms) -> str:
    limit = terms.variant.limits[asked.limit].operators() if asked.limit is not None else asked.model_dump()
    hours = f", drawn {between(asked.clock)}" if asked.clock is not None else ""
    within = f", in the last {days(asked.within)}" if asked.within is not None else ""
    return f"{terms.label(asked.counted)} {compared(limit)} on at least {days(asked.times)}{hours}{within}"


def _drawn_between(asked: DrawnBetween, terms: Terms) -> str:
    return f"newest {terms.label(asked.drawn_between)} drawn between {between(asked.clock)}"


def _change(asked: WrittenChange, terms: Terms) -> str:
    since = f"{listed(plain(asked.since))} was begun" if asked.since else "treatment"
    verb, share = ("fallen", asked.fallen_by) if asked.fallen_by is not None else ("risen", asked.risen_by)
    by = f"more than {share}" if asked.more_than else f"{share} or more"
    parts = [f"{terms.label(asked.change)} has {verb} by {by} since before {since}"]
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
    limit = terms.variant.limits[asked.limit].operators() if asked.limit is not None else asked.model_dump()
    within = f", of the last {days(asked.within)}" if asked.within is not None else ""
    return f"newest {terms.label(asked.again)}{within} {compared(limit)} again, after it was not for a time"


def _projected(asked: WrittenProjected, terms: Terms) -> str:
    limit = terms.variant.limits[asked.limit].operators() if asked.limit is not None else asked.model_dump()
    trend = f"the trend of the last {asked.results} {terms.label(asked.projected)} results"
    return f"{trend} reaches a value {compared(limit)} before the next visit"


def _mixed_methods(asked: MixedMethods, terms: Terms) -> str:
    return f"the two newest {terms.label(asked.mixed_methods)} results differ in LOINC code or unit"


def _daily_dose(asked: WrittenDailyDose, _terms: Terms) -> str:
    return f"takes {listed(plain(asked.daily_dose))}{_kind(asked)}, {compared(asked.model_dump())} a day"


def _pregnant(_asked: WrittenPregnant, _terms: Terms) -> str:
    return "pregnancy recorded and not over, or likely from hCG"


def _last_period(asked: LastPeriod, _terms: Terms) -> str:
    least = [f"at least {days(asked.at_least)} ago"] if asked.at_least is not None else []
    most = [f"less than {days(asked.less_than)} ago"] if asked.less_than is not None else []
    return f"the last recorded period began {listed([*least, *most], 'and')}"


def _cycle_day(asked: CycleDay, terms: Terms) -> str:
    first, last = asked.between
    return f"newest {terms.label(asked.cycle_day)} drawn on day {first} to {last} of the cycle"


def _repeat_missed(_asked: RepeatMissed, _terms: Terms) -> str:
    return "a repeat that a check asked for was not made in time"


def _age_below(asked: AgeBelow, _terms: Terms) -> str:
    return f"aged under {asked.age_below}"


def _profile(asked: ProfileIs, terms: Terms) -> str:
    titles = [terms.variant.file.profile[profile].title for profile in asked.profile]
    return f"judged by the profile {listed(titles)}"


def _age(asked: AgeAtLeast, terms: Terms) -> str:
    return f"aged {asked.age_at_least} or more"


def _organ_absent(asked: LacksOrgan, _terms: Terms) -> str:
    return f"{asked.organ_absent} recorded as absent"


def _unusable(asked: Unusable, terms: Terms) -> str:
    which = "that no check judges" if asked.others else "that matters here"
    return f"a result {which} could not be read: {listed(_unread(asked.unread))}"


def _implausible(asked: WrittenImplausible, terms: Terms) -> str:
    windows = [f"{terms.label(analyte)} {span(*window)}" for analyte, window in asked.implausible.items()]
    return f"a result outside what a living person can have: {listed(windows)}"


def _reads_like(asked: WrittenReadsLike, terms: Terms) -> str:
    outside = f", outside {span(*asked.outside)}," if asked.outside is not None else ""
    label, held = terms.label(asked.reads_like), f", held from {asked.holds_from}" if asked.holds_from else ""
    other = f"{span(*asked.between)} as {asked.as_unit}"
    return f"{label} labelled {listed(asked.labelled)}{outside} that would be {other}{held}"


def _noted(asked: Noted, terms: Terms) -> str:
    also = f", also of {terms.labels(asked.also)}," if asked.also else ""
    return f"the newest result of some test{also} is marked: {asked.noted.replace('-', ' ')}"


def _mistimed(asked: Mistimed, terms: Terms) -> str:
    return f"newest {terms.labels(asked.mistimed)} on treatment {_MISTIMED[asked.kind]}"


def _drawn(asked: DrawnAt, terms: Terms) -> str:
    return f"newest {terms.label(asked.drawn)} drawn {listed([_TIMING[timing] for timing in asked.at])}"


def _visit(asked: VisitIs, terms: Terms) -> str:
    among = f", with {terms.labels(asked.any_of)} among them" if asked.any_of else ""
    when = f"due within {days(asked.within)}" if asked.visit == "due" else "past their window"
    return f"the next set of blood tests is {when}{among}"


def _unread(reasons: Iterable[str]) -> list[str]:
    return [_REASONS.get(reason) or reason.replace("-", " ").replace("effective", "date") for reason in reasons]


_REASONS = {
    "unit-dimension": "unit of another kind of quantity",
    "version-conflict": "two versions that differ",
    "code-conflict": "codes that disagree",
}
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
_MISTIMED = {
    "invalid": "was drawn at a time after the dose that is not valid",
    "unknown": "was drawn at a time after the dose that is not known",
    "no-form": "cannot be timed: how the drug is given is not recorded, or has no rules here",
    "early": "was drawn before the level had settled after the start or last change",
}
TELL: Mapping[str, Callable[[Any, Terms], str]] = {
    "latest": _latest,
    "rise": _rise,
    "no_result": _missing,
    "taking": _taking,
    "form": _given_as,
    "treated_for": _treated_for,
    "condition": _recorded,
    "organ": _organ,
    "organ_absent": _organ_absent,
    "profile": _profile,
    "age_at_least": _age,
    "unread": _unusable,
    "implausible": _implausible,
    "reads_like": _reads_like,
    "noted": _noted,
    "mistimed": _mistimed,
    "drawn": _drawn,
    "visit": _visit,
    "repeat_missed": _repeat_missed,
    "planned": _planned,
    "stopped": _stopped,
    "anatomy": _anatomy,
    "assumed_anatomy": _anatomy_assumed,
    "age_below": _age_below,
    "goal": _goal,
    "measured": _measured,
    "above_nadir": _above_nadir,
    "again": _again,
    "projected": _projected,
    "mixed_methods": _mixed_methods,
    "daily_dose": _daily_dose,
    "pregnant": _pregnant,
    "last_period": _last_period,
    "cycle_day": _cycle_day,
    "counted": _counted,
    "drawn_between": _drawn_between,
    "change": _change,
    "calculated": _calculated,
    "asked": _asked,
    "not_taking": _not_taking,
    "not_recorded": _not_recorded,
    "reported": _reported,
}
