"""Discovery: which services this engine offers, under which hook, and the data they ask the EHR to prefetch."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from cds_hooks.wire.contexts import SHAPES
from cds_hooks.wire.prefetch.templates import PLAIN, REQUIRED, Asking, prefetch_templates
from terminology.vocabulary import Vocabulary

STANDARD = "3.0.0"  # the CDS Hooks version written to; every addition since 2.0 that is used is optional
PATIENT_VIEW = "hormone-monitoring-patient-view"
ORDER_SELECT = "hormone-monitoring-order-select"
ORDER_SIGN = "hormone-monitoring-order-sign"
REFILL = "hormone-monitoring-refill"
ENCOUNTER_START = "hormone-monitoring-encounter-start"
RESPONSE = "hormone-therapy-response"
_REQUIREMENTS = (
    f"Required prefetch: {' and '.join(REQUIRED)}. Every other key that is missing makes the checks that need it "
    "unknown, and a card says so."
)
_DRAFTS = (
    " The orders being written are taken from the context; without a hormone or another drug that is monitored here "
    "among them, the answer is an empty list of cards, whatever the chart holds: what is critical in it is told when "
    "the chart is opened."
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


class _Offered(NamedTuple):
    """What is said of one service."""

    id: str
    hook: str
    title: str
    description: str


# Each hook has an id of its own: a common client keeps only the last service of an id.
_OFFERED = (
    _Offered(
        PATIENT_VIEW,
        "patient-view",
        "Hormone therapy monitoring",
        "Reads laboratory results and hormone therapy of the open chart, says which safety limits are crossed, "
        "which results cannot be judged and why, and proposes the next blood draw. The clinician decides.",
    ),
    _Offered(
        ORDER_SELECT,
        "order-select",
        "Hormone therapy monitoring: an order is chosen",
        "For a hormone, or another drug monitored here, that is being chosen: contraindications, what is missing "
        "before the first dose, safety limits that are crossed, and the blood tests to order with it. Speaks of the "
        "selected orders only. The clinician decides.",
    ),
    _Offered(
        ORDER_SIGN,
        "order-sign",
        "Hormone therapy monitoring: orders are signed",
        "The last look before a hormone, or another drug monitored here, is signed: only critical findings and "
        "warnings, no reminders. The clinician decides.",
    ),
    _Offered(
        REFILL,
        "medication-refill",
        "Hormone therapy monitoring: a refill is asked for",
        "For a hormone, or another drug monitored here, that is to be refilled: overdue blood tests, critical findings "
        "and warnings. The clinician decides.",
    ),
    _Offered(
        ENCOUNTER_START,
        "encounter-start",
        "Hormone therapy monitoring: a visit begins",
        "As when the chart is opened, and every overdue blood draw on a card of its own. The clinician decides.",
    ),
    _Offered(
        RESPONSE,
        "patient-view",
        "Hormone therapy not working as expected",
        "For the open chart of a patient whose levels or symptoms are not as expected: safety first, then doubts "
        "about the data, delivery, other illness and context that may explain it, each with what it cannot explain "
        "and how well it is supported, and what to ask. The clinician decides.",
    ),
)


def discover(vocabulary: Vocabulary, asking: Asking = PLAIN) -> Discovery:
    """The services offered with this vocabulary, to an EHR that can answer what is asked."""
    templates = prefetch_templates(vocabulary, asking)
    return Discovery(tuple(_service(offered, templates) for offered in _OFFERED))


def _service(offered: _Offered, templates: dict[str, str]) -> Service:
    shape = SHAPES[offered.hook]
    return Service(
        hook=offered.hook,
        title=offered.title,
        description=offered.description,
        id=offered.id,
        prefetch=templates,
        usageRequirements=_REQUIREMENTS + (_DRAFTS if shape.orders else ""),
        version=STANDARD,
        hookVersion=shape.version,
    )
