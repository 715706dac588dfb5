"""Predicate over the medication list: a drug was begun, stopped or changed not long ago."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

import msgspec

from cds_hooks.facts import Moment, Therapy
from cds_hooks.judgement.chart.case import Case
from cds_hooks.judgement.predicates.drugs.drugs import OfDrugs, Truth, both, either, in_words, named_drug
from cds_hooks.judgement.predicates.drugs.taking import stopped_within
from cds_hooks.judgement.predicates.outcome import Outcome, step
from cds_hooks.judgement.predicates.predicate import Plain
from cds_hooks.judgement.timing.clock import FIRST, SortKey, days_between, sort_key
from cds_hooks.judgement.timing.course import differs
from cds_hooks.judgement.timing.forms import Days

_ENDED = ("stopped", "completed")


class Event(msgspec.Struct, frozen=True, gc=False):
    """Something that happened to a drug; `counts` tells whether it is recent and of the kind that is asked for."""

    of: Therapy
    what: str  # begun | changed | stopped
    at: Moment | None
    counts: Truth


class Started(OfDrugs, Plain):
    """`started`: a drug, or one of a class, was begun, stopped or changed (dose, product, route) within some time.

    A renewal in the same words is no change. `what` asks for some of these alone.
    """

    keyword: ClassVar[str] = "started"

    started: tuple[str, ...]
    within: Days
    what: tuple[str, ...] = ("begun", "changed", "stopped")

    def judge(self, case: Case) -> Outcome:
        """False when nothing of the kind is recent; unknown where the date or the order's kind is not recorded."""
        listed = [one for one in case.orders_of(self.started) if not one.planned]
        events = [event for event in self._events(case, listed) if event.what in self.what]
        truth = either(event.counts for event in events)
        if not truth and truth is not None:
            text = f"no {in_words(self.started)}{self.kind} {in_words(self.what)} in the last {self.within} days"
            return Outcome(False, (step(self.keyword, False, text),))
        kept = max((e for e in events if e.counts is truth), key=lambda e: sort_key(e.at) if e.at else FIRST)
        drug = named_drug(kept.of, self.started)
        when = f"on {kept.at.day.isoformat()}" if kept.at is not None else "at a time that is not recorded"
        text = f"{drug}{self.kind} {kept.what} {when}"
        missing = (self.lacking([kept.of]) or _undated(kept)) if truth is None else None
        because = step(self.keyword, truth, text, limit=f"within {self.within} days", missing=missing)
        values = {"drug": drug, "what": kept.what, "route": kept.of.route or ""}
        if kept.at is not None:
            values |= {"date": kept.at.day.isoformat(), "since": kept.at.day.isoformat()}
        return Outcome(truth, (because,), blocked=("timing",) if truth is None else (), values=values)

    def _events(self, case: Case, listed: Sequence[Therapy]) -> Iterator[Event]:
        by_drug: dict[str, list[tuple[Therapy, Truth]]] = {}
        for therapy in listed:
            suits = self.suits(therapy)
            if suits is not False:
                by_drug.setdefault(named_drug(therapy, self.started), []).append((therapy, suits))
        for orders in by_drug.values():
            yield from self._of_one_drug(case, sorted(orders, key=_by_start))

    def _of_one_drug(self, case: Case, orders: Sequence[tuple[Therapy, Truth]]) -> Iterator[Event]:
        before: Therapy | None = None
        for therapy, suits in orders:
            if therapy.start is None:
                # Undated beside a dated order it is a renewal as far as anyone can tell.
                if therapy.current and all(one.start is None for one, _ in orders):
                    yield Event(therapy, "begun", None, None)
                continue
            what = "begun" if before is None or self._paused(case, before, therapy) else None
            if what is None and before is not None and differs(before, therapy):
                what = "changed"
            if what is not None:
                yield Event(therapy, what, therapy.start, both((suits, self._recent(case, therapy.start))))
            before = therapy
        if any(therapy.current for therapy, _ in orders):
            return
        last, suits = max(orders, key=_by_end)
        if last.end is not None or last.status in _ENDED:
            recent = self._recent(case, last.end) if last.end is not None else stopped_within(case, last, self.within)
            # That it was taken until recently does not say when it was stopped.
            yield Event(last, "stopped", last.end, both((suits, recent)))

    def _recent(self, case: Case, moment: Moment) -> bool:
        return 0 <= days_between(moment, case.today) <= self.within

    def _paused(self, case: Case, before: Therapy, therapy: Therapy) -> bool:
        """Whether so long lies between two orders that the later one begins anew."""
        if before.end is None or therapy.start is None:
            return False
        return days_between(before.end, therapy.start) > case.policy.episode_gap


def _by_start(order: tuple[Therapy, Truth]) -> tuple[SortKey, str]:
    start = order[0].start
    return (sort_key(start) if start is not None else FIRST, order[0].reference)


def _by_end(order: tuple[Therapy, Truth]) -> SortKey:
    known = order[0].end or order[0].start
    return sort_key(known) if known is not None else FIRST


def _undated(event: Event) -> str:
    return "MedicationRequest (end of treatment)" if event.what == "stopped" else "MedicationRequest.authoredOn"
