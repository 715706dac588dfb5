"""What predicates over the newest result share: preliminary ones, ties, results in the way, and none at all."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from cds_hooks.facts import Reading
from cds_hooks.judgement.chart.case import Case
from cds_hooks.judgement.predicates.outcome import Outcome, step
from cds_hooks.judgement.predicates.results import early_too, hindered, nothing_found, worst


def judge_newest(
    keyword: str, case: Case, analyte: str, judge_one: Callable[[Reading], Outcome], *, within: int, urgent: bool
) -> Outcome:
    """The worst answer among the newest results; unknown when a newer one cannot be judged."""

    def judge(preliminary: bool) -> Outcome:
        group = case.latest(analyte, preliminary=preliminary, within=within)
        blocked = case.blocking(analyte, group[0] if group else None, preliminary=preliminary or urgent)
        if not group:
            return nothing_found(keyword, case, (analyte,), blocked, f"in the last {within} days")
        found = worst([judge_one(reading) for reading in group])
        return hindered(keyword, case, found if len(group) == 1 else replace(found, readings=group), blocked)

    return early_too(judge, case, (analyte,), urgent=urgent)


def said_of(
    keyword: str, case: Case, reading: Reading, truth: bool | None, words: str, limit: str, **values: str
) -> Outcome:
    """The outcome of one result compared with a bar: `free T4 … is below 50 % of its range`."""
    verb = "may or may not be" if truth is None else "is" if truth else "is not"
    text = f"{case.named(reading)} {verb} {words}"
    because = step(keyword, truth, text, value=case.canonical(reading), limit=words)
    blocked = ("reported only as a bound",) if truth is None else ()
    return Outcome(truth, (because,), (reading,), (), blocked, {**case.sentence(reading), "limit": limit, **values})


def barless(keyword: str, case: Case, reading: Reading, why: str, missing: str, obstacle: str) -> Outcome:
    """Unknown: there is nothing to compare the result with."""
    because = step(keyword, None, f"{case.named(reading)}: {why}", value=case.canonical(reading), missing=missing)
    return Outcome(None, (because,), (reading,), (), (obstacle,))
