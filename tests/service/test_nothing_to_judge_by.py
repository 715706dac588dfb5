"""Orders while the results cannot be had, at a site that answers with a card: only monitored drugs are interrupted."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cds_hooks.presentation.hooks.services import PRESENT
from cds_hooks.wire.discovery import ENCOUNTER_START, ORDER_SELECT, ORDER_SIGN, PATIENT_VIEW, REFILL, discover
from cds_hooks.wire.request import check_call, decode_call
from service.examples.chart import read_charts
from service.examples.ehr import hook_call
from service.hooks import answer_to
from tests.conformance.situations import ANTIBIOTIC, today, with_drafts
from tests.engine import site

GEL = ANTIBIOTIC | {"id": "draft-gel", "medicationCodeableConcept": {"text": "testosterone gel 1.62 %"}}
NAMELESS = {"resourceType": "MedicationRequest", "id": "nameless"}


def kinds(service_id: str, draft: dict[str, Any]) -> list[str]:
    """The kinds of cards for a draft when nobody could read the results."""
    service = discover(site().knowledge.vocabulary).find(service_id)
    assert service is not None
    shown = next(chart for chart in read_charts(today()) if chart.name == "hematocrit")
    call = with_drafts(hook_call(json.loads(json.dumps(_listed(service))), shown), draft)
    call["prefetch"]["labs"] = {"resourceType": "OperationOutcome", "issue": []}
    incoming = decode_call(json.dumps(call).encode(), service)
    return [card.kind for card in answer_to(site(), check_call(incoming, service), PRESENT[service_id]).cards]


def _listed(service: Any) -> dict[str, Any]:
    return {"id": service.id, "hook": service.hook, "prefetch": service.prefetch}


@pytest.mark.parametrize("service_id", [ORDER_SELECT, ORDER_SIGN, REFILL])
@pytest.mark.parametrize(("draft", "said"), [(ANTIBIOTIC, []), (GEL, ["UNAVAILABLE"]), (NAMELESS, ["UNAVAILABLE"])])
def test_only_who_orders_what_would_have_been_judged_is_told(
    service_id: str, draft: dict[str, Any], said: list[str]
) -> None:
    assert kinds(service_id, draft) == said


@pytest.mark.parametrize("service_id", [PATIENT_VIEW, ENCOUNTER_START])
def test_who_opens_a_chart_is_told_always(service_id: str) -> None:
    assert kinds(service_id, ANTIBIOTIC) == ["UNAVAILABLE"]
