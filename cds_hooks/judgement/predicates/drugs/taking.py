"""Predicates over the medication list: a drug is taken, planned, or was stopped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import ClassVar

from cds_hooks.facts import Dose, Moment, Therapy
from cds_hooks.judgement.chart.case import Case
from cds_hooks.judgement.chart.marks import Marks, marks
from cds_hooks.judgement.predicates.drugs.drugs import OfDrugs, Truth, both, either, in_words, named_drug
from cds_hooks.judgement.predicates.outcome import Outcome, step
from cds_hooks.judgement.predicates.predicate import Plain
from cds_hooks.judgement.timing.clock import FIRST, SortKey, days_between, sort_key
from cds_hooks.judgement.timing.forms import Days
from cds_hooks.judgement.timing.runs import Runs

_ENDED = ("stopped", "completed")


class Taking(OfDrugs, Plain):
    """A drug, or one of a class, is being taken; optionally for at least, or less than, some time.

    A renewal goes on with the order before it, but where `each_order` counts for itself: a coil is replaced.
    With `within` one that was stopped so many days ago, or less, counts too.
    """

    keyword: ClassVar[str] = "taking"

    taking: tuple[str, ...]
    at_least: Days | None = None
    less_than: Days | None = None
    each_order: bool = False
    within: Days | None = None

    @property
    def marks(self) -> Marks | None:
        return marks("taken" if self.within is None else "listed", self.taking) | marks("given", self.taking)

    @property
    def told_by_marks(self) -> bool:
        return self._any_counts

    def surely_false(self, case: Case) -> bool:
        """Whether what is taken surely does not count, or none is and none was given without an order."""
        taken = self._taken(case)
        if taken and self._any_counts:
            return False
        for counts in self._counts(case, taken):
            if counts is not False:
                return False
        return bool(taken) or not case.facts.doses or self._given_without_order(case) is None

    def judge(self, case: Case) -> Outcome:
        """False when none is on the list; unknown when a start that decides is missing, or doses have no order."""
        taken = self._taken(case)
        if not taken:
            return self._none_listed(case)
        truth, kept = self._judged(case, taken)
        names = [named_drug(therapy, self.taking) for therapy in kept]
        text = f"{', '.join(dict.fromkeys(names))} on the medication list"
        if self.kind:
            text += {
                True: self.kind,
                False: f", but not so{self.kind}",
                None: f"; whether as asked is not known{self.kind}",
            }[truth]
        missing = (self.lacking(kept) or self._undated(kept)) if truth is None else None
        because = step(self.keyword, truth, text, value=_recognised(case, kept, names), missing=missing)
        blocked = (_obstacle(missing),) if missing is not None else ()
        return Outcome(truth, (because,), blocked=blocked, values=_spoken(kept[0], self.taking))

    def _taken(self, case: Case) -> Sequence[Therapy]:
        if self.within is None:
            return case.taken(self.taking)
        return [one for one in case.orders_of(self.taking) if not one.planned and self._is_present(case, one)]

    @cached_property
    def _any_counts(self) -> bool:
        """Whether an order counts however it is written, and since whenever."""
        return not self.kind and self.at_least is None and self.less_than is None and self.within is None

    def _is_present(self, case: Case, therapy: Therapy) -> bool:
        if therapy.current:
            return True
        return self.within is not None and stopped_within(case, therapy, self.within) is not False

    def _counts(self, case: Case, taken: Sequence[Therapy]) -> Iterator[Truth]:
        for therapy, start in zip(taken, self._starts(case, taken), strict=True):
            counts = (self.suits(therapy), self._long_enough(case, therapy, start))
            if self.within is None or therapy.current:
                yield both(counts)
            else:
                yield both((stopped_within(case, therapy, self.within), *counts))

    def _judged(self, case: Case, taken: Sequence[Therapy]) -> tuple[Truth, Sequence[Therapy]]:
        """Whether it holds, and the orders that make it so."""
        if self._any_counts:
            return True, taken
        counts = list(self._counts(case, taken))
        truth = either(counts)
        return truth, [therapy for therapy, one in zip(taken, counts, strict=True) if one is truth]

    def _undated(self, therapies: Sequence[Therapy]) -> str:
        if all(therapy.current for therapy in therapies):
            return "MedicationRequest.authoredOn"
        return "MedicationRequest (end of treatment)"

    def _none_listed(self, case: Case) -> Outcome:
        given = self._given_without_order(case)
        if given is None:
            text = f"no {in_words(self.taking)} on the medication list"
            return Outcome(False, (step(self.keyword, False, text),))
        drug = next(name for name in given.ingredients if name in self.taking)
        text = f"{drug} given on {given.at.day.isoformat()}, though no order for it is on the list"
        because = step(self.keyword, None, text, missing=f"MedicationRequest ({drug})")
        return Outcome(None, (because,), blocked=(f"order of {drug}",))

    def _given_without_order(self, case: Case) -> Dose | None:
        """A dose, as recent as a result that is judged, of a drug that no order of any status is on the list for."""
        ordered = {drug for therapy in case.facts.therapies for drug in therapy.ingredients}
        within = case.policy.results_for
        given = [
            dose
            for dose in case.facts.doses
            if days_between(dose.at, case.today) <= within
            and any(drug in self.taking and drug not in ordered for drug in dose.ingredients)
        ]
        return max(given, key=lambda dose: sort_key(dose.at), default=None)

    def _starts(self, case: Case, taken: Sequence[Therapy]) -> Sequence[Moment | None]:
        if self.each_order or (self.at_least is None and self.less_than is None):
            return [therapy.start for therapy in taken]
        runs = Runs((one for one in case.orders_of(self.taking) if self.suits(one) is not False), case.policy)
        return [runs.begun(therapy) for therapy in taken]

    def _long_enough(self, case: Case, therapy: Therapy, start: Moment | None) -> Truth:
        if self.at_least is None and self.less_than is None:
            return True
        if start is None:
            return None
        days = days_between(start, case.today if therapy.end is None else therapy.end)
        return (self.at_least is None or days >= self.at_least) and (self.less_than is None or days < self.less_than)


def _recognised(case: Case, taken: Sequence[Therapy], names: Sequence[str]) -> str | None:
    """How drugs other than the protocol's own were recognised; its own is named where protocols are chosen."""
    own = case.course.drug if case.course is not None else None
    others = [therapy.basis for therapy, name in zip(taken, names, strict=True) if name != own]
    return ", ".join(dict.fromkeys(others)) or None


