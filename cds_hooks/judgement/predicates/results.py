"""What predicates over results share: preliminary ones, ties, results in the way, and none at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date

from msgspec.structs import replace

from cds_hooks.judgement.chart.case import Case
from cds_hooks.judgement.chart.chart import NOT_A_RESULT
from cds_hooks.judgement.predicates.outcome import Outcome, step
from cds_hooks.judgement.timing.clock import days_between


def early_too(judge: Callable[[bool], Outcome], case: Case, analytes: Iterable[str], *, urgent: bool) -> Outcome:
    """Judged with final results, and where the check is urgent with preliminary ones too.

    A preliminary result may raise a critical check; it never clears one that a final result raises.
    """
    final = judge(False)
    if final.truth or not urgent or not any(case.has_preliminary(analyte) for analyte in analytes):
        return final
    early = judge(True)
    return early if early.truth or not final.readings else final


def worst(outcomes: Sequence[Outcome]) -> Outcome:
    """Of results of the same moment the worse is judged: one that raises, else one that may."""
    return min(outcomes, key=lambda outcome: (outcome.truth is not True, outcome.truth is not None))


def in_the_way(case: Case, analyte: str, within: int, *, preliminary: bool) -> list[tuple[date | None, str]]:
    """Results of so many days that may not be judged, each with its day and what forbids it."""
    found: list[tuple[date | None, str]] = []
    for reading in case.readings.get(analyte, ()):
        if days_between(reading.effective, case.today) > within:
            break
        if (reading.reference, analyte) in case.held:
            found.append((reading.effective.day, case.held[reading.reference, analyte]))
        elif reading.status == "preliminary" and not preliminary:
            found.append((reading.effective.day, "preliminary"))
    for unread in case.unusable.get(analyte, ()):
        moment = unread.effective
        if unread.reason not in NOT_A_RESULT and (moment is None or days_between(moment, case.today) <= within):
            found.append((moment.day if moment is not None else None, unread.reason.value))
    return found


def hindered(keyword: str, case: Case, outcome: Outcome, blocked: Sequence[str]) -> Outcome:
    """The same answer while results that count cannot be judged: what it raises stands, nothing is clear."""
    if not blocked:
        return outcome
    note = step(keyword, None, f"a result that counts here cannot be judged: {case.obstacles(blocked)}")
    truth = True if outcome.truth else None
    names = tuple(dict.fromkeys((*outcome.blocked, *blocked)))
    return replace(outcome, truth=truth, because=(*outcome.because, note), blocked=names)


def nothing_found(
    keyword: str, case: Case, analytes: Sequence[str], blocked: Sequence[str], where: str, limit: str | None = None
) -> Outcome:
    """Unknown, for want of a result; `where` says which one: `in the last 455 days`."""
    label = " and ".join(case.label(analyte) for analyte in analytes)
    unread = tuple(one for analyte in analytes for one in case.unusable.get(analyte, ()))[:3]
    if blocked:
        text = f"{label} result cannot be judged: {case.obstacles(blocked)}"
    elif "labs" in case.facts.incomplete:
        text, blocked = f"no usable {label} result in the part of the history that was supplied", ("labs incomplete",)
    else:
        text = f"no usable {label} result found here {where}"
    because = step(keyword, None, text, limit=limit, missing=f"Observation ({label})")
    return Outcome(None, (because,), unread=unread if blocked else (), blocked=tuple(blocked))
