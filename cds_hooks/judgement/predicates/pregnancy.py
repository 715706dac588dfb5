"""Predicate over pregnancy: recorded and not over, or likely from an hCG."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from cds_hooks.facts import Condition, Moment
from cds_hooks.judgement.case import Case
from cds_hooks.judgement.predicates.outcome import Outcome, step
from cds_hooks.judgement.predicates.predicate import Numbers, Predicate, Written
from cds_hooks.judgement.predicates.taking import stopped_within
from cds_hooks.judgement.threshold import Threshold
from cds_hooks.judgement.timing.clock import days_between

_KEYWORD = "pregnant"
_PREGNANCY, _OVER, _HCG = "pregnancy", ("delivery", "postpartum"), "hcg_quant"
_GIVEN = ("hcg",)  # the class of drugs that are hCG


class WrittenPregnant(Written):
    """`pregnant`: a pregnancy is recorded and not over, or hCG says one is likely."""

    keyword: ClassVar[str] = _KEYWORD

    pregnant: Literal[True]

    def ready(self, numbers: Numbers) -> Pregnant:
        """With the hCG that policy takes for a pregnancy."""
        hcg = numbers.threshold(_HCG, {"at_least": numbers.policy.pregnancy_hcg})
        return Pregnant(hcg, numbers.urgency == "critical")


@dataclass(frozen=True, slots=True)
class Pregnant(Predicate):
    """A pregnancy by record, else by hCG."""

    hcg: Threshold
    urgent: bool

    @property
    def asks_about(self) -> tuple[str, ...]:
        return (_HCG,)

    def surely_false(self, case: Case) -> bool:
        """Whether the chart names no pregnancy, and would, and no hCG was measured."""
        lacking = "conditions" in case.facts.absent or "conditions" in case.facts.incomplete
        return not lacking and _PREGNANCY not in case.concepts and _HCG not in case.readings

    def judge(self, case: Case) -> Outcome:
        """Unknown only when conditions were not all supplied, one is in doubt, or an hCG cannot be judged."""
        recorded = next((one for one in case.facts.conditions if self._lasts(case, one)), None)
        if recorded is not None:
            since = _dated(recorded)
            dated = f" of {since.day.isoformat()}" if since is not None else ""
            text = f"pregnancy{dated} recorded ({recorded.reference})"
            return Outcome(True, (step(_KEYWORD, True, text),), values={"condition": "pregnancy"})
        by_hcg = self._by_hcg(case)
        if by_hcg is not None and by_hcg.truth is not False:
            return by_hcg
        if any(_PREGNANCY in one.concepts for one in case.facts.unread):
            because = step(_KEYWORD, None, "pregnancy recorded in doubt", missing="Condition.verificationStatus")
            return Outcome(None, (because,), blocked=("diagnosis in doubt",))
        if "conditions" in case.facts.absent:
            text = "whether pregnancy is recorded is not known: no conditions were supplied"
            return Outcome(None, (step(_KEYWORD, None, text, missing="Condition"),), blocked=("conditions absent",))
        if "conditions" in case.facts.incomplete:
            text = "whether pregnancy is recorded is not known: only a part of the conditions was supplied"
            because = step(_KEYWORD, None, text, missing="Bundle.link")
            return Outcome(None, (because,), blocked=("conditions incomplete",))
        nothing = step(_KEYWORD, False, "no present pregnancy recorded here")
        return Outcome(False, (*by_hcg.because, nothing), by_hcg.readings) if by_hcg else Outcome(False, (nothing,))

    def _lasts(self, case: Case, condition: Condition) -> bool:
        if condition.concept != _PREGNANCY or not condition.active:
            return False
        since = _dated(condition)
        if since is None:
            return True
        return days_between(since, case.today) <= case.policy.pregnancy_lasts and not _over_since(case, since)

    def _by_hcg(self, case: Case) -> Outcome | None:
        """What hCG says; None where none counts: it may also come from an injection of it, or a tumour."""
        patient = case.facts.patient
        if "uterus" in patient.organs_absent or "testes" in patient.organs:
            return None
        given = case.orders_of(_GIVEN)
        if any(one.current or stopped_within(case, one, case.policy.pregnancy_hcg_for) is not False for one in given):
            return None
        group = case.latest(_HCG, preliminary=self.urgent, within=case.policy.pregnancy_hcg_for)
        counted = [reading for reading in group if not _over_since(case, reading.effective)]
        if not counted:
            return None
        newest = max(counted, key=lambda reading: reading.value)
        truth = self.hcg.holds(newest)
        verb = "may or may not be" if truth is None else "is" if truth else "is not"
        text = f"{case.named(newest)} {verb} {self.hcg.words}"
        because = step(_KEYWORD, truth, text, value=case.canonical(newest), limit=self.hcg.words)
        values = {**case.sentence(newest), "condition": "a likely pregnancy", "limit": self.hcg.text}
        blocked = ("reported only as a bound",) if truth is None else ()
        return Outcome(truth, (because,), tuple(counted), (), blocked, values)


def _dated(condition: Condition) -> Moment | None:
    return condition.onset or condition.recorded


def _over_since(case: Case, moment: Moment) -> bool:
    """Whether a delivery is recorded after a moment."""
    ends = (_dated(one) for one in case.facts.conditions if one.concept in _OVER)
    return any(end is not None and days_between(moment, end) > 0 for end in ends)
