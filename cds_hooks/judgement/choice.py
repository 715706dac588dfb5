"""Which protocols apply to a patient, with which profile, and why the others do not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cds_hooks.facts import Facts, Moment, Therapy
from cds_hooks.findings import Considered
from cds_hooks.judgement.protocol import Protocol, ProtocolFile
from cds_hooks.judgement.timing.age import age
from cds_hooks.judgement.timing.clock import days_between

ADULT = 18


def choose(
    facts: Facts,
    files: Sequence[ProtocolFile],
    profiles: Mapping[tuple[str, str], Protocol],
    wanted: Sequence[str],
    today: Moment,
) -> tuple[list[Protocol], tuple[Considered, ...]]:
    """The protocols to judge, each with its profile, and a line on every protocol that was considered."""
    chosen: list[Protocol] = []
    considered: list[Considered] = []
    barred = _barred(facts, today)
    for file in sorted(files, key=lambda file: file.applies.with_another):
        applies, because = (False, barred) if barred else _applies(file, facts, today, alone=not chosen)
        considered.append(Considered(file.id, applies, because))
        if applies:
            profile = next((name for name in wanted if name in file.profile), file.default_profile)
            chosen.append(profiles[file.id, profile])
    return chosen, tuple(considered)


def _barred(facts: Facts, today: Moment) -> str | None:
    if facts.patient.deceased:
        return "the patient is recorded as deceased"
    years = age(facts.patient.birth_date, today.day)
    return (
        f"the patient is {years}; no protocol is for patients under {ADULT}"
        if years is not None and years < ADULT
        else None
    )


def _applies(file: ProtocolFile, facts: Facts, today: Moment, *, alone: bool) -> tuple[bool, str]:
    rule = file.applies
    if rule.with_another:
        return (False, "no other protocol applies") if alone else (True, "another protocol applies")
    drugs = " or ".join(rule.taking)
    therapy = _therapy(file, facts, today)
    if therapy is None:
        return False, f"no {drugs} on the medication list, nor stopped within {rule.tail} days"
    sex = facts.patient.sex
    if rule.sex and sex not in rule.sex:
        return False, f"for recorded sex {' or '.join(rule.sex)}; recorded here: {sex or 'nothing'}"
    state = "on the medication list" if therapy.current else "stopped recently"
    named = f"{therapy.drug} {state}, recognised by {therapy.basis}"
    return True, f"{named}; recorded sex {sex} ({facts.patient.sex_basis})" if rule.sex else named


def _therapy(file: ProtocolFile, facts: Facts, today: Moment) -> Therapy | None:
    rule = file.applies
    for therapy in facts.therapies:
        if therapy.planned or not (therapy.drug in rule.taking or set(therapy.classes) & set(rule.taking)):
            continue
        if therapy.current:
            return therapy
        if therapy.end is not None and days_between(therapy.end, today) <= rule.tail:
            return therapy
    return None
