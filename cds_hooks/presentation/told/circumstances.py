"""Conditions over the person and the treatment in words: drugs, diagnoses, organs, age, cycle and visits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from cds_hooks.judgement.predicates.draws.before_start import DrawnBeforeStart, DrawnOnTreatment
from cds_hooks.judgement.predicates.draws.cycle import CycleDay, LastPeriod
from cds_hooks.judgement.predicates.drugs.daily_dose import WrittenDailyDose
from cds_hooks.judgement.predicates.drugs.drugs import OfDrugs
from cds_hooks.judgement.predicates.drugs.not_listed import NotRecorded, NotTaking
from cds_hooks.judgement.predicates.drugs.started import Started
from cds_hooks.judgement.predicates.drugs.stated import StatedLongAgo
from cds_hooks.judgement.predicates.drugs.taking import Planned, Stopped, Taking
from cds_hooks.judgement.predicates.person.circumstances import (
    AgeAtLeast,
    AgeBelow,
    GivenAs,
    ProfileAsked,
    ProfileIs,
    TreatedFor,
)
from cds_hooks.judgement.predicates.person.organs import AnatomyAssumed, HasAnatomy, HasOrgan, LacksOrgan
from cds_hooks.judgement.predicates.person.pregnancy import WrittenPregnant
from cds_hooks.judgement.predicates.person.recorded import Recorded
from cds_hooks.judgement.predicates.single.goals import HasGoal
from cds_hooks.judgement.predicates.visits import RepeatMissed, VisitIs
from cds_hooks.presentation.told.results import compared
from cds_hooks.presentation.told.terms import Terms, days, listed, plain


def _taking(asked: Taking, terms: Terms) -> str:
    text = f"takes {listed(plain(asked.taking))}{_kind(asked)}"
    least = f", for at least {days(asked.at_least)}" if asked.at_least is not None else ""
    most = f", for less than {days(asked.less_than)}" if asked.less_than is not None else ""
    most += ", each order for itself" if asked.each_order else ""
    stopped = f", or stopped it within {days(asked.within)}" if asked.within is not None else ""
    return text + least + most + stopped


def _planned(asked: Planned, terms: Terms) -> str:
    return f"a draft order of {listed(plain(asked.planned))}{_kind(asked)}"


def _stated_long_ago(asked: StatedLongAgo, _terms: Terms) -> str:
    drug = listed(plain(asked.stated_long_ago))
    return f"{drug} known from statements alone, the last older than {days(asked.older_than)}"


def _on_treatment(asked: DrawnOnTreatment, terms: Terms) -> str:
    return f"newest {terms.label(asked.drawn_on_treatment)} drawn since treatment began, or its beginning not recorded"


def _stopped(asked: Stopped, terms: Terms) -> str:
    when = f" within {days(asked.within)}" if asked.within is not None else ""
    return f"took {listed(plain(asked.stopped))}{_kind(asked)} and stopped{when}"


def _started(asked: Started, _terms: Terms) -> str:
    return f"{listed(plain(asked.started))}{_kind(asked)} {listed(asked.what)} within {days(asked.within)}"


def _not_taking(asked: NotTaking, _terms: Terms) -> str:
    return f"takes no {listed(plain(asked.not_taking))}"


def _not_recorded(asked: NotRecorded, _terms: Terms) -> str:
    return f"no {listed(plain(asked.not_recorded))} recorded, also not in the past"


def _asked(asked: ProfileAsked, _terms: Terms) -> str:
    but = f" (other than {listed(asked.but_not)})" if asked.but_not else ""
    which = "a profile" if asked.asked is True else f"the profile {listed(asked.asked)}"
    return f"{which}{but} was asked for by name"


def _kind(asked: OfDrugs) -> str:
    kinds = [listed(plain(kind)) for kind in (asked.route, asked.product, asked.given_as) if kind]
    kinds += ["acting in the whole body"] if asked.systemic else []
    kinds += [f"not {listed(plain(asked.not_route))}"] if asked.not_route else []
    return f" ({', '.join(kinds)})" if kinds else ""


def _daily_dose(asked: WrittenDailyDose, _terms: Terms) -> str:
    return f"takes {listed(plain(asked.daily_dose))}{_kind(asked)}, {compared(asked.as_written())} a day"


def _given_as(asked: GivenAs, terms: Terms) -> str:
    return f"given as {terms.forms(asked.form)}"


def _treated_for(asked: TreatedFor, terms: Terms) -> str:
    if asked.treated_for == "unknown":
        return "treated, and since when is not known"
    return f"treated for {asked.treated_for.replace('_', ' ')} {days(asked.days)}"


def _recorded(asked: Recorded, terms: Terms) -> str:
    when = " as active" if not asked.past_too else ", also in the past"
    since = ", begun during the present treatment" if asked.since_start else ""
    since += ", not begun before the present treatment" if asked.not_before_start else ""
    since += f", begun or written down within {days(asked.within)}" if asked.within is not None else ""
    since += f", begun or written down more than {days(asked.older_than)} ago" if asked.older_than is not None else ""
    return f"{listed(plain(asked.condition))} recorded{when}{since}"


def _organ(asked: HasOrgan, terms: Terms) -> str:
    if asked.recorded:
        return f"has a {asked.organ} (recorded as present)"
    shown = f", or shown by a {terms.label(asked.shown_by)} result" if asked.shown_by is not None else ""
    return f"has a {asked.organ} (recorded, or assumed from the recorded sex{shown})"


def _organ_absent(asked: LacksOrgan, _terms: Terms) -> str:
    return f"{asked.organ_absent} recorded as absent"


def _anatomy(asked: HasAnatomy, terms: Terms) -> str:
    how = "by recorded organs alone" if asked.recorded else "by recorded organs, else by the recorded sex"
    return f"{asked.anatomy} anatomy ({how})"


def _anatomy_assumed(_asked: AnatomyAssumed, _terms: Terms) -> str:
    return "anatomy known from the administrative gender alone"


def _age(asked: AgeAtLeast, terms: Terms) -> str:
    return f"aged {asked.age_at_least} or more"


def _age_below(asked: AgeBelow, _terms: Terms) -> str:
    return f"aged under {asked.age_below}"


def _profile(asked: ProfileIs, terms: Terms) -> str:
    titles = [terms.variant.file.profile[profile].title for profile in asked.profile]
    return f"judged by the profile {listed(titles)}"


def _goal(asked: HasGoal, terms: Terms) -> str:
    return f"a goal of the patient's own for {terms.label(asked.goal)} recorded"


def _pregnant(_asked: WrittenPregnant, _terms: Terms) -> str:
    return "pregnancy recorded and not over, or likely from hCG"


def _last_period(asked: LastPeriod, _terms: Terms) -> str:
    least = [f"at least {days(asked.at_least)} ago"] if asked.at_least is not None else []
    most = [f"less than {days(asked.less_than)} ago"] if asked.less_than is not None else []
    return f"the last recorded period began {listed([*least, *most], 'and')}"


def _drawn_before_start(asked: DrawnBeforeStart, terms: Terms) -> str:
    return f"newest {terms.label(asked.drawn_before_start)} drawn before treatment began"


def _cycle_day(asked: CycleDay, terms: Terms) -> str:
    first, last = asked.between
    return f"newest {terms.label(asked.cycle_day)} drawn on day {first} to {last} of the cycle"


def _visit(asked: VisitIs, terms: Terms) -> str:
    among = f", with {terms.labels(asked.any_of)} among them" if asked.any_of else ""
    when = f"due within {days(asked.within)}" if asked.visit == "due" else "past their window"
    return f"the next set of blood tests is {when}{among}"


def _repeat_missed(_asked: RepeatMissed, _terms: Terms) -> str:
    return "a repeat that a check asked for was not made in time"


CIRCUMSTANCES: Mapping[str, Callable[[Any, Terms], str]] = {
    "taking": _taking,
    "form": _given_as,
    "treated_for": _treated_for,
    "condition": _recorded,
    "organ": _organ,
    "organ_absent": _organ_absent,
    "profile": _profile,
    "age_at_least": _age,
    "visit": _visit,
    "repeat_missed": _repeat_missed,
    "planned": _planned,
    "stopped": _stopped,
    "stated_long_ago": _stated_long_ago,
    "drawn_on_treatment": _on_treatment,
    "started": _started,
    "anatomy": _anatomy,
    "assumed_anatomy": _anatomy_assumed,
    "age_below": _age_below,
    "goal": _goal,
    "daily_dose": _daily_dose,
    "pregnant": _pregnant,
    "last_period": _last_period,
    "cycle_day": _cycle_day,
    "asked": _asked,
    "not_taking": _not_taking,
    "not_recorded": _not_recorded,
    "drawn_before_start": _drawn_before_start,
}
