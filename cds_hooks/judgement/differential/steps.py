"""The steps of the differential, each a list of explanations: what is raised already, what is found, what to ask."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from cds_hooks.findings import Change, Discordance, Explanation, ExplanationKind, Finding
from cds_hooks.judgement.chart.case import Case
from cds_hooks.judgement.chart.changes import in_short
from cds_hooks.judgement.differential.needs import Named
from cds_hooks.judgement.differential.present import Presence, Raised, hold, presence
from cds_hooks.judgement.differential.ready import Differential, Factor
from cds_hooks.judgement.differential.written import DOSE_REVIEW, StepFile
from cds_hooks.judgement.protocol.protocol import Verdict
from cds_hooks.judgement.written.written import RESTRAINING

OBSERVED = 3  # results or reasons named for one factor


class Found(msgspec.Struct, frozen=True, gc=False):
    """A discordance of this patient, and what its file says of the kind."""

    told: Discordance
    level: bool
    about: frozenset[str]
    review: str
    forbidden: bool  # a raised check forbids the last step
    case: Case


class Scene(msgspec.Struct, frozen=True, gc=False):
    """What every step looks at."""

    found: tuple[Found, ...]
    raised: Raised
    findings: Mapping[tuple[str, str], Finding]
    cases: Mapping[str, Case]
    known: Differential
    changes: Sequence[Change]
    held: Named  # what results, diagnoses and drugs the chart holds

    @property
    def about(self) -> frozenset[str]:
        """Every analyte in question."""
        return frozenset().union(*(one.about for one in self.found))

    @property
    def own(self) -> frozenset[str]:
        """The checks that show the discordances."""
        return frozenset(name for one in self.found for name in one.told.checks)

    @property
    def ids(self) -> tuple[str, ...]:
        """The discordances by name."""
        return tuple(one.told.id for one in self.found)


def safety(scene: Scene) -> list[Explanation]:
    """What is dangerous comes first, whatever else is asked, and what is critical before it."""
    dangerous = [one for one in _each_once(scene) if _is_safety(scene, one)]
    return [_as_raised(scene, one, "safety") for one in sorted(dangerous, key=lambda one: one.urgency != "critical")]


def data(scene: Scene) -> list[Explanation]:
    """Results in question that cannot be trusted as they were sent."""
    return _of_step(scene, scene.known.file.data, "data")


def pre_analytic(scene: Scene) -> list[Explanation]:
    """Drawn at a wrong time, or disturbed on the way to the number."""
    return _of_step(scene, scene.known.file.pre_analytic, "pre-analytic")


def changes(scene: Scene) -> list[Explanation]:
    """Whether the newest number in question differs from earlier ones by more than noise; it decides no dose."""
    words = scene.known.file.change
    said = {"true-change": words.true, "noise": words.noise, "not-comparable": words.unknown}
    return [
        Explanation(
            0,
            "change",
            words.check,
            scene.found[0].case.label(one.analyte),
            said[one.verdict],
            scene.ids,
            observed=in_short(one) if one.percent is not None else one.because,
            sources=one.sources,
        )
        for one in scene.changes
        if one.analyte in scene.about
    ]


def factors(scene: Scene) -> list[tuple[Factor, Explanation]]:
    """Every factor that is present and may explain a discordance of this patient."""
    candidates = scene.known.speaking_of(scene.ids)
    return [(one, told) for one in candidates if (told := _factor(scene, one)) is not None]


def questions(scene: Scene, shown: Iterable[str]) -> list[Explanation]:
    """What is not recorded and would tell most, a few at most."""
    shown = frozenset(shown)
    asked = [
        Explanation(0, "ask", one.file.id, one.file.text, one.file.why, _shared(scene.ids, one.file.expl))
        for one in scene.known.questions
        if not shown.intersection(one.file.but_not)
        and not set(one.file.expl).isdisjoint(scene.ids)
        and hold(one.all, scene.found[0].case)
        and not any(scene.found[0].case.answer(answered).truth for answered in one.none)
    ]
    return asked[: scene.known.file.asked]


def dose_review(scene: Scene, before: Sequence[Explanation], first: frozenset[str]) -> list[Explanation]:
    """Only where nothing before it is to be settled first."""
    waits = any(one.kind in ("safety", "data", "pre-analytic") or one.id in first for one in before)
    if waits:
        return []
    return [
        Explanation(0, "dose-review", DOSE_REVIEW, one.told.title, one.review, (one.told.id,))
        for one in scene.found
        if one.review and not one.forbidden
    ][:1]


def _each_once(scene: Scene) -> list[Verdict]:
    """The raised checks that are not what is to be explained."""
    return [found[0] for name, found in scene.raised.items() if name not in scene.own]


def _is_safety(scene: Scene, verdict: Verdict) -> bool:
    step = scene.known.file.safety
    if verdict.urgency == "critical" or verdict.id in step.checks:
        return True
    restrains = verdict.action in RESTRAINING or verdict.check.file.restrains
    return verdict.urgency == "warning" and restrains and not _belongs(scene, verdict, scene.known.file.data)


def _of_step(scene: Scene, step: StepFile, kind: ExplanationKind) -> list[Explanation]:
    return [
        _as_raised(scene, one, kind)
        for one in _each_once(scene)
        if _belongs(scene, one, step) and not _is_safety(scene, one)
    ]


def _belongs(scene: Scene, verdict: Verdict, step: StepFile) -> bool:
    """A check of the step; of a whole topic only where it speaks of a result in question."""
    if verdict.id in step.checks:
        return True
    outcome = verdict.outcome
    spoken = {reading.analyte for reading in outcome.readings}
    spoken |= {unread.analyte or "" for unread in outcome.unread} | {doubt.analyte for doubt in outcome.doubts}
    return verdict.check.file.topic in step.topics and not spoken.isdisjoint(scene.about)


def _as_raised(scene: Scene, verdict: Verdict, kind: ExplanationKind) -> Explanation:
    return _of_finding(scene.findings[verdict.protocol.id, verdict.id], kind, scene.ids)


def _of_finding(finding: Finding, kind: ExplanationKind, of: tuple[str, ...]) -> Explanation:
    return Explanation(
        0,
        kind,
        finding.check,
        finding.topic,
        finding.summary,
        of,
        suggests=finding.advice or "",
        evidence=finding.evidence,
        grade=finding.strength.grade,
        confidence=finding.strength.confidence,
        sources=finding.sources,
    )


def _factor(scene: Scene, factor: Factor) -> Explanation | None:
    file = factor.file
    spoken = [one for one in scene.found if not file.protocols or one.told.protocol in file.protocols]
    explained = tuple(one.told.id for one in spoken if one.told.id in file.expl and not _cannot_touch(factor, one))
    if not spoken or not (explained or file.display):
        return None
    found = presence(factor.ways, scene.raised, scene.cases, spoken[0].case, scene.held)
    return _told(factor, explained, found) if found is not None else None


def _cannot_touch(factor: Factor, found: Found) -> bool:
    """What only changes the body's own production explains no level of a hormone that is given."""
    return found.level and found.told.exogenous and factor.file.exo == "no"


