"""Whether a level was drawn at a time after the dose that a limit is for, and the doubt where it was not."""

from __future__ import annotations

from typing import Literal

from cds_hooks.facts import Reading
from cds_hooks.judgement.chart.case import Case
from cds_hooks.judgement.predicates.outcome import Outcome, step
from cds_hooks.judgement.timing.forms import Form, TimingClass

VALID = "valid"  # stands for the form's own list
Wanted = tuple[TimingClass | Literal["valid"], ...]


def is_well_timed(wanted: Wanted, case: Case, reading: Reading) -> bool:
    """Whether nothing in `doubt_about_time` speaks against it."""
    course = case.course
    if course is None or course.form is None or course.is_early(reading):
        return False
    timing = case.timing(reading)
    return timing is None or timing.label in _allowed(wanted, course.form)


def doubt_about_time(wanted: Wanted, case: Case, reading: Reading) -> Outcome | None:
    """Why a level was not drawn at one of the times that are wanted; None where it was, or any time will do."""
    if not wanted:
        return None
    course, timing = case.course, case.timing(reading)
    if course is None or course.form is None:
        missing = "dosageInstruction.route and timing"
        return _untimed(case, reading, "how the drug is given is not recorded, or has no rules here", missing)
    if course.is_early(reading):
        text = f"drawn before the dose had settled ({course.form.first_valid} days)"
        return _untimed(case, reading, text, None)
    if timing is None or timing.label in _allowed(wanted, course.form):
        return None
    if timing.label == "unknown":
        return _untimed(case, reading, "the draw's time after the dose is not known", timing.missing)
    right = " or ".join(course.form.named(label) for label in _allowed(wanted, course.form))
    return _untimed(case, reading, f"drawn {course.form.named(timing.label)}; this limit is for {right}", None)


def _allowed(wanted: Wanted, form: Form) -> tuple[TimingClass, ...]:
    stated = tuple(label for label in wanted if label != VALID and label in form.window)
    return tuple(dict.fromkeys((*form.valid, *stated))) if VALID in wanted else stated


def _untimed(case: Case, reading: Reading, why: str, missing: str | None) -> Outcome:
    key = (id(reading), why)  # many checks say the same of one level
    found = case.worked.untimed.get(key)
    if found is None:
        because = step("timing", None, f"{case.named(reading)}: {why}", value=case.canonical(reading), missing=missing)
        found = case.worked.untimed[key] = Outcome(None, (because,), (reading,), (), ("timing",))
    return found
