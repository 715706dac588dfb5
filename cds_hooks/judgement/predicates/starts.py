"""When a drug was begun: the protocol's own, or another that a condition names."""

from __future__ import annotations

from collections.abc import Sequence

from cds_hooks.judgement.case import Case
from cds_hooks.judgement.predicates.drugs import in_words, is_one_of
from cds_hooks.judgement.predicates.outcome import Outcome, step
from cds_hooks.judgement.timing.course import Course, course_of


def course_of_any(case: Case, drugs: Sequence[str]) -> Course | None:
    """The present course of one of the drugs or classes; of the protocol's own where none is named."""
    return course_of(drugs, case.facts, (), case.policy) if drugs else case.course


def has_stopped(course: Course) -> bool:
    """Whether every order of it has ended; doses without an order say nothing of that."""
    return course.current is None and bool(course.therapies)


def is_planned(case: Case, drugs: Sequence[str]) -> bool:
    """Whether a draft order of one of them is on the list."""
    return any(therapy.planned and is_one_of(therapy, drugs) for therapy in case.facts.therapies)


def not_taken(keyword: str, drugs: Sequence[str]) -> Outcome:
    """False: nothing began that could be counted from."""
    text = f"no {in_words(drugs)} in use on the medication list" if drugs else "no treatment on the medication list"
    return Outcome(False, (step(keyword, False, text),))


def undated(keyword: str, drugs: Sequence[str]) -> Outcome:
    """Unknown: the start that decides is not recorded."""
    text = f"the start of {in_words(drugs) if drugs else 'treatment'} is not recorded"
    because = step(keyword, None, text, missing="MedicationRequest.authoredOn")
    return Outcome(None, (because,), blocked=("start of treatment",))
