"""When a drug was begun: the protocol's own, or another that a condition names."""

from __future__ import annotations

from cds_hooks.judgement.chart.case import Case
from cds_hooks.judgement.predicates.drugs.drugs import in_words
from cds_hooks.judgement.predicates.outcome import Outcome, step
from cds_hooks.judgement.timing.course import Course


def has_stopped(course: Course) -> bool:
    """Whether every order of it has ended; doses without an order say nothing of that."""
    return course.current is None and bool(course.therapies)


def is_planned(case: Case, drugs: tuple[str, ...]) -> bool:
    """Whether a draft order of one of them is on the list."""
    return any(therapy.planned for therapy in case.orders_of(drugs))


def not_taken(keyword: str, drugs: tuple[str, ...]) -> Outcome:
    """False: nothing began that could be counted from."""
    text = f"no {in_words(drugs)} in use on the medication list" if drugs else "no treatment on the medication list"
    return Outcome(False, (step(keyword, False, text),))


def undated(keyword: str, drugs: tuple[str, ...]) -> Outcome:
    """Unknown: the start that decides is not recorded."""
    text = f"the start of {in_words(drugs) if drugs else 'treatment'} is not recorded"
    because = step(keyword, None, text, missing="MedicationRequest.authoredOn")
    return Outcome(None, (because,), blocked=("start of treatment",))
