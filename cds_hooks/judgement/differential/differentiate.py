"""Verdicts become discordances, and discordances an ordered list of what may explain them; pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from msgspec.structs import replace

from cds_hooks.findings import Change, Discordance, Explanation, Finding
from cds_hooks.judgement.chart.case import Case
from cds_hooks.judgement.differential import steps
from cds_hooks.judgement.differential.needs import Named, held_by
from cds_hooks.judgement.differential.order import chosen
from cds_hooks.judgement.differential.present import Raised, presence, raised_of
from cds_hooks.judgement.differential.ready import Differential
from cds_hooks.judgement.differential.ready import Discordance as Kind
from cds_hooks.judgement.differential.steps import Found, Scene
from cds_hooks.judgement.predicates.drugs.drugs import is_one_of
from cds_hooks.judgement.protocol.protocol import Verdict

MEASURED = 2  # results that a discordance names
Answer = tuple[tuple[Discordance, ...], tuple[Explanation, ...]]


def differentiate(
    verdicts: Sequence[Verdict],
    findings: Sequence[Finding],
    cases: Mapping[str, Case],
    compare: Callable[[], Sequence[Change]],
    known: Differential | None,
) -> Answer:
    """What does not work as expected, and what to look at in which order: the dose last, and often not at all."""
    if known is None or not cases:
        return (), ()
    raised = raised_of(verdicts)
    if known.starting.isdisjoint(raised):
        return (), ()
    held = held_by(next(iter(cases.values())))
    by_check = {(finding.protocol, finding.check): finding for finding in findings}
    found = tuple(
        one for kind in known.discordances if (one := _found(kind, raised, by_check, cases, held)) is not None
    )
    if not found:
        return (), ()
    return tuple(one.told for one in found), _in_order(Scene(found, raised, by_check, cases, known, compare(), held))


def _found(
    kind: Kind,
    raised: Raised,
    findings: Mapping[tuple[str, str], Finding],
    cases: Mapping[str, Case],
    held: Named,
) -> Found | None:
    shown = presence(kind.ways, raised, cases, next(iter(cases.values())), held)
    if shown is None or shown.verdict is None:
        return None
    verdict, file = shown.verdict, kind.file
    finding = findings[verdict.protocol.id, verdict.id]
    measured = ", ".join(map(shown.case.named, verdict.outcome.readings[:MEASURED]))
    named = {name for way in kind.ways for name in way.file.raised if name in raised}
    told = Discordance(
        file.id,
        file.title,
        verdict.protocol.id,
        (verdict.id, *sorted(named - {verdict.id})),
        f"{file.title}: {measured}" if measured else file.title,
        any(therapy.current and is_one_of(therapy, file.exogenous) for therapy in shown.case.facts.therapies),
        finding.evidence,
    )
    forbidden = not raised.keys().isdisjoint(file.never_with)
    return Found(told, file.level, frozenset(file.about), file.review, forbidden, shown.case)


def _in_order(scene: Scene) -> tuple[Explanation, ...]:
    present = steps.factors(scene)
    delivery, comorbidity = ([told for _, told in present if told.kind == kind] for kind in ("delivery", "comorbidity"))
    context = chosen([one for one in present if one[1].kind == "context"], scene.known.file)
    before = [*steps.safety(scene), *steps.data(scene), *steps.pre_analytic(scene), *steps.changes(scene)]
    before += [*delivery, *comorbidity, *(told for _, told in context)]
    first = frozenset(factor.file.id for factor, _ in present if factor.file.before_dose)
    asked = steps.questions(scene, (told.id for told in before))
    listed = [*before, *asked, *steps.dose_review(scene, before, first)]
    return tuple(replace(one, rank=place) for place, one in enumerate(listed, 1))
