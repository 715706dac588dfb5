"""Predicate over pregnancy: recorded and not over, or likely from an hCG or a pregnancy test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from cds_hooks.facts import Condition, Moment, Unread
from cds_hooks.judgement.chart.case import Case
from cds_hooks.judgement.predicates.drugs.taking import stopped_within
from cds_hooks.judgement.predicates.outcome import Outcome, step
from cds_hooks.judgement.predicates.predicate import Numbers, Predicate, Written
from cds_hooks.judgement.timing.clock import days_between
from cds_hooks.judgement.written.threshold import Threshold

_KEYWORD = "pregnant"
_PREGNANCY, _TEST = "pregnancy", "pregnancy-test-positive"
_OVER, _HCG = ("delivery", "postpartum"), "hcg_quant"
_GIVEN = ("hcg",)  # the class of drugs that are hCG


class WrittenPregnant(Written):
    """`pregnant`: a pregnancy is recorded and not over, or hCG or a test says one is likely."""

    keyword: ClassVar[str] = _KEYWORD

    pregnant: Literal[True]

    def ready(self, numbers: Numbers) -> Pregnant:
        """With the hCG that policy takes for a pregnancy."""
        hcg = numbers.threshold(_HCG, {"at_least": numbers.policy.pregnancy_hcg})
        return Pregnant(hcg, numbers.urgency == "critical")


@dataclass(frozen=True, slots=True)
class Pregnant(Predicate):
    """A pregnancy by record, else by hCG or a positive test."""

    hcg: Threshold
    urgent: bool

    @property
    def asks_about(self) -> tuple[str, ...]:
        return (_HCG,)

    def surely_false(self, case: Case) -> bool:
        """Whether the chart names no pregnancy, and would, no hCG was measured and no test was positive."""
        lacking = "conditions" in case.facts.absent or "conditions" in case.facts.incomplete
        return not lacking and case.concepts.isdisjoint((_PREGNANCY, _TEST)) and _HCG not in case.readings

    def judge(self, case: Case) -> Outcome:
        """Unknown only when conditions were not all supplied, one is in doubt, or an hCG cannot be judged."""
        recorded = next((one for one in case.facts.conditions if self._lasts(case, one)), None)
        if recorded is not None:
            since = _dated(recorded)
            dated = f" of {since.day.isoformat()}" if since is not None else ""
            text = f"pregnancy{dated} recorded ({recorded.reference})"
            return Outcome(True, (step(_KEYWORD, True, text),), values={"condition": "pregnancy"})
        by_hcg = self._by_hcg(case)
        if by_hcg is not None and by_hcg.truth:
            return by_hcg
        by_test = self._by_test(case, by_hcg)
        if by_test is not None:
            return by_test
        if by_hcg is not None and by_hcg.truth is None:
            return by_hcg
        if any(self._may_last(case, one) for one in case.facts.unread):
            because = step(
                _KEYWORD,
                None,
                "pregnancy recorded in doubt",
                missing="Condition.verificationStatus, Observation.value[x]",
            )
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

    def _may_last(self, case: Case, unread: Unread) -> bool:
        """Whether an answer nobody can use may tell of a present pregnancy."""
        if unread.past:
            return False
        day, policy = unread.effective, case.policy
        age = days_between(day, case.today) if day is not None else 0
        if _PREGNANCY in unread.concepts:
            return age <= policy.pregnancy_lasts
        return _TEST in unread.concepts and age <= policy.pregnancy_hcg_for and _tells_of_pregnancy(case)

    def _by_test(self, case: Case, by_hcg: Outcome | None) -> Outcome | None:
        """A pregnancy test that was positive lately, and no hCG of a later day denies it; None where none counts."""
        tests = [one for one in case.facts.conditions if one.concept == _TEST and one.onset is not None]
        for test in tests if _tells_of_pregnancy(case) else ():
            day = test.onset
            assert day is not None  # noqa: S101 - only dated tests are kept
            is_recent = days_between(day, case.today) <= case.policy.pregnancy_hcg_for
            if is_recent and not _over_since(case, day) and not _denied_since(by_hcg, day):
                text = f"pregnancy test of {day.day.isoformat()} positive ({test.reference})"
                return Outcome(True, (step(_KEYWORD, True, text),), values={"condition": "a likely pregnancy"})
        return None

    def _by_hcg(self, case: Case) -> Outcome | None:
        """What hCG says; None where none counts."""
        if not _tells_of_pregnancy(case):
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


def _tells_of_pregnancy(case: Case) -> bool:
    """Whether hCG tells of a pregnancy: it may also come from an injection of it, or a tumour."""
    patient, lately = case.facts.patient, case.policy.pregnancy_hcg_for
    if "uterus" in patient.organs_absent or "testes" in patient.organs:
        return False
    return not any(one.current or stopped_within(case, one, lately) is not False for one in case.orders_of(_GIVEN))


def _denied_since(by_hcg: Outcome | None, day: Moment) -> bool:
    if by_hcg is None or by_hcg.truth is not False:
        return False
    return all(days_between(day, reading.effective) > 0 for reading in by_hcg.readings)


def _dated(condition: Condition) -> Moment | None:
    return condition.onset or condition.recorded


def _over_since(case: Case, moment: Moment) -> bool:
    """Whether a delivery is recorded after a moment."""
    ends = (_dated(one) for one in case.facts.conditions if one.concept in _OVER)
    return any(end is not None and days_between(moment, end) > 0 for end in ends)
