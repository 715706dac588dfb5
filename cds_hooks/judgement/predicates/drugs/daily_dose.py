"""Predicate over how much of a drug is taken in a day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from cds_hooks.facts import Therapy
from cds_hooks.judgement.chart.case import Case
from cds_hooks.judgement.chart.marks import Marks, marks
from cds_hooks.judgement.chart.shown import number, rounded
from cds_hooks.judgement.predicates.drugs.drugs import OfDrugs, Truth, in_words, named_drug
from cds_hooks.judgement.predicates.outcome import Outcome, step
from cds_hooks.judgement.predicates.predicate import Numbers, Predicate
from cds_hooks.judgement.timing.amounts import milligrams
from cds_hooks.judgement.written.threshold import OPERATORS, WORDS, compare

_KEYWORD = "daily_dose"


class WrittenDailyDose(OfDrugs):
    """`daily_dose`: so much of a drug, or one of a class, is taken in a day, as far as its orders say."""

    keyword: ClassVar[str] = _KEYWORD

    daily_dose: tuple[str, ...]
    at_least: str | None = None
    above: str | None = None
    at_most: str | None = None
    below: str | None = None

    def ready(self, _numbers: Numbers) -> DailyDose:
        """With its limit in milligrams."""
        given = [(name, text) for name in OPERATORS if (text := getattr(self, name)) is not None]
        if len(given) != 1:
            raise ValueError(f"daily_dose: give exactly one of {', '.join(OPERATORS)}")
        operator, text = given[0]
        limit = milligrams(text)
        if limit is None:
            raise ValueError(f"daily_dose: {text!r} is not an amount; write it as in '12.5 mg'")
        return DailyDose(self, operator, limit, text)


@dataclass(frozen=True, slots=True)
class DailyDose(Predicate):
    """The daily dose of what is taken against a limit."""

    written: WrittenDailyDose
    operator: str
    limit: Decimal
    text: str

    @property
    def marks(self) -> Marks | None:
        return marks("taken", self.written.daily_dose)

    def surely_false(self, case: Case) -> bool:
        """Whether none is taken, or surely not so much, or so little."""
        taken = self._taken(case)
        return not taken or self._holds([self._amount(case, therapy) for therapy in taken]) is False

    def judge(self, case: Case) -> Outcome:
        """False when none is taken; unknown where an order does not plainly say how much.

        Of several orders in force nobody knows whether one stands in place of the other: both readings must agree.
        """
        drugs, taken = self.written.daily_dose, self._taken(case)
        if not taken:
            text = f"no {in_words(drugs)}{self.written.kind} on the medication list"
            return Outcome(False, (step(_KEYWORD, False, text),))
        amounts = [self._amount(case, therapy) for therapy in taken]
        known, truth = [amount for amount in amounts if amount is not None], self._holds(amounts)
        name = named_drug(taken[0], drugs)
        words = f"{WORDS[self.operator]} {self.text}"
        if not known:
            text = f"how much {name} is taken in a day is not known"
            because = step(_KEYWORD, None, text, limit=words, missing="dosageInstruction.doseAndRate and timing")
            return Outcome(None, (because,), blocked=("dose",), values={"drug": name})
        shown = " and ".join(f"{number(_shown(amount))} mg" for amount in known)
        verb = "which may or may not be" if truth is None else "which is" if truth else "which is not"
        text = f"{shown} of {name} a day, {verb} {words}"
        missing = "dosageInstruction.doseAndRate and timing" if truth is None else None
        because = step(_KEYWORD, truth, text, value=shown, limit=words, missing=missing)
        values = {"drug": name, "dose": shown, "limit": self.text}
        return Outcome(truth, (because,), blocked=("dose",) if truth is None else (), values=values)

    def _taken(self, case: Case) -> list[Therapy]:
        return [one for one in case.taken(self.written.daily_dose) if self.written.suits(one) is not False]

    def _amount(self, case: Case, therapy: Therapy) -> Decimal | None:
        return case.daily(therapy) if self.written.suits(therapy) else None

    def _holds(self, amounts: Sequence[Decimal | None]) -> Truth:
        known = [amount for amount in amounts if amount is not None]
        if not known:
            return None
        if len(known) < len(amounts):
            return compare(self.operator, max(known), self.limit, ">=")
        alone, together = (
            compare(self.operator, dose, self.limit, None) for dose in (max(known), sum(known, Decimal(0)))
        )
        return alone if alone is together else None


def _shown(amount: Decimal) -> Decimal:
    """Milligrams to three decimals at most: a third of a tablet a day never ends."""
    short = rounded(amount, 3).normalize()
    return short if short.as_tuple().exponent <= 0 else short.quantize(Decimal(1))  # type: ignore[operator]
