"""Conditions over doubtful results in words: unread, implausible, mislabeled, noted or drawn at a wrong time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from cds_hooks.judgement.predicates.doubtful.implausible import WrittenImplausible
from cds_hooks.judgement.predicates.doubtful.mislabelled import WrittenReadsLike
from cds_hooks.judgement.predicates.doubtful.unread import Noted, Unusable
from cds_hooks.judgement.predicates.draws.draw_times import Mistimed
from cds_hooks.presentation.told.terms import Terms, listed, span


def _unusable(asked: Unusable, terms: Terms) -> str:
    which = "that no check judges" if asked.others else "that matters here"
    return f"a result {which} could not be read: {listed(_unread(asked.unread))}"


def _unread(reasons: Iterable[str]) -> list[str]:
    return [_REASONS.get(reason) or reason.replace("-", " ").replace("effective", "date") for reason in reasons]


_REASONS = {
    "unit-dimension": "unit of another kind of quantity",
    "version-conflict": "two versions that differ",
    "code-conflict": "codes that disagree",
    "modifier-unknown": "a modifier that is not known",
}


def _implausible(asked: WrittenImplausible, terms: Terms) -> str:
    windows = [f"{terms.label(analyte)} {span(*window)}" for analyte, window in asked.implausible.items()]
    return f"a result outside what a living person can have: {listed(windows)}"


def _reads_like(asked: WrittenReadsLike, terms: Terms) -> str:
    outside = f", outside {span(*asked.outside)}," if asked.outside is not None else ""
    label, held = terms.label(asked.reads_like), f", held from {asked.holds_from}" if asked.holds_from else ""
    other = f"{span(*asked.between)} as {asked.as_unit}"
    return f"{label} labeled {listed(asked.labelled)}{outside} that would be {other}{held}"


def _noted(asked: Noted, terms: Terms) -> str:
    also = f", also of {terms.labels(asked.also)}," if asked.also else ""
    return f"the newest result of some test{also} is marked: {asked.noted.replace('-', ' ')}"


def _mistimed(asked: Mistimed, terms: Terms) -> str:
    return f"newest {terms.labels(asked.mistimed)} on treatment {_MISTIMED[asked.kind]}"


_MISTIMED = {
    "invalid": "was drawn at a time after the dose that is not valid",
    "unknown": "was drawn at a time after the dose that is not known",
    "no-form": "cannot be timed: how the drug is given is not recorded, or has no rules here",
    "early": "was drawn before the level had settled after the start or last change",
}


DOUBTS: Mapping[str, Callable[[Any, Terms], str]] = {
    "unread": _unusable,
    "implausible": _implausible,
    "reads_like": _reads_like,
    "noted": _noted,
    "mistimed": _mistimed,
}
