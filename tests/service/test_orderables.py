"""The site's own orderable codes and pending orders, from the setting to the cards."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fhir.resources.R4B.servicerequest import ServiceRequest

from cds_hooks.wire.discovery import ORDER_SELECT, PATIENT_VIEW
from cds_hooks.wire.prefetch.templates import PENDING
from service.app import create_app
from service.examples.chart import read_charts
from service.examples.ehr import hook_call
from service.site.settings import Settings, StartRefused
from service.site.site import open_site
from tests.conformance.situations import today
from tests.conftest import running

Json = dict[str, Any]
EPIC = "urn:com.epic.cdshooks.action.code.system.preference-list-item"
CBC = "58410-2"
ROWS = f"loinc,system,code,display\n{CBC},{EPIC},49765,CBC AND DIFF\n{CBC},https://lab.example/codes,HB1,Blood count\n"


@pytest.fixture(scope="module")
def epic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A client of a site that maps its orders and has its EHR send pending ones."""
    path = tmp_path_factory.mktemp("site") / "orderables.csv"
    path.write_text(ROWS, encoding="utf-8")
    app = create_app(Settings(orderables=path, pending_orders=True, remove_drafts=True))
    with running(app) as address, httpx.Client(base_url=address, trust_env=False, timeout=10) as client:
        yield client


def called(client: httpx.Client, service_id: str = PATIENT_VIEW) -> Json:
    """A call for the man with the high hematocrit, whose card suggests a blood count."""
    services = client.get("/cds-services").json()["services"]
    service = next(one for one in services if one["id"] == service_id)
    return hook_call(service, next(chart for chart in read_charts(today()) if chart.name == "hematocrit"))


def suggested(client: httpx.Client, call: Json, service_id: str = PATIENT_VIEW) -> list[Json]:
    """The orders suggested on the card about hematocrit."""
    answer = client.post(f"/cds-services/{service_id}", json=call).json()
    card = next(card for card in answer["cards"] if card["source"]["topic"]["code"] == "MTHCT01")
    return [offer["actions"][0]["resource"] for offer in card.get("suggestions", ())]


def blood_count(system: str) -> Json:
    """An order of one, by LOINC or by the site's code."""
    coding = {"system": system, "code": "49765" if system == EPIC else CBC}
    return {"resourceType": "ServiceRequest", "id": "blood-count", "code": {"coding": [coding]}}


@pytest.mark.requirement("S5")
def test_a_suggested_order_carries_loinc_and_every_code_of_the_site(epic: httpx.Client) -> None:
    (order,) = suggested(epic, called(epic))
    ServiceRequest.model_validate(order)
    assert [(coding["system"], coding["code"]) for coding in order["code"]["coding"]] == [
        ("http://loinc.org", CBC),
        (EPIC, "49765"),
        ("https://lab.example/codes", "HB1"),
    ]


@pytest.mark.parametrize("system", ["http://loinc.org", EPIC])
def test_a_test_that_is_pending_is_not_suggested_again(epic: httpx.Client, system: str) -> None:
    call = called(epic)
    order = blood_count(system) | {"status": "active", "authoredOn": today().isoformat()}
    call["prefetch"][PENDING] = {"resourceType": "Bundle", "entry": [{"resource": order}]}
    assert suggested(epic, call) == []


@pytest.mark.parametrize("system", ["http://loinc.org", EPIC])
def test_a_test_in_the_basket_is_not_suggested_again(epic: httpx.Client, system: str) -> None:
    call = called(epic, ORDER_SELECT)
    assert len(suggested(epic, call, ORDER_SELECT)) == 1
    draft = blood_count(system) | {"category": {"text": "laboratory"}}
    call["context"]["draftOrders"]["entry"].append({"resource": draft})
    assert suggested(epic, call, ORDER_SELECT) == []


def test_pending_orders_that_were_not_sent_are_named(epic: httpx.Client) -> None:
    call = called(epic)
    del call["prefetch"][PENDING]
    answer = epic.post(f"/cds-services/{PATIENT_VIEW}", json=call).json()
    assert "Not supplied with this chart: pending orders." in answer["cards"][0]["detail"]


def test_dispensed_drugs_are_not_missed(epic: httpx.Client) -> None:
    """Many EHRs hold none: where orders are sent, nothing becomes unknown without them."""
    call = called(epic)
    del call["prefetch"]["dispenses"]
    answer = epic.post(f"/cds-services/{PATIENT_VIEW}", json=call).json()
    assert "Not supplied" not in answer["cards"][0]["detail"]


def test_a_file_that_cannot_be_used_keeps_the_service_from_starting(tmp_path: Path) -> None:
    path = tmp_path / "orderables.csv"
    with pytest.raises(StartRefused, match=r"HORMONE_CDS_ORDERABLES: .*orderables.csv: No such file"):
        open_site(Settings(orderables=path))
    path.write_text("loinc,system,code,display\n1-8,urn:x.y,7,X\n", encoding="utf-8")
    with pytest.raises(StartRefused, match=r"HORMONE_CDS_ORDERABLES: .*line 2: '1-8' is no LOINC code"):
        open_site(Settings(orderables=path))
