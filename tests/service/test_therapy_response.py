"""The service that is asked why a therapy does not work: danger first, then what may explain it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest

from service.examples.chart import Chart
from service.examples.ehr import hook_call
from tests.charts import chart

SERVICE = "hormone-therapy-response"


def story(day: date, level: int = 380, **more: Any) -> Chart:
    """A man on weekly testosterone, drawn mid-interval: 380 ng/dL is below the goal."""
    drawn = noon_before(day)
    therapy = {
        "rxnorm": "835840",
        "text": "testosterone cypionate 100 mg IM weekly",
        "every_days": 7,
        "start": datetime.combine(day - timedelta(days=180), datetime.min.time()),
        "last_dose": drawn - timedelta(hours=84),
    }
    results = [["2986-8", level, "ng/dL", drawn], *more.pop("results", [])]
    bundle = chart({"today": day, "therapy": [therapy], "results": results, **more})
    return Chart("low", "low", tuple(entry["resource"] for entry in bundle["entry"]))


def noon_before(day: date) -> datetime:
    """Charts are five hours behind UTC: what is later in a day lies ahead for a service that is asked at night."""
    return datetime.combine(day - timedelta(days=1), datetime.min.time()) + timedelta(hours=12)


@pytest.fixture
def service(client: httpx.Client) -> dict[str, Any]:
    """The service as discovery lists it."""
    services: list[dict[str, Any]] = client.get("/cds-services").json()["services"]
    return next(service for service in services if service["id"] == SERVICE)


def cards_of(client: httpx.Client, service: dict[str, Any], shown: Chart) -> list[dict[str, Any]]:
    answer = client.post(f"/cds-services/{SERVICE}", json=hook_call(service, shown))
    assert answer.status_code == 200
    cards: list[dict[str, Any]] = answer.json()["cards"]
    return cards


def today() -> date:
    return datetime.now(UTC).date()


def test_all_services_ask_for_the_same_data_under_ids_of_their_own(client: httpx.Client) -> None:
    services = client.get("/cds-services").json()["services"]
    assert len({service["id"] for service in services}) == len(services)
    assert all(service["prefetch"] == services[0]["prefetch"] for service in services)


def test_danger_has_its_card_before_the_differential(client: httpx.Client, service: dict[str, Any]) -> None:
    shown = story(today(), results=[["4544-3", 55, "%", noon_before(today())]], conditions=["E66.9"])
    first, second, *_ = cards_of(client, service, shown)
    assert first["indicator"] == "critical"
    assert second["source"]["topic"]["code"] == "DIFFERENTIAL"
    assert "Obesity" in second["detail"]


def test_the_first_service_says_it_in_brief(client: httpx.Client, service: dict[str, Any]) -> None:
    call = hook_call(service, story(today(), conditions=["E66.9"]))
    cards = client.post("/cds-services/hormone-monitoring-patient-view", json=call).json()["cards"]
    (card,) = [card for card in cards if card["source"]["topic"]["code"] == "DIFFERENTIAL"]
    (full,) = [one for one in cards_of(client, service, story(today(), conditions=["E66.9"])) if
               one["source"]["topic"]["code"] == "DIFFERENTIAL"]  # fmt: skip
    assert card["indicator"] == "info"
    assert len(card["detail"]) < len(full["detail"])


def test_a_treated_patient_without_discordance_is_told_so(client: httpx.Client, service: dict[str, Any]) -> None:
    told = [card["summary"] for card in cards_of(client, service, story(today(), level=560))]
    assert any(summary.startswith("Nothing found here") for summary in told)


@pytest.mark.parametrize("age", [15, 17])
def test_a_child_gets_a_card_that_says_that_nothing_was_judged(
    client: httpx.Client, service: dict[str, Any], age: int
) -> None:
    (card,) = cards_of(client, service, story(today(), age=age))
    assert card["indicator"] == "info"
    assert f"Nothing was judged: the patient is {age}; no protocol is for patients under 18." == card["summary"]
    assert "does not mean that all is well" in card["detail"]
