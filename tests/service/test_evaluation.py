"""The door for bundles: replayable, and open to every kind of Bundle."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import httpx
import pytest

from service.examples.chart import chart_json

TODAY = "2026-09-04"


def evaluate(client: httpx.Client, bundle: Any, **parameters: Any) -> dict[str, Any]:
    """The report on a bundle as of the demo day."""
    answer = client.post("/evaluate", params={"today": TODAY} | parameters, json=bundle)
    assert answer.status_code == 200, answer.text
    report: dict[str, Any] = json.loads(answer.text, parse_float=Decimal)
    return report


@pytest.fixture
def bundle() -> dict[str, Any]:
    """The hematocrit chart as written."""
    chart: dict[str, Any] = json.loads(chart_json("hematocrit"))
    return chart


def test_the_same_call_brings_the_same_report(client: httpx.Client, bundle: dict[str, Any]) -> None:
    assert evaluate(client, bundle) == evaluate(client, bundle)


def test_another_day_brings_other_card_ids(client: httpx.Client, bundle: dict[str, Any]) -> None:
    today = {card["uuid"] for card in evaluate(client, bundle)["cards"]}
    tomorrow = {card["uuid"] for card in evaluate(client, bundle, today="2026-09-05")["cards"]}
    assert not today & tomorrow


@pytest.mark.parametrize("kind", ["collection", "searchset", "transaction", "batch", "document"])
def test_every_kind_of_bundle_is_read(client: httpx.Client, bundle: dict[str, Any], kind: str) -> None:
    assert evaluate(client, bundle | {"type": kind})["findings"] == evaluate(client, bundle)["findings"]


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("2026-09-04", "2026-09-04"),
        ("2026-09-04T15:00", "2026-09-04T15:00"),
        ("2026-09-04T15:00:00+02:00", "2026-09-04T15:00"),
        ("2026-09-04T15:00:00Z", "2026-09-04T15:00Z"),
        ("1900-01-01", "1900-01-01"),
        ("2200-12-31", "2200-12-31"),
    ],
)
def test_today_may_be_a_day_or_a_moment(client: httpx.Client, bundle: dict[str, Any], given: str, shown: str) -> None:
    assert evaluate(client, bundle, today=given)["today"] == shown


def test_without_today_the_clock_decides(client: httpx.Client, bundle: dict[str, Any]) -> None:
    report = client.post("/evaluate", json=bundle).json()
    assert report["today"][:10] > TODAY


def test_profiles_may_repeat_and_each_finds_its_protocols(client: httpx.Client, bundle: dict[str, Any]) -> None:
    report = evaluate(client, bundle, profile=["es2018", "standard", "es2018"])
    assert {protocol["profile"] for protocol in report["protocols"]} == {"es2018", "standard"}


def test_numbers_keep_the_digits_they_came_with(client: httpx.Client, bundle: dict[str, Any]) -> None:
    evidence = [item for finding in evaluate(client, bundle)["findings"] for item in finding.get("evidence", ())]
    assert Decimal("0.545") in {item["value"] for item in evidence if item["analyte"] == "hematocrit"}


def test_two_patients_are_refused(client: httpx.Client, bundle: dict[str, Any]) -> None:
    bundle["entry"].append({"resource": {"resourceType": "Patient", "id": "someone-else"}})
    answer = client.post("/evaluate", json=bundle)
    assert answer.status_code == 400
    assert "someone-else" not in answer.text


def test_an_empty_bundle_is_refused_or_reported_but_never_a_fault(client: httpx.Client) -> None:
    assert client.post("/evaluate", json={"resourceType": "Bundle", "type": "collection"}).status_code in (200, 400)
