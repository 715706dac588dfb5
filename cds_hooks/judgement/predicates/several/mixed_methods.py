"""Predicate over the two newest results: whether they were measured or reported in the same way."""

from __future__ import annotations

from typing import ClassVar

from cds_hooks.facts import Reading
from cds_hooks.judgement.chart.case import Case
from cds_hooks.judgement.predicates.outcome import Outcome, step
from cds_hooks.judgement.predicates.predicate import Plain
from cds_hooks.judgement.predicates.results import hindered, nothing_found
from cds_hooks.judgement.timing.clock import days_between
from cds_hooks.judgement.timing.sequence import moments


class MixedMethods(Plain):
    """The two newest results of an analyte differ in their LOINC code or in their unit.

    With `by_method` only in the method that LOINC says their codes are of: mass or moles, or a unit, is none.
    """

    keyword: ClassVar[str] = "mixed_methods"

    mixed_methods: str  # the analyte
    by_method: bool = False

    @property
    def asks_about(self) -> tuple[str, ...]:
        return (self.mixed_methods,)

    def surely_false(self, case: Case) -> bool:
        """Whether every result is by the same method, with nothing in the way."""
        usable = case.usable(self.mixed_methods, preliminary=False)
        if not (self.by_method and usable and case.is_plain(self.mixed_methods)):
            return False
        known = [case.vocabulary.loinc.get(code) for code in {reading.code for reading in usable}]
        recent = days_between(usable[0].effective, case.today) <= case.policy.results_for
        return recent and len({code.method for code in known if code is not None}) < 2

    def surely_open(self, case: Case) -> bool:
        """Whether nothing was measured."""
        return case.lacks(self.mixed_methods)

    def judge(self, case: Case) -> Outcome:
        """False with a single result; unknown without one, or where the codes that would tell are not given."""
        analyte, within = self.mixed_methods, case.policy.results_for
        usable = [
            reading
            for reading in case.usable(analyte, preliminary=False)
            if days_between(reading.effective, case.today) <= within
        ]
        blocked = case.blocking(analyte, usable[0] if usable else None, preliminary=False)
        if not usable:
            return nothing_found(self.keyword, case, (analyte,), blocked, f"in the last {within} days")
        # Results of one moment are all compared: which of them came first is not known.
        groups = moments(usable)[:2]
        compared = [reading for group in groups for reading in group]
        if len(compared) == 1:
            text = f"{case.named(compared[0])} is the only one"
            return hindered(
                self.keyword, case, Outcome(False, (step(self.keyword, False, text),), (*compared,)), blocked
            )
        if self.by_method:
            return hindered(self.keyword, case, self._by_method(case, compared), blocked)
        codes = {reading.code for reading in compared}
        units = {reading.conversion.ucum for reading in compared}
        truth = True if len(codes - {""}) > 1 or len(units) > 1 else None if "" in codes else False
        how = ", ".join(
            f"{case.named(one)} ({f'LOINC {one.code}' if one.code else 'no LOINC code'}, {one.reported_unit})"
            for one in compared
        )
        verb = {True: "differ", False: "do not differ", None: "may or may not differ"}[truth]
        text = f"code or unit of the newest results {verb}: {how}"
        because = step(self.keyword, truth, text, missing="Observation.code" if truth is None else None)
        obstacle = ("method",) if truth is None else ()
        outcome = Outcome(truth, (because,), tuple(compared), (), obstacle, case.sentence(compared[0]))
        return hindered(self.keyword, case, outcome, blocked)

    def _by_method(self, case: Case, compared: list[Reading]) -> Outcome:
        """Never unknown: a code that is not given says nothing of a method."""
        loinc = case.vocabulary.loinc
        methods = {reading: loinc[reading.code].method for reading in compared if reading.code in loinc}
        truth = len(set(methods.values())) > 1
        how = ", ".join(f"{case.named(one)} ({methods.get(one) or 'no method named'})" for one in compared)
        text = f"methods of the newest results {'differ' if truth else 'do not differ'}: {how}"
        because = step(self.keyword, truth, text)
        return Outcome(truth, (because,), tuple(compared), values=case.sentence(compared[0]))
