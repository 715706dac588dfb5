"""Predicate over draws and doses: which results were drawn too soon after a dose of a drug to be read as usual."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from cds_hooks.facts import Reading, Therapy
from cds_hooks.judgement.chart.case import Case
from cds_hooks.judgement.chart.marks import Marks, marks
from cds_hooks.judgement.predicates.drugs.drugs import Truth, either, is_one_of
from cds_hooks.judgement.predicates.outcome import Outcome, step
from cds_hooks.judgement.predicates.predicate import Plain
from cds_hooks.judgement.predicates.results import nothing_found
from cds_hooks.judgement.predicates.visits import listed
from cds_hooks.judgement.timing.clock import days_between, hours_between, sort_key, surely_before
from cds_hooks.judgement.timing.forms import Days, Hours

_MISSING = "MedicationAdministration.effectiveDateTime (last dose before the draw)"


class DrawnAfterDose(Plain):
    """Results of these analytes were drawn less than so many hours after a dose of a drug.

    Counted are results of the last `within` days that are not older than the drug's recorded start, or with `newest`
    only the newest of each analyte. A dose whose hour is not known is no reason, or with `unknown_counts` it is one.
    `methods` names, by analyte, the LOINC codes that count.
    """

    keyword: ClassVar[str] = "drawn_after_dose"

    drawn_after_dose: tuple[str, ...]  # analytes
    of: tuple[str, ...]  # ingredients or classes
    less_than: Hours
    within: Days = 60
    newest: bool = False
    unknown_counts: bool = False
    known_only: bool = False  # a dose that is not recorded leaves nothing open
    methods: dict[str, tuple[str, ...]] = Field(default_factory=dict)

    @property
    def asks_about(self) -> tuple[str, ...]:
        return self.drawn_after_dose

    @property
    def marks(self) -> Marks | None:
        return marks("listed", self.of)

    @property
    def told_by_marks(self) -> bool:
        return True

    def surely_false(self, case: Case) -> bool:
        """Nothing of it is on the medication list."""
        return not any(not one.planned and is_one_of(one, self.of) for one in case.facts.therapies)

    def judge(self, case: Case) -> Outcome:
        """All results it holds for are named; unknown where the last dose that decides is not recorded."""
        therapies = [one for one in case.facts.therapies if not one.planned and is_one_of(one, self.of)]
        readings = self._readings(case)
        if not therapies:
            text = f"no {' or '.join(self.of)} on the medication list"
            return Outcome(False, (step(self.keyword, False, text),))
        if not readings:
            where = f"in the last {self.within} days"
            nothing = nothing_found(self.keyword, case, self.drawn_after_dose[:3], (), where)
            return nothing if nothing.blocked else Outcome(False, (step(self.keyword, False, nothing.because[0].text),))
        truths = {reading: self._soon(case, reading, therapies) for reading in readings}
        soon = [one for one, truth in truths.items() if truth or (truth is None and self.unknown_counts)]
        unknown = [one for one, truth in truths.items() if truth is None]
        truth: Truth = True if soon else None if unknown and not self.known_only else False
        drug = therapies[0].drug
        kept = tuple(soon or unknown or readings)
        because = tuple(step(self.keyword, truth, self._told(case, one, truths[one], drug)) for one in kept)
        names = listed(list(dict.fromkeys(case.label(one.analyte) for one in kept)))
        values = {**case.sentence(kept[0]), "names": names, "drug": drug}
        return Outcome(truth, because, kept, (), ("timing",) if truth is None else (), values)

    def _told(self, case: Case, reading: Reading, soon: Truth, drug: str) -> str:
        if soon is None:
            return f"{case.named(reading)}: when {drug} was taken last before it is not recorded"
        side = "less than" if soon else "not less than"
        return f"{case.named(reading)} was drawn {side} {self.less_than.normalize():f} h after {drug} was taken"

    def _readings(self, case: Case) -> list[Reading]:
        found = []
        for analyte in self.drawn_after_dose:
            usable = [
                one
                for one in case.usable(analyte, preliminary=True)
                if days_between(one.effective, case.today) <= self.within and self._counts(one)
            ]
            found += usable[:1] if self.newest else usable
        return found

    def _counts(self, reading: Reading) -> bool:
        codes = self.methods.get(reading.analyte)
        return codes is None or not reading.code or reading.code in codes

    def _soon(self, case: Case, reading: Reading, therapies: list[Therapy]) -> Truth:
        return either(self._soon_after(case, reading, therapy) for therapy in therapies)

    def _soon_after(self, case: Case, reading: Reading, therapy: Therapy) -> Truth:
        if therapy.start is not None and days_between(therapy.start, reading.effective) < 0:
            return False
        interval = therapy.interval_hours or case.policy.assumed_interval
        for dose in sorted(case.facts.doses, key=lambda one: sort_key(one.at), reverse=True):
            after_the_draw = surely_before(dose.at, reading.effective) is False
            if after_the_draw or set(dose.ingredients).isdisjoint(therapy.ingredients):
                continue
            least, most = hours_between(dose.at, reading.effective)
            if most < self.less_than:
                return True
            if least > case.policy.forgotten_after * interval:
                break
            return False if least >= self.less_than else None
        if therapy.end is not None and hours_between(therapy.end, reading.effective)[0] >= self.less_than:
            return False
        return None
