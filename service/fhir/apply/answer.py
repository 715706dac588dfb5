"""What one plan asks of one patient."""

from __future__ import annotations

import re

from cds_hooks.facts import Facts
from cds_hooks.judgement.evaluate import evaluate
from cds_hooks.judgement.knowledge.knowledge import Knowledge
from cds_hooks.judgement.protocol.protocol import Protocol
from cds_hooks.presentation.applied.proposals import Applied, encode_applied
from cds_hooks.presentation.artifacts.artifact import Artifact
from cds_hooks.presentation.artifacts.protocols.plans import plans_by_id
from cds_hooks.record.fhir.servers import server_of
from cds_hooks.refusal import Refusal
from service.evaluation import facts_of, moment_of
from service.fhir.apply.sent import Application
from service.site.site import Site

_PATIENT = re.compile(
    r"(?:https?://[^\s<>\"]+/)?Patient/[A-Za-z0-9\-.]{1,64}(?:/_history/[A-Za-z0-9\-.]{1,64})?|urn:(?:uuid|oid):[0-9a-zA-Z.\-]{1,64}"
)


def apply_plan(site: Site, plan: Artifact, sent: Application) -> tuple[bytes, Facts]:
    """The CarePlan of one plan for the patient of the Bundle, and the facts it rests on.

    Raises:
        Refusal: 400 for a day or a Bundle that cannot be meant, or one of another patient than the subject.
    """
    variant = plans_by_id(site.knowledge)[plan.id]
    today = moment_of(site, [] if sent.today is None else [sent.today])
    facts = facts_of(site, sent.data, today)
    subject = _subject(sent.subject, facts)
    judged = evaluate(facts, site.knowledge, today, _profiles(site, variant), drawn_for=variant.id)
    applied = Applied(plan, variant.id, judged, facts, site.knowledge, today, subject)
    return encode_applied(applied), facts


def _profiles(site: Site, variant: Protocol) -> tuple[str, ...]:
    """The plan's profile asked for by name, and the site's for other protocols.

    A profile that its protocol has alone and others have too (`standard`) names nothing, and is left out.
    """
    own = variant.file.profile
    others = tuple(name for name in site.settings.profile if name not in own)
    is_alone = len(own) == 1 and _is_shared(variant, site.knowledge)
    return others if is_alone else (variant.profile, *others)


def _is_shared(variant: Protocol, knowledge: Knowledge) -> bool:
    return any(variant.profile in file.profile for file in knowledge.protocols if file.id != variant.id)


def _subject(asked: str | None, facts: Facts) -> str:
    """The patient's reference. Raises Refusal (400) when it is not known, or is another's."""
    held = facts.patient.reference
    if not (held or asked):
        raise Refusal(400, "required", "Send a Patient in the Bundle, or say whose it is in subject.", "subject")
    if asked is None:
        return held
    wanted = asked if "/" in asked or ":" in asked else f"Patient/{asked}"
    if not _PATIENT.fullmatch(wanted):
        raise Refusal(400, "value", "Send subject as a patient's id, or as Patient/[id], or its URL.", "subject")
    if held and not _is_of(wanted, facts):
        raise Refusal(400, "value", "The Bundle is of another patient than the subject.", "subject")
    return held or wanted


def _is_of(wanted: str, facts: Facts) -> bool:
    """Whether a reference may name the patient of a chart; one id on two servers is two patients."""
    named, server = wanted.partition("/_history/")[0], server_of(wanted)
    is_elsewhere = None not in (server, facts.patient.server) and server != facts.patient.server
    return not is_elsewhere and f"/{named}".endswith(f"/{facts.patient.reference}")
