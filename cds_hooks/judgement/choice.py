"""Which protocols apply to a patient, with which profile, and why the others do not."""

from __future__ import annotations

from collections.abc import Sequence

from cds_hooks.facts import Facts, Moment, Therapy
from cds_hooks.findings import Considered
from cds_hooks.judgement.knowledge import Knowledge
from cds_hooks.judgement.policy import Policy
from cds_hooks.judgement.protocol import Protocol
from cds_hooks.judgement.timing.age import age
from cds_hooks.judgement.timing.clock import days_between, sort_key
from cds_hooks.judgement.timing.forms import Form, form_of
from cds_hooks.judgement.written import Applies, ProtocolFile


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
    for file in sorted(knowledge.protocols, key=lambda file: file.applies.with_another):
        if barred:
            considered.append(Considered(file.id, False, barred))
            continue
        line = _consider(file, facts, knowledge.forms, today, wanted, alone=not chosen)
        considered.append(line)
        if line.applies:
            profile = next((name for name in wanted if name in file.profile), file.default_profile)
            chosen.append(knowledge.variants[file.id, profile])
    return chosen, tuple(considered)


def _barred(facts: Facts, today: Moment, policy: Policy) -> str | None:
    if facts.patient.deceased:
        return "the patient is recorded as deceased"
    years = age(facts.patient.birth_date, today.day)
    if years is None or years >= policy.adult_from:
        return None
    return f"the patient is {years}; no protocol is for patients under {policy.adult_from}"


def _consider(
    file: ProtocolFile, facts: Facts, forms: Sequence[Form], today: Moment, wanted: Sequence[str], *, alone: bool
) -> Considered:
    rule = file.applies
    if rule.with_another:
        return Considered(file.id, not alone, "no other protocol applies" if alone else "another protocol applies")
    why = _taken(rule, facts, forms, today)
    if why is None:
        drugs = " or ".join(rule.taking)
        return Considered(file.id, False, f"no {drugs} on the medication list, nor stopped recently enough to matter")
    sex = facts.patient.sex
    if rule.sex and sex not in rule.sex:
        because = f"{why}, but this is for recorded sex {' or '.join(rule.sex)}; recorded here: {sex or 'nothing'}"
        return Considered(file.id, False, because, in_part=True)
    barring = next((c.concept for c in facts.conditions if c.active and c.concept in rule.not_with), None)
    if barring is not None and not any(name in file.profile for name in wanted):
        because = f"{why}, but {barring.replace('-', ' ')} is recorded: no target is assumed; name a profile"
        return Considered(file.id, False, because, in_part=True)
    return Considered(file.id, True, f"{why}; recorded sex {sex} ({facts.patient.sex_basis})" if rule.sex else why)


def _taken(rule: Applies, facts: Facts, forms: Sequence[Form], today: Moment) -> str | None:
    """Why the drug counts as taken, or as stopped so recently that safety goes on; None when it does not."""
    therapies = [therapy for therapy in facts.therapies if not therapy.planned and _is_one_of(therapy, rule)]
    current = next((therapy for therapy in therapies if therapy.current), None)
    if current is not None:
        return f"{_named(current, rule)} on the medication list, recognised by {current.basis}"
    given = sorted(facts.doses, key=lambda dose: sort_key(dose.at))
    last_doses = {drug: dose.at for dose in given for drug in dose.ingredients}
    for therapy in therapies:
        last = _last_known(therapy, last_doses.get(therapy.drug))
        form = form_of(therapy, forms)
        tail = max(rule.tail, (form.tail or 0) if form is not None else 0)
        if last is not None and days_between(last, today) <= (tail if therapy.end else rule.tail_if_end_unknown):
            ended = "stopped recently" if therapy.end else "stopped, its end is not recorded"
            return f"{_named(therapy, rule)} {ended}, recognised by {therapy.basis}"
    for drug, last in last_doses.items():
        if drug in rule.taking and days_between(last, today) <= rule.tail:
            return f"{drug} given on {last.day.isoformat()}, though no order for it is on the list"
    return None


def _is_one_of(therapy: Therapy, rule: Applies) -> bool:
    return not {*therapy.ingredients, *therapy.classes}.isdisjoint(rule.taking)


def _named(therapy: Therapy, rule: Applies) -> str:
    """What is taken; of a mixture the ingredient that the protocol is for."""
    drug = next((drug for drug in therapy.ingredients if drug in rule.taking), therapy.drug)
    rest = " and ".join(other for other in therapy.ingredients if other != drug)
    return f"{drug} (mixed with {rest})" if rest else drug


def _last_known(therapy: Therapy, last_dose: Moment | None) -> Moment | None:
    """The last moment the drug is known to have been used: its end, else its start, or a later dose."""
    moments = [moment for moment in (therapy.end or therapy.start, last_dose) if moment is not None]
    return max(moments, key=sort_key, default=None)
