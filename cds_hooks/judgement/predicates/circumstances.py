"""Predicates over the person and the treatment: drugs taken, form, duration, diagnoses, organs, age, profile."""

from __future__ import annotations

from typing import ClassVar, Literal

from cds_hooks.facts import Dose, Therapy
from cds_hooks.judgement.anatomy import has_organ
from cds_hooks.judgement.case import Case
from cds_hooks.judgement.predicates.outcome import Outcome, step
from cds_hooks.judgement.predicates.predicate import Plain
from cds_hooks.judgement.timing.age import age
from cds_hooks.judgement.timing.clock import days_between, sort_key
from cds_hooks.judgement.timing.forms import Days


class Taking(Plain):
    """A drug, or one of a class, is being taken; optionally for at least, or less than, some time."""

    keyword: ClassVar[str] = "taking"

    taking: tuple[str, ...]
    at_least: Days | None = None
    less_than: Days | None = None

    def judge(self, case: Case) -> Outcome:
        """False when none is on the list; unknown when a start that decides is missing, or doses have no order."""
        taken = [therapy for therapy in case.facts.therapies if therapy.current and self._is(therapy)]
        wanted = " or ".join(name.replace("-", " ") for name in self.taking)
        if not taken:
            return self._none_listed(case, wanted)
        truths = [self._long_enough(case, therapy) for therapy in taken]
        truth = True if True in truths else None if None in truths else False
        text = f"{', '.join(dict.fromkeys(map(self._named, taken)))} on the medication list"
        missing = "MedicationRequest.authoredOn" if truth is None else None
        because = step(self.keyword, truth, text, value=self._recognised(case, taken), missing=missing)
        blocked = ("start of treatment",) if truth is None else ()
        return Outcome(truth, (because,), blocked=blocked, values={"drug": self._named(taken[0])})

    def _recognised(self, case: Case, taken: list[Therapy]) -> str | None:
        """How drugs other than the protocol's own were recognised; its own is named where protocols are chosen."""
        own = case.course.drug if case.course is not None else None
        return ", ".join(dict.fromkeys(therapy.basis for therapy in taken if self._named(therapy) != own)) or None

    def _none_listed(self, case: Case, wanted: str) -> Outcome:
        given = self._given_without_order(case)
        if given is None:
            return Outcome(False, (step(self.keyword, False, f"no {wanted} on the medication list"),))
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

    def _is(self, therapy: Therapy) -> bool:
        return not {*therapy.ingredients, *therapy.classes}.isdisjoint(self.taking)

    def _named(self, therapy: Therapy) -> str:
        """What a sentence calls it: of a mixture the ingredient asked for, where it is one by name."""
        return next((drug for drug in therapy.ingredients if drug in self.taking), therapy.drug)

    def _long_enough(self, case: Case, therapy: Therapy) -> bool | None:
        if self.at_least is None and self.less_than is None:
            return True
        if therapy.start is None:
            return None
        days = days_between(therapy.start, case.today)
        return (self.at_least is None or days >= self.at_least) and (self.less_than is None or days < self.less_than)


class GivenAs(Plain):
    """The protocol's drug is given in one of these forms."""

    keyword: ClassVar[str] = "form"

    form: tuple[str, ...]

    def judge(self, case: Case) -> Outcome:
        """Unknown when product, route or interval are not recorded well enough to tell the form."""
        form = case.course.form if case.course is not None else None
        if form is None:
            because = step(
                self.keyword,
                None,
                "how the drug is given is not recorded",
                missing="dosageInstruction.route and timing",
            )
            return Outcome(None, (because,), blocked=("timing",))
        truth = form.id in self.form
        current = case.course.current if case.course is not None else None
        because = step(
            self.keyword, truth, f"given as {form.title}", value=current.basis if current is not None else None
        )
        return Outcome(truth, (because,), values={"form": form.title})


class TreatedFor(Plain):
    """The present course has lasted at least, or at most, some time."""

    keyword: ClassVar[str] = "treated_for"

    treated_for: Literal["at_least", "at_most", "unknown"]
    days: Days = 0

    def judge(self, case: Case) -> Outcome:
        """Unknown without a recorded start."""
        start = case.course.start if case.course is not None else None
        if self.treated_for == "unknown":
            text = "the start of treatment is recorded" if start else "the start of treatment is not recorded"
            return Outcome(start is None, (step(self.keyword, start is None, text),))
        if start is None:
            text = "the start of treatment is not recorded"
            because = step(self.keyword, None, text, missing="MedicationRequest.authoredOn")
            return Outcome(None, (because,), blocked=("start of treatment",))
        days = days_between(start, case.today)
        truth = days >= self.days if self.treated_for == "at_least" else days <= self.days
        return Outcome(truth, (step(self.keyword, truth, f"day {days} of treatment"),), values={"day": str(days)})


