"""From one patient's Bundle to the answer in FHIR: the same middle as every door, and what is kept of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from time import perf_counter
from typing import NamedTuple

from cds_hooks.facts import Facts, Moment
from cds_hooks.presentation.monitoring.answer import Call, Return, encode_answer
from cds_hooks.presentation.monitoring.scene import Seen
from cds_hooks.record.fhir.resources import Located, decode_bundle
from cds_hooks.record.fhir.subjects import person_of
from cds_hooks.refusal import Refusal
from cds_hooks.wire.response import Card
from service import __version__
from service.evaluation import facts_in, moment_of, namespace_of
from service.judge import judge
from service.memory.distil import Answer, Asked, remember
from service.operating.tracing.spans import span
from service.site.site import InForce, Site

OPERATION = "$hormone-monitoring"  # this door's name beside the ids of CDS services


class Asking(NamedTuple):
    """How a call wants charts judged: for which day, by which numbers, and, of one patient, about whom."""

    site: Site
    today: Moment
    profiles: tuple[str, ...]
    wanted: Return
    patient: str | None = None

    @classmethod
    def of(
        cls, site: Site, today: list[str], profiles: Sequence[str], wanted: Return | None, patient: str | None = None
    ) -> Asking:
        """Raises Refusal (400) for a day or profile that cannot be meant."""
        return cls(site, moment_of(site, today), site.profiles(profiles), wanted or "representation", patient)


def answer_in_fhir(in_force: InForce, body: bytes, asking: Asking) -> bytes:
    """What is judged of one Bundle, encoded; remembered, and its unmapped codes counted.

    Raises:
        Refusal: 400 when it is no Bundle of one patient, or of another than the one asked about; 413 for too much.
    """
    began = perf_counter()
    said, answer, facts = judged_in_fhir(body, asking)
    in_force.count(facts.patient.reference, facts.unmapped)
    asked = Asked(OPERATION, began, facts.patient.reference.removeprefix("Patient/"))
    remember(in_force, asked, answer, asking.site.knowledge)
    return said


def judged_in_fhir(body: bytes, asking: Asking) -> tuple[bytes, Answer, Facts]:
    """The same without remembering or counting: what is answered, and what it rests on."""
    site = asking.site
    with span("decode"):
        chart = decode_bundle(body)
    facts = facts_in(site, chart, asking.today)
    if asking.patient is not None:
        _require_patient(facts, asking.patient)
    seed = namespace_of(body, asking.today.text, *asking.profiles)
    judged, cards = judge(site, facts, asking.today, asking.profiles, seed, _no_cards)
    call = Call(seed, asking.today, datetime.now(UTC), __version__, site.settings.timezone, _places(body, chart[1]))
    return encode_answer(Seen(judged, facts, site.knowledge), call, asking.wanted), Answer(cards, facts, judged), facts


def _no_cards(*_: object, **__: object) -> tuple[Card, ...]:
    return ()


def _require_patient(facts: Facts, patient: str) -> None:
    if person_of(facts.patient.reference) != patient:
        said = "The Bundle is not about the patient of this address: send that patient's, or post it without the id."
        raise Refusal(400, "invalid", said, "Bundle.entry.resource.ofType(Patient)")


def _places(body: bytes, located: Sequence[Located]) -> dict[str, str]:
    """Resources that the Bundle itself refers to by urn: so the answer does too."""
    if b'"urn:' not in body:
        return {}
    return {one.reference: one.full_url for one in located if one.full_url and one.full_url.startswith("urn:")}