class Planned(OfDrugs, Plain):
    """A draft order of a drug, or one of a class, is on the list: it is not yet taken."""

    keyword: ClassVar[str] = "planned"

    planned: tuple[str, ...]

    @property
    def marks(self) -> Marks | None:
        return marks("planned", self.planned)

    @property
    def told_by_marks(self) -> bool:
        return not self.kind

    def surely_false(self, case: Case) -> bool:
        """Whether no draft counts."""
        return not any(one.planned and self.suits(one) is not False for one in case.orders_of(self.planned))

    def judge(self, case: Case) -> Outcome:
        """False without a draft order; unknown when one leaves out what decides whether it counts."""
        drafts = [one for one in case.orders_of(self.planned) if one.planned]
        if not drafts:
            return Outcome(False, (step(self.keyword, False, f"no draft order of {in_words(self.planned)}"),))
        truth = either(map(self.suits, drafts))
        kept = [draft for draft in drafts if self.suits(draft) is truth]
        verb = {True: "planned", False: "planned, but not so", None: "planned; whether as asked is not known"}[truth]
        text = f"{named_drug(kept[0], self.planned)} {verb}{self.kind} ({kept[0].reference})"
        missing = self.lacking(kept) if truth is None else None
        because = step(self.keyword, truth, text, value=kept[0].basis, missing=missing)
        blocked = ("timing",) if truth is None else ()
        return Outcome(truth, (because,), blocked=blocked, values=_spoken(kept[0], self.planned))


class Stopped(OfDrugs, Plain):
    """A drug, or one of a class, was taken and is taken no more; optionally stopped within some time."""

    keyword: ClassVar[str] = "stopped"

    stopped: tuple[str, ...]
    within: Days | None = None

    @property
    def marks(self) -> Marks | None:
        return marks("listed", self.stopped)

    def surely_false(self, case: Case) -> bool:
        """Whether one is taken, or none was."""
        listed = [one for one in case.orders_of(self.stopped) if not one.planned]
        return not listed or any(one.current for one in listed)

    def judge(self, case: Case) -> Outcome:
        """False while one is taken, or none ever was here; unknown when the end that decides is not recorded."""
        listed = [one for one in case.orders_of(self.stopped) if not one.planned]
        current = next((one for one in listed if one.current), None)
        if current is not None:
            text = f"{named_drug(current, self.stopped)} is still on the medication list"
            return Outcome(False, (step(self.keyword, False, text),))
        ended = [(one, both((self._in_time(case, one), self.suits(one)))) for one in listed]
        if not ended:
            text = f"no {in_words(self.stopped)} recorded as taken before"
            return Outcome(False, (step(self.keyword, False, text),))
        truth = either(counts for _, counts in ended)
        kept = max((one for one, counts in ended if counts is truth), key=_ended_last)
        when = f"on {kept.end.day.isoformat()}" if kept.end is not None else "at a time that is not recorded"
        limit = f"within {self.within} days" if self.within is not None else None
        missing = (self.lacking([kept]) or "MedicationRequest (end of treatment)") if truth is None else None
        text = f"{named_drug(kept, self.stopped)}{self.kind} stopped {when}"
        because = step(self.keyword, truth, text, limit=limit, missing=missing)
        blocked = (_obstacle(missing),) if missing is not None else ()
        return Outcome(truth, (because,), blocked=blocked, values=_spoken(kept, self.stopped))

    def _in_time(self, case: Case, therapy: Therapy) -> Truth:
        return True if self.within is None else stopped_within(case, therapy, self.within)


def stopped_within(case: Case, therapy: Therapy, within: int) -> Truth:
    """Whether a drug no longer taken was so until `within` days ago; unknown where its end is not recorded."""
    if therapy.planned or (therapy.end is None and therapy.status not in _ENDED):
        return False
    if therapy.end is not None:
        return days_between(therapy.end, case.today) <= within
    known = [therapy.start, *(dose.at for dose in case.facts.doses if therapy.drug in dose.ingredients)]
    return any(at is not None and days_between(at, case.today) <= within for at in known) or None


def _obstacle(missing: str) -> str:
    return {"MedicationRequest.authoredOn": "start of treatment"}.get(missing, "timing")


def _ended_last(therapy: Therapy) -> SortKey:
    moment: Moment | None = therapy.end or therapy.start
    return sort_key(moment) if moment is not None else FIRST


def _spoken(therapy: Therapy, drugs: tuple[str, ...]) -> dict[str, str]:
    """What a sentence may say of an order."""
    said = {
        "drug": named_drug(therapy, drugs),
        "dose": therapy.dose,
        "route": therapy.route,
        "since": therapy.start.day.isoformat() if therapy.start is not None else None,
        "ended": therapy.end.day.isoformat() if therapy.end is not None else None,
    }
    return {name: value for name, value in said.items() if value is not None}
