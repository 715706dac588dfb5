"""Whom a protocol is for, and whom it leaves out, in words."""

from __future__ import annotations

from cds_hooks.judgement.planning.schedule import Only
from cds_hooks.judgement.written.written import Applies, ProtocolFile, Way
from cds_hooks.presentation.told.terms import Terms, days, listed, plain


def applying(file: ProtocolFile, terms: Terms) -> list[str]:
    """Whom it is for, and whom it leaves out."""
    only = (f"{terms.label(analyte)} is part of a visit only {drawn_in(rule)}." for analyte, rule in file.only.items())
    return [*_included(file.applies, terms), *_excluded(file.applies, terms), *only]


def drawn_in(rule: Only) -> str:
    """Whom an analyte of a visit is drawn in: `from age 40 and where there is a prostate`."""
    organ = [f"where there is a {rule.organ}"] if rule.organ is not None else []
    age = [f"from age {rule.age_at_least}"] if rule.age_at_least is not None else []
    among = [f"with {listed(plain(rule.among))}"] if rule.among else []
    without = [f"without {listed(plain(rule.without))}"] if rule.without else []
    return listed([*age, *organ, *among, *without], "and")


def _included(rule: Applies, terms: Terms) -> list[str]:
    if rule.with_another:
        return ["Judged beside any other protocol that applies."]
    return [_concerned(rule, terms), *([_tail(rule)] if rule.tail else []), *map(_way, rule.way)]


def _excluded(rule: Applies, terms: Terms) -> list[str]:
    barred = f"Not for patients under {terms.knowledge.policy.adult_from}, nor after death."
    unless = listed(plain(rule.not_with)) if rule.not_with else ""
    barring = [f"Not where {unless} is recorded, unless a profile is asked for by name."] if unless else []
    instead = [f"Gives way to {listed(rule.gives_way_to)}."] if rule.gives_way_to else []
    return [barred, *barring, *instead]


def _concerned(rule: Applies, terms: Terms) -> str:
    but = f" (other than {listed(plain(rule.but_not))})" if rule.but_not else ""
    given = "take or are about to be given" if rule.planned else "take"
    reach = " that acts in the whole body" if rule.systemic else ""
    ways = [
        *([f"{given} {listed(plain(rule.taking))}{but}{reach}"] if rule.taking else []),
        *([f"have a result of {terms.labels(rule.results)}"] if rule.results else []),
        *([f"have {listed(plain(rule.conditions))} recorded"] if rule.conditions else []),
    ]
    never = f", and do not take {listed(plain(rule.not_taking))}" if rule.not_taking else ""
    never += f" for {days(rule.new_for)} or longer" if never and rule.new_for else ""
    return f"For patients who {listed(ways)}{never}."


def _tail(rule: Applies) -> str:
    tail = f"Goes on for {days(rule.tail)} after the drug was stopped, longer where a form's label says so; "
    if not rule.tail_if_end_unknown:
        return tail + "where no end is recorded, it ends with the order."
    return tail + f"where no end is recorded, for {days(rule.tail_if_end_unknown)} after the last order or dose."


def _way(way: Way) -> str:
    said = [
        *(["one of its profiles is asked for by name"] if way.asked else []),
        *([f"the anatomy is {way.anatomy}, by organs or else by recorded sex"] if way.anatomy else []),
        *([f"recorded organs tell {way.recorded_anatomy} anatomy"] if way.recorded_anatomy else []),
        *([f"recorded organs do not tell {way.not_recorded_anatomy} anatomy"] if way.not_recorded_anatomy else []),
        *([f"the recorded sex is {way.registered}"] if way.registered else []),
        *([f"anatomy not {way.not_anatomy}"] if way.not_anatomy else []),
        *([f"{listed(plain(way.condition))} is recorded"] if way.condition else []),
        *([f"{listed(plain(way.not_condition))} is not recorded"] if way.not_condition else []),
        *([f"{listed(plain(way.taking))} is taken"] if way.taking else []),
        *([f"{listed(plain(way.not_taking))} is not taken"] if way.not_taking else []),
        *([f"it is given by the route {listed(way.route)}"] if way.route else []),
        *([f"it is no more than {way.daily_at_most} a day"] if way.daily_at_most else []),
    ]
    return f"Applies where {listed(said, 'and')}."
