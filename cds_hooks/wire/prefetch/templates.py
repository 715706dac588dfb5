"""The FHIR queries whose results an EHR is asked to send with a call, one for each prefetch key."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote

from terminology.context_factors import CODES
from terminology.organs import ORGANS
from terminology.vocabulary import Vocabulary

REQUIRED = ("labs", "medications")  # prefetch keys without which nothing can be judged
PENDING = "pendingOrders"
# Days of laboratory results that version 3.0 can ask for: the longest a check looks back is ten years (antibodies
# against TPO), and a baseline of the year before a treatment is still there for whoever began within nine.
LOOK_BACK = 3660
Dialect = Literal["2.0", "3.0"]
_EVERYTHING = "patient={{context.patientId}}&_count=200"


@dataclass(frozen=True, slots=True)
class Asking:
    """What a site's EHR can answer: the dialect of its templates, and whether it finds orders by status."""

    dialect: Dialect = "2.0"
    pending_orders: bool = False


PLAIN = Asking()


def prefetch_templates(vocabulary: Vocabulary, asking: Asking = PLAIN) -> dict[str, str]:
    """One FHIR query per key, within the subset that 2.0 clients and common EHRs answer.

    LOINC codes, and those of the organ inventory and of context factors, are bare, since some servers do not split
    `system|code` lists; a site's own codes name their system, which alone tells them apart. Neither status nor category
    is filtered: real charts hold statuses and category systems that such a filter would silently drop. No parameter is
    repeated and nothing is sorted or included, because some servers refuse that. Dialect 3.0 limits `labs` by date,
    with a token that clients of 2.0 cannot resolve.
    """
    local = vocabulary.local.laboratory_codes
    found = {
        "patient": "Patient/{{context.patientId}}",
        "labs": _observations((*vocabulary.laboratory_codes, *_tokens(local, "laboratory"))) + _since(asking.dialect),
        "medications": f"MedicationRequest?{_EVERYTHING}",
        "administrations": f"MedicationAdministration?{_EVERYTHING}",
        "statements": f"MedicationStatement?{_EVERYTHING}",
        "dispenses": f"MedicationDispense?{_EVERYTHING}",
        "procedures": f"Procedure?{_EVERYTHING}",
        "conditions": f"Condition?{_EVERYTHING}",
        "context": _observations((*vocabulary.context_codes, *ORGANS, *CODES, *_tokens(local, "context"))),
    }
    if asking.pending_orders:
        found[PENDING] = "ServiceRequest?patient={{context.patientId}}&status=active&_count=200"
    return found


def _since(dialect: Dialect) -> str:
    return f"&date=ge{{{{today() - {LOOK_BACK} days}}}}" if dialect == "3.0" else ""


def _tokens(local: Iterable[tuple[str, str, str]], kind: str) -> list[str]:
    """Local codes as search tokens, `system|code`, so written that they survive in a query."""
    return [f"{_token(system)}|{_token(code)}" for system, code, target in local if target == kind]


def _token(text: str) -> str:
    """FHIR's escapes for its own separators, then the URL's for what it cannot hold."""
    return quote(re.sub(r"([\\,|$])", r"\\\1", text), safe=":/-._~")


def _observations(codes: tuple[str, ...]) -> str:
    return f"Observation?patient={{{{context.patientId}}}}&code={','.join(codes)}&_count=200"