class Recorded(Plain):
    """One of these diagnoses, symptoms or procedures is recorded and active."""

    keyword: ClassVar[str] = "condition"

    condition: tuple[str, ...]
    past_too: bool = False
    looked_up_in: tuple[Literal["conditions", "procedures"], ...] = ("conditions",)
    since_start: bool = False  # only those that began during the present course

    def judge(self, case: Case) -> Outcome:
        """False when not recorded here; unknown when nobody supplied conditions, or one is recorded in doubt."""
        found = [
            condition
            for condition in case.facts.conditions
            if condition.concept in self.condition and (condition.active or self.past_too)
        ]
        wanted = " or ".join(name.replace("-", " ") for name in self.condition)
        if self.since_start:
            start = case.course.start if case.course is not None else None
            found = [c for c in found if c.onset is not None and start is not None and days_between(start, c.onset) > 0]
        if found:
            name = found[0].concept.replace("-", " ")
            text = f"{name} recorded ({found[0].reference})"
            return Outcome(True, (step(self.keyword, True, text),), values={"condition": name})
        doubtful = next((one for one in case.facts.unread if not set(self.condition).isdisjoint(one.concepts)), None)
        if doubtful is not None:
            text = f"whether {wanted} is present is not known: recorded in doubt ({doubtful.reference})"
            because = step(self.keyword, None, text, missing="Condition.verificationStatus")
            return Outcome(None, (because,), blocked=("diagnosis in doubt",))
        absent = [kind for kind in self.looked_up_in if kind in case.facts.absent]
        if absent:
            text = f"whether {wanted} is recorded is not known: no {' or '.join(absent)} were supplied"
            because = step(self.keyword, None, text, missing=absent[0].capitalize().rstrip("s"))
            return Outcome(None, (because,), blocked=(f"{absent[0]} absent",))
        return Outcome(False, (step(self.keyword, False, f"no {wanted} recorded here"),))


class HasOrgan(Plain):
    """The organ is present: recorded, or assumed from the recorded sex and said so."""

    keyword: ClassVar[str] = "organ"

    organ: Literal["prostate", "testes", "uterus", "ovaries"]
    shown_by: str | None = None  # an analyte whose result shows the organ, where sex is not recorded

    def judge(self, case: Case) -> Outcome:
        """Unknown without an organ inventory and a recorded sex."""
        truth, text = has_organ(case.facts.patient, self.organ)
        measured = case.readings.get(self.shown_by, ()) if truth is None and self.shown_by is not None else ()
        if measured:
            text = f"{self.organ} assumed, since {case.named(measured[0])} was measured; sex is not recorded"
            return Outcome(True, (step(self.keyword, True, text),))
        if truth is None:
            because = step(self.keyword, None, text, missing="Patient.gender or organ inventory")
            return Outcome(None, (because,), blocked=("organ inventory",))
        return Outcome(truth, (step(self.keyword, truth, text),))


class LacksOrgan(Plain):
    """The organ is recorded as absent; a sex alone never says so."""

    keyword: ClassVar[str] = "organ_absent"

    organ_absent: Literal["prostate", "testes", "uterus", "ovaries"]

    def judge(self, case: Case) -> Outcome:
        """Never unknown: what is not recorded is not recorded as absent."""
        absent = self.organ_absent in case.facts.patient.organs_absent
        text = f"{self.organ_absent} {'' if absent else 'not '}recorded as absent"
        return Outcome(absent, (step(self.keyword, absent, text),))


class ProfileIs(Plain):
    """The protocol is judged with one of these profiles, or with one that extends it."""

    keyword: ClassVar[str] = "profile"

    profile: tuple[str, ...]

    def judge(self, case: Case) -> Outcome:
        """Never unknown."""
        truth = case.profile in self.profile or case.extends in self.profile
        return Outcome(truth, (step(self.keyword, truth, f"profile {case.profile}"),))


class AgeAtLeast(Plain):
    """The patient has reached an age."""

    keyword: ClassVar[str] = "age_at_least"

    age_at_least: int

    def judge(self, case: Case) -> Outcome:
        """Unknown without a birth date."""
        years = age(case.facts.patient.birth_date, case.today.day)
        if years is None:
            because = step(self.keyword, None, "age is not recorded", missing="Patient.birthDate")
            return Outcome(None, (because,), blocked=("age",))
        truth = years >= self.age_at_least
        return Outcome(truth, (step(self.keyword, truth, f"age {years}", limit=str(self.age_at_least)),))