def _told(factor: Factor, of: tuple[str, ...], found: Presence) -> Explanation:
    file = factor.file
    return Explanation(
        0,
        file.kind,
        file.id,
        file.title,
        file.explains,
        of,
        file.cannot,
        file.suggests,
        observed_in(found),
        tuple(map(found.case.evidence, found.outcome.readings)),
        file.exo,
        file.grade,
        file.reason,
        file.confidence,
        factor.sources,
    )


def observed_in(found: Presence) -> str:
    """What shows it, each with its date: results as named, else the reasons that held."""
    outcome = found.outcome
    if outcome.readings:
        said = [found.case.named(reading) for reading in outcome.readings]
    else:
        said = [because.text for because in outcome.because if because.outcome == "true"]
        said[:1] = [said[0] + _dated(outcome.values)] if len(said) == 1 else said[:1]
    return "; ".join(list(dict.fromkeys(said))[:OBSERVED])


def _dated(values: Mapping[str, str]) -> str:
    """When a drug was taken, or since when a diagnosis is known."""
    since, ended = values.get("since"), values.get("ended")
    if ended is not None:
        return f", {since} to {ended}" if since is not None else f", until {ended}"
    return f", since {since}" if since is not None else ""


def _shared(ids: Sequence[str], wanted: Sequence[str]) -> tuple[str, ...]:
    return tuple(name for name in ids if name in wanted)
