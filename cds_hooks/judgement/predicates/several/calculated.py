"""Predicate over a number computed from one draw: calculated free testosterone, or the free androgen index."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar, Literal

from cds_hooks.judgement.chart.case import Case
from cds_hooks.judgement.chart.derived import NANO, PICO, SHBG, TOTAL, Pair, drawn_together, free_in_mol, molar_mass
from cds_hooks.judgement.chart.formulas import free_androgen_index
from cds_hooks.judgement.chart.shown import number, rounded
from cds_hooks.judgement.predicates.bounds import flipped, joint
from cds_hooks.judgement.predicates.outcome import Outcome, step
from cds_hooks.judgement.predicates.predicate import Numbers, Predicate, Written
from cds_hooks.judgement.predicates.results import early_too, hindered, nothing_found, worst
from cds_hooks.judgement.timing.clock import days_between
from cds_hooks.judgement.timing.forms import Days
from cds_hooks.judgement.timing.sequence import moments
from cds_hooks.judgement.written.threshold import Threshold, compare

_KEYWORD = "calculated"
FREE, INDEX = "calculated_free_testosterone", "free_androgen_index"
Quantity = Literal["calculated_free_testosterone", "free_androgen_index"]
_LABELS = {FREE: "calculated free testosterone", INDEX: "free androgen index"}
_MEASURED_LIKE = {FREE: "testosterone_free", INDEX: "testosterone_free_pct"}  # what has the units of its limit


class WrittenCalculated(Written):
    """`calculated`: a number computed from total testosterone and SHBG of one draw is beyond a limit."""

    keyword: ClassVar[str] = _KEYWORD

    calculated: Quantity
    at_least: str | None = None
    above: str | None = None
    at_most: str | None = None
    below: str | None = None
    within: Days | None = None

    def ready(self, numbers: Numbers) -> Calculated:
        """With its limit in pg/mL, or per cent."""
        limit = numbers.threshold(_MEASURED_LIKE[self.calculated], self.as_written())
        within = self.within if self.within is not None else numbers.policy.results_for
        return Calculated(self.calculated, limit, within, numbers.urgency == "critical")


@dataclass(frozen=True, slots=True)
class Calculated(Predicate):
    """A computed number against a limit."""

    quantity: Quantity
    threshold: Threshold
    within: int
    urgent: bool

    @property
    def asks_about(self) -> tuple[str, ...]:
        return (TOTAL, SHBG)

    def surely_false(self, case: Case) -> bool:
        """Whether the newest pairs are exact, on the right side, and nothing stands in the way."""
        pairs, per_mol = self._pairs(case, preliminary=False), molar_mass(case)
        if not pairs or per_mol is None or self._obstacles(case, pairs, preliminary=self.urgent):
            return False
        if _outdated(case, pairs, preliminary=False):
            return False
        if self.urgent and (case.has_preliminary(TOTAL) or case.has_preliminary(SHBG)):
            return False
        return all(_is_exact(pair) and not self._holds(case, pair, per_mol, None) for pair in pairs)

    def judge(self, case: Case) -> Outcome:
        """The worse of the newest pairs; unknown without both of one draw, or when a newer total has no SHBG."""
        return early_too(lambda early: self._judge_with(case, early), case, (TOTAL, SHBG), urgent=self.urgent)

    def _judge_with(self, case: Case, preliminary: bool) -> Outcome:
        pairs = self._pairs(case, preliminary=preliminary)
        blocked = self._obstacles(case, pairs, preliminary=preliminary or self.urgent)
        if not pairs or _outdated(case, pairs, preliminary=preliminary):
            where = f"of one draw in the last {self.within} days" if not pairs else "of the draw of the newest total"
            return nothing_found(_KEYWORD, case, (TOTAL, SHBG), blocked, where, self.threshold.words)
        return hindered(_KEYWORD, case, worst([self._judge_one(case, pair) for pair in pairs]), blocked)

    def _pairs(self, case: Case, *, preliminary: bool) -> list[Pair]:
        return [
            pair
            for pair in drawn_together(case, preliminary=preliminary)
            if days_between(pair[0].effective, case.today) <= self.within
        ]

    def _obstacles(self, case: Case, pairs: Sequence[Pair], *, preliminary: bool) -> tuple[str, ...]:
        newest = pairs[0] if pairs else (None, None)
        return tuple(
            dict.fromkeys(
                name
                for analyte, reading in zip((TOTAL, SHBG), newest, strict=True)
                for name in case.blocking(analyte, reading, preliminary=preliminary)
            )
        )

    def _judge_one(self, case: Case, pair: Pair) -> Outcome:
        total, shbg = pair
        per_mol, label = molar_mass(case), _LABELS[self.quantity]
        bound = joint(total.comparator, flipped(shbg.comparator))  # it grows with the total and falls with SHBG
        named = f"{case.named(total)} and {case.named(shbg)}"
        if per_mol is None or total.value <= 0 or shbg.value <= 0 or bound is None:
            because = step(_KEYWORD, None, f"{label} cannot be computed from {named}", limit=self.threshold.words)
            return Outcome(None, (because,), pair, (), ("reported only as a bound",))
        truth, shown = self._holds(case, pair, per_mol, bound or None), f"{bound}{self._shown(case, pair, per_mol)}"
        verb = "may or may not be" if truth is None else "is" if truth else "is not"
        text = f"{label} {shown}, from {named}, {verb} {self.threshold.words}"
        because = step(_KEYWORD, truth, text, value=shown, limit=self.threshold.words)
        values = {
            **case.sentence(total),
            "analyte": label,
            "value": shown,
            "total": case.canonical(total),
            "shbg": case.canonical(shbg),
            "limit": self.threshold.text,
        }
        blocked = ("reported only as a bound",) if truth is None else ()
        return Outcome(truth, (because,), pair, (), blocked, values)

    def _holds(self, case: Case, pair: Pair, per_mol: Decimal, bound: str | None) -> bool | None:
        """Whether it is beyond the limit, without a division that never ends."""
        total, shbg = pair
        operator, limit = self.threshold.operator, self.threshold.value
        if self.quantity == INDEX:
            return compare(operator, total.value * 1000, limit * shbg.value * per_mol, bound)
        free, _ = free_in_mol(case, total, shbg, per_mol)
        return compare(operator, free * per_mol / NANO, limit, bound)

    def _shown(self, case: Case, pair: Pair, per_mol: Decimal) -> str:
        total, shbg = pair
        if self.quantity == INDEX:
            return f"{number(rounded(free_androgen_index(total.value * 10 / per_mol, shbg.value), 1))} %"
        free, _ = free_in_mol(case, total, shbg, per_mol)
        return f"{number(rounded(free / PICO, 1))} pmol/L"


def _is_exact(pair: Pair) -> bool:
    """Whether neither is only a bound, and a number can be computed from them."""
    return all(reading.value > 0 and not reading.comparator for reading in pair)


def _outdated(case: Case, pairs: Sequence[Pair], *, preliminary: bool) -> bool:
    """Whether a total was drawn after these, so that what is computed from them no longer speaks of today."""
    newest = moments(case.usable(TOTAL, preliminary=preliminary))[0]
    return not any(total is reading for total, _ in pairs for reading in newest)
