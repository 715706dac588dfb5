"""What one predicate answers: true, false or unknown, with its reasons and the readings it rests on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec
from msgspec.structs import replace

from cds_hooks.facts import Reading, Unread
from cds_hooks.findings import Because

_NOTHING: Mapping[str, str] = {}


class Doubt(msgspec.Struct, frozen=True, gc=False):
    """One result that cannot be trusted, in a sentence of its own; `values` fill the check's sentence for it alone.

    It `holds` where no other check may use the reading. It is `raised` where a clinician is told of it: an old one
    that no newer result needs is kept out of every check all the same.
    """

    analyte: str
    text: str
    of: Reading | Unread
    values: Mapping[str, str] = _NOTHING
    holds: bool = True
    raised: bool = True


class Outcome(msgspec.Struct, frozen=True, gc=False):
    """`truth` is None when the chart cannot tell. `blocked` names what stood in the way: a check id, or a kind of data
    nobody supplied. `values` fill the placeholders of the check's sentences."""

    truth: bool | None
    because: tuple[Because, ...] = ()
    readings: tuple[Reading, ...] = ()
    unread: tuple[Unread, ...] = ()
    blocked: tuple[str, ...] = ()
    values: Mapping[str, str] = _NOTHING
    doubts: tuple[Doubt, ...] = ()


def step(
    predicate: str,
    truth: bool | None,
    text: str,
    *,
    value: str | None = None,
    limit: str | None = None,
    missing: str | None = None,
) -> Because:
    """One step of the trace."""
    outcome = "unknown" if truth is None else "true" if truth else "false"
    return Because(
        text=text,
        predicate=predicate,
        outcome=outcome,  # type: ignore[arg-type]
        value=value,
        limit=limit,
        missing=missing,
    )


def every(outcomes: Iterable[Outcome]) -> Outcome:
    """All must hold. One that does not decides, and then only its reasons are kept."""
    kept = []
    for outcome in outcomes:
        if outcome.truth is False:
            return outcome
        kept.append(outcome)
    if len(kept) == 1:
        return kept[0]
    unknown = [outcome for outcome in kept if outcome.truth is None]
    if not unknown:
        return _merge(True, kept)
    merged = _merge(None, [*unknown, *(o for o in kept if o.truth)])
    # Where a result is simply not there yet, nothing stands in the way: the schedule asks for it.
    return merged if all(outcome.blocked for outcome in unknown) else replace(merged, blocked=())


def some(outcomes: Iterable[Outcome]) -> Outcome:
    """One must hold; those that hold give the reasons."""
    kept = list(outcomes)
    true = [outcome for outcome in kept if outcome.truth]
    if true:
        return _merge(True, true)
    unknown = [outcome for outcome in kept if outcome.truth is None]
    return _merge(None, unknown) if unknown else _merge(False, kept)


def none_of(outcomes: Iterable[Outcome]) -> Outcome:
    """None may hold."""
    outcome = some(outcomes)
    truth = None if outcome.truth is None else not outcome.truth
    return replace(outcome, truth=truth)


def _merge(truth: bool | None, outcomes: list[Outcome]) -> Outcome:
    if len(outcomes) == 1:
        only = outcomes[0]
        return only if only.truth is truth else replace(only, truth=truth, values=_NOTHING)
    because: list[Because] = []
    unread: list[Unread] = []
    blocked: list[str] = []
    doubts: list[Doubt] = []
    readings: dict[int, Reading] = {}
    values: dict[str, str] = {}
    for outcome in outcomes:
        because += outcome.because
        for reading in outcome.readings:
            readings[id(reading)] = reading
        if outcome.unread or outcome.blocked or outcome.doubts:
            unread += outcome.unread
            blocked += outcome.blocked
            doubts += outcome.doubts
        if outcome.values:
            values = {**outcome.values, **values} if values else {**outcome.values}
    return Outcome(
        truth,
        tuple(because),
        tuple(readings.values()),
        tuple(unread),
        tuple(dict.fromkeys(blocked)),
        values,
        tuple(doubts),
    )
