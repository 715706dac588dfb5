"""Which protocols apply to a patient, with which profile, and why the others do not."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from operator import attrgetter

from cds_hooks.facts import Facts, Moment, Reading, Therapy
from cds_hooks.findings import Considered
from cds_hooks.judgement.chart.anatomy import Anatomy, anatomy_of
from cds_hooks.judgement.knowledge.knowledge import Knowledge
from cds_hooks.judgement.protocol.protocol import Protocol
from cds_hooks.judgement.timing.age import age
from cds_hooks.judgement.timing.amounts import daily_milligrams, milligrams
from cds_hooks.judgement.timing.clock import days_between, sort_key
from cds_hooks.judgement.timing.forms import form_of
from cds_hooks.judgement.written.policy import Policy
from cds_hooks.judgement.written.written import Applies, ProtocolFile, Way


def choose(
    facts: Facts,
    knowledge: Knowledge,
    wanted: Sequence[str],
    today: Moment,
) -> tuple[list[Protocol], tuple[Considered, ...]]:
    """The protocols to judge, each with its profile, and a line on every protocol that was considered."""
    chosen: list[Protocol] = []
    considered: list[Considered] = []
    barred = _barred(facts, today, knowledge.policy)
    if barred is not None:
        return [], tuple(Considered(name, False, barred) for _, name, *_ in knowledge.in_turn)
    person = Person(facts, knowledge, today, wanted)
    present = person.present
    names: list[str] = []
    for file, name, with_another, concerns, not_concerned in knowledge.in_turn:
        if present.isdisjoint(concerns) and not with_another:
            considered.append(not_concerned)
            continue
        line = person.consider(file, names)
        considered.append(line)
        if line.applies:
            profile = next((name for name in wanted if name in file.profile), None) if wanted else None
            chosen.append(knowledge.variants[name, profile or file.default_profile])
            names.append(name)
    return chosen, tuple(considered)


def _barred(facts: Facts, today: Moment, policy: Policy) -> str | None:
    if facts.patient.deceased:
        return "the patient is recorded as deceased"
    years = age(facts.patient.birth_date, today.day)
    if years is None or years >= policy.adult_from:
        return None
    return f"the patient is {years}; no protocol is for patients under {policy.adult_from}"


_ANALYTE = attrgetter("analyte")


class Person:
    """One patient as protocols look at them: what is taken, which organs there are, what is recorded and asked for."""

    def __init__(self, facts: Facts, knowledge: Knowledge, today: Moment, wanted: Sequence[str]) -> None:
        self._facts = facts
        self._knowledge = knowledge
        self._today = today
        self._wanted = wanted
        self._anatomy: Anatomy = anatomy_of(facts.patient)
        self._recorded = {condition.concept for condition in facts.conditions if condition.active}
        given = sorted(facts.doses, key=lambda dose: sort_key(dose.at)) if facts.doses else []
        self._ordered = [(one, frozenset(one.names)) for one in facts.therapies]
        self._measured = frozenset(map(_ANALYTE, facts.readings))
        self._last_doses = {drug: dose.at for dose in given for drug in dose.ingredients}
        self._first_doses = {drug: dose.at for dose in reversed(given) for drug in dose.ingredients}
        self._drugs = frozenset(self._last_doses).union(*(names for _, names in self._ordered))
        self.present = self._drugs.union(self._measured, self._recorded)

    def consider(self, file: ProtocolFile, chosen: Collection[str]) -> Considered:
        """Whether a protocol applies beside those chosen already, and why."""
        rule = file.applies
        if rule.with_another:
            because = "another protocol applies" if chosen else "no other protocol applies"
            return Considered(file.id, bool(chosen), because)
        why = self._concerned(rule)
        if why is None:
            return file.not_concerned
        if rule.gives_way_to:
            instead = next((name for name in rule.gives_way_to if name in chosen), None)
            if instead is not None:
                return Considered(file.id, False, f"{why}, but {instead} applies instead")
        barring = next((name for name in rule.not_with if name in self._recorded), None) if rule.not_with else None
        if barring is not None and not self._asked(file):
            because = f"{why}, but {barring.replace('-', ' ')} is recorded: no target is assumed; name a profile"
            return Considered(file.id, False, because, in_part=bool(rule.taking))
        if not rule.way:
            return Considered(file.id, True, why)
        found = None
        for way in rule.way:
            found = self._goes(way, file)
            if found is not None:
                break
        if found is None:
            because = f"{why}, but it is not for this patient as recorded ({self._anatomy.text})"
            return Considered(file.id, False, because, in_part=bool(rule.taking))
        return Considered(file.id, True, f"{why}; {found}")

    def _asked(self, file: ProtocolFile) -> bool:
        return any(name in file.profile for name in self._wanted)

    def _concerned(self, rule: Applies) -> str | None:
        """What makes a protocol look at this patient at all; None when nothing does."""
        if rule.not_taking and self._takes_for_long(rule):
            return None
        taken = None if self._drugs.isdisjoint(rule.taking) else self._taken(rule)
        if taken is not None:
            return taken
        measured = self._measured_of(rule)
        if measured is not None:
            known = self._knowledge.vocabulary.analytes.get(measured.analyte)
            return f"{known.label if known is not None else measured.analyte} was measured"
        recorded = next((name for name in rule.conditions if name in self._recorded), None)
        return f"{recorded.replace('-', ' ')} is recorded" if recorded is not None else None

    def _measured_of(self, rule: Applies) -> Reading | None:
        if self._measured.isdisjoint(rule.results):
            return None
        return next((r for r in self._facts.readings if r.analyte in rule.results and self._is_recent(r)), None)

    def _is_recent(self, reading: Reading) -> bool:
        return days_between(reading.effective, self._today) <= self._knowledge.policy.results_for

    def _takes_for_long(self, rule: Applies) -> bool:
        starts = [one.start for one, names in self._ordered if one.current and not names.isdisjoint(rule.not_taking)]
        given = [
            self._first_doses[drug]
            for drug in self._last_doses
            if drug in rule.not_taking and self._goes_on(drug, rule)
        ]
        return any(one is None or days_between(one, self._today) >= rule.new_for for one in (*starts, *given))

    def _goes_on(self, drug: str, rule: Applies) -> bool:
        """Whether doses that no order is on the list for are so recent that the drug counts as taken."""
        ordered = any(drug in therapy.ingredients for therapy, _ in self._ordered)
        return not ordered and days_between(self._last_doses[drug], self._today) <= self._knowledge.policy.episode_gap

    def _taken(self, rule: Applies) -> str | None:
        """Why the drug counts as taken, or as stopped so recently that safety goes on; None when it does not."""
        counted = self._counted(rule)
        current = next((therapy for therapy in counted if therapy.current), None)
        if current is not None:
            return f"{_named(current, rule)} on the medication list, recognized by {current.basis}"
        draft = next((therapy for therapy in counted if therapy.planned), None) if rule.planned else None
        if draft is not None:
            return f"{_named(draft, rule)} about to be ordered, recognized by {draft.basis}"
        for therapy in counted:
            said = None if therapy.planned else self._stopped(therapy, rule)
            if said is not None:
                return said
        for drug, last in self._last_doses.items():
            if drug in rule.taking and days_between(last, self._today) <= rule.tail:
                return f"{drug} given on {last.day.isoformat()}, though no order for it is on the list"
        return None

    def _counted(self, rule: Applies) -> list[Therapy]:
        return [
            one
            for one, names in self._ordered
            if not names.isdisjoint(rule.taking)
            and names.isdisjoint(rule.but_not)
            and not (rule.systemic and one.systemic is False)
        ]

    def _stopped(self, therapy: Therapy, rule: Applies) -> str | None:
        last = _last_known(therapy, self._last_doses.get(therapy.drug))
        form = form_of(therapy, self._knowledge.forms)
        tail = max(rule.tail, (form.tail or 0) if form is not None else 0)
        if last is None or days_between(last, self._today) > (tail if therapy.end else rule.tail_if_end_unknown):
            return None
        ended = "stopped recently" if therapy.end else "stopped, its end is not recorded"
        return f"{_named(therapy, rule)} {ended}, recognized by {therapy.basis}"

    def _goes(self, way: Way, file: ProtocolFile) -> str | None:
        """How the patient fits a way, in words; None when something written in it does not hold."""
        anatomy, said = self._anatomy, []
        if way.asked:
            if not self._asked(file):
                return None
            said.append("its profile was asked for")
        if way.anatomy is not None or way.recorded_anatomy is not None:
            if anatomy.kind != (way.anatomy or way.recorded_anatomy):
                return None
            if way.recorded_anatomy is not None and not anatomy.recorded:
                return None
            said.append(anatomy.text)
        if way.not_recorded_anatomy is not None and anatomy.recorded and anatomy.kind == way.not_recorded_anatomy:
            return None
        if way.registered is not None and self._facts.patient.sex != way.registered:
            return None
        if way.not_anatomy is not None and anatomy.kind == way.not_anatomy:
            return None
        if way.condition:
            found = next((name for name in way.condition if name in self._recorded), None)
            if found is None:
                return None
            said.append(f"{found.replace('-', ' ')} is recorded")
        if not self._recorded.isdisjoint(way.not_condition):
            return None
        if way.taking and not any(t.current and not names.isdisjoint(way.taking) for t, names in self._ordered):
            return None
        if way.not_taking and any(t.current and not names.isdisjoint(way.not_taking) for t, names in self._ordered):
            return None
        if (way.route or way.daily_at_most is not None) and not self._given_so(way, file.applies):
            return None
        return "; ".join(said) or "given as written for it"

    def _given_so(self, way: Way, rule: Applies) -> bool:
        """Whether every therapy that counts is given by one of the routes, and no more of it a day than the most."""
        counted = [one for one in self._counted(rule) if one.current or one.planned]
        if not counted or (way.route and any(therapy.route not in way.route for therapy in counted)):
            return False
        most = milligrams(way.daily_at_most) if way.daily_at_most is not None else None
        if most is None:
            return True
        amounts = [daily_milligrams(therapy) for therapy in counted]
        return all(amount is not None and amount <= most for amount in amounts)


def _named(therapy: Therapy, rule: Applies) -> str:
    """What is taken; of a mixture the ingredient that the protocol is for."""
    drug = next((drug for drug in therapy.ingredients if drug in rule.taking), therapy.drug)
    rest = " and ".join(other for other in therapy.ingredients if other != drug)
    return f"{drug} (mixed with {rest})" if rest else drug


def _last_known(therapy: Therapy, last_dose: Moment | None) -> Moment | None:
    """The last moment the drug is known to have been used: its end, else its start, or a later dose."""
    moments = [moment for moment in (therapy.end or therapy.start, last_dose) if moment is not None]
    return max(moments, key=sort_key, default=None)
