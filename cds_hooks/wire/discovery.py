"""Discovery: which services this engine offers, under which hook, and the data they ask the EHR to prefetch."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import quote

import msgspec

from terminology.context_factors import CODES
from terminology.organs import ORGANS
from terminology.vocabulary import Vocabulary

STANDARD = "3.0.0"  # the CDS Hooks version written to; every addition since 2.0 that is used is optional
REQUIRED = ("labs", "medications")  # prefetch keys without which nothing can be judged
RESPONSE = "hormone-therapy-response"
_REQUIREMENTS = (
    f"Required prefetch: {' and '.join(REQUIRED)}. Every other key that is missing makes the checks that need it "
    "unknown, and a card says so."
)


class Service(msgspec.Struct, frozen=True, omit_defaults=True):
    """One CDS service as the standard describes it. `prefetch` maps a key to a FHIR read or search."""

    hook: str
    title: str
    description: str
    id: str
    prefetch: dict[str, str]
    usageRequirements: str
    version: str
    hookVersion: str


class Discovery(msgspec.Struct, frozen=True):
    """Everything offered."""

    services: tuple[Service, ...]

    def find(self, service_id: str) -> Service | None:
        """The service with that id."""
        return next((service for service in self.services if service.id == service_id), None)


def discover(vocabulary: Vocabulary) -> Discovery:
    """The services offered with this vocabulary."""
    return Discovery((patient_view(vocabulary), therapy_response(vocabulary)))


def patient_view(vocabulary: Vocabulary) -> Service:
    """Hormone monitoring when a chart is opened."""
    return Service(
        hook="patient-view",
        title="Hormone therapy monitoring",
        description=(
            "Reads laboratory results and hormone therapy of the open chart, says which safety limits are crossed, "
            "which results cannot be judged and why, and proposes the next blood draw. The clinician decides."
        ),
        id="hormone-monitoring-patient-view",
        prefetch=prefetch_templates(vocabulary),
        usageRequirements=_REQUIREMENTS,
        version=STANDARD,
        hookVersion="1.0",
    )


def therapy_response(vocabulary: Vocabulary) -> Service:
    """Why a therapy does not work as expected, when a clinician asks for it."""
    return Service(
        hook="patient-view",
        title="Hormone therapy not working as expected",
        description=(
            "For the open chart of a patient whose levels or symptoms are not as expected: safety first, then doubts "
            "about the data, delivery, other illness and context that may explain it, each with what it cannot explain "
            "and how well it is supported, and what to ask. The clinician decides."
        ),
        id=RESPONSE,
        prefetch=prefetch_templates(vocabulary),
        usageRequirements=_REQUIREMENTS,
        version=STANDARD,
        hookVersion="1.0",
    )


def prefetch_templates(vocabulary: Vocabulary) -> dict[str, str]:
    """One FHIR query per key, within the subset that 2.0 clients and common EHRs answer.

    LOINC codes, and those of the organ inventory and of context factors, are bare, since some servers do not split
    `system|code` lists; a site's own codes name their system, which alone tells them apart. Neither status nor category
    is filtered: real charts hold statuses and category systems that such a filter would silently drop. No parameter is
    repeated and nothing is sorted or included, because some servers refuse that.
    """
    everything = "patient={{context.patientId}}&_count=200"
    local = vocabulary.local.laboratory_codes
    return {
        "patient": "Patient/{{context.patientId}}",
        "labs": _observations((*vocabulary.laboratory_codes, *_tokens(local, "laboratory"))),
        "medications": f"MedicationRequest?{everything}",
        "administrations": f"MedicationAdministration?{everything}",
        "statements": f"MedicationStatement?{everything}",
        "procedures": f"Procedure?{everything}",
        "conditions": f"Condition?{everything}",
        "context": _observations((*vocabulary.context_codes, *ORGANS, *CODES, *_tokens(local, "context"))),
    }


def _tokens(local: Iterable[tuple[str, str, str]], kind: str) -> list[str]:
    """Local codes as search tokens, `system|code`, so written that they survive in a query."""
    return [f"{_token(system)}|{_token(code)}" for system, code, target in local if target == kind]


def _token(text: str) -> str:
    """FHIR's escapes for its own separators, then the URL's for what it cannot hold."""
    return quote(re.sub(r"([\\,|$])", r"\\\1", text), safe=":/-._~")


def _observations(codes: tuple[str, ...]) -> str:
    return f"Observation?patient={{{{context.patientId}}}}&code={','.join(codes)}&_count=200"
